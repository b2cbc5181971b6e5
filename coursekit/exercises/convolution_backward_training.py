"""Lesson 04: a layer that learns, and the same layer used to enlarge images."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case
from coursekit.exercises._conv_layers import layers

lesson = Lesson("04_convolution_backward")


# --------------------------------------------------------------------------------- sgd_update


@lesson.exercise(
    reference.sgd_update,
    hints=(
        "Uphill or downhill: which way does the gradient point?",
        "p -= … writes into the caller's array. p - … makes a new one.",
    ),
)
def sgd_update(rng):
    for label, shapes, rate in (
        ("kernels and biases", [(4, 3, 2, 5), (4,)], 0.1),
        ("three layers", [(2, 3), (3,), (3, 2), (2,), (2, 4)], 0.03),
        ("a large step", [(3, 5), (5,)], 2.5),
        ("one parameter", [(4, 2)], 0.5),
    ):
        parameters, gradients = ([rng.normal(size=shape) for shape in shapes] for _ in range(2))
        yield case(label, parameters, gradients, rate)


@sgd_update.mistake("You step uphill. The gradient points to where the loss grows: subtract it.")
def ascends(parameters, gradients, learning_rate):  # G1
    return [p + learning_rate * g for p, g in zip(parameters, gradients, strict=True)]


@sgd_update.mistake(
    "The result is right, but your function writes into the old arrays. Whoever still needs the "
    "old weights has lost them: p - … makes a new array."
)
def changes_in_place(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients, strict=True):
        p -= learning_rate * g
    return parameters


@sgd_update.mistake("The learning rate is missing: the whole gradient is subtracted.")
def forgets_the_learning_rate(parameters, gradients, learning_rate):
    return [p - g for p, g in zip(parameters, gradients, strict=True)]


@sgd_update.mistake(
    "These are the steps alone, −learning_rate · g. The new parameters are the old ones plus the "
    "steps."
)
def returns_the_steps(parameters, gradients, learning_rate):
    return [-learning_rate * g for g in gradients]


@sgd_update.mistake("Only the first parameter is updated. Take the step for every array.")
def updates_the_first_only(parameters, gradients, learning_rate):
    first, *others = parameters
    return [first - learning_rate * gradients[0], *others]


# -------------------------------------------------------------------------------- conv2d_step


@lesson.exercise(
    reference.conv2d_step,
    points=2,
    outputs=("dx", "w", "b"),
    hints=(
        "You have both halves: conv2d_backward and sgd_update.",
        "Which weights made the output that dout belongs to, the old or the new? dx needs those.",
    ),
)
def conv2d_step(rng):
    rates = (0.1, 0.5, 0.02, 1.5, 0.3, 0.7, 0.05)
    for rate, (label, (dout, x, w, b, options)) in zip(rates, layers(rng), strict=True):
        yield case(label, dout, x, w, b, rate, **options)


@conv2d_step.mistake(
    "dx is computed with the new weights. dout belongs to a forward pass with the old ones: first "
    "go back, then update."
)
def updates_first(dout, x, w, b, learning_rate, stride=1, padding=0):  # B20
    _, w, b = reference.conv2d_step(dout, x, w, b, learning_rate, stride, padding)
    return reference.conv2d_input_gradient(dout, w, x.shape, stride, padding), w, b


@conv2d_step.mistake(
    "w and b themselves are changed. Return new arrays, and leave the old ones as they are."
)
def changes_the_weights_in_place(dout, x, w, b, learning_rate, stride=1, padding=0):
    dx, dw, db = reference.conv2d_backward(dout, x, w, b, stride, padding)
    w -= learning_rate * dw
    b -= learning_rate * db
    return dx, w, b


@conv2d_step.mistake("You step uphill. The gradient points to where the loss grows: subtract it.")
def steps_uphill(dout, x, w, b, learning_rate, stride=1, padding=0):
    return reference.conv2d_step(dout, x, w, b, -learning_rate, stride, padding)


@conv2d_step.mistake("The bias stays as it was. It learns too.")
def forgets_the_bias(dout, x, w, b, learning_rate, stride=1, padding=0):
    dx, w, _ = reference.conv2d_step(dout, x, w, b, learning_rate, stride, padding)
    return dx, w, b


@conv2d_step.mistake(
    "These are the gradients of w and b. The new w and b are wanted: the old ones, one step on."
)
def returns_the_gradients(dout, x, w, b, learning_rate, stride=1, padding=0):
    return reference.conv2d_backward(dout, x, w, b, stride, padding)


@conv2d_step.mistake(
    "dx is multiplied by the learning rate. Only the step of w and b is; dx is handed on as it is."
)
def scales_dx(dout, x, w, b, learning_rate, stride=1, padding=0):
    dx, w, b = reference.conv2d_step(dout, x, w, b, learning_rate, stride, padding)
    return learning_rate * dx, w, b


# ------------------------------------------------------------------------- conv_relu_backward


@lesson.exercise(
    reference.conv_relu_backward,
    points=2,
    outputs=("dx", "dw", "db"),
    hints=(
        "The way back meets the ReLU first. What does a ReLU let through, and by which of its "
        "numbers does it decide?",
        "z is not among the arguments. Compute it anew: conv2d_forward(x, w, b, stride, padding).",
    ),
)
def conv_relu_backward(rng):
    for label, (dout, x, w, b, options) in layers(
        rng,
        "stride 1, no padding",
        "stride 2 and a remainder",
        "padding 1",
        "stride 2 beside padding 1 and a remainder",
        "one image, one channel, one filter",
    ):
        # biases of the size of the sums themselves, so that leaving them out shows
        yield case(label, dout, x, w, 3 * b, **options)


@conv_relu_backward.mistake(
    "The ReLU is missing. Where z is not positive it let nothing through forward, so it lets "
    "nothing through backward."
)
def skips_the_mask(dout, x, w, b, stride=1, padding=0):  # B19
    return reference.conv2d_backward(dout, x, w, b, stride, padding)


@conv_relu_backward.mistake(
    "The mask is taken from the sign of dout. The ReLU decided by its own input, z; gradients of "
    "either sign pass where z > 0."
)
def masks_by_dout(dout, x, w, b, stride=1, padding=0):  # B19
    return reference.conv2d_backward(dout * (dout > 0), x, w, b, stride, padding)


@conv_relu_backward.mistake(
    "The mask is taken from x and laid on dx. The ReLU stands behind the convolution: it masks "
    "dout by z > 0, before the convolution goes back."
)
def masks_dx_by_x(dout, x, w, b, stride=1, padding=0):  # B19
    dx, dw, db = reference.conv2d_backward(dout, x, w, b, stride, padding)
    return dx * (x > 0), dw, db


@conv_relu_backward.mistake(
    "The mask is taken from z without the bias. The ReLU saw the sum with the bias in it."
)
def masks_without_the_bias(dout, x, w, b, stride=1, padding=0):  # B19
    z = reference.conv2d_forward(x, w, 0 * b, stride, padding)
    return reference.conv2d_backward(dout * (z > 0), x, w, b, stride, padding)


@conv_relu_backward.mistake(
    "dout is multiplied by the output of the ReLU. Its slope is wanted: 1 or 0."
)
def multiplies_by_the_output(dout, x, w, b, stride=1, padding=0):
    z = reference.conv2d_forward(x, w, b, stride, padding)
    return reference.conv2d_backward(dout * np.maximum(z, 0), x, w, b, stride, padding)


@conv_relu_backward.mistake(
    "db is the sum of dout without the mask. The bias lies before the ReLU, as w does."
)
def bias_without_the_mask(dout, x, w, b, stride=1, padding=0):  # B19
    dx, dw, _ = reference.conv_relu_backward(dout, x, w, b, stride, padding)
    return dx, dw, dout.sum(axis=(0, 2, 3))


# -------------------------------------------------------------------------- transposed_conv2d


@lesson.exercise(
    reference.transposed_conv2d,
    points=3,
    hints=(
        "You have written this before, under another name: which gradient lays down a copy of the "
        "kernel for every output?",
        "Start from zeros of (N, F, S·(H − 1) + KH, S·(W − 1) + KW), add the copies, cut P off at "
        "every side, and only then add the bias.",
        "For one pixel (r, c): out[:, :, S·r : S·r + KH, S·c : S·c + KW] += "
        "np.einsum('nc,cfij->nfij', x[:, :, r, c], w).",
    ),
)
def transposed_conv2d(rng):
    for label, (n, c, height, width), (f, kh, kw), stride, padding in (
        ("stride 1", (2, 3, 4, 5), (4, 3, 2), 1, 0),
        ("stride 2, copies overlap", (3, 2, 3, 4), (4, 3, 5), 2, 0),
        ("stride 2 and padding 1", (2, 4, 4, 3), (3, 4, 3), 2, 1),
        ("stride (3, 2), padding (0, 1)", (1, 3, 2, 5), (2, 2, 4), (3, 2), (0, 1)),
        ("stride (1, 3), padding (2, 0)", (2, 2, 5, 3), (3, 4, 5), (1, 3), (2, 0)),
    ):
        x, w = rng.normal(size=(n, c, height, width)), rng.normal(size=(c, f, kh, kw))
        yield case(label, x, w, rng.normal(size=f), stride=stride, padding=padding)


def _copies(x, w, stride, put):
    """Lay down a copy of the kernels for every pixel by ``put(place, copy)``; return the sheet."""
    sy, sx = np.broadcast_to(stride, 2)
    height, width = x.shape[2:]
    f, kh, kw = w.shape[1:]
    out = np.zeros((len(x), f, sy * (height - 1) + kh, sx * (width - 1) + kw))
    for row, col in np.ndindex(height, width):
        place = out[:, :, sy * row : sy * row + kh, sx * col : sx * col + kw]
        put(place, np.einsum("nc,cfij->nfij", x[:, :, row, col], w))
    return out


def _cut(out, padding):
    py, px = np.broadcast_to(padding, 2)
    return out[:, :, py : out.shape[2] - py, px : out.shape[3] - px]


@transposed_conv2d.mistake(
    "Where copies overlap, the later one overwrites the earlier. They are added."
)
def overwrites_copies(x, w, b, stride=1, padding=0):
    def put(place, copy):
        place[...] = copy

    return _cut(_copies(x, w, stride, put), padding) + b[:, None, None]


@transposed_conv2d.mistake(
    "Every copy overwrites what lies there, that of another channel too: the last channel is left. "
    "All of them are added: += in place of =."
)
def keeps_the_last_channel(x, w, b, stride=1, padding=0):
    return overwrites_copies(x[:, -1:], w[-1:], b, stride, padding)


@transposed_conv2d.mistake(
    "The copies of the kernel are turned by 180°. Each is laid down as it stands: w[k, f, 0, 0] "
    "goes to the top left corner."
)
def turns_the_kernels(x, w, b, stride=1, padding=0):
    return reference.transposed_conv2d(x, w[..., ::-1, ::-1].copy(), b, stride, padding)


@transposed_conv2d.mistake("The bias is missing.")
def forgets_bias(x, w, b, stride=1, padding=0):
    return reference.transposed_conv2d(x, w, 0 * b, stride, padding)


@transposed_conv2d.mistake(
    "The bias comes with every copy, so it is counted several times where copies overlap. Add it "
    "once, at the end."
)
def bias_in_every_copy(x, w, b, stride=1, padding=0):
    def put(place, copy):
        place += copy + b[:, None, None]

    return _cut(_copies(x, w, stride, put), padding)


@transposed_conv2d.mistake(
    "The padding is not cut off. Here it undoes the padding of a convolution, and so it makes the "
    "result smaller."
)
def keeps_the_padding(x, w, b, stride=1, padding=0):
    return reference.transposed_conv2d(x, w, b, stride, 0)


@transposed_conv2d.mistake(
    "The padding is added round the result. Here it works the other way: P rows and columns are "
    "cut off at every side."
)
def pads_the_result(x, w, b, stride=1, padding=0):
    py, px = np.broadcast_to(padding, 2)
    out = reference.transposed_conv2d(x, w, b, stride, 0)
    return np.pad(out, [(0, 0), (0, 0), (py, py), (px, px)])


@transposed_conv2d.mistake(
    "The stride is ignored: neighbouring copies lie one pixel apart, and nothing is enlarged."
)
def ignores_stride(x, w, b, stride=1, padding=0):
    py, px = np.broadcast_to(padding, 2)
    out = reference.transposed_conv2d(x, w, 0 * b, 1, 0)
    return out[:, :, py : out.shape[2] - py, px : out.shape[3] - px] + b[:, None, None]


@transposed_conv2d.mistake(
    "Zeros follow the last pixel too, so the result is too large. Only neighbours are spread: "
    "S·(H − 1) + KH rows."
)
def spreads_the_last_pixel(x, w, b, stride=1, padding=0):
    sy, sx = np.broadcast_to(stride, 2)
    out = reference.transposed_conv2d(x, w, 0 * b, stride, 0)
    out = np.pad(out, [(0, 0), (0, 0), (0, sy - 1), (0, sx - 1)])
    return _cut(out, padding) + b[:, None, None]


@transposed_conv2d.mistake(
    "The axes of w are cut anew by reshape. w is (C, F, KH, KW) already: input channels first."
)
def reshapes_the_kernels(x, w, b, stride=1, padding=0):
    c, f, kh, kw = w.shape
    kernels = w.reshape(f, c, kh, kw).swapaxes(0, 1).copy()
    return reference.transposed_conv2d(x, kernels, b, stride, padding)
