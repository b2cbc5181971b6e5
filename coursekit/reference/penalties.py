"""Penalties on large weights: L1, L2, and what they do to a gradient and to a step.

A network is a list of pairs (w, b), one for each layer.  Only the weights w are penalised: a bias
makes no function steeper, it only moves it.
"""

import numpy as np

from . import regularization_checks as check
from .input_checks import checked


@checked(check.layers)
def l2_penalty(layers, strength):
    """Compute the L2 penalty of a network: ½ · strength · Σ w².

    layers: a list of pairs (w, b), arrays of any shapes; strength: a number, 0 or more.
    The sum is over all weights of all layers; biases are not penalised.
    Result: a number, to be added to the loss.

    >>> layers = [(np.array([[1.0, -2.0]]), np.array([9.0, 9.0]))]
    >>> float(l2_penalty(layers, 0.1))
    0.25
    """
    return 0.5 * strength * sum(np.sum(w**2) for w, b in layers)


@checked(check.layers)
def l2_gradient(layers, strength):
    """Compute the gradient of ``l2_penalty`` for every weight and every bias.

    layers: a list of pairs (w, b); strength: a number, 0 or more.
    Result: a list of pairs (dw, db) with the shapes of w and b; a bias has no part in the penalty.

    >>> layers = [(np.array([[1.0, -2.0]]), np.array([9.0, 9.0]))]
    >>> l2_gradient(layers, 0.1)
    [(array([[ 0.1, -0.2]]), array([0., 0.]))]
    """
    return [(strength * w, np.zeros_like(b)) for w, b in layers]


@checked(check.layers)
def l1_penalty(layers, strength):
    """Compute the L1 penalty of a network: strength · Σ |w|.

    layers: a list of pairs (w, b), arrays of any shapes; strength: a number, 0 or more.
    The sum is over all weights of all layers; biases are not penalised.
    Result: a number, to be added to the loss.

    >>> layers = [(np.array([[1.0, -2.0]]), np.array([9.0, 9.0]))]
    >>> round(float(l1_penalty(layers, 0.1)), 6)
    0.3
    """
    return strength * sum(np.sum(np.abs(w)) for w, b in layers)


@checked(check.layers)
def l1_gradient(layers, strength):
    """Compute the gradient of ``l1_penalty`` for every weight and every bias.

    layers: a list of pairs (w, b); strength: a number, 0 or more.
    Result: a list of pairs (dw, db) with the shapes of w and b.  |w| has a corner at 0; there the
    gradient is taken as 0.

    >>> layers = [(np.array([[3.0, -2.0, 0.0]]), np.array([9.0, 9.0, 9.0]))]
    >>> l1_gradient(layers, 0.1)
    [(array([[ 0.1, -0.1,  0. ]]), array([0., 0., 0.]))]
    """
    return [(strength * np.sign(w), np.zeros_like(b)) for w, b in layers]


@checked(check.penalised_dense)
def penalised_gradient(dout, x, w, b, strength):
    """Compute the gradients of a dense layer's weights and biases, its L2 penalty included.

    dout: (N, M), the gradient of the data's loss with respect to the output x @ w + b.  That loss
    is a mean over the batch, so dout holds the division by N already.
    x: (N, D); w: (D, M); b: (M,); strength: a number, 0 or more.
    The whole loss is: data's loss + ½ · strength · Σ w².
    Result: (dw, db), gradients of the whole loss, with the shapes of w and b.

    >>> x, dout = np.array([[3.0], [3.0]]), np.array([[1.0], [1.0]])
    >>> penalised_gradient(dout, x, np.array([[5.0]]), np.array([7.0]), 0.1)
    (array([[6.5]]), array([2.]))
    """
    return x.T @ dout + strength * w, dout.sum(axis=0)


@checked(check.decay_step)
def weight_decay_step(w, gradient, previous_update, learning_rate, momentum, strength):
    """Take one step of gradient descent with momentum, on a loss with an L2 penalty.

    w, gradient, previous_update: arrays of one shape; ``gradient`` is that of the data's loss, so
    that of the penalty ½ · strength · Σ w² is still to be added.

        update = momentum · previous_update − learning_rate · (gradient + strength · w)
        w ← w + update

    Result: (w, update), new arrays.

    >>> w, update = weight_decay_step(np.array([2.0]), np.array([1.0]), np.zeros(1), 0.1, 0.9, 0.5)
    >>> w, update
    (array([1.8]), array([-0.2]))
    """
    update = momentum * previous_update - learning_rate * (gradient + strength * w)
    return w + update, update
