"""Lesson 05: the gradient goes on, past the pooling, to what stands before it."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case
from coursekit.exercises._pool_windows import gradient_of_output, maps

lesson = Lesson("05_pooling")


# ---------------------------------------------------------------- delta_before_max_pool


@lesson.exercise(
    reference.delta_before_max_pool,
    hints=(
        "Two steps lie between z and out. Go back through them one by one, the last first.",
        "Which array did the pooling see, z or a? And at which array does tanh take its slope, if "
        "you write the slope as 1 − a²?",
        "max_pool2d_backward(dout, a, size, stride), times the slope of tanh at every pixel.",
    ),
)
def delta_before_max_pool(rng):
    for label, z, size, stride in maps(rng):
        yield case(label, gradient_of_output(rng, z, size, stride), z, size, stride)


@delta_before_max_pool.mistake(
    "δ is only copied to the winner. The winner went through tanh before: multiply by its slope, "
    "1 − a²."
)
def only_copied(dout, z, size, stride):
    return reference.max_pool2d_backward(dout, np.tanh(z), size, stride)


@delta_before_max_pool.mistake(
    "The slope of tanh is taken at a instead of z: you applied tanh twice. In terms of a it is "
    "1 − a²."
)
def slope_at_the_output(dout, z, size, stride):
    a = np.tanh(z)
    return reference.max_pool2d_backward(dout, a, size, stride) * (1 - np.tanh(a) ** 2)


@delta_before_max_pool.mistake("You multiply by 1 − z². The slope of tanh is 1 − a², a = tanh(z).")
def slope_from_the_input(dout, z, size, stride):
    return reference.max_pool2d_backward(dout, z, size, stride) * (1 - z**2)


@delta_before_max_pool.mistake(
    "You multiply by a itself. The slope of tanh is 1 − a²: largest at 0, nearly 0 where |a| is "
    "near 1."
)
def times_the_activation(dout, z, size, stride):
    a = np.tanh(z)
    return reference.max_pool2d_backward(dout, a, size, stride) * a


@delta_before_max_pool.mistake(
    "The gradient is spread over the window. Max pooling hands all of it to the winner; then comes "
    "the slope."
)
def spread_before_the_slope(dout, z, size, stride):
    return reference.avg_pool2d_backward(dout, z, size, stride) * (1 - np.tanh(z) ** 2)


@delta_before_max_pool.mistake(
    "You multiply by a · (1 − a), the slope of the sigmoid. The slope of tanh is 1 − a²."
)
def slope_of_the_sigmoid(dout, z, size, stride):
    a = np.tanh(z)
    return reference.max_pool2d_backward(dout, a, size, stride) * a * (1 - a)


@delta_before_max_pool.mistake("You multiply by 1 − a. The slope of tanh is 1 − a²: square a.")
def slope_without_the_square(dout, z, size, stride):
    a = np.tanh(z)
    return reference.max_pool2d_backward(dout, a, size, stride) * (1 - a)


@delta_before_max_pool.mistake(
    "You multiply by 1 where z > 0 and by 0 elsewhere: that is the slope of ReLU. The activation "
    "here is tanh, with the slope 1 − a²."
)
def slope_of_relu(dout, z, size, stride):
    return reference.max_pool2d_backward(dout, z, size, stride) * (z > 0)
