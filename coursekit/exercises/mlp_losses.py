"""Lesson 02, fourth part: from scores to probabilities, to a loss, and to its gradient."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("02_mlp_backprop")


def _one_hot(labels, classes):
    return np.eye(classes)[labels]


# ------------------------------------------------------------------------------------ softmax


@lesson.exercise(
    reference.softmax,
    hints=(
        "Each row is one example. Along which axis must the probabilities sum to 1?",
        "keepdims=True keeps the sums as a column, so that each row is divided by its own sum.",
        "e¹⁰⁰⁰ is too large to hold. Does the result change when the same number is subtracted "
        "from all scores of a row? Then subtract the row's largest.",
    ),
)
def softmax(rng):
    yield case("small scores", np.array([[2.0, 1.0, 0.1], [0.0, 0.0, 0.0]]))
    yield case("a batch", rng.normal(scale=2, size=(5, 4)))
    yield case("a single row", rng.normal(size=(1, 3)))
    yield case("scores of 1000", np.array([[1000.0, 1001.0, 998.0], [999.0, 1000.0, 1000.0]]))
    yield case("scores of −1000", np.array([[-1000.0, -1001.0], [-1002.0, -1000.0]]))
    yield case("rows far apart", np.array([[1000.0, 1001.0], [-1000.0, -1002.0], [0.0, 1.0]]))
    yield case("rows farther apart", np.array([[2000.0, 2002.0, 2001.0], [1.0, 2.0, 4.0]]))
    yield case("scores far apart in one row", np.array([[0.0, 1000.0, -1000.0]]))


@softmax.mistake(
    "exp overflows for large scores. Subtract each row's largest score first: it cancels in the "
    "fraction."
)
def overflows_for_large_scores(logits):  # M11
    with np.errstate(all="ignore"):
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


@softmax.mistake(
    "You subtracted the largest score of the whole batch. A row far below it then becomes 0 / 0. "
    "Every row needs its own largest."
)
def subtracts_the_maximum_of_all(logits):
    with np.errstate(all="ignore"):
        powers = np.exp(logits - logits.max())
        return powers / powers.sum(axis=1, keepdims=True)


@softmax.mistake(
    "Your columns sum to 1, and the rows must. Axis 0 runs over the examples, axis 1 over the "
    "classes."
)
def over_the_columns(logits):  # M12
    return reference.softmax(logits.T).T


@softmax.mistake(
    "The whole batch sums to 1. Each row is an example of its own: divide it by its own sum."
)
def over_everything(logits):
    return reference.softmax(logits.reshape(1, -1)).reshape(logits.shape)


@softmax.mistake(
    "You squeezed each score by itself, with a sigmoid. Softmax weighs the scores of a row against "
    "each other, so that they sum to 1."
)
def sigmoid_of_each(logits):
    return reference.sigmoid(logits)


@softmax.mistake("The exponents are negative: your highest score gets the lowest probability.")
def lowest_score_wins(logits):
    return reference.softmax(-logits)


@softmax.mistake(
    "Your function writes into logits, which are the caller's. Subtract into a new array: "
    "logits − maximum."
)
def changes_the_logits(logits):  # M22
    logits -= logits.max(axis=1, keepdims=True)
    return reference.softmax(logits)


@softmax.mistake(
    "The powers are not divided yet. Each row is divided by its own sum, so that it sums to 1."
)
def not_divided(logits):
    return np.exp(logits - logits.max(axis=1, keepdims=True))


@softmax.mistake(
    "You divided the scores themselves by their sum. Scores may be negative: make powers of e of "
    "them first."
)
def divides_the_scores(logits):
    with np.errstate(all="ignore"):
        return logits / logits.sum(axis=1, keepdims=True)


# ------------------------------------------------------------------------------ cross_entropy


def _scores(rng, n, k, scale=2.0):
    labels = rng.integers(0, k, size=n)
    labels[:2] = (0, k - 1)[: min(n, 2)]
    return rng.normal(scale=scale, size=(n, k)), labels


@lesson.exercise(
    reference.cross_entropy,
    points=2,
    hints=(
        "From each row you need one probability only: that of the right class.",
        "log_p[np.arange(N), labels] takes from row 0 the entry labels[0], from row 1 labels[1] …",
        "log(softmax) = logits − maximum − log(Σ exp(logits − maximum)). Written so, nothing "
        "becomes 0 before the logarithm.",
    ),
)
def cross_entropy(rng):
    yield case("one example", np.array([[2.0, 1.0, 0.1]]), np.array([0]))
    yield case("5 examples, 4 classes", *_scores(rng, 5, 4))
    yield case("3 examples, 6 classes", *_scores(rng, 3, 6))
    yield case("sure and wrong", np.array([[0.0, 1000.0], [3.0, 1.0]]), np.array([0, 1]))
    yield case(
        "very sure and wrong",
        np.array([[-900.0, 900.0, 0.0], [0.0, 1.0, 2.0], [800.0, 0.0, 1.0]]),
        np.array([0, 2, 1]),
    )


def _log_p(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@cross_entropy.mistake(
    "A probability became 0, and log 0 is −inf. Compute the logarithm from the scores: "
    "logits − maximum − log Σ exp(logits − maximum)."
)
def logarithm_of_zero(logits, labels):  # M14
    with np.errstate(all="ignore"):
        p = reference.softmax(logits)
        return -np.log(p[np.arange(len(labels)), labels]).mean()


@cross_entropy.mistake(
    "You added 1e-12 inside the logarithm. That avoids inf, but the loss of a sure mistake then "
    "stops at 27.6. Compute the logarithm from the scores, and nothing needs to be added."
)
def adds_a_small_number(logits, labels):  # M14
    p = reference.softmax(logits)
    return -np.log(p[np.arange(len(labels)), labels] + 1e-12).mean()


@cross_entropy.mistake(
    "The softmax is applied twice. Even a perfect answer then keeps a loss: 0.5514 with 3 classes. "
    "The loss takes raw scores."
)
def softmax_twice(logits, labels):  # M13
    return reference.cross_entropy(reference.softmax(logits), labels)


@cross_entropy.mistake(
    "You divided by N · K. Each example gives one number, however many classes there are: the mean "
    "is over N."
)
def mean_over_classes_too(logits, labels):  # M18
    return reference.cross_entropy(logits, labels) / logits.shape[1]


@cross_entropy.mistake("That is the sum over the batch. The loss is the mean over its examples.")
def sum_for_mean(logits, labels):
    return reference.cross_entropy(logits, labels) * len(labels)


@cross_entropy.mistake(
    "The minus sign is missing: logarithms of probabilities are negative, and a loss is not."
)
def minus_missing(logits, labels):
    return -reference.cross_entropy(logits, labels)


@cross_entropy.mistake(
    "log_p[:, labels] takes these columns from every row. To take one entry from each row, give "
    "both places: log_p[np.arange(N), labels]."
)
def columns_from_every_row(logits, labels):
    return -_log_p(logits)[:, labels].mean()


@cross_entropy.mistake(
    "that is the loss in bits, with the logarithm to base 2. This course uses the natural "
    "logarithm.",
    convention=True,
)
def in_bits(logits, labels):
    return reference.cross_entropy(logits, labels) / np.log(2)


@cross_entropy.mistake(
    "You took the logarithm of the scores. They are no probabilities and may be negative: softmax "
    "comes first."
)
def logarithm_of_the_scores(logits, labels):
    with np.errstate(all="ignore"):
        return -np.log(logits[np.arange(len(labels)), labels]).mean()


# --------------------------------------------------------------------- cross_entropy_gradient


@lesson.exercise(
    reference.cross_entropy_gradient,
    points=2,
    hints=(
        "Raise the score of the right class by a little: the loss falls. Raise another: it rises. "
        "Which signs does that give?",
        "Start from p = softmax(logits). In each row, subtract 1 at one place.",
        "gradient[np.arange(N), labels] -= 1, then divide everything by N.",
    ),
)
def cross_entropy_gradient(rng):
    yield case("one example", np.array([[2.0, 1.0, 0.1]]), np.array([1]))
    yield case("5 examples, 4 classes", *_scores(rng, 5, 4))
    yield case("3 examples, 6 classes", *_scores(rng, 3, 6))
    yield case("4 examples, 2 classes", *_scores(rng, 4, 2))
    yield case(
        "large scores", np.array([[0.0, 1000.0, 999.0], [1000.0, 0.0, 1.0]]), np.array([2, 1])
    )


@cross_entropy_gradient.mistake(
    "The one-hot part is missing: from the probability of the right class, 1 is subtracted. Each "
    "row then sums to 0."
)
def nothing_subtracted(logits, labels):  # M15
    return reference.softmax(logits) / len(labels)


@cross_entropy_gradient.mistake("The sign is turned: it is p − y, and yours is y − p.")
def y_minus_p(logits, labels):  # M16
    return -reference.cross_entropy_gradient(logits, labels)


@cross_entropy_gradient.mistake(
    "You multiplied by p · (1 − p), a slope that is in p − y already. Where the network is sure, "
    "nothing would be left to learn from."
)
def slope_once_more(logits, labels):  # M17
    p = reference.softmax(logits)
    return reference.cross_entropy_gradient(logits, labels) * p * (1 - p)


@cross_entropy_gradient.mistake(
    "You carried p − y back through the softmax once more. p − y is the gradient of the logits "
    "already."
)
def softmax_backward_once_more(logits, labels):  # M17
    p, dp = reference.softmax(logits), reference.cross_entropy_gradient(logits, labels)
    return p * (dp - (dp * p).sum(axis=1, keepdims=True))


@cross_entropy_gradient.mistake(
    "The loss is a mean over the batch, so its gradient is divided by N. Yours belongs to the sum."
)
def not_divided_by_n(logits, labels):
    return reference.cross_entropy_gradient(logits, labels) * len(labels)


@cross_entropy_gradient.mistake("You divided by N · K. The mean is over the N examples only.")
def divided_by_classes_too(logits, labels):  # M18
    return reference.cross_entropy_gradient(logits, labels) / logits.shape[1]


@cross_entropy_gradient.mistake(
    "gradient[:, labels] −= 1 subtracts in every row. To reach one entry of each row, give both "
    "places: [np.arange(N), labels]."
)
def subtracts_in_every_row(logits, labels):
    gradient = reference.softmax(logits)
    gradient[:, labels] -= 1
    return gradient / len(labels)


@cross_entropy_gradient.mistake(
    "You subtracted the label itself, the number of a class. Subtract 1 at that place, and nothing "
    "elsewhere."
)
def subtracts_the_label(logits, labels):
    return (reference.softmax(logits) - labels[:, None]) / len(labels)


@cross_entropy_gradient.mistake(
    "The softmax runs over the columns. Each row is an example: its probabilities sum to 1."
)
def softmax_over_columns(logits, labels):  # M12
    p = reference.softmax(logits.T).T
    return (p - _one_hot(labels, logits.shape[1])) / len(labels)


# ----------------------------------------------------------------------------------- accuracy


@lesson.exercise(
    reference.accuracy,
    hints=(
        "Which class does the network name for an example? The one with the highest score: where "
        "does it stand in the row?",
        "logits.argmax(axis=1) == labels is True where the answer is right. The mean of True and "
        "False is the share of True.",
    ),
)
def accuracy(rng):
    yield case("3 of 4 are right", np.eye(5)[[0, 1, 2, 3]], np.array([0, 1, 2, 4]))
    for label, n, k in (
        ("8 examples, 3 classes", 8, 3),
        ("5 examples, 7 classes", 5, 7),
        ("20 examples, 2 classes", 20, 2),
    ):
        logits = rng.normal(size=(n, k))
        labels = logits.argmax(axis=1)
        wrong = rng.permutation(n)[: 2 if n < 10 else 6]
        labels[wrong] = (labels[wrong] + 1) % k
        yield case(label, logits, labels)


@accuracy.mistake(
    "You looked for the highest score in each column. An example is a row: argmax(axis=1)."
)
def looks_down_the_columns(logits, labels):  # M25
    pairs = zip(logits.argmax(axis=0), labels, strict=False)
    return np.mean([named == label for named, label in pairs])


@accuracy.mistake(
    "You compared a table of 0 and 1 with class numbers, so each of the K columns voted. Compare "
    "the place of the highest score, argmax(axis=1), with the label."
)
def compares_one_hot_with_numbers(logits, labels):  # M25
    one_hot = _one_hot(logits.argmax(axis=1), logits.shape[1])
    return np.mean(one_hot == labels[:, None])


@accuracy.mistake(
    "You compared one-hot labels with class numbers. Compare the label itself with argmax(axis=1)."
)
def compares_numbers_with_one_hot(logits, labels):  # M25
    one_hot = _one_hot(labels, logits.shape[1])
    return np.mean(one_hot == logits.argmax(axis=1)[:, None])


@accuracy.mistake("That is the share of wrong answers, the error rate.")
def error_rate(logits, labels):
    return 1 - reference.accuracy(logits, labels)


@accuracy.mistake("You counted the right answers. The accuracy is their share: divide by N.")
def count_for_share(logits, labels):
    return reference.accuracy(logits, labels) * len(labels)


@accuracy.mistake("that is a percentage. The accuracy runs from 0 to 1.", convention=True)
def in_per_cent(logits, labels):
    return 100 * reference.accuracy(logits, labels)


@accuracy.mistake(
    "max gives the highest score itself. Which class it belongs to is its place in the row: "
    "argmax(axis=1)."
)
def compares_scores_with_labels(logits, labels):
    return np.mean(logits.max(axis=1) == labels)
