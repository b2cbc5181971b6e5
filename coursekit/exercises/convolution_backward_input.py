"""Lesson 04: the gradient of the input, and the whole layer backward."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case
from coursekit.exercises._conv_layers import layers
from coursekit.exercises.convolution_backward_dw import (
    averages_over_the_images,
    ignores_the_padding,
    turned_by_180,
)
from coursekit.exercises.convolution_backward_dw import ignores_the_stride as dw_at_stride_1

lesson = Lesson("04_convolution_backward")


# ---------------------------------------------------------------------------- dilate_gradient


@lesson.exercise(
    reference.dilate_gradient,
    hints=(
        "Two windows at stride 3 start at the columns 0 and 3. How many columns lie between them, "
        "without a window of their own?",
        "Start from zeros. The value of column c goes to column S · c. Where does the last one go?",
        "A slice with a step has room for all of them: out[..., ::sy, ::sx] = dout.",
    ),
)
def dilate_gradient(rng):
    yield case("stride 2", rng.normal(size=(2, 3, 4, 5)), 2)
    yield case("stride 3", rng.normal(size=(3, 1, 2, 4)), 3)
    yield case("stride 2 down, 3 across", rng.normal(size=(2, 4, 3, 5)), (2, 3))
    yield case("stride 4 down, 1 across", rng.normal(size=(1, 2, 3, 2)), (4, 1))
    yield case("stride 1", rng.normal(size=(2, 3, 3, 2)), 1)
    yield case("a single map", rng.normal(size=(3, 5)), 2)  # no axis as long as 2 · 2


@dilate_gradient.mistake(
    "There is one zero too many between neighbours. At stride S they lie S apart, with S − 1 zeros "
    "between."
)
def one_zero_too_many(dout, stride):
    sy, sx = np.broadcast_to(stride, 2)
    return reference.dilate_gradient(dout, (int(sy) + 1, int(sx) + 1))


@dilate_gradient.mistake(
    "Zeros follow the last value too. They belong only between neighbours: S·(OH − 1) + 1 rows."
)
def trailing_zeros(dout, stride):
    sy, sx = np.broadcast_to(stride, 2)
    return np.kron(dout, np.pad([[1.0]], [(0, sy - 1), (0, sx - 1)]))


@dilate_gradient.mistake(
    "Zeros stand in front of the first value. They belong only between neighbours: S·(OH − 1) + 1 "
    "rows."
)
def leading_zeros(dout, stride):
    sy, sx = np.broadcast_to(stride, 2)
    return np.kron(dout, np.pad([[1.0]], [(sy - 1, 0), (sx - 1, 0)]))


@dilate_gradient.mistake(
    "The values are repeated. Every output has one gradient, at one place; the places between are "
    "zero."
)
def repeats_the_values(dout, stride):
    sy, sx = np.broadcast_to(stride, 2)
    return dout.repeat(sy, axis=-2).repeat(sx, axis=-1)


@dilate_gradient.mistake("Only the rows are spread. The stride moves the window across as well.")
def spreads_the_rows_only(dout, stride):
    return reference.dilate_gradient(dout, (int(np.broadcast_to(stride, 2)[0]), 1))


@dilate_gradient.mistake(
    "The two strides of a pair have changed places: first vertical, then horizontal."
)
def swaps_the_strides(dout, stride):
    sy, sx = np.broadcast_to(stride, 2)
    return reference.dilate_gradient(dout, (int(sx), int(sy)))


# ---------------------------------------------------------------------- conv2d_input_gradient


@lesson.exercise(
    reference.conv2d_input_gradient,
    points=3,
    hints=(
        "Two ways lead there. Gather: for one pixel, sum over the windows that saw it. Scatter: "
        "every output adds dout · kernel to the pixels under its window. Which is easier for you?",
        "Work on the padded input, zeros of (N, C, H + 2P, W + 2P), and take the frame off at the "
        "end. Rows that no window touched then stay 0 by themselves.",
        "Scatter, for one output place (r, c): dxp[:, :, S·r : S·r + KH, S·c : S·c + KW] += "
        "np.einsum('nf,fkij->nkij', dout[:, :, r, c], w). Nothing is turned here: the turn is "
        "what this looks like from the pixel's side.",
    ),
)
def conv2d_input_gradient(rng):
    for label, (dout, x, w, _, options) in layers(rng):
        yield case(label, dout, w, x.shape, **options)


def _correlate(framed, w):
    """Slide the kernels, as they stand, over (N, F, ·, ·), and sum over the filters."""
    kh, kw = w.shape[2:]
    rows, cols = (max(n - k + 1, 0) for n, k in zip(framed.shape[2:], (kh, kw), strict=True))
    return sum(
        np.einsum("nfhw,fc->nchw", framed[:, :, i : i + rows, j : j + cols], w[:, :, i, j])
        for i in range(kh)
        for j in range(kw)
    )


def _framed(dout, w):
    """Frame dout by K − 1 zeros: a full convolution comes of it."""
    kh, kw = w.shape[2:]
    return np.pad(dout, [(0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)])


def _in_padded(touched, input_shape, padding, at_end=False):
    """Lay what the windows touched into the padded input, at its start or at its end."""
    n, c, height, width = input_shape
    py, px = np.broadcast_to(padding, 2)
    dxp = np.zeros((n, c, height + 2 * py, width + 2 * px))
    rows, cols = touched.shape[2:]
    if at_end:
        dxp[:, :, dxp.shape[2] - rows :, dxp.shape[3] - cols :] = touched
    else:
        dxp[:, :, :rows, :cols] = touched
    return dxp


def _without_frame(dxp, input_shape, padding):
    py, px = np.broadcast_to(padding, 2)
    return dxp[:, :, py : py + input_shape[2], px : px + input_shape[3]]


def _touched(dout, w, stride):
    """Return the gradient of the part of the padded input that windows touched."""
    return _correlate(_framed(reference.dilate_gradient(dout, stride), w), w[..., ::-1, ::-1])


@conv2d_input_gradient.mistake(
    "The kernel is turned the wrong way. Gathering for a pixel needs the kernel turned by 180°; "
    "scattering from an output needs it as it is. The sum of dx can't see this."
)
def not_rotated(dout, w, input_shape, stride=1, padding=0):  # B1
    return reference.conv2d_input_gradient(
        dout, w[..., ::-1, ::-1].copy(), input_shape, stride, padding
    )


@conv2d_input_gradient.mistake(
    "The frame of zeros is still round dx. Padding belongs to the layer, not to x: cut P rows and "
    "columns off at every side."
)
def keeps_the_frame(dout, w, input_shape, stride=1, padding=0):  # B11
    return _in_padded(_touched(dout, w, stride), input_shape, padding)


@conv2d_input_gradient.mistake(
    "The result is empty where padding is 0: dxp[P:-P] is then dxp[0:0]. Slice with P : P + H."
)
def crops_by_minus_zero(dout, w, input_shape, stride=1, padding=0):  # B12
    py, px = np.broadcast_to(padding, 2)
    return _in_padded(_touched(dout, w, stride), input_shape, padding)[:, :, py:-py, px:-px]


@conv2d_input_gradient.mistake(
    "The stride is ignored: the whole gradient lies packed in the top left corner. Output (r, c) "
    "saw the window that starts at (S·r, S·c)."
)
def ignores_the_stride(dout, w, input_shape, stride=1, padding=0):  # B2
    return _without_frame(
        _in_padded(_touched(dout, w, 1), input_shape, padding), input_shape, padding
    )


@conv2d_input_gradient.mistake(
    "dout is not spread by the stride before the full convolution, so dx comes out too small. "
    "Put S − 1 zeros between its neighbours first."
)
def forgets_to_spread(dout, w, input_shape, stride=1, padding=0):  # B5
    py, px = np.broadcast_to(padding, 2)
    touched = _touched(dout, w, 1)
    return touched[:, :, py : touched.shape[2] - py, px : touched.shape[3] - px]


@conv2d_input_gradient.mistake(
    "dout is framed by P zeros. The frame of the way back is K − 1 − P; the two agree only where "
    "2P = K − 1."
)
def frames_by_p(dout, w, input_shape, stride=1, padding=0):  # B17
    py, px = np.broadcast_to(padding, 2)
    spread = reference.dilate_gradient(dout, stride)
    return _correlate(np.pad(spread, [(0, 0), (0, 0), (py, py), (px, px)]), w[..., ::-1, ::-1])


@conv2d_input_gradient.mistake(
    "For P > K − 1, the frame K − 1 − P is negative, and you took 0. A negative frame means: crop. "
    "Frame by K − 1 and cut P off the result; that is always right."
)
def never_crops(dout, w, input_shape, stride=1, padding=0):
    spread = reference.dilate_gradient(dout, stride)
    frames = [(0, 0), (0, 0)]
    for n, o, k, p in zip(
        input_shape[2:], spread.shape[2:], w.shape[2:], np.broadcast_to(padding, 2), strict=True
    ):
        remainder = n + 2 * p - (o + k - 1)
        frames.append((max(k - 1 - p, 0), max(k - 1 - p + remainder, 0)))
    return _correlate(np.pad(spread, frames), w[..., ::-1, ::-1])


@conv2d_input_gradient.mistake(
    "For P > K − 1, the frame K − 1 − P is negative: crop at both ends. You took a frame of 0 and "
    "cut at the end alone, so dx is moved."
)
def crops_at_one_end(dout, w, input_shape, stride=1, padding=0):
    return never_crops(dout, w, input_shape, stride, padding)[
        :, :, : input_shape[2], : input_shape[3]
    ]


@conv2d_input_gradient.mistake(
    "dx is moved by the padding: the frame in front of it is not cut off. Keep the rows P to "
    "P + H − 1 of the padded gradient, and its columns alike."
)
def cuts_at_the_end_only(dout, w, input_shape, stride=1, padding=0):  # B11
    dxp = _in_padded(_touched(dout, w, stride), input_shape, padding)
    return dxp[:, :, : input_shape[2], : input_shape[3]]


@conv2d_input_gradient.mistake(
    "The rows and columns that the stride left over are lost. No window saw them, so their "
    "gradient is 0, but dx still has the shape of x."
)
def loses_the_remainder(dout, w, input_shape, stride=1, padding=0):
    return forgets_to_spread(reference.dilate_gradient(dout, stride), w, input_shape, 1, padding)


@conv2d_input_gradient.mistake(
    "The rows that the stride left over are at the end of x, and no window saw them. In your dx "
    "they got a gradient, and the zeros stand at the beginning."
)
def remainder_at_the_start(dout, w, input_shape, stride=1, padding=0):  # B18
    dxp = _in_padded(_touched(dout, w, stride), input_shape, padding, at_end=True)
    return _without_frame(dxp, input_shape, padding)


@conv2d_input_gradient.mistake(
    "Filters and channels are swapped by reshape, which cuts the numbers anew. Move the axes: "
    "w.swapaxes(0, 1)."
)
def reshapes_filters_to_channels(dout, w, input_shape, stride=1, padding=0):  # B16
    f, c, kh, kw = w.shape
    return reference.conv2d_input_gradient(
        dout, w.reshape(c, f, kh, kw).swapaxes(0, 1).copy(), input_shape, stride, padding
    )


@conv2d_input_gradient.mistake(
    "Each window overwrites what others left. A pixel under several windows and several filters "
    "gets the sum of them all: += in place of =."
)
def overwrites_overlaps(dout, w, input_shape, stride=1, padding=0):  # B6
    (sy, sx), (py, px) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    n, c, height, width = input_shape
    dxp = np.zeros((n, c, height + 2 * py, width + 2 * px))
    for f, r, col in np.ndindex(dout.shape[1:]):
        y, x = sy * r, sx * col
        window = dout[:, f, r, col][:, None, None, None] * w[f]
        dxp[:, :, y : y + w.shape[2], x : x + w.shape[3]] = window
    return _without_frame(dxp, input_shape, padding)


@conv2d_input_gradient.mistake(
    "Only the last filter counts: each filter overwrites the one before. Every filter reads the "
    "pixel, so add over f with += ."
)
def keeps_the_last_filter(dout, w, input_shape, stride=1, padding=0):
    return reference.conv2d_input_gradient(dout[:, -1:], w[-1:], input_shape, stride, padding)


# ---------------------------------------------------------------------------- conv2d_backward


@lesson.exercise(
    reference.conv2d_backward,
    points=2,
    outputs=("dx", "dw", "db"),
    hints=(
        "You have written the three gradients already. Which arguments does each of them need?",
        "input_shape is x.shape, and kernel is the last two lengths of w.shape.",
        "Hand stride and padding on to both conv2d_input_gradient and conv2d_weight_gradient.",
    ),
)
def conv2d_backward(rng):
    for label, (dout, x, w, b, options) in layers(rng):
        yield case(label, dout, x, w, b, **options)


@conv2d_backward.mistake(
    "Stride 1 stands fixed in dx and in dw. Hand the stride on to both of them."
)
def ignores_the_stride_everywhere(dout, x, w, b, stride=1, padding=0):  # B4
    dx = ignores_the_stride(dout, w, x.shape, stride, padding)
    return dx, dw_at_stride_1(dout, x, w.shape[2:], stride, padding), dout.sum(axis=(0, 2, 3))


@conv2d_backward.mistake(
    "dx is computed as at stride 1, and only dx. Hand the stride on to conv2d_input_gradient, too."
)
def ignores_the_stride_in_dx(dout, x, w, b, stride=1, padding=0):  # B2
    _, dw, db = reference.conv2d_backward(dout, x, w, b, stride, padding)
    return ignores_the_stride(dout, w, x.shape, stride, padding), dw, db


@conv2d_backward.mistake(
    "dw is computed as at stride 1, and only dw. Hand the stride on to conv2d_weight_gradient, too."
)
def ignores_the_stride_in_dw(dout, x, w, b, stride=1, padding=0):  # B3
    dx, _, db = reference.conv2d_backward(dout, x, w, b, stride, padding)
    return dx, dw_at_stride_1(dout, x, w.shape[2:], stride, padding), db


@conv2d_backward.mistake(
    "The padding is not handed on: windows are laid on x without its frame, and dx is not moved "
    "by it."
)
def ignores_the_padding_everywhere(dout, x, w, b, stride=1, padding=0):  # B13
    dx = cuts_at_the_end_only(dout, w, x.shape, stride, padding)
    dw = ignores_the_padding(dout, x, w.shape[2:], stride, padding)
    return dx, dw, dout.sum(axis=(0, 2, 3))


@conv2d_backward.mistake(
    "The kernel is turned the wrong way in dx. Gathering for a pixel needs the kernel turned by "
    "180°; scattering from an output needs it as it is."
)
def kernel_not_rotated(dout, x, w, b, stride=1, padding=0):  # B1
    _, dw, db = reference.conv2d_backward(dout, x, w, b, stride, padding)
    return not_rotated(dout, w, x.shape, stride, padding), dw, db


@conv2d_backward.mistake(
    "The turn by 180° is in the wrong place: dw came out turned. It belongs to the kernel in dx."
)
def weight_gradient_turned(dout, x, w, b, stride=1, padding=0):  # B14
    dx, _, db = reference.conv2d_backward(dout, x, w, b, stride, padding)
    return dx, turned_by_180(dout, x, w.shape[2:], stride, padding), db


@conv2d_backward.mistake("In dx, each window overwrites what others left: += in place of =.")
def windows_overwrite(dout, x, w, b, stride=1, padding=0):  # B6
    _, dw, db = reference.conv2d_backward(dout, x, w, b, stride, padding)
    return overwrites_overlaps(dout, w, x.shape, stride, padding), dw, db


@conv2d_backward.mistake(
    "dw and db are divided by the number of images. If the loss is a mean over the batch, then "
    "dout holds that division already."
)
def averages_over_the_batch(dout, x, w, b, stride=1, padding=0):  # B8
    dx, _, db = reference.conv2d_backward(dout, x, w, b, stride, padding)
    return dx, averages_over_the_images(dout, x, w.shape[2:], stride, padding), db / len(x)


@conv2d_backward.mistake("The gradients come in another order: dx, then dw, then db.")
def reverses_the_results(dout, x, w, b, stride=1, padding=0):
    return reference.conv2d_backward(dout, x, w, b, stride, padding)[::-1]


@conv2d_backward.mistake("dw comes before dx. The order is that of the inputs: x, w, b.")
def weights_come_first(dout, x, w, b, stride=1, padding=0):
    dx, dw, db = reference.conv2d_backward(dout, x, w, b, stride, padding)
    return dw, dx, db
