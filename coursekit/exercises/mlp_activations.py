"""Lesson 02, first part: sigmoid and tanh, and their slopes."""

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
