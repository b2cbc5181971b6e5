"""Lesson 05, backward: each window hands its gradient on to its pixels."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case
from coursekit.exercises._pool_windows import (
    all_largest,
    each_window,
    enlarged,
    gradient_of_output,
    handed_back,
    largest,
    maps,
    overwritten,
    tied_maps,
)

lesson = Lesson("05_pooling")


# ---------------------------------------------------------------- max_pool2d_backward


@lesson.exercise(
    reference.max_pool2d_backward,
    points=2,
    hints=(
        "Change one pixel a little. When does the maximum of its window change at all?",
        "You know the winner of each window from max_pool2d_argmax. Start from zeros and add each "
        "gradient there.",
        "A pixel may win in several windows, so add: dx[n, k, y, x] += dout[n, k, r, c]. With "
        "index arrays, dx[places] += … counts a repeated place once; np.add.at counts each time.",
    ),
)
def max_pool2d_backward(rng):
    for label, x, size, stride in (*maps(rng), *tied_maps(rng)):
        yield case(label, gradient_of_output(rng, x, size, stride), x, size=size, stride=stride)


@max_pool2d_backward.mistake(
    "Where a pixel wins in several windows, only the last gradient is left. Overlapping windows "
    "add up: += in place of =, or np.add.at with index arrays."
)
def overwrites_the_winner(dout, x, size, stride):  # P1
    return reference.max_unpool2d(dout, reference.max_pool2d_argmax(x, size, stride), x.shape)


@max_pool2d_backward.mistake(
    "Each window writes over what the windows before it gave, zeros included. Overlapping windows "
    "add up: += in place of =."
)
def overwrites_the_window(dout, x, size, stride):  # P1
    return overwritten(dout, x, size, stride, lambda window, g: largest(window) * g)


@max_pool2d_backward.mistake(
    "Two slips in one line: with = instead of +=, each window writes over what came before, and "
    "window == maximum lets every pixel of a tie win, not only the first."
)
def overwrites_by_mask(dout, x, size, stride):  # P1 with P2
    return overwritten(dout, x, size, stride, lambda window, g: all_largest(window) * g)


@max_pool2d_backward.mistake(
    "Every largest pixel of a window is set to its gradient. Where windows overlap, gradients add "
    "up (+=), and where pixels tie, only the first wins."
)
def sets_every_largest(dout, x, size, stride):  # P1 with P2
    dx = np.zeros(x.shape)
    for r, c, window in each_window(x.shape, size, stride):
        gradient = dout[:, :, r, c, None, None]
        dx[window] = np.where(all_largest(x[window]), gradient, dx[window])
    return dx


@max_pool2d_backward.mistake(
    "Where pixels tie, each of them gets the full gradient (window == maximum), so more flows back "
    "than came. Only the first of them wins."
)
def all_ties_get_everything(dout, x, size, stride):  # P2
    dx = np.zeros(x.shape)
    for r in range(dout.shape[2]):
        for c in range(dout.shape[3]):
            rows = slice(stride * r, stride * r + size)
            columns = slice(stride * c, stride * c + size)
            window = x[:, :, rows, columns]
            won = window == window.max(axis=(2, 3), keepdims=True)
            dx[:, :, rows, columns] += won * dout[:, :, r : r + 1, c : c + 1]
    return dx


@max_pool2d_backward.mistake(
    "where pixels tie, you share the gradient among them. Here the first in reading order gets all "
    "of it, as in PyTorch.",
    convention=True,
)
def ties_share(dout, x, size, stride):  # P3
    def share(window, g):
        tied = all_largest(window)
        return tied * g / tied.sum(axis=(2, 3), keepdims=True)

    return handed_back(dout, x, size, stride, share)


@max_pool2d_backward.mistake(
    "where pixels tie, you let the last one win. Here it is the first in reading order.",
    convention=True,
)
def last_tie_wins(dout, x, size, stride):  # P4
    def share(window, g):
        return largest(window[:, :, ::-1, ::-1])[:, :, ::-1, ::-1] * g

    return handed_back(dout, x, size, stride, share)


@max_pool2d_backward.mistake(
    "The gradient is multiplied by the pixel. The winner hands its value on unchanged, so the "
    "slope is 1: it gets dout itself."
)
def times_the_value(dout, x, size, stride):  # P8
    return handed_back(dout, x, size, stride, lambda window, g: largest(window) * g * window)


@max_pool2d_backward.mistake(
    "You look for the largest pixel of the whole map. Every window has a winner of its own."
)
def winner_of_the_map(dout, x, size, stride):  # P9
    top = x.max(axis=(2, 3), keepdims=True)
    return handed_back(dout, x, size, stride, lambda window, g: (window == top) * g)


@max_pool2d_backward.mistake(
    "You look for the largest pixel of the whole batch. Every window of every map has a winner of "
    "its own."
)
def winner_of_the_batch(dout, x, size, stride):  # P9
    return handed_back(dout, x, size, stride, lambda window, g: (window == x.max()) * g)


@max_pool2d_backward.mistake(
    "You look for the maximum's value in the whole map, and every pixel of that value gets the "
    "gradient, in other windows too. Look in the window, for its first winner."
)
def every_equal_pixel_of_the_map(dout, x, size, stride):  # P2
    dx = np.zeros(x.shape)
    for r, c, window in each_window(x.shape, size, stride):
        won = x == x[window].max(axis=(2, 3), keepdims=True)
        dx += won * dout[:, :, r, c, None, None]
    return dx


@max_pool2d_backward.mistake(
    "You spread the gradient evenly over the window. That belongs to average pooling; here the "
    "winner gets all."
)
def spread_evenly(dout, x, size, stride):  # P10
    return handed_back(dout, x, size, stride, lambda window, g: g / size**2)


@max_pool2d_backward.mistake(
    "You repeat out and dout stride times and compare with x. That fits only windows that stand "
    "side by side (stride = size) and cover the map; go window by window."
)
def repeats_each_pixel(dout, x, size, stride):  # P13
    out = enlarged(reference.max_pool2d_forward(x, size, stride), x.shape, stride)
    return (x == out) * enlarged(dout, x.shape, stride)


@max_pool2d_backward.mistake(
    "The first image's winners are used for the whole batch. Every image has winners of its own."
)
def winners_of_the_first_image(dout, x, size, stride):  # P15
    first = np.broadcast_to(x[:1], x.shape)
    return reference.max_pool2d_backward(dout, first, size, stride)


@max_pool2d_backward.mistake(
    "You look for the winner by absolute value. The forward pass took the largest pixel, with its "
    "sign: look for the same one."
)
def winners_by_absolute_value(dout, x, size, stride):  # P15
    return reference.max_pool2d_backward(dout, abs(x), size, stride)


@max_pool2d_backward.mistake(
    "You look for one winner among all channels. Each channel has its own windows and winners."
)
def one_winner_for_all_channels(dout, x, size, stride):
    def share(window, g):
        return (window == window.max(axis=(1, 2, 3), keepdims=True)) * g

    return handed_back(dout, x, size, stride, share)


# ---------------------------------------------------------------- sum_pool2d_backward


def _linear_cases(rng):
    for label, x, size, stride in maps(rng):
        yield case(label, gradient_of_output(rng, x, size, stride), x, size=size, stride=stride)


@lesson.exercise(
    reference.sum_pool2d_backward,
    hints=(
        "A pixel grows by 1. By how much does the sum of its window grow?",
        "Go through the windows as in the forward pass, and add dout[:, :, r, c] to every pixel.",
        "dout[:, :, r, c, None, None] has the shape (N, C, 1, 1) and fits onto a window.",
    ),
)
def sum_pool2d_backward(rng):
    yield from _linear_cases(rng)


@sum_pool2d_backward.mistake(
    "You divide by the pixels of the window. That belongs to the average; in a sum, every pixel "
    "counts in full."
)
def shared(dout, x, size, stride):
    return handed_back(dout, x, size, stride, lambda window, g: g / size**2)


@sum_pool2d_backward.mistake(
    "Each window writes over what the windows before it gave. Where windows overlap, gradients add "
    "up: += in place of =."
)
def overwrites(dout, x, size, stride):  # P1
    return overwritten(dout, x, size, stride, lambda window, g: g)


@sum_pool2d_backward.mistake(
    "A size × size block for each gradient fits only windows that stand side by side "
    "(stride = size) and cover the map. dx has the shape of x: go window by window and add."
)
def repeats_over_windows(dout, x, size, stride):  # P13
    return dout.repeat(size, axis=2).repeat(size, axis=3)


@sum_pool2d_backward.mistake(
    "Repeating every gradient stride times fits only windows that stand side by side "
    "(stride = size). Go window by window and add."
)
def repeats_every_gradient(dout, x, size, stride):  # P13
    return enlarged(dout, x.shape, stride)


@sum_pool2d_backward.mistake(
    "The gradient is multiplied by the pixels. A sum has slope 1 in each of them, however large."
)
def times_the_pixels(dout, x, size, stride):
    return handed_back(dout, x, size, stride, lambda window, g: g * window)


@sum_pool2d_backward.mistake(
    "Only the largest pixel of each window gets the gradient. That belongs to max pooling."
)
def only_the_largest(dout, x, size, stride):
    return handed_back(dout, x, size, stride, lambda window, g: largest(window) * g)


@sum_pool2d_backward.mistake(
    "Only the first pixel of each window gets the gradient. All of them are in the sum."
)
def only_the_corner(dout, x, size, stride):
    dx = np.zeros(x.shape)
    for r, c, _ in each_window(x.shape, size, stride):
        dx[:, :, r * stride, c * stride] += dout[:, :, r, c]
    return dx


# ---------------------------------------------------------------- avg_pool2d_backward


@lesson.exercise(
    reference.avg_pool2d_backward,
    hints=(
        "A pixel grows by 1. By how much does the mean of its window grow?",
        "A mean is a sum times 1 / size². What does a constant factor do to the gradient?",
    ),
)
def avg_pool2d_backward(rng):
    yield from _linear_cases(rng)


@avg_pool2d_backward.mistake(
    "Every pixel gets the whole gradient, as in sum pooling. A mean has slope 1 / size² in each."
)
def gradient_not_divided(dout, x, size, stride):
    return handed_back(dout, x, size, stride, lambda window, g: g)


@avg_pool2d_backward.mistake("It is divided by size² twice.")
def gradient_divided_twice(dout, x, size, stride):
    return handed_back(dout, x, size, stride, lambda window, g: g / size**4)


@avg_pool2d_backward.mistake(
    "You divided by size. A window holds size² pixels, and each gets one share."
)
def gradient_divided_by_the_side(dout, x, size, stride):
    return handed_back(dout, x, size, stride, lambda window, g: g / size)


@avg_pool2d_backward.mistake(
    "You divided by the pixels of the whole map, H · W. The mean ran over the size² of a window."
)
def gradient_divided_by_the_map(dout, x, size, stride):
    pixels = x.shape[2] * x.shape[3]
    return handed_back(dout, x, size, stride, lambda window, g: g / pixels)


@avg_pool2d_backward.mistake(
    "You divided by stride². How many pixels share the gradient depends on size alone."
)
def gradient_divided_by_the_stride(dout, x, size, stride):
    return handed_back(dout, x, size, stride, lambda window, g: g / stride**2)


@avg_pool2d_backward.mistake(
    "Each window writes over what the windows before it gave. Where windows overlap, gradients add "
    "up: += in place of =."
)
def shares_overwrite(dout, x, size, stride):  # P1
    return overwritten(dout, x, size, stride, lambda window, g: g / size**2)


@avg_pool2d_backward.mistake(
    "A size × size block for each gradient fits only windows that stand side by side "
    "(stride = size) and cover the map. dx has the shape of x: go window by window and add."
)
def repeats_shares_over_windows(dout, x, size, stride):  # P13
    return (dout / size**2).repeat(size, axis=2).repeat(size, axis=3)


@avg_pool2d_backward.mistake(
    "Repeating every share stride times fits only windows that stand side by side (stride = size). "
    "Go window by window and add."
)
def repeats_every_share(dout, x, size, stride):  # P13
    return enlarged(dout / size**2, x.shape, stride)


@avg_pool2d_backward.mistake(
    "Only the largest pixel of each window gets the gradient. That belongs to max pooling."
)
def winner_takes_all(dout, x, size, stride):
    return handed_back(dout, x, size, stride, lambda window, g: largest(window) * g)
