"""What a convolution accepts, said in one place.

A message names the shapes and what would fit.
"""

from .input_checks import array, lengths, number, numbers, sequence, whole


def bias(b, filters, name="b"):
    array(name, b)
    if b.shape != (filters,):
        raise ValueError(
            f"{name} has shape {b.shape}, but {filters} filters need shape ({filters},)"
        )


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
    if axes == 1:
        return (output_axis(*sizes, *kernel, stride, padding, dilation),)
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
    """Check a depthwise convolution; return the output's shape."""
    array("x", x, "N C H W")
    array("w", w, "C KH KW")
    if len(w) != x.shape[1]:
        raise ValueError(
            f"x {x.shape} has {x.shape[1]} channels, but w {w.shape} holds {len(w)} kernels: "
            f"w should have shape {(x.shape[1], *w.shape[1:])}"
        )
    bias(b, len(w))
    return (*x.shape[:2], *output_axes(x.shape[2:], w.shape[1:], stride, padding))


def depthwise_backward(dout, x, w, b, stride=1, padding=0):
    gradient(dout, depthwise(x, w, b, stride, padding))


def planes(name, value, *axes):
    """Raise unless the last two axes are there and hold something; any real numbers will do."""
    numbers(name, value, kinds="biuf")
    if value.ndim < 2 or 0 in value.shape[-2:]:
        raise ValueError(
            f"{name} must end in the axes ({', '.join(axes)}), each of length 1 or more, "
            f"but its shape is {value.shape}"
        )


def padding(x, padding):
    planes("x", x, "H", "W")
    whole("padding", padding)


def kernels(w):
    planes("w", w, "KH", "KW")


def dilation(w, dilation):
    kernels(w)
    whole("dilation", dilation, minimum=1)


def dilated_gradient(dout, stride):
    planes("dout", dout, "OH", "OW")
    whole("stride", stride, minimum=1)


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
    input_shape = lengths("input_shape (N, C, H, W)", input_shape, 4)
    if input_shape[1] != w.shape[1]:
        raise ValueError(
            f"input_shape must be (N, {w.shape[1]}, H, W) for w {w.shape}, not {input_shape}"
        )
    sides = output_axes(input_shape[2:], w.shape[2:], stride, padding)
    gradient(dout, (input_shape[0], len(w), *sides))


def bias_gradient(dout):
    array("dout", dout, "N F OH OW")


def transposed(x, w, b, stride=1, padding=0):
    """Check a transposed convolution; return the output's shape."""
    array("x", x, "N C H W")
    array("w", w, "C F KH KW")
    if len(w) != x.shape[1]:
        raise ValueError(
            f"x {x.shape} has {x.shape[1]} channels, but w {w.shape} takes {len(w)}: "
            f"w should have shape {(x.shape[1], *w.shape[1:])}"
        )
    bias(b, w.shape[1])
    return (len(x), w.shape[1], *enlarged_axes(x.shape[2:], w.shape[2:], stride, padding))


def enlarged_axes(sizes, kernel, stride=1, padding=0):
    """Check the sides of a transposed convolution; return the output's."""
    strides, paddings = whole("stride", stride, minimum=1), whole("padding", padding)
    sides = []
    for n, k, s, p in zip(sizes, kernel, strides, paddings, strict=True):
        full = (n - 1) * s + k
        if full - 2 * p < 1:
            raise ValueError(f"padding {p} crops the whole output of {full}: use a smaller padding")
        sides.append(full - 2 * p)
    return tuple(sides)


def transposed_backward(dout, x, w, b, stride=1, padding=0):
    gradient(dout, transposed(x, w, b, stride, padding))


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
    number("grey", grey)
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
    sequence("layers", layers, "tuples (kernel, stride, dilation)")
    for layer in layers:
        lengths("each layer (kernel, stride, dilation)", layer, 3)


def stack(n, kernel):
    whole("n", n, 1)
    whole("kernel", kernel, 1, 1)


def volume(shape, kernel, filters, stride=1, padding=0):
    lengths("shape (N, C, T, H, W)", shape, 5)
    whole("filters", filters, 1, 1)
    output_axes(shape[2:], kernel, stride, padding)


def update(parameters, gradients, learning_rate):
    for name, value in (("parameters", parameters), ("gradients", gradients)):
        sequence(name, value, "arrays")
    if len(parameters) != len(gradients):
        raise ValueError(f"{len(parameters)} parameters but {len(gradients)} gradients")
    for place, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
        array(f"parameters[{place}]", p)
        array(f"gradients[{place}]", g)
        if p.shape != g.shape:
            raise ValueError(f"parameter {place} has shape {p.shape}, but its gradient {g.shape}")
    number("learning_rate", learning_rate)


def step(dout, x, w, b, learning_rate, stride=1, padding=0):
    convolution_backward(dout, x, w, b, stride, padding)
    number("learning_rate", learning_rate)
