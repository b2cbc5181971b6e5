"""Activations: one function for every number."""

import numpy as np

from .layer import Layer


class ReLU(Layer):
    """max(x, 0); the gradient passes where x > 0."""

    def _forward(self, x, training):
        out = np.maximum(x, 0)
        if training:
            self._out = out
        return out

    def _backward(self, dout, input_gradient):
        return dout * (self._out > 0)


class Tanh(Layer):
    """tanh x; the gradient is multiplied by 1 − tanh² x."""

    def _forward(self, x, training):
        out = np.tanh(x)
        if training:
            self._out = out
        return out

    def _backward(self, dout, input_gradient):
        return dout * (1 - self._out**2)
