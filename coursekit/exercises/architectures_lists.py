"""Lesson 08, networks as lists: how many numbers they learn."""

from math import prod

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("08_architectures")


# ---------------------------------------------------------------- count_parameters


@lesson.exercise(
    reference.count_parameters,
    points=2,
    hints=(
        "Walk through the list as in shape_after, and add up on the way.",
        "Add what a layer costs before you update the shape: it depends on the channels in.",
        "In front of a dense layer the shape may be (C, H, W) or (D,). The product of its numbers "
        "fits both.",
    ),
)
def count_parameters(rng):
    # the short ones first: the card shows the whole call, to be typed
    yield case("the last windows do not fit", [("conv", 4, 3, 2, 0), ("dense", 5)], (2, 6, 9))
    yield case("pooling, windows that overlap", [("average", 3, 2), ("dense", 4)], (2, 6, 8))
    yield case("dense after dense", [("dense", 4), ("tanh",), ("dense", 3)], (2, 3, 5))
    yield case(
        "convolution, pooling, dense",
        [("conv", 4, 3, 1, 0), ("average", 2, 2), ("dense", 10)],
        (3, 13, 8),
    )
    yield case(
        "two convolutions, strides and padding",
        [("conv", 5, 5, 2, 2), ("tanh",), ("conv", 7, 3, 1, 1), ("tanh",), ("dense", 3)],
        (2, 13, 17),
    )
    f, g, units = (int(n) for n in rng.integers(5, 30, size=3))
    yield case(
        "a random network",
        [
            ("conv", f, 4, 1, 1),
            ("tanh",),
            ("average", 3, 2),
            ("conv", g, 3, 2, 1),
            ("tanh",),
            ("average", 2, 1),
            ("dense", units),
            ("tanh",),
            ("dense", 9),
        ],
        (3, 31, 37),
    )


def _walk(layers, shape, *, conv=None, dense=None, average=None, size=None, after=None):
    """Count with other rules: for what a layer costs, for sizes, for the shape after a layer."""
    total, first = 0, shape
    for kind, *numbers in layers:
        if kind == "conv":
            filters, kernel, stride, padding = numbers
            total += (conv or _conv)(filters, shape[0], kernel, first)
            new = (filters, *((size or _size)(n, kernel, stride, padding) for n in shape[1:]))
        elif kind == "average":
            total += average(shape) if average else 0
            new = (shape[0], *((size or _size)(n, *numbers, None) for n in shape[1:]))
        elif kind == "dense":
            total += (dense or _dense)(shape, numbers[0])
            new = (numbers[0],)
        else:
            continue
        shape = after(kind, shape, new) if after else new
    return total


def _size(n, window, stride, padding):
    """The side after a window; a pooling has the padding None."""
    return (n + 2 * (padding or 0) - window) // stride + 1


def _conv(filters, channels, kernel, first):
    return filters * channels * kernel**2 + filters


def _dense(shape, units):
    return prod(shape) * units + units


@count_parameters.mistake("The biases are missing: every filter has one, and every unit.")
def no_biases(layers, shape):
    return _walk(
        layers,
        shape,
        conv=lambda f, c, k, _: f * c * k**2,
        dense=lambda shape, units: prod(shape) * units,
    )


@count_parameters.mistake("The biases of the convolutions are missing: every filter has one.")
def no_biases_in_convolutions(layers, shape):
    return _walk(layers, shape, conv=lambda f, c, k, _: f * c * k**2)


@count_parameters.mistake("The biases of the dense layers are missing: every unit has one.")
def no_biases_in_dense_layers(layers, shape):
    return _walk(layers, shape, dense=lambda shape, units: prod(shape) * units)


@count_parameters.mistake(
    "All your convolutions read the channels of the image. After the first one there are as many "
    "channels as it has filters."
)
def always_the_channels_of_the_image(layers, shape):
    return _walk(layers, shape, conv=lambda f, c, k, first: f * first[0] * k**2 + f)


@count_parameters.mistake(
    "Your convolutions read one channel. A filter has kernel² weights for each channel."
)
def one_channel(layers, shape):
    return _walk(layers, shape, conv=lambda f, c, k, _: f * k**2 + f)


@count_parameters.mistake(
    "After maps, your dense layer reads one number per channel. It reads all C · H · W of them."
)
def dense_reads_the_channels_only(layers, shape):
    return _walk(layers, shape, dense=lambda shape, units: shape[0] * units + units)


@count_parameters.mistake("The kernels are square: kernel² weights for each channel, not kernel.")
def side_not_squared(layers, shape):
    return _walk(layers, shape, conv=lambda f, c, k, _: f * c * k + f)


@count_parameters.mistake(
    "You count a bias for each layer. Every filter and every unit has a bias of its own."
)
def one_bias_a_layer(layers, shape):
    return _walk(
        layers,
        shape,
        conv=lambda f, c, k, _: f * c * k**2 + 1,
        dense=lambda shape, units: prod(shape) * units + 1,
    )


@count_parameters.mistake(
    "You multiply the weights of a convolution by the pixels of its map. They are shared: learned "
    "once, used everywhere."
)
def weights_for_every_pixel(layers, shape):
    total = 0
    for kind, *numbers in layers:
        before = shape
        if kind == "conv":
            filters, kernel, stride, padding = numbers
            shape = (filters, *(_size(n, kernel, stride, padding) for n in shape[1:]))
            total += prod(shape[1:]) * filters * before[0] * kernel**2 + filters
        elif kind == "average":
            shape = (shape[0], *(_size(n, *numbers, None) for n in shape[1:]))
        elif kind == "dense":
            total += _dense(shape, numbers[0])
            shape = (numbers[0],)
    return total


@count_parameters.mistake("After a convolution, C is its number of filters.")
def channels_never_change(layers, shape):
    return _walk(
        layers,
        shape,
        after=lambda kind, old, new: (old[0], *new[1:]) if kind == "conv" else new,
    )


@count_parameters.mistake(
    "Your pooling leaves the maps as large as before. It has no parameters, but it makes the next "
    "dense layer smaller."
)
def pooling_keeps_the_size(layers, shape):
    return _walk(layers, shape, after=lambda kind, old, new: old if kind == "average" else new)


@count_parameters.mistake(
    "After a dense layer the shape is (units,). Your next dense layer still reads what the first "
    "one read."
)
def dense_leaves_the_shape(layers, shape):
    return _walk(layers, shape, after=lambda kind, old, new: old if kind == "dense" else new)


@count_parameters.mistake("The padding stands on both sides: a map gets 2 · padding longer.")
def pads_one_side(layers, shape):
    return _walk(
        layers,
        shape,
        size=lambda n, window, stride, padding: (n + (padding or 0) - window) // stride + 1,
    )


@count_parameters.mistake("The pooling moves by its stride, not by its size.")
def pooling_moves_by_its_size(layers, shape):
    return _walk(
        layers,
        shape,
        size=lambda n, window, stride, padding: (
            n // window if padding is None else _size(n, window, stride, padding)
        ),
    )


@count_parameters.mistake(
    "Your pooling divides the side by its stride. Its windows must fit: "
    "(side − size) // stride + 1."
)
def pooling_divides_by_its_stride(layers, shape):
    return _walk(
        layers,
        shape,
        size=lambda n, window, stride, padding: (
            n // stride if padding is None else _size(n, window, stride, padding)
        ),
    )


@count_parameters.mistake(
    "You round up. A window that does not fit whole is left out: // rounds down."
)
def rounds_up(layers, shape):
    return _walk(
        layers,
        shape,
        size=lambda n, window, stride, padding: -(-(n + 2 * (padding or 0) - window) // stride) + 1,
    )


@count_parameters.mistake("Maps need not be square: a dense layer reads C · H · W numbers.")
def maps_are_square(layers, shape):
    return _walk(
        layers,
        shape,
        dense=lambda shape, units: prod(shape[:2]) * prod(shape[1:2]) * units + units,
    )


@count_parameters.mistake(
    "in the paper of 1998 a pooling had a factor and a bias for each map. Here it learns nothing.",
    convention=True,
)
def pooling_learns(layers, shape):
    return _walk(layers, shape, average=lambda shape: 2 * shape[0])


@count_parameters.mistake(
    "shape is (H, W, C). Here the channels come first: (C, H, W).", convention=True
)
def shape_has_the_channels_last(layers, shape):
    return _walk(layers, (shape[2], *shape[:2]))
