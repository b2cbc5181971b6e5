"""The relatives of the convolution, backward: each channel by itself, and upside down.

Nothing new is computed here.  A depthwise convolution is one with a group for every channel.  A
transposed convolution is the gradient of a convolution's input, used as a forward pass; so on its
way back the two change places: its input gradient is a plain convolution, and in its weight
gradient x and dout have each other's part.
"""

import numpy as np

from . import convolution_checks as check
from .convolution import conv2d_forward
from .convolution_backward import conv2d_bias_gradient, conv2d_weight_gradient
from .convolution_general import conv2d_general_backward
from .input_checks import checked


@checked(check.depthwise_backward)
def depthwise_conv2d_backward(dout, x, w, b, stride=1, padding=0):
    """Gradients (dx, dw, db) of ``depthwise_conv2d``: x (N, C, H, W), w (C, KH, KW), b (C,)."""
    dx, dw, db = conv2d_general_backward(dout, x, w[:, None], b, stride, padding, groups=x.shape[1])
    return dx, dw[:, 0], db


@checked(check.transposed_backward)
def transposed_conv2d_backward(dout, x, w, b, stride=1, padding=0):
    """Gradients (dx, dw, db) of ``transposed_conv2d``: x (N, C, H, W), w (C, F, KH, KW), b (F,).

    >>> x, w, b = np.array([[[[1.0, 2.0]]]]), np.ones((1, 1, 1, 3)), np.zeros(1)
    >>> dout = np.array([[[[1.0, 10.0, 100.0, 1000.0, 10000.0]]]])
    >>> dx, dw, db = transposed_conv2d_backward(dout, x, w, b, (1, 2))
    >>> dx.ravel(), dw.ravel(), db
    (array([  111., 11100.]), array([  201.,  2010., 20100.]), array([11111.]))
    """
    dx = conv2d_forward(dout, w, np.zeros(len(w), w.dtype), stride, padding)
    dw = conv2d_weight_gradient(x, dout, w.shape[2:], stride, padding)
    return dx, dw, conv2d_bias_gradient(dout)
