"""Vectors that stand for pictures: how alike two are, and which one is nearest."""

import numpy as np

from . import detection_checks as check
from .input_checks import checked


@checked(check.embeddings)
def cosine_similarity(a, b):
    """Return the cosine of the angle between every vector of a and every vector of b.

    cos = a · b / (|a| |b|), where |a| is the length of a, the root of the sum of its squares.
    a: (N, D); b: (M, D); one vector a row, none of length 0.
    Result: (N, M), from −1 (opposite) over 0 (at right angles) to 1 (the same direction).

    >>> cosine_similarity(np.array([[3.0, 4.0]]), np.array([[6.0, 8.0], [-3.0, -4.0]]))
    array([[ 1., -1.]])
    """
    a = a / np.linalg.norm(a, axis=1, keepdims=True)
    b = b / np.linalg.norm(b, axis=1, keepdims=True)
    return a @ b.T


@checked(check.search)
def nearest_face(query, gallery):
    """Return for each query the row of the gallery with the largest cosine similarity.

    query: (N, D), vectors of faces to recognise; gallery: (M, D), vectors of known faces.
    Result: int array (N,), row numbers 0 … M − 1 of the gallery.

    >>> nearest_face(np.array([[1.0, 0.1]]), np.array([[0.0, 9.0], [2.0, 0.0]]))
    array([1])
    """
    return cosine_similarity(query, gallery).argmax(axis=1)
