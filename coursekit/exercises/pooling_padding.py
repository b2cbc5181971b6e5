"""Lesson 05, padding: what lies outside a map when it is pooled."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case
from coursekit.exercises._pool_windows import maximum, mean, pooled, total

lesson = Lesson("05_pooling")


def _framed_cases(rng):
    yield case("size 3, stride 2, padding 1", rng.normal(size=(2, 3, 7, 10)), 3, 2, 1)
    yield case("negative values only", -2 - rng.exponential(size=(2, 3, 6, 4)), 3, 1, 1)
    yield case(
        "negative values only, 2×2 windows", -2 - rng.exponential(size=(3, 2, 8, 6)), 2, 2, 1
    )
    yield case("values far below zero", -1e10 * rng.uniform(1, 9, (2, 1, 5, 8)), 3, 2, 1)
    yield case("a frame of 2", rng.normal(-3, 1, size=(1, 3, 7, 6)), 5, 2, 2)
    yield case("no frame at all", rng.normal(size=(2, 3, 5, 7)), 2, 2, 0)


def _framed(x, padding, **options):
    frame = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    return np.pad(x, frame, **options)


@lesson.exercise(
    reference.max_pool2d_padded,
    hints=(
        "All pixels of a window at the border may be negative. Which number in the frame never "
        "wins, whatever the pixels are?",
        "np.pad frames only the axes that you tell it to, and takes constant_values=.",
        "Frame the maps with -np.inf, then pool them with max_pool2d_forward.",
    ),
)
def max_pool2d_padded(rng):
    yield from _framed_cases(rng)


@max_pool2d_padded.mistake(
    "Your frame holds zeros, and a zero wins against negative pixels. A frame of −inf never wins."
)
def frame_of_zeros(x, size, stride, padding):  # P6
    return pooled(_framed(x, padding), size, stride, maximum)


@max_pool2d_padded.mistake(
    "Your frame holds −1, and pixels can be smaller still. A frame of −inf never wins."
)
def frame_of_minus_one(x, size, stride, padding):
    return pooled(_framed(x, padding, constant_values=-1), size, stride, maximum)


@max_pool2d_padded.mistake("The frame is missing: you pool the map as it is.")
def no_frame(x, size, stride, padding):
    return pooled(x, size, stride, maximum)


@max_pool2d_padded.mistake(
    "The frame goes round the batch and the channels too. Only the last two axes get one."
)
def frames_every_axis(x, size, stride, padding):
    return pooled(np.pad(x, padding, constant_values=-np.inf), size, stride, maximum)


@max_pool2d_padded.mistake(
    "The frame is only above and to the left. It belongs to all four sides: 2·padding more pixels "
    "on each axis."
)
def two_sides_only(x, size, stride, padding):
    frame = [(0, 0), (0, 0), (padding, 0), (padding, 0)]
    return pooled(np.pad(x, frame, constant_values=-np.inf), size, stride, maximum)


@lesson.exercise(
    reference.avg_pool2d_padded,
    hints=(
        "What stands in the frame, and does it count as a pixel of the window? The docstring "
        "decides.",
        "Frame the maps with zeros, then pool them with avg_pool2d_forward.",
    ),
)
def avg_pool2d_padded(rng):
    yield from _framed_cases(rng)


@avg_pool2d_padded.mistake(
    "at the border you divide by the pixels that lie in the map (count_include_pad=False). Here "
    "the zeros of the frame count, and every window is divided by size².",
    convention=True,
)
def counts_only_the_map(x, size, stride, padding):  # P12
    sums = pooled(_framed(x, padding), size, stride, total)
    return sums / pooled(_framed(np.ones(x.shape), padding), size, stride, total)


@avg_pool2d_padded.mistake("The frame is missing: you pool the map as it is.")
def frame_missing(x, size, stride, padding):
    return pooled(x, size, stride, mean)


@avg_pool2d_padded.mistake("Your frame repeats the pixels at the border. Here it holds zeros.")
def repeats_the_border(x, size, stride, padding):
    return pooled(_framed(x, padding, mode="edge"), size, stride, mean)


@avg_pool2d_padded.mistake(
    "A frame of −inf makes every mean at the border −inf. It suits the maximum; a mean needs zeros."
)
def frame_of_minus_infinity(x, size, stride, padding):
    return pooled(_framed(x, padding, constant_values=-np.inf), size, stride, mean)


@avg_pool2d_padded.mistake(
    "The frame goes round the batch and the channels too. Only the last two axes get one."
)
def frame_round_every_axis(x, size, stride, padding):
    return pooled(np.pad(x, padding), size, stride, mean)
