"""The grades as files that other programs read."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from coursekit.exercises import load
from coursekit.grading.classroom import Row
from coursekit.grading.settings import Settings

GRADES = ("student", "lesson", "exercise", "points", "max_points", "outcome", "mistake", "message")


def number(value: float) -> str:
    """Return a number as people write it: at most two places, none where it is whole."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula, blanks before it or not."""
    return f"'{text}" if re.match(r"[\t\r\n]|[\s\0\ufeff\u200b]*[=+@＝＋＠\-－−]", text) else text


def write_grades(path: Path, rows: Iterable[Row]) -> None:
    """Write ``grades.csv``: one line a student and exercise."""
    write_csv(
        path,
        GRADES,
        [
            (
                *(cell(row.student), row.result.lesson, row.result.exercise),
                *(number(row.points), number(row.max_points), row.result.outcome),
                *(row.result.mistake, cell(row.message)),
            )
            for row in rows
        ],
    )


def write_csv(path: Path, header: Sequence[str], lines: Iterable[Sequence]) -> None:
    """Write a table as UTF-8, in one step: a reader finds the old file or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for line in lines:  # a \r alone would not be quoted, and begin a new line for some readers
            writer.writerow([str(each).replace("\r", "\n") for each in line])
    os.chmod(name, 0o644)
    os.replace(name, path)


# -------------------------------------------------------------------------- other programs' tables


class RosterError(ValueError):
    """The list of students can't be used; the message says what is wrong."""


class Roster:
    """A list of students as a course platform exports it: any CSV with a header.

    A student is found by any cell of their line, so that folders may be named by login, e-mail
    address, number or name.
    """

    def __init__(self, path: Path | None = None):
        self.header: list[str] = []
        self.students: list[dict[str, str]] = []
        self._places: dict[str, dict[str, str] | None] = {}
        if path is None:
            return
        try:
            with open(path, encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                self.header = [name for name in reader.fieldnames or [] if name]
                lines = list(reader)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise RosterError(f"{path} can't be read: {error}") from None
        if len(self.header) < 2:
            raise RosterError(f"{path} has no header with two columns or more")
        for line in lines:
            student = {name: (line.get(name) or "").strip() for name in self.header}
            if student[self.header[0]].startswith("Points Possible"):
                continue
            self.students.append(student)
            for value in {text.casefold() for text in student.values() if text}:
                # what two students share finds neither
                self._places[value] = None if value in self._places else student

    def find(self, name: str) -> dict[str, str] | None:
        """Return the line of a student, or None where there is none, or more than one."""
        return self._places.get(name.casefold())

    def missing(self, rows: Iterable[Row]) -> list[str]:
        """Return the students with grades that the list does not have."""
        names = dict.fromkeys(row.student for row in rows)
        return [name for name in names if self.students and self.find(name) is None]


def by_student(rows: Iterable[Row]) -> dict[str, dict[str, list[Row]]]:
    """Return the rows as student → lesson → rows."""
    found: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        found.setdefault(row.student, {}).setdefault(row.result.lesson, []).append(row)
    return found


def _lessons(rows: Iterable[Row]) -> dict[str, float]:
    """Return the lessons with their most points."""
    most: dict[tuple[str, str], float] = {
        (row.result.lesson, row.result.exercise): row.max_points
        for row in rows
        if row.result.lesson
    }
    found: dict[str, float] = {}
    for (lesson, _), points in sorted(most.items()):
        found[lesson] = found.get(lesson, 0) + points
    return found


def _total(rows: Iterable[Row] | None) -> str:
    return "" if rows is None else number(sum(row.points for row in rows))


def write_canvas(path: Path, rows: Sequence[Row], roster: Roster) -> None:
    """Write the table that Canvas imports: a column a lesson, no score where nothing came."""
    lessons = _lessons(rows)
    titles = {
        lesson: next(
            (name for name in roster.header if name == lesson or name.startswith(f"{lesson} (")),
            lesson,
        )
        for lesson in lessons
    }
    fixed = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    titles = {lesson: cell(title) for lesson, title in titles.items()}
    lines: list[Sequence[str]] = [
        ("    Points Possible", "", "", "", "", *(number(most) for most in lessons.values()))
    ]
    for student, graded in by_student(rows).items():
        entry = roster.find(student)
        if entry is None and roster.students:
            continue
        entry = entry or {"Student": student, "SIS Login ID": student}
        scores = (_total(graded.get(lesson)) for lesson in lessons)
        lines.append((*(cell(entry.get(name, "")) for name in fixed), *scores))
    write_csv(path, (*fixed, *titles.values()), lines)


def write_moodle(path: Path, rows: Sequence[Row], roster: Roster) -> None:
    """Write the table that Moodle imports: each lesson's grade with its feedback beside it.

    Students whom the list does not have are left out: one unknown user aborts Moodle's import.
    """
    lessons = _lessons(rows)
    fixed = ("username", "email", "idnumber")
    names = {
        "username": ("username", "SIS Login ID", "Username"),
        "email": ("email", "Email address", "Email"),
        "idnumber": ("idnumber", "ID number", "SIS User ID"),
    }
    lines = []
    for student, graded in by_student(rows).items():
        entry = roster.find(student)
        if entry is None and roster.students:
            continue
        entry = entry or {"username": student}
        line = [
            cell(next((entry[name] for name in names[key] if entry.get(name)), "")) for key in fixed
        ]
        for lesson in lessons:
            line += [_total(graded.get(lesson)), cell(_feedback(graded.get(lesson, [])))]
        lines.append(line)
    header = [*fixed]
    for lesson in lessons:
        header += [lesson, f"{lesson} feedback"]
    write_csv(path, header, lines)


def _feedback(rows: Iterable[Row]) -> str:
    return "\n".join(
        f"{row.result.exercise}: {number(row.points)}/{number(row.max_points)}. {row.told}"
        for row in rows
    )


NBGRADER = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


def write_nbgrader(path: Path, rows: Sequence[Row], roster: Roster, settings: Settings) -> None:
    """Write the columns of ``nbgrader export``: a line an assignment and student."""
    lines = []
    for student, graded in by_student(rows).items():
        entry = roster.find(student) or {}
        for lesson, mine in graded.items():
            if not lesson:
                continue
            due = settings.due_by_lesson.get(lesson, settings.due)
            raw = sum(row.result.score * row.max_points for row in mine)
            score = sum(row.points for row in mine)
            lines.append(
                (
                    *(lesson, due or "", mine[0].handed_in, cell(student)),
                    *(cell(entry.get(name, "")) for name in ("last_name", "first_name", "email")),
                    *(number(raw), number(raw - score), number(score)),
                    number(sum(row.max_points for row in mine)),
                )
            )
    write_csv(path, NBGRADER, sorted(lines, key=lambda line: (line[0], line[3])))


# --------------------------------------------------------------------------------- Gradescope


def gradescope(rows: Sequence[Row], lesson: str | None = None) -> dict:
    """Return what Gradescope reads as ``results.json``: a test an exercise."""
    tests = []
    for index, row in enumerate(rows, 1):
        if lesson is not None and row.result.lesson != lesson:
            continue
        tests.append(
            {
                "name": row.result.exercise or row.file,
                "name_format": "text",
                "number": str(index),
                "score": round(row.points, 4),
                "max_score": row.max_points,
                "status": "passed" if row.result.outcome == "passed" else "failed",
                "output": "\n".join(filter(None, (row.result.outcome, row.told))),
                "output_format": "text",
                "tags": [row.result.lesson],
                "visibility": "visible",
                "extra_data": {"mistake": row.result.mistake, "outcome": row.result.outcome},
            }
        )
    missing = [
        exercise
        for exercise in (load().values() if lesson else ())
        if exercise.lesson == lesson and exercise.name not in {test["name"] for test in tests}
    ]
    tests += [
        {
            "name": exercise.name, "name_format": "text", "number": str(len(rows) + index),
            "score": 0.0, "max_score": float(exercise.points), "status": "failed",
            "output": "No notebook with this exercise was handed in.", "output_format": "text",
            "tags": [exercise.lesson], "visibility": "visible", "extra_data": {},
        }
        for index, exercise in enumerate(missing, 1)
    ]  # fmt: skip
    return {
        "score": round(sum(test["score"] for test in tests), 4),
        "execution_time": round(sum(row.result.seconds for row in rows), 3),
        "output": "" if tests else "No exercise of the course was found.",
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {},
        "tests": tests,
    }


def write_gradescope(folder: Path, rows: Sequence[Row], lesson: str | None = None) -> None:
    """Write ``results.json``: of the one student there is, or one file a student."""
    folder.mkdir(parents=True, exist_ok=True)
    students = by_student(rows)
    for student, graded in students.items():
        mine = [row for part in graded.values() for row in part]
        text = json.dumps(gradescope(mine, lesson), indent=1, ensure_ascii=False)
        name = "results.json" if len(students) == 1 else f"{file_name(student)}.json"
        (folder / name).write_text(text + "\n", encoding="utf-8")


def file_name(student: str) -> str:
    """Return a name for a student's file: readable, safe on every system, and theirs alone."""
    plain = re.sub(r"[^\w.-]+", "_", student).strip("._")
    plain = plain.encode()[:80].decode(errors="ignore")  # systems count bytes
    if plain and plain == student:
        return plain
    return f"{plain or 'student'}-{hashlib.sha256(student.encode()).hexdigest()[:6]}"
