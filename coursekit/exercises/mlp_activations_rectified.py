"""Lesson 02, first part: ReLU and its relatives, on the way back as well."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("02_mlp_backprop")


# --------------------------------------------------------------------------------------- relu


@lesson.exercise(
    reference.relu,
    hints=(
        "For each number, take the larger of two: the number itself, and …?",
        "np.maximum compares number by number. np.max looks for the largest of them all.",
    ),
)
def relu(rng):
    yield case("both signs and zero", np.array([-2.0, 0.0, 3.0]))
    yield case("a batch", rng.normal(scale=2, size=(3, 5)))
    yield case("maps with four axes", rng.normal(scale=2, size=(2, 3, 4, 5)))


@relu.mistake("You took the absolute value: −2 became 2. ReLU turns everything negative into 0.")
def takes_the_absolute_value(z):
    return np.abs(z)


@relu.mistake("You kept the negative side and dropped the positive one. It is the other way round.")
def keeps_the_negative(z):
    return np.minimum(z, 0)


@relu.mistake("Your result stops at 1. ReLU has no upper limit.")
def stops_at_one(z):
    return np.clip(z, 0, 1)


@relu.mistake("That is where z is positive, 0 or 1. ReLU keeps the value of z there.")
def mask_in_place_of_value(z):
    return (z > 0).astype(float)


@relu.mistake(
    "Your function writes into z. The backward pass still needs the old numbers: make a new array."
)
def changes_z(z):  # M22
    z[z < 0] = 0
    return z


@relu.mistake(
    "np.max(z, 0) looks for the largest number along axis 0. np.maximum(z, 0) compares each number "
    "with 0."
)
def looks_for_the_largest(z):
    return np.max(z, 0)


# ------------------------------------------------------------------------------ relu_backward


@lesson.exercise(
    reference.relu_backward,
    hints=(
        "ReLU is a straight line of slope 1 on one side and of slope 0 on the other. Which side is "
        "decided by z, not by dout.",
        "Multiply dout by the slope: z > 0 is an array of True and False, and counts as 1 and 0.",
    ),
)
def relu_backward(rng):
    yield case("both signs and zero", np.array([5.0, -6.0, 7.0]), np.array([-2.0, 3.0, 0.0]))
    yield case("a batch", rng.normal(size=(4, 5)), rng.normal(scale=2, size=(4, 5)))
    zeros = rng.normal(size=(3, 4))
    zeros[1] = 0
    yield case("a row of exact zeros", rng.normal(size=(3, 4)), zeros)
    yield case("four axes", rng.normal(size=(2, 3, 2, 4)), rng.normal(size=(2, 3, 2, 4)))


@relu_backward.mistake(
    "dout came through unchanged: the slope is missing. Where z is negative, nothing comes through."
)
def slope_left_out(dout, z):  # M3
    return dout


@relu_backward.mistake("The wrong side is open: the gradient passes where z is positive.")
def wrong_side(dout, z):
    return dout * (z < 0)


@relu_backward.mistake(
    "You asked whether dout is positive. The input z decides; a negative gradient may pass too."
)
def asks_dout(dout, z):
    return dout * (dout > 0)


@relu_backward.mistake("That is the slope alone. By the chain rule it is multiplied by dout.")
def forgets_dout(dout, z):
    return (z > 0).astype(float)


@relu_backward.mistake(
    "You multiplied by the output of ReLU, max(z, 0), and not by its slope, which is 0 or 1."
)
def value_for_slope(dout, z):
    return dout * np.maximum(z, 0)


@relu_backward.mistake(
    "at z = 0 you let the gradient through. The corner has no slope, so both are used; this course "
    "takes 0 there (z > 0).",
    convention=True,
)
def open_at_zero(dout, z):  # M4
    return dout * (z >= 0)


@relu_backward.mistake(
    "Your function writes into dout, which may belong to another branch as well: make a new array."
)
def changes_dout(dout, z):  # M22
    dout[z <= 0] = 0
    return dout


@relu_backward.mistake(
    "That is relu, the way forward: z itself where it is positive. On the way back dout passes "
    "there."
)
def goes_forward(dout, z):
    return np.maximum(z, 0)


# ------------------------------------------------------------------------ leaky_relu_backward


@lesson.exercise(
    reference.leaky_relu_backward,
    hints=(
        "This line has two slopes: 1 for positive z, and the argument slope for negative z.",
        "np.where(z > 0, …, …) takes its first choice where z is positive, else its second.",
    ),
)
def leaky_relu_backward(rng):
    yield case("the usual slope", np.array([5.0, 5.0, -4.0]), np.array([-2.0, 3.0, -1.0]))
    yield case("slope 0.2", rng.normal(size=(3, 5)), rng.normal(size=(3, 5)), slope=0.2)
    yield case(
        "slope 0.5, larger z", rng.normal(size=(2, 7)), rng.normal(size=(2, 7)) * 3, slope=0.5
    )
    yield case("all negative", rng.normal(size=6), -rng.uniform(0.1, 2, size=6), slope=0.1)


@leaky_relu_backward.mistake(
    "On the negative side nothing comes through: that is plain ReLU. The leak lets slope · dout by."
)
def no_leak(dout, z, slope=0.01):  # M26
    return dout * (z > 0)


@leaky_relu_backward.mistake(
    "On the negative side all of dout comes through. There the slope is the argument slope, not 1."
)
def all_through(dout, z, slope=0.01):  # M26
    return dout


@leaky_relu_backward.mistake("The two sides have changed places: slope 1 belongs to positive z.")
def sides_swapped(dout, z, slope=0.01):
    return np.where(z > 0, slope * dout, dout)


@leaky_relu_backward.mistake(
    "The argument slope is not used: 0.01 is only what it is when nobody says otherwise."
)
def slope_fixed(dout, z, slope=0.01):
    return np.where(z > 0, dout, 0.01 * dout)


@leaky_relu_backward.mistake(
    "On the negative side you multiplied by slope · z, the value of the function. Its slope there "
    "is just slope."
)
def value_on_the_negative_side(dout, z, slope=0.01):
    return np.where(z > 0, dout, slope * z * dout)


@leaky_relu_backward.mistake(
    "On the negative side dout is missing: there the result is slope · dout, not slope alone."
)
def dout_missing_on_the_left(dout, z, slope=0.01):
    return np.where(z > 0, dout, slope)


@leaky_relu_backward.mistake(
    "You asked whether dout is positive. The input z decides which slope holds."
)
def asks_the_gradient(dout, z, slope=0.01):
    return np.maximum(dout, slope * dout)


# ----------------------------------------------------------------------------- swish_backward


@lesson.exercise(
    reference.swish_backward,
    points=2,
    hints=(
        "Nudge z by a little. Which two factors of z · sigmoid(z) change?",
        "Pretend that the two are different inputs, out = u · sigmoid(v). What are the gradients "
        "of u and of v? Both are z, so z gets both.",
        "dout · (sigmoid(z) + z · sigmoid_gradient(z))",
    ),
)
def swish_backward(rng):
    yield case("a few numbers", np.array([1.0, 1.0, -2.0]), np.array([0.5, 2.0, -1.0]))
    yield case("a batch", rng.normal(size=(3, 4)), rng.normal(scale=2, size=(3, 4)))
    yield case("far out", rng.normal(size=4), np.array([-8.0, -3.0, 5.0, 12.0]))


@swish_backward.mistake(
    "Only one path counts: z as the left factor. z also sits inside the sigmoid. Where a value is "
    "used twice, its gradients are added."
)
def left_factor_only(dout, z):  # M24
    return dout * reference.sigmoid(z)


@swish_backward.mistake(
    "Only one path counts: z inside the sigmoid. A later gradient must be added to the first, not "
    "put in its place."
)
def inside_only(dout, z):  # M24
    return dout * z * reference.sigmoid_gradient(z)


@swish_backward.mistake(
    "You multiplied the two paths. Gradients are multiplied along one path, and added over several."
)
def paths_multiplied(dout, z):
    return dout * reference.sigmoid(z) * z * reference.sigmoid_gradient(z)


@swish_backward.mistake(
    "The factor z is missing on the second path: out is z · sigmoid(z), so the sigmoid's slope "
    "arrives multiplied by z."
)
def factor_missing(dout, z):
    return dout * (reference.sigmoid(z) + reference.sigmoid_gradient(z))


@swish_backward.mistake("That is the slope alone. By the chain rule it is multiplied by dout.")
def dout_forgotten(dout, z):
    return reference.sigmoid(z) + z * reference.sigmoid_gradient(z)


@swish_backward.mistake(
    "Brackets are missing: dout is multiplied with the first path only. It comes to both: "
    "dout · (… + …)."
)
def dout_on_one_path_only(dout, z):
    return dout * reference.sigmoid(z) + z * reference.sigmoid_gradient(z)
