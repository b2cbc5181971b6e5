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
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from coursekit import observing
from coursekit.comparing import (
    CRASH,
    NOT_ATTEMPTED,
    SIGNATURE,
    TIME,
    VALUE,
    Finding,
    foreign_numbers,
    judge_case,
)
from coursekit.exercise import Case, Exercise, Mistake, Rng, Verdict
from coursekit.observing import Crash, Observation
from coursekit.patterns import as_array, equal, lengths_equal_to, ratio


@dataclass(frozen=True)
class Expectation:
    """What the reference does on the cases of one seed, and which cases count."""

    cases: tuple[Case, ...]
    answers: tuple[Any, ...]
    undrawn: tuple[tuple[int | str, ...], ...]  # per case, generators that it leaves alone
    weights: tuple[tuple[float, ...], ...]  # per case, per output
    known: tuple[bool, ...]  # per case: whether seed 0, the notebook's, has the same one


def observe_all(exercise: Exercise, function: Callable, cases: Sequence[Case]):
    """Run ``function`` on ``cases`` within the exercise's time limit."""
    return observing.observe_all(function, cases, exercise.seconds)


@np.errstate(all="ignore")  # whatever a notebook has set with np.seterr
def judge(exercise: Exercise, observed: tuple[list[Observation], str], seed: int = 0) -> Verdict:
    """Return the verdict on an answer that was observed on ``exercise.cases(seed)``."""
    observations, printed = observed
    expectation = expect(exercise, seed)
    if len(observations) != len(expectation.cases):
        raise ValueError(
            f"{exercise.name} has {len(expectation.cases)} cases at seed {seed}, "
            f"but {len(observations)} observations came"
        )
    observations = _half_done(observations)
    findings = [
        judge_case(exercise, index, each, answer, observation, words=False)
        for index, (each, answer, observation) in enumerate(
            zip(expectation.cases, expectation.answers, observations, strict=True)
        )
    ]
    mistake = diagnose(exercise, observations, findings, seed)
    if mistake is None:
        findings = _with_foreign_numbers(exercise, expectation, findings, observations)
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
    if outcome == "failed" and mistake is None:
        first = _smallest_of_rank(first.rank, wrong, expectation)
        first = _beyond_chance(exercise, first, wrong, expectation, observations)
    first = _in_words(exercise, first, expectation, observations)
    label = expectation.cases[first.case].label
    called = _called(exercise, expectation.cases[first.case])
    head = f"Case “{label}”{called}: {first.what}"
    if mistake is not None:
        elsewhere = "A convention used elsewhere: " if mistake.convention else ""
        lines = [head, elsewhere + mistake.diagnosis]
    else:
        lines = [head, first.why] if first.why else [head]
    message = "\n".join(" ".join(line.split("\n")) for line in lines)
    return Verdict(outcome, score, mistake and mistake.name, message, results, printed)


def _with_foreign_numbers(exercise, expectation, findings, observations):
    """Add what a single case can't show: that no random number ever came from the generator given.

    An answer may leave it alone where nothing is random, and so it must never have drawn at all.
    """
    if any(each.state != "answered" for each in observations):
        return findings
    drawing = [_generators(each) for each in expectation.cases]
    drawn = [keys - set(each.undrawn) for keys, each in zip(drawing, observations, strict=True)]
    if any(drawn):
        return findings
    wanted = [keys - set(left) for keys, left in zip(drawing, expectation.undrawn, strict=True)]
    return [
        foreign_numbers(exercise, index, keys)
        if keys and (finding is None or (finding.rank == VALUE and not finding.mistake))
        else finding
        for index, (keys, finding) in enumerate(zip(wanted, findings, strict=True))
    ]


def _generators(each: Case) -> set[int | str]:
    """Return the positions and names of the random generators among the arguments of a case."""
    arguments = [*enumerate(each.inputs), *each.options.items()]
    return {key for key, value in arguments if isinstance(value, Rng)}


def _half_done(observations: Sequence[Observation]) -> list[Observation]:
    """Call NotImplementedError in some cases what it is there, a crash: others were attempted."""
    if all(each.state == "not attempted" for each in observations):
        return list(observations)
    return [
        replace(each, state="crashed", crash=each.crash or Crash("NotImplementedError", ""))
        if each.state == "not attempted"
        else each
        for each in observations
    ]


def diagnose(
    exercise: Exercise,
    observations: Sequence[Observation],
    findings: Sequence[Finding | None],
    seed: int = 0,
) -> Mistake | None:
    """Return the one known mistake that explains the answer on every case, or None."""
    ranks = [finding.rank for finding in findings if finding is not None]
    if not ranks or min(ranks) <= TIME:
        return None
    if exercise.verifier is not None:
        return _proved_by_properties(exercise, findings, seed)
    order = _telling_first(expect(exercise, seed).cases, findings)
    matching = [
        known
        for known in exercise.mistakes
        if _explains(exercise, known, observations, findings, seed, order)
    ]
    return matching[0] if len(matching) == 1 else None


def _proved_by_properties(exercise, findings, seed) -> Mistake | None:
    """Return the mistake that the property check names, and no other, in two cases at the least.

    A wrong case without a name contradicts it, unless the mistake itself is wrong there alike.
    """
    named = [finding.mistake for finding in findings if finding is not None and finding.mistake]
    if len(set(named)) != 1 or len(named) < min(2, len(findings)):
        return None
    known = next((known for known in exercise.mistakes if known.name == named[0]), None)
    if known is None:
        return None
    expectation = expect(exercise, seed)
    for index, finding in enumerate(findings):
        if finding is None or finding.mistake:
            continue
        each, answer = expectation.cases[index], expectation.answers[index]
        behaviour = _behaviour(exercise, known, seed, index)
        theirs = judge_case(exercise, index, each, answer, behaviour)
        if theirs is None or (theirs.rank, theirs.what) != (finding.rank, finding.what):
            return None
    return known


def _explains(exercise, known: Mistake, observations, findings, seed, order) -> bool:
    """Tell whether the mistake does on every case, looked at in ``order``, what the answer did.

    At least two cases must tell: there the answer is wrong, and is a value rather than a crash.
    A function without inputs has only one case, and that one says all.
    """
    telling = 0
    for index in order:
        observation, finding = observations[index], findings[index]
        theirs = _behaviour(exercise, known, seed, index)
        if theirs.state != observation.state:
            return False
        if theirs.state == "answered":
            if theirs.mutated != observation.mutated:
                return False
            if not _same(theirs.answer, observation.answer, exercise.tolerance):
                return False
            telling += finding is not None
    return telling >= min(2, len(order))


def _telling_first(cases, findings) -> list[int]:
    """Return the order that tells mistakes apart soonest: wrong cases first, small ones first."""
    return sorted(
        range(len(cases)),
        key=lambda index: (findings[index] is None, _count(cases[index].inputs)),
    )


@lru_cache(maxsize=16_384)
def _behaviour(exercise: Exercise, known: Mistake, seed: int, index: int) -> Observation:
    """Return what a mistake does on one case: the same for every student."""
    return observing.observe(known.implementation, expect(exercise, seed).cases[index])


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
        a, b = as_array(one), as_array(other)
    except ValueError:  # ragged
        return False
    numbers = a.dtype.kind in "biufc" and b.dtype.kind in "biufc"
    return a.shape == b.shape and numbers and equal(a, b, tolerance)


@lru_cache(maxsize=4096)
def expect(exercise: Exercise, seed: int) -> Expectation:
    """Run the reference on the cases of ``seed`` and weigh the cases.

    A case (or an output of it) that a trivial answer passes has no weight.
    """
    cases = tuple(exercise.cases(seed))
    answers, undrawn = [], []
    for each in cases:
        observation = observing.observe(exercise.reference, each)
        if observation.state != "answered" or observation.mutated:
            raise RuntimeError(
                f"the reference of {exercise.name} fails its own case “{each.label}”: {observation}"
            )
        answers.append(observation.answer)
        undrawn.append(observation.undrawn)
    weights = []
    for index, (each, answer) in enumerate(zip(cases, answers, strict=True)):
        count = max(1, len(exercise.outputs))
        open_parts = set(range(count))
        for trivial in trivial_answers(each, answer):
            observed = Observation("answered", trivial)
            finding = judge_case(exercise, index, each, answer, observed, words=False)
            wrong = set() if finding is None else set(finding.parts or range(count))
            open_parts &= wrong
        weights.append(tuple(float(part in open_parts) for part in range(count)))
    known = _known(exercise, cases, seed)
    return Expectation(cases, tuple(answers), tuple(undrawn), tuple(weights), known)


def _known(exercise: Exercise, cases: Sequence[Case], seed: int) -> tuple[bool, ...]:
    """Tell of each case whether the notebook has it too, so that its answer can be written down."""
    if seed == 0:
        return (False,) * len(cases)
    there = {observing.as_text(each) for each in exercise.cases(0)}
    return tuple(observing.as_text(each) in there for each in cases)


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

    if each.calls > 1:
        expected = expected[0]
    inputs = [
        value for value in each.inputs if isinstance(value, (np.ndarray, list, tuple, int, float))
    ]
    answers = [None, fill(0, expected), fill(1, expected), *inputs]
    if isinstance(expected, tuple):  # each result an input unchanged, in order
        answers += [tuple(inputs[: len(expected)]), tuple(inputs[1 : len(expected) + 1])]
        answers += [(value,) * len(expected) for value in inputs]
    return [[answer] * each.calls for answer in answers] if each.calls > 1 else answers


def _score(expectation: Expectation, findings, observations) -> float:
    """Return the share of the cases that are right.

    Where cases differ from seed to seed and none of them is right at all, that share is 0: the
    others might be a list of the notebook's own inputs and answers.
    """
    if _constant(expectation, observations):
        return 0.0
    earned = total = fresh = 0.0
    for weights, finding, known in zip(
        expectation.weights, findings, expectation.known, strict=True
    ):
        total += sum(weights)
        share = 0.0
        if finding is None:
            share = sum(weights)
        elif finding.parts:
            share = sum(w for part, w in enumerate(weights) if part not in finding.parts)
        earned += share
        fresh += share * (not known)
    if total == 0 or (fresh == 0 and not all(expectation.known)):
        return 0.0
    return min(earned / total, 0.99)


def _constant(expectation: Expectation, observations) -> bool:
    """Tell whether the answer is one and the same whatever its inputs, where it should differ."""
    answers = [each.answer for each in observations if each.state == "answered"]
    if len(answers) < 2:
        return False
    return all(_same(answers[0], other, 0.0) for other in answers[1:]) and not all(
        _same(expectation.answers[0], other, 0.0) for other in expectation.answers[1:]
    )


def _in_words(exercise, finding, expectation, observations) -> Finding:
    """Return the finding with the words for how values differ, which few of them ever need."""
    if finding.what:
        return finding
    index = finding.case
    each, answer = expectation.cases[index], expectation.answers[index]
    return judge_case(exercise, index, each, answer, observations[index])


def _smallest_of_rank(rank, wrong, expectation) -> Finding:
    """Return the finding of this rank whose case has the fewest input values, and has weight."""

    def size(finding):
        numbers = _count(expectation.cases[finding.case].inputs)
        return (not any(expectation.weights[finding.case]), numbers)

    return min((finding for finding in wrong if finding.rank == rank), key=size)


def _beyond_chance(exercise, first, wrong, expectation, observations) -> Finding:
    """Keep of a finding only what one case does not show by chance, and name what it proves.

    A ratio, an order or a shift is said where a second case shows it too, or no other is wrong.
    """
    others = [finding for finding in wrong if finding is not first]
    first = _in_words(exercise, first, expectation, observations)
    if not first.pattern:
        return first
    also = (_in_words(exercise, finding, expectation, observations) for finding in others)
    if others and not any(finding.pattern == first.pattern for finding in also):
        return replace(first, why="")
    if first.pattern != "ratio":
        return first
    length = _length_behind_the_ratio(exercise, first.part, expectation, observations)
    return replace(first, why=f"{first.why.removesuffix('.')}: {length}.") if length else first


def _length_behind_the_ratio(exercise, part, expectation, observations) -> str:
    """Name the length of an input, such as the batch size, that is the ratio in every case.

    Any ratio equals some length in some case, so at least two different ratios must occur.
    """
    common, factors = None, set()
    for each, answer, observation in zip(
        expectation.cases, expectation.answers, observations, strict=True
    ):
        got = observation.answer
        want, got = (answer[part], got[part]) if exercise.outputs else (answer, got)
        if not isinstance(want, (np.ndarray, float)) or each.calls > 1:
            return ""
        want, got = np.asarray(want, float), np.asarray(got, float)
        factor = ratio(want, got)
        if factor is None and equal(got, want, exercise.tolerance):
            continue  # nothing but zeros
        if factor is None or factor < 0:
            return ""
        lengths = lengths_equal_to(factor, each)
        common = lengths if common is None else common & lengths
        factors.add(round(factor, 9))
    if not common or len(factors) < 2:
        return ""
    position, axis, how = min(common)
    name = list(inspect.signature(exercise.reference).parameters)[position]
    return f"{how}the length of axis {axis} of {name}"


def _called(exercise: Exercise, each: Case) -> str:
    """Return the call as it can be typed, where its arguments are few plain numbers."""
    if each.calls > 1 or not _typed([*each.inputs, *each.options.values()]):
        return ""
    arguments = [*map(repr, each.inputs), *(f"{key}={each.options[key]!r}" for key in each.options)]
    call = f"{exercise.name}({', '.join(arguments)})"
    return f", {call}" if arguments and len(call) <= 70 else ""


def _typed(value) -> bool:
    """Tell whether a value is made of numbers and words only."""
    if isinstance(value, (list, tuple)):
        return all(map(_typed, value))
    return value is None or type(value) in (bool, int, float, str)


def _count(value) -> int:
    """Count the numbers in an input, also in lists whose items differ in length."""
    if isinstance(value, (list, tuple)):
        return sum(map(_count, value))
    return np.size(value) if isinstance(value, (np.ndarray, int, float)) else 0
