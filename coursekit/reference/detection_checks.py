"""What the functions of a detector accept, said in one place."""

import numpy as np


def resized(image, height, width):
    if np.ndim(image) != 2:
        raise ValueError(f"image must be grey, (H, W), but its shape is {np.shape(image)}")
    for name, value in (("height", height), ("width", width)):
        if value < 1:
            raise ValueError(f"{name} must be 1 or more, not {value}")


def boxes_from_scores(scores, threshold, stride, size, scale):
    if np.ndim(scores) != 2:
        raise ValueError(f"scores must be one map, (R, C), but the shape is {np.shape(scores)}")
    for name, value in (("stride", stride), ("size", size), ("scale", scale)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, not {value}")


def _box(name, box):
    if np.shape(box) != (4,):
        raise ValueError(f"{name} must be four numbers y0, x0, y1, x1, not {box!r}")
    if not (box[2] > box[0] and box[3] > box[1]):
        raise ValueError(f"{name} = {tuple(box)} is empty: y1 must be above y0, and x1 above x0")


def two_boxes(a, b):
    _box("a", a)
    _box("b", b)


def boxes_and_scores(boxes, scores, overlap):
    if np.ndim(boxes) != 2 or np.shape(boxes)[1] != 4:
        raise ValueError(f"boxes must have the shape (M, 4), not {np.shape(boxes)}")
    if np.shape(scores) != (len(boxes),):
        raise ValueError(f"{len(boxes)} boxes need as many scores, not {np.shape(scores)}")
    if not 0 <= overlap <= 1:
        raise ValueError(f"overlap must lie between 0 and 1, not {overlap}")


def logits_and_targets(logits, y):
    if np.ndim(logits) != 1 or np.shape(logits) != np.shape(y) or np.size(y) == 0:
        raise ValueError(
            f"logits and y must both be (N,), but are {np.shape(logits)} and {np.shape(y)}"
        )
    if not np.equal(np.abs(y), 1).all():
        raise ValueError("y must hold +1 (face) and −1 (no face) only")


def confusion(confusion):
    if np.shape(confusion) != (2, 2):
        raise ValueError(f"confusion must have the shape (2, 2), not {np.shape(confusion)}")


def groups(groups, test_fraction, rng):
    if np.ndim(groups) != 1:
        raise ValueError(f"groups must be (N,), one number a crop, not {np.shape(groups)}")
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction must lie between 0 and 1, not {test_fraction}")


def embeddings(a, b):
    if np.ndim(a) != 2 or np.ndim(b) != 2 or np.shape(a)[1] != np.shape(b)[1]:
        raise ValueError(
            f"the rows of both must be vectors of one length, not {np.shape(a)} and {np.shape(b)}"
        )


def scored(image, crop, w1, b1, w2, b2, stride):
    if np.ndim(image) != 2 or np.ndim(w1) != 4 or np.ndim(w2) != 2:
        raise ValueError(
            "image must be (H, W), w1 (F, 1, KH, KW) and w2 (D, 1), but the shapes are "
            f"{np.shape(image)}, {np.shape(w1)}, {np.shape(w2)}"
        )
    if any(n < k for n, k in zip(image.shape, crop, strict=True)):
        raise ValueError(f"the image {image.shape} is smaller than a crop {tuple(crop)}")


def crops(x, y):
    if np.ndim(x) != 4 or np.shape(x)[0] != np.size(y):
        raise ValueError(f"x must be (N, 1, H, W) and y (N,), not {np.shape(x)}, {np.shape(y)}")
