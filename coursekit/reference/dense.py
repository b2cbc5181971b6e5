"""The dense layer: every input is connected to every unit.

A batch of N inputs is one matrix (N, D), and the layer is one matrix product.
"""

import numpy as np

from . import mlp_checks as check
from .input_checks import checked


@checked(check.dense)
def dense_forward(x, w, b):
    """Compute a dense layer for a whole batch.

    x: (N, D), one input a row; w: (D, M), one unit a column; b: (M,), one bias a unit.
    Result: (N, M).  No activation is applied.

        out[n, m] = Σ_d x[n, d] · w[d, m] + b[m]

    >>> w = np.array([[1.0, 0.0], [10.0, 1.0]])
    >>> dense_forward(np.array([[1.0, 2.0]]), w, np.array([0.5, 0.0]))
    array([[21.5,  2. ]])
    """
    return x @ w + b


@checked(check.dense_backward)
def dense_backward(dout, x, w, b):
    """Carry a gradient back through ``dense_forward``.

    dout: (N, M), the gradient of the loss with respect to the layer's output; x: (N, D);
    w: (D, M); b: (M,).  Result: the tuple (dx, dw, db), shapes (N, D), (D, M), (M,).

        dx[n, d] = Σ_m dout[n, m] · w[d, m]
        dw[d, m] = Σ_n x[n, d] · dout[n, m]
        db[m]    = Σ_n dout[n, m]

    The sums over the batch are sums, not means: where the loss is a mean, 1/N is in dout already.
    """
    dx = dout @ w.T
    dw = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


@checked(check.fans)
def he_weights(fan_in, fan_out, rng):
    """Draw the first weights of a layer that is followed by ReLU.

    fan_in: numbers that come into each unit; fan_out: units; rng: a ``numpy.random.Generator``.
    Result: (fan_in, fan_out), drawn from rng, around 0, with

        standard deviation = √(2 / fan_in)

    Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015.
    """
    return rng.normal(0, np.sqrt(2 / fan_in), size=(fan_in, fan_out))
