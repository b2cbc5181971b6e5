"""Lesson 03: a window slides over an image; many windows slide over many channels."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("03_convolution_forward")


def _whole(rng, *shape):
    """Return whole numbers from 0 to 9, as floats."""
    return rng.integers(0, 10, size=shape).astype(float)


def _frame(x, padding, **mode):
    py, px = np.broadcast_to(padding, 2)
    return np.pad(x, [(0, 0), (0, 0), (py, py), (px, px)], **mode)


def _keep(w, index):
    """Return the kernel with zeros at every place but ``index``."""
    kept = np.zeros_like(w)
    kept[index] = w[index]
    return kept


# -------------------------------------------------------------------------------- correlate2d


@lesson.exercise(
    reference.correlate2d,
    points=2,
    hints=(
        "At how many places does the window fit along the rows? Along the columns?",
        "The window at (r, c) is x[r : r + KH, c : c + KW]. What happens to it and to w?",
        "Make out with np.zeros, then in two loops: out[r, c] = (window * w).sum().",
    ),
)
def correlate2d(rng):
    yield case("a kernel of one row", rng.normal(size=(3, 6)), rng.normal(size=(1, 3)))
    yield case("a kernel of 2×3", rng.normal(size=(5, 7)), rng.normal(size=(2, 3)))
    yield case("a kernel of 3×2", rng.normal(size=(6, 5)), rng.normal(size=(3, 2)))
    yield case("a square kernel", rng.normal(size=(7, 6)), rng.normal(size=(3, 3)))
    yield case("whole numbers", _whole(rng, 5, 8), _whole(rng, 2, 2) - 6.0)
    yield case("a picture between 0 and 1", rng.uniform(size=(6, 8)), rng.normal(size=(4, 4)))
    yield case("the kernel fits once", rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))


@correlate2d.mistake(
    "you turn the kernel by 180° before it slides. That is convolution as mathematics defines it. "
    "Networks, and this course, leave the kernel as it is.",
    convention=True,
)
def turns_the_kernel(x, w):  # C1
    return reference.correlate2d(x, w[::-1, ::-1])


@correlate2d.mistake(
    "Rows and columns of the kernel have changed places: w[i, j] belongs to x[r + i, c + j]."
)
def transposes_the_kernel(x, w):  # C2
    return reference.correlate2d(x, w.T)


@correlate2d.mistake(
    "The last row and the last column are missing. A window of KH rows fits at H − KH + 1 places."
)
def misses_the_last_place(x, w):  # C8
    return reference.correlate2d(x, w)[:-1, :-1]


@correlate2d.mistake(
    "You let the window reach over the border, as if zeros lay there. Here it stays wholly inside."
)
def pads_with_zeros(x, w):
    kh, kw = w.shape
    frame = [(kh // 2, kh - 1 - kh // 2), (kw // 2, kw - 1 - kw // 2)]
    return reference.correlate2d(np.pad(x, frame), w)


@correlate2d.mistake(
    "Only the product with the last weight is left. Add the products up: += in place of =."
)
def keeps_the_last_tap(x, w):
    return reference.correlate2d(x, _keep(w, (-1, -1)))


@correlate2d.mistake(
    "The sum goes on from place to place. Set it to 0 again at every place, before the products."
)
def never_resets_the_sum(x, w):
    out = reference.correlate2d(x, w)
    return np.cumsum(out).reshape(out.shape)


@correlate2d.mistake(
    "The last row and the last column stay empty: your loops end one place too early. range(n) "
    "runs up to n − 1."
)
def leaves_the_last_places_empty(x, w):  # C8
    out = reference.correlate2d(x, w)
    out[-1], out[:, -1] = 0.0, 0.0
    return out


@correlate2d.mistake("You take the mean of the products. The definition has their sum.")
def takes_the_mean(x, w):
    return reference.correlate2d(x, w) / w.size


@correlate2d.mistake(
    "Your sums are kept in an array of whole numbers, which cuts off what is behind the point. "
    "np.zeros without a dtype makes floats."
)
def integer_output(x, w):  # C17
    return np.trunc(reference.correlate2d(x, w)).astype(np.int64)


@correlate2d.mistake(
    "Your sums are kept in uint8, which counts only from 0 to 255: −1 becomes 255, and 256 "
    "becomes 0. Compute in floats."
)
def wraps_in_uint8(x, w):  # C16
    return np.trunc(reference.correlate2d(x, w)).astype(np.int64).astype(np.uint8)


# ----------------------------------------------------------------------------- conv2d_forward


@lesson.exercise(
    reference.conv2d_forward,
    points=3,
    hints=(
        "Write it first for stride 1 and no padding. Which axes does one output sum over?",
        "Frame x with zero_pad, and take the shape of the result from output_size. A pair or a "
        "single number: sy, sx = np.broadcast_to(stride, 2) serves both.",
        "One output: (xp[n, :, S·r : S·r + KH, S·c : S·c + KW] * w[f]).sum() + b[f]. "
        "Four loops, over n, f, r and c, are enough.",
    ),
)
def conv2d_forward(rng):
    normal = lambda *shape: rng.normal(size=shape)  # noqa: E731
    yield case("one channel, one filter", normal(1, 1, 4, 6), normal(1, 1, 2, 3), normal(1))
    yield case("three channels, two filters", normal(1, 3, 5, 6), normal(2, 3, 3, 2), normal(2))
    yield case("a batch", normal(3, 2, 6, 5), normal(4, 2, 2, 3), normal(4))
    yield case(
        "whole numbers", _whole(rng, 2, 4, 6, 7), _whole(rng, 5, 4, 3, 3) - 5, _whole(rng, 5)
    )
    yield case(
        "stride 2 with a remainder", normal(2, 3, 8, 7), normal(4, 3, 3, 2), normal(4), stride=2
    )
    yield case(
        "padding 1 round a picture between 0 and 1",
        rng.uniform(size=(2, 3, 4, 5)), normal(5, 3, 2, 2), normal(5), padding=1,
    )  # fmt: skip
    yield case(
        "stride (2, 3) and padding (1, 2) with a remainder",
        normal(2, 3, 7, 9), normal(4, 3, 2, 3), normal(4), stride=(2, 3), padding=(1, 2),
    )  # fmt: skip
    yield case(
        "stride (3, 1) and padding (0, 2)",
        normal(3, 2, 8, 5), normal(4, 2, 3, 3), normal(4), stride=(3, 1), padding=(0, 2),
    )  # fmt: skip
    yield case("the kernel fits once", normal(3, 2, 4, 4), normal(5, 2, 4, 4), normal(5))


@conv2d_forward.mistake(
    "you turn the kernel by 180°. That is convolution as mathematics defines it. Networks, and "
    "this course, leave the kernel as it is.",
    convention=True,
)
def turns_the_kernel_of_each_filter(x, w, b, stride=1, padding=0):  # C1
    return reference.conv2d_forward(x, w[..., ::-1, ::-1], b, stride, padding)


@conv2d_forward.mistake("Rows and columns of each kernel have changed places.")
def transposes_each_kernel(x, w, b, stride=1, padding=0):  # C2
    return reference.conv2d_forward(x, w.swapaxes(2, 3), b, stride, padding)


@conv2d_forward.mistake("The bias is missing: each filter adds its own b[f].")
def forgets_the_bias(x, w, b, stride=1, padding=0):  # C3
    return reference.conv2d_forward(x, w, 0 * b, stride, padding)


@conv2d_forward.mistake(
    "The bias is added once for every weight under the window. Add it once to the finished sum."
)
def bias_inside_the_sum(x, w, b, stride=1, padding=0):  # C4
    return reference.conv2d_forward(x, w, b * w[0].size, stride, padding)


@conv2d_forward.mistake(
    "The bias is added once for every channel. Add it once, after the channels are summed."
)
def bias_for_each_channel(x, w, b, stride=1, padding=0):  # C4
    return reference.conv2d_forward(x, w, b * x.shape[1], stride, padding)


@conv2d_forward.mistake(
    "The bias is added once for every tap of the kernel, KH·KW times. Add it once, behind the "
    "loops over the taps."
)
def bias_for_each_tap(x, w, b, stride=1, padding=0):  # C4
    return reference.conv2d_forward(x, w, b * w[0, 0].size, stride, padding)


@conv2d_forward.mistake("Every filter gets b[0]. Filter f has a bias of its own, b[f].")
def one_bias_for_all(x, w, b, stride=1, padding=0):
    return reference.conv2d_forward(x, w, np.full_like(b, b[0]), stride, padding)


@conv2d_forward.mistake(
    "The result has the right size, but the windows stand one pixel apart. Window (r, c) begins at "
    "S·r, S·c."
)
def ignores_the_stride(x, w, b, stride=1, padding=0):  # C5
    rows, cols = reference.conv2d_forward(x, w, b, stride, padding).shape[2:]
    return reference.conv2d_forward(x, w, b, 1, padding)[:, :, :rows, :cols]


@conv2d_forward.mistake(
    "The first number of the stride serves both axes. A pair is (vertical, horizontal)."
)
def one_stride_for_both_axes(x, w, b, stride=1, padding=0):
    return reference.conv2d_forward(x, w, b, int(np.broadcast_to(stride, 2)[0]), padding)


@conv2d_forward.mistake("A pair is (vertical, horizontal): yours is read the other way round.")
def swaps_the_pairs(x, w, b, stride=1, padding=0):
    turned = [tuple(np.broadcast_to(pair, 2)[::-1]) for pair in (stride, padding)]
    return reference.conv2d_forward(x, w, b, *turned)


@conv2d_forward.mistake("The padding is left out: frame x with zero_pad first.")
def ignores_the_padding(x, w, b, stride=1, padding=0):
    return reference.conv2d_forward(x, w, b, stride)


@conv2d_forward.mistake(
    "The zeros are counted on one side only. Padding P adds P at both ends: H + 2·P."
)
def pads_one_side(x, w, b, stride=1, padding=0):  # C6
    py, px = np.broadcast_to(padding, 2)
    return reference.conv2d_forward(np.pad(x, [(0, 0), (0, 0), (py, 0), (px, 0)]), w, b, stride)


@conv2d_forward.mistake(
    "There is a window more than fits: where the stride leaves a remainder, round down."
)
def rounds_the_size_up(x, w, b, stride=1, padding=0):  # C7
    sy, sx = np.broadcast_to(stride, 2)
    hanging = [(0, 0), (0, 0), (0, sy - 1), (0, sx - 1)]
    return reference.conv2d_forward(np.pad(_frame(x, padding), hanging), w, b, stride)


@conv2d_forward.mistake("The last row and the last column are missing: the size ends with + 1.")
def misses_the_last_windows(x, w, b, stride=1, padding=0):  # C8
    return reference.conv2d_forward(x, w, b, stride, padding)[:, :, :-1, :-1]


@conv2d_forward.mistake("The frame repeats the border pixels. It should be zeros.")
def frames_with_the_border(x, w, b, stride=1, padding=0):  # C9
    return reference.conv2d_forward(_frame(x, padding, mode="edge"), w, b, stride)


@conv2d_forward.mistake("The frame mirrors the picture at its border. It should be zeros.")
def frames_with_a_mirror(x, w, b, stride=1, padding=0):  # C9
    return reference.conv2d_forward(_frame(x, padding, mode="reflect"), w, b, stride)


@conv2d_forward.mistake(
    "The batch is padded too: there are images of zeros before and after yours. Only the last two "
    "axes get a frame."
)
def pads_the_batch(x, w, b, stride=1, padding=0):  # C10
    py, _ = np.broadcast_to(padding, 2)
    more = np.pad(x, [(py, py), (0, 0), (0, 0), (0, 0)])
    return reference.conv2d_forward(more, w, b, stride, padding)


@conv2d_forward.mistake("Only the first channel is used. Each output sums over all channels.")
def first_channel_only(x, w, b, stride=1, padding=0):  # C11
    return reference.conv2d_forward(x[:, :1], w[:, :1], b, stride, padding)


@conv2d_forward.mistake(
    "Only the last channel is left: each one overwrites the one before. Add them up with +=."
)
def last_channel_only(x, w, b, stride=1, padding=0):
    return reference.conv2d_forward(x[:, -1:], w[:, -1:], b, stride, padding)


@conv2d_forward.mistake("You take the mean over the channels. The definition has their sum.")
def averages_the_channels(x, w, b, stride=1, padding=0):  # C12
    return reference.conv2d_forward(x, w / x.shape[1], b, stride, padding)


def _apart(x, w, b, stride, padding):
    """Return (N, F, C, OH, OW): the channels' shares of each output, not summed."""
    shares = [
        reference.conv2d_forward(x[:, k : k + 1], w[:, k : k + 1], b, stride, padding)
        for k in range(x.shape[1])
    ]
    return np.stack(shares, axis=2)


@conv2d_forward.mistake(
    "The channels are not summed: your result still has an axis for them. A filter gives one map."
)
def keeps_an_axis_of_channels(x, w, b, stride=1, padding=0):  # C13
    return _apart(x, w, b, stride, padding)


@conv2d_forward.mistake(
    "There is a map for every filter and every channel. A filter sums over its channels and gives "
    "one map."
)
def keeps_the_channels_apart(x, w, b, stride=1, padding=0):  # C13
    shares = _apart(x, w, b, stride, padding)
    return shares.reshape(shares.shape[0], -1, *shares.shape[3:])


@conv2d_forward.mistake(
    "There is a map for every channel and every filter. A filter sums over its channels and gives "
    "one map."
)
def keeps_the_channels_apart_in_turn(x, w, b, stride=1, padding=0):  # C13
    shares = _apart(x, w, b, stride, padding).swapaxes(1, 2)
    return shares.reshape(shares.shape[0], -1, *shares.shape[3:])


@conv2d_forward.mistake(
    "x is already (N, C, H, W). Reshaped, its numbers land in other pixels: the picture is "
    "scrambled."
)
def reshapes_the_input(x, w, b, stride=1, padding=0):  # C14
    n, channels, height, width = x.shape
    scrambled = x.reshape(n, height, width, channels).transpose(0, 3, 1, 2)
    return reference.conv2d_forward(scrambled, w, b, stride, padding)


@conv2d_forward.mistake(
    "The right values are in the wrong places: you reshape (N, OH, OW, F) to (N, F, OH, OW). "
    "Axes are moved with transpose."
)
def reshapes_the_output(x, w, b, stride=1, padding=0):  # C14
    out = reference.conv2d_forward(x, w, b, stride, padding)
    return out.transpose(0, 2, 3, 1).reshape(out.shape)


@conv2d_forward.mistake(
    "The right values are in the wrong images: you reshape (F, N, OH, OW) to (N, F, OH, OW). "
    "Swap the axes with transpose(1, 0, 2, 3)."
)
def mixes_batch_and_filters(x, w, b, stride=1, padding=0):  # C15
    out = reference.conv2d_forward(x, w, b, stride, padding)
    return out.transpose(1, 0, 2, 3).reshape(out.shape)


@conv2d_forward.mistake(
    "Only the last weight of each kernel is left: each product overwrites the one before. Add "
    "them up with +=."
)
def keeps_only_the_last_tap(x, w, b, stride=1, padding=0):
    last = (slice(None), slice(None), -1, -1)
    return reference.conv2d_forward(x, _keep(w, last), b, stride, padding)


@conv2d_forward.mistake(
    "Your sums are kept in an array of whole numbers, which cuts off what is behind the point."
)
def rounds_to_whole_numbers(x, w, b, stride=1, padding=0):  # C17
    return np.trunc(reference.conv2d_forward(x, w, b, stride, padding)).astype(np.int64)


@conv2d_forward.mistake(
    "Your sums are kept in uint8, which counts only from 0 to 255: −1 becomes 255. Compute in "
    "floats."
)
def counts_in_uint8(x, w, b, stride=1, padding=0):  # C16
    return rounds_to_whole_numbers(x, w, b, stride, padding).astype(np.uint8)
