"""The smallest network that learns: one neuron, whose output is a weighted sum."""

import numpy as np

from . import descent_checks as check
from .input_checks import checked


@checked(check.neuron)
def train_linear_neuron(x, t, w, b, learning_rate, epochs):
    """Train a neuron without an activation function by gradient descent over the whole batch.

    x: array (N, D), one row a sample; t: array (N,), the targets; w: array (D,), the first
    weights; b: number, the first bias; learning_rate: number; epochs: int, one step in each.
    The neuron's output for sample n is o[n] = Σ over d of x[n, d] · w[d] + b.  The error is the
    mean over the batch, and both slopes are taken before anything changes:

        E = 1/N Σₙ ½ (t[n] − o[n])²
        ∂E/∂w[d] = 1/N Σₙ (o[n] − t[n]) · x[n, d]          ∂E/∂b = 1/N Σₙ (o[n] − t[n])

    Result: the tuple (w, b, errors): the trained weights (D,), the trained bias, and the error E
    at the start of every epoch, (epochs,).

    >>> x, t = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([4.0, 2.0])
    >>> train_linear_neuron(x, t, np.zeros(2), 0.0, learning_rate=0.1, epochs=1)
    (array([0.5, 0.4]), 0.30000000000000004, array([5.]))
    """
    errors = []
    for _ in range(epochs):
        difference = x @ w + b - t
        errors.append(0.5 * np.mean(difference**2))
        dw, db = x.T @ difference / len(x), float(np.mean(difference))
        w, b = w - learning_rate * dw, b - learning_rate * db
    return w, b, np.array(errors)
