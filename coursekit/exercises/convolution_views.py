"""Lesson 03: the same operation as a matrix, on sentences and on videos."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("03_convolution_forward")


# ------------------------------------------------------------------------------- conv1d_matrix


@lesson.exercise(
    reference.conv1d_matrix,
    points=2,
    hints=(
        "Column t of the matrix makes output t. Which entries of x does output t use, and with "
        "which weights?",
        "Entry [s, t] holds the weight with which x[s] goes into output t: s = t + i − K//2.",
        "np.eye(length, k=d) has ones on the diagonal d to the right of the middle. Where does "
        "w[i] stand?",
    ),
)
def conv1d_matrix(rng):
    yield case("three weights", rng.normal(size=3), 6)
    yield case("five weights", rng.normal(size=5), 8)
    yield case("seven weights, a shorter vector", rng.normal(size=7), 5)
    yield case("whole numbers", np.array([1.0, -2.0, 4.0]), 4)
    yield case("a single weight", rng.normal(size=1), 3)


@conv1d_matrix.mistake(
    "It is the transposed matrix: right for matrix @ x. Here the vector stands on the left, "
    "x @ matrix, so output t is column t."
)
def transposes_the_matrix(w, length):
    return reference.conv1d_matrix(w, length).T


@conv1d_matrix.mistake(
    "The weights that leave at one end come back at the other. Beyond the ends lie zeros."
)
def wraps_round_the_ends(w, length):
    matrix = np.zeros((length, length))
    for i in range(len(w)):
        matrix += w[i] * np.roll(np.eye(length), len(w) // 2 - i, axis=1)
    return matrix


@conv1d_matrix.mistake(
    "Weights that leave at the top come back at the bottom: row −1 is the last row for NumPy. "
    "Leave out the rows below 0."
)
def takes_row_minus_one(w, length):
    matrix, half = np.zeros((length, length)), len(w) // 2
    for t in range(length):
        for i in range(len(w)):
            if t + i - half < length:
                matrix[t + i - half, t] = w[i]
    return matrix


@conv1d_matrix.mistake(
    "The vector is not padded in the middle: output t should see as far back as ahead. In yours it "
    "sees x[t] and what comes after it."
)
def looks_ahead_only(w, length):
    return sum(w[i] * np.eye(length, k=-i) for i in range(len(w)))


@conv1d_matrix.mistake(
    "That is the matrix for the framed vector: its first and last rows only meet zeros. Leave them "
    "out."
)
def keeps_the_rows_of_the_frame(w, length):
    half = len(w) // 2
    matrix = np.zeros((length + 2 * half, length))
    for t in range(length):
        matrix[t : t + len(w), t] = w
    return matrix


@conv1d_matrix.mistake(
    "The vector is framed by too many zeros: the result is longer than x. K // 2 at each end keep "
    "its length."
)
def adds_columns(w, length):
    half = len(w) // 2
    wide = reference.conv1d_matrix(w, length + 2 * half)
    return wide[half : half + length]


@conv1d_matrix.mistake(
    "Every column holds the same rows: the weights do not move. One output further, they stand one "
    "row lower."
)
def does_not_slide(w, length):
    column = reference.conv1d_matrix(w, length)[:, :1]
    return np.repeat(column, length, axis=1)


# ------------------------------------------------------------------------------ conv1d_forward


@lesson.exercise(
    reference.conv1d_forward,
    points=2,
    hints=(
        "It is conv2d_forward with one axis less. Which of your lines change?",
        "Only the last axis is padded: np.pad(x, [(0, 0), (0, 0), (padding, padding)]).",
        "One output: (xp[n, :, S·t : S·t + K] * w[f]).sum() + b[f].",
    ),
)
def conv1d_forward(rng):
    normal = lambda *shape: rng.normal(size=shape)  # noqa: E731
    yield case("one channel, one filter", normal(1, 1, 6), normal(1, 1, 3), normal(1))
    yield case("a batch, many channels", normal(2, 3, 7), normal(5, 3, 2), normal(5))
    yield case("stride 2 with a remainder", normal(3, 2, 8), normal(4, 2, 3), normal(4), stride=2)
    yield case("padding 2", normal(2, 4, 5), normal(3, 4, 3), normal(3), padding=2)
    yield case(
        "stride 3, padding 2, with a remainder",
        normal(3, 2, 10), normal(5, 2, 4), normal(5), stride=3, padding=2,
    )  # fmt: skip
    yield case("the kernel fits once", normal(2, 3, 4), normal(5, 3, 4), normal(5))


@conv1d_forward.mistake(
    "you turn the kernel round. Networks, and this course, leave it as it is.", convention=True
)
def reads_the_kernel_backwards(x, w, b, stride=1, padding=0):  # C1
    return reference.conv1d_forward(x, w[..., ::-1], b, stride, padding)


@conv1d_forward.mistake("The bias is missing: each filter adds its own b[f].")
def sentence_without_bias(x, w, b, stride=1, padding=0):  # C3
    return reference.conv1d_forward(x, w, 0 * b, stride, padding)


@conv1d_forward.mistake(
    "The bias is added once for every weight under the window. Add it once to the finished sum."
)
def bias_at_every_tap(x, w, b, stride=1, padding=0):  # C4
    return reference.conv1d_forward(x, w, b * w[0].size, stride, padding)


@conv1d_forward.mistake("The result has the right length, but the windows stand one step apart.")
def steps_of_one(x, w, b, stride=1, padding=0):  # C5
    steps = reference.conv1d_forward(x, w, b, stride, padding).shape[2]
    return reference.conv1d_forward(x, w, b, 1, padding)[:, :, :steps]


@conv1d_forward.mistake("The padding is left out.")
def sentence_without_padding(x, w, b, stride=1, padding=0):
    return reference.conv1d_forward(x, w, b, stride)


@conv1d_forward.mistake("The zeros stand in front only. Padding P puts P zeros at both ends.")
def pads_the_front_only(x, w, b, stride=1, padding=0):  # C6
    return reference.conv1d_forward(np.pad(x, [(0, 0), (0, 0), (padding, 0)]), w, b, stride)


@conv1d_forward.mistake("Only the first channel is used. Each output sums over all channels.")
def uses_the_first_channel(x, w, b, stride=1, padding=0):  # C11
    return reference.conv1d_forward(x[:, :1], w[:, :1], b, stride, padding)


@conv1d_forward.mistake("You take the mean over the channels. The definition has their sum.")
def takes_the_mean_over_channels(x, w, b, stride=1, padding=0):  # C12
    return reference.conv1d_forward(x, w / x.shape[1], b, stride, padding)


@conv1d_forward.mistake(
    "x is already (N, C, L). Reshaped, its numbers land at other places: the sequence is scrambled."
)
def reshapes_the_sequence(x, w, b, stride=1, padding=0):  # C14
    n, channels, length = x.shape
    scrambled = x.reshape(n, length, channels).transpose(0, 2, 1)
    return reference.conv1d_forward(scrambled, w, b, stride, padding)


# -------------------------------------------------------------------------------------- im2col


@lesson.exercise(
    reference.im2col,
    points=2,
    hints=(
        "One column is one window, all its channels, laid out flat. How many windows are there?",
        "The window at (r, c) is xp[n, :, S·r : S·r + KH, S·c : S·c + KW]. It is (C, KH, KW): "
        "ravel gives the order that is wanted.",
        "Column number r·OW + c of image n. out[n, :, r * cols + c] = window.ravel()",
    ),
)
def im2col(rng):
    normal = lambda *shape: rng.normal(size=shape)  # noqa: E731
    yield case("one channel, kernel (2, 3)", normal(1, 1, 4, 5), (2, 3))
    yield case("three channels", normal(2, 3, 4, 5), (3, 2))
    yield case("kernel 2, as one number", normal(3, 2, 4, 6), 2)
    yield case("stride 2 with a remainder", normal(2, 3, 6, 7), (3, 2), stride=2)
    yield case("padding (1, 2)", normal(3, 2, 3, 4), (2, 3), padding=(1, 2))
    yield case(
        "stride (1, 3) and padding (2, 0)", normal(2, 3, 4, 8), (3, 2), stride=(1, 3),
        padding=(2, 0),
    )  # fmt: skip


def _windows(x, kernel, stride, padding):
    """Return im2col with its axes kept apart: (N, C, KH, KW, OH, OW)."""
    (kh, kw), (sy, sx) = np.broadcast_to(kernel, 2), np.broadcast_to(stride, 2)
    py, px = np.broadcast_to(padding, 2)
    rows = reference.output_size(x.shape[2], int(kh), int(sy), int(py))
    cols = reference.output_size(x.shape[3], int(kw), int(sx), int(px))
    columns = reference.im2col(x, kernel, stride, padding)
    return columns.reshape(*x.shape[:2], kh, kw, rows, cols)


def _flat(windows):
    n, a, b, c, d, e = windows.shape
    return windows.reshape(n, a * b * c, d * e)


@im2col.mistake(
    "The channels run fastest in your columns. A column goes through channel 0 first, then "
    "channel 1, as w.reshape(F, −1) does."
)
def channels_run_fastest(x, kernel, stride=1, padding=0):
    return _flat(_windows(x, kernel, stride, padding).transpose(0, 2, 3, 1, 4, 5))


@im2col.mistake("Your columns run down the window. In each channel a column goes row by row.")
def runs_down_the_window(x, kernel, stride=1, padding=0):
    return _flat(_windows(x, kernel, stride, padding).transpose(0, 1, 3, 2, 4, 5))


@im2col.mistake(
    "Your places run down the image. The windows of the first row of places come first."
)
def runs_down_the_places(x, kernel, stride=1, padding=0):
    return _flat(_windows(x, kernel, stride, padding).transpose(0, 1, 2, 3, 5, 4))


@im2col.mistake(
    "the windows are rows here. In this course every window is a column.", convention=True
)
def windows_as_rows(x, kernel, stride=1, padding=0):
    return reference.im2col(x, kernel, stride, padding).transpose(0, 2, 1)


@im2col.mistake(
    "the images of the batch stand side by side in one matrix. Here every image keeps a matrix of "
    "its own, on axis 0.",
    convention=True,
)
def one_matrix_for_the_batch(x, kernel, stride=1, padding=0):
    columns = reference.im2col(x, kernel, stride, padding)
    return columns.transpose(1, 0, 2).reshape(columns.shape[1], -1)


@im2col.mistake(
    "The shape is right, but the numbers are scrambled: windows were laid out as rows and then "
    "reshaped. Move the axes with transpose."
)
def reshapes_rows_to_columns(x, kernel, stride=1, padding=0):
    columns = reference.im2col(x, kernel, stride, padding)
    return np.ascontiguousarray(columns.transpose(0, 2, 1)).reshape(columns.shape)


@im2col.mistake("The stride is left out: the windows stand one pixel apart.")
def windows_at_every_pixel(x, kernel, stride=1, padding=0):
    return reference.im2col(x, kernel, 1, padding)


@im2col.mistake("The padding is left out.")
def windows_inside_only(x, kernel, stride=1, padding=0):
    return reference.im2col(x, kernel, stride)


# -------------------------------------------------------------------------- conv3d_output_shape


@lesson.exercise(
    reference.conv3d_output_shape,
    hints=(
        "Which of the five axes does the window slide along? What becomes of the other two?",
        "Each sliding axis follows output_size. np.broadcast_to(stride, 3) reads one number as "
        "well as three.",
    ),
)
def conv3d_output_shape(rng):
    yield case("a small video", (2, 3, 8, 10, 12), 3, 4)
    yield case("a kernel (2, 3, 5)", (1, 3, 9, 16, 20), (2, 3, 5), 6)
    yield case("stride 2 with remainders", (4, 2, 10, 15, 18), (3, 4, 5), 7, stride=2)
    yield case("padding (0, 1, 2)", (2, 4, 7, 9, 11), 3, 5, padding=(0, 1, 2))
    yield case(
        "stride (1, 2, 3) and padding (2, 0, 1), with remainders",
        (3, 2, 12, 21, 32), (5, 4, 3), 8, stride=(1, 2, 3), padding=(2, 0, 1),
    )  # fmt: skip
    time, height, width = (int(n) for n in rng.integers((10, 40, 80), (30, 60, 120)))
    yield case("a random video", (2, 3, time, height, width), 4, 16, stride=(3, 1, 2), padding=1)


@conv3d_output_shape.mistake("The channels stay in yours. The filters take their place: F maps.")
def keeps_the_channels(shape, kernel, filters, stride=1, padding=0):
    out = reference.conv3d_output_shape(shape, kernel, filters, stride, padding)
    return (out[0], shape[1], *out[2:])


@conv3d_output_shape.mistake("A filter sums over the channels and gives one map, not C of them.")
def multiplies_filters_and_channels(shape, kernel, filters, stride=1, padding=0):
    out = reference.conv3d_output_shape(shape, kernel, filters, stride, padding)
    return (out[0], shape[1] * filters, *out[2:])


@conv3d_output_shape.mistake(
    "The time keeps its length in yours. The window slides along the time as it does in space."
)
def time_stands_still(shape, kernel, filters, stride=1, padding=0):
    out = reference.conv3d_output_shape(shape, kernel, filters, stride, padding)
    return (*out[:2], shape[2], *out[3:])


@conv3d_output_shape.mistake("Three numbers are meant in the order (T, H, W): yours is reversed.")
def reverses_the_three(shape, kernel, filters, stride=1, padding=0):
    reverse = lambda value: tuple(np.broadcast_to(value, 3)[::-1])  # noqa: E731
    return reference.conv3d_output_shape(
        shape, reverse(kernel), filters, reverse(stride), reverse(padding)
    )


@conv3d_output_shape.mistake("The stride is left out.")
def video_without_stride(shape, kernel, filters, stride=1, padding=0):  # C5
    return reference.conv3d_output_shape(shape, kernel, filters, 1, padding)


def _axes(shape, kernel, stride, padding):
    """Return (length, kernel, stride, padding) for each of the axes T, H, W."""
    options = (np.broadcast_to(value, 3).tolist() for value in (kernel, stride, padding))
    return zip(shape[2:], *options, strict=True)


@conv3d_output_shape.mistake("The padding counts once. It stands at both ends: 2·padding.")
def video_padded_once(shape, kernel, filters, stride=1, padding=0):  # C6
    axes = _axes(shape, kernel, stride, padding)
    return (shape[0], filters, *((n + p - k) // s + 1 for n, k, s, p in axes))


@conv3d_output_shape.mistake("You round up: a window that hangs over the end is not taken.")
def video_rounded_up(shape, kernel, filters, stride=1, padding=0):  # C7
    axes = _axes(shape, kernel, stride, padding)
    return (shape[0], filters, *(-((k - n - 2 * p) // s) + 1 for n, k, s, p in axes))


@conv3d_output_shape.mistake("Each length is one too few: the place where a window starts counts.")
def counts_the_moves(shape, kernel, filters, stride=1, padding=0):  # C8
    out = reference.conv3d_output_shape(shape, kernel, filters, stride, padding)
    return (*out[:2], *(length - 1 for length in out[2:]))
