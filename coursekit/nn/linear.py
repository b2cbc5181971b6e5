"""Dense layers: every output sees every input."""

import numpy as np

from coursekit.reference import input_checks as check

from .layer import Layer, parameter_type


def he_normal(rng, shape, fan_in, dtype):
    """Weights of variance 2 / fan_in, which keeps the size of activations behind ReLU.

    Source: He et al., "Delving deep into rectifiers", 2015.
    """
    return (rng.standard_normal(shape) * np.sqrt(2 / fan_in)).astype(dtype)


class Linear(Layer):
    """Dense layer: x (N, D) · w (D, M) + b (M,) → (N, M).

    Args:
        inputs, outputs: D and M.
        bias: whether to add b.
        dtype: float32 or float64, of the parameters and of x.
        seed: for the first weights; None draws afresh.
        forward, backward: functions of your own, as for every ``Layer``.
    """

    axes = "N D"

    def __init__(self, inputs, outputs, bias=True, dtype=np.float32, seed=None, **functions):
        super().__init__(**functions)
        check.counts(inputs=inputs, outputs=outputs)
        self.inputs, self.outputs, self.bias = inputs, outputs, bias
        self.dtype = parameter_type(dtype)
        self.initialize(np.random.default_rng(seed))

    def initialize(self, rng):
        self.parameters["w"] = he_normal(rng, (self.inputs, self.outputs), self.inputs, self.dtype)
        if self.bias:
            self.parameters["b"] = np.zeros(self.outputs, self.dtype)

    def output_shape(self, shape):
        if len(shape) != 2 or shape[1] != self.inputs:
            raise ValueError(
                f"Linear({self.inputs}, {self.outputs}) takes (N, {self.inputs}), "
                f"not {tuple(shape)}: a Flatten before it makes (N, D) of images"
            )
        return (shape[0], self.outputs)

    def multiply_adds(self, shape):
        return self.inputs * self.outputs

    @property
    def windows(self):
        return None

    def _operands(self, x):
        w = self.parameters["w"]
        return [w, self.parameters.get("b", np.zeros(self.outputs, w.dtype))]

    def _forward(self, x, training):
        out = x @ self.parameters["w"]
        if self.bias:
            out += self.parameters["b"]
        return out

    def _backward(self, dout, input_gradient):
        self.gradients["w"] = self._input.T @ dout
        if self.bias:
            self.gradients["b"] = dout.sum(axis=0)
        return dout @ self.parameters["w"].T if input_gradient else None


Dense = Linear


class Flatten(Layer):
    """(N, C, H, W) → (N, C·H·W), channel by channel and row by row."""

    def output_shape(self, shape):
        return (shape[0], int(np.prod(shape[1:])))

    def _forward(self, x, training):
        return x.reshape(self.output_shape(x.shape))

    def _backward(self, dout, input_gradient):
        return dout.reshape(self._input.shape)
