"""What a student's notebook calls: check, hint, solution, progress, predict, quiz, spot_the_bug."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coursekit.exercise import Exercise

_hints_given: dict[str, int] = {}


class UnknownExercise(LookupError):
    """No exercise bears this name; the message suggests the nearest one."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows: the message, without the way through this package."""
        return [f"{type(self).__name__}: {self}"]


def check(function: Callable) -> Callable:
    """Judge a function on the exercise of its name, and return the function to go on with.

    Used as a decorator.  A card under the cell says whether the function is right and, if not,
    which mistake it is.  The student's function is returned once it passes, and the reference until
    then, so that the rest of the lesson always runs.  An answer in lists where the reference gives
    arrays is right; what is returned here gives arrays.

    Raises:
        UnknownExercise: if no exercise has the function's name.
        TypeError: if it is not a function.
    """
    from coursekit import display, judging, returning, store

    if not callable(function) or isinstance(function, type):
        raise TypeError(f"@check goes above a function (def …), not above {function!r}")
    exercise = _find(function)
    observations, printed = judging.observe_all(exercise, function, exercise.cases())
    verdict = judging.judge(exercise, (observations, printed))
    if verdict.printed:
        print(verdict.printed.rstrip("\n"))
    store.record(exercise, verdict)
    display.show(display.verdict_card(exercise, verdict))
    if not verdict.passed:
        return exercise.reference
    answers = [each.answer for each in observations]
    return returning.like(judging.expect(exercise, 0), answers, function)


def hint(function: Callable | str) -> None:
    """Show the next hint for an exercise, one at each call, from the top after the last."""
    from coursekit import display

    exercise = _find(function)
    given = _hints_given.get(exercise.name, 0) % len(exercise.hints)
    _hints_given[exercise.name] = given + 1
    display.show(display.hint_card(exercise, given))


def solution(function: Callable | str, insist: bool = False) -> None:
    """Show the reference implementation: after a pass, or with ``insist=True`` before it."""
    from coursekit import display, store

    exercise = _find(function)
    if insist or store.passed(exercise.name):
        display.show(display.solution_card(exercise))
    else:
        display.show(display.refusal_card(exercise))


def progress() -> None:
    """Show what is done so far, lesson by lesson."""
    from coursekit import display, exercises, store

    display.show(display.progress_card(exercises.lessons(), store.read()))


def predict(question: str, choices: list[str]):
    """Ask for a prediction before the result is shown; it is recorded as it is chosen.

    Returns an object whose ``compare(right, why)`` shows the prediction beside the result.
    """
    from coursekit.explorers.prediction import Prediction

    return Prediction(question, choices)


def quiz(lesson: str) -> None:
    """Show a lesson's quiz: a few questions of its own, and two from earlier lessons."""
    from coursekit import asking, display

    display.show(asking.quiz_card(lesson))


def spot_the_bug(function: Callable | str, number: int = 0) -> None:
    """Show a wrong implementation of an exercise and ask what is wrong with it."""
    from coursekit import asking, display

    display.show(asking.bug_card(_find(function), number))


def _find(function: Callable | str) -> Exercise:
    from coursekit.exercises import load

    name = function if isinstance(function, str) else getattr(function, "__name__", repr(function))
    known = load()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    suggestion = f" Did you mean {near[0]!r}?" if near else ""
    raise UnknownExercise(f"no exercise is named {name!r}.{suggestion}")
