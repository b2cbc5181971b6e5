"""Lesson 06: global average pooling and what it saves."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("06_residual_and_gap")


# ---------------------------------------------------------------- global_average_pool_forward


@lesson.exercise(
    reference.global_average_pool_forward,
    hints=(
        "Which axes are places, and which are left over?",
        "x.mean takes a tuple of axes.",
    ),
)
def global_average_pool_forward(rng):
    yield case("two images", rng.normal(size=(2, 3, 4, 5)))
    yield case("one image, a tall one", rng.normal(size=(1, 4, 7, 2)))
    yield case("a map of one pixel", rng.normal(size=(3, 2, 1, 1)))
    yield case("a map of 7 × 7", rng.normal(size=(2, 5, 7, 7)))
    yield case("negative values only", -rng.uniform(1, 2, size=(4, 2, 3, 6)))


@global_average_pool_forward.mistake("The sum is not divided by the number of places, H·W.")
def sums(x):
    return x.sum(axis=(2, 3))


@global_average_pool_forward.mistake(
    "You keep the two axes of places with length 1, as (N, C, 1, 1). The dense layer behind wants "
    "(N, C)."
)
def keeps_the_places(x):
    return x.mean(axis=(2, 3), keepdims=True)


@global_average_pool_forward.mistake(
    "You average over axes 1 and 2, the places of (N, H, W, C). Here the channels come first: "
    "(N, C, H, W)."
)
def channels_last(x):  # R11
    return x.mean(axis=(1, 2))


@global_average_pool_forward.mistake(
    "You average over axes 1 and 3, so the channels are mixed and the rows are left. Places are "
    "rows and columns, axes 2 and 3."
)
def averages_the_channels(x):  # R11
    return x.mean(axis=(1, 3))


@global_average_pool_forward.mistake(
    "You divide by 49, whatever the size of the map. That is right for 7 × 7 alone: divide by the "
    "H·W of this input."
)
def divides_by_49(x):  # R12
    return x.sum(axis=(2, 3)) / 49


@global_average_pool_forward.mistake(
    "You take the largest value of each map. That is global max pooling; here it is the mean."
)
def takes_the_maximum(x):  # R14
    return x.max(axis=(2, 3))


@global_average_pool_forward.mistake(
    "The batch is averaged away as well. Every image keeps a row of its own."
)
def averages_the_batch(x):
    return x.mean(axis=(0, 2, 3))


@global_average_pool_forward.mistake(
    "Only the last axis is averaged: every row of the map still has its own number."
)
def averages_rows_only(x):
    return x.mean(axis=-1)


# --------------------------------------------------------------- global_average_pool_backward


@lesson.exercise(
    reference.global_average_pool_backward,
    hints=(
        "One output is the mean of H·W inputs. One of them moves by 1: by how much does the mean?",
        "dout[:, :, None, None] is (N, C, 1, 1). np.broadcast_to, or ones of the shape of x, makes "
        "it as large as x.",
    ),
)
def global_average_pool_backward(rng):
    for label, shape in (
        ("two images", (2, 3, 4, 5)),
        ("one image, a tall one", (1, 4, 6, 2)),
        ("a map of one pixel", (3, 2, 1, 1)),
        ("a map of 7 × 7", (2, 5, 7, 7)),
    ):
        yield case(label, rng.normal(size=shape[:2]), rng.normal(size=shape))


def _spread(dout, x):
    return np.ones(x.shape) * dout[:, :, None, None]


@global_average_pool_backward.mistake(
    "The gradient is copied to every place in full. The mean divided by H·W, so its gradient does "
    "too."
)
def does_not_divide(dout, x):  # R10
    return _spread(dout, x)


@global_average_pool_backward.mistake(
    "The values are right, but there is one a channel. dx has the shape of x: every place gets its "
    "share."
)
def does_not_spread(dout, x):  # R13
    return dout[:, :, None, None] / (x.shape[2] * x.shape[3])


@global_average_pool_backward.mistake(
    "You divide by 49, whatever the size of the map. Divide by the H·W of x."
)
def divides_the_gradient_by_49(dout, x):  # R12
    return _spread(dout, x) / 49


@global_average_pool_backward.mistake(
    "You also divide by the batch size. Averaging over the batch is the work of the loss."
)
def divides_by_the_batch(dout, x):
    return _spread(dout, x) / (x.shape[0] * x.shape[2] * x.shape[3])


@global_average_pool_backward.mistake(
    "The whole gradient goes to the largest value. That is max pooling; a mean shares it out."
)
def to_the_maximum(dout, x):  # R14
    return _spread(dout, x) * (x == x.max(axis=(2, 3), keepdims=True))


@global_average_pool_backward.mistake(
    "The gradient is multiplied by x. A mean is a sum with equal weights: its slope does not "
    "depend on the values."
)
def multiplies_by_x(dout, x):
    return _spread(dout, x) * x / (x.shape[2] * x.shape[3])


# ---------------------------------------------------------------------------- head_parameters


@lesson.exercise(
    reference.head_parameters,
    outputs=("flatten", "gap"),
    hints=(
        "A dense layer from D inputs to K outputs learns D·K weights and K biases. What is D in "
        "each design?",
        "Flattened, D is every number of the maps. After global average pooling, D is one number a "
        "channel.",
    ),
)
def head_parameters(rng):
    yield case("8 maps of 7 × 6, 10 classes", 8, 7, 6, 10)
    yield case("512 maps of 7 × 7, 1,000 classes", 512, 7, 7, 1000)
    channels, height, width, classes = (int(n) for n in rng.integers(2, 90, size=4))
    yield case("random lengths", channels, height, width, classes)
    yield case("64 maps of 5 × 3, two classes", 64, 5, 3, 2)


@head_parameters.mistake("The biases are missing: each class has one, in both designs.")
def forgets_biases(channels, height, width, classes):
    return channels * height * width * classes, channels * classes


@head_parameters.mistake("The two counts have changed places: first flatten, then gap.")
def swaps_the_two(channels, height, width, classes):
    return channels * classes + classes, channels * height * width * classes + classes


@head_parameters.mistake(
    "Your second count still has the places in it: pooling leaves one number a channel, not one a "
    "row."
)
def pools_one_axis(channels, height, width, classes):
    return channels * height * width * classes + classes, channels * height * classes + classes


@head_parameters.mistake(
    "Your first count leaves out the channels: the flat row holds C·H·W numbers."
)
def forgets_the_channels(channels, height, width, classes):
    return height * width * classes + classes, channels * classes + classes


@head_parameters.mistake(
    "In your second count the pooling itself learns C·H·W weights. It learns nothing: its weights "
    "are all 1 / (H·W)."
)
def pooling_learns(channels, height, width, classes):
    maps = channels * height * width
    return maps * classes + classes, maps + channels * classes + classes


@head_parameters.mistake(
    "Your second count is 0. The pooling learns nothing, but the dense layer behind it does."
)
def forgets_the_dense_layer(channels, height, width, classes):
    return channels * height * width * classes + classes, 0


@head_parameters.mistake(
    "The biases are missing in your second count: each class has one there too."
)
def biases_when_flat_only(channels, height, width, classes):
    return channels * height * width * classes + classes, channels * classes


@head_parameters.mistake("You count one bias for the layer. Every class has one of its own.")
def one_bias(channels, height, width, classes):
    return channels * height * width * classes + 1, channels * classes + 1
