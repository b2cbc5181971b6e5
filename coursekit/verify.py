"""Prove the declarations: references pass, mistakes get their own names, trifles earn nothing.

``verify`` returns every fault it finds as a sentence that says what to do; an empty list is proof.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, repeat
from pathlib import Path

from coursekit import build, judging
from coursekit.exercise import Exercise
from coursekit.exercises import load
from coursekit.observing import Observation

SEEDS = range(5)


def verify_exercise(exercise: Exercise, seeds: Iterable[int] = SEEDS) -> list[str]:
    """Return the faults of one declaration, over several seeds."""
    faults = []
    if not exercise.hints:
        faults.append("has no hints: give it one or more")
    if len(exercise.mistakes) < 3:
        faults.append(f"knows only {len(exercise.mistakes)} mistakes: three are the least")
    if not (exercise.reference.__doc__ or "").strip():
        faults.append("its reference has no docstring, so its stub says nothing")
    namespace: dict = {}
    exec(exercise.stub(), namespace)
    stub = namespace[exercise.name]
    for seed in seeds:
        verdict = exercise.judge(exercise.reference, seed)
        if not verdict.passed:
            faults.append(f"seed {seed}: the reference does not pass: {verdict.message}")
            continue
        verdict = exercise.judge(stub, seed)
        if verdict.outcome != "not attempted":
            faults.append(f"seed {seed}: the stub is “{verdict.outcome}”, not “not attempted”")
        for mistake in exercise.mistakes:
            verdict = exercise.judge(mistake.implementation, seed)
            if verdict.outcome != "failed":
                faults.append(
                    f"seed {seed}: the mistake {mistake.name} is “{verdict.outcome}”, not “failed”:"
                    " add a case that sees it"
                )
            elif verdict.mistake != mistake.name:
                faults.append(
                    f"seed {seed}: the mistake {mistake.name} is taken for {verdict.mistake}: "
                    "add cases that tell (two at the least), or merge the two"
                )
            if verdict.message.count("\n") > 2:
                faults.append(f"the message of {mistake.name} is longer than three lines")
        faults += [f"seed {seed}: {fault}" for fault in _trivial(exercise, seed)]
    return faults


def _trivial(exercise: Exercise, seed: int) -> Iterable[str]:
    """Judge answers that take no thought: each must score 0."""
    expectation = judging.expect(exercise, seed)
    if not any(map(any, expectation.weights)):
        yield "no case has weight: trivial answers pass them all"
        return
    per_case = [
        judging.trivial_answers(each, answer)
        for each, answer in zip(expectation.cases, expectation.answers, strict=True)
    ]
    for number in range(min(map(len, per_case))):
        answers = [Observation("answered", answers[number]) for answers in per_case]
        verdict = judging.judge(exercise, (answers, ""), seed)
        if verdict.score > 0 or verdict.passed:
            yield f"the trivial answer {answers[0].answer!r:.60} scores {verdict.score:.2f}, not 0"
    if any(each.inputs or each.options for each in expectation.cases):
        # the right answer to the first case, given to all
        constant = [Observation("answered", expectation.answers[0]) for _ in per_case]
        verdict = judging.judge(exercise, (constant, ""), seed)
        if exercise.verifier is None and (verdict.score > 0 or verdict.passed):
            yield f"a constant answer scores {verdict.score:.2f}, not 0"


def verify_lessons(exercises: Iterable[Exercise], notebooks: Path) -> list[str]:
    """Return the faults between declarations and lessons: each exercise in exactly one lesson."""
    places: dict[str, list[str]] = {}
    for source in build.sources(notebooks):
        for exercise in build.exercises_in(source):
            places.setdefault(exercise.name, []).append(source.stem)
    return [
        f"{exercise.name} is declared for {exercise.lesson} but stands in "
        f"{', '.join(places.get(exercise.name, [])) or 'no lesson'}"
        for exercise in exercises
        if places.get(exercise.name) != [exercise.lesson]
    ]


def verify(
    exercises: Iterable[Exercise],
    notebooks: Path | None,
    seeds: Iterable[int] = SEEDS,
    jobs: int = 1,
) -> list[str]:
    """Return all faults of these exercises, and of their places in the lessons."""
    exercises = list(exercises)
    names = [exercise.name for exercise in exercises]
    if jobs > 1:
        with ProcessPoolExecutor(jobs) as pool:
            found = list(pool.map(_faults_of, names, repeat(tuple(seeds))))
    else:
        found = [_faults_of(name, tuple(seeds)) for name in names]
    faults = list(chain.from_iterable(found))
    if notebooks is not None and (notebooks / "source").exists():
        faults += verify_lessons(exercises, notebooks)
    return faults


def _faults_of(name: str, seeds: tuple[int, ...]) -> list[str]:
    return [f"{name}: {fault}" for fault in verify_exercise(load()[name], seeds)]
