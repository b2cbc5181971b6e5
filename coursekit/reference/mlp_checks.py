"""What the operations of a dense network accept, said in one place.

A message names the shapes and what would fit.
"""

from numbers import Real

import numpy as np

from .input_checks import (
    alike,
    array,
    at_least_zero,
    class_numbers,
    counts,
    function,
    generator,
    number,
    numbers,
    positive,
    sequence,
    whole,
)

# ---------------------------------------------------------------- single values


def signal(z):
    """Raise unless ``z`` is a real number or an array of real numbers."""
    if isinstance(z, np.ndarray):
        numbers("z", z)
    elif not isinstance(z, Real) or isinstance(z, bool):
        raise TypeError(f"z must be a number or a NumPy array, not {type(z).__name__}")


def same_shape(a, b, names=("a", "b")):
    """Raise unless both are arrays of one shape."""
    for name, value in zip(names, (a, b), strict=True):
        if not isinstance(value, Real) or isinstance(value, bool):
            numbers(name, value)
    if np.shape(a) != np.shape(b):
        raise ValueError(
            f"{names[0]} has shape {np.shape(a)} and {names[1]} has {np.shape(b)}: "
            "they must be the same"
        )
    if np.size(a) == 0:
        raise ValueError(f"{names[0]} and {names[1]} are empty: there is nothing to compute")


# ---------------------------------------------------------------- operations


def gradient_and_input(dout, z, slope=0.01):
    signal(z)
    same_shape(dout, z, ("dout", "z"))
    number("slope", slope)


def output_and_target(output, target):
    same_shape(output, target, ("output", "target"))


def hidden_delta(next_delta, next_weights, output):
    array("next_weights", next_weights, "D M")
    here, following = next_weights.shape
    for name, value, length in (("next_delta", next_delta, following), ("output", output, here)):
        numbers(name, value)
        if value.ndim not in (1, 2):
            raise ValueError(f"{name} must be ({length},) or (N, {length}), not {value.shape}")
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
    sequence("weights", weights, "matrices, one a layer")
    sequence("updates", updates, "matrices, one a layer")
    if len(weights) == 0:
        raise ValueError("weights is empty: a network has one layer or more")
    if len(weights) != len(updates):
        raise ValueError(f"{len(weights)} weights need as many updates, not {len(updates)}")
    array("x", x, "D")
    array("target", target, "M")
    length = len(x)
    for place, (w, update) in enumerate(zip(weights, updates, strict=True)):
        array(f"weights[{place}]", w, "D M")
        alike(f"weights[{place}]", w, {f"updates[{place}]": update})
        if len(w) != length:
            raise ValueError(
                f"weights[{place}] has shape {w.shape}, but {length} numbers come in: "
                f"its first axis must be {length}"
            )
        length = w.shape[1]
    if len(target) != length:
        raise ValueError(f"the network gives {length} numbers, but target has {len(target)}")
    number("learning_rate", learning_rate)
    at_least_zero("momentum", momentum)


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
    counts(fan_in=fan_in, fan_out=fan_out)
    generator(rng)


def scores(logits):
    array("logits", logits, "N K")
    if logits.size == 0:
        raise ValueError(f"logits has shape {logits.shape}: it needs a row and a column or more")


def scores_and_labels(logits, labels):
    scores(logits)
    class_numbers(labels, logits.shape[1], len(logits))


def gradient_check(forward, backward, inputs, h=1e-5):
    function("forward", forward)
    function("backward", backward)
    if not isinstance(inputs, list | tuple) or not inputs:
        raise TypeError("inputs must be a list of arrays: for one input x, give [x]")
    for place, x in enumerate(inputs):
        array(f"inputs[{place}]", x)
    positive("h", h)


def training(x, y, hidden, epochs, learning_rate, rng):
    array("x", x, "N D")
    class_numbers(y, count=len(x), name="y")
    whole("hidden", hidden, 1, 1)
    whole("epochs", epochs, 1)
    positive("learning_rate", learning_rate)
    generator(rng)
