"""Lesson 04: gradients of a 1-D convolution and of the biases; the turn by 180°."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("04_convolution_backward")


# ---------------------------------------------------------------------------- conv1d_backward


@lesson.exercise(
    reference.conv1d_backward,
    points=2,
    outputs=("dx", "dw"),
    hints=(
        "Write out three outputs by hand: which of them contain w[0], and which contain x[1]?",
        "dw: lay dout along x, and move it on by one for every weight. That is a convolution.",
        "dx: every output hands its gradient to the K inputs under its window: "
        "dx[t : t + K] += dout[t] * w, for every t.",
    ),
)
def conv1d_backward(rng):
    for label, length, k in (
        ("9 numbers, a kernel of 3", 9, 3),
        ("7 numbers, a kernel of 2", 7, 2),
        ("8 numbers, a kernel of 5", 8, 5),
        ("one window only", 4, 4),
        ("a kernel of one weight", 5, 1),
    ):
        yield case(label, *(rng.normal(size=n) for n in (length - k + 1, length, k)))


def _dx1(dout, w, before, after):
    """Correlate dout, framed by zeros, with w."""
    framed, k = np.pad(dout, (before, after)), len(w)
    return np.array([framed[t : t + k] @ w for t in range(max(len(framed) - k + 1, 0))])


@conv1d_backward.mistake(
    "The kernel is not turned in dx. Input s lies under weight i in output s − i: where the index "
    "of w grows, that of dout falls."
)
def kernel_not_turned(dout, x, w):  # B1
    return _dx1(dout, w, len(w) - 1, len(w) - 1), reference.conv1d_backward(dout, x, w)[1]


@conv1d_backward.mistake(
    "dout is framed by one zero at each end. That is right only for a kernel of 2: the window must "
    "reach out by K − 1."
)
def frames_by_one(dout, x, w):  # B17
    return _dx1(dout, w[::-1], 1, 1), reference.conv1d_backward(dout, x, w)[1]


@conv1d_backward.mistake(
    "dout is not framed by zeros in dx, so the inputs near both ends are lost. Frame it by K − 1."
)
def not_framed(dout, x, w):
    return _dx1(dout, w[::-1], 0, 0), reference.conv1d_backward(dout, x, w)[1]


@conv1d_backward.mistake(
    "All the zeros stand at one end of dout, so dx is moved along. K − 1 zeros belong at each end."
)
def zeros_at_one_end(dout, x, w):
    return _dx1(dout, w[::-1], 0, 2 * (len(w) - 1)), reference.conv1d_backward(dout, x, w)[1]


@conv1d_backward.mistake(
    "dw comes in reverse order. Only the gradient of x needs the turn; dw[0] belongs to w[0]."
)
def weights_gradient_turned(dout, x, w):  # B14
    dx, dw = reference.conv1d_backward(dout, x, w)
    return dx, dw[::-1]


@conv1d_backward.mistake(
    "For dw, dout is turned before it slides over x: np.convolve does that. Nothing is turned in "
    "dw: lay dout along x as it stands."
)
def turns_dout(dout, x, w):
    return reference.conv1d_backward(dout, x, w)[0], np.convolve(x, dout, "valid")


@conv1d_backward.mistake(
    "Where windows overlap, the later one overwrites the earlier in dx. An input under several "
    "windows gets the sum of them: += in place of =."
)
def overwrites_overlaps(dout, x, w):  # B6
    dx = np.zeros(len(x))
    for t in range(len(dout)):
        dx[t : t + len(w)] = dout[t] * w
    return dx, reference.conv1d_backward(dout, x, w)[1]


@conv1d_backward.mistake("The two gradients have changed places: first dx, then dw.")
def swaps_the_results(dout, x, w):
    return reference.conv1d_backward(dout, x, w)[::-1]


# ------------------------------------------------------------------------------ unpadded_case


@lesson.exercise(
    reference.unpadded_case,
    hints=(
        "Draw six boxes and slide three over them, without leaving the six. How many places?",
        "x[0] is seen by the first output only. How far must a window of 3 reach out of dout, so "
        "that it touches nothing but dout[0]?",
    ),
)
def unpadded_case(rng):
    yield case("6 numbers, a kernel of 3, no padding")


def _unpadded(**changed):
    return {**reference.unpadded_case(), **{key.replace("_", " "): changed[key] for key in changed}}


@unpadded_case.mistake(
    "These are the answers for the padded case. Without padding the output is shorter than the "
    "input, and dout needs more zeros to make up for it."
)
def padded_answers():
    return _unpadded(output_length=6, zeros_at_each_end_of_dout=1)


@unpadded_case.mistake(
    "The kernel is turned in both cases. Padding moves the border only; in the middle nothing "
    "changes."
)
def kernel_as_it_is():
    return _unpadded(kernel_is_turned=False)


@unpadded_case.mistake(
    "One zero at each end, as with padding, gives a gradient of 4 numbers. But x has 6: without "
    "padding, K − 1 zeros are needed."
)
def one_zero_as_before():
    return _unpadded(zeros_at_each_end_of_dout=1)


@unpadded_case.mistake(
    "A gradient has the shape of what it belongs to. dx belongs to x, and x has 6 numbers."
)
def dx_as_short_as_dout():
    return _unpadded(length_of_dx=4)


@unpadded_case.mistake(
    "As many zeros as the kernel has weights are one too many: a window over zeros alone adds "
    "nothing. K − 1 are enough."
)
def k_zeros():
    return _unpadded(zeros_at_each_end_of_dout=3)


@unpadded_case.mistake(
    "With one zero at each end, dx would have 4 numbers, and so you say. But dx has the shape of "
    "x: 6 numbers. Which frame makes 6 of 4?"
)
def four_numbers_back():
    return _unpadded(zeros_at_each_end_of_dout=1, length_of_dx=4)


@unpadded_case.mistake(
    "Without zeros round dout, a window of 3 on 4 numbers gives 2. But dx has the shape of x: 6 "
    "numbers."
)
def no_zeros():
    return _unpadded(zeros_at_each_end_of_dout=0)


# ---------------------------------------------------------------------------------- rotate180


@lesson.exercise(
    reference.rotate180,
    hints=(
        "What does a[::-1] do to a row? And what turns a sheet of paper upside down: one mirror, "
        "or two?",
        "An index of ... stands for all the axes in front: w[..., ::-1] reverses the last axis.",
    ),
)
def rotate180(rng):
    yield case("kernels of 3×2", rng.normal(size=(5, 4, 3, 2)))
    yield case("kernels of 2×5", rng.normal(size=(3, 6, 2, 5)))
    yield case("square kernels", rng.normal(size=(2, 4, 3, 3)))
    yield case("a single kernel", rng.normal(size=(2, 3)))
    yield case("a single square kernel", rng.normal(size=(3, 3)))
    yield case("one filter for one channel", rng.normal(size=(1, 1, 4, 2)))


@rotate180.mistake(
    "Only the columns are reversed: that is a mirror. A turn by 180° reverses the rows as well."
)
def flips_one_axis(w):
    return w[..., ::-1]


@rotate180.mistake(
    "Only the rows are reversed: that is a mirror. A turn by 180° reverses the columns as well."
)
def flips_rows_only(w):
    return w[..., ::-1, :]


@rotate180.mistake("Rows and columns have changed places: that is a transposition, not a turn.")
def transposes(w):
    return w.swapaxes(-1, -2)


@rotate180.mistake("The kernels are turned by 90°, a quarter only. Twice as much is wanted.")
def turns_by_90(w):
    return np.rot90(w, axes=(-2, -1))


@rotate180.mistake(
    "All axes are reversed, and so the filters and channels stand in the wrong order. Only the "
    "last two axes turn."
)
def reverses_every_axis(w):
    return np.flip(w)


@rotate180.mistake(
    "The turn is made in the first two axes, which are filters and channels. The rows and columns "
    "of a kernel are the last two."
)
def turns_the_first_axes(w):
    return np.rot90(w, 2)


# ----------------------------------------------------------------------- conv2d_bias_gradient


@lesson.exercise(
    reference.conv2d_bias_gradient,
    hints=(
        "A bias is added to every pixel of its map, in every image. In how many places does the "
        "loss feel it?",
        "sum takes a tuple of axes. Which axis of (N, F, OH, OW) must stay?",
    ),
)
def conv2d_bias_gradient(rng):
    yield case("2 images, 3 filters", rng.normal(size=(2, 3, 4, 5)))
    yield case("5 images, 2 filters", rng.normal(size=(5, 2, 3, 4)))
    yield case("one image", rng.normal(size=(1, 4, 2, 3)))
    yield case("one place", rng.normal(size=(3, 2, 1, 1)))


@conv2d_bias_gradient.mistake(
    "You took the mean. A bias moves every output by its full amount, so its gradient is the sum."
)
def takes_the_mean(dout):  # B9
    return dout.mean(axis=(0, 2, 3))


@conv2d_bias_gradient.mistake(
    "The sum is divided by the number of images. If the loss is a mean over the batch, then dout "
    "holds that division already."
)
def averages_over_the_batch(dout):  # B8
    return dout.sum(axis=(0, 2, 3)) / len(dout)


@conv2d_bias_gradient.mistake(
    "The batch axis is still there. All images share one bias: sum over the images too."
)
def keeps_the_batch_axis(dout):
    return dout.sum(axis=(2, 3))


@conv2d_bias_gradient.mistake(
    "Only the images are summed. All places of a map share one bias: sum over rows and columns too."
)
def sums_the_batch_only(dout):  # B10
    return dout.sum(axis=0)


@conv2d_bias_gradient.mistake(
    "Only the last place of the last image is left: each place overwrites the one before. "
    "Add with += ."
)
def keeps_the_last_place(dout):  # B7
    return dout[-1, :, -1, -1]


@conv2d_bias_gradient.mistake(
    "All filters are summed into one number. Every filter has a bias of its own."
)
def sums_the_filters(dout):
    return dout.sum()


@conv2d_bias_gradient.mistake(
    "Only the last image counts: each image overwrites the one before. Add with += ."
)
def keeps_the_last_map(dout):
    return dout[-1].sum(axis=(1, 2))


@conv2d_bias_gradient.mistake(
    "There is one number for each image here. One for each filter is wanted: the axis that stays "
    "is axis 1."
)
def keeps_the_images(dout):
    return dout.sum(axis=(1, 2, 3))
