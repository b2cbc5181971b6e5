"""Lesson 08, networks made larger: compound scaling, and a dense head for images of any size."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("08_architectures")


# ---------------------------------------------------------------- compound_scaling


@lesson.exercise(
    reference.compound_scaling,
    outputs=("depth", "width", "resolution", "multiply_adds"),
    hints=(
        "The first three are powers: alpha**phi and so on.",
        "Twice the layers: twice the work. Twice the channels, in and out: how much? Twice the "
        "side of the image: how many times the pixels?",
    ),
)
def compound_scaling(rng):
    yield case("one step", 1)
    yield case("three steps", 3)
    yield case("two and a half steps", 2.5)
    alpha, beta, gamma = (float(n) for n in 1.05 + 0.5 * rng.random(3))
    yield case("random factors", 2, alpha=alpha, beta=beta, gamma=gamma)
    yield case("a step back", -1, alpha=1.3, beta=1.2, gamma=1.1)


def _scaled(phi, alpha, beta, gamma, growth):
    return alpha**phi, beta**phi, gamma**phi, growth**phi


@compound_scaling.mistake(
    "Width counts twice: with more channels, every layer reads more and gives more."
)
def width_once(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _scaled(phi, alpha, beta, gamma, alpha * beta * gamma**2)


@compound_scaling.mistake(
    "Resolution counts twice: an image has two sides, and each of them grows."
)
def resolution_once(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _scaled(phi, alpha, beta, gamma, alpha * beta**2 * gamma)


@compound_scaling.mistake(
    "Width and resolution count twice each: more channels in and out, and two sides of an image."
)
def all_once(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _scaled(phi, alpha, beta, gamma, alpha * beta * gamma)


@compound_scaling.mistake(
    "Depth counts once: twice the layers make twice the work. Only width and resolution are "
    "squared."
)
def depth_squared(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _scaled(phi, alpha, beta, gamma, (alpha * beta * gamma) ** 2)


@compound_scaling.mistake("phi is an exponent: alpha ** phi, not alpha · phi.")
def multiplies_by_phi(phi, alpha=1.2, beta=1.1, gamma=1.15):
    depth, width, resolution = alpha * phi, beta * phi, gamma * phi
    return depth, width, resolution, depth * width**2 * resolution**2


@compound_scaling.mistake(
    "The paper rounds the growth of one step to 2. Here the exact product of the factors is "
    "wanted.",
    convention=True,
)
def a_round_two(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _scaled(phi, alpha, beta, gamma, 2.0)


@compound_scaling.mistake("Alpha is for depth, beta for width: the two have changed places.")
def swaps_depth_and_width(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _scaled(phi, beta, alpha, gamma, beta * alpha**2 * gamma**2)


@compound_scaling.mistake(
    "The growth of the work is that of one step. It has to be raised to the power phi, too."
)
def growth_of_one_step(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return alpha**phi, beta**phi, gamma**phi, alpha * beta**2 * gamma**2


@compound_scaling.mistake("phi is the exponent, not the base: alpha ** phi.")
def phi_to_the_alpha(phi, alpha=1.2, beta=1.1, gamma=1.15):
    depth, width, resolution = phi**alpha, phi**beta, phi**gamma
    return depth, width, resolution, depth * width**2 * resolution**2


@compound_scaling.mistake(
    "depth · width² is how the parameters grow. For the work the pixels count, too: resolution²."
)
def growth_of_the_parameters(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _scaled(phi, alpha, beta, gamma, alpha * beta**2)


@compound_scaling.mistake(
    "The growth of one step is multiplied with itself phi times: raise it to the power phi."
)
def growth_times_phi(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return alpha**phi, beta**phi, gamma**phi, phi * alpha * beta**2 * gamma**2


@compound_scaling.mistake(
    "Each step multiplies what the last one left: alpha ** phi, as with interest on interest."
)
def adds_the_steps(phi, alpha=1.2, beta=1.1, gamma=1.15):
    depth, width, resolution = (1 + (factor - 1) * phi for factor in (alpha, beta, gamma))
    return depth, width, resolution, depth * width**2 * resolution**2


@compound_scaling.mistake(
    "depth, width and resolution hold the power phi already. You raise their product to it again."
)
def power_twice(phi, alpha=1.2, beta=1.1, gamma=1.15):
    growth = (alpha * beta**2 * gamma**2) ** phi
    return _scaled(phi, alpha, beta, gamma, growth)


@compound_scaling.mistake(
    "You always calculate with 1.2, 1.1 and 1.15. Those are only defaults: use the arguments."
)
def fixed_factors(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _scaled(phi, 1.2, 1.1, 1.15, 1.2 * 1.1**2 * 1.15**2)


# ---------------------------------------------------------------- fully_convolutional


@lesson.exercise(
    reference.fully_convolutional,
    hints=(
        "Column m of the dense weights belongs to unit m, so it becomes kernel m. Which axis comes "
        "first in the result?",
        "Undo the flattening: what reshape took apart, reshape puts together, in the same order.",
        "First .T, then .reshape(-1, channels, height, width).",
    ),
)
def fully_convolutional(rng):
    yield case("3 maps of 2×5", rng.normal(size=(30, 4)), 3, 2, 5)
    yield case("2 maps of 4×3", rng.normal(size=(24, 7)), 2, 4, 3)
    yield case("one unit", rng.normal(size=(40, 1)), 4, 5, 2)
    yield case("one map", rng.normal(size=(6, 5)), 1, 2, 3)


@fully_convolutional.mistake(
    "You reshape without turning the matrix first, which mixes the units. Each column is a "
    "kernel: take .T first."
)
def does_not_transpose(dense_weights, channels, height, width):
    return dense_weights.reshape(-1, channels, height, width)


@fully_convolutional.mistake(
    "You undo a flattening with the channels last. Here maps are flattened channel by channel: "
    "(channels, height, width)."
)
def channels_last(dense_weights, channels, height, width):  # E14
    return dense_weights.T.reshape(-1, height, width, channels).transpose(0, 3, 1, 2)


@fully_convolutional.mistake(
    "You undo a flattening column by column. Here a map is flattened row by row: height before "
    "width."
)
def column_by_column(dense_weights, channels, height, width):  # E14
    return dense_weights.T.reshape(-1, channels, width, height).transpose(0, 1, 3, 2)


@fully_convolutional.mistake(
    "You turned the kernels by 180°. Convolution in this course does not turn them: leave them."
)
def turns_the_kernels(dense_weights, channels, height, width):
    return dense_weights.T.reshape(-1, channels, height, width)[..., ::-1, ::-1]


@fully_convolutional.mistake(
    "The axes of kernels are (filters, channels, …). Your first two have changed places."
)
def channels_before_units(dense_weights, channels, height, width):
    return dense_weights.T.reshape(-1, channels, height, width).swapaxes(0, 1)


@fully_convolutional.mistake(
    "Height and width have changed places: a kernel is (channels, height, width)."
)
def width_before_height(dense_weights, channels, height, width):
    return np.ascontiguousarray(dense_weights.T).reshape(-1, channels, width, height)


@fully_convolutional.mistake(
    "reshape with order='F' counts the first axis fastest. Flattening was row by row: leave order "
    "out."
)
def fortran_order(dense_weights, channels, height, width):
    return dense_weights.T.reshape(-1, channels, height, width, order="F")
