"""Stop in time, and keep the weights that were best."""

import numpy as np  # noqa: F401 - for the examples

from . import regularization_checks as check
from .input_checks import checked


@checked(check.watched)
def early_stopping(losses, patience):
    """Find the epoch whose weights early stopping keeps.

    losses: the validation loss of each epoch, counted from 0; patience: whole number ≥ 1.
    The best epoch is the one with the lowest loss so far (the first one, if several have it).
    Training stops as soon as ``patience`` epochs in a row have passed without a loss lower than
    the best so far.  What comes later is never seen.  Without such a stop, it runs to the end.
    Result: int, the best epoch when training stops.

    >>> early_stopping([5.0, 3.0, 4.0, 4.5, 1.0], patience=2)
    1
    """
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best >= patience:
            break
    return best


@checked(check.kept)
def train_and_keep_best(w, gradient, validation_loss, learning_rate, steps):
    """Go down a slope, and return the weights that were best on other data.

    w: array, where to start; it is left as it was.  gradient: a function, gradient(w) is the
    gradient of the training loss; validation_loss: a function, validation_loss(w) is a number.
    Each of the ``steps`` steps is w ← w − learning_rate · gradient(w).
    Result: array, of all the w on the way (start and end included) the one with the lowest
    validation loss; the first one, if several have it.

    >>> gradient, validation_loss = lambda w: w - 4, lambda w: float(abs(w[0] - 2))
    >>> train_and_keep_best(np.array([0.0]), gradient, validation_loss, 0.5, 3)  # 0, 2, 3, 3.5
    array([2.])
    """
    w = w.copy()
    best, lowest = w.copy(), validation_loss(w)
    for _ in range(steps):
        w -= learning_rate * gradient(w)
        loss = validation_loss(w)
        if loss < lowest:
            best, lowest = w.copy(), loss
    return best
