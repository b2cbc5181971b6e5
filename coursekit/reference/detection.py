"""From scores to boxes: a photo in sizes, windows, overlaps, and which boxes to keep."""

import numpy as np

from . import detection_checks as check
from .input_checks import checked


def _shares(old, new):
    """Return (new, old): how much of each new pixel comes from each old one; rows sum to 1."""
    edges = np.arange(new + 1) * old / new
    places = np.arange(old)
    ends = np.minimum(edges[1:, None], places + 1)
    starts = np.maximum(edges[:-1, None], places)
    return np.maximum(ends - starts, 0) * new / old


@checked(check.resized)
def resize_image(image, height, width):
    """Return a grey image (H, W) at another size: every new pixel is the mean of what it covers.

    >>> resize_image(np.array([[0.0, 2.0, 4.0, 8.0]]), 1, 2)
    array([[1., 6.]])
    """
    return _shares(image.shape[0], height) @ image @ _shares(image.shape[1], width).T


@checked(check.boxes_from_scores)
def boxes_from_scores(scores, threshold, stride, size, scale):
    """Return the windows of a score map whose score is above a threshold, as boxes in the photo.

    scores: (R, C); scores[r, c] belongs to the window with its top left corner at row r·stride and
    column c·stride of the photo after it was shrunk.  stride, size: whole numbers of pixels in the
    shrunk photo; a window has size × size of them.
    scale: how much the photo was shrunk, side by side: 0.5 made it half as high and half as wide.
    Result: the tuple (boxes, kept).  boxes: (M, 4), float, one row (y0, x0, y1, x1) a window, in
    pixels of the photo before it was shrunk; y1 and x1 are exclusive: y1 − y0 is the height.
    kept: (M,), their scores.  Order: row by row, from left to right, as in the map.

    >>> boxes, kept = boxes_from_scores(np.array([[-1.0, 3.0]]), 0.0, 4, 25, 0.5)
    >>> boxes
    array([[ 0.,  8., 50., 58.]])
    """
    places = np.argwhere(scores > threshold)  # (M, 2): r, c
    corners = places * stride
    boxes = np.concatenate([corners, corners + size], axis=1) / scale
    return boxes, scores[scores > threshold]


@checked(check.two_boxes)
def intersection_over_union(a, b):
    """Return how much two boxes agree: area of their intersection / area of their union.

    a, b: (y0, x0, y1, x1) in pixels; y1 and x1 are exclusive, so y1 − y0 is the height.
    Result: float from 0 (nothing in common) to 1 (the same box).

    >>> intersection_over_union((0, 0, 2, 4), (0, 2, 2, 6))
    0.3333333333333333
    """
    height = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    width = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    shared = height * width
    area_a = (a[2] - a[0]) * (a[3] - a[1])
    area_b = (b[2] - b[0]) * (b[3] - b[1])
    return float(shared / (area_a + area_b - shared))


@checked(check.boxes_and_scores)
def non_maximum_suppression(boxes, scores, overlap):
    """Return which boxes to keep, so that every face keeps its best box only.

    boxes: (M, 4), rows (y0, x0, y1, x1); scores: (M,).
    Take the boxes from the best score to the worst.  Keep a box unless its intersection over union
    with a box that has been *kept* is above ``overlap``.
    Result: list of the row numbers of the boxes kept, the best one first.

    >>> boxes = np.array([[0, 0, 10, 10], [0, 1, 10, 11], [0, 50, 10, 60]])
    >>> non_maximum_suppression(boxes, np.array([1.0, 3.0, 2.0]), 0.5)
    [1, 2]
    """
    kept = []
    for index in np.argsort(-scores, kind="stable"):
        if all(intersection_over_union(boxes[index], boxes[k]) <= overlap for k in kept):
            kept.append(int(index))
    return kept
