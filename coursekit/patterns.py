"""Say how two arrays differ, in one sentence that is true of the case shown.

These sentences are facts about the numbers ("exactly 4 times"), never guesses at the cause.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Difference:
    """How one output differs: the rank of the cause, what differs, and why.

    ``pattern`` names the kind of sentence in ``why`` that a single case may show by chance.
    """

    rank: int
    what: str
    why: str = ""
    pattern: str = ""


def equal(got: np.ndarray, want: np.ndarray, tolerance: float) -> bool:
    """Tell whether two arrays of one shape agree, relative to the largest expected value."""
    if want.size == 0:
        return True
    if want.dtype.kind in "biu" and got.dtype.kind in "biu":
        return np.array_equal(got, want)
    finite = np.abs(want[np.isfinite(want)])
    scale = float(finite.max()) if finite.size else 0.0
    floor = tolerance * (scale or 1.0)
    with np.errstate(invalid="ignore", over="ignore"):
        if finite.size < want.size:
            return np.allclose(got, want, rtol=tolerance, atol=floor, equal_nan=True)
        # what allclose does, in half the time
        want = np.asarray(want, dtype=np.result_type(want, 1.0))
        return bool((np.abs(got - want) <= floor + tolerance * np.abs(want)).all())


def holds_text(value: Any) -> bool:
    """Tell whether there is a text in a value, however deep."""
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, str):
            return True
        if isinstance(each, dict):
            todo += each.values()
        elif isinstance(each, (list, tuple)):
            todo += each
    return False


def as_array(value: Any) -> np.ndarray:
    """Return an answer as an array.

    Raises:
        ValueError: where rows differ in length, or a text is among them: an array of texts gives
            each one as much room as the longest, and would fill any memory.
    """
    if isinstance(value, (list, tuple)) and holds_text(value):
        raise ValueError("a text among numbers")
    return np.asarray(value)


def in_words(crash: str) -> str:
    """Return the text of an exception, NumPy's sentence about matrix products in plain words."""
    if re.match(r"unsupported operand type\(s\) for \^|ufunc 'bitwise_xor' not supported", crash):
        return f"{crash} (a power is written **)"
    return re.sub(
        r"matmul: Input operand 1 has a mismatch.*\(size (\d+) is different from (\d+)\)",
        r"the two sides of @ do not fit: a row of the left one has length \2, a column of the "
        r"right one \1",
        crash,
    )


def cuts_decimals(want: np.ndarray, got: np.ndarray) -> bool:
    """Tell whether ``got`` is ``want`` without what stands behind the decimal point."""
    if got.dtype.kind not in "biu" or want.dtype.kind != "f" or (want == np.round(want)).all():
        return False
    small = got.dtype.kind != "b" and got.dtype.itemsize < 8  # nobody computes in these by chance
    return small or bool((np.abs(got - want) < 1).all())


def leaves(want: Any, got: Any, name: str = "") -> list[tuple[str, Any, Any]]:
    """Pair the arrays and numbers of an expected structure with those of an answer.

    Raises:
        TypeError: in the student's words, where the structures differ.
    """
    if isinstance(want, dict):
        if not isinstance(got, dict):
            raise TypeError(f"{name or 'the result'} must be a dict with {', '.join(want)}.")
        if want.keys() != got.keys():
            raise TypeError(
                f"{name or 'the result'} must have the keys {', '.join(want)}; "
                f"yours are {', '.join(map(str, got)) or 'none'}."
            )
        return [pair for key in want for pair in leaves(want[key], got[key], f"{name}[{key!r}]")]
    if isinstance(want, (list, tuple)):
        if isinstance(got, np.ndarray) and got.ndim:
            got = list(got)
        if not isinstance(got, (list, tuple)):
            raise TypeError(f"{name or 'the result'} must be a list of {len(want)} items.")
        if len(got) != len(want):
            raise TypeError(
                f"{name or 'the result'} has {len(got)} items where {len(want)} are wanted."
            )
        return [
            pair
            for index, (a, b) in enumerate(zip(want, got, strict=True))
            for pair in leaves(a, b, f"{name}[{index}]")
        ]
    return [(name, want, got)]


def describe_shape(want: np.ndarray, got: np.ndarray, case) -> tuple[str, str]:
    """Name the axis whose length is off, and what would give the shape that came."""
    what = f"the shape is {got.shape}, expected {want.shape}."
    if got.ndim == want.ndim:
        if sorted(got.shape) == sorted(want.shape):
            return what, "The lengths are right, but the axes stand in another order."
        off = [axis for axis in range(want.ndim) if got.shape[axis] != want.shape[axis]]
        difference = [got.shape[axis] - want.shape[axis] for axis in off]
        axes = " and ".join(f"axis {axis}" for axis in off)
        if len(set(difference)) == 1:
            count = abs(difference[0])
            more = "too long" if difference[0] > 0 else "too short"
            return what, f"{axes} {'is' if len(off) == 1 else 'are'} {count} {more}."
        return what, f"{axes} {'has' if len(off) == 1 else 'have'} the wrong length."
    if got.ndim < want.ndim:
        if got.ndim == 0:
            return what, "A single number came: is everything summed, where some axes must stay?"
        missing = _removed_axes(want.shape, got.shape)
        if missing:
            return what, f"{missing} is missing: is it summed away?"
        return what, _axes_came(want, got)
    extra = _removed_axes(got.shape, want.shape)
    if extra:
        return what, f"{extra} of your result is one too many: is a sum over it missing?"
    return what, _axes_came(want, got)


def _axes_came(want, got) -> str:
    wanted = "1 axis is" if want.ndim == 1 else f"{want.ndim} axes are"
    return f"{wanted} wanted and {got.ndim} came."


def _axes_wanted(want, got) -> str:
    axes = "1 axis is" if want.ndim == 1 else f"{want.ndim or 'no'} axes are"
    return f"{axes} wanted and {got.ndim} came."


def _removed_axes(longer, shorter) -> str:
    """Return the axes of ``longer`` without which it is ``shorter``, where that is unambiguous."""
    found = []
    if len(longer) - len(shorter) == 1:
        for axis in range(len(longer)):
            if longer[:axis] + longer[axis + 1 :] == shorter:
                found.append(axis)
    return f"Axis {found[0]} (length {longer[found[0]]})" if len(found) == 1 else ""


def describe_values(want: np.ndarray, got: np.ndarray, case) -> tuple[str, str, str]:
    """Describe how values differ: ratio, sign, order, shift, border, one slice, or an example.

    Returns what differs, a sentence on how, and the pattern of that sentence.
    """
    if not (case.inputs or case.options):  # its only answer would be given away
        return f"{show(got)} is not right.", "", ""
    want_f, got_f = want.astype(float), got.astype(float)
    example = _example(want, got)
    for pattern, sentence in (
        ("", _all_alike(want_f, got_f)),
        ("ratio", _ratio(want_f, got_f)),
        ("offset", _offset(want_f, got_f)),
        ("shift", _shifted(want_f, got_f)),
        ("order", _reordered(want_f, got_f)),
        ("", _one_slice(want_f, got_f)),
        ("", _border_only(want_f, got_f)),
    ):
        if sentence:
            return example, sentence, pattern
    wrong = int((~np.isclose(got_f, want_f, rtol=1e-6, atol=1e-9)).sum())
    if want.size > 1:
        return example, f"{wrong} of {want.size} values differ.", ""
    return example, "", ""


def _close(a, b) -> bool:
    return a.shape == b.shape and equal(a, b, 1e-7)


def _all_alike(want, got) -> str:
    if want.size > 1 and not got.any():
        return "Every value of your result is 0."
    return ""


def ratio(want, got) -> float | None:
    """Return the number that every expected value was multiplied by, where there is one."""
    if want.shape != got.shape or not want.any() or not got.any():
        return None
    at = np.unravel_index(np.argmax(np.abs(want)), want.shape)
    factor = float(got[at] / want[at])
    if factor == 0 or not np.isfinite(factor) or not _close(got, factor * want):
        return None
    return factor


def _ratio(want, got) -> str:
    factor = ratio(want, got)
    if factor is None:
        return ""
    if np.isclose(factor, -1):
        return "Your result is exactly the negative of the right one."
    if np.count_nonzero(want) == 1:
        (where,) = zip(*np.nonzero(np.atleast_1d(want)), strict=True)
        if _nice(factor) is None or _round(np.atleast_1d(want)[where], np.atleast_1d(got)[where]):
            return ""  # any two numbers have a ratio: only one that is no chance is worth a word
    return f"Your result is {_nice(factor) or format(factor, '.4g')} times the right one."


def _round(*numbers) -> bool:
    """Tell whether all numbers have three digits or fewer, so that a plain ratio may be chance."""
    return all(np.isclose(number, float(f"{number:.3g}"), rtol=1e-12) for number in numbers)


def _nice(ratio) -> str | None:
    for factor in (ratio, 1 / ratio):
        if np.isclose(factor, round(factor), rtol=1e-9) and 1 <= abs(round(factor)) <= 10_000:
            whole = round(factor)
            return f"{whole}" if factor == ratio else f"{'-' if whole < 0 else ''}1/{abs(whole)}"
    return None


def lengths_equal_to(factor: float, case) -> set[tuple[int, int, str]]:
    """Return (position, axis, "" or "1 / ") of the lengths of inputs that a ratio equals."""
    return {
        (position, axis, how)
        for position, value in enumerate(case.inputs)
        if isinstance(value, np.ndarray)
        for axis, length in enumerate(value.shape)
        for how, asked in (("", factor), ("1 / ", 1 / factor))
        if np.isclose(asked, length)
    }


def _offset(want, got) -> str:
    if want.size < 3 or np.allclose(want, want.flat[0]):
        return ""
    offset = float((got - want).flat[0])
    if offset and _close(got - offset, want):
        return f"Every value is off by the same {offset:.4g}."
    return ""


def _reordered(want, got) -> str:
    if want.ndim >= 2:
        for axis in range(want.ndim):
            if want.shape[axis] > 2 and _close(np.flip(got, axis), want):
                return f"Your result is right but reversed along axis {axis}."
        if _close(got[..., ::-1, ::-1], want):
            return "Your result is right but turned by 180° in its last two axes."
        if want.ndim <= 4:
            for order in permutations(range(want.ndim)):
                if list(order) != sorted(order) and _close(got.transpose(order), want):
                    return "Your result has the right values with its axes in another order."
    scrambled = _close(np.sort(got, axis=None), np.sort(want, axis=None))
    if scrambled and len(np.unique(want)) > 3:
        return "The right values are all there, but in other places."
    return ""


def _shifted(want, got) -> str:
    for axis in range(want.ndim):
        length = want.shape[axis]
        for by in (1, -1):
            if length < 4:
                continue
            keep_want = np.take(want, range(max(by, 0), length + min(by, 0)), axis)
            keep_got = np.take(got, range(max(-by, 0), length + min(-by, 0)), axis)
            if np.ptp(keep_want) and _close(keep_got, keep_want):
                where = "early" if by > 0 else "late"
                return f"Along axis {axis} every value comes one place too {where}."
    return ""


def _border_only(want, got) -> str:
    if want.ndim < 2 or min(want.shape[-2:]) < 3:
        return ""
    inner = (..., slice(1, -1), slice(1, -1))
    if want[inner].any() and _close(got[inner], want[inner]):
        return "Only the border differs: the inside is right."
    return ""


def _one_slice(want, got) -> str:
    wrong = ~np.isclose(got, want, rtol=1e-6, atol=1e-9)
    if want.ndim == 0:
        return ""
    for axis in range(want.ndim):
        others = tuple(a for a in range(want.ndim) if a != axis)
        places = np.flatnonzero(wrong.any(axis=others))
        if want.shape[axis] > 2 and len(places) == 1:
            return f"Only index {places[0]} of axis {axis} is wrong."
        if want.shape[axis] > 2 and len(places) == want.shape[axis] - 1:
            (right,) = set(range(want.shape[axis])) - set(places.tolist())
            by_chance = not np.take(want, right, axis).any()  # zeros are easily right
            if not by_chance and (want.ndim > 1 or right in (0, want.shape[axis] - 1)):
                return f"Only index {right} of axis {axis} is right."
    return ""


def _example(want, got) -> str:
    """Show the whole of a small result, else the first value that differs."""
    if want.size <= 6:
        return f"expected {show(want)}, got {show(got)}."
    wrong = ~np.isclose(got, want, rtol=1e-6, atol=1e-9)
    if not wrong.any():
        wrong = got != want
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    return f"at [{', '.join(map(str, at))}] expected {show(want[at])}, got {show(got[at])}."


def show(value) -> str:
    """Return a short text for a number, a small array, or a small structure of these."""
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, dict):
        text = ", ".join(f"{key}: {show(item)}" for key, item in value.items())
        return _cut(f"{{{text}}}")
    if isinstance(value, (list, tuple)):
        return _cut(f"[{', '.join(map(show, value))}]")
    if isinstance(value, np.ndarray) and value.ndim:
        return show(list(value)) if value.size <= 12 else f"an array of shape {value.shape}"
    if isinstance(value, np.ndarray):
        value = value.item()
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.6g}"
    return str(value)


def _cut(text: str, length: int = 90) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
