"""Lesson 06: batch normalization, forward and backward."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("06_residual_and_gap")

BATCH = (0, 2, 3)  # the axes N, H and W


def channel_parameters(rng, channels):
    """Return a scale and a shift for each channel, neither of them trivial."""
    return rng.uniform(0.5, 2.0, channels) * rng.choice([-1, 1], channels), rng.normal(
        size=channels
    )


def _batches(rng):
    """Yield (label, x, options): batches that show what a usual one hides."""
    yield "two channels", rng.normal(2.0, 3.0, size=(4, 2, 3, 5)), {}
    yield "channels of different size", scaled(rng, (5, 4, 2, 3)), {"eps": 1e-3}
    yield "one image", rng.normal(size=(1, 3, 4, 2)), {"eps": 0.01}
    yield "one pixel per image", rng.normal(1.0, 2.0, size=(6, 3, 1, 1)), {}
    yield "tiny variance", rng.normal(0.0, 1e-3, size=(3, 2, 5, 4)), {"eps": 1e-5}
    constant = rng.normal(size=(3, 2, 2, 4))
    constant[:, 1] = 0.75
    yield "a channel without variance", constant, {"eps": 1e-4}


def scaled(rng, shape):
    offsets, sizes = rng.normal(0, 20, shape[1]), np.geomspace(0.3, 10, shape[1])
    return rng.normal(size=shape) * sizes[:, None, None] + offsets[:, None, None]


def column(values):
    return values[:, None, None]


def normalize(x, gamma, beta, eps, axes=BATCH, ddof=0):
    mean = x.mean(axis=axes, keepdims=True)
    var = _variance(x, axes, ddof)
    return column(gamma) * (x - mean) / np.sqrt(var + eps) + column(beta)


def _variance(x, axes, ddof=0):
    """Return the variance; ``ddof`` is left out where it would divide by 0."""
    count = np.prod([x.shape[axis] for axis in axes])
    return x.var(axis=axes, keepdims=True, ddof=ddof if count > ddof else 0)


# ------------------------------------------------------------------------- batch_norm_forward


@lesson.exercise(
    reference.batch_norm_forward,
    points=2,
    hints=(
        "Each channel gets one mean and one variance. Over how many numbers, then, are they taken?",
        "x.mean(axis=(0, 2, 3), keepdims=True) has the shape (1, C, 1, 1), so it broadcasts.",
        "gamma has the shape (C,). gamma[:, None, None] stands in the right place to broadcast.",
    ),
)
def batch_norm_forward(rng):
    for label, x, options in _batches(rng):
        yield case(label, x, *channel_parameters(rng, x.shape[1]), **options)


@batch_norm_forward.mistake(
    "Your variance divides by M − 1. Here it divides by M: the batch is not a sample that stands "
    "for something larger, it is what gets normalized."
)
def divides_by_n_minus_1(x, gamma, beta, eps=1e-5):  # D35
    return normalize(x, gamma, beta, eps, ddof=1)


@batch_norm_forward.mistake(
    "eps is missing. Where a channel has the same value everywhere, its variance is 0, and so is "
    "the root that you divide by."
)
def forgets_eps(x, gamma, beta, eps=1e-5):  # D36
    with np.errstate(invalid="ignore", divide="ignore"):
        return normalize(x, gamma, beta, 0.0)


@batch_norm_forward.mistake("eps belongs inside the root: √(var + eps), not √var + eps.")
def adds_eps_to_the_root(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=BATCH, keepdims=True), x.var(axis=BATCH, keepdims=True)
    return column(gamma) * (x - mean) / (np.sqrt(var) + eps) + column(beta)


@batch_norm_forward.mistake(
    "You divide by the variance. To get variance 1, divide by its root, the standard deviation."
)
def divides_by_variance(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=BATCH, keepdims=True), x.var(axis=BATCH, keepdims=True)
    return column(gamma) * (x - mean) / (var + eps) + column(beta)


@batch_norm_forward.mistake(
    "One mean and one variance for all channels together: a loud channel then drowns a quiet one. "
    "Every channel has its own."
)
def mixes_the_channels(x, gamma, beta, eps=1e-5):  # D37
    return normalize(x, gamma, beta, eps, axes=(0, 1, 2, 3))


@batch_norm_forward.mistake(
    "Your statistics are taken over the batch alone, so every pixel has its own. Take them over "
    "N, H and W: a channel is one feature, wherever it is seen."
)
def over_the_batch_only(x, gamma, beta, eps=1e-5):  # D43
    return normalize(x, gamma, beta, eps, axes=(0,))


@batch_norm_forward.mistake(
    "One axis is missing in your statistics: they run over N and H, and every column keeps its own."
)
def misses_the_width(x, gamma, beta, eps=1e-5):
    return normalize(x, gamma, beta, eps, axes=(0, 2))


@batch_norm_forward.mistake(
    "One axis is missing in your statistics: the batch. Each image is normalized by itself, which "
    "is a layer of its own, called instance normalization. Batch normalization runs over N too."
)
def image_by_image(x, gamma, beta, eps=1e-5):
    return normalize(x, gamma, beta, eps, axes=(2, 3))


@batch_norm_forward.mistake("gamma and beta are missing: out = gamma · x̂ + beta.")
def forgets_gamma_and_beta(x, gamma, beta, eps=1e-5):
    return normalize(x, np.ones_like(gamma), np.zeros_like(beta), eps)


@batch_norm_forward.mistake("beta is added before gamma multiplies. First scale x̂, then shift it.")
def shifts_before_scaling(x, gamma, beta, eps=1e-5):
    return column(gamma) * normalize(x, np.ones_like(gamma), beta, eps)


@batch_norm_forward.mistake(
    "The mean is not taken off in the numerator: x̂ = (x − mean) / √(var + eps)."
)
def keeps_the_mean(x, gamma, beta, eps=1e-5):
    return column(gamma) * x / np.sqrt(x.var(axis=BATCH, keepdims=True) + eps) + column(beta)


@batch_norm_forward.mistake("You always take eps = 1e-5. Take the eps that is given.")
def fixes_eps(x, gamma, beta, eps=1e-5):
    return normalize(x, gamma, beta, 1e-5)


# ------------------------------------------------------------------------ batch_norm_backward


@lesson.exercise(
    reference.batch_norm_backward,
    points=3,
    outputs=("dx", "dgamma", "dbeta"),
    hints=(
        "Begin with dbeta and dgamma. Every number of a channel used the same beta: what happens "
        "to gradients that meet?",
        "Moving one x moves x̂ in three ways: directly, by the mean, and by the variance. The "
        "formula for dx has one term for each.",
        "The means in dx run over axis=(0, 2, 3) with keepdims=True, just as in the forward pass.",
    ),
)
def batch_norm_backward(rng):
    for label, x, options in _batches(rng):
        gamma, beta = channel_parameters(rng, x.shape[1])
        dout = rng.normal(0.3, 1.0, size=x.shape)
        yield case(label, dout, x, gamma, beta, **options)


def _parts(x, eps, axes=BATCH, ddof=0):
    """Return (√(var + eps), x̂)."""
    deviation = np.sqrt(_variance(x, axes, ddof) + eps)
    return deviation, (x - x.mean(axis=axes, keepdims=True)) / deviation


def _backward(dout, x, gamma, eps, axes=BATCH, by_mean=1, by_variance=1, ddof=0):
    """Return the gradients, with weights on the two terms that go through the statistics."""
    deviation, normalized = _parts(x, eps, axes, ddof)
    first = dout.mean(axis=axes, keepdims=True)
    product = dout * normalized
    count = x.size / deviation.size
    second = product.sum(axis=axes, keepdims=True) / max(count - ddof, 1)
    dx = column(gamma) / deviation * (dout - by_mean * first - by_variance * normalized * second)
    return dx, product.sum(axis=BATCH), dout.sum(axis=BATCH)


@batch_norm_backward.mistake(
    "dx treats mean and variance as constants. They are made of the same x: moving one x moves "
    "both, and so two terms are missing."
)
def statistics_as_constants(dout, x, gamma, beta, eps=1e-5):  # D44
    return _backward(dout, x, gamma, eps, by_mean=0, by_variance=0)


@batch_norm_backward.mistake(
    "dx treats the variance as a constant. Its term, x̂ · mean(dout · x̂), is missing or comes out "
    "as 0. (First the product, then its mean.)"
)
def variance_as_constant(dout, x, gamma, beta, eps=1e-5):  # D45
    return _backward(dout, x, gamma, eps, by_variance=0)


@batch_norm_backward.mistake("dx treats the mean as a constant. The term mean(dout) is missing.")
def mean_as_constant(dout, x, gamma, beta, eps=1e-5):
    return _backward(dout, x, gamma, eps, by_mean=0)


@batch_norm_backward.mistake(
    "dx sums where it should average: both terms divide by M, the number of values in a channel."
)
def sums_in_dx(dout, x, gamma, beta, eps=1e-5):
    count = x.size // x.shape[1]
    return _backward(dout, x, gamma, eps, by_mean=count, by_variance=count)


@batch_norm_backward.mistake(
    "The term of the variance is added. Both terms are subtracted, for both statistics follow x."
)
def adds_the_third_term(dout, x, gamma, beta, eps=1e-5):
    return _backward(dout, x, gamma, eps, by_variance=-1)


@batch_norm_backward.mistake(
    "gamma / √(var + eps) multiplies dout alone. It stands before the whole bracket, so all three "
    "terms get it."
)
def forgets_the_bracket(dout, x, gamma, beta, eps=1e-5):
    dx, dgamma, dbeta = _backward(dout, x, gamma, eps)
    factor = column(gamma) / _parts(x, eps)[0]
    return factor * dout + (dx / factor - dout), dgamma, dbeta


@batch_norm_backward.mistake(
    "You take the layer's output, gamma · x̂ + beta, where the formulas have x̂ itself."
)
def takes_the_output(dout, x, gamma, beta, eps=1e-5):
    deviation, normalized = _parts(x, eps)
    product = dout * (column(gamma) * normalized + column(beta))
    first, second = (each.mean(axis=BATCH, keepdims=True) for each in (dout, product))
    out = column(gamma) * normalized + column(beta)
    dx = column(gamma) / deviation * (dout - first - out * second)
    return dx, product.sum(axis=BATCH), dout.sum(axis=BATCH)


@batch_norm_backward.mistake("gamma is missing in dx: the way back to x̂ leads through gamma.")
def forgets_gamma(dout, x, gamma, beta, eps=1e-5):  # D46
    return _backward(dout, x, np.ones_like(gamma), eps)


@batch_norm_backward.mistake(
    "dgamma is computed with x. gamma multiplied x̂, the normalized input, and so does its gradient."
)
def dgamma_from_x(dout, x, gamma, beta, eps=1e-5):  # D47
    dx, _, dbeta = _backward(dout, x, gamma, eps)
    return dx, (dout * x).sum(axis=BATCH), dbeta


@batch_norm_backward.mistake(
    "dbeta is averaged. beta was added to every value of its channel, so its gradient is the sum."
)
def averages_dbeta(dout, x, gamma, beta, eps=1e-5):  # D48
    dx, dgamma, _ = _backward(dout, x, gamma, eps)
    return dx, dgamma, dout.mean(axis=BATCH)


@batch_norm_backward.mistake(
    "dgamma and dbeta are averaged. Both are sums: every value of the channel used them."
)
def averages_dgamma_and_dbeta(dout, x, gamma, beta, eps=1e-5):
    dx, dgamma, dbeta = _backward(dout, x, gamma, eps)
    count = x.size // x.shape[1]
    return dx, dgamma / count, dbeta / count


@batch_norm_backward.mistake(
    "These are the exact gradients of a forward pass that divides the variance by M − 1. They "
    "agree with that forward pass, but the one of this lesson divides by M."
)
def gradient_of_n_minus_1(dout, x, gamma, beta, eps=1e-5):  # D35
    return _backward(dout, x, gamma, eps, ddof=1)


@batch_norm_backward.mistake(
    "eps is missing: a channel without variance divides by 0, and every other gradient is a little "
    "too large."
)
def gradient_without_eps(dout, x, gamma, beta, eps=1e-5):  # D36
    with np.errstate(invalid="ignore", divide="ignore"):
        return _backward(dout, x, gamma, 0.0)


@batch_norm_backward.mistake(
    "Your statistics run over the batch alone. Over N, H and W, as in the forward pass."
)
def gradient_over_the_batch_only(dout, x, gamma, beta, eps=1e-5):  # D43
    return _backward(dout, x, gamma, eps, axes=(0,))


@batch_norm_backward.mistake(
    "Your statistics run over one image at a time. Over N, H and W, as in the forward pass."
)
def gradient_image_by_image(dout, x, gamma, beta, eps=1e-5):
    return _backward(dout, x, gamma, eps, axes=(2, 3))


@batch_norm_backward.mistake(
    "dgamma and dbeta keep their axes of length 1. A gradient has the shape of what it belongs to: "
    "(C,)."
)
def keeps_the_axes(dout, x, gamma, beta, eps=1e-5):
    dx, dgamma, dbeta = _backward(dout, x, gamma, eps)
    return dx, dgamma.reshape(1, -1, 1, 1), dbeta.reshape(1, -1, 1, 1)
