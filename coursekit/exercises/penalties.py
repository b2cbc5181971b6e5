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


@l2_penalty.mistake("Only the first layer is counted: is the return inside the loop?")
def first_layer_only(layers, strength):
    return 0.5 * strength * np.sum(layers[0][0] ** 2)


@l2_penalty.mistake(
    "Only the last layer is counted: each one puts its sum in the place of the one before. Add "
    "them: total += …"
)
def last_layer_only(layers, strength):
    return 0.5 * strength * np.sum(layers[-1][0] ** 2)


@l2_penalty.mistake("You square the sum of each layer. First the squares, then the sum.")
def squares_the_sum(layers, strength):
    return 0.5 * strength * sum(np.sum(w) ** 2 for w, b in layers)


@l2_penalty.mistake("The strength is missing: it says how much large weights cost.")
def l2_without_strength(layers, strength):
    return 0.5 * sum(np.sum(w**2) for w, b in layers)


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


@l2_gradient.mistake("db is a single 0 here. Give zeros in the shape of b.")
def one_zero_for_the_biases(layers, strength):
    return [(strength * w, 0.0) for w, b in layers]


@l2_gradient.mistake("Every layer needs a pair (dw, db), also where db is nothing but zeros.")
def without_pairs(layers, strength):
    return [strength * w for w, b in layers]


@l2_gradient.mistake("Those are weights after a step. The gradient is the slope alone.")
def takes_the_step(layers, strength):
    return [(w - strength * w, np.zeros_like(b)) for w, b in layers]


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


@l1_penalty.mistake("Only the first layer is counted: is the return inside the loop?")
def l1_of_the_first_layer(layers, strength):
    return strength * np.sum(np.abs(layers[0][0]))


@l1_penalty.mistake(
    "Only the last layer is counted: each one puts its sum in the place of the one before. Add "
    "them: total += …"
)
def l1_of_the_last_layer(layers, strength):
    return strength * np.sum(np.abs(layers[-1][0]))


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
    pruned = rng.normal(size=(3, 5)) * (np.indices((3, 5)).sum(axis=0) % 2)
    yield case("every second weight is 0", [(pruned, rng.normal(size=5))], 0.6)


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


@l1_gradient.mistake(
    "A weight that is 0 gets −strength: your test w > 0 leaves it to the other side. At the corner "
    "the gradient is 0."
)
def minus_at_zero(layers, strength):
    return [(np.where(w > 0, strength, -strength), np.zeros_like(b)) for w, b in layers]


@l1_gradient.mistake(
    "A weight that is 0 gets +strength: your test w >= 0 takes it in. At the corner the gradient "
    "is 0."
)
def plus_at_zero(layers, strength):
    return [(np.where(w >= 0, strength, -strength), np.zeros_like(b)) for w, b in layers]
