"""Lesson 05, forward: windows become single numbers."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case
from coursekit.exercises._pool_windows import (
    maps,
    maximum,
    mean,
    pooled,
    pooled_with_incomplete,
    total,
)

lesson = Lesson("05_pooling")


# ---------------------------------------------------------------- subsample


@lesson.exercise(
    reference.subsample,
    hints=(
        "Which of the four axes must become shorter? The batch and the channels stay whole.",
        "A slice start:stop:step takes every step-th element: a[::2].",
    ),
)
def subsample(rng):
    yield case("every second pixel", rng.normal(size=(2, 3, 6, 8)), 2)
    yield case("every second pixel of an odd number", rng.normal(size=(2, 3, 5, 7)), 2)
    yield case("every third pixel", rng.normal(size=(3, 4, 9, 7)), 3)
    yield case("every fourth pixel, one image", rng.normal(size=(1, 5, 8, 11)), 4)
    yield case("step 1: all stay", rng.normal(size=(2, 1, 3, 4)), 1)


@subsample.mistake(
    "you begin with pixel step − 1. Some programs do; here pixel 0 is kept, then pixel step, …",
    convention=True,
)
def starts_late(x, step):
    return x[:, :, step - 1 :: step, step - 1 :: step]


@subsample.mistake("Only the rows are thinned out: the columns need their step too.")
def rows_only(x, step):
    return x[:, :, ::step]


@subsample.mistake(
    "You thin out images and channels: the axes are (N, C, H, W), and rows and columns are the "
    "last two."
)
def first_two_axes(x, step):
    return x[::step, ::step]


@subsample.mistake(
    "You cut out the top left corner. Keep pixels from the whole map, with gaps of step between."
)
def crops(x, step):
    return x[:, :, : -(-x.shape[2] // step), : -(-x.shape[3] // step)]


@subsample.mistake("You begin with pixel 1. Pixel 0 is the first: it is kept, then pixel step, …")
def starts_at_one(x, step):
    return x[:, :, 1::step, 1::step]


@subsample.mistake(
    "The last row or column is lost: you round down. A step that begins in the map keeps its first "
    "pixel, so there are ⌈H / step⌉."
)
def rounds_down(x, step):
    height, width = (n // step * step for n in x.shape[2:])
    return x[:, :, :height:step, :width:step]


@subsample.mistake("All four axes are thinned out, so images and channels are lost too.")
def all_axes(x, step):
    return x[::step, ::step, ::step, ::step]


# ---------------------------------------------------------------- sum_pool2d_forward


def _cases(rng):
    for label, x, size, stride in maps(rng):
        yield case(label, x, size=size, stride=stride)


@lesson.exercise(
    reference.sum_pool2d_forward,
    hints=(
        "How many windows fit below each other, and how many side by side? Make an array of zeros "
        "of that shape first.",
        "The window of out[:, :, r, c] begins in row stride·r and column stride·c.",
        "out[:, :, r, c] = x[:, :, stride*r : stride*r + size, …].sum(axis=(2, 3))",
    ),
)
def sum_pool2d_forward(rng):
    yield from _cases(rng)


@sum_pool2d_forward.mistake("You took the mean of each window; here its pixels are only added up.")
def takes_the_mean(x, size, stride):
    return pooled(x, size, stride, mean)


@sum_pool2d_forward.mistake("You took the largest pixel of each window, not the sum of all.")
def takes_the_maximum(x, size, stride):
    return pooled(x, size, stride, maximum)


@sum_pool2d_forward.mistake(
    "The channels are added up too. Each channel is pooled by itself: sum over the last two axes."
)
def sums_over_channels(x, size, stride):
    return pooled(x, size, stride, lambda window: total(window).sum(axis=1, keepdims=True))


@sum_pool2d_forward.mistake(
    "Images and channels are added up too: sum() without an axis makes one number of them all. "
    "Sum over the last two axes."
)
def sums_everything(x, size, stride):
    return pooled(x, size, stride, np.sum)


@sum_pool2d_forward.mistake(
    "The windows move by one pixel from output to output: the window of out[r, c] begins at "
    "(stride·r, stride·c)."
)
def windows_start_without_stride(x, size, stride):
    rows, cols = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    return pooled(x, size, 1, total)[:, :, :rows, :cols]


@sum_pool2d_forward.mistake(
    "Your windows are as large as the stride. size says how large they are, stride how far apart."
)
def window_as_large_as_the_stride(x, size, stride):
    return _window_of_stride(x, size, stride, total)


def _window_of_stride(x, size, stride, number):
    rows, cols = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    out = np.zeros((*x.shape[:2], rows, cols))
    for r, c in np.ndindex(rows, cols):
        y, z = stride * r, stride * c
        out[:, :, r, c] = number(x[:, :, y : y + stride, z : z + stride])
    return out


@sum_pool2d_forward.mistake(
    "Your windows stand side by side whatever the stride is: they move by size. They must move by "
    "stride."
)
def windows_move_by_size(x, size, stride):
    return pooled(x, size, size, total)


@sum_pool2d_forward.mistake(
    "You sum at every pixel: the windows move by 1. They must move by stride."
)
def windows_move_by_one(x, size, stride):
    return pooled(x, size, 1, total)


@sum_pool2d_forward.mistake(
    "you keep the incomplete windows at the border (ceil). Here only complete windows count, as by "
    "default in most libraries.",
    convention=True,
)
def keeps_incomplete_windows(x, size, stride):  # P14
    return pooled_with_incomplete(x, size, stride, total)


# ---------------------------------------------------------------- avg_pool2d_forward


@lesson.exercise(
    reference.avg_pool2d_forward,
    hints=(
        "How does a mean follow from a sum? You have a function for the sum.",
        "A window holds size · size pixels, wherever it lies.",
    ),
)
def avg_pool2d_forward(rng):
    yield from _cases(rng)


@avg_pool2d_forward.mistake("This is the sum of each window: it is not yet divided by its pixels.")
def not_divided(x, size, stride):
    return pooled(x, size, stride, total)


@avg_pool2d_forward.mistake(
    "It is divided twice: a mean of numbers that were divided by size² already."
)
def divided_twice(x, size, stride):
    return pooled(x, size, stride, mean) / size**2


@avg_pool2d_forward.mistake(
    "You divided by size. A window is size pixels wide and size pixels high: it holds size²."
)
def divided_by_the_side(x, size, stride):
    return pooled(x, size, stride, total) / size


@avg_pool2d_forward.mistake(
    "You divided by the pixels of the whole map, H · W. A window holds only size² of them."
)
def divided_by_the_map(x, size, stride):  # P11
    return pooled(x, size, stride, total) / (x.shape[2] * x.shape[3])


@avg_pool2d_forward.mistake(
    "You divided by stride². How many pixels a window holds depends on size alone."
)
def divided_by_the_stride(x, size, stride):
    return pooled(x, size, stride, total) / stride**2


@avg_pool2d_forward.mistake(
    "The mean runs over the channels too. Each channel is pooled by itself."
)
def mean_over_channels(x, size, stride):
    return pooled(x, size, stride, lambda window: mean(window).mean(axis=1, keepdims=True))


@avg_pool2d_forward.mistake(
    "The mean runs over images and channels too: mean() without an axis makes one number of them "
    "all. Take it over the last two axes."
)
def mean_of_everything(x, size, stride):
    return pooled(x, size, stride, np.mean)


@avg_pool2d_forward.mistake(
    "you keep the incomplete windows at the border (ceil) and take the mean of the pixels that are "
    "there. Here only complete windows count.",
    convention=True,
)
def averages_incomplete_windows(x, size, stride):  # P14
    return pooled_with_incomplete(x, size, stride, mean)


# ---------------------------------------------------------------- max_pool2d_forward


@lesson.exercise(
    reference.max_pool2d_forward,
    hints=(
        "It is the same walk over windows as in sum pooling. What changes?",
        "With a running maximum: which number is small enough to start from, if all pixels may be "
        "negative?",
        "out[:, :, r, c] = x[:, :, stride*r : stride*r + size, …].max(axis=(2, 3))",
    ),
)
def max_pool2d_forward(rng):
    yield from _cases(rng)


@max_pool2d_forward.mistake(
    "Your running maximum starts at 0, so a window of negative pixels gives 0. Start from −inf."
)
def starts_at_zero(x, size, stride):  # P5
    return pooled(x, size, stride, lambda window: np.maximum(maximum(window), 0))


@max_pool2d_forward.mistake("You took the mean of each window, not its largest pixel.")
def mean_for_max(x, size, stride):  # P7
    return pooled(x, size, stride, mean)


@max_pool2d_forward.mistake(
    "The maximum runs over the channels too, so every channel gets the same map. Each channel is "
    "pooled by itself: max over the last two axes."
)
def across_channels(x, size, stride):
    return pooled(x, size, stride, lambda window: window.max(axis=(1, 2, 3))[:, None])


@max_pool2d_forward.mistake(
    "The maximum runs over images and channels too: max() without an axis makes one number of them "
    "all. Take it over the last two axes."
)
def maximum_of_everything(x, size, stride):
    return pooled(x, size, stride, np.max)


@max_pool2d_forward.mistake(
    "The maximum runs over the images too, so all of them get the same maps. Each image is pooled "
    "by itself."
)
def across_images(x, size, stride):
    return pooled(x, size, stride, lambda window: window.max(axis=(0, 2, 3)))


@max_pool2d_forward.mistake(
    "You compare without the sign: −5 is not larger than 2. Take the maximum, not the largest "
    "absolute value."
)
def ignores_the_sign(x, size, stride):
    return pooled(x, size, stride, lambda window: maximum(abs(window)))


@max_pool2d_forward.mistake("You took the smallest pixel of each window, not the largest.")
def takes_the_minimum(x, size, stride):
    return pooled(x, size, stride, lambda window: window.min(axis=(2, 3)))


@max_pool2d_forward.mistake(
    "You return where the largest pixel stands in its window (argmax), not how large it is (max)."
)
def returns_the_place(x, size, stride):
    return pooled(x, size, stride, lambda window: window.reshape(*x.shape[:2], -1).argmax(axis=2))


@max_pool2d_forward.mistake(
    "The windows move by one pixel from output to output: the window of out[r, c] begins at "
    "(stride·r, stride·c)."
)
def stride_ignored(x, size, stride):
    rows, cols = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    return pooled(x, size, 1, maximum)[:, :, :rows, :cols]


@max_pool2d_forward.mistake(
    "Your windows are as large as the stride. size says how large they are, stride how far apart."
)
def stride_for_size(x, size, stride):
    return _window_of_stride(x, size, stride, maximum)


@max_pool2d_forward.mistake(
    "Your windows stand side by side whatever the stride is: they move by size. They must move by "
    "stride."
)
def moves_by_size(x, size, stride):
    return pooled(x, size, size, maximum)


@max_pool2d_forward.mistake(
    "You pool at every pixel: the windows move by 1. They must move by stride."
)
def moves_by_one(x, size, stride):
    return pooled(x, size, 1, maximum)


@max_pool2d_forward.mistake(
    "you keep the incomplete windows at the border (ceil). Here only complete windows count, as by "
    "default in most libraries.",
    convention=True,
)
def keeps_the_incomplete(x, size, stride):  # P14
    return pooled_with_incomplete(x, size, stride, maximum)
