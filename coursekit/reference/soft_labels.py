"""Targets that are not all or nothing: label smoothing, and the loss that takes them.

Source of label smoothing: Szegedy et al., "Rethinking the Inception architecture for computer
vision", 2016.
"""

import numpy as np

from . import regularization_checks as check
from .input_checks import checked
from .losses import softmax


@checked(check.smoothing)
def smooth_labels(labels, classes, epsilon):
    """Turn class numbers into smoothed targets.

    labels: (N,), whole numbers 0 … K − 1; classes: K; epsilon: the share taken from the right
    class, in [0, 1].

        target[n, k] = 1 − epsilon          for k = labels[n]
        target[n, k] = epsilon / (K − 1)    for every other class

    Result: (N, K), floats; each row sums to 1.

    >>> smooth_labels(np.array([2]), 3, 0.2)
    array([[0.1, 0.1, 0.8]])
    """
    targets = np.full((len(labels), classes), epsilon / (classes - 1))
    targets[np.arange(len(labels)), labels] = 1 - epsilon
    return targets


@checked(check.soft_targets)
def soft_cross_entropy(logits, targets):
    """Compute the cross-entropy of a batch for soft targets, averaged over its examples.

    logits: (N, K), raw scores; targets: (N, K), each row sums to 1.

        loss = −(1/N) Σ_n Σ_k targets[n, k] · log p[n, k]     with p = softmax(logits)

    Large scores are no trouble: logits of 1000 give no inf and no nan.
    Result: a number.

    >>> float(soft_cross_entropy(np.array([[1000.0, 0.0]]), np.array([[0.9, 0.1]])))
    100.0
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(targets * log_p) / len(logits)


@checked(check.soft_targets)
def soft_cross_entropy_gradient(logits, targets):
    """Compute the gradient of ``soft_cross_entropy`` with respect to the logits.

    logits: (N, K); targets: (N, K), each row sums to 1.

        dlogits = (p − targets) / N     with p = softmax(logits)

    Result: (N, K).

    >>> soft_cross_entropy_gradient(np.array([[0.0, 0.0]]), np.array([[0.75, 0.25]]))
    array([[-0.25,  0.25]])
    """
    return (softmax(logits) - targets) / len(logits)


@checked(check.smoothed_loss)
def smoothed_loss(logits, labels, epsilon, training):
    """Compute the loss of a batch, with smoothed labels while training.

    logits: (N, K); labels: (N,); epsilon: as for ``smooth_labels``; training: whether we learn
    from this batch.  While training, the targets are smoothed.  When we measure, they are not: the
    loss of a test must mean the same for every epsilon.
    Result: a number.

    >>> float(smoothed_loss(np.array([[0.0, 1000.0]]), np.array([0]), 0.1, training=False))
    1000.0
    """
    targets = smooth_labels(labels, logits.shape[1], epsilon if training else 0)
    return soft_cross_entropy(logits, targets)
