"""What the operations of a dense network accept, said in one place.

The reference functions are written to be read, so the checks stand here and are put in front of
them by ``@checked``.  A message names the shapes and what would fit.
"""

from numbers import Real

import numpy as np

from .convolution_checks import array, whole

# ---------------------------------------------------------------- single values


def numbers(z):
    """Raise unless ``z`` is a real number or an array of real numbers."""
    if isinstance(z, np.ndarray):
        if z.dtype.kind not in "iuf":
            raise ValueError(f"z holds {z.dtype}, not real numbers: use z.astype(float)")
    elif not isinstance(z, Real) or isinstance(z, bool):
        raise TypeError(f"z must be a number or a NumPy array, not {type(z).__name__}")


def class_numbers(y, classes=None, count=None, name="labels"):
    """Raise unless ``y`` holds one whole number for each example, below ``classes``."""
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu" or y.ndim != 1:
        raise ValueError(
            f"{name} must be an array (N,) of whole numbers, one class number an example"
            f"{', not a one-hot row: use argmax(axis=1)' if np.ndim(y) == 2 else ''}"
        )
    if count is not None and len(y) != count:
        raise ValueError(f"{len(y)} labels came for {count} examples: give one for each row")
    if len(y) == 0:
        raise ValueError(f"{name} is empty: a batch needs one example or more")
    if y.min() < 0 or (classes is not None and y.max() >= classes):
        largest = "" if classes is None else f" and {classes - 1}"
        raise ValueError(
            f"{name} hold numbers from {y.min()} to {y.max()}: they must lie between 0{largest}"
        )


def generator(rng):
    """Raise unless ``rng`` is a NumPy random generator."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng must be a random generator, not {type(rng).__name__}: np.random.default_rng(seed)"
        )


def same_shape(a, b, names=("a", "b")):
    """Raise unless both are arrays of one shape."""
    for name, value in zip(names, (a, b), strict=True):
        if not isinstance(value, np.ndarray | Real):
            raise TypeError(f"{name} must be a NumPy array, not {type(value).__name__}")
    if np.shape(a) != np.shape(b):
        raise ValueError(
            f"{names[0]} has shape {np.shape(a)} and {names[1]} has {np.shape(b)}: "
            "they must be the same"
        )
    if np.size(a) == 0:
        raise ValueError(f"{names[0]} and {names[1]} are empty: there is nothing to compute")


# ---------------------------------------------------------------- operations


def gradient_and_input(dout, z, slope=0.01):
    numbers(z)
    same_shape(dout, z, ("dout", "z"))
    numbers(slope)


def output_and_target(output, target):
    same_shape(output, target, ("output", "target"))


def hidden_delta(next_delta, next_weights, output):
    array("next_weights", next_weights, "D M")
    here, following = next_weights.shape
    for name, value, length in (("next_delta", next_delta, following), ("output", output, here)):
        if not isinstance(value, np.ndarray) or value.ndim not in (1, 2):
            raise TypeError(f"{name} must be an array ({length},) or (N, {length})")
        if value.shape[-1] != length:
            raise ValueError(
                f"{name} has shape {value.shape}, but next_weights {next_weights.shape} lead from "
                f"{here} to {following} neurons: the last axis of {name} must be {length}"
            )
    if next_delta.shape[:-1] != output.shape[:-1]:
        raise ValueError(
            f"next_delta {next_delta.shape} and output {output.shape} differ in their batch axis"
        )


def backprop_step(weights, updates, x, target, learning_rate, momentum):
    if len(weights) == 0:
        raise ValueError("weights is empty: a network has one layer or more")
    if len(weights) != len(updates):
        raise ValueError(f"{len(weights)} weights need as many updates, not {len(updates)}")
    array("x", x, "D")
    array("target", target, "M")
    length = len(x)
    for number, (w, update) in enumerate(zip(weights, updates, strict=True)):
        array(f"weights[{number}]", w, "D M")
        same_shape(update, w, (f"updates[{number}]", f"weights[{number}]"))
        if len(w) != length:
            raise ValueError(
                f"weights[{number}] has shape {w.shape}, but {length} numbers come in: "
                f"its first axis must be {length}"
            )
        length = w.shape[1]
    if len(target) != length:
        raise ValueError(f"the network gives {length} numbers, but target has {len(target)}")


def dense(x, w, b):
    """Check a dense layer; return the output's shape."""
    array("x", x, "N D")
    array("w", w, "D M")
    array("b", b, "M")
    if x.shape[1] != len(w):
        raise ValueError(
            f"x {x.shape} has {x.shape[1]} numbers a row, but w {w.shape} takes {len(w)}: "
            f"w should have shape {(x.shape[1], w.shape[1])}"
        )
    if len(b) != w.shape[1]:
        raise ValueError(f"b has shape {b.shape}, but {w.shape[1]} units need ({w.shape[1]},)")
    return len(x), w.shape[1]


def dense_backward(dout, x, w, b):
    array("dout", dout)
    expected = dense(x, w, b)
    if dout.shape != expected:
        raise ValueError(f"dout has shape {dout.shape}, but the output has {expected}")


def fans(fan_in, fan_out, rng):
    whole("fan_in", fan_in, 1, 1)
    whole("fan_out", fan_out, 1, 1)
    generator(rng)


def scores(logits):
    array("logits", logits, "N K")
    if logits.size == 0:
        raise ValueError(f"logits has shape {logits.shape}: it needs a row and a column or more")


def scores_and_labels(logits, labels):
    scores(logits)
    class_numbers(labels, logits.shape[1], len(logits))


def gradient_check(forward, backward, inputs, h=1e-5):
    for name, function in (("forward", forward), ("backward", backward)):
        if not callable(function):
            raise TypeError(f"{name} must be a function, not {type(function).__name__}")
    if not isinstance(inputs, list | tuple) or not inputs:
        raise TypeError("inputs must be a list of arrays: for one input x, give [x]")
    for number, x in enumerate(inputs):
        array(f"inputs[{number}]", x)
    if not h > 0:
        raise ValueError(f"h must be above 0, not {h!r}: 1e-5 serves most layers")


def training(x, y, hidden, epochs, learning_rate, rng):
    array("x", x, "N D")
    class_numbers(y, count=len(x), name="y")
    whole("hidden", hidden, 1, 1)
    whole("epochs", epochs, 1)
    if not learning_rate > 0:
        raise ValueError(f"learning_rate must be above 0, not {learning_rate!r}")
    generator(rng)
