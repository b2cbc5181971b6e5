"""Lesson 07, first part: penalties on large weights."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("07_regularization")


def _layers(rng, *shapes):
    """Weights of these shapes, each with a bias for its last axis."""
    return [(rng.normal(size=shape), rng.normal(size=shape[-1])) for shape in shapes]


def _network_cases(rng):
    yield case("one layer", _layers(rng, (3, 4)), 0.3)
    yield case("two layers", _layers(rng, (2, 5), (5, 3)), 0.07)
    yield case("a convolution and a dense layer", _layers(rng, (4, 3, 3, 2), (7, 6)), 1.7)
    weights = np.array([[0.0, -2.0, 5.0], [1.0, 0.0, -0.5]])
    yield case("weights that are 0", [(weights, np.array([3.0, -4.0, 0.0]))], 0.2)


# --------------------------------------------------------------------------------- l2_penalty


@lesson.exercise(
    reference.l2_penalty,
    hints=(
        "The list holds pairs. Which one of each pair is penalised?",
        "for w, b in layers: np.sum(w**2) takes one layer. Add them up; ½ and the strength come "
        "last.",
    ),
)
def l2_penalty(rng):
    yield from _network_cases(rng)


@l2_penalty.mistake(
    "The biases are penalised, too. Leave them out: they only move a function, and make it no "
    "steeper."
)
def penalises_biases(layers, strength):  # D16
    return 0.5 * strength * sum(np.sum(w**2) + np.sum(b**2) for w, b in layers)


@l2_penalty.mistake(
    "The ½ is missing. Many write the penalty without it, and then the gradient has a 2. This "
    "course takes ½, so that the gradient is strength · w.",
    convention=True,
)
def without_the_half(layers, strength):  # D13
    return strength * sum(np.sum(w**2) for w, b in layers)


@l2_penalty.mistake("That is the penalty with absolute values: L1. Here every weight is squared.")
def absolute_for_squares(layers, strength):
    return 0.5 * strength * sum(np.sum(np.abs(w)) for w, b in layers)


@l2_penalty.mistake(
    "You took the mean of the squares in each layer. The penalty is a sum: otherwise a weight of a "
    "large layer would hardly count."
)
def mean_for_sum(layers, strength):
    return 0.5 * strength * sum(np.mean(w**2) for w, b in layers)


@l2_penalty.mistake(
    "You took the root of the sum: that is the length of the weights. The penalty is its square."
)
def root_of_the_sum(layers, strength):
    return 0.5 * strength * np.sqrt(sum(np.sum(w**2) for w, b in layers))


# -------------------------------------------------------------------------------- l2_gradient


@lesson.exercise(
    reference.l2_gradient,
    hints=(
        "What is the slope of ½ · strength · w² at w?",
        "For the biases: np.zeros_like(b). A list comprehension over the pairs gives the list.",
    ),
)
def l2_gradient(rng):
    yield from _network_cases(rng)


@l2_gradient.mistake("A bias has no part in the penalty, so its gradient is 0.")
def decays_biases(layers, strength):  # D16
    return [(strength * w, strength * b) for w, b in layers]


@l2_gradient.mistake(
    "There is a factor 2. It belongs to a penalty without ½; here the penalty is ½ · strength · "
    "Σ w², and penalty and gradient must fit each other."
)
def factor_two(layers, strength):  # D13
    return [(2 * strength * w, np.zeros_like(b)) for w, b in layers]


@l2_gradient.mistake("The ½ is gone in the gradient: the slope of ½ w² is w, not ½ w.")
def keeps_the_half(layers, strength):  # D13
    return [(0.5 * strength * w, np.zeros_like(b)) for w, b in layers]


@l2_gradient.mistake("The sign is turned. The penalty grows when a weight moves away from 0.")
def sign_turned(layers, strength):
    return [(-strength * w, np.zeros_like(b)) for w, b in layers]


@l2_gradient.mistake("The square is the penalty itself. Its slope is strength · w.")
def squares_again(layers, strength):
    return [(strength * w**2, np.zeros_like(b)) for w, b in layers]


@l2_gradient.mistake(
    "You divided by the number of weights of each layer. The penalty is a sum, not a mean."
)
def divides_by_size(layers, strength):
    return [(strength * w / w.size, np.zeros_like(b)) for w, b in layers]


# --------------------------------------------------------------------------------- l1_penalty


@lesson.exercise(
    reference.l1_penalty,
    hints=(
        "As for L2, but what takes the place of the square? Is there a ½?",
        "np.abs(w) works on a whole array.",
    ),
)
def l1_penalty(rng):
    yield from _network_cases(rng)


@l1_penalty.mistake("The biases are penalised, too. Only the weights are.")
def l1_penalises_biases(layers, strength):  # D16
    return strength * sum(np.sum(np.abs(w)) + np.sum(np.abs(b)) for w, b in layers)


@l1_penalty.mistake(
    "The absolute values are missing: weights of opposite signs cancel, and the penalty can even "
    "be negative."
)
def signs_cancel(layers, strength):
    return strength * sum(np.sum(w) for w, b in layers)


@l1_penalty.mistake("You took the absolute value of each layer's sum. First |w|, then the sum.")
def absolute_of_the_sum(layers, strength):
    return strength * sum(np.abs(np.sum(w)) for w, b in layers)


@l1_penalty.mistake("There is a ½. It belongs to squares, where it cancels the 2 of the slope.")
def half_for_l1(layers, strength):
    return 0.5 * strength * sum(np.sum(np.abs(w)) for w, b in layers)


@l1_penalty.mistake("Those are squares: L2. L1 sums the absolute values.")
def squares_for_absolute(layers, strength):
    return strength * sum(np.sum(w**2) for w, b in layers)


# -------------------------------------------------------------------------------- l1_gradient


@lesson.exercise(
    reference.l1_gradient,
    hints=(
        "Draw |w|. What is its slope on the right, and on the left? Does it depend on how far?",
        "np.sign gives −1, 0 or 1.",
    ),
)
def l1_gradient(rng):
    yield from _network_cases(rng)


@l1_gradient.mistake(
    "You return strength · w: that is the gradient of L2. The slope of |w| is 1 or −1, however "
    "large w is."
)
def proportional_to_w(layers, strength):  # D17
    return [(strength * w, np.zeros_like(b)) for w, b in layers]


@l1_gradient.mistake("A bias has no part in the penalty, so its gradient is 0.")
def l1_decays_biases(layers, strength):  # D16
    return [(strength * np.sign(w), strength * np.sign(b)) for w, b in layers]


@l1_gradient.mistake("|w| is the penalty, not its slope. Left of 0, |w| falls: the slope is −1.")
def absolute_for_sign(layers, strength):
    return [(strength * np.abs(w), np.zeros_like(b)) for w, b in layers]


@l1_gradient.mistake("The strength is missing: it belongs to the slope as it does to the penalty.")
def strength_missing(layers, strength):
    return [(np.sign(w), np.zeros_like(b)) for w, b in layers]


@l1_gradient.mistake(
    "The sign is turned: a step against your gradient would push the weights away from 0."
)
def l1_sign_turned(layers, strength):
    return [(-strength * np.sign(w), np.zeros_like(b)) for w, b in layers]


# ------------------------------------------------------------------------- penalised_gradient


@lesson.exercise(
    reference.penalised_gradient,
    outputs=("dw", "db"),
    hints=(
        "The whole loss is a sum of two parts. What is the gradient of a sum?",
        "The data's part is the dense layer of lesson 02: x.T @ dout, and the sum of dout over the "
        "batch.",
    ),
)
def penalised_gradient(rng):
    for label, n, d, m, strength in (
        ("4 examples", 4, 3, 5, 0.3),
        ("6 examples", 6, 2, 3, 0.02),
        ("one example", 1, 4, 2, 1.5),
    ):
        arrays = (rng.normal(size=shape) for shape in ((n, m), (n, d), (d, m), m))
        yield case(label, *arrays, strength)


@penalised_gradient.mistake(
    "The penalty is part of the loss, but your gradient has only the data's part: the weights "
    "would never shrink."
)
def penalty_left_out(dout, x, w, b, strength):  # D14
    return x.T @ dout, dout.sum(axis=0)


@penalised_gradient.mistake(
    "The penalty is divided by the batch size N in your gradient. In the loss it is not: it does "
    "not depend on the data."
)
def penalty_divided_by_n(dout, x, w, b, strength):  # D18
    return x.T @ dout + strength * w / len(x), dout.sum(axis=0)


@penalised_gradient.mistake("The bias is pulled to 0, too. Only weights are penalised.")
def bias_decayed(dout, x, w, b, strength):  # D16
    return x.T @ dout + strength * w, dout.sum(axis=0) + strength * b


@penalised_gradient.mistake("The slope of ½ · strength · w² is strength · w, without a 2.")
def doubled(dout, x, w, b, strength):  # D13
    return x.T @ dout + 2 * strength * w, dout.sum(axis=0)


@penalised_gradient.mistake(
    "The penalty is subtracted. The loss is a sum of both parts, so its gradient is, too."
)
def subtracts_the_penalty(dout, x, w, b, strength):
    return x.T @ dout - strength * w, dout.sum(axis=0)


@penalised_gradient.mistake(
    "Everything is divided by N once more. dout comes from a mean over the batch: it holds the "
    "division already."
)
def averages_the_data(dout, x, w, b, strength):
    return x.T @ dout / len(x) + strength * w, dout.mean(axis=0)


# -------------------------------------------------------------------------- weight_decay_step


@lesson.exercise(
    reference.weight_decay_step,
    points=2,
    outputs=("w", "update"),
    hints=(
        "First the gradient of the whole loss: the data's, and the penalty's. Then momentum as in "
        "lesson 01.",
        "update = momentum * previous_update - learning_rate * whole_gradient",
    ),
)
def weight_decay_step(rng):
    for label, shape, rate, momentum, strength in (
        ("in the middle of a descent", (3, 4), 0.1, 0.9, 0.3),
        ("a strong penalty", (5,), 0.4, 0.5, 2.0),
        ("a convolution's weights", (2, 3, 3, 2), 0.02, 0.8, 0.05),
    ):
        arrays = [rng.normal(size=shape) for _ in range(3)]
        yield case(label, *arrays, rate, momentum, strength)
    w, gradient = rng.normal(size=(2, 4, 3))
    yield case("the first step", w, gradient, np.zeros((4, 3)), 0.2, 0.9, 0.6)


@weight_decay_step.mistake(
    "You shrink the weights apart from the update, so that momentum does not see the penalty. That "
    "is decoupled weight decay (as in AdamW). Here the penalty is part of the gradient.",
    convention=True,
)
def decoupled(w, gradient, previous_update, learning_rate, momentum, strength):  # D19
    update = momentum * previous_update - learning_rate * gradient
    return w + update - learning_rate * strength * w, update


@weight_decay_step.mistake(
    "The penalty pushes the weights away from 0: its sign is turned, and they grow from step to "
    "step."
)
def grows(w, gradient, previous_update, learning_rate, momentum, strength):  # D15
    whole = gradient - strength * w
    update = momentum * previous_update - learning_rate * whole
    return w + update, update


@weight_decay_step.mistake("The penalty is missing: the step follows the data's gradient alone.")
def no_decay(w, gradient, previous_update, learning_rate, momentum, strength):  # D14
    update = momentum * previous_update - learning_rate * gradient
    return w + update, update


@weight_decay_step.mistake(
    "The penalty is not multiplied by the learning rate. It is a gradient like the other one."
)
def decay_without_learning_rate(w, gradient, previous_update, learning_rate, momentum, strength):
    update = momentum * previous_update - learning_rate * gradient - strength * w
    return w + update, update


@weight_decay_step.mistake("The slope of ½ · strength · w² is strength · w, without a 2.")
def decays_twice(w, gradient, previous_update, learning_rate, momentum, strength):  # D13
    whole = gradient + 2 * strength * w
    update = momentum * previous_update - learning_rate * whole
    return w + update, update


@weight_decay_step.mistake(
    "The whole step goes uphill. The update is minus the learning rate times the gradient."
)
def climbs(w, gradient, previous_update, learning_rate, momentum, strength):
    update = momentum * previous_update + learning_rate * (gradient + strength * w)
    return w + update, update
