"""Samples on their way into training: apart for a test, together in batches, epoch after epoch."""

import numpy as np

from . import descent_checks as check
from .input_checks import checked


@checked(check.split)
def split_train_test(x, y, test_fraction, rng):
    """Divide samples at random into a part to learn from and a part to be tested on.

    x: array (N, …), one row a sample; y: array (N, …), its targets, in the same order.
    test_fraction: which share of the N samples goes to the test, between 0 and 1, rounded to the
    nearest whole number of samples; rng: numpy.random.Generator, the only source of chance.
    Result: the tuple (x_train, y_train, x_test, y_test).  Every sample is in exactly one part, and
    in each part row i of x still belongs to row i of y.  The inputs stay as they are.
    """
    order = rng.permutation(len(x))
    test, train = np.split(order, [round(test_fraction * len(x))])
    return x[train], y[train], x[test], y[test]


@checked(check.batches)
def minibatches(x, y, batch_size, rng):
    """Deal all samples into small batches, in an order drawn anew at every call.

    x: array (N, …), one row a sample; y: array (N, …), its targets, in the same order.
    batch_size: int; rng: numpy.random.Generator, the only source of chance.
    Result: a list of pairs (x_batch, y_batch) with batch_size samples each; the last one holds what
    is left, and may be shorter.  Every sample is in exactly one batch, with its own target.
    """
    order = rng.permutation(len(x))
    starts = range(0, len(x), batch_size)
    return [(x[rows], y[rows]) for rows in (order[i : i + batch_size] for i in starts)]
