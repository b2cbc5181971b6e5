"""What penalties, dropout, augmentations, soft labels and early stopping accept.

The checks stand in front of the references by ``@checked``, as those of the convolution do.
"""

from numbers import Real

import numpy as np

from .input_checks import (
    alike,
    array,
    at_least_zero,
    class_numbers,
    dropped_share,
    four,
    function,
    generator,
    lengths,
    number,
    positive,
    share,
    whole,
)
from .mlp_checks import scores

# ---------------------------------------------------------------- single values


def picture(image):
    """Raise unless ``image`` is (H, W) or (H, W, C), floats."""
    array("image", image)
    if image.ndim not in (2, 3) or not image.size:
        raise ValueError(f"image must be (H, W) or (H, W, C), but its shape is {image.shape}")


# ---------------------------------------------------------------- penalties


def layers(layers, strength):
    if not isinstance(layers, list | tuple) or not all(
        isinstance(layer, list | tuple) and len(layer) == 2 for layer in layers
    ):
        raise TypeError("layers must be a list of pairs (w, b), one for each layer")
    for place, (w, b) in enumerate(layers):
        array(f"w of layer {place}", w)
        array(f"b of layer {place}", b)
    at_least_zero("strength", strength)


def penalised_dense(dout, x, w, b, strength):
    array("x", x, "N D")
    array("w", w, "D M")
    array("b", b, "M")
    array("dout", dout, "N M")
    if x.shape[1] != len(w) or dout.shape != (len(x), w.shape[1]) or len(b) != w.shape[1]:
        raise ValueError(
            f"x {x.shape}, w {w.shape}, b {b.shape} and dout {dout.shape} do not fit: "
            "they must be (N, D), (D, M), (M,) and (N, M)"
        )
    at_least_zero("strength", strength)


def decay_step(w, gradient, previous_update, learning_rate, momentum, strength):
    alike("w", w, {"gradient": gradient, "previous_update": previous_update})
    number("learning_rate", learning_rate)
    at_least_zero("momentum", momentum)
    at_least_zero("strength", strength)


# ---------------------------------------------------------------- dropout


def mask(shape, rate, rng):
    lengths("shape", shape)
    dropped_share(rate)
    generator(rng)


def spatial_mask(shape, rate, rng):
    lengths("shape (N, C, H, W)", shape, 4)
    mask(shape, rate, rng)


def dropout(x, keep, rate, training):
    array("x", x)
    dropped_share(rate)
    if not isinstance(keep, np.ndarray) or keep.dtype != bool:
        raise TypeError("keep must be an array of booleans: True where a number is kept")
    try:
        fits = np.broadcast_shapes(keep.shape, x.shape) == x.shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"keep has shape {keep.shape}, which does not fit x {x.shape}")


def dropout_backward(dout, x, keep, rate, training):
    dropout(x, keep, rate, training)
    alike("x", x, {"dout": dout})


# ---------------------------------------------------------------- augmentations


def places(image, rows, columns):
    picture(image)
    for name, value in (("rows", rows), ("columns", columns)):
        if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
            raise TypeError(
                f"{name} are whole numbers. Places may lie between pixels: keep their fractions, "
                "without astype(int); places that are whole anyway are floats, too"
            )
    alike("rows", rows, {"columns": columns})


def angle(image, degrees):
    picture(image)
    number("degrees", degrees)


def homography(image, matrix):
    picture(image)
    array("matrix", matrix)
    if matrix.shape != (3, 3):
        raise ValueError(f"matrix must be (3, 3), but its shape is {matrix.shape}")


def shift(image, largest, rng):
    picture(image)
    whole("largest", largest, 1)
    generator(rng)


def noise(image, std, rng):
    picture(image)
    at_least_zero("std", std)
    generator(rng)


def square(image, size, rng):
    picture(image)
    whole("size", size, 1, 1)
    generator(rng)


def colours(image, brightness, contrast, saturation):
    picture(image)
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image must be (H, W, 3): red, green, blue; its shape is {image.shape}")
    factors = {"brightness": brightness, "contrast": contrast, "saturation": saturation}
    for name, value in factors.items():
        at_least_zero(name, value)


def batch(x, training, rng):
    array("x", x, "N C H W")
    generator(rng)


def box(box, width):
    four("box", box, "left, top, right, bottom")
    whole("width", width, 1, 1)


def splits(x_train, x_test):
    array("x_train", x_train, "N C H W")
    array("x_test", x_test, "N C H W")
    if x_train.shape[1] != x_test.shape[1] or not x_train.size:
        raise ValueError(f"x_train {x_train.shape} and x_test {x_test.shape} must share channels")


# ---------------------------------------------------------------- soft labels


def smoothing(labels, classes, epsilon):
    whole("classes", classes, 1, 2)
    class_numbers(labels, classes)
    share("epsilon", epsilon)


def smoothed_loss(logits, labels, epsilon, training):
    scores(logits)
    smoothing(labels, logits.shape[1], epsilon)
    class_numbers(labels, logits.shape[1], len(logits))


def soft_targets(logits, targets):
    scores(logits)
    array("targets", targets)
    if targets.shape != logits.shape:
        raise ValueError(
            f"targets have shape {targets.shape}, but logits {logits.shape}: one share for each "
            "class; for labels, take smooth_labels(labels, classes, 0)"
        )
    if not np.allclose(targets.sum(axis=1), 1, atol=1e-5):
        raise ValueError("each row of targets must sum to 1")


def mixture(x, y, other_x, other_y, mix):
    alike("x", x, {"other_x": other_x})
    alike("y", y, {"other_y": other_y})
    share("mix", mix)


def patch(x, y, other_x, other_y, row, column, size):
    array("x", x, "C H W")
    mixture(x, y, other_x, other_y, 0)
    whole("row", row, 1)
    whole("column", column, 1)
    whole("size", size, 1)
    if row >= x.shape[1] or column >= x.shape[2]:
        raise ValueError(f"the middle ({row}, {column}) lies outside the image {x.shape}")


def mixed_batch(x, y, a, rng):
    array("x", x)
    array("y", y, "N K")
    if len(x) != len(y) or len(x) == 0:
        raise ValueError(f"x holds {len(x)} samples and y {len(y)}: one target row for each")
    positive("a", a)
    generator(rng)


# ---------------------------------------------------------------- early stopping


def watched(losses, patience):
    if not isinstance(losses, list | tuple | np.ndarray) or len(losses) == 0:
        raise ValueError(f"losses must be a list of numbers, one for each epoch, not {losses!r}")
    for epoch, loss in enumerate(losses):
        if not isinstance(loss, Real):
            raise ValueError(f"losses must be numbers, but that of epoch {epoch} is {loss!r}")
    whole("patience", patience, 1, 1)


def kept(w, gradient, validation_loss, learning_rate, steps):
    array("w", w)
    function("gradient", gradient)
    function("validation_loss", validation_loss)
    number("learning_rate", learning_rate)
    whole("steps", steps, 1)
