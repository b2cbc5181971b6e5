"""Lesson 06: first weights, a residual block forward, projection."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("06_residual_and_gap")


def conv(x, w, b):
    return reference.conv2d_forward(x, w, b, padding=1)


def relu(z):
    return np.maximum(z, 0)


# -------------------------------------------------------------------------------- kaiming_std


@lesson.exercise(
    reference.kaiming_std,
    hints=(
        "A sum of fan_in terms has fan_in times the variance of one term. What undoes that?",
        "ReLU throws away half of the signal's mean square. That is where the 2 comes from.",
        "The question is for the standard deviation: the root of the variance 2 / fan_in.",
    ),
)
def kaiming_std(rng):
    yield case("3 × 3 on 8 channels", 72)
    yield case("one input", 1)
    yield case("3 × 3 on 512 channels", 4608)
    yield case("a random layer", int(rng.integers(10, 2000)))


@kaiming_std.mistake("This is the variance. The standard deviation is its root.")
def variance_for_deviation(fan_in):
    return 2 / fan_in


@kaiming_std.mistake(
    "this is √(1 / fan_in), right where no ReLU follows. ReLU drops half of the mean square, and "
    "the factor 2 makes up for it.",
    convention=True,
)
def without_the_two(fan_in):
    return (1 / fan_in) ** 0.5


@kaiming_std.mistake("Only the 2 is under the root. fan_in belongs there too: √(2 / fan_in).")
def root_of_two_only(fan_in):
    return 2**0.5 / fan_in


@kaiming_std.mistake(
    "this is the bound of a uniform distribution, √(6 / fan_in), as libraries use it for their "
    "“Kaiming uniform”. Its standard deviation is √(2 / fan_in), which is wanted here.",
    convention=True,
)
def bound_of_a_uniform(fan_in):
    return (6 / fan_in) ** 0.5


@kaiming_std.mistake("The 2 stands outside the root. It belongs inside: √(2 / fan_in).")
def two_outside_the_root(fan_in):
    return 2 / fan_in**0.5


@kaiming_std.mistake("You multiply by fan_in. More inputs need smaller weights: divide.")
def multiplies(fan_in):
    return (2 * fan_in) ** 0.5


# --------------------------------------------------------------------------- residual_forward


def block(rng, n, channels, filters, height, width):
    """Return inputs whose branch is about as large as x, so that both signs occur in each place."""
    return (
        rng.normal(size=(n, channels, height, width)),
        rng.normal(size=(filters, channels, 3, 3)) * (2 / (9 * channels)) ** 0.5,
        rng.normal(size=filters) * 0.3,
        rng.normal(size=(channels, filters, 3, 3)) * (2 / (9 * filters)) ** 0.5,
        rng.normal(size=channels) * 0.3,
    )


def blocks(rng):
    yield "4 channels, 5 filters inside", block(rng, 2, 4, 5, 6, 7)
    yield "one image, one channel", block(rng, 1, 1, 2, 4, 5)
    yield "as many filters as channels", block(rng, 3, 2, 2, 5, 4)
    x, w1, b1, w2, b2 = block(rng, 2, 2, 4, 5, 6)
    x[:, :, 1::2] = 0.0
    yield "a last layer of zeros, and zeros in x", (x, w1, b1, 0 * w2, 0 * b2)
    x, w1, b1, w2, b2 = block(rng, 2, 4, 1, 7, 5)
    yield "a last bias of −1", (x, w1, b1, w2, b2 - 1)
    x, w1, b1, w2, b2 = block(rng, 3, 2, 5, 4, 6)
    x[:, :, :, 2:4] = 1.0
    yield "a branch of −1, and ones in x", (x, w1, b1, 0 * w2, 0 * b2 - 1)


@lesson.exercise(
    reference.residual_forward,
    points=2,
    hints=(
        "Write the branch F(x) first, as if there were no skip: convolution, ReLU, convolution.",
        "conv2d_forward(x, w1, b1, padding=1) keeps height and width. Then add x, and last of all "
        "comes ReLU.",
    ),
)
def residual_forward(rng):
    for label, inputs in blocks(rng):
        yield case(label, *inputs)


def branch(x, w1, b1, w2, b2):
    return conv(relu(conv(x, w1, b1)), w2, b2)


@residual_forward.mistake(
    "The last ReLU acts on the branch before the sum, so the branch can only add and never take "
    "away. First the sum, then ReLU."
)
def relu_before_the_sum(x, w1, b1, w2, b2):  # R3
    return x + relu(branch(x, w1, b1, w2, b2))


@residual_forward.mistake(
    "A ReLU stands behind the second convolution too, so the branch can only add and never take "
    "away. There is one ReLU inside the branch and one behind the sum."
)
def relu_behind_both(x, w1, b1, w2, b2):  # R3
    return relu(x + relu(branch(x, w1, b1, w2, b2)))


@residual_forward.mistake("The skip is missing: x itself must be added to the branch.")
def forgets_the_skip(x, w1, b1, w2, b2):  # R9
    return relu(branch(x, w1, b1, w2, b2))


@residual_forward.mistake("The last ReLU is missing: out = relu(x + F(x)).")
def forgets_the_last_relu(x, w1, b1, w2, b2):
    return x + branch(x, w1, b1, w2, b2)


@residual_forward.mistake(
    "There is no ReLU between the two convolutions, and two convolutions in a row are only one "
    "larger convolution."
)
def forgets_the_inner_relu(x, w1, b1, w2, b2):
    return relu(x + conv(conv(x, w1, b1), w2, b2))


@residual_forward.mistake("The skip takes relu(x). It must carry x as it is, negative numbers too.")
def relu_on_the_skip(x, w1, b1, w2, b2):
    return relu(relu(x) + branch(x, w1, b1, w2, b2))


@residual_forward.mistake(
    "You take the mean of x and F(x). It is their sum: with a last layer of zeros the block must "
    "hand on relu(x)."
)
def scales_by_a_half(x, w1, b1, w2, b2):  # R8, R9
    return relu(0.5 * (x + branch(x, w1, b1, w2, b2)))


@residual_forward.mistake(
    "You scale the skip by ½. It must carry x in full: only then has its gradient a free path."
)
def scales_the_skip(x, w1, b1, w2, b2):  # R8, R9
    return relu(0.5 * x + branch(x, w1, b1, w2, b2))


@residual_forward.mistake(
    "x and F(x) stand side by side, and there are twice as many channels. Here they are added."
)
def concatenates(x, w1, b1, w2, b2):  # R7
    return relu(np.concatenate([x, branch(x, w1, b1, w2, b2)], axis=1))


@residual_forward.mistake(
    "The result is right, but += writes into x itself. The backward pass still needs the old x: "
    "use x + F(x), which makes a new array."
)
def adds_into_x(x, w1, b1, w2, b2):  # R4
    x += branch(x, w1, b1, w2, b2)
    return relu(x)


# ------------------------------------------------------------------------ projection_shortcut


@lesson.exercise(
    reference.projection_shortcut,
    hints=(
        "A 1×1 kernel sees one pixel in all its channels. Which pixels remain with stride 2?",
        "x[:, :, ::stride, ::stride] takes the pixels; the sum over the channels is a matrix "
        "product. Or let conv2d_forward do both: what would be its bias?",
    ),
)
def projection_shortcut(rng):
    def inputs(n, channels, filters, height, width):
        return rng.normal(size=(n, channels, height, width)), rng.normal(
            size=(filters, channels, 1, 1)
        )

    yield case("stride 2, a remainder", *inputs(2, 4, 5, 6, 7), stride=2)
    yield case("default stride", *inputs(3, 2, 4, 5, 6))
    yield case("one channel to three", *inputs(2, 1, 3, 4, 6), stride=2)
    yield case("stride 3", *inputs(1, 5, 2, 7, 8), stride=3)
    yield case("as many channels as before", *inputs(2, 4, 4, 5, 8), stride=2)


def _mix(x, w):
    return np.einsum("nchw,fc->nfhw", x, w[:, :, 0, 0])


@projection_shortcut.mistake(
    "The stride is ignored: the result is as high and as wide as x, and does not fit the branch."
)
def ignores_the_stride(x, w, stride=1):  # R6
    return _mix(x, w)


@projection_shortcut.mistake(
    "The pixels are picked, but the channels are as they were. w makes F channels of C. (With "
    "C = 1 the sum would broadcast, and nobody would notice.)"
)
def keeps_the_channels(x, w, stride=1):  # R5
    return x[:, :, ::stride, ::stride]


@projection_shortcut.mistake(
    "You cut out the top left corner in place of taking every stride-th pixel."
)
def cuts_the_corner(x, w, stride=1):
    rows, cols = -(-x.shape[2] // stride), -(-x.shape[3] // stride)
    return _mix(x[:, :, :rows, :cols], w)


@projection_shortcut.mistake(
    "you average the pixels that the stride would skip. Later variants do so (ResNet-D); the "
    "one of this lesson takes every stride-th pixel.",
    convention=True,
)
def averages_the_windows(x, w, stride=1):
    rows, cols = range(0, x.shape[2], stride), range(0, x.shape[3], stride)
    means = np.stack(
        [
            np.stack([x[:, :, r : r + stride, c : c + stride].mean(axis=(2, 3)) for c in cols], -1)
            for r in rows
        ],
        -2,
    )
    return _mix(means, w)


@projection_shortcut.mistake("A frame of zeros is added. A 1×1 kernel needs no padding.")
def pads(x, w, stride=1):
    return reference.conv2d_forward(x, w, np.zeros(len(w)), stride, 1)


@projection_shortcut.mistake(
    "A ReLU is applied. The projection only carries x to another shape; ReLU comes after the sum."
)
def applies_relu(x, w, stride=1):
    return relu(_mix(x[:, :, ::stride, ::stride], w))


@projection_shortcut.mistake(
    "The weights are read as (C, F). The filters come first, as in every convolution: (F, C, 1, 1)."
)
def swaps_filters_and_channels(x, w, stride=1):
    filters, channels = w.shape[:2]
    picked = x[:, :, ::stride, ::stride]
    return np.einsum("nchw,cf->nfhw", picked, w.reshape(channels, filters))
