"""Lesson 03: how large the result is, and what happens at the border."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("03_convolution_forward")


# ------------------------------------------------------------------------------------ zero_pad


@lesson.exercise(
    reference.zero_pad,
    hints=(
        "How many axes may grow? Not those of the batch and the channels.",
        "np.pad takes one pair (before, after) for each axis. The first axes get (0, 0).",
        "py, px = np.broadcast_to(padding, 2) reads one number as well as a pair.",
    ),
)
def zero_pad(rng):
    yield case("one channel", rng.normal(size=(3, 5)), 1)
    yield case("a colour image", rng.normal(size=(3, 5, 4)), 2)
    yield case("a batch", rng.normal(size=(2, 3, 4, 5)), 1)
    yield case("padding (1, 2)", rng.normal(size=(2, 5, 4)), (1, 2))
    yield case("padding (2, 0)", rng.normal(size=(4, 2, 3, 5)), (2, 0))
    yield case("an 8-bit image", rng.integers(0, 256, size=(4, 6), dtype=np.uint8), (0, 2))


@zero_pad.mistake(
    "You pad every axis, as np.pad(x, padding) does. Give it one pair (before, after) for each "
    "axis, (0, 0) for batch and channels."
)
def pads_every_axis(x, padding):  # C10
    return np.pad(x, padding)


@zero_pad.mistake(
    "The axis in front of height and width is padded too. Only the last two axes get a frame."
)
def pads_the_last_three_axes(x, padding):  # C10
    py, px = np.broadcast_to(padding, 2)
    more = [(0, 0)] * (x.ndim - 3) + [(py, py)] * (x.ndim > 2) + [(py, py), (px, px)]
    return np.pad(x, more)


@zero_pad.mistake("The zeros stand at the top and on the left only. All four sides get them.")
def pads_one_side_only(x, padding):  # C6
    py, px = np.broadcast_to(padding, 2)
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(py, 0), (px, 0)])


@zero_pad.mistake(
    "The zeros are shared between the two sides. Here padding P means P zeros at each side."
)
def shares_the_padding(x, padding):
    return np.pad(
        x,
        [(0, 0)] * (x.ndim - 2) + [(p // 2, p - p // 2) for p in np.broadcast_to(padding, 2)],
    )


def _pad(x, padding, mode):
    py, px = np.broadcast_to(padding, 2)
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(py, py), (px, px)], mode=mode)


@zero_pad.mistake("The frame repeats the border pixels. It should be zeros.")
def repeats_the_border_pixels(x, padding):  # C9
    return _pad(x, padding, "edge")


@zero_pad.mistake("The frame mirrors the picture at its border. It should be zeros.")
def mirrors_the_picture(x, padding):  # C9
    return _pad(x, padding, "reflect")


@zero_pad.mistake("A pair is (vertical, horizontal): yours is read the other way round.")
def swaps_the_pair(x, padding):
    return reference.zero_pad(x, tuple(np.broadcast_to(padding, 2)[::-1]))


# ---------------------------------------------------------------------------- border_brightness


@lesson.exercise(
    reference.border_brightness,
    outputs=("corner", "edge", "inside"),
    hints=(
        "How many pixels of a 3×3 window lie on the picture when its middle is in the corner? "
        "On an edge?",
        "The window always has kernel × kernel weights. Those on the frame meet zeros, and still "
        "count in the mean.",
        "Along one axis kernel // 2 + 1 of the kernel taps lie on the picture.",
    ),
)
def border_brightness(rng):
    yield case("a 3×3 window on white", 3, 1.0)
    yield case("a 5×5 window on grey", 5, 0.4)
    yield case("a 9×9 window", 9, float(rng.uniform(0.2, 0.9)))
    yield case("an 8-bit grey", 7, 200.0)
    yield case("a window of one pixel", 1, 0.7)


@border_brightness.mistake(
    "The zeros of the frame are left out of the mean. The kernel doesn't know that they are no "
    "pixels: it multiplies them by its weights."
)
def leaves_the_zeros_out(kernel, grey):
    return grey, grey, grey


@border_brightness.mistake(
    "In the corner the window leaves the picture along both axes, so the share counts twice: once "
    "for the rows, once for the columns."
)
def corner_like_edge(kernel, grey):
    _, edge, inside = reference.border_brightness(kernel, grey)
    return edge, edge, inside


@border_brightness.mistake("Corner and edge have changed places: the corner is the darkest.")
def swaps_corner_and_edge(kernel, grey):
    corner, edge, inside = reference.border_brightness(kernel, grey)
    return edge, corner, inside


@border_brightness.mistake(
    "These are the shares of white, 1. The picture has the value grey: multiply by it."
)
def forgets_the_grey(kernel, grey):
    return reference.border_brightness(kernel, 1.0)


@border_brightness.mistake(
    "You count exactly half of the window. The row under its middle lies on the picture too."
)
def half_of_the_window(kernel, grey):
    return grey / 4, grey / 2, grey


@border_brightness.mistake(
    "You count one row of the window too few: the border pixels themselves lie under its middle."
)
def loses_the_middle_row(kernel, grey):
    seen = (kernel // 2) / kernel
    return grey * seen**2, grey * seen, grey


# --------------------------------------------------------------------------------- output_size


@lesson.exercise(
    reference.output_size,
    hints=(
        "Take stride 1, no padding. A window of 3 on 5 pixels: draw its places and count.",
        "Let the kernel span dilation·(kernel − 1) + 1 pixels. How far can it still move?",
        "It can move size + 2·padding − span pixels, in whole strides: //. And it starts somewhere "
        "before the first move.",
    ),
)
def output_size(rng):
    yield case("nothing but a window", 9, 4)
    yield case("padding 2", 7, 3, padding=2)
    yield case("stride 2 with a remainder", 10, 3, stride=2)
    yield case("stride 3 with a remainder", 13, 5, stride=3, padding=1)
    yield case("stride 3, two pixels left over", 12, 4, stride=3)
    yield case("stride 4 without a remainder", 14, 6, stride=4)
    yield case("stride 4, one pixel left over", 17, 4, stride=4)
    yield case("stride 5, four pixels left over", 25, 6, stride=5)
    yield case("stride 2 and padding 3", 15, 7, stride=2, padding=3)
    yield case("dilation 3", 17, 4, dilation=3)
    yield case("all at once, with a remainder", 20, 3, stride=2, padding=3, dilation=3)
    for _ in range(3):
        size, kernel, stride, padding, dilation = (
            int(rng.integers(low, high)) for low, high in ((30, 90), (3, 6), (2, 5), (1, 4), (2, 4))
        )
        yield case(
            "a random layer", size, kernel, stride=stride, padding=padding, dilation=dilation
        )


@output_size.mistake(
    "You round up. A window that hangs over the end is not taken: where the stride leaves a "
    "remainder, the last pixels are left over."
)
def rounds_up(size, kernel, stride=1, padding=0, dilation=1):  # C7
    return -(-(size + 2 * padding - dilation * (kernel - 1) - 1) // stride) + 1


@output_size.mistake(
    "You round to the nearest whole number. A window that hangs over the end is not taken, however "
    "little is missing: round down."
)
def rounds_to_the_nearest(size, kernel, stride=1, padding=0, dilation=1):  # C7
    return round((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1


@output_size.mistake("The padding counts once. It stands at both ends: 2·padding.")
def counts_padding_once(size, kernel, stride=1, padding=0, dilation=1):  # C6
    return (size + padding - dilation * (kernel - 1) - 1) // stride + 1


@output_size.mistake("The padding is left out.")
def leaves_padding_out(size, kernel, stride=1, padding=0, dilation=1):
    return (size - dilation * (kernel - 1) - 1) // stride + 1


@output_size.mistake("The stride is left out: the window takes only every stride-th place.")
def leaves_stride_out(size, kernel, stride=1, padding=0, dilation=1):  # C5
    return size + 2 * padding - dilation * (kernel - 1)


@output_size.mistake(
    "It is one too few: you count the moves. The place where the window starts counts too, + 1."
)
def forgets_the_first_place(size, kernel, stride=1, padding=0, dilation=1):  # C8
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride


@output_size.mistake(
    "The + 1 stands inside the division. Divide the way the window can move, then add the place "
    "where it starts."
)
def divides_the_first_place_too(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1)) // stride


@output_size.mistake("The dilation is left out: spread taps span dilation·(kernel − 1) + 1 pixels.")
def leaves_dilation_out(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - kernel) // stride + 1


@output_size.mistake(
    "You count dilation pixels between two taps. Here dilation is the distance from tap to tap: 1 "
    "leaves no gap."
)
def counts_the_gaps(size, kernel, stride=1, padding=0, dilation=1):  # C19
    return (size + 2 * padding - (dilation + 1) * (kernel - 1) - 1) // stride + 1


@output_size.mistake(
    "The dilation multiplies the whole kernel. There is one distance less than there are taps: "
    "dilation·(kernel − 1) + 1."
)
def dilates_all_taps(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * kernel) // stride + 1


# -------------------------------------------------------------------------------- same_padding


@lesson.exercise(
    reference.same_padding,
    outputs=("before", "after"),
    hints=(
        "How much shorter does the kernel make the axis? As many zeros are needed in all.",
        "Half of them in front, and what is left behind: total // 2 and total − total // 2.",
    ),
)
def same_padding(rng):
    yield case("a kernel of 5", 5)
    yield case("a kernel of 4", 4)
    yield case("a kernel of 2", 2)
    yield case("a kernel of 3, dilation 4", 3, dilation=4)
    yield case("a kernel of 4, dilation 3", 4, dilation=3)
    yield case("a random even kernel", 2 * int(rng.integers(3, 9)), dilation=1)
    yield case("a random odd kernel", 2 * int(rng.integers(3, 9)) + 1, dilation=2)


@same_padding.mistake(
    "You put kernel // 2 zeros at both ends. For an even kernel the axis then grows by one."
)
def half_of_the_kernel_at_both_ends(kernel, dilation=1):  # C18
    half = (dilation * (kernel - 1) + 1) // 2
    return half, half


@same_padding.mistake(
    "You put kernel // 2 zeros at both ends. For an even kernel that is one too many, and spread "
    "taps need dilation·(kernel − 1) zeros in all."
)
def half_of_the_kernel_without_dilation(kernel, dilation=1):  # C18
    return kernel // 2, kernel // 2


@same_padding.mistake(
    "For an even kernel one zero is missing: the axis gets one shorter. Put the odd one behind."
)
def rounds_down_at_both_ends(kernel, dilation=1):
    half = dilation * (kernel - 1) // 2
    return half, half


@same_padding.mistake(
    "the zero that is left over stands in front. Here it goes behind.", convention=True
)
def odd_one_in_front(kernel, dilation=1):
    return reference.same_padding(kernel, dilation)[::-1]


@same_padding.mistake(
    "You put all the zeros at each end, so there are twice as many. The result is longer than the "
    "axis."
)
def all_at_both_ends(kernel, dilation=1):
    total = dilation * (kernel - 1)
    return total, total


@same_padding.mistake("The dilation is left out: spread taps need dilation·(kernel − 1) zeros.")
def same_without_dilation(kernel, dilation=1):
    return reference.same_padding(kernel)
