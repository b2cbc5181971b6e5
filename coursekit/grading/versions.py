"""What a grade depends on besides the submission: the course's code, as one hash a lesson."""

from __future__ import annotations

import hashlib
import platform
import sys
from functools import cache
from pathlib import Path

import numpy as np

from coursekit.exercise import Lesson
from coursekit.exercises import load

_COURSE = Path(__file__).parents[1]
ENGINE = (
    *(
        "exercise.py",
        "comparing.py",
        "judging.py",
        "patterns.py",
        "observing.py",
        "plain.py",
        "slicing.py",
        "order.py",
        "order.json",
    ),
    *("functions/*.py", "reference/*.py", "exercises/_*.py"),
    *(f"grading/{name}.py" for name in ("submission", "index", "programs", "lending")),
    *(f"grading/{name}.py" for name in ("grade", "copies", "exchange", "sandbox", "unlocked")),
    *(f"grading/{name}.py" for name in ("worker", "answering", "shim", "confine", "inside")),
)


@cache
def version(lesson: str) -> str:
    """Return a hash of everything in the course that can change a grade of this lesson."""
    load()
    modules = sorted(
        module.__file__
        for name, module in sys.modules.items()
        if name.startswith("coursekit.exercises.")
        and isinstance(getattr(module, "lesson", None), Lesson)
        and module.lesson.name == lesson
    )
    return _hash([engine(), *(Path(file).read_text(encoding="utf-8") for file in modules)])


@cache
def engine() -> str:
    """Return a hash of what all lessons share: references, judge, worker, NumPy, Python."""
    files = sorted(path for pattern in ENGINE for path in _COURSE.glob(pattern))
    python = ".".join(platform.python_version_tuple()[:2])
    texts = [path.read_text(encoding="utf-8") for path in files]
    return _hash([python, np.__version__, *texts])


@cache
def outline() -> str:
    """Return a hash of which exercises there are: what is looked for in a notebook."""
    return _hash([engine(), *(f"{each.lesson}/{each.name}" for each in load().values())])


def _hash(texts: list[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
