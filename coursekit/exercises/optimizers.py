"""Lesson 01: steps with a learning rate of its own for every weight."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("01_gradient_descent")


def _weights(rng, *shape):
    """Weights and slopes of both signs; slopes far from 0, where a tiny eps makes no difference."""
    return rng.normal(size=shape), rng.uniform(1, 3, size=shape) * rng.choice([-1, 1], size=shape)


def _squares(rng, *shape):
    return rng.uniform(0.5, 3, size=shape)


# ------------------------------------------------------------------------------- adagrad_step


def _state_cases(rng, states):
    """Labels, inputs and options for a step with a memory of ``states`` arrays."""
    for label, shape, start, options in (
        ("the first step", (3,), True, {}),
        ("a later step", (4,), False, {}),
        ("weights of 2 × 3", (2, 3), False, {}),
        ("a large eps", (3,), False, {"eps": 0.3}),
        ("a larger eps", (2, 2), False, {"eps": 1.0}),
    ):
        memory = [np.zeros(shape) if start else _squares(rng, *shape) for _ in range(states)]
        yield label, (*_weights(rng, *shape), *memory), options


def _adaptive(w, gradient, cache, learning_rate, eps):
    return w - learning_rate * gradient / (np.sqrt(cache) + eps)


@lesson.exercise(
    reference.adagrad_step,
    outputs=("w", "cache"),
    hints=(
        "First the memory, then the step: the new cache is used in the same step.",
        "gradient**2 squares every entry. The root is np.sqrt; eps is added after it.",
    ),
)
def adagrad_step(rng):
    for label, inputs, options in _state_cases(rng, 1):
        yield case(label, *inputs, rng.uniform(0.1, 0.6), **options)


@adagrad_step.mistake("The gradient is added to the memory as it is. Its square belongs there.")
def square_missing(w, gradient, cache, learning_rate, eps=1e-8):
    cache = cache + gradient
    with np.errstate(invalid="ignore"):
        return _adaptive(w, gradient, cache, learning_rate, eps), cache


@adagrad_step.mistake(
    "The absolute value of the gradient is added to the memory. Its square belongs there."
)
def absolute_for_square(w, gradient, cache, learning_rate, eps=1e-8):
    cache = cache + np.abs(gradient)
    return _adaptive(w, gradient, cache, learning_rate, eps), cache


@adagrad_step.mistake("The root is missing: divide by √cache + eps.")
def root_missing(w, gradient, cache, learning_rate, eps=1e-8):
    cache = cache + gradient**2
    return w - learning_rate * gradient / (cache + eps), cache


@adagrad_step.mistake(
    "eps stands inside the root, as in some libraries. Here it is added after the root: "
    "√cache + eps.",
    convention=True,
)
def eps_inside_the_root(w, gradient, cache, learning_rate, eps=1e-8):
    cache = cache + gradient**2
    return w - learning_rate * gradient / np.sqrt(cache + eps), cache


@adagrad_step.mistake(
    "The step uses the memory of before. Add this step's gradient² first; at the first step you "
    "would divide by nothing but eps."
)
def steps_with_the_old_cache(w, gradient, cache, learning_rate, eps=1e-8):
    return _adaptive(w, gradient, cache, learning_rate, eps), cache + gradient**2


@adagrad_step.mistake(
    "The memory is replaced, not added to: cache is the sum of all squared slopes so far."
)
def forgets_the_sum_so_far(w, gradient, cache, learning_rate, eps=1e-8):
    cache = gradient**2
    return _adaptive(w, gradient, cache, learning_rate, eps), cache


@adagrad_step.mistake(
    "Only the weights come back. The next step needs the memory too: return w, cache."
)
def state_not_returned(w, gradient, cache, learning_rate, eps=1e-8):
    return reference.adagrad_step(w, gradient, cache, learning_rate, eps)[0]


@adagrad_step.mistake("The step is right, but you return the old cache, not the new one.")
def returns_the_old_cache(w, gradient, cache, learning_rate, eps=1e-8):
    return reference.adagrad_step(w, gradient, cache, learning_rate, eps)[0], cache


@adagrad_step.mistake("You walk uphill: subtract the step.")
def walks_uphill(w, gradient, cache, learning_rate, eps=1e-8):
    return reference.adagrad_step(w, gradient, cache, -learning_rate, eps)


# ------------------------------------------------------------------------------- rmsprop_step


@lesson.exercise(
    reference.rmsprop_step,
    outputs=("w", "cache"),
    hints=(
        "One line differs from Adagrad. A running mean keeps a share of the old and takes the rest "
        "of the new.",
        "decay · cache + (1 − decay) · gradient²",
    ),
)
def rmsprop_step(rng):
    for label, inputs, options in _state_cases(rng, 1):
        yield case(label, *inputs, rng.uniform(0.1, 0.6), **options)
    yield case("a short memory", *_weights(rng, 4), _squares(rng, 4), 0.2, decay=0.3)
    yield case("a shorter memory", *_weights(rng, 2), _squares(rng, 2), 0.2, decay=0.1, eps=0.2)


def _mean_of_squares(cache, gradient, decay):
    return decay * cache + (1 - decay) * gradient**2


@rmsprop_step.mistake(
    "decay and 1 − decay have changed places: decay is the share of the old mean that is kept."
)
def shares_swapped(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    return reference.rmsprop_step(w, gradient, cache, learning_rate, 1 - decay, eps)


@rmsprop_step.mistake("This is Adagrad: nothing is forgotten. Keep only the share decay of cache.")
def never_forgets(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    return reference.adagrad_step(w, gradient, cache, learning_rate, eps)


@rmsprop_step.mistake(
    "The new square counts in full. In a running mean it has the share 1 − decay."
)
def new_square_in_full(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    cache = decay * cache + gradient**2
    return _adaptive(w, gradient, cache, learning_rate, eps), cache


@rmsprop_step.mistake("The mean is taken of the gradients. It should be of their squares.")
def mean_of_the_gradients(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    cache = decay * cache + (1 - decay) * gradient
    with np.errstate(invalid="ignore"):
        return _adaptive(w, gradient, cache, learning_rate, eps), cache


@rmsprop_step.mistake("The root is missing: divide by √cache + eps.")
def divides_by_the_square(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    cache = _mean_of_squares(cache, gradient, decay)
    return w - learning_rate * gradient / (cache + eps), cache


@rmsprop_step.mistake(
    "eps stands inside the root, as in some libraries. Here it is added after the root: "
    "√cache + eps.",
    convention=True,
)
def eps_under_the_root(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    cache = _mean_of_squares(cache, gradient, decay)
    return w - learning_rate * gradient / np.sqrt(cache + eps), cache


@rmsprop_step.mistake("The step uses the memory of before. Mix this step's gradient² in first.")
def steps_before_the_update(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    return (
        _adaptive(w, gradient, cache, learning_rate, eps),
        _mean_of_squares(cache, gradient, decay),
    )


@rmsprop_step.mistake(
    "Your function does not use the decay that it is given: 0.9 is only what holds when none is "
    "given."
)
def ignores_decay(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    return reference.rmsprop_step(w, gradient, cache, learning_rate, 0.9, eps)


@rmsprop_step.mistake(
    "Only the weights come back. The next step needs the memory too: return w, cache."
)
def memory_not_returned(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    return reference.rmsprop_step(w, gradient, cache, learning_rate, decay, eps)[0]


@rmsprop_step.mistake("The step is right, but you return the old cache, not the new one.")
def old_memory_returned(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    return reference.rmsprop_step(w, gradient, cache, learning_rate, decay, eps)[0], cache


# ---------------------------------------------------------------------------------- adam_step


@lesson.exercise(
    reference.adam_step,
    points=2,
    outputs=("w", "m", "v"),
    hints=(
        "Four lines: the mean of the slopes, the mean of their squares, the two corrections, the "
        "step. Which of the results must the next step get?",
        "At t = 1, m is only (1 − beta1) · gradient. Divided by 1 − beta1ᵗ it is the gradient.",
        "Give the corrected means names of their own, m_hat and v_hat, and return m and v as they "
        "were before.",
    ),
)
def adam_step(rng):
    for number, (label, inputs, options) in enumerate(_state_cases(rng, 2)):
        t = 1 if number == 0 else int(rng.integers(2, 6))
        yield case(label, *inputs, t, rng.uniform(0.1, 0.6), **options)
    later = (*_weights(rng, 4), rng.normal(size=4), _squares(rng, 4))
    yield case("other betas", *later, 3, 0.2, beta1=0.6, beta2=0.8)
    later = (*_weights(rng, 2), rng.normal(size=2), _squares(rng, 2))
    yield case("other betas and eps", *later, 2, 0.2, beta1=0.3, beta2=0.7, eps=0.1)


def _means(gradient, m, v, beta1, beta2):
    return beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2


@adam_step.mistake(
    "The correction for the start at zero is missing: divide m by 1 − beta1ᵗ and v by 1 − beta2ᵗ "
    "before the step."
)
def no_bias_correction(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - learning_rate * m / (np.sqrt(v) + eps), m, v


@adam_step.mistake("Only m is corrected for its start at zero. v needs it too.")
def corrects_m_only(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - learning_rate * m / (1 - beta1**t) / (np.sqrt(v) + eps), m, v


@adam_step.mistake(
    "The step is right, but you return the corrected means. The next step must go on with m and v "
    "as they were before the correction."
)
def returns_the_corrected_means(
    w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8
):
    w, m, v = reference.adam_step(w, gradient, m, v, t, learning_rate, beta1, beta2, eps)
    return w, m / (1 - beta1**t), v / (1 - beta2**t)


@adam_step.mistake(
    "You count steps from 0 and add 1. Here t is 1 at the first step already: 1 − beta1ᵗ."
)
def counts_from_zero(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    return reference.adam_step(w, gradient, m, v, t + 1, learning_rate, beta1, beta2, eps)


@adam_step.mistake(
    "The correction is the same at every step. It fades as t grows: 1 − beta1 to the power t."
)
def correction_without_power(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - learning_rate * m / (1 - beta1) / (np.sqrt(v / (1 - beta2)) + eps), m, v


@adam_step.mistake(
    "eps stands inside the root. In the paper and here it is added after the root: √v̂ + eps.",
    convention=True,
)
def eps_in_the_root(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v = _means(gradient, m, v, beta1, beta2)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - learning_rate * m_hat / np.sqrt(v_hat + eps), m, v


@adam_step.mistake(
    "eps is added to the root of v, not of v̂, and so it weighs more in the first steps. The paper "
    "gives both forms; here it is √v̂ + eps.",
    convention=True,
)
def eps_before_the_correction(
    w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8
):
    m, v = _means(gradient, m, v, beta1, beta2)
    rate = learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return w - rate * m / (np.sqrt(v) + eps), m, v


@adam_step.mistake("v is made from the slopes themselves. It is the mean of their squares.")
def squares_missing(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    with np.errstate(invalid="ignore"):
        return w - learning_rate * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.mistake("The root is missing: divide by √v̂ + eps.")
def no_root(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - learning_rate * m / (1 - beta1**t) / (v / (1 - beta2**t) + eps), m, v


@adam_step.mistake("beta1 and beta2 have changed places: beta1 belongs to m, beta2 to v.")
def betas_swapped(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    return reference.adam_step(w, gradient, m, v, t, learning_rate, beta2, beta1, eps)


@adam_step.mistake(
    "The step goes along this step's slope alone. Adam goes along its running mean, m̂."
)
def steps_along_the_slope(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - learning_rate * gradient / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@adam_step.mistake(
    "Only the weights come back. The next step needs the memory too: return w, m, v."
)
def memory_is_lost(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    return reference.adam_step(w, gradient, m, v, t, learning_rate, beta1, beta2, eps)[0]
