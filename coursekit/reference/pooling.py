"""Pooling: each map becomes smaller, one number for one window.

A window of ``size`` slides over each channel of each image in steps of ``stride``, and what it
sees becomes one number: its sum, its mean, or its maximum.  Nothing is learned, and channels do
not mix.  The loops run over the few places in the window, and each place is one strided slice
(a *tap*) of the map for all windows at once.  Windows that would reach beyond the border are
dropped, so with lengths n on an axis

    output = ⌊(n − size) / stride⌋ + 1

Backward, each window hands its gradient on to its pixels: a copy to each (sum), an equal share to
each (average), or all of it to the winner (maximum).  A pixel under several windows adds up.

``size`` and ``stride`` may be pairs (vertical, horizontal).  Forward and backward passes take one
more option, ``padding=0``: a frame round each map, of −inf for the maximum, of zeros for sum and
average, where the zeros count as pixels of the window.
"""

import numpy as np

from . import pooling_checks as check
from .input_checks import checked
from .pooling_checks import framed, framed_backward


@checked(check.steps)
def subsample(x, step):
    """Keep every step-th row and every step-th column of each map, from the first one on.

    x: (N, C, H, W); step: whole number.
    Result: (N, C, ⌈H / step⌉, ⌈W / step⌉).

        out[n, k, r, c] = x[n, k, step·r, step·c]

    >>> subsample(np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]), 2)
    array([[[[1., 3.]]]])
    """
    return x[:, :, ::step, ::step]


# ---------------------------------------------------------------- sum


@framed(0)
def sum_pool2d_forward(x, size, stride):
    """Add up the pixels of each window.

    x: (N, C, H, W); size: side of the square window; stride: step from window to window, both whole
    numbers.
    Result: (N, C, OH, OW) with OH = ⌊(H − size) / stride⌋ + 1, and OW alike: windows that would
    reach beyond the border are dropped.

        out[n, k, r, c] = Σ over i, j < size of x[n, k, stride·r + i, stride·c + j]

    >>> sum_pool2d_forward(np.array([[[[1.0, 3.0], [4.0, 2.0]]]]), 2, 2)
    array([[[[10.]]]])
    """
    (kh, kw), (sy, sx) = np.broadcast_to(size, 2), np.broadcast_to(stride, 2)
    rows, cols = (x.shape[2] - kh) // sy + 1, (x.shape[3] - kw) // sx + 1
    out = np.zeros((*x.shape[:2], rows, cols), x.dtype)
    for i in range(kh):
        for j in range(kw):
            out += x[:, :, i : i + sy * rows : sy, j : j + sx * cols : sx]
    return out


@framed_backward(0)
def sum_pool2d_backward(dout, x, size, stride):
    """Carry a gradient back through sum pooling: every pixel gets a copy from each of its windows.

    dout: (N, C, OH, OW), the gradient of the loss with respect to the output; x: (N, C, H, W), the
    input of the forward pass; size, stride: as forward.  Result: dx, (N, C, H, W).

        dx[n, k, y, x] = Σ of dout[n, k, r, c] over the windows (r, c) that hold the pixel (y, x)

    >>> sum_pool2d_backward(np.array([[[[5.0, 7.0]]]]), np.zeros((1, 1, 2, 3)), 2, 1)
    array([[[[ 5., 12.,  7.],
             [ 5., 12.,  7.]]]])
    """
    (kh, kw), (sy, sx) = np.broadcast_to(size, 2), np.broadcast_to(stride, 2)
    rows, cols = dout.shape[2:]
    dx = np.zeros(x.shape, dout.dtype)
    for i in range(kh):
        for j in range(kw):
            dx[:, :, i : i + sy * rows : sy, j : j + sx * cols : sx] += dout
    return dx


# ---------------------------------------------------------------- average


@framed(0)
def avg_pool2d_forward(x, size, stride):
    """Take the mean of the pixels of each window.

    x: (N, C, H, W); size: side of the square window; stride: step from window to window, both whole
    numbers.
    Result: (N, C, OH, OW) with OH = ⌊(H − size) / stride⌋ + 1, and OW alike.

        out[n, k, r, c] = 1 / size² · Σ over i, j < size of x[n, k, stride·r + i, stride·c + j]

    >>> avg_pool2d_forward(np.array([[[[1.0, 3.0], [4.0, 2.0]]]]), 2, 2)
    array([[[[2.5]]]])
    """
    return sum_pool2d_forward(x, size, stride) / np.prod(np.broadcast_to(size, 2))


@framed_backward(0)
def avg_pool2d_backward(dout, x, size, stride):
    """Carry a gradient back through average pooling: the pixels of a window share it equally.

    dout: (N, C, OH, OW); x: (N, C, H, W), the input of the forward pass; size, stride: as forward.
    Result: dx, (N, C, H, W).

        dx[n, k, y, x] = 1 / size² · Σ of dout[n, k, r, c] over the windows that hold (y, x)

    >>> avg_pool2d_backward(np.array([[[[8.0]]]]), np.array([[[[1.0, 3.0], [4.0, 2.0]]]]), 2, 2)
    array([[[[2., 2.],
             [2., 2.]]]])
    """
    return sum_pool2d_backward(dout / np.prod(np.broadcast_to(size, 2)), x, size, stride)


# ---------------------------------------------------------------- maximum


@framed(-np.inf)
def max_pool2d_forward(x, size, stride):
    """Take the largest pixel of each window, in each channel by itself.

    x: (N, C, H, W); size: side of the square window; stride: step from window to window, both whole
    numbers.
    Result: (N, C, OH, OW) with OH = ⌊(H − size) / stride⌋ + 1, and OW alike.

        out[n, k, r, c] = max over i, j < size of x[n, k, stride·r + i, stride·c + j]

    >>> max_pool2d_forward(np.array([[[[1.0, 3.0], [4.0, 2.0]]]]), 2, 2)
    array([[[[4.]]]])
    """
    (kh, kw), (sy, sx) = np.broadcast_to(size, 2), np.broadcast_to(stride, 2)
    rows, cols = (x.shape[2] - kh) // sy + 1, (x.shape[3] - kw) // sx + 1
    out = np.full((*x.shape[:2], rows, cols), -np.inf, x.dtype)
    for i in range(kh):
        for j in range(kw):
            out = np.maximum(out, x[:, :, i : i + sy * rows : sy, j : j + sx * cols : sx])
    return out


@checked(check.windows)
def max_pool2d_argmax(x, size, stride):
    """Say where in its map the largest pixel of each window stands.

    x: (N, C, H, W); size, stride: as in max_pool2d_forward.
    Result: (N, C, OH, OW), dtype int, since they are indices.  The pixel in row y and column x of a
    map has the place y·W + x: the pixels of one map, counted in reading order from 0.  Where
    several pixels of a window are equally large, the first one in reading order wins.

    >>> max_pool2d_argmax(np.array([[[[1.0, 3.0, 9.0], [4.0, 2.0, 9.0]]]]), 2, 1)
    array([[[[3, 2]]]])
    """
    (kh, kw), (sy, sx) = np.broadcast_to(size, 2), np.broadcast_to(stride, 2)
    rows, cols = (x.shape[2] - kh) // sy + 1, (x.shape[3] - kw) // sx + 1
    taps = [
        x[:, :, i : i + sy * rows : sy, j : j + sx * cols : sx]
        for i in range(kh)
        for j in range(kw)
    ]
    i, j = np.divmod(np.argmax(taps, axis=0), kw)  # argmax takes the first of equals
    return (sy * np.arange(rows)[:, None] + i) * x.shape[3] + sx * np.arange(cols) + j


@framed_backward(-np.inf)
def max_pool2d_backward(dout, x, size, stride):
    """Carry a gradient back through max pooling: the winner of each window gets all of it.

    dout: (N, C, OH, OW); x: (N, C, H, W), the input of the forward pass; size, stride: as forward.
    Result: dx, (N, C, H, W).  Where several pixels of a window are equally large, the first one in
    reading order wins.  A pixel that wins in several windows adds their gradients up.

        dx[n, k, y, x] = Σ of dout[n, k, r, c] over the windows (r, c) in which (y, x) wins

    >>> max_pool2d_backward(np.array([[[[8.0]]]]), np.array([[[[1.0, 4.0], [4.0, 2.0]]]]), 2, 2)
    array([[[[0., 8.],
             [0., 0.]]]])
    """
    n, channels, height, width = x.shape
    winner = max_pool2d_argmax(x, size, stride)
    image, channel = np.arange(n)[:, None, None, None], np.arange(channels)[:, None, None]
    dx = np.zeros((n, channels, height * width), dout.dtype)
    np.add.at(dx, (image, channel, winner), dout)
    return dx.reshape(x.shape)


@checked(check.places)
def max_unpool2d(x, argmax, shape):
    """Put pooled values back to the places that they came from; all other pixels are 0.

    x: (N, C, OH, OW), values; argmax: (N, C, OH, OW), whole numbers, the place y·W + x of each
    value in its map, as from max_pool2d_argmax; shape: (N, C, H, W), the shape of the result.
    Windows that overlap may share a winner: then the place holds that value once.

        out[n, k, y, x] = the value whose place is y·W + x, or 0 where there is none

    Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014.

    >>> max_unpool2d(np.array([[[[4.0, 9.0]]]]), np.array([[[[3, 2]]]]), (1, 1, 2, 3))
    array([[[[0., 0., 9.],
             [4., 0., 0.]]]])
    """
    n, channels, height, width = shape
    image, channel = np.arange(n)[:, None, None, None], np.arange(channels)[:, None, None]
    out = np.zeros((n, channels, height * width), x.dtype)
    out[image, channel, argmax] = x
    return out.reshape(shape)


@checked(check.places_backward)
def max_unpool2d_backward(dout, x, argmax, shape):
    """Carry a gradient back through max_unpool2d: each value gets the gradient of its place.

    dout: (N, C, H, W); x, argmax, shape: as in max_unpool2d.  Result: dx, (N, C, OH, OW).
    Values that share a place all get its gradient, as in PyTorch.

        dx[n, k, r, c] = dout[n, k] at the place of x[n, k, r, c]

    >>> places = np.array([[[[3, 2]]]])
    >>> dout = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
    >>> max_unpool2d_backward(dout, np.array([[[[4.0, 9.0]]]]), places, (1, 1, 2, 3))
    array([[[[4., 3.]]]])
    """
    flat = dout.reshape(*dout.shape[:2], -1)
    image, channel = np.arange(len(x))[:, None, None, None], np.arange(x.shape[1])[:, None, None]
    return flat[image, channel, argmax]


# ---------------------------------------------------------------- with a frame; with an activation


@checked(check.windows)
def max_pool2d_padded(x, size, stride, padding):
    """Max pooling over maps with a frame that can never win.

    x: (N, C, H, W); size, stride: as in max_pool2d_forward; padding: width of the frame at every
    side, at most size / 2.  Outside the map there is nothing, so each window takes the largest of
    its pixels that lie in the map.
    Result: (N, C, OH, OW) with OH = ⌊(H + 2·padding − size) / stride⌋ + 1, and OW alike.

    >>> max_pool2d_padded(np.array([[[[-5.0, -3.0, -4.0]]]]), 3, 1, 1)
    array([[[[-3., -3., -3.]]]])
    """
    frame = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    return max_pool2d_forward(np.pad(x, frame, constant_values=-np.inf), size, stride)


@checked(check.windows)
def avg_pool2d_padded(x, size, stride, padding):
    """Average pooling over maps with a frame of zeros, which count.

    x: (N, C, H, W); size, stride: as in avg_pool2d_forward; padding: width of the frame at every
    side, at most size / 2.  Every window, at the border too, divides its sum by size².
    Result: (N, C, OH, OW) with OH = ⌊(H + 2·padding − size) / stride⌋ + 1, and OW alike.

    >>> avg_pool2d_padded(np.array([[[[9.0, 9.0, 9.0]]]]), 3, 1, 1)
    array([[[[2., 3., 2.]]]])
    """
    frame = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    return avg_pool2d_forward(np.pad(x, frame), size, stride)


@checked(check.windows_backward)
def delta_before_max_pool(dout, z, size, stride):
    """Carry a gradient back through max pooling and the tanh before it.

    A convolution gives z; its activation is a = tanh(z); the pooling is out = max_pool(a).
    dout: (N, C, OH, OW), the gradient of the loss with respect to out; z: (N, C, H, W);
    size, stride: of the pooling.
    Result: δ, (N, C, H, W), the gradient of the loss with respect to z.

        δ = (gradient with respect to a, from the pooling) · (1 − a²)

    >>> z = np.array([[[[0.0, -1.0], [-2.0, -3.0]]]])
    >>> delta_before_max_pool(np.array([[[[8.0]]]]), z, 2, 2)
    array([[[[8., 0.],
             [0., 0.]]]])
    """
    a = np.tanh(z)
    return max_pool2d_backward(dout, a, size, stride) * (1 - a**2)
