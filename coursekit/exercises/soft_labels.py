"""Lesson 07, fourth part: smoothed labels and the loss that takes them."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("07_regularization")


def _targets(rng, n, k):
    """Soft targets without a pattern; each row sums to 1."""
    return rng.dirichlet(np.ones(k), size=n)


# ------------------------------------------------------------------------------ smooth_labels


@lesson.exercise(
    reference.smooth_labels,
    hints=(
        "epsilon is taken from the right class. Among how many others is it shared?",
        "np.full((N, K), value) makes the table. targets[np.arange(N), labels] reaches one entry "
        "of each row.",
    ),
)
def smooth_labels(rng):
    yield case("5 classes, ε = 0.1", np.array([0, 3, 4, 1, 1, 2]), 5, 0.1)
    yield case("3 classes, ε = 0.3", rng.integers(0, 3, 4), 3, 0.3)
    yield case("10 classes, ε = 0.2", rng.integers(0, 10, 7), 10, 0.2)
    yield case("2 classes, ε = 0.05", np.array([1, 0, 1]), 2, 0.05)


def _table(labels, classes, right, others):
    targets = np.full((len(labels), classes), float(others))
    targets[np.arange(len(labels)), labels] = right
    return targets


@smooth_labels.mistake(
    "You give every class epsilon / K, the right one on top of 1 − epsilon. That is how many "
    "libraries smooth. Here epsilon is shared by the K − 1 others only.",
    convention=True,
)
def shared_by_all_classes(labels, classes, epsilon):  # D20
    return _table(labels, classes, 1 - epsilon + epsilon / classes, epsilon / classes)


@smooth_labels.mistake(
    "The right class keeps its 1, so a row sums to more than 1. What the others get must be taken "
    "from it."
)
def right_class_keeps_one(labels, classes, epsilon):  # D21
    return _table(labels, classes, 1, epsilon / classes)


@smooth_labels.mistake(
    "The others have their shares, but nobody gave them: the right class still has its 1. It gives "
    "epsilon away, and keeps 1 − epsilon."
)
def right_class_gives_nothing(labels, classes, epsilon):  # D21
    return _table(labels, classes, 1, epsilon / (classes - 1))


@smooth_labels.mistake(
    "A row sums to less than 1: the others get epsilon / K, but there are only K − 1 of them."
)
def sums_below_one(labels, classes, epsilon):  # D22
    return _table(labels, classes, 1 - epsilon, epsilon / classes)


@smooth_labels.mistake(
    "Every other class gets the whole epsilon. They have to share it: epsilon / (K − 1) each."
)
def epsilon_for_each(labels, classes, epsilon):
    return _table(labels, classes, 1 - epsilon, epsilon)


@smooth_labels.mistake(
    "The right class gets epsilon, and the others share the rest. It is the other way round."
)
def shares_turned_round(labels, classes, epsilon):
    return _table(labels, classes, epsilon, (1 - epsilon) / (classes - 1))


@smooth_labels.mistake("These are one-hot targets: nothing is smoothed.")
def one_hot(labels, classes, epsilon):
    return _table(labels, classes, 1, 0)


@smooth_labels.mistake(
    "This sets whole columns, in every row. Pair each row with its own label: "
    "targets[np.arange(N), labels]."
)
def whole_columns(labels, classes, epsilon):
    targets = np.full((len(labels), classes), epsilon / (classes - 1))
    targets[:, labels] = 1 - epsilon
    return targets


@smooth_labels.mistake(
    "The right class gets epsilon / (K − 1) on top of 1 − epsilon, so a row sums to more than 1. "
    "That share is for the others."
)
def others_share_for_all(labels, classes, epsilon):
    share = epsilon / (classes - 1)
    return _table(labels, classes, 1 - epsilon + share, share)


@smooth_labels.mistake("The others get nothing: what is taken from the right class is lost.")
def nothing_for_the_others(labels, classes, epsilon):
    return _table(labels, classes, 1 - epsilon, 0)


@smooth_labels.mistake(
    "Each label is moved by one: a −1 too many. Labels count from 0, as columns do."
)
def labels_from_one(labels, classes, epsilon):
    return reference.smooth_labels((labels - 1) % classes, classes, epsilon)


# ------------------------------------------------------------------------- soft_cross_entropy


def _score_cases(rng):
    for label, n, k in (("4 examples, 3 classes", 4, 3), ("2 examples, 6 classes", 2, 6)):
        yield case(label, 2 * rng.normal(size=(n, k)), _targets(rng, n, k))
    yield case("one example", 3 * rng.normal(size=(1, 4)), _targets(rng, 1, 4))
    smoothed = reference.smooth_labels(rng.integers(0, 5, 3), 5, 0.1)
    yield case("smoothed labels", 2 * rng.normal(size=(3, 5)), smoothed)
    far = np.array([[1000.0, 0.0, 500.0], [-1000.0, 0.0, 5.0]])
    yield case("large scores", far, _targets(rng, 2, 3))
    far = np.array([[0.0, -2000.0, 7.0, 900.0]])
    yield case("large scores, one example", far, _targets(rng, 1, 4))


def _log_p(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@lesson.exercise(
    reference.soft_cross_entropy,
    points=2,
    hints=(
        "Each class has a share in the target. The loss is the sum of −share · log p over the "
        "classes, and the mean over the examples.",
        "log p = shifted − log Σ e^shifted, with shifted = logits − the largest of each row. So no "
        "logarithm of 0 can come up.",
    ),
)
def soft_cross_entropy(rng):
    yield from _score_cases(rng)


@soft_cross_entropy.mistake(
    "You looked at the likeliest class of each target only. All classes count, each by its share."
)
def hard_labels(logits, targets):
    return reference.cross_entropy(logits, targets.argmax(axis=1))


@soft_cross_entropy.mistake("That is the sum over the batch. The loss is the mean over examples.")
def sum_for_mean(logits, targets):
    return reference.soft_cross_entropy(logits, targets) * len(logits)


@soft_cross_entropy.mistake(
    "You took the mean over the classes, too. Over the classes it is a sum; the mean is over the N "
    "examples."
)
def mean_over_classes(logits, targets):
    return reference.soft_cross_entropy(logits, targets) / logits.shape[1]


@soft_cross_entropy.mistake("The minus sign is missing: logarithms of probabilities are negative.")
def minus_missing(logits, targets):
    return -reference.soft_cross_entropy(logits, targets)


@soft_cross_entropy.mistake(
    "p and target have changed places: the logarithm is taken of p, and the target weighs it."
)
def log_of_the_target(logits, targets):
    return -np.sum(reference.softmax(logits) * np.log(targets)) / len(logits)


@soft_cross_entropy.mistake(
    "Where p becomes 0, its logarithm is −inf. Compute log p from the scores, with the largest of "
    "each row subtracted."
)
def log_of_zero(logits, targets):  # M14
    with np.errstate(all="ignore"):
        return -np.sum(targets * np.log(reference.softmax(logits))) / len(logits)


@soft_cross_entropy.mistake(
    "A small number inside the logarithm keeps it finite, and wrong: the loss never gets above "
    "27.6. Compute log p from the scores."
)
def small_number_inside(logits, targets):
    return -np.sum(targets * np.log(reference.softmax(logits) + 1e-12)) / len(logits)


@soft_cross_entropy.mistake(
    "e to the power of 1000 is inf, and inf / inf is nan. Subtract the largest score of each row "
    "first."
)
def exp_overflows(logits, targets):  # M11
    with np.errstate(all="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return -np.sum(targets * np.log(p)) / len(logits)


@soft_cross_entropy.mistake(
    "Your softmax runs down the batch: columns sum to 1. Each row is one example: axis=1."
)
def softmax_down_the_batch(logits, targets):  # M12
    return -np.sum(targets * _log_p(logits.T).T) / len(logits)


@soft_cross_entropy.mistake(
    "You took the logarithm of Σ target · p. First the logarithm of each p, then the sum."
)
def log_of_the_sum(logits, targets):
    return -np.mean(np.log(np.sum(targets * reference.softmax(logits), axis=1)))


# ---------------------------------------------------------------- soft_cross_entropy_gradient


@lesson.exercise(
    reference.soft_cross_entropy_gradient,
    hints=(
        "For hard labels it was (p − y)/N with y one-hot (lesson 02). What stands in the "
        "place of y?",
        "softmax is at hand. Three terms: p, targets, N.",
    ),
)
def soft_cross_entropy_gradient(rng):
    yield from _score_cases(rng)


@soft_cross_entropy_gradient.mistake(
    "You subtracted a hard 1 at the likeliest class. The loss has soft targets, so its gradient "
    "must have them, too."
)
def hard_gradient(logits, targets):  # D23
    return reference.cross_entropy_gradient(logits, targets.argmax(axis=1))


@soft_cross_entropy_gradient.mistake("The sign is turned: it is p − targets.")
def targets_minus_p(logits, targets):  # M16
    return -reference.soft_cross_entropy_gradient(logits, targets)


@soft_cross_entropy_gradient.mistake(
    "The loss is a mean over the batch, so its gradient is divided by N."
)
def not_divided_by_n(logits, targets):
    return reference.soft_cross_entropy_gradient(logits, targets) * len(logits)


@soft_cross_entropy_gradient.mistake("You divided by N · K. The mean is over the N examples only.")
def divided_by_classes_too(logits, targets):
    return reference.soft_cross_entropy_gradient(logits, targets) / logits.shape[1]


@soft_cross_entropy_gradient.mistake(
    "You subtracted the targets from the scores. First turn the scores into probabilities."
)
def softmax_missing(logits, targets):
    return (logits - targets) / len(logits)


@soft_cross_entropy_gradient.mistake(
    "Without brackets, only the targets are divided by N: write (p - targets) / N."
)
def brackets_missing(logits, targets):
    return reference.softmax(logits) - targets / len(logits)


@soft_cross_entropy_gradient.mistake(
    "Your softmax runs down the batch: columns sum to 1. Each row is one example: axis=1."
)
def gradient_down_the_batch(logits, targets):  # M12
    return (reference.softmax(logits.T).T - targets) / len(logits)


# ------------------------------------------------------------------------------ smoothed_loss


@lesson.exercise(
    reference.smoothed_loss,
    hints=(
        "You have both parts: smooth_labels and soft_cross_entropy. When is epsilon at work?",
        "With epsilon 0, smooth_labels gives one-hot targets.",
    ),
)
def smoothed_loss(rng):
    for label, n, k, epsilon, training in (
        ("training, 4 classes", 5, 4, 0.1, True),
        ("training, 3 classes", 2, 3, 0.4, True),
        ("test, 5 classes", 4, 5, 0.2, False),
        ("test, 4 classes", 3, 4, 0.3, False),
    ):
        logits = 2 * rng.normal(size=(n, k))
        yield case(label, logits, rng.integers(0, k, n), epsilon, training)
    far = np.array([[1000.0, 0.0, 500.0], [-900.0, 0.0, 5.0]])
    yield case("training, large scores", far, np.array([0, 1]), 0.2, True)
    yield case("test, large scores", far, np.array([2, 0]), 0.2, False)


@smoothed_loss.mistake(
    "The labels are smoothed in the test, too. Then even a perfect answer has a loss above 0, and "
    "runs with different epsilon can't be compared."
)
def smooths_the_test(logits, labels, epsilon, training):  # D24
    return reference.smoothed_loss(logits, labels, epsilon, True)


@smoothed_loss.mistake("The labels are never smoothed: epsilon has no effect while training.")
def never_smooths(logits, labels, epsilon, training):
    return reference.cross_entropy(logits, labels)


@smoothed_loss.mistake("training is turned round: smooth while training, and not in the test.")
def smooths_only_the_test(logits, labels, epsilon, training):
    return reference.smoothed_loss(logits, labels, epsilon, not training)


@smoothed_loss.mistake(
    "You multiplied the loss by 1 − epsilon. The share of the other classes is missing."
)
def scales_the_loss(logits, labels, epsilon, training):
    return reference.cross_entropy(logits, labels) * (1 - epsilon if training else 1)


@smoothed_loss.mistake(
    "Where p becomes 0, its logarithm is −inf. soft_cross_entropy computes log p from the scores."
)
def smoothed_log_of_zero(logits, labels, epsilon, training):  # M14
    targets = reference.smooth_labels(labels, logits.shape[1], epsilon if training else 0)
    with np.errstate(all="ignore"):
        return -np.mean(np.sum(targets * np.log(reference.softmax(logits)), axis=1))


@smoothed_loss.mistake(
    "softmax is taken twice. soft_cross_entropy wants raw scores, and does it itself."
)
def softmax_twice(logits, labels, epsilon, training):  # M13
    return reference.smoothed_loss(reference.softmax(logits), labels, epsilon, training)


@smoothed_loss.mistake(
    "You give every class epsilon / K, as many libraries do. Here epsilon is shared by the K − 1 "
    "others, as smooth_labels does it.",
    convention=True,
)
def smoothed_over_all_classes(logits, labels, epsilon, training):  # D20
    k = logits.shape[1]
    return reference.smoothed_loss(logits, labels, epsilon * (k - 1) / k, training)
