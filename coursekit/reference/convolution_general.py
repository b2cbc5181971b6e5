"""Convolution with every option: stride, padding, dilation and groups, 1-D and 2-D.

Nothing new is computed here.  A dilated kernel is a larger kernel with zeros; a grouped
convolution is several small ones side by side; a sequence is an image of height 1.

Stride, padding and dilation are whole numbers or (vertical, horizontal) pairs; in 1-D,
whole numbers.  Grouped kernels are (F, C/groups, KH, KW).
"""

import numpy as np

from . import convolution_checks as check
from .convolution import conv2d_dilated, dilate_kernel
from .convolution_backward import conv2d_backward
from .input_checks import checked


@checked(check.convolution)
def conv2d_general_forward(x, w, b, stride=1, padding=0, dilation=1, groups=1):
    """Convolve: x (N, C, H, W), w (F, C/groups, KH, KW), b (F,) → (N, F, OH, OW).

    Group g reads the g-th share of the channels and writes the g-th share of the filters.
    """
    shares = zip(np.split(x, groups, axis=1), np.split(w, groups), np.split(b, groups), strict=True)
    return np.concatenate(
        [conv2d_dilated(xg, wg, bg, stride, padding, dilation) for xg, wg, bg in shares], axis=1
    )


@checked(check.convolution_backward)
def conv2d_general_backward(dout, x, w, b, stride=1, padding=0, dilation=1, groups=1):
    """Gradients (dx, dw, db) of ``conv2d_general_forward``.

    The zeros of a dilated kernel are no weights, so their gradients are dropped.
    """
    dy, dx = np.broadcast_to(dilation, 2)
    shares = zip(
        np.split(dout, groups, axis=1),
        np.split(x, groups, axis=1),
        np.split(dilate_kernel(w, dilation), groups),
        np.split(b, groups),
        strict=True,
    )
    grads = [conv2d_backward(*share, stride, padding) for share in shares]
    dxs, dws, dbs = zip(*grads, strict=True)
    return np.concatenate(dxs, axis=1), np.concatenate(dws)[..., ::dy, ::dx], np.concatenate(dbs)


@checked(check.convolution1d)
def conv1d_general_forward(x, w, b, stride=1, padding=0, dilation=1, groups=1):
    """Convolve sequences: x (N, C, L), w (F, C/groups, K), b (F,) → (N, F, OL)."""
    flat = conv2d_general_forward(
        x[:, :, None], w[:, :, None], b, (1, stride), (0, padding), (1, dilation), groups
    )
    return flat[:, :, 0]


@checked(check.convolution1d_backward)
def conv1d_general_backward(dout, x, w, b, stride=1, padding=0, dilation=1, groups=1):
    """Gradients (dx, dw, db) of ``conv1d_general_forward``."""
    dx, dw, db = conv2d_general_backward(
        dout[:, :, None],
        x[:, :, None],
        w[:, :, None],
        b,
        (1, stride),
        (0, padding),
        (1, dilation),
        groups,
    )
    return dx[:, :, 0], dw[:, :, 0], db
