"""What the operations of gradient descent accept, said in one place.

The checks stand in front of the references by ``@checked``, as those of the convolution do.
"""

import numpy as np

from .input_checks import (
    alike,
    array,
    function,
    generator,
    kept_share,
    number,
    positive,
    share,
    whole,
)

# ---------------------------------------------------------------- errors and slopes


def same_shapes(output, target):
    alike("output", output, {"target": target})


def pair(output, target):
    """Raise unless both are of one shape, or are a column of outputs and a row of targets."""
    array("output", output)
    array("target", target)
    if output.shape != target.shape and output.shape != (*target.shape, 1):
        raise ValueError(
            f"target has shape {target.shape}, but output has {output.shape}: "
            "they must be equal, or (N,) and (N, 1)"
        )


def measured_function(f, x, h=1e-5):
    function("f", f)
    if np.asarray(x).dtype.kind not in "biuf":
        raise TypeError(f"x must be an array of numbers, not {type(x).__name__}")
    positive("h", h)


# ---------------------------------------------------------------- steps


def descent(gradient, w, learning_rate, steps):
    function("gradient", gradient)
    array("w", w)
    number("learning_rate", learning_rate)
    whole("steps", steps, 1)


def momentum(w, gradient, previous_update, learning_rate, momentum):
    alike("w", w, {"gradient": gradient, "previous_update": previous_update})
    number("learning_rate", learning_rate)
    kept_share("momentum", momentum)


def adagrad(w, gradient, cache, learning_rate, eps=1e-8):
    alike("w", w, {"gradient": gradient, "cache": cache})
    number("learning_rate", learning_rate)
    positive("eps", eps)
    if (cache < 0).any():
        raise ValueError("cache holds a negative number, but it is a sum of squares")


def rmsprop(w, gradient, cache, learning_rate, decay=0.9, eps=1e-8):
    adagrad(w, gradient, cache, learning_rate, eps)
    kept_share("decay", decay)


def adam(w, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    alike("w", w, {"m": m})
    adagrad(w, gradient, v, learning_rate, eps)
    whole("t", t, 1, 1)
    kept_share("beta1", beta1)
    kept_share("beta2", beta2)


# ---------------------------------------------------------------- samples


def samples(x, y, rng):
    for name, value in (("x", x), ("y", y)):
        if not isinstance(value, np.ndarray) or value.ndim == 0:
            raise TypeError(f"{name} must be a NumPy array with one row a sample")
    if len(x) != len(y) or len(x) == 0:
        raise ValueError(f"x has {len(x)} rows and y has {len(y)}: one target for every sample")
    generator(rng)


def split(x, y, test_fraction, rng):
    samples(x, y, rng)
    share("test_fraction", test_fraction)


def batches(x, y, batch_size, rng):
    samples(x, y, rng)
    whole("batch_size", batch_size, 1, 1)


def schedule(learning_rate, decay, step, steps_per_epoch):
    number("learning_rate", learning_rate)
    number("decay", decay)
    if not 0 < decay <= 1:
        raise ValueError(f"decay must be above 0 and at most 1, not {decay!r}")
    whole("step", step, 1)
    whole("steps_per_epoch", steps_per_epoch, 1, 1)


def neuron(x, t, w, b, learning_rate, epochs):
    array("x", x, "N D")
    array("t", t, "N")
    array("w", w, "D")
    number("b", b)
    number("learning_rate", learning_rate)
    whole("epochs", epochs, 1)
    if x.shape != (len(t), len(w)) or len(x) == 0:
        raise ValueError(
            f"x has shape {x.shape}, but {len(t)} targets and {len(w)} weights "
            f"need ({len(t)}, {len(w)})"
        )
