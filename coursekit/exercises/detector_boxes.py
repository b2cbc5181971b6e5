"""Lesson 09: from scores to boxes, and which boxes to keep."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("09_face_detector")

# -------------------------------------------------------------------------- boxes_from_scores


@lesson.exercise(
    reference.boxes_from_scores,
    points=2,
    outputs=("boxes", "kept"),
    hints=(
        "Take one entry [r, c] by hand. At which pixel of the shrunk photo does its window start, "
        "and where does it end?",
        "np.argwhere(scores > threshold) gives the pairs (r, c), row by row.",
        "A photo shrunk by 0.5 has to grow by 2 to be itself again: divide by scale, all four "
        "numbers.",
    ),
)
def boxes_from_scores(rng):
    yield case("stride 4, shrunk to a half", rng.normal(size=(5, 7)), 0.0, 4, 25, 0.5)
    yield case("stride 3, not quite shrunk", rng.normal(size=(6, 4)), 0.5, 3, 20, 0.8)
    yield case("stride 2, a photo made larger", rng.normal(size=(4, 6)), -0.5, 2, 11, 1.25)
    scores = np.full((4, 9), -1.0)
    scores[1, 6], scores[3, 2], scores[2, 1] = 2.0, 5.0, 1.0
    yield case("two windows, and one exactly at the threshold", scores, 1.0, 8, 30, 0.25)
    yield case("no window above the threshold: boxes are (0, 4)", scores, 9.0, 4, 25, 0.5)


def _boxes(scores, threshold, *, corner, size, scale=1.0):
    """Return boxes as the reference does, with another corner, size or scale."""
    starts = np.argwhere(scores > threshold) * corner
    boxes = np.concatenate([starts, starts + size], axis=1) * scale
    return boxes, scores[scores > threshold]


@boxes_from_scores.mistake(
    "The boxes lie in the shrunk photo, too near to its top left corner. Divide them by scale."
)
def forgets_the_scale(scores, threshold, stride, size, scale):  # E7
    return _boxes(scores, threshold, corner=stride, size=size)


@boxes_from_scores.mistake(
    "You multiplied by scale. The photo was made smaller by scale; the way back is to divide."
)
def multiplies_by_the_scale(scores, threshold, stride, size, scale):  # E7
    return _boxes(scores, threshold, corner=stride, size=size, scale=scale)


@boxes_from_scores.mistake(
    "Neighbouring entries of the map are stride pixels apart, not one: the corners are r · stride "
    "and c · stride."
)
def forgets_the_stride(scores, threshold, stride, size, scale):  # E8
    return _boxes(scores, threshold, corner=1, size=size, scale=1 / scale)


@boxes_from_scores.mistake(
    "The corners step by the size of a window, as if windows did not overlap. They step by stride."
)
def steps_by_the_size(scores, threshold, stride, size, scale):  # E8
    return _boxes(scores, threshold, corner=size, size=size, scale=1 / scale)


@boxes_from_scores.mistake("y and x have changed places: a box is (y0, x0, y1, x1), rows first.")
def swaps_y_and_x(scores, threshold, stride, size, scale):  # E4
    boxes, kept = reference.boxes_from_scores(scores, threshold, stride, size, scale)
    return boxes[:, [1, 0, 3, 2]], kept


@boxes_from_scores.mistake(
    "The last two numbers are height and width. Here they are y1 and x1, where the box ends.",
    convention=True,
)
def height_and_width(scores, threshold, stride, size, scale):
    boxes, kept = reference.boxes_from_scores(scores, threshold, stride, size, scale)
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1), kept


@boxes_from_scores.mistake(
    "The end of a box is one pixel short: y1 and x1 are exclusive, so y1 = y0 + size."
)
def ends_inclusive(scores, threshold, stride, size, scale):
    return _boxes(scores, threshold, corner=stride, size=size - 1, scale=1 / scale)


@boxes_from_scores.mistake(
    "You laid the window around its place. Entry [r, c] belongs to the window that starts at "
    "r · stride, c · stride."
)
def centres_the_window(scores, threshold, stride, size, scale):
    boxes, kept = reference.boxes_from_scores(scores, threshold, stride, size, scale)
    return boxes - size / 2 / scale, kept


@boxes_from_scores.mistake(
    "The corner is back in the photo, but the window kept its size of the shrunk one: divide y1 "
    "and x1 by scale, too."
)
def size_not_scaled(scores, threshold, stride, size, scale):  # E7
    boxes, kept = reference.boxes_from_scores(scores, threshold, stride, size, scale)
    return np.concatenate([boxes[:, :2], boxes[:, :2] + size], axis=1), kept


# -------------------------------------------------------------------- intersection_over_union


@lesson.exercise(
    reference.intersection_over_union,
    hints=(
        "Draw two boxes that overlap. Where does their intersection begin, and where does it end?",
        "It begins at the larger of the two beginnings and ends at the smaller of the two ends.",
        "If it ends before it begins, there is none: its height is max(…, 0). The union counts the "
        "intersection once: area a + area b − intersection.",
    ),
)
def intersection_over_union(rng):
    yield case("they overlap at a corner", *_corner(rng))
    yield case("one inside the other", (0, 0, 12, 20), (2, 5, 8, 11))
    yield case("apart in both directions", (0, 0, 3, 5), (7, 11, 12, 15))
    yield case("apart, the other way round", (20, 30, 24, 37), (3, 2, 9, 8))
    yield case("side by side, rows in common", (0, 0, 6, 8), (2, 10, 7, 19))
    yield case("one above the other, columns in common", (0, 0, 6, 8), (10, 2, 19, 7))
    yield case("the same box", (3, 4, 10, 15), (3, 4, 10, 15))
    yield case("they overlap in part, in a photo", (66, 165, 176, 275), (80.5, 150.0, 195.5, 265.0))
    yield case("as lists", list(map(float, _corner(rng)[0])), [1.0, 2.0, 40.0, 30.0])


def _corner(rng):
    y, x, h, w = (int(n) for n in rng.integers(6, 15, size=4))
    return (y, x, y + h, x + w), (y + h // 2, x + w // 3, y + h // 2 + 7, x + w // 3 + 21)


def _iou(a, b, *, clamp=True, union=True, extra=0, area_extra=0):
    """Return the reference's number with one thing in it exchanged."""
    height = min(a[2], b[2]) - max(a[0], b[0]) + extra
    width = min(a[3], b[3]) - max(a[1], b[1]) + extra
    if clamp:
        height, width = max(height, 0), max(width, 0)
    shared = height * width
    areas = sum((c[2] - c[0] + area_extra) * (c[3] - c[1] + area_extra) for c in (a, b))
    return float(shared / (areas - shared if union else areas))


@intersection_over_union.mistake(
    "Boxes that lie apart in both directions have a negative height and a negative width, and "
    "their product is positive. Use max(…, 0) on each."
)
def sides_not_clamped(a, b):  # E1
    return _iou(a, b, clamp=False)


@intersection_over_union.mistake(
    "The union counts the intersection twice: subtract it once. The same box must give 1."
)
def union_is_the_sum(a, b):  # E2
    return _iou(a, b, union=False)


@intersection_over_union.mistake(
    "You add 1 to the sides of the intersection only. Here y1 and x1 are exclusive, and no side "
    "needs a 1. The same box must give 1."
)
def one_pixel_more_inside(a, b):  # E3
    return _iou(a, b, extra=1)


@intersection_over_union.mistake(
    "You add 1 to the sides of the boxes, but not to those of the intersection. The same box must "
    "give 1."
)
def one_pixel_more_in_the_areas(a, b):  # E3
    return _iou(a, b, area_extra=1)


@intersection_over_union.mistake(
    "You take y1 and x1 as inclusive, so every side gets a 1, as in Pascal VOC. Here the ends are "
    "exclusive.",
    convention=True,
)
def both_ends_inclusive(a, b):
    return _iou(a, b, extra=1, area_extra=1)


@intersection_over_union.mistake(
    "You read the boxes as (y0, y1, x0, x1). Here they are (y0, x0, y1, x1)."
)
def reads_y0_y1_x0_x1(a, b):  # E4
    height = max(min(a[1], b[1]) - max(a[0], b[0]), 0)
    width = max(min(a[3], b[3]) - max(a[2], b[2]), 0)
    areas = (a[1] - a[0]) * (a[3] - a[2]) + (b[1] - b[0]) * (b[3] - b[2])
    return float(height * width / (areas - height * width or 1))


@intersection_over_union.mistake(
    "You read the last two numbers as height and width. Here they are y1 and x1, the ends.",
    convention=True,
)
def reads_height_and_width(a, b):
    a, b = ((y, x, y + h, x + w) for y, x, h, w in (a, b))
    return _iou(a, b)


@intersection_over_union.mistake(
    "You divide by the smaller box, not by the union. Then a tiny box inside a large one gets 1, "
    "though the two hardly agree."
)
def over_the_smaller_box(a, b):
    height = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    width = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    smaller = min((c[2] - c[0]) * (c[3] - c[1]) for c in (a, b))
    return float(height * width / smaller)


@intersection_over_union.mistake(
    "You divide by the box that encloses both. The union is the area that they really cover."
)
def over_the_enclosing_box(a, b):
    height = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    width = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    around = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return float(height * width / around)


# -------------------------------------------------------------------- non_maximum_suppression


@lesson.exercise(
    reference.non_maximum_suppression,
    points=2,
    hints=(
        "Which box is certain to stay? And which ones does it push out?",
        "np.argsort(-scores) is the order from the best to the worst. Keep a list of what stays.",
        "A box stays if intersection_over_union with every box of that list is at most overlap. "
        "Boxes that are out push nobody.",
    ),
)
def non_maximum_suppression(rng):
    # A row of boxes 10 × 20, each moved by a fifth: neighbours have an IoU of 2/3, next ones 3/7.
    row = np.array([[0, 4 * n, 10, 4 * n + 20] for n in range(6)], float)
    yield case("a chain of neighbours", row, np.array([5.0, 9.0, 8.0, 7.0, 3.0, 6.0]), 0.5)
    yield case("a chain, a lower overlap", row, np.array([1.0, 4.0, 2.5, 6.0, 2.0, 3.0]), 0.3)
    yield case("two faces, several boxes each", *_two_faces(rng), 0.4)
    yield case("scores below 0", *_two_faces(rng, shift=-9.0), 0.3)
    boxes = np.array([[0, 0, 10, 10], [2, 2, 10, 10], [30, 30, 45, 40], [31, 30, 45, 40]], float)
    yield case("the best comes last", boxes, np.array([1.0, 2.0, 3.0, 4.0]), 0.5)
    half = np.array([[50, 50, 60, 55], [50, 50, 60, 60], [51, 50, 60, 60]], float)
    yield case("an overlap of exactly the threshold stays", half, np.array([1.0, 3.0, 2.0]), 0.5)
    yield case("no boxes at all", np.zeros((0, 4)), np.zeros(0), 0.5)


def _two_faces(rng, shift=0.0):
    centres = np.repeat([[60.0, 50.0], [70.0, 150.0]], 4, axis=0)
    corners = centres + rng.uniform(-9, 9, size=(8, 2))
    boxes = np.concatenate([corners, corners + np.array([48, 40])], axis=1)
    order = rng.permutation(8)
    return boxes[order], rng.permutation(8) + rng.uniform(0, 0.5, 8) + shift


def _suppress(boxes, scores, overlap, *, order=None, pushes=lambda found, least: found > least):
    kept = []
    for index in np.argsort(-scores) if order is None else order:
        overlaps = [reference.intersection_over_union(boxes[index], boxes[k]) for k in kept]
        if not any(pushes(found, overlap) for found in overlaps):
            kept.append(int(index))
    return kept


@non_maximum_suppression.mistake(
    "You begin with the worst box, and so the weakest one of each face stays. Begin with the best."
)
def worst_first(boxes, scores, overlap):  # E5
    return _suppress(boxes, scores, overlap, order=np.argsort(scores))


@non_maximum_suppression.mistake(
    "The comparison is turned round: boxes far apart push each other out, and those that overlap "
    "stay. Drop a box whose overlap is above the threshold."
)
def drops_what_lies_apart(boxes, scores, overlap):  # E6
    return _suppress(boxes, scores, overlap, pushes=lambda found, least: found < least)


@non_maximum_suppression.mistake(
    "A box that is out must not push out others. Compare with the boxes that were kept only."
)
def the_dropped_push_too(boxes, scores, overlap):
    kept, order = [], np.argsort(-scores)
    for rank, index in enumerate(order):
        better = [boxes[k] for k in order[:rank]]
        if all(reference.intersection_over_union(boxes[index], b) <= overlap for b in better):
            kept.append(int(index))
    return kept


@non_maximum_suppression.mistake(
    "The boxes are taken in the order of the list, not from the best score to the worst."
)
def order_of_the_list(boxes, scores, overlap):
    return _suppress(boxes, scores, overlap, order=range(len(boxes)))


@non_maximum_suppression.mistake(
    "Any two boxes that touch push each other: you compare with 0, not with overlap."
)
def any_overlap_pushes(boxes, scores, overlap):
    return _suppress(boxes, scores, 0.0)


@non_maximum_suppression.mistake(
    "Only the single best box is left. A photo may hold several faces: boxes that don't overlap "
    "stay."
)
def the_best_alone(boxes, scores, overlap):
    return [int(np.argmax(scores))] if len(scores) else []


@non_maximum_suppression.mistake(
    "The right boxes, but in the order of the list: return the best one first."
)
def sorted_by_number(boxes, scores, overlap):
    return sorted(reference.non_maximum_suppression(boxes, scores, overlap))


@non_maximum_suppression.mistake(
    "The boxes themselves came back. Return their row numbers, so that the scores can be looked up."
)
def returns_the_boxes(boxes, scores, overlap):
    return boxes[reference.non_maximum_suppression(boxes, scores, overlap)]
