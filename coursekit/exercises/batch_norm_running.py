"""Lesson 06: batch normalization at test time."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case
from coursekit.exercises.batch_norm import BATCH, channel_parameters, column, normalize, scaled

lesson = Lesson("06_residual_and_gap")


# ------------------------------------------------------------------------- batch_norm_running


@lesson.exercise(
    reference.batch_norm_running,
    outputs=("mean", "var"),
    hints=(
        "With momentum 0.9, how much of the new value comes from this batch?",
        "The mean is that of the forward pass, one number a channel. The variance is not quite: "
        "x.var has an option ddof, which is taken off the number it divides by.",
        "Build new arrays: mean = momentum * mean + … leaves the caller's array as it was.",
    ),
)
def batch_norm_running(rng):
    def known(channels):
        return rng.normal(size=channels), rng.uniform(0.5, 4, channels)

    yield case("default momentum", *known(3), scaled(rng, (4, 3, 2, 5)))
    yield case("the first batch", np.zeros(2), np.ones(2), rng.normal(3, 2, size=(5, 2, 4, 3)))
    yield case("slow", *known(4), scaled(rng, (3, 4, 5, 2)), momentum=0.99)
    yield case("fast", *known(2), scaled(rng, (6, 2, 1, 3)), momentum=0.3)
    yield case("one image", *known(5), rng.normal(1, 3, size=(1, 5, 2, 3)), momentum=0.8)


def _blend(old, new, momentum):
    return momentum * old + (1 - momentum) * new


@batch_norm_running.mistake(
    "the batch counts with momentum and the old value with 1 − momentum. PyTorch calls it so; in "
    "this course momentum is the share of the old value that is kept.",
    convention=True,
)
def swaps_the_shares(mean, var, x, momentum=0.9):  # D39
    return (
        _blend(mean, x.mean(axis=BATCH), 1 - momentum),
        _blend(var, x.var(axis=BATCH, ddof=1), 1 - momentum),
    )


@batch_norm_running.mistake(
    "the batch's variance divides by M, as in the forward pass. Some libraries do so; here, as in "
    "the first paper and in PyTorch, a running variance divides by M − 1.",
    convention=True,
)
def divides_by_m(mean, var, x, momentum=0.9):  # D35
    return (
        _blend(mean, x.mean(axis=BATCH), momentum),
        _blend(var, x.var(axis=BATCH), momentum),
    )


@batch_norm_running.mistake(
    "Only the last batch is left: what was known before is overwritten. Keep the share momentum "
    "of it."
)
def overwrites(mean, var, x, momentum=0.9):  # D40
    return x.mean(axis=BATCH), x.var(axis=BATCH, ddof=1)


@batch_norm_running.mistake(
    "You keep the standard deviation under the name of the variance. Near 1 nobody notices; "
    "elsewhere the scale at test time is wrong."
)
def keeps_the_deviation(mean, var, x, momentum=0.9):  # D41
    return _blend(mean, x.mean(axis=BATCH), momentum), _blend(
        var, x.std(axis=BATCH, ddof=1), momentum
    )


@batch_norm_running.mistake(
    "the batch counts with momentum, the old value with 1 − momentum, and the variance divides by "
    "M. Here momentum is the share of the old value, and a running variance divides by M − 1.",
    convention=True,
)
def swaps_the_shares_and_divides_by_m(mean, var, x, momentum=0.9):  # D39
    return (
        _blend(mean, x.mean(axis=BATCH), 1 - momentum),
        _blend(var, x.var(axis=BATCH), 1 - momentum),
    )


@batch_norm_running.mistake(
    "Only the last batch is left: what was known before is overwritten. Keep the share momentum "
    "of it. (And divide the variance by M − 1.)"
)
def overwrites_and_divides_by_m(mean, var, x, momentum=0.9):  # D40
    return x.mean(axis=BATCH), x.var(axis=BATCH)


@batch_norm_running.mistake(
    "You keep the standard deviation under the name of the variance, so the scale at test time is "
    "wrong. (And divide the variance by M − 1.)"
)
def keeps_the_deviation_of_m(mean, var, x, momentum=0.9):  # D41
    return _blend(mean, x.mean(axis=BATCH), momentum), _blend(var, x.std(axis=BATCH), momentum)


@batch_norm_running.mistake("The variance stays as it was: both statistics must be brought along.")
def forgets_the_variance(mean, var, x, momentum=0.9):
    return _blend(mean, x.mean(axis=BATCH), momentum), var.copy()


@batch_norm_running.mistake(
    "The batch is added in full. The two shares, momentum and 1 − momentum, make 1 together."
)
def adds_the_whole_batch(mean, var, x, momentum=0.9):
    return momentum * mean + x.mean(axis=BATCH), momentum * var + x.var(axis=BATCH, ddof=1)


@batch_norm_running.mistake("You always keep the share 0.9. Keep the share momentum that is given.")
def fixes_the_momentum(mean, var, x, momentum=0.9):
    return _blend(mean, x.mean(axis=BATCH), 0.9), _blend(var, x.var(axis=BATCH, ddof=1), 0.9)


def _around(center, x):
    """Return the variance of x that is measured from ``center``, divided by M − 1."""
    return ((x - column(center)) ** 2).sum(axis=BATCH) / (x.size / x.shape[1] - 1)


@batch_norm_running.mistake(
    "The batch's variance is measured from the running mean, brought up to date just before. "
    "Measure it from the mean of this batch."
)
def measures_from_the_new_mean(mean, var, x, momentum=0.9):
    mean = _blend(mean, x.mean(axis=BATCH), momentum)
    return mean, _blend(var, _around(mean, x), momentum)


@batch_norm_running.mistake(
    "The batch's variance is measured from the old running mean. Measure it from the mean of this "
    "batch."
)
def measures_from_the_old_mean(mean, var, x, momentum=0.9):
    return _blend(mean, x.mean(axis=BATCH), momentum), _blend(var, _around(mean, x), momentum)


@batch_norm_running.mistake(
    "The results are right, but your function writes into the caller's arrays. Make new ones: "
    "*= and += work in place."
)
def updates_in_place(mean, var, x, momentum=0.9):
    mean *= momentum
    mean += (1 - momentum) * x.mean(axis=BATCH)
    var *= momentum
    var += (1 - momentum) * x.var(axis=BATCH, ddof=1)
    return mean, var


# ----------------------------------------------------------------------- batch_norm_inference


@lesson.exercise(
    reference.batch_norm_inference,
    hints=(
        "A single image comes in, alone. Which statistics can you still trust?",
        "Nothing is averaged here: mean and var are given, one number a channel.",
        "mean[:, None, None] has the shape (C, 1, 1) and broadcasts over N, H and W.",
    ),
)
def batch_norm_inference(rng):
    def known(channels):
        return (
            *channel_parameters(rng, channels),
            rng.normal(size=channels),
            rng.uniform(2, 9, channels),
        )

    yield case("a batch", scaled(rng, (4, 3, 2, 5)), *known(3))
    yield case("one image", rng.normal(size=(1, 2, 4, 3)), *known(2))
    yield case("one pixel", rng.normal(size=(1, 4, 1, 1)), *known(4), eps=0.5)
    still = np.array([0.3, -2.0]), np.array([1e-4, 0.0])
    x = rng.normal(size=(2, 2, 3, 5))
    yield case("a channel that never varied", x, *channel_parameters(rng, 2), *still, eps=1e-3)


@batch_norm_inference.mistake(
    "You normalize with the statistics of this batch. Then the answer for an image depends on its "
    "neighbours, and a single pixel always gives beta. Use the mean and var that are given."
)
def statistics_of_the_batch(x, gamma, beta, mean, var, eps=1e-5):  # D38
    return normalize(x, gamma, beta, eps)


@batch_norm_inference.mistake(
    "You divide by var as if it were a standard deviation. Its root is missing."
)
def variance_as_deviation(x, gamma, beta, mean, var, eps=1e-5):  # D41
    return column(gamma) * (x - column(mean)) / (column(var) + eps) + column(beta)


@batch_norm_inference.mistake("eps is missing: a channel that never varied divides by 0.")
def forgets_eps(x, gamma, beta, mean, var, eps=1e-5):  # D36
    with np.errstate(invalid="ignore", divide="ignore"):
        return column(gamma) * (x - column(mean)) / np.sqrt(column(var)) + column(beta)


@batch_norm_inference.mistake("eps belongs inside the root: √(var + eps), not √var + eps.")
def adds_eps_to_the_root(x, gamma, beta, mean, var, eps=1e-5):
    deviation = np.sqrt(column(var)) + eps
    return column(gamma) * (x - column(mean)) / deviation + column(beta)


@batch_norm_inference.mistake("You always take eps = 1e-5. Take the eps that is given.")
def fixes_eps(x, gamma, beta, mean, var, eps=1e-5):
    return column(gamma) * (x - column(mean)) / np.sqrt(column(var) + 1e-5) + column(beta)


@batch_norm_inference.mistake("gamma and beta are missing. They belong to the layer at all times.")
def forgets_gamma_and_beta(x, gamma, beta, mean, var, eps=1e-5):
    return (x - column(mean)) / np.sqrt(column(var) + eps)


@batch_norm_inference.mistake("The running mean is not taken off: (x − mean) / √(var + eps).")
def keeps_the_mean(x, gamma, beta, mean, var, eps=1e-5):
    return column(gamma) * x / np.sqrt(column(var) + eps) + column(beta)


@batch_norm_inference.mistake(
    "The result is right, but mean and var have changed. Looking at an image must not teach the "
    "layer anything: statistics are learned in training only."
)
def learns_while_testing(x, gamma, beta, mean, var, eps=1e-5):  # D42
    out = column(gamma) * (x - column(mean)) / np.sqrt(column(var) + eps) + column(beta)
    mean[...] = _blend(mean, x.mean(axis=BATCH), 0.9)
    var[...] = _blend(var, x.var(axis=BATCH), 0.9)
    return out
