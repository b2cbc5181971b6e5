"""Losses: how wrong the outputs are, as one number, and its gradient.

``forward(outputs, targets)`` returns the mean over the batch; ``backward()`` the gradient of
that mean with respect to the outputs, once for each forward.
"""

import numpy as np

from coursekit.reference import input_checks as check


class Loss:
    """Base of the losses: ``forward`` keeps the gradient for one ``backward``."""

    def __init__(self):
        self._gradient = None

    def forward(self, outputs, targets):
        check.array("outputs", outputs)
        if not outputs.size or not outputs.ndim:
            raise ValueError(
                f"outputs have shape {outputs.shape}, so the batch is empty: "
                "a mean over nothing has no value"
            )
        targets = np.asarray(targets)
        if targets.dtype.kind not in "biuf":
            raise ValueError(f"targets must be numbers, not {targets.dtype}")
        value, self._gradient = self._value_and_gradient(outputs, targets)
        return value

    def backward(self):
        if self._gradient is None:
            raise RuntimeError(f"{type(self).__name__}.backward needs a forward before it")
        gradient, self._gradient = self._gradient, None
        return gradient


class SoftmaxCrossEntropy(Loss):
    """−mean over the batch of Σ target · log softmax(logits).

    outputs: logits (N, K); targets: labels (N,), whole numbers from 0 to K − 1, or one
    distribution over the K classes a sample, (N, K).  Gradient: (softmax − target) / N.

    Raises:
        ValueError: for labels out of range, or targets of another shape.
    """

    def _value_and_gradient(self, logits, targets):
        if logits.ndim != 2:
            raise ValueError(f"logits must have axes (N, K), but their shape is {logits.shape}")
        n, classes = logits.shape
        soft = targets.shape == logits.shape
        if soft:
            targets = targets.astype(logits.dtype, copy=False)
        else:
            # counted through all rows: quicker than pairs of row and column
            places = np.arange(0, n * classes, classes)
            places += self._labels(targets, n, classes)
        logits = self._shifted(logits)
        gradient = np.exp(logits)  # softmax · its sum
        totals = gradient @ np.ones(classes, logits.dtype)
        if soft:
            mass = targets.sum(axis=1)
            value = mass @ np.log(totals) - np.vdot(targets, logits)
            gradient *= (mass / (totals * n))[:, None]
            gradient -= targets / logits.dtype.type(n)
        else:
            value = (np.log(totals) - logits.take(places)).sum()
            gradient /= (totals * n)[:, None]
            gradient.reshape(-1)[places] -= logits.dtype.type(1 / n)
        return float(value) / n, gradient

    @staticmethod
    def _shifted(logits):
        """The logits, moved so that no exp overflows and no row's sum vanishes.

        Each row's maximum becomes 0.  Small logits stay as they are: two looks at all of them
        cost a fraction of a maximum for every row and of one more array.
        """
        least, most = np.minimum.reduce(logits, axis=None), np.maximum.reduce(logits, axis=None)
        if least > -30 and most < 30:  # exp(±30) is far inside float32
            return logits
        return logits - logits.max(axis=1, keepdims=True)

    @staticmethod
    def _labels(targets, n, classes):
        if targets.shape != (n,) or targets.dtype.kind not in "iu":
            raise ValueError(
                f"targets must be {n} whole-number labels or have shape ({n}, {classes}), "
                f"not {targets.dtype} of shape {targets.shape}"
            )
        if np.minimum.reduce(targets) < 0 or np.maximum.reduce(targets) >= classes:
            raise ValueError(
                f"labels must lie in 0 … {classes - 1} for {classes} classes, "
                f"but they run from {targets.min()} to {targets.max()}"
            )
        return targets

    @staticmethod
    def correct(logits, targets):
        """Which samples are right: the largest logit stands at the (likeliest) label."""
        labels = targets if np.ndim(targets) == 1 else np.argmax(targets, axis=1)
        return np.argmax(logits, axis=1) == labels


class MSE(Loss):
    """Mean over the batch of ½ Σ (output − target)².

    outputs: (N, M), or (N,); targets: the same shape, or (N,) for M = 1.
    Gradient: (output − target) / N.
    """

    def _value_and_gradient(self, outputs, targets):
        if targets.size != outputs.size or len(targets) != len(outputs):
            raise ValueError(
                f"targets have shape {targets.shape}, but the outputs have {outputs.shape}"
            )
        difference = outputs - targets.reshape(outputs.shape).astype(outputs.dtype, copy=False)
        n = len(outputs)
        return 0.5 * float(np.vdot(difference, difference)) / n, difference / n

    @staticmethod
    def correct(outputs, targets):
        """Which samples are right, for targets −1 and +1: all signs agree."""
        agree = np.sign(outputs) == np.sign(np.reshape(targets, outputs.shape))
        return agree.reshape(len(outputs), -1).all(axis=1)
