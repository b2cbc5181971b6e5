"""Lesson 03: what a convolution costs and what it sees."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("03_convolution_forward")


def _area(kernel):
    kh, kw = np.broadcast_to(kernel, 2)
    return int(kh * kw)


# ------------------------------------------------------------------- stacked_receptive_field


@lesson.exercise(
    reference.stacked_receptive_field,
    hints=(
        "One layer sees kernel pixels. Two neighbouring outputs of it: how many pixels together?",
        "A layer more adds kernel − 1 pixels. And no layer at all sees 1.",
    ),
)
def stacked_receptive_field(rng):
    yield case("one layer", 1, 5)
    yield case("two layers of 3", 2, 3)
    yield case("three layers of 4", 3, 4)
    yield case("no layer", 0, 7)
    yield case("a random stack", int(rng.integers(4, 9)), int(rng.integers(3, 9)))
    yield case("another random stack", int(rng.integers(9, 16)), int(rng.integers(3, 9)))


@stacked_receptive_field.mistake(
    "The windows of neighbouring outputs overlap: a further layer adds kernel − 1 pixels, not "
    "kernel."
)
def adds_whole_kernels(n, kernel):
    return n * kernel


@stacked_receptive_field.mistake("One pixel is missing: without any layer, an output is one pixel.")
def misses_the_first_pixel(n, kernel):
    return n * (kernel - 1)


@stacked_receptive_field.mistake(
    "You multiply where you should add: each layer widens the view by the same kernel − 1."
)
def powers_of_the_kernel(n, kernel):
    return kernel**n


@stacked_receptive_field.mistake("You count one side only: a kernel reaches out on both sides.")
def one_side_only(n, kernel):
    return n * (kernel // 2) + 1


@stacked_receptive_field.mistake("That is the area. Asked is the length along one axis.")
def squares_the_field(n, kernel):
    return (n * (kernel - 1) + 1) ** 2


# ----------------------------------------------------------------------------- receptive_field


@lesson.exercise(
    reference.receptive_field,
    points=2,
    hints=(
        "Two neighbours in the output of a stride-2 layer: how far apart do they look in the "
        "image? And after another such layer?",
        "Keep two numbers while you go through the layers: field, and jump, the distance of two "
        "neighbours in image pixels. Both begin with 1.",
        "First widen the field with the jump so far, then multiply the jump by the stride.",
    ),
)
def receptive_field(rng):
    yield case("one layer", [(5, 1, 1)])
    yield case("two plain layers", [(3, 1, 1), (4, 1, 1)])
    yield case("stride 2 first", [(3, 2, 1), (4, 1, 1)])
    yield case("stride in every layer", [(5, 2, 1), (3, 3, 1), (2, 2, 1), (4, 1, 1)])
    yield case("growing dilation", [(3, 1, 1), (3, 1, 2), (3, 1, 4)])
    yield case("stride and dilation", [(4, 2, 3), (3, 3, 2), (5, 2, 2)])
    yield case("a window of one pixel between", [(7, 3, 2), (1, 2, 1), (3, 2, 4)])
    yield case(
        "a random stack",
        [tuple(int(n) for n in rng.integers((2, 2, 2), (6, 4, 5))) for _ in range(4)],
    )


@receptive_field.mistake(
    "You add whole kernels. Neighbouring windows overlap: a layer adds dilation·(kernel − 1) steps."
)
def sums_the_kernels(layers):
    field, jump = 0, 1
    for kernel, stride, dilation in layers:
        field += dilation * kernel * jump
        jump *= stride
    return field


@receptive_field.mistake(
    "The strides are left out. After a stride of 2 every step of a later layer is 2 pixels wide."
)
def leaves_the_strides_out(layers):
    return 1 + sum(dilation * (kernel - 1) for kernel, _, dilation in layers)


@receptive_field.mistake(
    "Only the stride of the layer just before counts in yours. Strides multiply: after 2 and 2 the "
    "jump is 4."
)
def jump_not_multiplied(layers):
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        field += dilation * (kernel - 1) * jump
        jump = stride
    return field


@receptive_field.mistake(
    "A layer's own stride widens its own window in yours. It acts on the layers after it only: "
    "multiply the jump last."
)
def own_stride_too_early(layers):
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        jump *= stride
        field += dilation * (kernel - 1) * jump
    return field


@receptive_field.mistake(
    "The jump adds the strides up. Strides multiply: after 3 and 3 the jump is 9."
)
def adds_the_strides(layers):
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        field += dilation * (kernel - 1) * jump
        jump += stride - 1
    return field


@receptive_field.mistake("The dilation is left out: it stretches the window of its layer.")
def leaves_the_dilation_out(layers):
    return reference.receptive_field([(kernel, stride, 1) for kernel, stride, _ in layers])


@receptive_field.mistake(
    "The dilation multiplies the jump of the later layers too. It stretches its own window only; "
    "the stride alone moves windows apart."
)
def dilation_in_the_jump(layers):
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        field += dilation * (kernel - 1) * jump
        jump *= stride * dilation
    return field


@receptive_field.mistake("The layers are read from the last to the first.")
def goes_backwards(layers):
    return reference.receptive_field(layers[::-1])


@receptive_field.mistake("One pixel is missing: the field begins with 1.")
def begins_with_nothing(layers):
    return reference.receptive_field(layers) - 1


# ----------------------------------------------------------------------------- conv_parameters


@lesson.exercise(
    reference.conv_parameters,
    hints=(
        "What is the shape of the kernels? The number of their entries is the answer, nearly.",
        "F·C·KH·KW weights. And how many biases does each filter have?",
    ),
)
def conv_parameters(rng):
    yield case("a grey image, kernel 5", 1, 6, 5)
    yield case("without bias", 3, 8, 3, bias=False)
    yield case("kernel (2, 5)", 4, 7, (2, 5))
    yield case("kernel (3, 1) without bias", 2, 9, (3, 1), bias=False)
    yield case("a kernel of one pixel", 64, 16, 1)
    c_in, c_out = (int(n) for n in rng.integers(10, 200, size=2))
    yield case("a random layer", c_in, c_out + 200, 3)


@conv_parameters.mistake("The biases are missing: every filter has one, unless bias is False.")
def misses_the_biases(c_in, c_out, kernel, bias=True):
    return _area(kernel) * c_in * c_out


@conv_parameters.mistake("The biases are counted even where bias is False.")
def always_a_bias(c_in, c_out, kernel, bias=True):
    return _area(kernel) * c_in * c_out + c_out


@conv_parameters.mistake(
    "You count a bias for every kernel, C_in·C_out of them. A filter sums its channels first and "
    "then adds one bias."
)
def a_bias_for_every_channel(c_in, c_out, kernel, bias=True):
    return _area(kernel) * c_in * c_out + (c_in * c_out if bias else 0)


@conv_parameters.mistake("You count one bias for the whole layer. Every filter has its own.")
def a_single_bias(c_in, c_out, kernel, bias=True):
    return _area(kernel) * c_in * c_out + bool(bias)


@conv_parameters.mistake("The biases are counted for the channels in. They belong to the filters.")
def a_bias_for_channels_in(c_in, c_out, kernel, bias=True):
    return _area(kernel) * c_in * c_out + (c_in if bias else 0)


@conv_parameters.mistake(
    "The channels of the input are missing. A filter has weights for every channel: KH·KW·C_in."
)
def leaves_c_in_out(c_in, c_out, kernel, bias=True):
    return _area(kernel) * c_out + (c_out if bias else 0)


@conv_parameters.mistake("The kernel counts with one side only. It has KH·KW places.")
def one_side_of_the_kernel(c_in, c_out, kernel, bias=True):
    kh = int(np.broadcast_to(kernel, 2)[0])
    return kh * c_in * c_out + (c_out if bias else 0)


# --------------------------------------------------------------------------------- conv_growth


@lesson.exercise(
    reference.conv_growth,
    hints=(
        "Take the formula KH·KW·C_in·C_out, and double in it what is said. Two factors or one?",
        "Does the size of the image occur in the number of parameters?",
        "conv_parameters can do the arithmetic: divide the count of the large layer by that of "
        "the small one, with bias=False.",
    ),
)
def conv_growth(rng):
    yield case("the four ratios")


def _growth(**changed):
    names = {
        "kernel": "parameters, kernel doubled",
        "channels": "parameters, channels doubled",
        "input": "parameters, input doubled",
        "work": "multiply-adds, input doubled",
    }
    return reference.conv_growth() | {names[key]: value for key, value in changed.items()}


@conv_growth.mistake("A kernel has two sides, KH and KW. Both are doubled.")
def doubles_one_side():
    return _growth(kernel=2.0)


@conv_growth.mistake("C_in and C_out are both factors of the count. Both are doubled.")
def doubles_one_channel_count():
    return _growth(channels=2.0)


@conv_growth.mistake(
    "A larger image needs no more weights: the same kernel slides over more places. That is what "
    "sets it apart from a dense layer."
)
def weights_grow_with_the_image():
    return _growth(input=4.0)


@conv_growth.mistake("An image with both sides doubled has four times as many places.")
def twice_the_work():
    return _growth(work=2.0)


@conv_growth.mistake(
    "The work does grow with the image: every further place costs the same multiply-adds again."
)
def work_stays():
    return _growth(work=1.0)


@conv_growth.mistake("Two factors are doubled each time, so the count grows 2·2 times, not twice.")
def everything_doubles():
    return _growth(kernel=2.0, channels=2.0, work=2.0)


# -------------------------------------------------------------------------- conv_multiply_adds


@lesson.exercise(
    reference.conv_multiply_adds,
    hints=(
        "How many products does one number of the output need?",
        "One output needs KH·KW·C_in products. How many outputs are there, over all filters?",
    ),
)
def conv_multiply_adds(rng):
    yield case("a grey image", 8, 9, 1, 4, 3)
    yield case("a colour image, kernel (2, 5)", 30, 40, 3, 16, (2, 5))
    yield case("a kernel of one pixel", 7, 5, 64, 32, 1)
    height, width, c_in, c_out = (int(n) for n in rng.integers(10, 90, size=4))
    yield case("a random layer", height, width, c_in, c_out + 90, 5)


@conv_multiply_adds.mistake("That is the number of weights. Each is used at H·W places.")
def counts_the_weights(height, width, c_in, c_out, kernel):
    return _area(kernel) * c_in * c_out


@conv_multiply_adds.mistake("The filters are missing: every one of them does the same work.")
def one_filter_only(height, width, c_in, c_out, kernel):
    return height * width * _area(kernel) * c_in


@conv_multiply_adds.mistake("The channels of the input are missing: each output sums over them.")
def one_channel_only(height, width, c_in, c_out, kernel):
    return height * width * _area(kernel) * c_out


@conv_multiply_adds.mistake("The kernel counts with one side only. It has KH·KW places.")
def one_side_of_the_window(height, width, c_in, c_out, kernel):
    return height * width * int(np.broadcast_to(kernel, 2)[0]) * c_in * c_out


@conv_multiply_adds.mistake(
    "you count the multiplication and the addition apart, as FLOPs do. Here the two together "
    "are one.",
    convention=True,
)
def counts_both_operations(height, width, c_in, c_out, kernel):
    return 2 * height * width * _area(kernel) * c_in * c_out


@conv_multiply_adds.mistake(
    "You count only the places where the window lies wholly inside. Here the image is padded, and "
    "the output is as large as the input."
)
def inner_places_only(height, width, c_in, c_out, kernel):
    kh, kw = (int(k) for k in np.broadcast_to(kernel, 2))
    return (height - kh + 1) * (width - kw + 1) * kh * kw * c_in * c_out


# ------------------------------------------------------------------------ multiply_adds_growth


@lesson.exercise(
    reference.multiply_adds_growth,
    hints=(
        "The work is H·W·KH·KW·C_in·C_out. How many of these six factors double each time?",
        "conv_multiply_adds can do the arithmetic for you.",
    ),
)
def multiply_adds_growth(rng):
    yield case("the three ratios")


def _work(kernel=4.0, channels=4.0, image=4.0):
    return {"kernel doubled": kernel, "channels doubled": channels, "input doubled": image}


@multiply_adds_growth.mistake("A kernel has two sides, KH and KW. Both are doubled.")
def work_of_one_side():
    return _work(kernel=2.0)


@multiply_adds_growth.mistake("C_in and C_out are both factors of the work. Both are doubled.")
def work_of_one_channel_count():
    return _work(channels=2.0)


@multiply_adds_growth.mistake("An image with both sides doubled has four times as many places.")
def work_of_one_image_side():
    return _work(image=2.0)


@multiply_adds_growth.mistake(
    "The number of weights does not grow with the image, but the work does: every place costs the "
    "same again."
)
def work_like_the_parameters():
    return _work(image=1.0)


@multiply_adds_growth.mistake("Two factors double each time: the work grows 2·2 times, not twice.")
def work_doubles():
    return _work(2.0, 2.0, 2.0)
