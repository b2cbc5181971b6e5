"""From scores to probabilities, and from probabilities to a loss and its gradient.

The raw scores of a classifier are called logits: (N, K), one row an example, one column a class.
Labels are the numbers of the right classes: (N,), whole numbers 0 … K − 1.
"""

import numpy as np

from . import mlp_checks as check
from .input_checks import checked


@checked(check.scores)
def softmax(logits):
    """Turn each row of scores into probabilities.

    logits: (N, K); it is left as it was.  Result: (N, K), positive, each row sums to 1.

        p[n, k] = e^logits[n, k] / Σⱼ e^logits[n, j]

    Large scores are no trouble: 1000 or −1000 give no inf and no nan.

    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@checked(check.scores_and_labels)
def cross_entropy(logits, labels):
    """Compute the cross-entropy loss of a batch, averaged over its examples.

    logits: (N, K), raw scores; labels: (N,), the numbers of the right classes.  Result: a number.

        loss = −(1/N) Σ_n log p[n, labels[n]]     with p = softmax(logits)

    Large scores are no trouble: with logits (0, 1000) and label 0 the loss is 1000, not inf.

    >>> round(float(cross_entropy(np.array([[2.0, 1.0, 0.1]]), np.array([0]))), 4)
    0.417
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].mean()


@checked(check.scores_and_labels)
def cross_entropy_gradient(logits, labels):
    """Compute the gradient of ``cross_entropy`` with respect to the logits.

    logits: (N, K); labels: (N,).  Result: (N, K); each row sums to 0.

        dlogits = (p − y) / N     with p = softmax(logits) and y[n, k] = 1 for k = labels[n], else 0

    >>> cross_entropy_gradient(np.array([[0.0, 0.0]]), np.array([0]))
    array([[-0.5,  0.5]])
    """
    gradient = softmax(logits)
    gradient[np.arange(len(labels)), labels] -= 1
    return gradient / len(labels)


@checked(check.scores_and_labels)
def accuracy(logits, labels):
    """Compute the share of examples whose highest score stands in the right class.

    logits: (N, K); labels: (N,), the numbers of the right classes.
    Result: a number from 0 (all wrong) to 1 (all right).

    >>> logits = np.array([[3.0, 1.0], [0.0, 9.0], [2.0, 1.0], [5.0, 7.0]])
    >>> float(accuracy(logits, np.array([0, 1, 1, 1])))
    0.75
    """
    return np.mean(logits.argmax(axis=1) == labels)
