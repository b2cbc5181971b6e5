"""Gradient descent: how wrong an answer is, how steep the error is, and a step down.

An error is a number, and it depends on numbers that may be changed.  Its gradient says, for each of
them, how fast the error grows when that number grows.  A step against the gradient makes the error
smaller, if it is short enough.
"""

import numpy as np

from . import descent_checks as check
from .input_checks import checked


@checked(check.pair)
def half_squared_error(output, target):
    """Return the half squared error, one number for all outputs together.

    output: array of any shape; target: array of the same shape.
    A target (N,) also goes with outputs (N, 1): both hold the same N numbers, in one order.
    Result: a number, ≥ 0, with the sum over all outputs:

        E = ½ Σ (target − output)²

    Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors",
    1986.

    >>> half_squared_error(np.array([3.0, 1.0]), np.array([1.0, 2.0]))
    2.5
    """
    difference = np.reshape(target, output.shape) - output
    return 0.5 * float(np.sum(difference**2))


@checked(check.pair)
def half_squared_error_gradient(output, target):
    """Return the slope of the half squared error at every output.

    output: array of any shape; target: array of the same shape, or (N,) for outputs (N, 1).
    Result: array of the shape of output:

        ∂E / ∂output = output − target          where E = ½ Σ (target − output)²

    >>> half_squared_error_gradient(np.array([3.0, 1.0]), np.array([1.0, 2.0]))
    array([ 2., -1.])
    """
    return output - np.reshape(target, output.shape)


@checked(check.same_shapes)
def absolute_error_gradient(output, target):
    """Return the slope of the absolute error E = Σ |target − output| at every output.

    output, target: arrays of one shape.
    Result: float array of that shape: 1 where the output is above its target, −1 where it is below.
    Exactly on the target the curve has a corner and no slope of its own; there the result is 0.

    >>> absolute_error_gradient(np.array([3.0, 1.0, 5.0]), np.array([1.0, 2.0, 5.0]))
    array([ 1., -1.,  0.])
    """
    return np.sign(output - target)


@checked(check.measured_function)
def numerical_gradient(f, x, h=1e-5):
    """Measure the gradient of a function by central differences.

    f: function of an array of the shape of x, returns a number.
    x: array of any shape, of floats or of whole numbers; it is the same after the call as before.
    h: how far to step to each side.
    Result: float array of the shape of x.  With eᵢ = 1 at place i and 0 everywhere else,

        ∂f / ∂xᵢ ≈ (f(x + h·eᵢ) − f(x − h·eᵢ)) / (2h)

    >>> numerical_gradient(lambda x: float(x[0] ** 2 + 3 * x[1]), np.array([2.0, 7.0])).round(6)
    array([4., 3.])
    """
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        here = x[place]
        x[place] = here + h
        above = f(x)
        x[place] = here - h
        below = f(x)
        x[place] = here
        gradient[place] = (above - below) / (2 * h)
    return gradient


@checked(check.descent)
def gradient_descent(gradient, w, learning_rate, steps):
    """Walk down an error: step after step against the gradient, and return the whole path.

    gradient: function of an array of the shape of w, returns the slopes there, of the same shape.
    w: float array, the start, left as it was; learning_rate: number; steps: int, how many to take.
    Result: array (steps + 1, *w.shape): the start first, then w after each step.

        w ← w − learning_rate · gradient(w)

    >>> gradient_descent(lambda w: 2 * w, np.array([4.0]), 0.25, 2)
    array([[4.],
           [2.],
           [1.]])
    """
    path = [w]
    for _ in range(steps):
        w = w - learning_rate * gradient(w)
        path.append(w)
    return np.array(path)


@checked(check.momentum)
def momentum_step(w, gradient, previous_update, learning_rate, momentum):
    """Take one step of gradient descent with momentum.

    w, gradient, previous_update: arrays of one shape: the weights, the slopes of the error there,
    and what the step before added to the weights (zeros before the first step).
    learning_rate: number; momentum: the share of the previous update that is kept, in [0, 1).
    Result: the tuple (w, update): the new weights, and what was added to reach them.

        update = −learning_rate · gradient + momentum · previous_update
        w ← w + update

    Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors",
    1986; the heavy ball of Polyak, 1964.

    >>> momentum_step(np.array([1.0]), np.array([2.0]), np.array([-0.4]), 0.1, 0.5)
    (array([0.6]), array([-0.4]))
    """
    update = -learning_rate * gradient + momentum * previous_update
    return w + update, update


def escape_local_minimum():
    """Choose a learning rate and a momentum that bring the ball into the deeper valley.

    The curve is E(w) = ¼ (w² − 2)² + 0.7 · (2 − w), with the slope E′(w) = w · (w² − 2) − 0.7.
    The ball starts at w = −1.9, at rest, and takes 100 steps of gradient descent with momentum.
    It has to settle at the global minimum, w ≈ 1.56: after each of the last 10 steps it must be
    less than 0.1 away from there.
    Result: the tuple (learning_rate, momentum), with learning_rate > 0 and 0 ≤ momentum < 1.
    """
    return 0.05, 0.9
