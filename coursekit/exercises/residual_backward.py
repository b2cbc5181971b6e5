"""Lesson 06: a residual block, backward."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case
from coursekit.exercises.residual import blocks, branch, conv, relu

lesson = Lesson("06_residual_and_gap")


# -------------------------------------------------------------------------- residual_backward


@lesson.exercise(
    reference.residual_backward,
    points=3,
    outputs=("dx", "dw1", "db1", "dw2", "db2"),
    hints=(
        "Compute the forward pass once more and keep what stands before each ReLU: the gradient "
        "passes only where that was positive.",
        "The sum copies its gradient: one copy is the gradient of the skip, the other goes back "
        "through the branch.",
        "conv2d_backward(dsum, hidden, w2, b2, padding=1) gives (dhidden, dw2, db2). Then the mask "
        "of the inner ReLU, then the first convolution in the same way.",
        "Two paths lead to x, so dx is the sum of two gradients.",
    ),
)
def residual_backward(rng):
    for label, inputs in blocks(rng):
        yield case(label, rng.normal(size=inputs[0].shape), *inputs)


def _backward(dout, x, w1, b1, w2, b2, outer=None, inner=True, skip_gain=1.0, branch_gain=1.0):
    """Return the gradients; ``outer`` is the mask of the last ReLU."""
    before = conv(x, w1, b1)
    hidden = relu(before)
    if outer is None:
        outer = x + conv(hidden, w2, b2) > 0
    dsum = dout * outer
    dhidden, dw2, db2 = reference.conv2d_backward(branch_gain * dsum, hidden, w2, b2, padding=1)
    dbefore = dhidden * (before > 0) if inner else dhidden
    dbranch, dw1, db1 = reference.conv2d_backward(dbefore, x, w1, b1, padding=1)
    return skip_gain * dsum + dbranch, dw1, db1, dw2, db2


@residual_backward.mistake(
    "dx lacks the path of the skip: x went into the sum directly, too. Without it the block is two "
    "plain layers."
)
def forgets_the_skip(dout, x, w1, b1, w2, b2):  # R1
    return _backward(dout, x, w1, b1, w2, b2, skip_gain=0.0)


@residual_backward.mistake(
    "dx has the path of the skip only. x also went through the branch: the two gradients add up."
)
def forgets_the_branch(dout, x, w1, b1, w2, b2):  # R2
    _, *rest = _backward(dout, x, w1, b1, w2, b2)
    return dout * (x + branch(x, w1, b1, w2, b2) > 0), *rest


@residual_backward.mistake(
    "The last ReLU is missing: where x + F(x) was not positive, no gradient comes back."
)
def forgets_the_outer_mask(dout, x, w1, b1, w2, b2):
    return _backward(dout, x, w1, b1, w2, b2, outer=np.ones(x.shape, bool))


@residual_backward.mistake(
    "The inner ReLU is missing: where the first convolution gave no positive number, no gradient "
    "comes back."
)
def forgets_the_inner_mask(dout, x, w1, b1, w2, b2):  # B19
    return _backward(dout, x, w1, b1, w2, b2, inner=False)


@residual_backward.mistake(
    "The last ReLU's mask is taken from x. It saw x + F(x), and that must be positive."
)
def masks_by_x(dout, x, w1, b1, w2, b2):  # B19
    return _backward(dout, x, w1, b1, w2, b2, outer=x > 0)


@residual_backward.mistake(
    "These are the gradients of x + relu(F(x)). In this block ReLU comes after the sum, and so it "
    "masks both paths, where x + F(x) is not positive."
)
def relu_before_the_sum(dout, x, w1, b1, w2, b2):  # R3
    positive = branch(x, w1, b1, w2, b2) > 0
    dx, *rest = _backward(dout, x, w1, b1, w2, b2, outer=positive, skip_gain=0.0)
    return dout + dx, *rest


@residual_backward.mistake(
    "The last ReLU's mask is taken from F(x). It saw the sum x + F(x), and that must be positive."
)
def masks_by_the_branch(dout, x, w1, b1, w2, b2):  # B19
    return _backward(dout, x, w1, b1, w2, b2, outer=branch(x, w1, b1, w2, b2) > 0)


@residual_backward.mistake(
    "where x + F(x) is exactly 0, you let the gradient pass. Here, as in lesson 02, ReLU passes it "
    "only above 0.",
    convention=True,
)
def passes_at_zero(dout, x, w1, b1, w2, b2):
    return _backward(dout, x, w1, b1, w2, b2, outer=x + branch(x, w1, b1, w2, b2) >= 0)


@residual_backward.mistake(
    "The last ReLU's mask comes last in yours, on dx alone. It comes first: mask dout, then send "
    "it on both paths."
)
def masks_at_the_end(dout, x, w1, b1, w2, b2):
    everywhere = np.ones(x.shape, bool)
    dx, *rest = _backward(dout, x, w1, b1, w2, b2, outer=everywhere)
    return dx * (x + branch(x, w1, b1, w2, b2) > 0), *rest


@residual_backward.mistake(
    "You add 1 for the skip. The skip multiplies by 1: what it adds to dx is dsum."
)
def adds_one(dout, x, w1, b1, w2, b2):
    dx, *rest = _backward(dout, x, w1, b1, w2, b2, skip_gain=0.0)
    return dx + 1, *rest


@residual_backward.mistake(
    "dw2 is computed with what stands before the inner ReLU. The second convolution saw what came "
    "behind it, relu(conv(x, w1, b1))."
)
def dw2_from_before_the_relu(dout, x, w1, b1, w2, b2):
    dx, dw1, db1, _, db2 = _backward(dout, x, w1, b1, w2, b2)
    dsum = dout * (x + branch(x, w1, b1, w2, b2) > 0)
    _, dw2, _ = reference.conv2d_backward(dsum, conv(x, w1, b1), w2, b2, padding=1)
    return dx, dw1, db1, dw2, db2


@residual_backward.mistake(
    "The results are right, but in another order: return dx, dw1, db1, dw2, db2."
)
def weights_before_biases(dout, x, w1, b1, w2, b2):
    dx, dw1, db1, dw2, db2 = _backward(dout, x, w1, b1, w2, b2)
    return dx, dw1, dw2, db1, db2


@residual_backward.mistake(
    "The skip carries dout past the last ReLU. Both paths begin behind that ReLU: mask first, then "
    "copy."
)
def skip_past_the_relu(dout, x, w1, b1, w2, b2):
    dx, *rest = _backward(dout, x, w1, b1, w2, b2, skip_gain=0.0)
    return dout + dx, *rest


@residual_backward.mistake(
    "The gradient is split in two halves. A sum does not share out its gradient, it copies it: "
    "each path gets all of it."
)
def halves_the_gradient(dout, x, w1, b1, w2, b2):  # R8
    return _backward(dout, x, w1, b1, w2, b2, skip_gain=0.5, branch_gain=0.5)


@residual_backward.mistake(
    "The gradients are right, but dout is changed: you set it to 0 in place behind the ReLU. Make "
    "a new array, dout * mask."
)
def masks_in_place(dout, x, w1, b1, w2, b2):  # R4
    grads = _backward(dout, x, w1, b1, w2, b2)
    dout *= x + branch(x, w1, b1, w2, b2) > 0
    return grads


@residual_backward.mistake(
    "The gradients of weights and biases are divided by the batch size. That is the work of the "
    "loss: here they are sums."
)
def averages_over_the_batch(dout, x, w1, b1, w2, b2):
    dx, *rest = _backward(dout, x, w1, b1, w2, b2)
    return dx, *(gradient / len(x) for gradient in rest)
