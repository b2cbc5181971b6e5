"""Lesson 09: two classes, one number, and what its mistakes are worth."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("09_face_detector")


def _logits(rng, n, spread=2.0):
    return spread * rng.normal(size=n), rng.choice([-1, 1], size=n)


def _sigmoid(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def _loss_cases(rng):
    yield case("7 crops", *_logits(rng, 7))
    yield case("12 crops", *_logits(rng, 12))
    yield case("one face", np.array([1.5]), np.array([1]))
    yield case("one background", np.array([0.75]), np.array([-1]))
    big = np.array([1000.0, -1000.0, 3.0, 900.0])
    yield case("logits of ±1000", big, np.array([1, -1, -1, -1]))
    yield case("sure, and wrong", np.array([2000.0, 0.5, -1.0]), np.array([-1, 1, -1]))


# ----------------------------------------------------------------------- binary_cross_entropy


@lesson.exercise(
    reference.binary_cross_entropy,
    hints=(
        "For a face with logit 2: p = 1 / (1 + e⁻²) = 0.88, and −log 0.88 = 0.127. Which number "
        "does your function give?",
        "log(1 + exp(z)) overflows for z = 1000, where the answer is 1000. NumPy has a function "
        "for log(exp(a) + exp(b)) that does not.",
        "np.logaddexp(0, z) is log(1 + exp(z)). Which z? −y · logit. Then the mean.",
    ),
)
def binary_cross_entropy(rng):
    yield from _loss_cases(rng)


@binary_cross_entropy.mistake(
    "The losses are summed. Take the mean, so that the loss does not grow with the batch."
)
def sums_the_crops(logits, y):
    return float(np.sum(np.logaddexp(0, -y * logits)))


@binary_cross_entropy.mistake(
    "exp of a large number overflows: for logits of ±1000 the loss is inf or nan. Use np.logaddexp."
)
def overflows(logits, y):
    with np.errstate(over="ignore"):
        return float(np.mean(np.log(1 + np.exp(-y * logits))))


@binary_cross_entropy.mistake(
    "The sign in the exponent is wrong: where y · logit is large, the answer is right and free."
)
def sign_turned(logits, y):
    return float(np.mean(np.logaddexp(0, y * logits)))


@binary_cross_entropy.mistake(
    "y = −1 went into t · log p + (1 − t) · log(1 − p), which is made for t = 0 and 1. "
    "Take t = (y + 1) / 2."
)
def takes_y_for_t(logits, y):
    return float(np.mean(y * np.logaddexp(0, -logits) + (1 - y) * np.logaddexp(0, logits)))


@binary_cross_entropy.mistake("Only the faces are counted. Backgrounds cost −log(1 − p) each.")
def counts_faces_only(logits, y):
    return float(np.mean(np.where(y == 1, np.logaddexp(0, -logits), 0)))


@binary_cross_entropy.mistake(
    "The logarithm is that with base 2. The course uses the natural one.", convention=True
)
def base_two(logits, y):
    return reference.binary_cross_entropy(logits, y) / np.log(2)


# -------------------------------------------------------------- binary_cross_entropy_gradient


@lesson.exercise(
    reference.binary_cross_entropy_gradient,
    hints=(
        "You know this gradient from softmax: probability minus target. What is the target here, "
        "for y = +1 and for y = −1?",
        "t = (y + 1) / 2 is 1 for a face and 0 for none. The loss is a mean: divide by N.",
        "A sigmoid that stays calm at ±1000: 0.5 * (1 + np.tanh(logits / 2)).",
    ),
)
def binary_cross_entropy_gradient(rng):
    yield from _loss_cases(rng)


@binary_cross_entropy_gradient.mistake(
    "You multiply by p (1 − p). p − t is the whole gradient: that slope has cancelled against the "
    "1/p of the logarithm."
)
def slope_twice(logits, y):  # E13
    p = _sigmoid(logits)
    return (p - (y + 1) / 2) * p * (1 - p) / len(y)


@binary_cross_entropy_gradient.mistake("Divide by N: the loss is the mean over the crops.")
def not_divided(logits, y):
    return _sigmoid(logits) - (y + 1) / 2


@binary_cross_entropy_gradient.mistake(
    "The sign is turned: it is p − t. A face with a low logit must get a negative gradient, so "
    "that the step raises it."
)
def target_minus_probability(logits, y):
    return ((y + 1) / 2 - _sigmoid(logits)) / len(y)


@binary_cross_entropy_gradient.mistake(
    "You subtract y = −1 for a background. p lies between 0 and 1, and so must its target: "
    "t = (y + 1) / 2."
)
def subtracts_y(logits, y):
    return (_sigmoid(logits) - y) / len(y)


@binary_cross_entropy_gradient.mistake(
    "That is the gradient of half the squared error, logit − y. Cross-entropy takes the "
    "probability, p = sigmoid(logit)."
)
def squared_error(logits, y):
    return (logits - y) / len(y)


@binary_cross_entropy_gradient.mistake(
    "exp of a large number overflows, and inf / inf is nan. Write the sigmoid so that it holds "
    "for ±1000."
)
def overflows_to_nan(logits, y):
    with np.errstate(over="ignore", invalid="ignore"):
        p = np.exp(logits) / (1 + np.exp(logits))
    return (p - (y + 1) / 2) / len(y)


# --------------------------------------------------------------------------- confusion_matrix


@lesson.exercise(
    reference.confusion_matrix,
    hints=(
        "Which logit has a probability of exactly ½?",
        "Two truth arrays: called = logits > 0, face = y == 1. Then count the four ways to combine "
        "them with & and ~.",
    ),
)
def confusion_matrix(rng):
    for n in (30, 41):
        logits, y = _logits(rng, n, spread=1.0)
        logits[:6] = 0.3, 0.4, 0.2, -0.3, 0.1, -0.2
        y[:6] = 1, -1, -1, -1, 1, 1
        logits[6], y[6] = 0.0, 1  # a probability of ½ is not above ½
        yield case(f"{n} crops", logits, y)
    logits = np.concatenate([rng.uniform(-3, 0.4, 19), [0.3, 0.9]])
    yield case("one face in twenty", logits, np.concatenate([-np.ones(19, int), [-1, 1]]))


def _counts(called, y):
    face = y == 1
    return np.array(
        [
            [np.sum(face & called), np.sum(face & ~called)],
            [np.sum(~face & called), np.sum(~face & ~called)],
        ]
    )


@confusion_matrix.mistake(
    "You compare the logit with 0.5. A logit is not a probability: sigmoid(0) = ½, so compare it "
    "with 0."
)
def logit_above_a_half(logits, y):  # E9
    return _counts(logits > 0.5, y)


@confusion_matrix.mistake(
    "Every probability is above 0, so that everything is called a face. Compare the logit with 0, "
    "or the probability with ½."
)
def probability_above_zero(logits, y):  # E9
    return _counts(_sigmoid(logits) > 0, y)


@confusion_matrix.mistake(
    "Rows and columns have changed places. Here the rows are the truth, the columns the answers.",
    convention=True,
)
def rows_are_answers(logits, y):
    return reference.confusion_matrix(logits, y).T


@confusion_matrix.mistake(
    "Background stands first. Here row 0 and column 0 are the faces.", convention=True
)
def background_first(logits, y):
    return reference.confusion_matrix(logits, y)[::-1, ::-1]


@confusion_matrix.mistake("These are shares. Counts are wanted: don't divide by N.")
def shares(logits, y):
    return reference.confusion_matrix(logits, y) / len(y)


# --------------------------------------------------------------------------- precision_recall


@lesson.exercise(
    reference.precision_recall,
    outputs=("precision", "recall"),
    hints=(
        "Both have the faces found at the top. They differ in what stands below: all that was "
        "called a face (a column), or all faces (a row).",
        "Precision: true positives / (true positives + false positives). "
        "Recall: true positives / (true positives + false negatives).",
        "Nothing called a face: 0 / 0. The docstring says what is wanted then.",
    ),
)
def precision_recall(rng):
    for label in ("some of each", "other counts"):
        a, b, c, d = rng.permutation([3, 8, 13, 29]) + rng.integers(0, 3, 4)
        yield case(label, np.array([[a, b], [c, d]]))
    yield case("one face in twenty", np.array([[4, 1], [2, 93]]))
    yield case("nothing called a face", np.array([[0, 5], [0, 95]]))
    yield case("no faces at all", np.array([[0, 0], [3, 17]]))


def _share(part, whole):
    return float(part / whole) if whole else 1.0


@precision_recall.mistake(
    "Precision and recall have changed places. Precision: of what was called a face. Recall: of "
    "all faces."
)
def swapped(confusion):  # E11
    return reference.precision_recall(confusion)[::-1]


@precision_recall.mistake(
    "The first number is the accuracy. It counts the many backgrounds too: an answer of "
    "“no face” for all gets 95 % where one crop in twenty is a face."
)
def accuracy_for_precision(confusion):  # E10
    right = (confusion[0, 0] + confusion[1, 1]) / confusion.sum()
    return float(right), reference.precision_recall(confusion)[1]


@precision_recall.mistake(
    "The second number is the share of backgrounds that were called so (the specificity). Recall "
    "asks about the faces."
)
def specificity_for_recall(confusion):
    return (
        reference.precision_recall(confusion)[0],
        _share(confusion[1, 1], confusion[1].sum()),
    )


@precision_recall.mistake(
    "You divide by all crops. Precision divides by those called a face, recall by the true faces."
)
def over_all_crops(confusion):
    share = float(confusion[0, 0] / confusion.sum())
    return share, share


@precision_recall.mistake(
    "You computed both for the backgrounds. Row 0 and column 0 are the faces."
)
def reads_backgrounds(confusion):
    return reference.precision_recall(confusion[::-1, ::-1])


@precision_recall.mistake(
    "Where nothing is called a face, or there is none, you return 0. This course takes 1: nothing "
    "said was false, nothing was missed.",
    convention=True,
)
def zero_for_nothing(confusion):
    (found, missed), (false_alarms, _) = confusion
    return (
        float(found / max(found + false_alarms, 1)),
        float(found / max(found + missed, 1)),
    )
