"""Compare what an answer did with what the reference does, and name the mistake.

The order of causes is fixed, the most basic first: not attempted, cannot be called, crashed, timed
out, wrong type, shape, dtype, nan or inf, an input changed in place, values.  One message is given,
of at most three lines: which case, what differs, why.  A mistake is named only where its wrong
implementation behaves like the answer on *every* case, two telling ones at the least: a false
diagnosis is worse than none.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from typing import Any

import numpy as np

from coursekit import observing
from coursekit.exercise import Case, Exercise, Mistake, Symptom, Verdict
from coursekit.observing import Observation
from coursekit.patterns import (
    Difference,
    cuts_decimals,
    describe_shape,
    describe_values,
    equal,
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


@dataclass(frozen=True)
class _Expectation:
    """What the reference does on the cases of one seed, and which cases count."""

    cases: tuple[Case, ...]
    answers: tuple[Any, ...]
    weights: tuple[tuple[float, ...], ...]  # per case, per output


def observe_all(exercise: Exercise, function: Callable, cases: Sequence[Case]):
    """Run ``function`` on ``cases`` within the exercise's time limit."""
    return observing.observe_all(function, cases, exercise.seconds)


def judge(exercise: Exercise, observed: tuple[list[Observation], str], seed: int = 0) -> Verdict:
    """Return the verdict on an answer that was observed on ``exercise.cases(seed)``."""
    observations, printed = observed
    expectation = expect(exercise, seed)
    if len(observations) != len(expectation.cases):
        raise ValueError(
            f"{exercise.name} has {len(expectation.cases)} cases at seed {seed}, "
            f"but {len(observations)} observations came"
        )
    findings = [
        _judge_case(exercise, index, each, answer, observation)
        for index, (each, answer, observation) in enumerate(
            zip(expectation.cases, expectation.answers, observations, strict=True)
        )
    ]
    wrong = [finding for finding in findings if finding is not None]
    results = tuple(
        (each.label, finding is None)
        for each, finding in zip(expectation.cases, findings, strict=True)
    )
    if not wrong:
        count = len(findings)
        text = "All cases are right." if count > 1 else "Right."
        return Verdict("passed", 1.0, None, text, results, printed)

    first = min(wrong, key=lambda finding: finding.rank)
    if first.rank == NOT_ATTEMPTED:
        return Verdict("not attempted", 0.0, None, "Not attempted yet.", results, printed)

    score = _score(expectation, findings, observations)
    outcome = {SIGNATURE: "errored", CRASH: "errored", TIME: "timed out"}.get(first.rank, "failed")
    mistake = None
    if outcome == "failed":
        mistake = diagnose(exercise, observations, findings, seed)
        if mistake is None:
            first = _smallest_of_rank(first.rank, wrong, expectation)
    label = expectation.cases[first.case].label
    head = f"Case “{label}”: {first.what}"
    if mistake is not None:
        elsewhere = "A convention used elsewhere: " if mistake.convention else ""
        lines = [head, elsewhere + mistake.diagnosis]
    else:
        lines = [head, first.why] if first.why else [head]
    message = "\n".join(" ".join(line.split("\n")) for line in lines)
    return Verdict(outcome, score, mistake and mistake.name, message, results, printed)


def diagnose(
    exercise: Exercise,
    observations: Sequence[Observation],
    findings: Sequence[Finding | None],
    seed: int = 0,
) -> Mistake | None:
    """Return the one known mistake that explains the answer on every case, or None."""
    named = {finding.mistake for finding in findings if finding is not None and finding.mistake}
    if exercise.verifier is not None:
        count = sum(finding is not None and finding.mistake is not None for finding in findings)
        if len(named) != 1 or count < min(2, len(findings)):
            return None
        return next((known for known in exercise.mistakes if known.name in named), None)
    if any(observation.state == "timed out" for observation in observations):
        return None
    matching = [
        known
        for known in exercise.mistakes
        if _explains(exercise, known, observations, findings, seed)
    ]
    return matching[0] if len(matching) == 1 else None


def _explains(exercise, known: Mistake, observations, findings, seed) -> bool:
    """Tell whether the mistake does on every case what the answer did.

    At least two cases must tell: there the answer is wrong, and is a value rather than a crash.
    A function without inputs has only one case, and that one says all.
    """
    cases = expect(exercise, seed).cases
    telling = 0
    for each, observation, finding in zip(cases, observations, findings, strict=True):
        theirs = observing.observe(known.implementation, each)
        if theirs.state != observation.state:
            return False
        if theirs.state == "answered":
            if theirs.mutated != observation.mutated:
                return False
            if not _same(theirs.answer, observation.answer, exercise.tolerance):
                return False
            telling += finding is not None
    return telling >= min(2, len(cases))


def _same(one, other, tolerance) -> bool:
    """Tell whether two answers are the same: structure, shapes and values."""
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        if len(one) != len(other):
            return False
        return all(_same(a, b, tolerance) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) or isinstance(other, dict):
        return (
            isinstance(one, dict)
            and isinstance(other, dict)
            and one.keys() == other.keys()
            and all(_same(one[key], other[key], tolerance) for key in one)
        )
    if one is None or other is None or isinstance(one, str) or isinstance(other, str):
        return type(one) is type(other) and one == other
    try:
        a, b = np.asarray(one), np.asarray(other)
    except ValueError:  # ragged
        return False
    return a.shape == b.shape and a.dtype.kind != "O" and equal(a, b, tolerance)


@lru_cache(maxsize=4096)
def expect(exercise: Exercise, seed: int) -> _Expectation:
    """Run the reference on the cases of ``seed`` and weigh the cases.

    A case (or an output of it) that a trivial answer passes has no weight.
    """
    cases = tuple(exercise.cases(seed))
    answers = []
    for each in cases:
        observation = observing.observe(exercise.reference, each)
        if observation.state != "answered" or observation.mutated:
            raise RuntimeError(
                f"the reference of {exercise.name} fails its own case “{each.label}”: {observation}"
            )
        answers.append(observation.answer)
    weights = []
    for index, (each, answer) in enumerate(zip(cases, answers, strict=True)):
        count = max(1, len(exercise.outputs))
        open_parts = set(range(count))
        for trivial in trivial_answers(each, answer):
            finding = _judge_case(exercise, index, each, answer, Observation("answered", trivial))
            wrong = set() if finding is None else set(finding.parts or range(count))
            open_parts &= wrong
        weights.append(tuple(float(part in open_parts) for part in range(count)))
    return _Expectation(cases, tuple(answers), tuple(weights))


def trivial_answers(each: Case, expected: Any) -> list[Any]:
    """Return the answers that take no thought: None, zeros, ones, and every input unchanged."""

    def fill(value, tree):
        if isinstance(tree, (list, tuple)):
            return type(tree)(fill(value, item) for item in tree)
        if isinstance(tree, dict):
            return {key: fill(value, item) for key, item in tree.items()}
        if isinstance(tree, np.ndarray):
            return np.full(tree.shape, value, dtype=tree.dtype)
        return value

    inputs = [
        value for value in each.inputs if isinstance(value, (np.ndarray, list, tuple, int, float))
    ]
    answers = [None, fill(0, expected), fill(1, expected), *inputs]
    if isinstance(expected, tuple):  # each result an input unchanged, in order
        answers += [tuple(inputs[: len(expected)]), tuple(inputs[1 : len(expected) + 1])]
        answers += [(value,) * len(expected) for value in inputs]
    return [[answer] * each.calls for answer in answers] if each.calls > 1 else answers


def _score(expectation: _Expectation, findings, observations) -> float:
    if _constant(expectation, observations):
        return 0.0
    earned = total = 0.0
    for weights, finding in zip(expectation.weights, findings, strict=True):
        total += sum(weights)
        if finding is None:
            earned += sum(weights)
        elif finding.parts:
            earned += sum(w for part, w in enumerate(weights) if part not in finding.parts)
    if total == 0:
        return 0.0
    return min(earned / total, 0.99)


def _constant(expectation: _Expectation, observations) -> bool:
    """Tell whether the answer is one and the same whatever its inputs, where it should differ."""
    answers = [each.answer for each in observations if each.state == "answered"]
    if len(answers) < 2:
        return False
    return all(_same(answers[0], other, 0.0) for other in answers[1:]) and not all(
        _same(expectation.answers[0], other, 0.0) for other in expectation.answers[1:]
    )


def _judge_case(exercise, index, each, expected, observation) -> Finding | None:
    """Return what is wrong in one case, the most basic cause first, or None."""
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
        return Finding(TYPE, index, f"the result is {observation.detail}, not {_wanted(expected)}.")
    if observation.answer is None:
        return Finding(
            TYPE,
            index,
            f"your function returns None, not {_wanted(expected)}.",
            "Is the return statement missing, or inside an if?",
        )
    if exercise.verifier is not None:
        return _verify(exercise, index, each, observation)
    finding = _compare(exercise, index, each, expected, observation.answer)
    if observation.mutated and (finding is None or finding.rank > MUTATED):
        return _mutated(exercise, index, observation)
    return finding


def _mutated(exercise, index, observation) -> Finding:
    names = list(_parameters(exercise))
    changed = [
        names[key] if isinstance(key, int) and key < len(names) else str(key)
        for key in observation.mutated
    ]
    return Finding(
        MUTATED,
        index,
        f"your function changes its input {', '.join(changed)} in place.",
        "Whoever called it still needs the old values: work on a copy.",
    )


def _verify(exercise, index, each, observation) -> Finding | None:
    try:
        found = exercise.verifier(each, observation.answer)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        wanted = _wanted(observing.observe(exercise.reference, each).answer)
        return Finding(TYPE, index, f"the result does not have the form of {wanted}.")
    if observation.mutated and not (isinstance(found, Symptom) and found.mistake):
        return _mutated(exercise, index, observation)
    if found is None:
        return None
    if isinstance(found, str):
        found = Symptom(found)
    return Finding(VALUE, index, found.message, mistake=found.mistake)


def _compare(exercise, index, each, expected, answer) -> Finding | None:
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
        difference = _difference(exercise, each, want, got)
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
    if names:
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
    for position, parameter in enumerate(_parameters(exercise), 1):
        why = why.replace(f"argument {position}", parameter)
    return Finding(rank, index, what, why, parts=wrong)


def _order_that_fits(exercise, each: Case, parts) -> tuple[int, ...]:
    """Return which expected output stands at each place, where all are right but misplaced."""
    for order in permutations(range(len(parts))) if 1 < len(parts) <= 4 else ():
        pairs = ((parts[number][0], got) for number, (_, got) in zip(order, parts, strict=True))
        if all(_difference(exercise, each, want, got) is None for want, got in pairs):
            return order
    return ()


def _difference(exercise, each: Case, want, got) -> Difference | None:
    """Return the most basic difference between one expected output and the one that came."""
    try:
        pairs = leaves(want, got)
    except TypeError as error:
        return Difference(TYPE, str(error))
    worst: Difference | None = None
    for name, expected, actual in pairs:
        found = _leaf_difference(exercise, each, expected, actual)
        if found is not None and (worst is None or found.rank < worst.rank):
            prefix = f"{name}: " if name else ""
            worst = Difference(found.rank, prefix + found.what, found.why)
    return worst


def _leaf_difference(exercise, each, expected, actual) -> Difference | None:
    if isinstance(expected, (str, bool)) or expected is None:
        same = type(actual) in (type(expected), np.bool_) and actual == expected
        if isinstance(actual, np.ndarray) and actual.shape == () and actual.dtype.kind == "b":
            same = bool(actual) == expected
        if same:
            return None
        known = f"expected {expected!r}, got" if each.inputs or each.options else "not right:"
        return Difference(VALUE, f"{known} {show(actual)}.")
    if isinstance(actual, (str, type(None), dict)):
        return Difference(TYPE, f"the result is {_kind(actual)}, not {_wanted(expected)}.")
    try:
        got = np.asarray(actual)
    except ValueError:
        got = np.empty(0, dtype=object)
    if got.dtype.kind not in "biufc":
        return Difference(TYPE, "the result is a list whose rows differ in length, not an array.")
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
        tolerance = max(tolerance, 100 * float(np.finfo(got.dtype).eps))
    if equal(got, want, tolerance):
        return None
    if got.dtype.kind == "c":
        return Difference(DTYPE, "the result is complex; real numbers are wanted.")
    if cuts_decimals(want, got):
        return Difference(
            DTYPE,
            f"the result has dtype {got.dtype}, so everything behind the decimal point is lost.",
            "Compute in float64: does an integer array take the results somewhere?",
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
    return Difference(VALUE, *describe_values(want, got, each))


def _smallest_of_rank(rank, wrong, expectation) -> Finding:
    """Return the finding of this rank whose case has the fewest input values, and has weight."""

    def size(finding):
        numbers = _count(expectation.cases[finding.case].inputs)
        return (not any(expectation.weights[finding.case]), numbers)

    return min((finding for finding in wrong if finding.rank == rank), key=size)


def _count(value) -> int:
    """Count the numbers in an input, also in lists whose items differ in length."""
    if isinstance(value, (list, tuple)):
        return sum(map(_count, value))
    return np.size(value) if isinstance(value, (np.ndarray, int, float)) else 0


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
        return f"{len(expected)} results"
    return {int: "an int", float: "a number", list: "a list", dict: "a dict"}.get(
        type(expected), f"a {type(expected).__name__}"
    )
