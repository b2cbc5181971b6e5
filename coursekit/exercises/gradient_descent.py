"""Lesson 01: measuring a slope, and walking down it."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case
from coursekit.functions import (
    bowl,
    bowl_gradient,
    cubic,
    cubic_gradient,
    double_well_gradient,
    wave,
)

lesson = Lesson("01_gradient_descent")

# ------------------------------------------------------------------------- numerical_gradient


@lesson.exercise(
    reference.numerical_gradient,
    points=2,
    hints=(
        "One entry at a time: step up with it alone, read f; step down with it alone, read f.",
        "for place in np.ndindex(x.shape) visits every entry of an array of any shape.",
        "Work on np.array(x, dtype=float), which is a copy. Put the old value back before you go "
        "to the next entry.",
    ),
)
def numerical_gradient(rng):
    def center(*shape):
        return rng.normal(size=shape).tolist()

    yield case("one number", bowl(center=center(1), curvature=2.0), rng.normal(size=1) + 2)
    yield case("a vector", bowl(center=center(4), curvature=0.7), rng.normal(size=4))
    yield case(
        "entries that depend on each other", cubic(coefficients=center(3)), rng.normal(size=3)
    )
    yield case("an array of 2 × 3", cubic(coefficients=center(2, 3)), rng.normal(size=(2, 3)))
    yield case("an array of 3 × 1 × 2", wave(frequency=1.5), rng.normal(size=(3, 1, 2)))
    yield case("a long step, h = 0.1", cubic(coefficients=center(3)), rng.normal(size=3), h=0.1)
    yield case("another long step, h = 0.3", wave(frequency=2.0), rng.normal(size=(2, 2)), h=0.3)
    whole = rng.integers(2, 9, size=3), rng.integers(-9, -1, size=(2, 2))
    yield case("whole numbers in x", cubic(coefficients=center(3)), whole[0])
    yield case("whole numbers, 2 × 2", bowl(center=center(2, 2), curvature=1.0), whole[1])


def _measured(f, x, difference, h):
    """Fill an array with ``difference(g)``, where g(s) is f with one entry of x moved by s."""
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):

        def moved(step, place=place):
            shifted = x.copy()
            shifted[place] += step
            return f(shifted)

        gradient[place] = difference(moved, h)
    return gradient


@numerical_gradient.mistake(
    "You step to one side only. With (f(x + h) − f(x − h)) / (2h) the error shrinks with h², not "
    "with h."
)
def one_sided(f, x, h=1e-5):  # G10
    return _measured(f, x, lambda g, h: (g(h) - g(0)) / h, h)


@numerical_gradient.mistake("You divide by h. From x − h to x + h it is a way of 2h.")
def divides_by_h(f, x, h=1e-5):
    return _measured(f, x, lambda g, h: (g(h) - g(-h)) / h, h)


@numerical_gradient.mistake(
    "The division by 2h is missing. A slope is a difference of heights divided by the way."
)
def no_division(f, x, h=1e-5):
    return _measured(f, x, lambda g, h: g(h) - g(-h), h)


@numerical_gradient.mistake(
    "Without brackets, … / 2 * h divides by 2 and then multiplies by h. Write / (2 * h)."
)
def divides_then_multiplies(f, x, h=1e-5):
    return _measured(f, x, lambda g, h: (g(h) - g(-h)) / 2 * h, h)


@numerical_gradient.mistake("The sign is turned round: it is f(x + h) − f(x − h).")
def backwards(f, x, h=1e-5):
    return _measured(f, x, lambda g, h: (g(-h) - g(h)) / (2 * h), h)


@numerical_gradient.mistake(
    "Your function does not use the h that it is given. Its value after the comma is only what "
    "holds when none is given."
)
def ignores_h(f, x, h=1e-5):
    return reference.numerical_gradient(f, x)


@numerical_gradient.mistake(
    "You move all entries at once, so every place gets the same number. Move one entry and leave "
    "the others where they are."
)
def moves_all_at_once(f, x, h=1e-5):
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


@numerical_gradient.mistake(
    "The input x is not what it was: each entry must go back to its old value, or better, work on "
    "a copy."
)
def leaves_x_changed(f, x, h=1e-5):  # G11
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        x[place] += h
        above = f(x)
        x[place] -= 2 * h
        gradient[place] = (above - f(x)) / (2 * h)
    return gradient


@numerical_gradient.mistake(
    "An entry that was moved is not put back, and so the later ones are measured at another place."
)
def drifts(f, x, h=1e-5):  # G11
    return leaves_x_changed(f, np.array(x, dtype=float), h)


@numerical_gradient.mistake(
    "Where x holds whole numbers, x + h is cut back to a whole number, and the measured slope is "
    "wrong. Turn x into floats first."
)
def keeps_whole_numbers(f, x, h=1e-5):  # G12
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += h
        below[place] -= h
        gradient[place] = (f(above) - f(below)) / (2 * h)
    return gradient


@numerical_gradient.mistake("The result has lost the shape of x. Fill an array that has x's shape.")
def flattens(f, x, h=1e-5):
    return reference.numerical_gradient(f, x, h).ravel()


@numerical_gradient.mistake(
    "You move all entries at once and get one number. Each entry has a slope of its own: move one, "
    "leave the others where they are, and note the slope at its place."
)
def one_number_for_all(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)


@numerical_gradient.mistake(
    "x[i] is a whole row where x has two axes, and you move it as one. np.ndindex(x.shape) visits "
    "every single entry."
)
def moves_whole_rows(f, x, h=1e-5):
    gradient = np.zeros(x.shape)
    for i in range(len(x)):
        above, below = x.astype(float), x.astype(float)
        above[i] += h
        below[i] -= h
        gradient[i] = (f(above) - f(below)) / (2 * h)
    return gradient


# --------------------------------------------------------------------------- gradient_descent


@lesson.exercise(
    reference.gradient_descent,
    points=2,
    hints=(
        "How many points has a path of three steps?",
        "The slope must be asked for anew at every point: gradient(w), not gradient(start).",
        "w = w - learning_rate * gradient(w) makes a new array at every step, so that each can go "
        "into a list. np.array turns the list into one array.",
    ),
)
def gradient_descent(rng):
    center = rng.normal(size=3).tolist()
    yield case(
        "one weight", bowl_gradient(center=[1.5], curvature=2.0), rng.normal(size=1) + 4, 0.1, 5
    )
    yield case(
        "a single step", bowl_gradient(center=center, curvature=0.7), rng.normal(size=3), 0.3, 1
    )
    yield case(
        "a curve with two valleys", double_well_gradient(tilt=0.7), rng.normal(size=2), 0.05, 7
    )
    yield case(
        "weights of 2 × 3",
        bowl_gradient(center=rng.normal(size=(2, 3)).tolist(), curvature=1.3),
        rng.normal(size=(2, 3)),
        0.2,
        4,
    )
    for label, shape in (("three weights that", (3,)), ("2 × 2 weights that", (2, 2))):
        slopes = cubic_gradient(coefficients=rng.normal(size=shape).tolist())
        yield case(f"{label} depend on each other", slopes, rng.normal(size=shape), 0.02, 3)
    yield case(
        "no step at all", bowl_gradient(center=center, curvature=1.0), rng.normal(size=3), 0.3, 0
    )


def _path(gradient, w, steps, move):
    path = [w]
    for _ in range(steps):
        path.append(move(path[-1], gradient(path[-1])))
    return np.array(path)


@gradient_descent.mistake(
    "You walk uphill. The gradient points to where the error grows: subtract it."
)
def ascends(gradient, w, learning_rate, steps):  # G1
    return reference.gradient_descent(gradient, w, -learning_rate, steps)


@gradient_descent.mistake(
    "All points of your path equal the last one. If they are one array, changed in place (w -= …), "
    "append a copy."
)
def path_shares_one_array(gradient, w, learning_rate, steps):
    path = reference.gradient_descent(gradient, w, learning_rate, steps)
    return np.array([path[-1]] * (steps + 1))


@gradient_descent.mistake(
    "All points of your path are one and the same array, and it is the input w itself. Write "
    "w = w - …, which makes a new one."
)
def path_shares_the_input(gradient, w, learning_rate, steps):
    path = [w]
    for _ in range(steps):
        w -= learning_rate * gradient(w)
        path.append(w)
    return np.array(path)


@gradient_descent.mistake(
    "The path is right, but your function writes into the caller's w. w = w - … makes a new array."
)
def moves_the_callers_start(gradient, w, learning_rate, steps):
    path = [w.copy()]
    for _ in range(steps):
        w -= learning_rate * gradient(w)
        path.append(w.copy())
    return np.array(path)


@gradient_descent.mistake("The start is missing: it is the first point of the path.")
def start_missing(gradient, w, learning_rate, steps):
    return reference.gradient_descent(gradient, w, learning_rate, steps)[1:]


@gradient_descent.mistake(
    "The last point is missing. Take the step first, then note where it leads."
)
def end_missing(gradient, w, learning_rate, steps):
    return reference.gradient_descent(gradient, w, learning_rate, steps)[:-1]


@gradient_descent.mistake(
    "You return only where the path ends. All its points are wanted, the start included."
)
def end_only(gradient, w, learning_rate, steps):
    return reference.gradient_descent(gradient, w, learning_rate, steps)[-1]


@gradient_descent.mistake(
    "You use the slope at the start for all steps. It changes on the way: ask for gradient(w) at "
    "every step."
)
def slope_of_the_start(gradient, w, learning_rate, steps):
    slope = gradient(w)
    return _path(gradient, w, steps, lambda here, _: here - learning_rate * slope)


@gradient_descent.mistake("The learning rate is missing: you subtract the whole gradient.")
def no_learning_rate(gradient, w, learning_rate, steps):
    return _path(gradient, w, steps, lambda here, slope: here - slope)


@gradient_descent.mistake(
    "You step by the sign of the slope, so that all steps have one length. Steps get shorter where "
    "it is flatter: use the slope itself."
)
def steps_of_one_length(gradient, w, learning_rate, steps):
    return _path(gradient, w, steps, lambda here, slope: here - learning_rate * np.sign(slope))


@gradient_descent.mistake(
    "You move one weight after the other, and the later slopes are taken at a place between. Ask "
    "for gradient(w) once in a step, then move all weights together."
)
def one_weight_after_the_other(gradient, w, learning_rate, steps):
    path = [w]
    for _ in range(steps):
        w = w.copy()
        for place in np.ndindex(w.shape):
            w[place] -= learning_rate * gradient(w)[place]
        path.append(w)
    return np.array(path)
