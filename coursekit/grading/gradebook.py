"""Every result, kept from one run to the next: SQLite, committed submission by submission.

A run that was killed goes on where it stopped.  A result is graded again only where something that
it depends on has changed: the file, the seed, the time limit, the isolation, or the course
(``versions``).
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from coursekit.exercises import load
from coursekit.grading import versions
from coursekit.grading.grade import Graded, Result

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, digest TEXT NOT NULL, outline TEXT NOT NULL,
    exercises TEXT NOT NULL, unreadable TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS results (
    path TEXT NOT NULL, exercise TEXT NOT NULL, key TEXT NOT NULL,
    seed INTEGER NOT NULL, version TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (path, exercise)
);
"""
FORMAT = "1"
SEEDS = 2**48  # too many to be tried out, few enough to be typed


class GradebookError(ValueError):
    """The gradebook can't be used; the message says why and what to do."""


@dataclass(frozen=True)
class How:
    """How a file is graded: what a result depends on besides the file and the course."""

    seed: int
    seconds: float | None = None
    isolation: str = "sandbox"


class Gradebook:
    """The results of one class, in one file."""

    def __init__(self, path: Path):
        self.path = path
        try:
            self.connection = sqlite3.connect(path, timeout=30)
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("PRAGMA synchronous=NORMAL")  # safe from kill -9
            self.connection.executescript(SCHEMA)
            found = self._setting("format") or FORMAT
        except sqlite3.DatabaseError as error:
            raise GradebookError(
                f"{path} is no gradebook that can be read ({error}); move it away to start afresh"
            ) from None
        if found != FORMAT:
            raise GradebookError(f"{path} was written by another version (format {found})")
        self._set("format", FORMAT)

    def close(self) -> None:
        self.connection.close()

    def _setting(self, name: str) -> str | None:
        row = self.connection.execute("SELECT value FROM settings WHERE name = ?", (name,))
        found = row.fetchone()
        return found and found[0]

    def _set(self, name: str, value: str) -> None:
        with self.connection:
            self.connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def seed(self, chosen: int | None) -> int:
        """Return the seed of this gradebook: the chosen one, else the one it has, else a new one.

        A seed that nobody knew when the answers were written is what makes the cases hidden.
        """
        if chosen is not None:
            self._set("seed", str(chosen))
            return chosen
        with self.connection:  # of two runs that begin at once, the first one's counts for both
            drawn = str(secrets.randbelow(SEEDS))
            self.connection.execute("INSERT OR IGNORE INTO settings VALUES ('seed', ?)", (drawn,))
        return int(self._setting("seed"))

    def stale(self, path: str, digest: str, how: How) -> list[str] | None:
        """Return the exercises of a file that must be graded, or None for all that it holds."""
        row = self.connection.execute(
            "SELECT exercises, unreadable FROM files WHERE path = ? AND digest = ? AND outline = ?",
            (path, digest, versions.outline()),
        ).fetchone()
        if row is None:
            return None
        fresh = dict(
            self.connection.execute("SELECT exercise, key FROM results WHERE path = ?", (path,))
        )
        return [name for name in json.loads(row[0]) if fresh.get(name) != _key(digest, how, name)]

    def add(self, path: str, digest: str, how: How, graded: Graded, whole: bool) -> None:
        """Keep what was found in a file, in one step; ``whole``: these are all its exercises."""
        if graded.odd:
            digest = ""  # so that the next run tries it again
        with self.connection:
            if whole:
                self.connection.execute("DELETE FROM results WHERE path = ?", (path,))
                names = json.dumps([each.exercise for each in graded.results])
                self.connection.execute(
                    "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
                    (path, digest, versions.outline(), names, graded.unreadable),
                )
            self.connection.executemany(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(path, each.exercise, _key(digest, how, each.exercise)),
                        *(how.seed, versions.version(each.lesson), json.dumps(vars(each))),
                    )
                    for each in graded.results
                ],
            )

    def graded(self, path: str) -> Graded:
        """Return what is kept of a file."""
        row = self.connection.execute(
            "SELECT unreadable FROM files WHERE path = ?", (path,)
        ).fetchone()
        if row is None:
            return Graded(unreadable="not graded yet")
        records = self.connection.execute("SELECT record FROM results WHERE path = ?", (path,))
        results = [_result(record) for (record,) in records]
        order = list(load())
        results.sort(
            key=lambda each: order.index(each.exercise) if each.exercise in order else len(order)
        )
        return Graded(tuple(results), row[0])

    def all(self, paths: Iterable[str]) -> dict[str, Graded]:
        return {path: self.graded(path) for path in paths}


def _result(record: str) -> Result:
    fields = json.loads(record)
    return Result(**{**fields, "notes": tuple(fields["notes"])})


def _key(digest: str, how: How, name: str) -> str:
    exercise = load().get(name)
    version = versions.version(exercise.lesson) if exercise else ""
    return f"{digest}/{how.seed}/{how.seconds}/{how.isolation}/{version}"
