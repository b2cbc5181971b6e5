"""What goes wrong in a class: the same thing, done by several students, is worth a word to all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from coursekit.exercises import load
from coursekit.grading.classroom import Row
from coursekit.grading.copies import SMALL
from coursekit.grading.page import spoken

MISTAKE, ALIKE, STOPS, SLOW, LEFT = "mistake", "alike", "stops", "slow", "left"


@dataclass(frozen=True)
class Trouble:
    """The same thing gone wrong in one exercise, and with whom.

    Attributes:
        kind: MISTAKE (one of the known ones), ALIKE (wrong in the same case in the same way, though
            no known mistake explains it), STOPS (the same type of error), SLOW, LEFT (not begun).
        name: of the mistake or the error; "" otherwise.
        words: what to tell the class: the diagnosis, or the message that the students got.
        students: in the order of the rows.
    """

    exercise: str
    kind: str
    name: str
    words: str
    students: tuple[str, ...]

    @property
    def title(self) -> str:
        return {
            MISTAKE: spoken(self.name),
            ALIKE: "wrong in the same way",
            STOPS: f"stops with {self.name}",
            SLOW: "takes too long",
            LEFT: "not attempted",
        }[self.kind]


def troubles(rows: Iterable[Row]) -> list[Trouble]:
    """Return all that goes wrong in a class, what concerns most students first."""
    with_whom: dict[tuple[str, str, str, str], list[str]] = {}
    for row in rows:
        found = _trouble(row)
        if found:
            with_whom.setdefault((row.result.exercise, *found), []).append(row.student)
    return sorted(
        (Trouble(*key, tuple(students)) for key, students in with_whom.items()),
        key=lambda each: (-len(each.students), each.exercise, each.kind, each.name, each.words),
    )


def _trouble(row: Row) -> tuple[str, str, str] | None:
    """Return kind, name and words of what went wrong in one answer, or None."""
    result = row.result
    if result.outcome == "passed" or is_unread(row):
        return None
    if result.mistake:
        return MISTAKE, result.mistake, _diagnosis(result.exercise, result.mistake)
    if result.outcome == "not attempted":
        return LEFT, "", ""
    if result.outcome == "timed out":
        return SLOW, "", ""
    if result.outcome == "failed":
        return ALIKE, "", " ".join(result.message.split("\n"))
    stopped = re.search(r"stops with (\w+)", result.message)
    return (STOPS, stopped[1], "") if stopped else (STOPS, "an error", result.message)


def is_unread(row: Row) -> bool:
    """Tell whether this row stands for a file that could not be read."""
    result = row.result
    unread = result.outcome == "errored" and not result.cases
    return unread and "can't be graded" in result.message


def to_say(rows: Iterable[Row], most: int = 3) -> list[Trouble]:
    """Return what to begin the next lecture with: what several students share, or the one there is.

    Of one exercise only the most frequent is said.  What is known by name or by its symptom can be
    explained; what was left or stops can only be asked about, and so counts half.
    """
    said: dict[str, Trouble] = {}
    found = sorted(
        troubles(rows),
        key=lambda each: -len(each.students) / (1 if each.kind in (MISTAKE, ALIKE) else 2),
    )
    for each in found:
        said.setdefault(each.exercise, each)
    shared = [each for each in said.values() if len(each.students) > 1]
    return (shared or list(said.values())[:1])[:most]


def _diagnosis(exercise: str, name: str) -> str:
    known = load().get(exercise)
    found = (each.diagnosis for each in known.mistakes if each.name == name) if known else ()
    return next(iter(found), "")


def copies_of(rows: Iterable[Row]) -> list[tuple[tuple[str, ...], list[str]]]:
    """Return groups of students whose code is the same but for names, and in which exercises.

    Short answers are alike by nature, and so are those that are the reference's own: neither count.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        result = row.result
        if result.print and result.own and result.size >= SMALL:
            groups.setdefault((result.exercise, result.print), []).append(row.student)
    shared: dict[tuple[str, ...], list[str]] = {}
    for (exercise, _), students in groups.items():
        if len(set(students)) > 1:
            shared.setdefault(tuple(sorted(set(students))), []).append(exercise)
    return sorted(shared.items(), key=lambda item: (-len(item[1]), item[0]))
