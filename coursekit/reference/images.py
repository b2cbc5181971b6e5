"""Images are arrays: the operations of the first lesson."""

import numpy as np

from . import image_checks as check
from .input_checks import checked


@checked(check.eight_bit)
def scale_to_unit(image):
    """Return an 8-bit image as floats between 0 (black) and 1 (white).

    image: uint8 array of any shape, values 0 … 255.
    Result: float64 array of the same shape; 0 becomes 0.0 and 255 becomes 1.0.

    >>> scale_to_unit(np.array([0, 51, 255], np.uint8))
    array([0. , 0.2, 1. ])
    """
    return image / 255


@checked(check.coloured)
def to_channels_first(image):
    """Move the channel axis of an image to the front: (H, W, C) becomes (C, H, W).

    image: array (H, W, C), as files and plots hold it.
    Result: array (C, H, W), as networks hold it, with result[c, y, x] = image[y, x, c].

    >>> to_channels_first(np.zeros((480, 640, 3))).shape
    (3, 480, 640)
    """
    return image.transpose(2, 0, 1)


@checked(check.dense_layer)
def dense_parameters(height, width, channels, units):
    """Count the numbers that a dense layer learns when an image is its input.

    height, width, channels: lengths of the image's axes; units: neurons in the layer.
    Each unit has one weight for every number in the image, and one bias.
    Result: int, weights and biases together.

    >>> dense_parameters(2, 2, 1, 3)
    15
    """
    return height * width * channels * units + units


@checked(check.shift)
def shift_image(image, dy, dx):
    """Move an image dy pixels down and dx pixels to the right; fill what is left empty with 0.

    image: array (H, W) or (H, W, C).
    dy, dx: whole numbers; negative ones move up and left, and may be larger than the image.
    Result: array of the same shape, with result[y + dy, x + dx] = image[y, x] wherever both
    places lie inside the image.

    >>> shift_image(np.array([[1, 2], [3, 4]]), 1, 0)
    array([[0, 0],
           [1, 2]])
    """
    height, width = image.shape[:2]
    shifted = np.zeros_like(image)
    down, up, right, left = max(dy, 0), max(-dy, 0), max(dx, 0), max(-dx, 0)
    if abs(dy) < height and abs(dx) < width:  # else nothing is left in view
        seen = image[up : height - down, left : width - right]
        shifted[down : height - up, right : width - left] = seen
    return shifted
