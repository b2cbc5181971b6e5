"""Global average pooling: one number a channel, its mean over all places.

It needs no weights, takes images of every size, and does not ask where something was seen.

Source: Lin, Chen and Yan, "Network in network", 2014.
"""

import numpy as np

from . import residual_checks as check
from .input_checks import checked


@checked(check.images)
def global_average_pool_forward(x):
    """Average every channel of every image over all its places.

    x: (N, C, H, W).  Result: (N, C).

        out[n, k] = Σ over r, c of x[n, k, r, c] / (H·W)

    >>> global_average_pool_forward(np.array([[[[1.0, 2.0], [3.0, 6.0]]]]))
    array([[3.]])
    """
    return x.mean(axis=(2, 3))


@checked(check.pooled_gradient)
def global_average_pool_backward(dout, x):
    """Share a gradient among all places of its channel.

    dout: (N, C); x: (N, C, H, W), the layer's input.  Result: (N, C, H, W).

        dx[n, k, r, c] = dout[n, k] / (H·W)

    >>> global_average_pool_backward(np.array([[8.0]]), np.zeros((1, 1, 2, 2)))
    array([[[[2., 2.],
             [2., 2.]]]])
    """
    height, width = x.shape[2:]
    return np.broadcast_to(dout[:, :, None, None] / (height * width), x.shape).copy()


@checked(check.head)
def head_parameters(channels, height, width, classes):
    """Count what a classifier learns behind the last convolution, in two designs.

    channels, height, width: the last feature maps of one image; classes: outputs K.
    Result: the tuple (flatten, gap) of whole numbers, weights and biases together:

    - flatten: the maps as one long row, then a dense layer to K outputs;
    - gap: global average pooling, then a dense layer to K outputs.

    >>> head_parameters(2, 3, 3, 5)
    (95, 15)
    """
    return channels * height * width * classes + classes, channels * classes + classes
