"""Dropout: switch numbers off at random while training, so that no other unit can rely on them.

Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
2014; here in its "inverted" form, which scales while training.
"""

import numpy as np  # noqa: F401 - for the examples

from . import regularization_checks as check
from .input_checks import checked


@checked(check.mask)
def dropout_mask(shape, rate, rng):
    """Draw which numbers dropout keeps.

    shape: the lengths of the axes, a tuple; rate: the probability with which a number is dropped,
    in [0, 1); rng: a random generator (``np.random.default_rng(seed)`` makes one).
    Every number is kept or dropped on its own, whatever happens to the others.
    Result: array of ``shape``, booleans: True where a number is kept.

    >>> dropout_mask((2, 3), 0.0, np.random.default_rng(0))
    array([[ True,  True,  True],
           [ True,  True,  True]])
    """
    return rng.random(shape) >= rate


@checked(check.dropout)
def dropout_forward(x, keep, rate, training):
    """Apply dropout to x.

    x: array of any shape; keep: booleans of that shape (or of one that broadcasts to it), True
    where a number is kept; rate: the probability with which a number was dropped, in [0, 1).
    While training, dropped numbers become 0 and kept ones are divided by 1 − rate, so that the
    mean stays what it was.  Without training, x comes back unchanged.
    Result: array of the shape of x.

    >>> x, keep = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, False, True])
    >>> dropout_forward(x, keep, 0.5, training=True)
    array([2., 0., 0., 8.])
    >>> dropout_forward(x, keep, 0.5, training=False)
    array([1., 2., 3., 4.])
    """
    return x * keep / (1 - rate) if training else x


@checked(check.dropout_backward)
def dropout_backward(dout, x, keep, rate, training):
    """Carry a gradient back through ``dropout_forward``.

    dout: gradient with respect to the output, of the shape of x; the others as in the forward pass.
    Result: dx, of the shape of x.

    >>> x, keep = np.array([1.0, 2.0]), np.array([True, False])
    >>> dropout_backward(np.array([10.0, 10.0]), x, keep, 0.5, training=True)
    array([20.,  0.])
    """
    return dout * keep / (1 - rate) if training else dout


@checked(check.spatial_mask)
def spatial_dropout_mask(shape, rate, rng):
    """Draw which maps spatial dropout keeps.

    shape: (N, C, H, W); rate: the probability with which a map is dropped, in [0, 1);
    rng: a random generator.  A map of one image is kept as a whole or dropped as a whole, and on
    its own: whatever happens to the other maps, and in the other images.
    Result: (N, C, 1, 1), booleans: True where a map is kept.

    Source: Tompson et al., "Efficient object localization using convolutional networks", 2015.

    >>> spatial_dropout_mask((2, 3, 28, 28), 0.5, np.random.default_rng(0)).shape
    (2, 3, 1, 1)
    """
    return rng.random((*shape[:2], 1, 1)) >= rate
