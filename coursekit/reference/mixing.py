"""Two samples made one: mixup and CutMix."""

import numpy as np  # noqa: F401 - for the examples

from . import regularization_checks as check
from .input_checks import checked


@checked(check.mixture)
def mixup(x, y, other_x, other_y, mix):
    """Mix samples and their targets with others.

    x, other_x: arrays of one shape; y, other_y: their targets, arrays of one shape (N, K);
    mix: the share of x and y, from 0 to 1.

        x ← mix · x + (1 − mix) · other_x,     y ← mix · y + (1 − mix) · other_y

    Result: (x, y), new arrays.

    Source: Zhang et al., "mixup: beyond empirical risk minimization", 2018.

    >>> x, y = mixup(np.zeros((1, 2)), np.array([[1.0, 0.0]]), np.ones((1, 2)),
    ...              np.array([[0.0, 1.0]]), 0.75)
    >>> x, y
    (array([[0.25, 0.25]]), array([[0.75, 0.25]]))
    """
    return mix * x + (1 - mix) * other_x, mix * y + (1 - mix) * other_y


@checked(check.mixed_batch)
def mixup_batch(x, y, a, rng):
    """Mix the samples of a batch with one another.

    x: (N, …); y: (N, K), targets; a: a number above 0; rng: a random generator.
    The share ``mix`` is drawn from the distribution Beta(a, a), one for the batch.  The partner of
    every sample is another row of the same batch, in a random order; each row is partner once.
    Result: (x, y), mixed by ``mix``.

    >>> x, y = mixup_batch(np.eye(3), np.eye(3), 0.4, np.random.default_rng(0))
    >>> bool(np.allclose(x, y)), y.sum(axis=1).round(6)
    (True, array([1., 1., 1.]))
    """
    mix, order = rng.beta(a, a), rng.permutation(len(x))
    return mixup(x, y, x[order], y[order], mix)


@checked(check.patch)
def cutmix(x, y, other_x, other_y, row, column, size):
    """Put a square of another picture into a picture, and mix the targets by area.

    x, other_x: pictures (C, H, W); y, other_y: their targets (K,).
    The square covers ``size`` rows from row − size // 2 on, and ``size`` columns from
    column − size // 2 on.  What sticks out of the picture is left out.

        share = pixels that were replaced / (H · W),     y ← (1 − share) · y + share · other_y

    Result: (x, y), new arrays.

    Source: Yun et al., "CutMix", 2019.

    >>> x, y = cutmix(np.zeros((1, 2, 4)), np.array([1.0, 0.0]), np.ones((1, 2, 4)),
    ...               np.array([0.0, 1.0]), 0, 0, 2)
    >>> x[0], y
    (array([[1., 0., 0., 0.],
           [0., 0., 0., 0.]]), array([0.875, 0.125]))
    """
    top, left = row - size // 2, column - size // 2
    square = (slice(None), slice(max(top, 0), top + size), slice(max(left, 0), left + size))
    mixed = x.copy()
    mixed[square] = other_x[square]
    share = mixed[square].size / mixed.size
    return mixed, (1 - share) * y + share * other_y
