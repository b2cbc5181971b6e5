"""Lesson 09: a small classifier of crops, and the same network slid over a photo."""

import numpy as np

from coursekit import data, reference
from coursekit.exercise import Lesson, Symptom, case

lesson = Lesson("09_face_detector")
STRIDE = 3


def _crops():
    """All 200 crops as (x, y), grey, −0.5 … 0.5."""
    crops = data.faces()
    return crops.x[:, None] / 255 - 0.5, crops.y


def _of_every_kind(crops, rows, count):
    """Return ``count`` of the rows: the first, then each time the one least like those before.

    So few crops are enough to learn from: no kind of background is left out by chance.
    """
    chosen, farthest = [rows[0]], np.inf
    while len(chosen) < count:
        unlike = ((crops[rows] - crops[chosen[-1]]) ** 2).sum(axis=(1, 2, 3))
        farthest = np.minimum(farthest, unlike)
        chosen.append(rows[farthest.argmax()])
    return np.array(chosen)


# ---------------------------------------------------------------------- train_face_classifier


@lesson.exercise(
    reference.train_face_classifier,
    points=3,
    outputs=("w1", "b1", "w2", "b2"),
    hints=(
        "All parts exist: minibatches, conv2d_forward, dense_forward, and their backward "
        "functions. Write the forward pass of one batch first, and look at the shapes.",
        "Backward from the end: (output − y) / N, times 1 − output² for the last tanh; "
        "dense_backward; reshape to the maps; times 1 − maps²; conv2d_weight_gradient and "
        "conv2d_bias_gradient. Nothing lies before the first layer, so dx is not needed.",
        "output has the shape (N, 1) and y (N,): y[:, None] makes them fit. Start the kernels and "
        "w2 with small random numbers, the biases with 0.",
    ),
    seconds=60,
)
def train_face_classifier(rng):
    x, y = _crops()
    for label, faces, backgrounds in (
        ("28 faces and 32 backgrounds", 28, 32),
        ("32 faces and 28 backgrounds, sorted", 32, 28),
    ):
        rows = np.concatenate(
            [
                _of_every_kind(x, rng.permutation(100)[:70], faces),
                _of_every_kind(x, 100 + rng.permutation(100)[:70], backgrounds),
            ]
        )
        if "sorted" not in label:
            rng.shuffle(rows)
        yield case(label, x[rows], y[rows])


def _score(x, w1, b1, w2, b2):
    maps = np.tanh(reference.conv2d_forward(x, w1, b1, stride=STRIDE))
    return reference.dense_forward(maps.reshape(len(x), -1), w2, b2)[:, 0]


@train_face_classifier.property
def judge_train_face_classifier(each, answer):
    x, y = each.inputs
    if not isinstance(answer, (tuple, list)) or len(answer) != 4:
        return "4 results are wanted: w1, b1, w2, b2."
    w1, b1, w2, b2 = (np.asarray(part, float) for part in answer)
    if w1.ndim != 4 or w1.shape[1] != 1 or w1.shape[2] != w1.shape[3] or w1.shape[2] > 25:
        return f"w1 has the shape {w1.shape}, not (F, 1, K, K)."
    side = (25 - w1.shape[2]) // STRIDE + 1
    shapes = {"b1": (len(w1),), "w2": (len(w1) * side**2, 1), "b2": (1,)}
    for (name, shape), part in zip(shapes.items(), (b1, w2, b2), strict=True):
        if part.shape != shape:
            return f"{name} has the shape {part.shape}; {shape} belongs to a w1 of {w1.shape}."
    if not all(np.isfinite(part).all() for part in (w1, b1, w2, b2)):
        return "there are nan or inf among the weights: is the learning rate too large?"
    if len(w1) > 1 and np.ptp(w1, axis=0).max() < 1e-9:
        return Symptom("all kernels are the same.", "all_kernels_alike")
    if not b1.any() and not b2.any():
        return Symptom("every bias is exactly 0 after training.", "biases_never_move")
    known = np.tanh(_score(x, w1, b1, w2, b2))
    if np.mean(np.sign(known) == y) < 0.2:
        return Symptom("faces get scores below 0, and backgrounds above.", "steps_uphill")
    everything, labels = _crops()
    flat = everything.reshape(len(everything), -1)
    seen = (flat[:, None] == x.reshape(len(x), -1)[None]).all(axis=2).any(axis=1)
    right = np.sign(_score(everything[~seen], w1, b1, w2, b2)) == labels[~seen]
    faces, backgrounds = (right[labels[~seen] == target].mean() for target in (1, -1))
    if min(faces, backgrounds) >= 0.8:
        return None
    what = (
        f"of the crops that it has not seen, {faces:.0%} of the faces and {backgrounds:.0%} of the "
        "backgrounds are right; 80 % or more of each are expected."
    )
    low, high = np.median(known[y == -1]), np.median(known[y == 1])
    if abs(low) < 0.25 and high > 0.5:
        return Symptom(f"{what} Backgrounds get outputs near 0.", "targets_zero_and_one")
    if np.abs(known).max() < 0.6 and known.std() < 0.2:
        return f"{what} The outputs all lie near {known.mean():.1f}: has it learned long enough?"
    return f"{what} Do all four arrays take steps in every batch, and is each crop with its own y?"


def _train(x, y, *, start=1.0, sign=1, move_biases=True):
    """Train as the reference does, with one thing in it exchanged."""
    rng = np.random.default_rng(0)
    w1, b1 = start * rng.normal(0, 1 / 5, size=(4, 1, 5, 5)), np.zeros(4)
    w2, b2 = start * rng.normal(0, 1 / 14, size=(4 * 49, 1)), np.zeros(1)
    if not start:  # alike, but not dead
        w1, w2 = np.full_like(w1, 0.05), np.tile(rng.normal(0, 1 / 14, size=(49, 1)), (4, 1))
    for _ in range(12):
        for crops, targets in reference.minibatches(x, y, 20, rng):
            maps = np.tanh(reference.conv2d_forward(crops, w1, b1, stride=STRIDE))
            row = maps.reshape(len(crops), -1)
            output = np.tanh(reference.dense_forward(row, w2, b2))
            dscore = sign * (output - targets[:, None]) / len(crops) * (1 - output**2)
            drow, dw2, db2 = reference.dense_backward(dscore, row, w2, b2)
            dmaps = drow.reshape(maps.shape) * (1 - maps**2)
            dw1 = reference.conv2d_weight_gradient(dmaps, crops, (5, 5), stride=STRIDE)
            db1 = reference.conv2d_bias_gradient(dmaps)
            w1, w2 = w1 - 0.1 * dw1, w2 - 0.1 * dw2
            if move_biases:
                b1, b2 = b1 - 0.1 * db1, b2 - 0.1 * db2
    return w1, b1, w2, b2


@train_face_classifier.mistake(
    "Faces get low scores and backgrounds high ones. Somewhere a sign is turned: in the step, in "
    "output − y, or in the targets."
)
def steps_uphill(x, y):
    return _train(x, y, sign=-1)


@train_face_classifier.mistake(
    "Kernels that start alike get the same gradients and stay alike: one kernel in many copies. "
    "Start with random numbers."
)
def all_kernels_alike(x, y):
    return _train(x, y, start=0.0)


@train_face_classifier.mistake("The biases never move: b1 and b2 take steps as the weights do.")
def biases_never_move(x, y):
    return _train(x, y, move_biases=False)


@train_face_classifier.mistake(
    "Either the targets are 0 for background: keep −1 and +1. Or the middle layer is not tanh: the "
    "check runs your weights through tanh."
)
def targets_zero_and_one(x, y):
    return _train(x, (y + 1) / 2)


# ---------------------------------------------------------------------------------- score_map


@lesson.exercise(
    reference.score_map,
    points=2,
    hints=(
        "Run conv2d_forward over the whole image, as it was run over the crops. How large is the "
        "part of its output that belongs to one crop?",
        "It has R = (h − KH) // stride + 1 rows. The dense layer is a kernel of that size that "
        "sees all F channels; how does its (F·R·C, 1) become (1, F, R, C)?",
        "w2.T.reshape(1, F, R, C): the row of a crop was written channel by channel, row by row. "
        "Then conv2d_forward once more, at stride 1, with b2.",
    ),
)
def score_map(rng):
    yield case("crops of 9×12, stride 3", *_classifier(rng, (19, 24), (9, 12), 3, (3, 6), 3))
    yield case("crops of 8×11, stride 1", *_classifier(rng, (13, 18), (8, 11), 2, (5, 4), 1))
    yield case("crops of 14×10, stride 2", *_classifier(rng, (25, 17), (14, 10), 4, (6, 4), 2))
    yield case("the image is one crop", *_classifier(rng, (11, 15), (11, 15), 3, (4, 5), 2))


def _classifier(rng, image, crop, filters, kernel, stride):
    rows, columns = ((n - k) // stride + 1 for n, k in zip(crop, kernel, strict=True))
    w1 = rng.normal(size=(filters, 1, *kernel)) / 2
    w2 = rng.normal(size=(filters * rows * columns, 1))
    return (
        rng.normal(size=image),
        crop,
        w1,
        rng.normal(size=filters),
        w2,
        rng.normal(size=1),
        stride,
    )


def _scored(image, crop, w1, b1, w2, b2, stride, *, kernel, squash=np.tanh, second=1, bias=1):
    """Return the reference's map, with another kernel, squashing, stride or bias."""
    rows, columns = ((n - k) // stride + 1 for n, k in zip(crop, w1.shape[2:], strict=True))
    maps = squash(reference.conv2d_forward(image[None, None], w1, b1, stride=stride))
    second_kernel = kernel(w2[:, 0], len(w1), rows, columns)[None]
    return reference.conv2d_forward(maps, second_kernel, bias * b2, stride=second)[0, 0]


def _as_flattened(w, filters, rows, columns):
    return w.reshape(filters, rows, columns)


@score_map.mistake(
    "The weights of the dense layer are read channels last. Its row was written channel by "
    "channel: reshape to (1, F, R, C)."
)
def channels_last(image, crop, w1, b1, w2, b2, stride):  # E14
    def kernel(w, filters, rows, columns):
        return w.reshape(rows, columns, filters).transpose(2, 0, 1)

    return _scored(image, crop, w1, b1, w2, b2, stride, kernel=kernel)


@score_map.mistake(
    "Rows and columns of the second kernel are mixed: it is read column by column, but the row was "
    "written row by row."
)
def columns_before_rows(image, crop, w1, b1, w2, b2, stride):  # E14
    def kernel(w, filters, rows, columns):
        return w.reshape(filters, columns, rows).transpose(0, 2, 1)

    return _scored(image, crop, w1, b1, w2, b2, stride, kernel=kernel)


@score_map.mistake("The second kernel is turned by 180°. Convolution here does not turn it.")
def turned_kernel(image, crop, w1, b1, w2, b2, stride):
    def kernel(w, filters, rows, columns):
        return w.reshape(filters, rows, columns)[:, ::-1, ::-1]

    return _scored(image, crop, w1, b1, w2, b2, stride, kernel=kernel)


@score_map.mistake("The bias b2 of the dense layer is missing.")
def forgets_the_last_bias(image, crop, w1, b1, w2, b2, stride):
    return _scored(image, crop, w1, b1, w2, b2, stride, kernel=_as_flattened, bias=0)


@score_map.mistake("The tanh between the two layers is missing.")
def forgets_the_tanh(image, crop, w1, b1, w2, b2, stride):
    return _scored(
        image, crop, w1, b1, w2, b2, stride, kernel=_as_flattened, squash=lambda maps: maps
    )


@score_map.mistake("The scores went through the last tanh. Here the numbers before it are wanted.")
def squashes_the_scores(image, crop, w1, b1, w2, b2, stride):
    return np.tanh(reference.score_map(image, crop, w1, b1, w2, b2, stride))


@score_map.mistake(
    "The second convolution has the stride, too. The first one has taken it already: entries of "
    "its maps are stride pixels apart."
)
def stride_twice(image, crop, w1, b1, w2, b2, stride):
    return _scored(image, crop, w1, b1, w2, b2, stride, kernel=_as_flattened, second=stride)
