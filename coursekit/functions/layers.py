"""Layers to check: a forward pass, and a backward pass that is right or wrong on purpose."""

import numpy as np

from coursekit.functions import named


@named
def dense_layer(x, w, b):
    """Return x @ w + b for x (N, D), w (D, M), b (M,)."""
    return x @ w + b


@named
def dense_layer_backward(dout, x, w, b, *, factors=(1, 1, 1)):
    """Return (dx, dw, db) of ``dense_layer``, each times its factor."""
    gradients = dout @ w.T, x.T @ dout, dout.sum(axis=0)
    return tuple(factor * gradient for factor, gradient in zip(factors, gradients, strict=True))


@named
def product(x, y):
    """Return x · y, number by number."""
    return x * y


@named
def product_backward(dout, x, y, *, factors=(1, 1), turned=False):
    """Return (dx, dy) of ``product``, each times its factor.

    ``turned`` gives every place the dout of another one, which a constant dout can't see.
    """
    if turned:
        dout = dout[..., ::-1]
    return factors[0] * dout * y, factors[1] * dout * x


@named
def tanh_layer(x, *, gain=1.0):
    """Return gain · tanh(x)."""
    return gain * np.tanh(x)


@named
def tanh_layer_backward(dout, x, *, gain=1.0, factor=1.0, turned=False):
    """Return the gradient of ``tanh_layer``, times a factor; one input, so no tuple.

    ``turned`` gives every place the dout of another one, which a constant dout can't see.
    """
    if turned:
        dout = dout[..., ::-1]
    return factor * gain * dout * (1 - np.tanh(x) ** 2)


@named
def square(x):
    """Return x², number by number."""
    return x**2


@named
def square_backward(dout, x):
    """Return the gradient of ``square``."""
    return 2 * dout * x


@named
def mean_of_squares(x, w):
    """Return the mean of (x @ w)², a single number."""
    return float(np.mean((x @ w) ** 2))


@named
def mean_of_squares_backward(dout, x, w, *, factors=(1, 1)):
    """Return (dx, dw) of ``mean_of_squares``, each times its factor."""
    out = x @ w
    dz = 2 * dout * out / out.size
    return factors[0] * dz @ w.T, factors[1] * x.T @ dz
