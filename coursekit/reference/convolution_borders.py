"""What a convolution does at the border of an image."""

from . import convolution_checks as check
from .input_checks import checked


@checked(check.one_axis)
def same_padding(kernel, dilation=1):
    """Count the zeros that keep an axis as long as it is, at stride 1.

    kernel: length of the kernel; dilation: distance between two taps; whole numbers.
    Result: the tuple (before, after): zeros in front of the axis and behind it.  They are as
    equal as can be; where their sum is odd, the one that is left over goes behind.

        before + after = dilation·(kernel − 1)

    >>> same_padding(3), same_padding(4)
    ((1, 1), (1, 2))
    """
    total = dilation * (kernel - 1)
    return total // 2, total - total // 2


@checked(check.mean_window)
def border_brightness(kernel, grey):
    """Say what a blur makes of a flat grey picture that is framed by zeros.

    The blur takes the mean of kernel × kernel pixels; ``kernel`` is odd, and the frame is
    kernel // 2 zeros wide, so the result is as large as the picture.
    grey: the value of every pixel.  The picture is larger than the window.
    Result: the tuple (corner, edge, inside): the value in a corner of the result, in the
    middle of an edge, and far from every edge.
    """
    seen = (kernel // 2 + 1) / kernel  # the share of the window that lies on the picture, one axis
    return grey * seen * seen, grey * seen, grey
