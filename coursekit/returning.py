"""What a right answer returns to the rest of the lesson: the kinds that the reference returns.

A check takes lists for arrays, since the numbers are right.  A later cell may slice them, and so
the function that goes on there turns what it returns into the reference's kinds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from coursekit.judging import Expectation


def like(expectation: Expectation, answers: Sequence[Any], function: Callable) -> Callable:
    """Return ``function``, or one that turns what it returns into the kinds that are expected.

    ``answers`` are right, one for each case.  Where the reference itself returns different kinds
    in different cases, the function stays as it is.
    """
    wanted = _one_call_each(expectation.cases, expectation.answers)
    got = _one_call_each(expectation.cases, answers)
    kinds = {repr(_kinds(answer)) for answer in wanted}
    same = kinds == {repr(_kinds(answer)) for answer in got}
    if len(kinds) > 1 or (same and not any("[" in kind for kind in kinds)):
        return function  # a list is always made anew: what came as one may have been an iterator
    model = wanted[0]

    @functools.wraps(function)
    def converted(*args, **options):
        return _like(model, function(*args, **options))

    return converted


def _one_call_each(cases, answers) -> list:
    return [
        answer[0] if each.calls > 1 else answer for each, answer in zip(cases, answers, strict=True)
    ]


def _kinds(answer):
    """Return the tree of types of an answer; the items of a list are alike, and one says all."""
    if isinstance(answer, tuple):
        return tuple(_kinds(item) for item in answer)
    if isinstance(answer, list):
        return [_kinds(item) for item in answer[:1]]
    if isinstance(answer, dict):
        return {key: _kinds(item) for key, item in answer.items()}
    return type(answer)


def _like(model, value):
    if isinstance(value, Iterator):
        value = list(value)
    if isinstance(model, np.ndarray):
        empty = not isinstance(value, np.ndarray) and not len(value)
        return np.empty((0, *model.shape[1:])) if empty else np.asarray(value)
    if isinstance(model, tuple):
        value = tuple(value)
        return tuple(map(_like, model, value)) if len(model) == len(value) else value
    if isinstance(model, list):
        return [_like(model[0], item) for item in value] if model else list(value)
    if isinstance(model, dict):
        return {key: _like(model.get(key), item) for key, item in value.items()}
    if type(model) in (bool, int, float):
        return type(model)(value)
    return value
