"""Lesson 02, third part: a whole batch at once, through a dense layer and back."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("02_mlp_backprop")


# ------------------------------------------------------------------------------ dense_forward


@lesson.exercise(
    reference.dense_forward,
    hints=(
        "Write the shapes side by side: (N, D) and (D, M) shall become (N, M). Which operation of "
        "NumPy does that?",
        "x @ w, and then NumPy adds b to every row by itself.",
    ),
)
def dense_forward(rng):
    yield case("4 inputs of 3 numbers", *_layer(rng, 4, 3, 5))
    yield case("a single input", *_layer(rng, 1, 5, 2))
    yield case("a single unit", *_layer(rng, 6, 4, 1))


def _layer(rng, n, d, m):
    return rng.normal(size=(n, d)), rng.normal(size=(d, m)), rng.normal(size=m)


@dense_forward.mistake("The bias is missing: b is added to every row of x @ w.")
def bias_missing(x, w, b):
    return x @ w


@dense_forward.mistake("The bias is subtracted. It is added.")
def bias_subtracted(x, w, b):
    return x @ w - b


@dense_forward.mistake(
    "You applied an activation. A dense layer gives the plain sums; the activation is a step of "
    "its own."
)
def applies_relu(x, w, b):
    return np.maximum(x @ w + b, 0)


@dense_forward.mistake(
    "You took the mean over the inputs of a unit. The layer takes the sum, x @ w."
)
def takes_the_mean(x, w, b):
    return x @ w / x.shape[1] + b


# ----------------------------------------------------------------------------- dense_backward


@lesson.exercise(
    reference.dense_backward,
    points=2,
    outputs=("dx", "dw", "db"),
    hints=(
        "A gradient has the shape of what it belongs to. Which product of dout (N, M) and w (D, M) "
        "has the shape (N, D)?",
        "dx = dout @ w.T. For dw (D, M), combine x (N, D) and dout (N, M) so that N is summed "
        "over.",
        "dw = x.T @ dout, and db is dout summed over the examples, axis 0.",
    ),
)
def dense_backward(rng):
    for label, n, d, m in (
        ("4 inputs of 3 numbers, 5 units", 4, 3, 5),
        ("6 inputs, 2 units", 6, 5, 2),
        ("a single input", 1, 4, 3),
        ("a single unit", 5, 2, 1),
    ):
        yield case(label, rng.normal(size=(n, m)), *_layer(rng, n, d, m))


@dense_backward.mistake(
    "db is averaged over the batch. The bias acts in every example, so its gradients are summed; "
    "the loss brings the 1/N along in dout."
)
def db_averaged(dout, x, w, b):  # M8
    dx, dw, db = reference.dense_backward(dout, x, w, b)
    return dx, dw, db / len(x)


@dense_backward.mistake(
    "db has one row for each example. There is one bias for all of them: sum over the batch."
)
def db_not_summed(dout, x, w, b):  # M9
    dx, dw, _ = reference.dense_backward(dout, x, w, b)
    return dx, dw, dout


@dense_backward.mistake(
    "db is summed over the units. Every unit has a bias of its own: sum over the examples, axis 0."
)
def db_over_the_units(dout, x, w, b):
    dx, dw, _ = reference.dense_backward(dout, x, w, b)
    return dx, dw, dout.sum(axis=1)


@dense_backward.mistake(
    "dw and db are divided by N. The mean belongs to the loss, and its 1/N is in dout already: it "
    "must not come twice."
)
def divided_by_n_again(dout, x, w, b):  # M10
    dx, dw, db = reference.dense_backward(dout, x, w, b)
    return dx, dw / len(x), db / len(x)


@dense_backward.mistake(
    "dw is divided by N, db is not. Neither is: the 1/N of the loss is in dout already."
)
def dw_divided_by_n(dout, x, w, b):  # M10
    dx, dw, db = reference.dense_backward(dout, x, w, b)
    return dx, dw / len(x), db


@dense_backward.mistake(
    "dw is transposed: dout.T @ x has the shape (M, D). A gradient has the shape of its array, "
    "(D, M)."
)
def dw_transposed(dout, x, w, b):  # M7
    dx, _, db = reference.dense_backward(dout, x, w, b)
    return dx, dout.T @ x, db


@dense_backward.mistake(
    "In dx the weights were bent into shape with reshape. The way back needs their transpose, w.T."
)
def w_reshaped(dout, x, w, b):  # M6
    _, dw, db = reference.dense_backward(dout, x, w, b)
    return dout @ w.reshape(w.shape[::-1]), dw, db


@dense_backward.mistake(
    "db is one number: you summed over the units as well. Every unit has a bias of its own: sum "
    "over the examples, axis 0."
)
def db_summed_over_all(dout, x, w, b):
    dx, dw, _ = reference.dense_backward(dout, x, w, b)
    return dx, dw, dout.sum()
