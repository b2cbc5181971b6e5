"""Lesson 03: kernels, asked for by what they do."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, Symptom, case

lesson = Lesson("03_convolution_forward")

NEAR = 1e-6


def _kernel(answer):
    """Return the answer as a 3×3 array of floats, or the sentence that says why it is none."""
    w = np.asarray(answer, dtype=float)
    if w.shape != (3, 3):
        return f"the kernel has the shape {w.shape}, expected (3, 3)."
    if not np.isfinite(w).all():
        return "the kernel holds nan or inf."
    return w


def _one_direction(w):
    """Tell whether the kernel changes when it is flipped or transposed."""
    return not all(np.allclose(w, other, atol=NEAR) for other in (w[::-1], w[:, ::-1], w.T))


# -------------------------------------------------------------------------------- blur_kernel


@lesson.exercise(
    reference.blur_kernel,
    hints=(
        "What should the kernel give on a picture whose pixels are all 0.4? What follows for the "
        "sum of its weights?",
        "The plainest mean of nine numbers: add them up, divide by nine. Write that as weights.",
    ),
)
def blur_kernel(rng):
    yield case("the kernel you made")


@blur_kernel.property
def judge_blur(case, answer):
    w = _kernel(answer)
    if isinstance(w, str):
        return w
    total = w.sum()
    if np.allclose(w, w[1, 1]) and abs(total - 9) < NEAR:
        return Symptom("its weights add up to 9: white 1 becomes 9.", "forgets_to_divide")
    if np.allclose(w, w[1, 1]) and abs(total - 3) < NEAR:
        return Symptom("its weights add up to 3: white 1 becomes 3.", "divides_by_three")
    if np.abs(w).max() < NEAR:
        return "all its weights are 0, so every picture becomes black."
    if abs(total) < NEAR:
        return Symptom("its weights add up to 0: a flat grey becomes black.", "finds_edges")
    if abs(total - 1) > NEAR:
        return f"its weights add up to {total:.4g}, so a flat grey 1 becomes {total:.4g}."
    if (w < -NEAR).any():
        return Symptom(
            f"it has a negative weight, {w.min():.4g}: no mean has one.", "has_negative_weights"
        )
    if (w > 1 - NEAR).any():
        return Symptom("it has one weight, a 1: every output is one pixel.", "moves_or_copies")
    if _one_direction(w):
        return Symptom("flipped or transposed, it is another kernel.", "blurs_one_direction")
    if w[1, 1] > 0.5 + NEAR:
        return f"the pixel itself keeps {w[1, 1]:.3g} of the weight, so little is blurred."
    return None


@blur_kernel.mistake("That is the sum of nine pixels. For their mean, divide by 9.")
def forgets_to_divide():
    return np.ones((3, 3))


@blur_kernel.mistake("You divide by the side of the kernel. There are nine weights in it.")
def divides_by_three():
    return np.ones((3, 3)) / 3


@blur_kernel.mistake("That kernel finds edges. A blur takes a mean, so its weights add up to 1.")
def finds_edges():
    return reference.edge_kernel()


@blur_kernel.mistake("Weights below 0 sharpen: they push a pixel away from its neighbours.")
def has_negative_weights():
    return np.array([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]])


@blur_kernel.mistake("It copies the picture, or moves it. Spread the weight over the neighbours.")
def moves_or_copies():
    return reference.shift_kernel(0, 0)


@blur_kernel.mistake(
    "It blurs, but not all directions alike, as if the camera had moved. Give equal weights to "
    "equal distances."
)
def blurs_one_direction():
    w = np.zeros((3, 3))
    w[1] = 1 / 3
    return w


# -------------------------------------------------------------------------------- edge_kernel


@lesson.exercise(
    reference.edge_kernel,
    hints=(
        "On a flat grey g the output is g · (sum of all weights). What must the sum be?",
        "Compare the pixel with each of its eight neighbours: pixel − neighbour. Add the eight "
        "differences up. How often does the pixel itself occur?",
    ),
)
def edge_kernel(rng):
    yield case("the kernel you made")


@edge_kernel.property
def judge_edge(case, answer):
    w = _kernel(answer)
    if isinstance(w, str):
        return w
    scale = np.abs(w).max()
    if scale < NEAR:
        return "all its weights are 0, so it never answers."
    total = w.sum()
    if abs(total) > NEAR * scale:
        if np.count_nonzero(np.abs(w) > NEAR * scale) == 1:
            return "it has one weight only, so it compares nothing: every output is one pixel."
        if (w > -NEAR * scale).all():
            return Symptom(f"its weights add up to {total:.4g}, all of one sign.", "blurs")
        if abs(total - 1) < NEAR * scale:
            return Symptom("its weights add up to 1: a flat grey stays as it is.", "sharpens")
        return f"its weights add up to {total:.4g}, so a flat grey 1 becomes {total:.4g}, not 0."
    if _one_direction(w):
        return Symptom("flipped or transposed, it is another kernel.", "edges_of_one_direction")
    if abs(w[1, 1]) < NEAR * scale:
        return "the weight in the middle is 0: a single bright pixel gets no answer at its place."
    if w[1, 1] < 0:
        return Symptom("a single bright pixel gets a negative answer.", "negative_in_the_middle")
    return None


@edge_kernel.mistake("That is a mean or a sum: a blur. To compare, subtract.")
def blurs():
    return reference.blur_kernel()


@edge_kernel.mistake(
    "That kernel sharpens: it adds the edges to the picture. For the edges alone, take the picture "
    "away: one less in the middle."
)
def sharpens():
    w = reference.edge_kernel()
    w[1, 1] = 9.0
    return w


@edge_kernel.mistake(
    "kernels like Sobel's find the edges of one direction. Here every direction should count "
    "alike.",
    convention=True,
)
def edges_of_one_direction():
    return np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])


@edge_kernel.mistake(
    "the sign is the other way round, as in the Laplace operator of physics. Here a bright point "
    "answers with a positive number.",
    convention=True,
)
def negative_in_the_middle():
    return -reference.edge_kernel()


# ------------------------------------------------------------------------------- shift_kernel


@lesson.exercise(
    reference.shift_kernel,
    hints=(
        "A kernel with a single 1 copies one pixel of the window. Where must it look?",
        "A picture that moves down takes each value from above: the 1 stands above the middle.",
        "The middle is [1, 1]. Moving down by dy means looking dy rows up: [1 − dy, …].",
    ),
)
def shift_kernel(rng):
    yield case("one down", 1, 0)
    yield case("one to the left", 0, -1)
    yield case("up and to the right", -1, 1)
    yield case("down and to the right", 1, 1)
    yield case("one up", -1, 0)
    yield case("one to the right", 0, 1)
    yield case("no shift at all", 0, 0)


@shift_kernel.mistake(
    "The picture moves the opposite way. To move it down, each output must look one row up."
)
def moves_the_opposite_way(dy, dx):
    return reference.shift_kernel(-dy, -dx)


@shift_kernel.mistake("dy and dx have changed places: dy moves along the rows, axis 0.")
def swaps_dy_and_dx(dy, dx):
    return reference.shift_kernel(dx, dy)


@shift_kernel.mistake(
    "You count from the corner of the kernel. No shift at all is its middle, [1, 1]."
)
def counts_from_the_corner(dy, dx):
    w = np.zeros((3, 3))
    w[-dy, -dx] = 1.0
    return w


@shift_kernel.mistake(
    "You count from the corner of the kernel, and to the opposite side. No shift at all is its "
    "middle, [1, 1], and to move the picture down the window looks up."
)
def counts_from_the_corner_the_opposite_way(dy, dx):
    w = np.zeros((3, 3))
    w[dy, dx] = 1.0
    return w


@shift_kernel.mistake(
    "The unmoved picture shows through: the middle of the kernel must be 0 when the picture moves."
)
def keeps_the_unmoved_picture(dy, dx):
    w = reference.shift_kernel(dy, dx)
    w[1, 1] = 1.0
    return w


# ------------------------------------------------------------------------------ dilate_kernel


@lesson.exercise(
    reference.dilate_kernel,
    hints=(
        "How many pixels from the first tap to the last, if there are KH − 1 distances?",
        "Start from zeros of the large shape. A slice with a step reaches the taps: [::dilation].",
        "out[..., ::dy, ::dx] = w",
    ),
)
def dilate_kernel(rng):
    yield case("one kernel, dilation 2", rng.normal(size=(3, 2)), 2)
    yield case("many kernels, dilation 3", rng.normal(size=(4, 2, 2, 3)), 3)
    yield case("dilation (2, 3)", rng.normal(size=(2, 4, 3)), (2, 3))
    yield case("dilation (3, 1)", rng.normal(size=(5, 2, 3, 4)), (3, 1))
    yield case("dilation 1 changes nothing", rng.normal(size=(2, 3, 4)), 1)


@dilate_kernel.mistake(
    "There is a gap too much: you put dilation zeros between two taps. Taps that stand dilation "
    "apart have dilation − 1 zeros between them."
)
def one_zero_too_many(w, dilation):  # C19
    dy, dx = np.broadcast_to(dilation, 2)
    return reference.dilate_kernel(w, (dy + 1, dx + 1))


@dilate_kernel.mistake("Zeros follow the last tap too. They belong between the taps only.")
def zeros_behind_the_last_tap(w, dilation):
    dy, dx = np.broadcast_to(dilation, 2)
    out = np.zeros((*w.shape[:-2], w.shape[-2] * dy, w.shape[-1] * dx))
    out[..., ::dy, ::dx] = w
    return out


@dilate_kernel.mistake("The weights are repeated. Between two taps stand zeros.")
def repeats_the_weights(w, dilation):
    dy, dx = np.broadcast_to(dilation, 2)
    return w.repeat(dy, axis=-2).repeat(dx, axis=-1)


@dilate_kernel.mistake("Only the columns are spread. The rows are spread too.")
def spreads_the_columns_only(w, dilation):
    return reference.dilate_kernel(w, (1, np.broadcast_to(dilation, 2)[1]))


@dilate_kernel.mistake("A pair is (vertical, horizontal): yours is read the other way round.")
def swaps_the_two_dilations(w, dilation):
    return reference.dilate_kernel(w, tuple(np.broadcast_to(dilation, 2)[::-1]))
