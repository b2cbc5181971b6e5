"""Handing in notebooks, and grading them by the command line."""

import csv
import sqlite3

from typer.testing import CliRunner

from coursekit.cli import app

WRONG = "def shift_image(image, dy, dx):\n    return image"
HEADER = ["student", "lesson", "exercise", "points", "max_points", "outcome", "mistake", "message"]


def hand_in(folder, **contents):
    for place, content in contents.items():
        path = folder / place.replace("__", "/")
        path = path.with_name(f"{path.name}.ipynb")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def run(*arguments):
    return CliRunner().invoke(app, ["grade", *map(str, arguments)], catch_exceptions=False)


def grades(out):
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files_graded(out):
    """How many files stand in the gradebook, while the command still runs."""
    try:
        connection = sqlite3.connect(f"file:{out / 'gradebook.sqlite'}?mode=ro", uri=True)
        with connection:
            return connection.execute("SELECT count(*) FROM files").fetchone()[0]
    except sqlite3.Error:
        return 0
