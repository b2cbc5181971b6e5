"""Lesson 02, first part: activation functions and their slopes."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("02_mlp_backprop")


# ------------------------------------------------------------------------------------ sigmoid


@lesson.exercise(
    reference.sigmoid,
    hints=(
        "Which of e¹⁰⁰⁰ and e⁻¹⁰⁰⁰ is a number that a computer can hold?",
        "For z ≥ 0 compute 1 / (1 + e⁻ᶻ); for z < 0 the same value is eᶻ / (1 + eᶻ).",
        "np.exp(-np.abs(z)) never overflows. np.where(z >= 0, …, …) chooses between two formulas.",
    ),
)
def sigmoid(rng):
    yield case("around zero", np.array([-2.0, -0.5, 0.0, 0.5, 2.0]))
    yield case("a batch", rng.normal(scale=3, size=(4, 5)))
    yield case("1000 and −1000", np.array([-1000.0, 3.0, 1000.0]))
    yield case("large on one side", np.array([[800.0], [-1.0]]))


@sigmoid.mistake(
    "e¹⁰⁰⁰ is inf, and inf / inf is nan. Write it so that exp only meets numbers up to 0."
)
def overflows(z):  # M11 for the sigmoid
    with np.errstate(all="ignore"):
        return np.exp(z) / (1 + np.exp(z))


@sigmoid.mistake("The minus sign in the exponent is missing: your curve falls where it must rise.")
def falls(z):
    return reference.sigmoid(-z)


@sigmoid.mistake(
    "Your curve runs from −1 to 1: that is tanh, a relative of the sigmoid. The sigmoid runs from "
    "0 to 1."
)
def runs_from_minus_one(z):
    return np.tanh(z)


@sigmoid.mistake(
    "Your curve jumps from 0 to 1. A step has no slope to learn from; the sigmoid rises gently."
)
def jumps(z):
    return np.where(z > 0, 1.0, 0.0)


@sigmoid.mistake(
    "Brackets are missing: 1 / 1 + e⁻ᶻ is 1 + e⁻ᶻ. The whole sum stands below the line: 1 / (1 + "
    "e⁻ᶻ)."
)
def brackets_missing(z):
    with np.errstate(over="ignore"):
        return 1 / 1 + np.exp(-z)


# --------------------------------------------------------------------------- sigmoid_gradient


@lesson.exercise(
    reference.sigmoid_gradient,
    hints=(
        "The slope is a · (1 − a). What is a: what goes into the sigmoid, or what comes out?",
        "Compute a = sigmoid(z) first, then the product.",
    ),
)
def sigmoid_gradient(rng):
    yield case("z = 0 and z = 2", np.array([0.0, 2.0]))
    yield case("a batch", rng.normal(scale=2, size=(3, 4)))
    yield case("far out", np.array([-30.0, -4.0, 6.0]))


@sigmoid_gradient.mistake(
    "The sigmoid is applied twice: you took the slope at the output a, not at the input z."
)
def slope_at_the_output(z):  # M1
    return reference.sigmoid_gradient(reference.sigmoid(z))


@sigmoid_gradient.mistake(
    "You computed z · (1 − z). The formula a · (1 − a) wants the output: a = sigmoid(z)."
)
def takes_z_for_the_output(z):
    return z * (1 - z)


@sigmoid_gradient.mistake("That is the sigmoid itself. Its slope is a · (1 − a).")
def value_in_place_of_slope(z):
    return reference.sigmoid(z)


@sigmoid_gradient.mistake("The factor a is missing: 1 − a is only half of the formula a · (1 − a).")
def half_of_the_formula(z):
    return 1 - reference.sigmoid(z)


@sigmoid_gradient.mistake("You computed 1 − a², the slope of tanh. The sigmoid's is a · (1 − a).")
def formula_of_tanh(z):
    return 1 - reference.sigmoid(z) ** 2


# ------------------------------------------------------------------------------ tanh_gradient


@lesson.exercise(
    reference.tanh_gradient,
    hints=(
        "Where is tanh steepest, and how steep is it there? Your formula must give 1 at z = 0.",
        "With a = np.tanh(z) the slope is 1 − a².",
    ),
)
def tanh_gradient(rng):
    yield case("z = 0, 1 and 2", np.array([0.0, 1.0, 2.0]))
    yield case("a batch", rng.normal(scale=2, size=(4, 3)))
    yield case("negative numbers", -rng.uniform(0.5, 3, size=5))


@tanh_gradient.mistake(
    "You computed 1 − z², which is negative for |z| > 1. The formula wants the output a = tanh(z)."
)
def takes_z_for_the_output_of_tanh(z):  # M2
    return 1 - z**2


@tanh_gradient.mistake(
    "tanh is applied twice: you took the slope at the output a, not at the input z."
)
def slope_at_the_output_of_tanh(z):
    return reference.tanh_gradient(np.tanh(z))


@tanh_gradient.mistake("The square is missing: the slope is 1 − a², not 1 − a.")
def square_missing(z):
    return 1 - np.tanh(z)


@tanh_gradient.mistake(
    "You computed a · (1 − a), the slope of the sigmoid. That of tanh is 1 − a²."
)
def formula_of_the_sigmoid(z):
    return np.tanh(z) * (1 - np.tanh(z))


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
    "z[z < 0] = 0 changes the caller's array. The backward pass still needs the old z: work on a "
    "copy, or use np.maximum."
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
    "dout[z <= 0] = 0 changes the caller's array, which may belong to another branch as well: work "
    "on a copy."
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
