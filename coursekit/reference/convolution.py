"""Convolution, forward: a small window slides over an image.

Every output is a weighted sum of the inputs under the window, and the weights are the same
at every place.  What networks call convolution is cross-correlation: the kernel is not
turned.  Images are (N, C, H, W), kernels (F, C, KH, KW), biases (F,).

Wherever a kernel size, stride, padding or dilation is asked for, one number stands for both
axes and a pair for (vertical, horizontal).  The loops run over the few taps of the kernel,
and each tap is one strided slice of the padded image for all outputs at once.
"""

import numpy as np

from . import convolution_checks as check
from .input_checks import checked


@checked(check.output_axis)
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    """Count the places where a kernel fits on one axis.

    All arguments are whole numbers: the length of the axis, the length of the kernel, the
    step between two places, the zeros added at *each* end, and the distance between two
    taps of the kernel.

        output = ⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.

    >>> output_size(28, 5), output_size(28, 3, stride=2, padding=1)
    (24, 14)
    """
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


@checked(check.padding)
def zero_pad(x, padding):
    """Put a frame of zeros round each image.

    x: (..., H, W), none, one or several axes in front; padding: whole number or pair, the
    zeros above and below, and those left and right.
    Result: (..., H + 2·padding, W + 2·padding); the axes in front keep their length.

    >>> zero_pad(np.array([[7]]), (1, 2))
    array([[0, 0, 0, 0, 0],
           [0, 0, 7, 0, 0],
           [0, 0, 0, 0, 0]])
    """
    py, px = np.broadcast_to(padding, 2)
    frame = [(0, 0)] * (x.ndim - 2) + [(py, py), (px, px)]
    return np.pad(x, frame)


@checked(check.one_channel)
def correlate2d(x, w):
    """Slide one kernel over one channel, only where it lies wholly inside.

    x: (H, W); w: (KH, KW); result: (H − KH + 1, W − KW + 1).

        out[r, c] = Σᵢ Σⱼ x[r + i, c + j] · w[i, j]

    >>> correlate2d(np.array([[1.0, 2.0, 4.0]]), np.array([[-1.0, 1.0]]))
    array([[1., 2.]])
    """
    kh, kw = w.shape
    rows, cols = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    out = np.zeros((rows, cols), x.dtype)
    for i in range(kh):
        for j in range(kw):
            out += x[i : i + rows, j : j + cols] * w[i, j]
    return out


@checked(check.convolution)
def conv2d_forward(x, w, b, stride=1, padding=0):
    """Apply F filters to a batch of images with C channels.

    x: (N, C, H, W); w: (F, C, KH, KW); b: (F,); stride, padding: whole number or pair.
    Result: (N, F, OH, OW), with OH and OW from ``output_size``.  With P = padding,
    S = stride and xᵖ the image framed by P zeros,

        out[n, f, r, c] = b[f] + Σ over k, i, j of xᵖ[n, k, S·r + i, S·c + j] · w[f, k, i, j]

    >>> conv2d_forward(np.ones((1, 2, 3, 3)), np.ones((1, 2, 3, 3)), np.zeros(1), padding=1)
    array([[[[ 8., 12.,  8.],
             [12., 18., 12.],
             [ 8., 12.,  8.]]]])
    """
    (sy, sx), (py, px) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    n, _, height, width = x.shape
    f, _, kh, kw = w.shape
    rows, cols = output_size(height, kh, sy, py), output_size(width, kw, sx, px)
    xp = zero_pad(x, padding)
    out = np.zeros((n, f, rows, cols), x.dtype)
    for i in range(kh):
        for j in range(kw):
            tap = xp[:, :, i : i + sy * rows : sy, j : j + sx * cols : sx]
            out += np.einsum("nchw,fc->nfhw", tap, w[:, :, i, j])
    return out + b[:, None, None]


@checked(check.dilation)
def dilate_kernel(w, dilation):
    """Spread a kernel's taps so that neighbours are ``dilation`` apart, with zeros between.

    w: (..., KH, KW); dilation: whole number or pair, 1 leaves the kernel as it is.
    Result: (..., dilation·(KH − 1) + 1, dilation·(KW − 1) + 1).

    >>> dilate_kernel(np.array([[1, 2, 3]]), 2)
    array([[1, 0, 2, 0, 3]])
    """
    dy, dx = np.broadcast_to(dilation, 2)
    *others, kh, kw = w.shape
    out = np.zeros((*others, dy * (kh - 1) + 1, dx * (kw - 1) + 1), w.dtype)
    out[..., ::dy, ::dx] = w
    return out


@checked(check.convolution)
def conv2d_dilated(x, w, b, stride=1, padding=0, dilation=1):
    """Apply filters whose taps stand ``dilation`` pixels apart.

    Shapes as in ``conv2d_forward``; dilation: whole number or pair.  With D = dilation,

        out[n, f, r, c] = b[f] + Σ over k, i, j of xᵖ[n, k, S·r + D·i, S·c + D·j] · w[f, k, i, j]

    Source: Yu and Koltun, "Multi-scale context aggregation by dilated convolutions", 2016.

    >>> conv2d_dilated(np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3)), np.zeros(1), dilation=2)
    array([[[[9.]]]])
    """
    return conv2d_forward(x, dilate_kernel(w, dilation), b, stride, padding)


@checked(check.depthwise)
def depthwise_conv2d(x, w, b, stride=1, padding=0):
    """Give every channel a kernel of its own; channels do not mix.

    x: (N, C, H, W); w: (C, KH, KW); b: (C,); stride, padding: whole number or pair.
    Result: (N, C, OH, OW).

        out[n, k, r, c] = b[k] + Σ over i, j of xᵖ[n, k, S·r + i, S·c + j] · w[k, i, j]

    Source: Howard et al., "MobileNets", 2017.

    >>> x = np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    >>> depthwise_conv2d(x, np.array([[[10.0]], [[100.0]]]), np.zeros(2))[0, :, 0]
    array([[ 10.,  20.],
           [300., 400.]])
    """
    (sy, sx), (py, px) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    n, channels, height, width = x.shape
    _, kh, kw = w.shape
    rows, cols = output_size(height, kh, sy, py), output_size(width, kw, sx, px)
    xp = zero_pad(x, padding)
    out = np.zeros((n, channels, rows, cols), x.dtype)
    for i in range(kh):
        for j in range(kw):
            tap = xp[:, :, i : i + sy * rows : sy, j : j + sx * cols : sx]
            out += tap * w[:, i, j][:, None, None]
    return out + b[:, None, None]


@checked(check.convolution1d)
def conv1d_forward(x, w, b, stride=1, padding=0):
    """Apply F filters to a batch of sequences, such as sentences of C numbers a word.

    x: (N, C, L); w: (F, C, K); b: (F,); stride, padding: whole numbers.
    Result: (N, F, OL), with OL from ``output_size``.

        out[n, f, t] = b[f] + Σ over k, i of xᵖ[n, k, S·t + i] · w[f, k, i]

    >>> conv1d_forward(np.array([[[1.0, 2.0, 4.0]]]), np.array([[[-1.0, 1.0]]]), np.zeros(1))
    array([[[1., 2.]]])
    """
    n, _, length = x.shape
    f, _, k = w.shape
    steps = output_size(length, k, stride, padding)
    xp = np.pad(x, [(0, 0), (0, 0), (padding, padding)])
    out = np.zeros((n, f, steps), x.dtype)
    for i in range(k):
        tap = xp[:, :, i : i + stride * steps : stride]
        out += np.einsum("ncl,fc->nfl", tap, w[:, :, i])
    return out + b[:, None]


@checked(check.band_matrix)
def conv1d_matrix(w, length):
    """Write a 1-D convolution as one matrix: ``x @ matrix`` is x convolved with w.

    w: (K,) with K odd; length: the length L of the row vector x.  The vector is framed by
    K // 2 zeros at each end, so that the result is as long as x.
    Result: (L, L), the same weights along every diagonal (a Toeplitz matrix).

        (x @ matrix)[t] = Σᵢ x[t + i − K//2] · w[i]

    >>> conv1d_matrix(np.array([1.0, 2.0, 3.0]), 4)
    array([[2., 1., 0., 0.],
           [3., 2., 1., 0.],
           [0., 3., 2., 1.],
           [0., 0., 3., 2.]])
    """
    matrix = np.zeros((length, length), w.dtype)
    for i in range(len(w)):
        matrix += w[i] * np.eye(length, k=len(w) // 2 - i, dtype=w.dtype)
    return matrix


@checked(check.columns)
def im2col(x, kernel, stride=1, padding=0):
    """Write what the kernel sees at each place as one column.

    x: (N, C, H, W); kernel, stride, padding: whole number or pair.
    Result: (N, C·KH·KW, OH·OW).  A column runs through the channels, in each channel through
    the rows of the window, in each row from left to right; the places run row by row.  Then
    convolution is one matrix product:

        w.reshape(F, C·KH·KW) @ im2col(x, (KH, KW)) + b[:, None]

    Source: Chellapilla, Puri and Simard, "High performance convolutional neural networks for
    document processing", 2006.

    >>> im2col(np.arange(6.0).reshape(1, 1, 2, 3), 2)
    array([[[0., 1.],
            [1., 2.],
            [3., 4.],
            [4., 5.]]])
    """
    (kh, kw), (sy, sx) = np.broadcast_to(kernel, 2), np.broadcast_to(stride, 2)
    py, px = np.broadcast_to(padding, 2)
    n, channels, height, width = x.shape
    rows, cols = output_size(height, kh, sy, py), output_size(width, kw, sx, px)
    xp = zero_pad(x, padding)
    out = np.zeros((n, channels, kh, kw, rows, cols), x.dtype)
    for i in range(kh):
        for j in range(kw):
            out[:, :, i, j] = xp[:, :, i : i + sy * rows : sy, j : j + sx * cols : sx]
    return out.reshape(n, channels * kh * kw, rows * cols)


def blur_kernel():
    """Make a 3×3 kernel that blurs: each output is a mean of a pixel and its neighbours.

    Result: (3, 3).  There are many; yours must

    - leave a flat grey as it is, and have no negative weight;
    - treat all directions alike: flipped or transposed, it is the same kernel;
    - give the neighbours at least half of the weight.
    """
    return np.full((3, 3), 1 / 9)


def edge_kernel():
    """Make a 3×3 kernel that compares a pixel with its neighbours.

    Result: (3, 3).  There are many; yours must

    - answer 0 on a flat grey, be it dark or bright;
    - answer a single bright pixel with a positive value at its place;
    - treat all directions alike: flipped or transposed, it is the same kernel.
    """
    w = np.full((3, 3), -1.0)
    w[1, 1] = 8.0
    return w


@checked(check.shift)
def shift_kernel(dy, dx):
    """Make the 3×3 kernel that moves a picture dy pixels down and dx pixels to the right.

    dy, dx: −1, 0 or 1; negative moves up or left.  Result: (3, 3); used with padding 1.

    >>> x = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 5.0], [0.0, 0.0, 0.0]])
    >>> correlate2d(zero_pad(x, 1), shift_kernel(1, -1))
    array([[0., 0., 0.],
           [0., 0., 0.],
           [0., 5., 0.]])
    """
    w = np.zeros((3, 3))
    w[1 - dy, 1 - dx] = 1.0
    return w
