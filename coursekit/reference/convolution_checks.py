"""What a convolution accepts, said in one place.

The reference functions are written to be read, so the checks stand here and are put in
front of them by ``@checked``.  A message names the shapes and what would fit.
"""

from functools import wraps
from numbers import Integral

import numpy as np


def checked(check):
    """Decorator: call ``check`` with the function's own arguments before the function."""

    def decorate(function):
        @wraps(function)
        def guarded(*args, **options):
            check(*args, **options)
            return function(*args, **options)

        return guarded

    return decorate


# ---------------------------------------------------------------- single values


def whole(name, value, axes=2, minimum=0):
    """``value`` (an int, or one an axis) as a tuple of ``axes`` ints, none below ``minimum``."""
    if type(value) is int and value >= minimum:  # nearly always, at every step of training
        return (value,) * axes
    values = (value,) * axes if isinstance(value, Integral) else value
    if not isinstance(values, tuple | list | np.ndarray) or len(values) != axes:
        wanted = "one whole number" if axes == 1 else f"a whole number or {axes} of them"
        raise ValueError(f"{name} must be {wanted}, not {value!r}")
    for number in values:
        if type(number) is int and number >= minimum:
            continue
        if not isinstance(number, Integral) or isinstance(number, bool) or number < minimum:
            raise ValueError(f"{name} must be a whole number ≥ {minimum}, not {value!r}")
    return tuple(map(int, values))


def array(name, value, axes=None):
    """Raise unless ``value`` is an array of floats whose axes are the letters of ``axes``."""
    if not isinstance(value, np.ndarray):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a NumPy array, not {kind}: np.asarray({name}, float)")
    if axes is not None and value.ndim != len(axes.split()):
        raise ValueError(
            f"{name} must have the axes ({axes.replace(' ', ', ')}), but its shape is {value.shape}"
        )
    if not np.issubdtype(value.dtype, np.floating):
        raise ValueError(
            f"{name} holds {value.dtype}, which would wrap round or be cut to whole numbers: "
            f"use {name}.astype(float)"
        )


def bias(b, filters):
    array("b", b)
    if b.shape != (filters,):
        raise ValueError(f"b has shape {b.shape}, but {filters} filters need shape ({filters},)")


def gradient(dout, expected):
    """Raise unless ``dout`` has the shape of the output."""
    array("dout", dout)
    if dout.shape != tuple(expected):
        raise ValueError(f"dout has shape {dout.shape}, but the output has {tuple(expected)}")


# ---------------------------------------------------------------- shapes


def output_axis(size, kernel, stride=1, padding=0, dilation=1):
    """Check one axis; return the output's length."""
    (size,) = whole("size", size, 1)
    (kernel,) = whole("kernel", kernel, 1, 1)
    (stride,) = whole("stride", stride, 1, 1)
    (padding,) = whole("padding", padding, 1)
    (dilation,) = whole("dilation", dilation, 1, 1)
    span, padded = dilation * (kernel - 1) + 1, size + 2 * padding
    if span > padded:
        raise ValueError(
            f"the kernel (size {kernel}, dilation {dilation}) spans {span}, but the padded input "
            f"only {size} + 2·{padding} = {padded}: use a smaller kernel, "
            f"or padding ≥ {-(-(span - size) // 2)}"
        )
    return (padded - span) // stride + 1


def output_axes(sizes, kernel, stride=1, padding=0, dilation=1):
    """Check every axis of a window; return the output's lengths."""
    axes = len(sizes)
    return tuple(
        output_axis(*numbers)
        for numbers in zip(
            sizes,
            whole("kernel", kernel, axes, 1),
            whole("stride", stride, axes, 1),
            whole("padding", padding, axes),
            whole("dilation", dilation, axes, 1),
            strict=True,
        )
    )


SPACE = {1: ("L", "K"), 2: ("H W", "KH KW")}  # axes of an image and of its kernel


def convolution(x, w, b, stride=1, padding=0, dilation=1, groups=1, axes=2):
    """Check a convolution over the last ``axes`` axes; return the output's shape."""
    image, window = SPACE[axes]
    array("x", x, f"N C {image}")
    array("w", w, f"F C {window}")
    (groups,) = whole("groups", groups, 1, 1)
    channels, filters = x.shape[1], w.shape[0]
    if channels % groups or filters % groups:
        raise ValueError(
            f"groups = {groups} must divide the {channels} channels of x {x.shape} "
            f"and the {filters} filters of w {w.shape}"
        )
    if w.shape[1] != channels // groups:
        raise ValueError(
            f"x {x.shape} has {channels} channels in {groups} group(s), but each kernel of "
            f"w {w.shape} has {w.shape[1]}: w should have shape "
            f"{(filters, channels // groups, *w.shape[2:])}"
        )
    bias(b, filters)
    lengths = output_axes(x.shape[2:], w.shape[2:], stride, padding, dilation)
    return (len(x), filters, *lengths)


def convolution_backward(dout, x, w, b, *options, **named):
    gradient(dout, convolution(x, w, b, *options, **named))


def convolution1d(x, w, b, stride=1, padding=0, dilation=1, groups=1):
    return convolution(x, w, b, stride, padding, dilation, groups, axes=1)


def convolution1d_backward(dout, x, w, b, *options, **named):
    gradient(dout, convolution1d(x, w, b, *options, **named))


# ---------------------------------------------------------------- single operations


def one_channel(x, w):
    array("x", x, "H W")
    array("w", w, "KH KW")
    return output_axes(x.shape, w.shape)


def one_vector(dout, x, w):
    array("x", x, "L")
    array("w", w, "K")
    gradient(dout, output_axes(x.shape, w.shape))


def depthwise(x, w, b, stride=1, padding=0):
    array("x", x, "N C H W")
    array("w", w, "C KH KW")
    if len(w) != x.shape[1]:
        raise ValueError(
            f"x {x.shape} has {x.shape[1]} channels, but w {w.shape} holds {len(w)} kernels: "
            f"w should have shape {(x.shape[1], *w.shape[1:])}"
        )
    bias(b, len(w))
    output_axes(x.shape[2:], w.shape[1:], stride, padding)


def image_axes(x, *options):
    if np.ndim(x) < 2:
        raise ValueError(f"x must have at least the axes (H, W), but its shape is {np.shape(x)}")


def padding(x, padding):
    image_axes(x)
    whole("padding", padding)


def spreading(array, step):
    image_axes(array)
    whole("stride or dilation", step, minimum=1)


def columns(x, kernel, stride=1, padding=0):
    array("x", x, "N C H W")
    output_axes(x.shape[2:], kernel, stride, padding)


def weight_gradient(dout, x, kernel, stride=1, padding=0):
    array("x", x, "N C H W")
    array("dout", dout, "N F OH OW")
    lengths = output_axes(x.shape[2:], kernel, stride, padding)
    gradient(dout, (len(x), dout.shape[1], *lengths))


def input_gradient(dout, w, input_shape, stride=1, padding=0):
    array("w", w, "F C KH KW")
    if len(input_shape) != 4 or input_shape[1] != w.shape[1]:
        raise ValueError(
            f"input_shape must be (N, {w.shape[1]}, H, W) for w {w.shape}, not {input_shape}"
        )
    lengths = output_axes(input_shape[2:], w.shape[2:], stride, padding)
    gradient(dout, (input_shape[0], len(w), *lengths))


def bias_gradient(dout):
    array("dout", dout, "N F OH OW")


def transposed(x, w, b, stride=1, padding=0):
    array("x", x, "N C H W")
    array("w", w, "C F KH KW")
    if len(w) != x.shape[1]:
        raise ValueError(
            f"x {x.shape} has {x.shape[1]} channels, but w {w.shape} takes {len(w)}: "
            f"w should have shape {(x.shape[1], *w.shape[1:])}"
        )
    bias(b, w.shape[1])
    strides, paddings = whole("stride", stride, minimum=1), whole("padding", padding)
    for n, k, s, p in zip(x.shape[2:], w.shape[2:], strides, paddings, strict=True):
        if (n - 1) * s + k - 2 * p < 1:
            raise ValueError(
                f"padding {p} crops the whole output of {(n - 1) * s + k}: use a smaller padding"
            )


def band_matrix(w, length):
    array("w", w, "K")
    whole("length", length, 1, 1)
    if len(w) % 2 == 0:
        raise ValueError(
            f"w has {len(w)} weights: the result is as long as x only for an odd number"
        )


def one_axis(kernel, dilation=1):
    whole("kernel", kernel, 1, 1)
    whole("dilation", dilation, 1, 1)


def mean_window(kernel, grey):
    one_axis(kernel)
    if kernel % 2 == 0:
        raise ValueError(f"kernel must be odd, so that the window has a middle, not {kernel}")


def shift(dy, dx):
    if dy not in (-1, 0, 1) or dx not in (-1, 0, 1):
        raise ValueError(f"a 3×3 kernel shifts by −1, 0 or 1 pixels, not by ({dy}, {dx})")


def counts(c_in, c_out, kernel, bias=True):
    whole("c_in", c_in, 1, 1)
    whole("c_out", c_out, 1, 1)
    whole("kernel", kernel, minimum=1)


def multiply_adds(height, width, c_in, c_out, kernel):
    whole("height", height, 1, 1)
    whole("width", width, 1, 1)
    counts(c_in, c_out, kernel)


def layer_list(layers):
    for layer in layers:
        whole("each layer (kernel, stride, dilation)", tuple(layer), 3, 1)


def stack(n, kernel):
    whole("n", n, 1)
    whole("kernel", kernel, 1, 1)


def volume(shape, kernel, filters, stride=1, padding=0):
    whole("shape (N, C, T, H, W)", tuple(shape), 5)
    whole("filters", filters, 1, 1)
    output_axes(shape[2:], kernel, stride, padding)


def update(parameters, gradients, learning_rate):
    if len(parameters) != len(gradients):
        raise ValueError(f"{len(parameters)} parameters but {len(gradients)} gradients")
    for number, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
        if np.shape(p) != np.shape(g):
            raise ValueError(
                f"parameter {number} has shape {np.shape(p)}, but its gradient {np.shape(g)}"
            )
