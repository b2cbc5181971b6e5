"""Two classes, one number: its loss, its gradient, and what its mistakes are worth."""

import numpy as np

from . import detection_checks as check
from .input_checks import checked


@checked(check.logits_and_targets)
def binary_cross_entropy(logits, y):
    """Return the binary cross-entropy, averaged over the crops.

    logits: (N,); y: (N,), +1 for a face and −1 for none.
    The probability of a face is p = sigmoid(logit).  The loss of a crop is −log p if it is a face,
    and −log(1 − p) if it is none.  In one formula: log(1 + exp(−y · logit)).
    Result: float.  It must be right for logits of ±1000, too.

    >>> round(binary_cross_entropy(np.array([0.0, 2.0]), np.array([-1, 1])), 3)
    0.41
    """
    return float(np.mean(np.logaddexp(0, -y * logits)))


@checked(check.logits_and_targets)
def binary_cross_entropy_gradient(logits, y):
    """Return the gradient of ``binary_cross_entropy`` with respect to the logits.

    logits: (N,); y: (N,), +1 for a face and −1 for none.
    With p = sigmoid(logit), and t = 1 for a face, 0 for none: (p − t) / N.
    Result: (N,).  It must be right for logits of ±1000, too.

    >>> binary_cross_entropy_gradient(np.array([0.0, 1000.0]), np.array([1, 1]))
    array([-0.25,  0.  ])
    """
    p = 0.5 * (1 + np.tanh(logits / 2))  # sigmoid, without exp of a large number
    t = (y + 1) / 2
    return (p - t) / len(logits)


@checked(check.logits_and_targets)
def confusion_matrix(logits, y):
    """Count the right answers and the two kinds of wrong ones.

    logits: (N,); y: (N,), +1 for a face and −1 for none.
    The answer is "face" where sigmoid(logit) is above ½.
    Result: int array (2, 2).  Row 0 are the true faces, row 1 the true backgrounds; column 0 were
    called faces, column 1 backgrounds: [[true positives, false negatives],
    [false positives, true negatives]].

    >>> confusion_matrix(np.array([3.0, -1.0, 0.2, -2.0]), np.array([1, 1, -1, -1]))
    array([[1, 1],
           [1, 1]])
    """
    called, face = logits > 0, y == 1
    return np.array(
        [
            [np.sum(face & called), np.sum(face & ~called)],
            [np.sum(~face & called), np.sum(~face & ~called)],
        ]
    )


@checked(check.confusion)
def precision_recall(confusion):
    """Return (precision, recall) of a confusion matrix.

    confusion: (2, 2), as from ``confusion_matrix``.
    precision: of all that was called a face, which share is one; 1.0 if nothing was called so.
    recall: of all faces, which share was called so; 1.0 if there are none.
    Result: the tuple (precision, recall), floats.

    >>> precision_recall(np.array([[3, 1], [2, 94]]))
    (0.6, 0.75)
    """
    (found, missed), (false_alarms, _) = confusion
    called, faces = found + false_alarms, found + missed
    return (
        float(found / called) if called else 1.0,
        float(found / faces) if faces else 1.0,
    )


@checked(check.groups)
def split_groups(groups, test_fraction, rng):
    """Divide crops into training and test so that no group is in both.

    groups: int array (N,); crops with the same number belong together: cut from the same photo, or
    of the same person.  test_fraction: which share of the *groups* goes to the test, between 0 and
    1, rounded to whole groups.  rng: numpy.random.Generator, the only source of chance.
    Result: the tuple (train, test) of int arrays: the row numbers 0 … N − 1 of the crops, each in
    exactly one of the two.  Which groups are in the test is left to chance.
    """
    names = rng.permutation(np.unique(groups))
    chosen = names[: round(test_fraction * len(names))]
    in_test = np.isin(groups, chosen)
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)
