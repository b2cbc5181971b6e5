"""Lesson 03: kernels with gaps, and channels that do not mix."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("03_convolution_forward")


# ----------------------------------------------------------------------------- conv2d_dilated


@lesson.exercise(
    reference.conv2d_dilated,
    hints=(
        "You have written all the parts. Which two of your functions make a dilated convolution?",
        "A dilated kernel is a larger kernel with zeros. Spread w, then convolve as usual.",
    ),
)
def conv2d_dilated(rng):
    normal = lambda *shape: rng.normal(size=shape)  # noqa: E731
    yield case("dilation 2", normal(1, 2, 6, 7), normal(3, 2, 2, 3), normal(3), dilation=2)
    yield case(
        "dilation (3, 2)", normal(2, 3, 9, 8), normal(4, 3, 2, 2), normal(4), dilation=(3, 2)
    )
    yield case(
        "dilation 2, stride 2, padding 1 with a remainder",
        normal(2, 3, 9, 11), normal(4, 3, 3, 2), normal(4), stride=2, padding=1, dilation=2,
    )  # fmt: skip
    yield case(
        "dilation (1, 3), stride (1, 2), padding (0, 2)",
        normal(3, 2, 7, 9), normal(4, 2, 3, 3), normal(4),
        stride=(1, 2), padding=(0, 2), dilation=(1, 3),
    )  # fmt: skip
    yield case(
        "dilation 1 is a plain convolution", normal(2, 3, 5, 6), normal(4, 3, 3, 2), normal(4)
    )


@conv2d_dilated.mistake("The dilation is left out: your windows have no gaps.")
def ignores_the_dilation(x, w, b, stride=1, padding=0, dilation=1):
    return reference.conv2d_forward(x, w, b, stride, padding)


@conv2d_dilated.mistake(
    "dilation is taken for the stride. The stride moves the window, dilation spreads the taps "
    "inside it."
)
def takes_dilation_for_stride(x, w, b, stride=1, padding=0, dilation=1):
    return reference.conv2d_forward(x, w, b, dilation, padding)


@conv2d_dilated.mistake(
    "The gaps are one too wide: taps stand dilation pixels apart, with dilation − 1 between them."
)
def gaps_one_too_wide(x, w, b, stride=1, padding=0, dilation=1):  # C19
    return reference.conv2d_dilated(x, w, b, stride, padding, np.broadcast_to(dilation, 2) + 1)


@conv2d_dilated.mistake(
    "The windows begin dilation pixels apart too. Dilation spreads the taps inside a window; the "
    "stride alone moves it."
)
def dilates_the_stride_too(x, w, b, stride=1, padding=0, dilation=1):
    return reference.conv2d_dilated(
        x, w, b, np.broadcast_to(stride, 2) * dilation, padding, dilation
    )


@conv2d_dilated.mistake("Only the columns of the kernel are spread. The rows are spread too.")
def spreads_one_axis(x, w, b, stride=1, padding=0, dilation=1):
    return reference.conv2d_dilated(
        x, w, b, stride, padding, (1, int(np.broadcast_to(dilation, 2)[1]))
    )


@conv2d_dilated.mistake(
    "You repeat the weights instead of spreading them. Between two taps stand zeros."
)
def enlarges_the_kernel(x, w, b, stride=1, padding=0, dilation=1):
    dy, dx = np.broadcast_to(dilation, 2)
    _, _, kh, kw = w.shape
    large = w.repeat(dy, axis=2).repeat(dx, axis=3)[..., : dy * (kh - 1) + 1, : dx * (kw - 1) + 1]
    return reference.conv2d_forward(x, large, b, stride, padding)


@conv2d_dilated.mistake("The stride is lost on the way: pass it on to conv2d_forward.")
def loses_the_stride(x, w, b, stride=1, padding=0, dilation=1):
    return reference.conv2d_dilated(x, w, b, 1, padding, dilation)


@conv2d_dilated.mistake("The padding is lost on the way: pass it on to conv2d_forward.")
def loses_the_padding(x, w, b, stride=1, padding=0, dilation=1):
    return reference.conv2d_dilated(x, w, b, stride, 0, dilation)


@conv2d_dilated.mistake("The bias is missing.")
def loses_the_bias(x, w, b, stride=1, padding=0, dilation=1):  # C3
    return reference.conv2d_dilated(x, w, 0 * b, stride, padding, dilation)


# --------------------------------------------------------------------------- depthwise_conv2d


@lesson.exercise(
    reference.depthwise_conv2d,
    hints=(
        "Compare the formula with that of conv2d_forward. Over which axis is there no sum now?",
        "Channel k on its own is an image with one channel: x[:, k : k + 1].",
        "Its kernel as (F, C, KH, KW) is w[k][None, None]. Join the maps with np.concatenate on "
        "axis 1.",
    ),
)
def depthwise_conv2d(rng):
    normal = lambda *shape: rng.normal(size=shape)  # noqa: E731
    yield case("two channels", normal(1, 2, 4, 5), normal(2, 2, 3), normal(2))
    yield case("a batch", normal(2, 3, 5, 6), normal(3, 3, 2), normal(3))
    yield case("padding 1", normal(3, 2, 4, 5), normal(2, 3, 3), normal(2), padding=1)
    yield case(
        "stride 2 with a remainder", normal(2, 4, 8, 7), normal(4, 3, 3), normal(4), stride=2
    )
    yield case(
        "stride (2, 3) and padding (1, 2)",
        normal(3, 4, 7, 9), normal(4, 2, 3), normal(4), stride=(2, 3), padding=(1, 2),
    )  # fmt: skip


@depthwise_conv2d.mistake(
    "The channels are mixed: each output sums over all of them, as in conv2d_forward. Here map k "
    "comes from channel k alone."
)
def mixes_the_channels(x, w, b, stride=1, padding=0):
    every = np.repeat(w[:, None], x.shape[1], axis=1)
    return reference.conv2d_forward(x, every, b, stride, padding)


@depthwise_conv2d.mistake(
    "Every map is the sum of all channels. Map k comes from channel k alone, with w[k]."
)
def sums_into_every_map(x, w, b, stride=1, padding=0):
    every = np.repeat(w[None], len(w), axis=0)
    return reference.conv2d_forward(x, every, b, stride, padding)


@depthwise_conv2d.mistake(
    "Every kernel meets every channel, so there are C·C maps. Kernel k meets channel k only."
)
def every_kernel_on_every_channel(x, w, b, stride=1, padding=0):
    maps = [
        reference.conv2d_forward(x[:, k : k + 1], w[:, None], b, stride, padding)
        for k in range(x.shape[1])
    ]
    return np.concatenate(maps, axis=1)


@depthwise_conv2d.mistake(
    "The maps are summed into one. Each channel keeps its own map: C in, C out."
)
def sums_the_maps(x, w, b, stride=1, padding=0):
    return reference.depthwise_conv2d(x, w, b, stride, padding).sum(axis=1, keepdims=True)


@depthwise_conv2d.mistake("All channels share the first kernel. Channel k has its own, w[k].")
def shares_one_kernel(x, w, b, stride=1, padding=0):
    return reference.depthwise_conv2d(x, np.repeat(w[:1], len(w), axis=0), b, stride, padding)


@depthwise_conv2d.mistake("All kernels look at the first channel. Kernel k looks at channel k.")
def looks_at_one_channel(x, w, b, stride=1, padding=0):
    return reference.depthwise_conv2d(
        np.repeat(x[:, :1], x.shape[1], axis=1), w, b, stride, padding
    )


@depthwise_conv2d.mistake("The bias is missing: channel k gets b[k].")
def leaves_the_bias_out(x, w, b, stride=1, padding=0):  # C3
    return reference.depthwise_conv2d(x, w, 0 * b, stride, padding)


@depthwise_conv2d.mistake(
    "The bias is added once for every weight under the window. Add it once to the finished sum."
)
def bias_for_each_tap(x, w, b, stride=1, padding=0):  # C4
    return reference.depthwise_conv2d(x, w, b * w[0].size, stride, padding)


@depthwise_conv2d.mistake("You divide by the number of channels. There is nothing to average here.")
def divides_by_the_channels(x, w, b, stride=1, padding=0):  # C12
    return reference.depthwise_conv2d(x, w / len(w), b, stride, padding)


@depthwise_conv2d.mistake(
    "you turn the kernel by 180°. That is convolution as mathematics defines it. Networks, and "
    "this course, leave the kernel as it is.",
    convention=True,
)
def turns_every_kernel(x, w, b, stride=1, padding=0):  # C1
    return reference.depthwise_conv2d(x, w[:, ::-1, ::-1], b, stride, padding)


@depthwise_conv2d.mistake("The stride is left out.")
def without_stride(x, w, b, stride=1, padding=0):  # C5
    return reference.depthwise_conv2d(x, w, b, 1, padding)


@depthwise_conv2d.mistake("The padding is left out.")
def without_padding(x, w, b, stride=1, padding=0):
    return reference.depthwise_conv2d(x, w, b, stride)
