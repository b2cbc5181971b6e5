"""Lesson 01: a neuron that learns, and a learning rate that fades from epoch to epoch."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("01_gradient_descent")


# ------------------------------------------------------------------------ train_linear_neuron


@lesson.exercise(
    reference.train_linear_neuron,
    points=3,
    outputs=("w", "b", "errors"),
    hints=(
        "One epoch is four lines: the outputs, the error, the two slopes, the two steps.",
        "All differences o − t at once are x @ w + b - t, of shape (N,). Which product of x with "
        "them gives one sum for every weight?",
        "dw = x.T @ difference / N and db = difference.mean(). Work out both before you change w.",
    ),
)
def train_linear_neuron(rng):
    def samples(n, d):
        return rng.normal(size=(n, d)), rng.normal(size=n), rng.normal(size=d), float(rng.normal())

    yield case("6 samples, 3 inputs", *samples(6, 3), 0.1, 4)
    yield case("a single epoch", *samples(5, 2), 0.2, 1)
    yield case("a single sample", *samples(1, 3), 0.1, 5)
    yield case("9 samples, 4 inputs", *samples(9, 4), 0.05, 8)
    x = rng.uniform(1, 4, size=(7, 2))
    yield case("sums to learn", x, x.sum(axis=1), np.zeros(2), 0.0, 0.04, 6)


def _train(x, t, w, b, learning_rate, epochs, step):
    """Train with ``step(x, t, w, b, learning_rate)`` in the place of one right epoch."""
    errors = []
    for _ in range(epochs):
        errors.append(0.5 * np.mean((x @ w + b - t) ** 2))
        w, b = step(x, t, w, b, learning_rate)
    return w, b, np.array(errors)


def _slopes(x, t, w, b):
    difference = x @ w + b - t
    return x.T @ difference / len(x), float(np.mean(difference))


@train_linear_neuron.mistake(
    "The slopes are summed over the batch, but the error is a mean. Divide both by N, or the steps "
    "grow with the number of samples."
)
def sums_over_the_batch(x, t, w, b, learning_rate, epochs):  # G7
    w, b, errors = reference.train_linear_neuron(x, t, w, b, learning_rate * len(x), epochs)
    return w, b, errors


@train_linear_neuron.mistake("The slopes are added: the error grows. Subtract them.")
def walks_up(x, t, w, b, learning_rate, epochs):  # G1
    return reference.train_linear_neuron(x, t, w, b, -learning_rate, epochs)


@train_linear_neuron.mistake(
    "The bias's slope is taken after the weights have changed. Work out both slopes first, at the "
    "same place, and then take both steps."
)
def bias_after_weights(x, t, w, b, learning_rate, epochs):  # G13
    def step(x, t, w, b, rate):
        w = w - rate * _slopes(x, t, w, b)[0]
        return w, b - rate * _slopes(x, t, w, b)[1]

    return _train(x, t, w, b, learning_rate, epochs, step)


@train_linear_neuron.mistake(
    "The slopes pile up from epoch to epoch: each step uses the sum of all so far. Start them anew "
    "in every epoch."
)
def slopes_pile_up(x, t, w, b, learning_rate, epochs):  # G14
    sums = [0.0, 0.0]

    def step(x, t, w, b, rate):
        sums[:] = [total + slope for total, slope in zip(sums, _slopes(x, t, w, b), strict=True)]
        return w - rate * sums[0], b - rate * sums[1]

    return _train(x, t, w, b, learning_rate, epochs, step)


@train_linear_neuron.mistake(
    "this takes a step after every single sample: stochastic gradient descent. Here one step a "
    "time is taken, for the mean of the whole batch.",
    convention=True,
)
def step_after_every_sample(x, t, w, b, learning_rate, epochs):
    def step(x, t, w, b, rate):
        for n in range(len(x)):
            dw, db = _slopes(x[n : n + 1], t[n : n + 1], w, b)
            w, b = w - rate * dw, b - rate * db
        return w, b

    return _train(x, t, w, b, learning_rate, epochs, step)


@train_linear_neuron.mistake("The bias never changes. It has a slope too: the mean of o − t.")
def bias_never_learns(x, t, w, b, learning_rate, epochs):
    def step(x, t, w, b, rate):
        return w - rate * _slopes(x, t, w, b)[0], b

    return _train(x, t, w, b, learning_rate, epochs, step)


@train_linear_neuron.mistake(
    "All weights get the bias's slope. Each weight's slope is the difference times its own input x."
)
def forgets_the_input(x, t, w, b, learning_rate, epochs):
    def step(x, t, w, b, rate):
        return w - rate * _slopes(x, t, w, b)[1], b - rate * _slopes(x, t, w, b)[1]

    return _train(x, t, w, b, learning_rate, epochs, step)


@train_linear_neuron.mistake(
    "The errors are taken after each step. Wanted is the error at the start of every epoch, before "
    "anything changes."
)
def errors_after_the_step(x, t, w, b, learning_rate, epochs):
    errors = reference.train_linear_neuron(x, t, w, b, learning_rate, epochs + 1)[2]
    return *reference.train_linear_neuron(x, t, w, b, learning_rate, epochs)[:2], errors[1:]


@train_linear_neuron.mistake("The errors lack the ½. The weights are right.")
def errors_without_the_half(x, t, w, b, learning_rate, epochs):
    w, b, errors = reference.train_linear_neuron(x, t, w, b, learning_rate, epochs)
    return w, b, 2 * errors


@train_linear_neuron.mistake(
    "The errors are summed over the batch. The error is a mean here: divide by N. The weights are "
    "right."
)
def errors_not_averaged(x, t, w, b, learning_rate, epochs):  # G7
    w, b, errors = reference.train_linear_neuron(x, t, w, b, learning_rate, epochs)
    return w, b, len(x) * errors


@train_linear_neuron.mistake(
    "Your function writes into the caller's weights. w = w - … makes a new array."
)
def trains_the_callers_weights(x, t, w, b, learning_rate, epochs):
    trained, b, errors = reference.train_linear_neuron(x, t, w, b, learning_rate, epochs)
    w[:] = trained
    return w, b, errors


@train_linear_neuron.mistake(
    "The bias is left out of the output: o = x @ w + b. It is moved, but it never counts."
)
def bias_left_out_of_the_output(x, t, w, b, learning_rate, epochs):
    errors = []
    for _ in range(epochs):
        difference = x @ w - t
        errors.append(0.5 * np.mean(difference**2))
        w = w - learning_rate * x.T @ difference / len(x)
        b = b - learning_rate * np.mean(difference)
    return w, b, np.array(errors)


# ---------------------------------------------------------------------- decayed_learning_rate


@lesson.exercise(
    reference.decayed_learning_rate,
    hints=(
        "How many epochs are over after 25 steps, with 10 steps in an epoch?",
        "// divides and drops the remainder: 25 // 10 is 2.",
    ),
)
def decayed_learning_rate(rng):
    yield case("in the first epoch", 0.8, 0.5, 7, 10)
    yield case("the first step of the second epoch", 0.8, 0.5, 10, 10)
    yield case("in the third epoch", 0.6, 0.9, 25, 10)
    yield case("the last step of the second epoch", 0.3, 0.7, 15, 8)
    yield case("later", 1.0, float(rng.uniform(0.5, 0.95)), int(rng.integers(31, 40)), 6)


@decayed_learning_rate.mistake(
    "The rate falls at every step, not once an epoch: after one epoch hardly anything would be "
    "left of it."
)
def falls_at_every_step(learning_rate, decay, step, steps_per_epoch):  # G17
    return learning_rate * decay**step


@decayed_learning_rate.mistake(
    "this falls a little at every step, down to the same values at the start of each epoch. Here "
    "it stays the same all through an epoch: drop the remainder with //.",
    convention=True,
)
def falls_smoothly(learning_rate, decay, step, steps_per_epoch):
    return learning_rate * decay ** (step / steps_per_epoch)


@decayed_learning_rate.mistake(
    "The rate falls one epoch too early: during the first epoch it is still learning_rate, with "
    "decay to the power 0."
)
def one_epoch_too_early(learning_rate, decay, step, steps_per_epoch):
    return learning_rate * decay ** (step // steps_per_epoch + 1)


@decayed_learning_rate.mistake(
    "The rate falls once only. After every epoch it is multiplied by decay again: a power."
)
def falls_once(learning_rate, decay, step, steps_per_epoch):
    return learning_rate * decay if step >= steps_per_epoch else learning_rate


@decayed_learning_rate.mistake(
    "You multiply by the number of the epoch. decay belongs to the power of it: decay ** epoch."
)
def times_the_epoch(learning_rate, decay, step, steps_per_epoch):
    return learning_rate * decay * (step // steps_per_epoch)
