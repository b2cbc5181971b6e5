"""Residual blocks: the layers learn what to add to their input.

A block computes relu(x + F(x)).  The sum copies its gradient to both sides, so that the gradient
of x has a path that no weight can weaken.  Where F changes the shape, a projection brings x to
it; where features are to be kept apart, concatenation takes the place of the sum.

Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016.
"""

import numpy as np

from coursekit.reference import residual_checks as check
from coursekit.reference.convolution import conv2d_forward
from coursekit.reference.convolution_backward import conv2d_backward
from coursekit.reference.input_checks import checked


@checked(check.fan_in)
def kaiming_std(fan_in):
    """Give the standard deviation of first weights that keeps a signal's size behind ReLU.

    fan_in: how many numbers one output is a weighted sum of, C·KH·KW for a convolution.
    Result: a float.

        std = √(2 / fan_in)

    Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015 (equation 10).

    >>> kaiming_std(8)
    0.5
    """
    return (2 / fan_in) ** 0.5


@checked(check.block)
def residual_forward(x, w1, b1, w2, b2):
    """Add to x what two convolutions make of it: relu(x + F(x)).

    x: (N, C, H, W); w1: (F, C, 3, 3); b1: (F,); w2: (C, F, 3, 3); b2: (C,), with F filters
    inside.  Both convolutions have stride 1 and padding 1, which keeps height and width.
    Result: (N, C, H, W).  With relu(z) = max(z, 0),

        F(x) = conv(relu(conv(x, w1, b1)), w2, b2)
        out  = relu(x + F(x))

    >>> x = np.array([[[[-3.0, 5.0]]]])
    >>> zeros = np.zeros((1, 1, 3, 3))
    >>> residual_forward(x, zeros, np.zeros(1), zeros, np.zeros(1))
    array([[[[0., 5.]]]])
    """
    hidden = np.maximum(conv2d_forward(x, w1, b1, padding=1), 0)
    branch = conv2d_forward(hidden, w2, b2, padding=1)
    return np.maximum(x + branch, 0)


@checked(check.block_backward)
def residual_backward(dout, x, w1, b1, w2, b2):
    """Carry a gradient back through ``residual_forward``, along both of its paths.

    dout, x: (N, C, H, W); weights and biases as in ``residual_forward``.
    Result: the tuple (dx, dw1, db1, dw2, db2), each of the shape of what it belongs to.

        dsum = dout where x + F(x) > 0, else 0
        dx   = dsum + (dsum carried back through F)

    >>> x = np.array([[[[-3.0, 5.0]]]])
    >>> zeros = np.zeros((1, 1, 3, 3))
    >>> residual_backward(np.ones_like(x), x, zeros, np.zeros(1), zeros, np.zeros(1))[0]
    array([[[[0., 1.]]]])
    """
    before = conv2d_forward(x, w1, b1, padding=1)
    hidden = np.maximum(before, 0)
    branch = conv2d_forward(hidden, w2, b2, padding=1)
    dsum = dout * (x + branch > 0)
    dhidden, dw2, db2 = conv2d_backward(dsum, hidden, w2, b2, padding=1)
    dbranch, dw1, db1 = conv2d_backward(dhidden * (before > 0), x, w1, b1, padding=1)
    return dsum + dbranch, dw1, db1, dw2, db2


@checked(check.projection)
def projection_shortcut(x, w, stride=1):
    """Bring x to the shape that a block's branch has: a 1×1 convolution with a stride, no bias.

    x: (N, C, H, W); w: (F, C, 1, 1); stride: whole number.
    Result: (N, F, ⌈H / stride⌉, ⌈W / stride⌉), where ⌈ ⌉ rounds up.

        out[n, f, r, c] = Σₖ x[n, k, stride·r, stride·c] · w[f, k, 0, 0]

    >>> x = np.array([[[[1.0, 2.0, 3.0]], [[10.0, 20.0, 30.0]]]])
    >>> projection_shortcut(x, np.array([[[[1.0]], [[2.0]]]]), stride=2)
    array([[[[21., 63.]]]])
    """
    return conv2d_forward(x, w, np.zeros(len(w), w.dtype), stride)


@checked(check.concatenation)
def concat_backward(dout, sizes):
    """Carry a gradient back through a concatenation along the channels.

    The forward pass is np.concatenate(inputs, axis=1).
    dout: (N, C, H, W); sizes: a list of how many channels each input has; they add up to C.
    Result: a list with one gradient for each input, of shape (N, size, H, W).

    >>> first, second = concat_backward(np.arange(3.0).reshape(1, 3, 1, 1), [1, 2])
    >>> first.ravel(), second.ravel()
    (array([0.]), array([1., 2.]))
    """
    return np.split(dout, np.cumsum(sizes)[:-1], axis=1)


@checked(check.depth)
def depth_multiply_adds(channels, growth, layers, kernel):
    """Count what a chain of convolutions costs for one pixel, with sums and with concatenation.

    channels: C, how many enter the chain; growth: how many channels each layer puts beside the
    others in a concatenation; layers: how many convolutions; kernel: K, for kernels of K×K.
    Result: the tuple (sum, concatenation) of two whole numbers, the multiply-adds of all layers
    together, without biases.

    With sums every layer reads C channels and writes C.  With concatenation it reads all channels
    that stand before it, and writes growth new ones.

        one layer = K² · channels read · channels written

    >>> depth_multiply_adds(2, 1, 3, 1)
    (12, 9)
    """
    summed = layers * kernel**2 * channels * channels
    read = sum(channels + growth * before for before in range(layers))
    return summed, kernel**2 * read * growth
