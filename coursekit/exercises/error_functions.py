"""Lesson 01: how wrong an output is, and how that changes with the output."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("01_gradient_descent")

TWO_NEURONS = (np.array([0.9, 0.2]), np.array([0.5, 0.6]))


def _column_and_row(rng, n):
    return rng.normal(size=(n, 1)), rng.normal(size=n)


# ------------------------------------------------------------------------- half_squared_error


@lesson.exercise(
    reference.half_squared_error,
    hints=(
        "Square every difference first. What has to happen so that one number is left?",
        "Print the shape of target - output for outputs (4, 1) and targets (4,). Is it what you "
        "want?",
        "np.reshape(target, output.shape) puts the same numbers into the shape of the outputs. "
        "Then ½ · np.sum(…**2).",
    ),
)
def half_squared_error(rng):
    yield case("differences that cancel", *TWO_NEURONS)
    yield case("4 samples, 3 outputs each", rng.normal(size=(4, 3)), rng.normal(size=(4, 3)))
    yield case("2 samples, 5 outputs each", rng.normal(size=(2, 5)), rng.normal(size=(2, 5)))
    yield case("a column of outputs, a row of targets", *_column_and_row(rng, 4))
    yield case("a longer column and row", *_column_and_row(rng, 7))


@half_squared_error.mistake(
    "this is Σ (t − o)² without the ½. Its slope then has a factor 2; with the ½ the slope is "
    "simply o − t.",
    convention=True,
)
def leaves_out_the_half(output, target):  # G8
    return 2 * reference.half_squared_error(output, target)


@half_squared_error.mistake(
    "You take the mean over all numbers. Here the error is a sum: ½ Σ (target − output)²."
)
def half_of_the_mean(output, target):
    return reference.half_squared_error(output, target) / output.size


@half_squared_error.mistake(
    "this is the mean squared error, a mean and without the ½. Here: ½ Σ (target − output)².",
    convention=True,
)
def mean_squared_error(output, target):
    return 2 * reference.half_squared_error(output, target) / output.size


@half_squared_error.mistake(
    "You divide by the number of samples, but not by the number of outputs. Here nothing is "
    "divided: the sum runs over all numbers."
)
def averages_the_samples_only(output, target):  # G9
    return reference.half_squared_error(output, target) / len(output)


@half_squared_error.mistake("You take the absolute value of the difference in place of its square.")
def half_absolute_error(output, target):
    return 0.5 * np.sum(np.abs(np.reshape(target, output.shape) - output))


@half_squared_error.mistake(
    "You add the differences up first and square the sum. So +0.4 and −0.4 still cancel: square "
    "every difference, then add."
)
def squares_the_sum(output, target):
    return 0.5 * np.sum(np.reshape(target, output.shape) - output) ** 2


@half_squared_error.mistake(
    "You return one value for each output. The error is one number: add them up."
)
def forgets_the_sum(output, target):
    return 0.5 * (np.reshape(target, output.shape) - output) ** 2


@half_squared_error.mistake(
    "Outputs (N, 1) and targets (N,) broadcast to a table (N, N): every output is compared with "
    "every target. Give target the shape of output first."
)
def compares_each_with_all(output, target):  # G15
    return 0.5 * np.sum((target - output) ** 2)


# ---------------------------------------------------------------- half_squared_error_gradient


@lesson.exercise(
    reference.half_squared_error_gradient,
    hints=(
        "Change one output only. All terms of the sum stay, but one. What is the slope of "
        "½ (t − o)², seen from o?",
        "The square gives a factor 2, which meets the ½; the inner −o gives a factor −1.",
    ),
)
def half_squared_error_gradient(rng):
    yield case("the two neurons", *TWO_NEURONS)
    yield case("4 samples, 3 outputs each", rng.normal(size=(4, 3)), rng.normal(size=(4, 3)))
    yield case("2 samples, 5 outputs each", rng.normal(size=(2, 5)), rng.normal(size=(2, 5)))
    yield case("a column of outputs, a row of targets", *_column_and_row(rng, 4))
    yield case("a longer column and row", *_column_and_row(rng, 7))


@half_squared_error_gradient.mistake(
    "The sign is turned round. Where the output is above its target, a larger output is more "
    "wrong: the slope there is positive."
)
def wrong_sign(output, target):
    return np.reshape(target, output.shape) - output


@half_squared_error_gradient.mistake(
    "this is the slope of Σ (t − o)². The course keeps a ½ in front of the error, and it cancels "
    "the 2.",
    convention=True,
)
def factor_two(output, target):
    return 2 * reference.half_squared_error_gradient(output, target)


@half_squared_error_gradient.mistake(
    "The ½ is still there. The slope of a square brings a factor 2, and the two cancel."
)
def forgets_the_factor_two(output, target):  # G8
    return 0.5 * reference.half_squared_error_gradient(output, target)


@half_squared_error_gradient.mistake(
    "You divide by the number of samples. The error is a sum here, so its slope is one too."
)
def averages_over_samples(output, target):
    return reference.half_squared_error_gradient(output, target) / len(output)


@half_squared_error_gradient.mistake(
    "You divide by the number of all outputs. The error is a sum here, so its slope is not divided."
)
def averages_over_everything(output, target):  # G9
    return reference.half_squared_error_gradient(output, target) / output.size


@half_squared_error_gradient.mistake("You return the error itself at every output, not its slope.")
def returns_the_error(output, target):
    return 0.5 * (output - np.reshape(target, output.shape)) ** 2


@half_squared_error_gradient.mistake(
    "You add everything up. Every output has a slope of its own, so the result has the shape of "
    "output."
)
def sums_the_slopes(output, target):
    return np.sum(output - np.reshape(target, output.shape))


@half_squared_error_gradient.mistake(
    "Outputs (N, 1) minus targets (N,) is a table (N, N): every output meets every target. Give "
    "target the shape of output first."
)
def table_of_differences(output, target):  # G15
    return output - target


# -------------------------------------------------------------------- absolute_error_gradient


def _around(rng, target, ties=()):
    """Outputs on both sides of their targets, and exactly on them at the places of ``ties``."""
    side = np.where(np.arange(target.size) % 2, 1.0, -1.0).reshape(target.shape)
    distance = rng.uniform(0.1, 3, size=target.shape)
    distance.flat[list(ties)] = 0
    return target + side * distance, target


@lesson.exercise(
    reference.absolute_error_gradient,
    hints=(
        "Draw |t − o| for t = 2 and read the slope at o = 1, at o = 3 and at o = 30.",
        "Only the side matters, not the distance. np.sign gives −1, 0 or 1.",
    ),
)
def absolute_error_gradient(rng):
    yield case("near and far, above and below", *_around(rng, rng.normal(size=(2, 4))))
    yield case("the two neurons", *TWO_NEURONS)
    yield case("two outputs exactly right", *_around(rng, rng.normal(size=(3, 2)), ties=(1, 2)))
    yield case("one output exactly right", *_around(rng, rng.normal(size=(5,)), ties=(3,)))


@absolute_error_gradient.mistake(
    "You return the absolute error itself. Its slope does not know how far the target is, only on "
    "which side."
)
def value_for_slope(output, target):
    return np.abs(output - target)


@absolute_error_gradient.mistake(
    "This is the slope of the half squared error. The slope of |t − o| has the same size "
    "everywhere: 1 or −1."
)
def slope_of_the_square(output, target):
    return output - target


@absolute_error_gradient.mistake(
    "The sign is turned round: above the target the error grows with the output, so the slope "
    "there is +1."
)
def turned_round(output, target):
    return np.sign(target - output)


@absolute_error_gradient.mistake(
    "Below the target the slope is −1, not 0: there, too, the error changes with the output."
)
def nothing_below(output, target):
    return np.where(output > target, 1.0, 0.0)


@absolute_error_gradient.mistake(
    "at the corner you take the slope of one side. Any number from −1 to 1 is allowed there; this "
    "course takes 0, so that a right output is left alone.",
    convention=True,
)
def one_at_the_corner(output, target):
    return np.where(output >= target, 1.0, -1.0)
