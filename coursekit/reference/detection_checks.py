"""What the functions of a detector accept, said in one place."""

import numpy as np

from .convolution_checks import bias, output_axes
from .input_checks import (
    array,
    counts,
    four,
    generator,
    lengths,
    number,
    numbers,
    positive,
    share,
    whole,
)


def resized(image, height, width):
    numbers("image", image, "H W")
    if not image.size:
        raise ValueError(f"image has shape {image.shape}: there is no pixel in it")
    counts(height=height, width=width)


def boxes_from_scores(scores, threshold, stride, size, scale):
    numbers("scores", scores, "R C")
    number("threshold", threshold)
    counts(stride=stride, size=size)
    positive("scale", scale)


def _box(name, box):
    four(name, box, "y0, x0, y1, x1")
    if not (box[2] > box[0] and box[3] > box[1]):
        raise ValueError(f"{name} = {tuple(box)} is empty: y1 must be above y0, and x1 above x0")


def two_boxes(a, b):
    _box("a", a)
    _box("b", b)


def boxes_and_scores(boxes, scores, overlap):
    numbers("boxes", boxes)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes must have the shape (M, 4), not {boxes.shape}")
    numbers("scores", scores)
    if scores.shape != (len(boxes),):
        raise ValueError(f"{len(boxes)} boxes need as many scores, not {scores.shape}")
    share("overlap", overlap)


def logits_and_targets(logits, y):
    numbers("logits", logits)
    numbers("y", y)
    if logits.ndim != 1 or logits.shape != y.shape or y.size == 0:
        raise ValueError(f"logits and y must both be (N,), but are {logits.shape} and {y.shape}")
    if not np.equal(np.abs(y), 1).all():
        raise ValueError("y must hold +1 (face) and −1 (no face) only")


def confusion(confusion):
    numbers("confusion", confusion)
    if confusion.shape != (2, 2) or (confusion < 0).any():
        raise ValueError(
            f"confusion must be four counts of shape (2, 2), as from confusion_matrix, "
            f"not {confusion.tolist()}"
        )


def groups(groups, test_fraction, rng):
    numbers("groups", groups, "N")
    number("test_fraction", test_fraction)
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction must lie between 0 and 1, not {test_fraction}")
    generator(rng)


def embeddings(a, b):
    numbers("the first", a)
    numbers("the second", b)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(
            f"the rows of both must be vectors of one length, not {a.shape} and {b.shape}"
        )
    for rows in (a, b):
        if not rows.any(axis=1).all():
            raise ValueError("a vector of zeros has no direction: leave its row out")


def search(query, gallery):
    embeddings(query, gallery)
    if len(gallery) == 0:
        raise ValueError(f"gallery has shape {gallery.shape}: there is nobody to recognise")


def scored(image, crop, w1, b1, w2, b2, stride):
    array("image", image, "H W")
    array("w1", w1, "F 1 KH KW")
    array("w2", w2, "D M")
    (stride,) = whole("stride", stride, 1, 1)
    crop = lengths("crop (h, w)", crop, 2)
    if w1.shape[1] != 1:
        raise ValueError(f"w1 has shape {w1.shape}, but a grey image needs (F, 1, KH, KW)")
    bias(b1, len(w1), "b1")
    if any(n < k for n, k in zip(image.shape, crop, strict=True)):
        raise ValueError(f"the image {image.shape} is smaller than a crop {crop}")
    rows, columns = output_axes(crop, w1.shape[2:], stride)
    if w2.shape != (len(w1) * rows * columns, 1):
        raise ValueError(
            f"w2 has shape {w2.shape}, but {len(w1)} maps of {rows}×{columns}, which w1 {w1.shape} "
            f"makes of a crop {crop} at stride {stride}, need ({len(w1) * rows * columns}, 1)"
        )
    bias(b2, 1, "b2")


def crops(x, y):
    array("x", x)
    if x.ndim != 4 or x.shape[1:] != (1, 25, 25) or len(x) == 0:
        raise ValueError(f"x must be crops (N, 1, 25, 25), but its shape is {x.shape}")
    numbers("y", y)
    if y.shape != (len(x),) or not np.isin(y, (-1, 1)).all():
        raise ValueError(
            f"y must hold +1 (face) or −1 (background) for each of the {len(x)} crops, "
            f"in the shape ({len(x)},), not {y.shape}"
        )
