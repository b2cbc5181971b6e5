"""How long a step is: for every weight by the slopes it has seen, for all weights by the epoch.

Each optimizer is one step, and what it must remember goes in and comes out: a function without a
memory of its own can be called, tested and repeated at will.  All operations are entry by entry.
"""

import numpy as np

from . import descent_checks as check
from .input_checks import checked


@checked(check.adagrad)
def adagrad_step(w, gradient, cache, learning_rate, eps=1e-8):
    """Take one step of Adagrad: weights that have seen steep slopes get shorter steps.

    w, gradient, cache: arrays of one shape: the weights, the slopes there, and the sum of all
    squared slopes so far (zeros before the first step).  learning_rate, eps: numbers.
    Result: the tuple (w, cache), both new.

        cache ← cache + gradient²
        w ← w − learning_rate · gradient / (√cache + eps)

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods", 2011.

    >>> adagrad_step(np.array([1.0]), np.array([3.0]), np.array([16.0]), 0.5)
    (array([0.7]), array([25.]))
    """
    cache = cache + gradient**2
    return w - learning_rate * gradient / (np.sqrt(cache) + eps), cache


@checked(check.rmsprop)
def rmsprop_step(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    """Take one step of RMSprop: as Adagrad, but slopes of long ago are forgotten.

    w, gradient, cache: arrays of one shape: the weights, the slopes there, and the running mean of
    the squared slopes (zeros before the first step).
    learning_rate, eps: numbers; decay: the share of the old mean that is kept, in [0, 1).
    Result: the tuple (w, cache), both new.

        cache ← decay · cache + (1 − decay) · gradient²
        w ← w − learning_rate · gradient / (√cache + eps)

    Source: Tieleman and Hinton, lecture 6.5 of "Neural networks for machine learning", 2012.

    >>> rmsprop_step(np.array([1.0]), np.array([4.0]), np.array([2.0]), 0.375, decay=0.5)
    (array([0.5]), array([9.]))
    """
    cache = decay * cache + (1 - decay) * gradient**2
    return w - learning_rate * gradient / (np.sqrt(cache) + eps), cache


@checked(check.adam)
def adam_step(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    """Take one step of Adam: momentum, and a step length of its own for every weight.

    w, gradient, m, v: arrays of one shape: the weights, the slopes there, the running mean of the
    slopes and the running mean of their squares (both zeros before the first step).
    t: int, the number of this step; the first is 1.  learning_rate, eps: numbers;
    beta1, beta2: the shares of the old means that are kept, in [0, 1).
    Result: the tuple (w, m, v), all new.

        m ← beta1 · m + (1 − beta1) · gradient
        v ← beta2 · v + (1 − beta2) · gradient²
        m̂ = m / (1 − beta1ᵗ),   v̂ = v / (1 − beta2ᵗ)
        w ← w − learning_rate · m̂ / (√v̂ + eps)

    m̂ and v̂ make up for the start at zero.  They are used for this step only and not returned.
    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015.

    >>> zero = np.zeros(1)
    >>> w, m, v = adam_step(np.array([1.0]), np.array([4.0]), zero, zero, 1, learning_rate=0.1)
    >>> w.round(6), m.round(6), v.round(6)
    (array([0.9]), array([0.4]), array([0.016]))
    """
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - learning_rate * m_hat / (np.sqrt(v_hat) + eps), m, v


@checked(check.schedule)
def decayed_learning_rate(learning_rate, decay, step, steps_per_epoch):
    """Return the learning rate at a step, where it is multiplied by decay after every epoch.

    learning_rate: its value all through the first epoch; decay: the factor, in (0, 1].
    step: int, how many steps have been taken so far, 0 at the start of training;
    steps_per_epoch: int, the number of batches in one epoch.
    Result: a number, with epoch = 0 during the first epoch, 1 during the second, and so on:

        learning_rate · decay^epoch

    >>> decayed_learning_rate(0.8, 0.5, step=9, steps_per_epoch=10)
    0.8
    >>> decayed_learning_rate(0.8, 0.5, step=10, steps_per_epoch=10)
    0.4
    """
    return learning_rate * decay ** (step // steps_per_epoch)
