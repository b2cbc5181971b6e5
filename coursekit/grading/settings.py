"""The instructor's choices, in one small TOML file: points, late days, which exercises count."""

from __future__ import annotations

import datetime
import difflib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coursekit.exercise import Exercise
from coursekit.exercises import lessons, load
from coursekit.observing import clean

EXAMPLE = """\
title = "Convolutional networks, autumn term"
skip = ["escape_local_minimum"]     # exercises, or whole lessons, that don't count
optional = ["shift_image"]          # shown to the student, worth nothing

[points]                            # in place of what the exercise declares
conv2d_forward = 5

[late]
due = 2026-11-30T23:59:00           # by the clock of this machine; compared with the file's date
penalty = 0.1                       # of the points, for each day begun
days = 5                            # after so many days nothing is left
grace_minutes = 15

[late.due_by_lesson]
04_convolution_backward = 2026-12-14

[late.extra_days]                   # students who were given more time
"Anna Petrova" = 3
"""


class SettingsError(ValueError):
    """The file of settings is wrong; the message names the key and what is meant."""


@dataclass(frozen=True)
class Settings:
    """See ``EXAMPLE`` for what each one means."""

    title: str = "Grades"
    skip: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    own_points: dict[str, float] = field(default_factory=dict)
    due: datetime.datetime | None = None
    due_by_lesson: dict[str, datetime.datetime] = field(default_factory=dict)
    penalty: float = 0.0
    days: int = 0
    grace_minutes: float = 0.0
    extra_days: dict[str, float] = field(default_factory=dict)

    def counts(self, exercise: str) -> bool:
        return exercise not in self.skip and load()[exercise].lesson not in self.skip

    def points(self, exercise: Exercise) -> float:
        if exercise.name in self.optional or exercise.lesson in self.optional:
            return 0
        return self.own_points.get(exercise.name, exercise.points)

    def late(self, path: Path, student: str, lesson: str | None = None) -> float:
        """Return the share of the points that is lost because the file is late."""
        due = self.due_by_lesson.get(lesson, self.due)
        if due is None or not self.penalty:
            return 0.0
        try:
            handed_in = datetime.datetime.fromtimestamp(path.stat().st_mtime)
        except OSError:
            return 0.0
        more = datetime.timedelta(days=self.extra_days.get(student, 0), minutes=self.grace_minutes)
        due = min(due, datetime.datetime.max - more) + more
        if handed_in <= due:
            return 0.0
        begun = -((due - handed_in) // datetime.timedelta(days=1))
        return 1.0 if self.days and begun > self.days else min(1.0, begun * self.penalty)


def read_settings(path: Path | None) -> Settings:
    """Return the settings of a file, or the usual ones for None.

    Raises:
        SettingsError: if the file is not there, is no TOML, or has a key or a value that is wrong.
    """
    if path is None:
        return Settings()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(f"{path} does not exist") from None
    except RecursionError:
        raise SettingsError(f"{path} can't be read: it is nested too deeply") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} can't be read: save it as UTF-8") from None
    except (OSError, ValueError) as error:  # ValueError: also a date or number that can't be
        raise SettingsError(f"{path} can't be read: {error}") from None
    try:
        return _settings(content)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def _settings(content: dict[str, Any]) -> Settings:
    _keys(content, ("title", "skip", "optional", "points", "late"), "")
    late = _typed(content, "late", dict, {}, "a table [late]")
    _keys(late, ("due", "penalty", "days", "grace_minutes", "due_by_lesson", "extra_days"), "late.")
    points = _typed(content, "points", dict, {}, "a table [points]")
    for name, value in points.items():
        _exercise(name, "points.", lessons_too=False)
        _number(value, f"points.{name}", 0)
    for key in ("skip", "optional"):
        names = _typed(content, key, list, [], "a list of names")
        for name in names:
            _exercise(name, f"{key}: ", lessons_too=True)
    by_lesson = _typed(late, "due_by_lesson", dict, {}, "a table [late.due_by_lesson]")
    for name in by_lesson:
        if name not in lessons():
            raise SettingsError(
                f"late.due_by_lesson: no lesson is named {name!r}{_near(name, lessons())}"
            )
    extra = _typed(late, "extra_days", dict, {}, "a table [late.extra_days]")
    penalty = _number(late.get("penalty", 0.0), "late.penalty", 0, 1)
    if penalty and "due" not in late and not by_lesson:
        raise SettingsError("late.penalty is given, but no late.due: say when the work is due")
    return Settings(
        title=_typed(content, "title", str, "Grades", "a text"),
        skip=frozenset(content.get("skip", ())),
        optional=frozenset(content.get("optional", ())),
        own_points=points,
        due=_moment(late["due"], "late.due") if "due" in late else None,
        due_by_lesson={
            name: _moment(value, f"late.due_by_lesson.{name}") for name, value in by_lesson.items()
        },
        penalty=penalty,
        days=int(_number(late.get("days", 0), "late.days", 0)),
        grace_minutes=_number(late.get("grace_minutes", 0), "late.grace_minutes", 0),
        extra_days={
            name: _number(value, f"late.extra_days.{name}", 0) for name, value in extra.items()
        },
    )


def _keys(table: dict, known: tuple[str, ...], place: str) -> None:
    for key in table:
        if key not in known:
            raise SettingsError(
                f"no setting is named “{place}{key}”{_near(key, known)} There are: "
                f"{', '.join(place + name for name in known)}"
            )


def _near(name: str, known) -> str:
    near = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean “{near[0]}”?" if near else "."


def _exercise(name: Any, place: str, lessons_too: bool) -> None:
    known = [*load(), *(lessons() if lessons_too else ())]
    if name not in known:
        raise SettingsError(f"{place}{name!r} is no exercise of the course{_near(name, known)}")


def _typed(table: dict, key: str, kind: type, default: Any, what: str) -> Any:
    value = table.get(key, default)
    if not isinstance(value, kind):
        raise SettingsError(f"“{key}” must be {what}, not {value!r}")
    return value


MOST = 1_000_000  # of anything: points, days, minutes


def _number(value: Any, key: str, least: float, most: float = MOST) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        above = f" to {most:g}" if most < MOST else f" or more, {MOST:,} at the most"
        raise SettingsError(f"“{key}” must be a number, {least:g}{above}; not {clean(value, 40)}")
    return value


def _moment(value: Any, key: str) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        try:
            return value.astimezone().replace(tzinfo=None) if value.tzinfo else value
        except (OverflowError, ValueError, OSError):
            pass  # too long ago, or too late, for this machine's clock
    elif isinstance(value, datetime.date):
        return datetime.datetime.combine(value, datetime.time(23, 59, 59))
    raise SettingsError(f"“{key}” must be a date such as 2026-11-30T23:59:00, not {value!r}")
