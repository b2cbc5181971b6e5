"""The numerical check of a backward pass: nudge every number, and see what the output does."""

import numpy as np

from . import mlp_checks as check
from .input_checks import checked


@checked(check.same_shape)
def relative_error(a, b):
    """Compare two arrays, whatever their scale.

    a, b: arrays of one shape.  Result: a number; 0 if they are equal, and 0 if both are all zeros.

        relative error = max |a − b| / max(max |a|, max |b|)

    Each max runs over the whole array.  Below 1e-6 a gradient is right; above 1e-3 it is wrong.

    >>> round(float(relative_error(np.array([1.0, 100.0]), np.array([2.0, 100.0]))), 4)
    0.01
    """
    largest = max(np.abs(a).max(), np.abs(b).max())
    return np.abs(a - b).max() / largest if largest != 0 else 0.0


@checked(check.gradient_check)
def gradient_check(forward, backward, inputs, h=1e-5):
    """Compare the gradients of a layer with numerical ones, for any layer of this course.

    forward(*inputs) returns an array of any shape, or a number.
    backward(dout, *inputs) returns one gradient for each input: a tuple in the order of the inputs,
    or the gradient alone where there is one input.
    inputs: list of float arrays; they are left as they were.  h: how far each number is nudged.
    Result: the largest relative_error over all inputs.

    The loss is L = Σ dout · forward(*inputs), with an array dout of the output's shape.  Choose
    dout once, with numbers that differ: a dout of ones is blind to many mistakes.  Numerically,

        dL/dx[i] ≈ Σ dout · (forward with x[i] + h − forward with x[i] − h) / (2h)

    Fix everything that has no gradient with a lambda, such as labels or a stride:

    >>> def forward(x): return x ** 2
    >>> def backward(dout, x): return dout * 2 * x
    >>> bool(gradient_check(forward, backward, [np.array([1.0, -3.0])]) < 1e-8)
    True
    """
    dout = np.random.default_rng(0).normal(size=np.shape(forward(*inputs)))
    gradients = backward(dout, *inputs)
    if not isinstance(gradients, tuple):
        gradients = (gradients,)
    if len(gradients) != len(inputs):
        raise ValueError(f"{len(inputs)} inputs, but backward returns {len(gradients)} gradients")
    errors = []
    for position, gradient in enumerate(gradients):
        moved = [x.copy() for x in inputs]
        x = moved[position]
        numerical = np.zeros(x.shape)
        for place in np.ndindex(x.shape):
            kept = x[place]
            x[place] = kept + h
            above = forward(*moved)
            x[place] = kept - h
            below = forward(*moved)
            x[place] = kept
            numerical[place] = np.sum(dout * (above - below)) / (2 * h)
        errors.append(relative_error(gradient, numerical))
    return np.max(errors)  # nan where one is nan
