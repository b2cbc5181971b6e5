"""What is wrong in one case: the most basic cause, told in the words of the exercise."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from coursekit import observing
from coursekit.exercise import Case, Symptom
from coursekit.patterns import (
    Difference,
    as_array,
    cuts_decimals,
    describe_shape,
    describe_values,
    equal,
    holds_text,
    in_words,
    leaves,
    show,
)

# The order of causes.  A verdict speaks of the lowest rank that occurs in any case.
NOT_ATTEMPTED, SIGNATURE, CRASH, TIME, TYPE, SHAPE, DTYPE, NAN, MUTATED, VALUE = range(10)


@dataclass(frozen=True)
class Finding:
    """What is wrong in one case: its rank among the causes, what differs, and why."""

    rank: int
    case: int
    what: str
    why: str = ""
    mistake: str | None = None
    parts: tuple[int, ...] = ()
    part: int = 0  # the one that the words are about
    pattern: str = ""


def judge_case(exercise, index, each, expected, observation, words=True) -> Finding | None:
    """Return what is wrong in one case, the most basic cause first, or None.

    To find words for how values differ takes longest.  Without ``words``, such a finding has none.
    """
    state = observation.state
    if state == "not attempted":
        return Finding(NOT_ATTEMPTED, index, "not attempted")
    if state == "signature":
        call = f"{exercise.name}({', '.join(_call(exercise, each))})"
        return Finding(
            SIGNATURE,
            index,
            f"it is called as {call},",
            f"but your function takes {observation.detail}. Keep the first line as it was given: "
            f"def {exercise.signature}",
        )
    if state == "timed out":
        return Finding(
            TIME,
            index,
            f"no answer within {exercise.seconds:g} s.",
            "Is there a loop that never ends, or one over single pixels that could be an array "
            "operation?",
        )
    if state == "crashed":
        crash = observation.crash
        where = f"line {crash.line_number}: {crash.line}" if crash.line else ""
        text = f"{crash.type}: {in_words(crash.text)}".rstrip(": ")
        return Finding(CRASH, index, f"your code stops with {text}", where)
    if state != "answered":
        several = isinstance(expected, (tuple, list, dict))
        verb = "is or holds" if several else "is"
        return Finding(
            TYPE, index, f"the result {verb} {observation.detail}, not {_wanted(expected)}."
        )
    if observation.answer is None:
        return Finding(
            TYPE,
            index,
            f"your function returns None, not {_wanted(expected)}.",
            "Is the return statement missing, or inside an if?",
        )
    if exercise.verifier is not None:
        if holds_text(observation.answer) and not holds_text(expected):
            return Finding(
                TYPE, index, f"the result is or holds a text, where {_wanted(expected)} is wanted."
            )
        return _verify(exercise, index, each, observation)
    finding = _compare(exercise, index, each, expected, observation.answer, words)
    if observation.mutated and (finding is None or finding.rank > MUTATED):
        return _mutated(exercise, index, observation)
    return finding


def _mutated(exercise, index, observation) -> Finding:
    return Finding(
        MUTATED,
        index,
        f"your function changes its input {_names(exercise, observation.mutated)} in place.",
        "Whoever called it still needs the old values: work on a copy.",
    )


def foreign_numbers(exercise, index, keys) -> Finding:
    """Say that random numbers come from elsewhere than the generator that was given."""
    generator = _names(exercise, sorted(keys, key=str))
    return Finding(
        VALUE,
        index,
        f"your function draws nothing from {generator}.",
        f"Draw every random number from {generator}, not from np.random or a generator of your "
        "own: the same seed must give the same result again.",
    )


def _names(exercise, keys) -> str:
    """Return the names of inputs that are given by position or by name."""
    names = _parameters(exercise)
    return ", ".join(
        names[key] if isinstance(key, int) and key < len(names) else str(key) for key in keys
    )


def _verify(exercise, index, each, observation) -> Finding | None:
    try:
        found = exercise.verifier(each, observation.answer)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError):
        wanted, got = observing.observe(exercise.reference, each).answer, observation.answer
        if each.calls > 1:
            wanted, got = wanted[0], got[0]
        return Finding(TYPE, index, f"the result is {_kind(got)}, not {_wanted(wanted)}.")
    if observation.mutated and not (isinstance(found, Symptom) and found.mistake):
        return _mutated(exercise, index, observation)
    if found is None:
        return None
    if isinstance(found, str):
        found = Symptom(found)
    return Finding(VALUE, index, found.message, mistake=found.mistake)


def _compare(exercise, index, each, expected, answer, words) -> Finding | None:
    """Compare an answer with the expected one, output by output."""
    names = exercise.outputs
    if names and each.calls == 1:
        if not isinstance(answer, (tuple, list)) or len(answer) != len(names):
            got = len(answer) if isinstance(answer, (tuple, list)) else _kind(answer)
            return Finding(
                TYPE,
                index,
                f"{len(names)} results are wanted ({', '.join(names)}), and {got} came.",
            )
        parts = list(zip(expected, answer, strict=True))
    else:
        parts = [(expected, answer)]
    differences: list[tuple[int, Difference]] = []
    for part, (want, got) in enumerate(parts):
        difference = _difference(exercise, each, want, got, words)
        if difference is not None:
            differences.append((part, difference))
    if not differences:
        return None
    order = _order_that_fits(exercise, each, parts)
    if order:
        came = ", ".join(names[number] for number in order)
        return Finding(
            TYPE,
            index,
            f"the results came as {came}.",
            f"They are right, but in another order: return {', '.join(names)}.",
            parts=tuple(number for number, _ in differences),
        )
    rank = min(difference.rank for _, difference in differences)
    part, difference = next(pair for pair in differences if pair[1].rank == rank)
    wrong = tuple(number for number, _ in differences)
    what = difference.what
    if names and what:
        right = [names[number] for number in range(len(names)) if number not in wrong]
        others = [names[number] for number in wrong if number != part]
        what = f"{names[part]}: {what}"
        if others:
            what += f" ({', '.join(others)} also wrong)"
        elif right:
            what += f" ({', '.join(right)} right)"
    why = difference.why
    if names:
        why = why.replace("Your result", names[part]).replace("your result", names[part])
    return Finding(rank, index, what, why, parts=wrong, part=part, pattern=difference.pattern)


def _order_that_fits(exercise, each: Case, parts) -> tuple[int, ...]:
    """Return which expected output stands at each place, where all are right but misplaced."""
    if not 1 < len(parts) <= 4:
        return ()
    fits = [
        [
            _near(want, got) and _difference(exercise, each, want, got, words=False) is None
            for want, _ in parts
        ]
        for _, got in parts
    ]
    for order in permutations(range(len(parts))):
        if all(row[number] for row, number in zip(fits, order, strict=True)):
            return order
    return ()


def _near(want, got) -> bool:
    """Take a quick look whether two outputs could be the same; True where only a long one tells."""
    try:
        for _, expected, actual in leaves(want, got):
            if np.shape(expected) != np.shape(actual):
                return False
            largest = np.max(np.abs(expected), initial=0)
            if np.max(np.abs(np.subtract(expected, actual)), initial=0) > 1e-3 * largest:
                return False
    except (TypeError, ValueError):  # texts, None, rows that differ in length
        pass
    return True


def _difference(exercise, each: Case, want, got, words) -> Difference | None:
    """Return the most basic difference between one expected output and the one that came."""
    try:
        pairs = leaves(want, got)
    except TypeError as error:
        return Difference(TYPE, str(error))
    worst: Difference | None = None
    for name, expected, actual in pairs:
        found = _leaf_difference(exercise, each, expected, actual, words)
        if found is not None and (worst is None or found.rank < worst.rank):
            prefix = f"{name}: " if name and found.what else ""
            worst = replace(found, what=prefix + found.what)
    return worst


def _leaf_difference(exercise, each, expected, actual, words) -> Difference | None:
    if isinstance(expected, (str, bool)) or expected is None:
        same = type(actual) in (type(expected), np.bool_) and actual == expected
        if isinstance(actual, np.ndarray) and actual.shape == () and actual.dtype.kind == "b":
            same = bool(actual) == expected
        if same:
            return None
        known = f"expected {expected!r}, got" if each.inputs or each.options else "not right:"
        return Difference(VALUE, f"{known} {show(actual)}.")
    if isinstance(actual, (list, tuple)) and not actual and np.size(expected) == 0:
        return None  # an empty list has no other axes
    if isinstance(actual, (str, type(None), dict)):
        return Difference(TYPE, f"the result is {_kind(actual)}, not {_wanted(expected)}.")
    try:
        got = as_array(actual)
    except ValueError:
        got = np.empty(0, dtype=object)
    if got.dtype.kind not in "biufc":
        if isinstance(actual, int):
            return Difference(TYPE, "the result is an int of more than 64 bits.")
        what = "a list whose rows differ in length, or which holds other things than numbers"
        return Difference(TYPE, f"the result is {what}.")
    want = np.asarray(expected)
    if got.shape != want.shape:
        return Difference(SHAPE, *describe_shape(want, got, each))
    if exercise.integers and want.dtype.kind in "iu" and got.dtype.kind == "f":
        return Difference(
            DTYPE,
            f"the result has dtype {got.dtype}, where whole numbers are wanted.",
            "They are used as indices or counts: make the array with dtype=int.",
        )
    whole = isinstance(expected, int)
    if whole and got.dtype.kind == "f" and equal(got, want, 0.0):
        return Difference(
            DTYPE,
            f"the result is {actual!r}, a float where an int is wanted.",
            "Sizes and counts are whole numbers: // divides without leaving the integers.",
        )
    tolerance = exercise.tolerance
    if got.dtype.kind == "f" and got.dtype.itemsize < 8:
        # as exact as single precision can be; half precision would let wrong formulas pass
        tolerance = max(tolerance, 100 * float(np.finfo(np.float32).eps))
    if equal(got, want, tolerance):
        return None
    if got.dtype.kind == "c":
        return Difference(DTYPE, "the result is complex; real numbers are wanted.")
    if cuts_decimals(want, got):
        return Difference(
            DTYPE,
            f"the result has dtype {got.dtype}, so everything behind the decimal point is lost.",
            "Is there a // where / is wanted, or an array of integers that takes the results?",
        )
    broken = ~np.isfinite(got) & np.isfinite(want)
    if broken.any():
        which = "nan" if np.isnan(got[broken]).any() else "inf"
        return Difference(
            NAN,
            f"{int(broken.sum())} of {got.size} values are {which}."
            if got.size > 1
            else f"the result is {which}.",
            "Is something divided by zero, too large for exp, or a logarithm of 0?"
            if which == "inf"
            else "Is it 0 / 0, inf / inf, or the root or logarithm of a negative number?",
        )
    return Difference(VALUE, *(describe_values(want, got, each) if words else ("",)))


def _parameters(exercise) -> list[str]:
    return list(inspect.signature(exercise.reference).parameters)


def _call(exercise, each) -> list[str]:
    return [*_parameters(exercise)[: len(each.inputs)], *(f"{key}=…" for key in each.options)]


def _kind(value) -> str:
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _wanted(expected) -> str:
    if isinstance(expected, np.ndarray):
        return f"an array of shape {expected.shape}"
    if isinstance(expected, tuple):
        return f"{len(expected)} results of plain numbers or arrays"
    return {int: "an int", float: "a number", list: "a list", dict: "a dict"}.get(
        type(expected), f"a {type(expected).__name__}"
    )
