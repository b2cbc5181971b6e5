"""Lesson 09: how alike two vectors are, and which one is nearest."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("09_face_detector")


def _vectors(rng, n, m, d):
    """Two sets of vectors of very different lengths."""
    a, b = rng.normal(size=(n, d)), rng.normal(size=(m, d))
    return a * rng.uniform(0.3, 6, (n, 1)), b * rng.uniform(0.3, 6, (m, 1))


# -------------------------------------------------------------------------- cosine_similarity


@lesson.exercise(
    reference.cosine_similarity,
    hints=(
        "What is the cosine of a vector with one that is twice as long, in the same direction? "
        "And what does a · b give?",
        "Divide every row by its length first: np.linalg.norm(a, axis=1, keepdims=True).",
        "Then all products of rows with rows are one matrix product, a @ b.T.",
    ),
)
def cosine_similarity(rng):
    yield case("3 and 4 vectors with 5 numbers", *_vectors(rng, 3, 4, 5))
    yield case("6 and 2 vectors with 3 numbers", *_vectors(rng, 6, 2, 3))
    yield case("one and 3 vectors", *_vectors(rng, 1, 3, 7))


@cosine_similarity.mistake(
    "That is the plain product: a long vector is like everything. Divide by both lengths."
)
def not_normalised(a, b):
    return a @ b.T


@cosine_similarity.mistake(
    "Only the vectors of a are divided by their lengths. Those of b must be."
)
def normalises_a_only(a, b):
    return a / np.linalg.norm(a, axis=1, keepdims=True) @ b.T


@cosine_similarity.mistake(
    "You divide by the squares of the lengths: the root is missing. Like vectors must give 1."
)
def squared_lengths(a, b):
    return a @ b.T / np.outer((a**2).sum(axis=1), (b**2).sum(axis=1))


@cosine_similarity.mistake(
    "The lengths were taken down the columns. One vector is one row: axis=1."
)
def lengths_of_columns(a, b):
    return (a / np.linalg.norm(a, axis=0)) @ (b / np.linalg.norm(b, axis=0)).T


@cosine_similarity.mistake(
    "That is the cosine distance, 1 − cos, which is 0 for the same direction. Here the similarity "
    "is wanted.",
    convention=True,
)
def cosine_distance(a, b):
    return 1 - reference.cosine_similarity(a, b)


@cosine_similarity.mistake(
    "One length was taken for the whole array. Every vector has a length of its own."
)
def one_length_for_all(a, b):
    return a @ b.T / np.linalg.norm(a) / np.linalg.norm(b)


# ------------------------------------------------------------------------------- nearest_face


@lesson.exercise(
    reference.nearest_face,
    hints=(
        "Is the nearest one the one with the largest similarity, or with the smallest?",
        "cosine_similarity(query, gallery) has one row a query. Along which axis does argmax look "
        "for the best column?",
    ),
)
def nearest_face(rng):
    for n, m, d in ((9, 6, 4), (7, 12, 3), (12, 5, 6)):
        yield case(f"{n} queries, {m} known faces", *_vectors(rng, n, m, d))
    lengths = np.array([[9.0, 0.9], [1.0, 0.0], [20.0, 40.0], [-30.0, 2.0]])
    queries = np.array([[1.0, 0.3], [0.5, 0.02], [2.0, 2.5], [-1.0, 0.3], [0.9, 1.7]])
    yield case("vectors of very different lengths", queries, lengths)


@nearest_face.mistake(
    "You took the smallest similarity, which is the farthest face. A similarity is large where two "
    "are near."
)
def takes_the_farthest(query, gallery):
    return reference.cosine_similarity(query, gallery).argmin(axis=1)


@nearest_face.mistake(
    "You compare plain products, and the longest vector of the gallery wins. Use the cosine."
)
def longest_wins(query, gallery):
    return (query @ gallery.T).argmax(axis=1)


@nearest_face.mistake(
    "You took the smallest distance between the tips of the vectors. Here the angle decides, "
    "whatever the lengths: a cosine.",
    convention=True,
)
def smallest_distance(query, gallery):
    return ((query[:, None] - gallery) ** 2).sum(axis=2).argmin(axis=1)


@nearest_face.mistake(
    "You looked for the best query of each known face. Each query wants its best known face: the "
    "other axis."
)
def other_axis(query, gallery):
    return reference.cosine_similarity(query, gallery).argmax(axis=0)


@nearest_face.mistake("That is how alike they are. Which row of the gallery is it?")
def returns_the_similarity(query, gallery):
    return reference.cosine_similarity(query, gallery).max(axis=1)
