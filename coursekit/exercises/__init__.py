"""The declarations: one module a notebook (or several with the same lesson name).

A module that assigns a ``Lesson`` to the name ``lesson`` is registered by being here.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from coursekit.exercise import Exercise, Lesson
from coursekit.order import lesson_order


@cache
def lessons() -> dict[str, list[Exercise]]:
    """Return each lesson's exercises, in the order of its cells; lessons in that of the course."""
    found: dict[str, list[Exercise]] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        lesson = getattr(module, "lesson", None)
        if isinstance(lesson, Lesson):
            found.setdefault(lesson.name, []).extend(lesson.exercises)
    for lesson, exercises in found.items():
        place = {name: number for number, name in enumerate(lesson_order(lesson))}
        exercises.sort(key=lambda exercise: place.get(exercise.name, len(place)))
    return dict(sorted(found.items()))


@cache
def load() -> dict[str, Exercise]:
    """Return every exercise of the course by its name.

    Raises:
        ValueError: if two exercises bear one name.
    """
    found: dict[str, Exercise] = {}
    for exercises in lessons().values():
        for exercise in exercises:
            if exercise.name in found:
                raise ValueError(
                    f"two exercises are named {exercise.name}: one in {exercise.lesson}, "
                    f"one in {found[exercise.name].lesson}; rename one"
                )
            found[exercise.name] = exercise
    return found
