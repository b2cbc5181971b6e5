"""A class: whose files there are, and every student's grade in every exercise."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.exercises import load
from coursekit.grading import executors
from coursekit.grading.grade import OWN, Graded, Result
from coursekit.grading.gradebook import Gradebook, How
from coursekit.grading.page import plural
from coursekit.grading.settings import Settings
from coursekit.grading.submission import Unreadable, read_bytes
from coursekit.observing import clean

SKIPPED = {"__MACOSX", "__pycache__"}


@dataclass(frozen=True)
class Handed:
    """A notebook that was handed in: whose, and where it is."""

    student: str
    path: Path

    @property
    def key(self) -> str:
        return readable(str(self.path.absolute()))


@dataclass(frozen=True)
class Row:
    """One line of the grades: a student and an exercise."""

    student: str
    result: Result
    points: float
    max_points: float
    file: str = ""
    late: float = 0.0
    handed_in: str = ""

    @property
    def message(self) -> str:
        """What the instructor reads."""
        notes = [f"[{note}]" for note in self.result.notes]
        return " ".join([*self.result.message.split("\n"), *notes]).strip()

    @property
    def told(self) -> str:
        """What the student reads: without what is for the instructor only."""
        notes = [f"({note})" for note in self.result.notes if note != OWN]
        return " ".join([*self.result.message.split("\n"), *notes]).strip()


@dataclass
class Found:
    """What there is to grade, and what an instructor should hear about it."""

    handed: list[Handed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class NothingFound(ValueError):
    """There is no notebook; the message names the places."""


def readable(name: str) -> str:
    """Return a file's name as text that can be written anywhere, also where it is not UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def find(paths: list[Path]) -> Found:
    """Return the notebooks below ``paths``.

    The student's name is the name of the folder below the path, or of the file where it lies
    directly in it.

    Raises:
        NothingFound: if a path does not exist, or no path holds a notebook.
    """
    found = Found()
    for path in paths:
        try:
            os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            raise NothingFound(f"{_shown(path)} does not exist") from None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise NothingFound(f"{_shown(path)} can't be read: {why}") from None
        if path.is_file():
            found.handed.append(Handed(readable(path.stem), path))
            continue
        without, links, closed = set(), set(), set()

        def note(error: OSError, path=path, closed=closed):
            closed.add(os.path.relpath(error.filename, path))

        for folder, folders, files in os.walk(path, onerror=note):
            links.update(
                os.path.relpath(os.path.join(folder, name), path)
                for name in folders
                if os.path.islink(os.path.join(folder, name))
            )
            folders[:] = sorted(
                name
                for name in folders
                if not name.startswith(".")
                and name not in SKIPPED
                and not os.path.islink(os.path.join(folder, name))
            )
            below = Path(folder).relative_to(path).parts
            if len(below) == 1:
                without.add(below[0])
            for name in sorted(files):
                if name.lower().endswith(".ipynb") and not name.startswith("."):
                    student = below[0] if below else Path(name).stem
                    found.handed.append(Handed(readable(student), Path(folder) / name))
                    without.discard(student)
        for names, what in (
            (without - closed, "without a notebook"),
            (links, "not looked into, because a link leads elsewhere"),
            (closed, "that can't be read"),
        ):
            if names:
                some = _shown(", ".join(sorted(names)[:5])) + " …" * (len(names) > 5)
                found.warnings.append(f"{plural(len(names), 'folder')} {what}: {some}")
    unique = {each.key: each for each in found.handed}
    found.handed = list(unique.values())
    if not found.handed:
        places = _shown(", ".join(str(path) for path in paths))
        more = "".join(f". Note: {warning}" for warning in found.warnings)
        raise NothingFound(f"no notebook (*.ipynb) lies in {places}{more}")
    return found


def _shown(name) -> str:
    """Return a name as a terminal can show it."""
    return " ".join(clean(readable(str(name)), 200).split())


def grade_all(
    handed: list[Handed],
    book: Gradebook,
    *,
    how: How,
    executor: str,
    jobs: int,
    progress: Callable[[int], None] = lambda count: None,
) -> int:
    """Grade what the gradebook lacks; return how many files were graded anew."""
    digests: dict[str, tuple[str, bool]] = {}

    def tasks() -> Iterator[tuple[str, bytes, dict]]:
        for each in handed:
            try:
                content = read_bytes(each.path)
            except Unreadable as error:
                text = str(error)
                digest = hashlib.sha256(text.encode()).hexdigest()
                book.add(each.key, digest, how, Graded(unreadable=text), True)
                progress(1)
                continue
            digest = hashlib.sha256(content).hexdigest()
            only = book.stale(each.key, digest, how)
            if only == []:
                progress(1)
                continue
            digests[each.key] = (digest, only is None)
            options = {**vars(how), "only": only}
            yield each.key, content, options

    make, width = executors.open_executor(executor, jobs)
    anew = 0
    for key, graded in executors.run(tasks(), make, width):
        digest, whole = digests.pop(key)
        book.add(key, digest, how, graded, whole or bool(graded.unreadable))
        anew += 1
        progress(1)
    return anew


def rows(
    handed: list[Handed], book: Gradebook, settings: Settings, lessons: Collection[str] = ()
) -> list[Row]:
    """Return the class's grades: one row a student and exercise, the best where there are two.

    ``lessons`` names the ones that are wanted; without it, all.
    """
    graded = {each.key: book.graded(each.key) for each in handed}
    seen = {result.lesson for one in graded.values() for result in one.results}
    held: dict[str, set[str]] = {}
    for each in handed:
        held.setdefault(each.student, set()).update(
            result.lesson for result in graded[each.key].results
        )
    best: dict[tuple[str, str], Row] = {}
    for each in handed:
        one = graded[each.key]
        results = one.results or _unread(each, one.unreadable, seen, held[each.student], lessons)
        for result in results:
            if not result.exercise:
                name = readable(each.path.name)
                best[each.student, each.key] = Row(
                    each.student, result, 0, 0, name, handed_in=_date(each.path)
                )
                continue
            exercise = load().get(result.exercise)
            if exercise is None or not settings.counts(result.exercise):
                continue
            if lessons and exercise.lesson not in lessons:
                continue
            late = settings.late(each.path, each.student, exercise.lesson)
            most = settings.points(exercise)
            points = round(result.score * most * (1 - late), 4)
            name = readable(each.path.name)
            row = Row(each.student, result, points, most, name, late, _date(each.path))
            key = (each.student, result.exercise)
            if key not in best or _rank(row) > _rank(best[key]):
                best[key] = row
    order = {name: number for number, name in enumerate(load())}
    return sorted(
        best.values(), key=lambda row: (row.student, order.get(row.result.exercise, len(order)))
    )


def _date(path: Path) -> str:
    try:
        moment = datetime.datetime.fromtimestamp(path.stat().st_mtime)
    except OSError:
        return ""
    return moment.isoformat(sep=" ", timespec="seconds")


def _rank(row: Row) -> tuple:
    return (row.points, row.result.outcome != "errored", row.result.outcome != "not attempted")


def _unread(
    each: Handed, why: str, seen: set[str], held: set[str], lessons: Collection[str]
) -> list[Result]:
    """Return the rows of a file that can't be read.

    They are those of the lesson in its name, or in its folder's; else of the lessons that the class
    has and this student lacks.  Where nothing tells the lesson, it is one row without one.
    """
    known = list(dict.fromkeys(exercise.lesson for exercise in load().values()))
    known = [name for name in known if not lessons or name in lessons]
    places = [each.path.stem, each.path.parent.name]
    wanted = (
        next(filter(None, ([name for name in known if _says(place, name)] for place in places)), [])
        or [name for name in known if name in seen - held]
        or (known if len(known) == 1 else [])
    )
    text = f"{readable(each.path.name)} can't be graded: {why}."
    rows = [
        Result(name, exercise.lesson, "errored", 0.0, "", text)
        for name, exercise in load().items()
        if exercise.lesson in wanted
    ]
    return rows or [Result("", "", "errored", 0.0, "", text)]


def _says(place: str, lesson: str) -> bool:
    """Tell whether a file's name names a lesson: "04_convolution_backward-2", "hw4", "04 Ada"."""
    number = lesson.partition("_")[0].lstrip("0") or "0"
    words = "lesson|homework|hw|lab|week|notebook|sheet|exercise"
    short = rf"(?:^0{number}|(?:^|[\W_])(?:{words})[\W_]*0?{number})(?![0-9])"
    return lesson in place or re.search(short, place, re.I) is not None
