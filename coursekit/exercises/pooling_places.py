"""Lesson 05, places: where the winners stand, and how values are put back there."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case
from coursekit.exercises._pool_windows import (
    each_window,
    enlarged,
    gradient_of_output,
    largest,
    maps,
    tied_maps,
)

lesson = Lesson("05_pooling")


# ---------------------------------------------------------------- max_pool2d_argmax


@lesson.exercise(
    reference.max_pool2d_argmax,
    integers=True,
    points=2,
    hints=(
        "Find the place inside the window first. np.argmax on the window, cut as one row of size² "
        "pixels, gives the first of the largest.",
        "np.divmod(place, size) turns that into the row and the column inside the window.",
        "Add where the window begins, then count in the whole map: row · W + column.",
    ),
)
def max_pool2d_argmax(rng):
    for label, x, size, stride in (*maps(rng), *tied_maps(rng)):
        yield case(label, x, size=size, stride=stride)


def _places(x, size, stride, place):
    """Places of winners, ``place(rows in the map, columns in the map, i, j, window)``."""
    rows, cols = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    out = np.zeros((*x.shape[:2], rows, cols), int)
    for r, c, window in each_window(x.shape, size, stride):
        first = largest(x[window]).reshape(*x.shape[:2], -1).argmax(axis=2)
        i, j = np.divmod(first, size)
        out[:, :, r, c] = place(stride * r + i, stride * c + j, i, j)
    return out


@max_pool2d_argmax.mistake(
    "You give the place inside the window, 0 to size² − 1. Asked is the place in the whole map: "
    "add where the window begins, then row · W + column."
)
def place_in_the_window(x, size, stride):
    return _places(x, size, stride, lambda y, z, i, j: i * size + j)


@max_pool2d_argmax.mistake(
    "You count down the columns (column · H + row). Reading order goes along the rows: "
    "row · W + column."
)
def counts_down_the_columns(x, size, stride):
    return _places(x, size, stride, lambda y, z, i, j: z * x.shape[2] + y)


@max_pool2d_argmax.mistake(
    "Your rows are as long as those of the output. The place is one in the input: "
    "row · W + column, with the W of x."
)
def rows_of_the_output(x, size, stride):
    cols = (x.shape[3] - size) // stride + 1
    return _places(x, size, stride, lambda y, z, i, j: y * cols + z)


@max_pool2d_argmax.mistake(
    "You multiply the row by the height of the map. A row is W pixels long: row · W + column."
)
def rows_as_long_as_columns(x, size, stride):
    return _places(x, size, stride, lambda y, z, i, j: y * x.shape[2] + z)


@max_pool2d_argmax.mistake(
    "Row and column are counted from the corner of the window. Add where it begins: stride · r "
    "rows down, stride · c columns across."
)
def forgets_where_the_window_begins(x, size, stride):
    return _places(x, size, stride, lambda y, z, i, j: i * x.shape[3] + j)


@max_pool2d_argmax.mistake(
    "You look for the maximum's value in the whole map, and find an equal pixel in front of the "
    "window. Look in the window itself."
)
def searches_the_whole_map(x, size, stride):
    rows = x.reshape(*x.shape[:2], 1, 1, -1)
    return (rows == reference.max_pool2d_forward(x, size, stride)[..., None]).argmax(axis=-1)


@max_pool2d_argmax.mistake("You count from 1. The first pixel of a map has the place 0.")
def counts_from_one(x, size, stride):
    return reference.max_pool2d_argmax(x, size, stride) + 1


@max_pool2d_argmax.mistake(
    "You count through the whole batch. Each map counts its own pixels, from 0."
)
def counts_through_the_batch(x, size, stride):
    start = np.arange(x.shape[0] * x.shape[1]).reshape(*x.shape[:2], 1, 1)
    return reference.max_pool2d_argmax(x, size, stride) + start * x.shape[2] * x.shape[3]


@max_pool2d_argmax.mistake(
    "where pixels tie, you take the last of the largest (≥ where > would do). Here the first in "
    "reading order wins, as in np.argmax.",
    convention=True,
)
def last_of_equals(x, size, stride):  # P4
    turned = reference.max_pool2d_argmax(_windows_turned(x, size, stride), size, size)
    return _back(turned, x, size, stride)


def _windows_turned(x, size, stride):
    """Lay every window, turned by 180°, beside the others: its last pixel becomes its first."""
    rows, cols = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    sheet = np.zeros((*x.shape[:2], rows * size, cols * size))
    for r, c, window in each_window(x.shape, size, stride):
        turned = x[window][:, :, ::-1, ::-1]
        sheet[:, :, r * size : (r + 1) * size, c * size : (c + 1) * size] = turned
    return sheet


def _back(places, x, size, stride):
    """Turn places on that sheet into places in the map."""
    rows, cols = places.shape[2:]
    y, z = np.divmod(places, cols * size)
    i, j = size - 1 - y % size, size - 1 - z % size
    return (stride * np.arange(rows)[:, None] + i) * x.shape[3] + stride * np.arange(cols) + j


# ---------------------------------------------------------------- max_unpool2d


@lesson.exercise(
    reference.max_unpool2d,
    hints=(
        "Start from zeros. How do you get the row and the column back from the place y·W + x?",
        "It is easier on maps without rows: np.zeros((N, C, H * W)), and reshape at the end.",
        "With index arrays: out[image, channel, argmax] = x, where image has the shape "
        "(N, 1, 1, 1) and channel (C, 1, 1).",
    ),
)
def max_unpool2d(rng):
    for label, x, size, stride in maps(rng):
        places = reference.max_pool2d_argmax(x, size, stride)
        values = pooled_or_new(rng, x, size, stride)
        yield case(label, values, places, x.shape)


def pooled_or_new(rng, x, size, stride):
    """New values, as a decoder has them; where windows share a winner, the pooled ones."""
    if stride < size:
        return reference.max_pool2d_forward(x, size, stride)
    return gradient_of_output(rng, x, size, stride)


@max_unpool2d.mistake(
    "Every value lands in the top left corner of its window. It belongs to the place that argmax "
    "remembers."
)
def puts_into_the_corner(x, argmax, shape):
    step = _step(x, shape)
    out = np.zeros(shape)
    out[:, :, : step * x.shape[2] : step, : step * x.shape[3] : step] = x
    return out


def _step(x, shape):
    return max(1, min(shape[2] // x.shape[2], shape[3] // x.shape[3]))


@max_unpool2d.mistake(
    "You repeat every value over its window. Unpooling puts it to one place, and zeros round it."
)
def repeats_the_value(x, argmax, shape):
    return enlarged(x, shape, _step(x, shape))


@max_unpool2d.mistake(
    "Where windows share a winner, its value is added several times. It stands there once: assign, "
    "do not add."
)
def adds_up(x, argmax, shape):
    out = np.zeros((*shape[:2], shape[2] * shape[3]))
    image, channel = np.ogrid[: shape[0], : shape[1]]
    np.add.at(out, (image[..., None, None], channel[..., None, None], argmax), x)
    return out.reshape(shape)


@max_unpool2d.mistake(
    "You read the place down the columns. It counts along the rows: row = place // W, "
    "column = place % W."
)
def reads_down_the_columns(x, argmax, shape):
    column, row = np.divmod(argmax, shape[2])
    return reference.max_unpool2d(x, row * shape[3] + column, shape)


@max_unpool2d.mistake(
    "All values land in the first map: the places count in each map by itself, not through the "
    "whole batch."
)
def counts_places_through_the_batch(x, argmax, shape):
    out = np.zeros(shape)
    out.reshape(-1)[argmax] = x
    return out


@max_unpool2d.mistake(
    "The places of the first channel are used for all. Every channel of every image has its own."
)
def places_of_the_first_channel(x, argmax, shape):
    return reference.max_unpool2d(x, np.broadcast_to(argmax[:, :1], argmax.shape), shape)
