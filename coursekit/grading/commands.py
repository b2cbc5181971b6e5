"""The grader's part of the command line: ``coursekit grade`` and ``coursekit gradescope``.

Exit codes of ``grade``: 0, graded; 2, refused, with the reason; 3, no sandbox on this machine.
"""

from __future__ import annotations

import os
import sqlite3
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

NO_SANDBOX = 3
FITTING = 4  # lessons that the table has columns for
MOST_SEED = 2**48 - 1

ISOLATION_HELP = (
    "“sandbox” (bubblewrap; Linux), or “process”: limits only. Without a sandbox, student code can "
    "read and delete your files, reach the network, and find the references."
)


class Isolation(StrEnum):
    sandbox = "sandbox"
    process = "process"


class Export(StrEnum):
    canvas = "canvas"
    moodle = "moodle"
    nbgrader = "nbgrader"
    gradescope = "gradescope"


def register(app: typer.Typer) -> None:
    """Add the grader's commands to the command line."""
    app.command()(grade)
    app.command()(gradescope)


def grade(
    paths: Annotated[
        list[Path], typer.Argument(help="Notebooks, or folders with one folder a student.")
    ],
    out: Annotated[Path, typer.Option(help="Where the grades go; run again to go on.")],
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MOST_SEED,
            help="Draws the inputs. Default: drawn once, kept in the gradebook.",
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="How many processes. Default: one a processor.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=0.1, help="Seconds for one exercise. Default: what it declares, often 10."
        ),
    ] = None,
    executor: Annotated[
        str, typer.Option(help="“processes”, or “dask:tcp://HOST:PORT” for a cluster.")
    ] = "processes",
    isolation: Annotated[Isolation, typer.Option(help=ISOLATION_HELP)] = Isolation.sandbox,
    config: Annotated[
        Path | None, typer.Option(help="A TOML file: points, late days, which exercises count.")
    ] = None,
    export: Annotated[
        list[Export] | None, typer.Option(help="Also write a file that this platform imports.")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="The platform's own list of students (CSV), for --export.")
    ] = None,
    lesson: Annotated[
        str, typer.Option(help="Only the lessons whose names begin so, such as 04.")
    ] = "",
):
    """Grade notebooks: grades.csv, feedback for each student, and a report on the class."""
    from coursekit.grading import classroom, executors, exports, inside, settings
    from coursekit.grading.gradebook import Gradebook, GradebookError, How

    try:
        choices = settings.read_settings(config)
        students = exports.Roster(roster)
        found = classroom.find(paths)
        _lessons(lesson)
    except (settings.SettingsError, exports.RosterError, classroom.NothingFound) as error:
        _refuse(str(error))
    try:
        if isolation is Isolation.sandbox and executor == "processes":
            inside.bubblewrap(0)  # is there one at all?  Whether it works, the first file tells
        out.mkdir(parents=True, exist_ok=True)
        book = Gradebook(out / "gradebook.sqlite")
    except inside.NoSandbox as error:
        _without_sandbox(error)
    except (OSError, GradebookError) as error:
        _refuse(str(error))
    bar = _Bar(len(found.handed))
    try:
        chosen = book.seed(seed)
        with bar:
            anew = classroom.grade_all(
                found.handed,
                book,
                how=How(chosen, timeout, isolation.value),
                executor=executor,
                jobs=jobs or os.cpu_count() or 1,
                progress=bar.advance,
            )
    except executors.ExecutorError as error:
        _refuse(str(error))
    except inside.NoSandbox as error:
        _without_sandbox(error)
    except sqlite3.Error as error:
        _refuse(
            f"{book.path} can't be written ({error}). What is graded is kept; when that is mended, "
            "the same command goes on from here"
        )
    except KeyboardInterrupt:
        typer.echo("Stopped. What is graded is kept; the same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    rows = classroom.rows(found.handed, book, choices, _lessons(lesson))
    book.close()
    footer = f"Seed {chosen}. {len(found.handed)} notebooks."
    try:
        _write(out, rows, choices, set(export or ()), students, footer)
    except OSError as error:
        _refuse(f"the grades are kept in {book.path}, but can't be written out: {error}")
    _table(rows)
    for warning in [*found.warnings, *_unknown(students, rows)]:
        typer.echo(f"Note: {warning}")
    kept = len(found.handed) - anew
    typer.echo(
        f"{anew} notebooks graded, {kept} unchanged, seed {chosen} (kept in {book.path}).\n"
        f"Grades: {out / 'grades.csv'}\nClass:  {out / 'report.html'}\nStudents: {out / 'feedback'}"
    )


def gradescope(
    out: Annotated[Path, typer.Argument(help="Where the zip goes.")] = Path("autograder.zip"),
    lesson: Annotated[str, typer.Option(help="Only the lesson whose name begins so.")] = "",
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=MOST_SEED, help="Draws the inputs. Default: drawn now, for all."),
    ] = None,
    isolation: Annotated[Isolation, typer.Option(help=ISOLATION_HELP)] = Isolation.sandbox,
):
    """Make the autograder zip that Gradescope runs."""
    import secrets

    from coursekit.grading import gradescope as maker

    chosen = _lessons(lesson)
    if len(chosen) > 1 and lesson:
        _refuse(f"{lesson!r} begins more than one lesson: {', '.join(chosen)}")
    drawn = secrets.randbelow(MOST_SEED + 1) if seed is None else seed
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        maker.write_zip(out, drawn, chosen[0] if lesson else None, isolation.value)
    except OSError as error:
        _refuse(f"{out} can't be written: {error}")
    typer.echo(f"{out}: upload it as the autograder of a programming assignment (seed {drawn}).")


def _lessons(prefix: str) -> list[str]:
    from coursekit.exercises import lessons

    found = [name for name in lessons() if name.startswith(prefix)]
    if not found:
        _refuse(f"no lesson begins with {prefix!r}; there are {', '.join(lessons())}")
    return found


def _write(out: Path, rows, choices, wanted: set[Export], students, footer: str) -> None:
    """Write every file that an instructor gets."""
    from coursekit.grading import exports
    from coursekit.grading.feedback import write_feedback
    from coursekit.grading.report import write_report

    exports.write_grades(out / "grades.csv", rows)
    write_feedback(out / "feedback", rows, choices.title)
    write_report(out / "report.html", rows, choices.title, footer)
    if Export.canvas in wanted:
        exports.write_canvas(out / "canvas.csv", rows, students)
    if Export.moodle in wanted:
        exports.write_moodle(out / "moodle.csv", rows, students)
    if Export.nbgrader in wanted:
        exports.write_nbgrader(out / "nbgrader.csv", rows, students, choices)
    if Export.gradescope in wanted:
        exports.write_gradescope(out / "gradescope", rows)


def _unknown(students, rows) -> list[str]:
    from coursekit.observing import clean

    missing = [" ".join(clean(name, 60).split()) for name in students.missing(rows)]
    if not missing:
        return []
    return [f"the roster has no line for {', '.join(missing[:5])}{' …' * (len(missing) > 5)}"]


class _Bar:
    """A progress bar with the time left, where there is a terminal to show it."""

    def __init__(self, total: int):
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        console = Console(stderr=True)
        self.progress = Progress(
            TextColumn("Grading"), BarColumn(), MofNCompleteColumn(),
            TextColumn("took"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
            console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self.task = self.progress.add_task("", total=total)

    def __enter__(self):
        self.progress.start()
        return self

    def __exit__(self, *_):
        self.progress.stop()

    def advance(self, count: int) -> None:
        self.progress.advance(self.task, count)


def _table(rows, most: int = 60) -> None:
    """Show a line for each student: points by lesson, and what stands out."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from coursekit.grading.exports import number
    from coursekit.observing import clean

    lessons = sorted({row.result.lesson for row in rows} - {""})
    if len(lessons) > FITTING:  # a terminal has 80 columns; grades.csv and the report have all
        lessons = []
    students: dict[str, list] = {}
    for row in rows:
        students.setdefault(row.student, []).append(row)
    table = Table(title=f"{len(students)} students", box=SIMPLE, pad_edge=False)
    table.add_column("student", ratio=1, overflow="fold")
    for lesson in lessons:
        table.add_column(lesson.partition("_")[0], justify="right", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("passed", justify="right", no_wrap=True)
    table.add_column("to look at")
    for student, mine in list(students.items())[:most]:
        cells = []
        for lesson in lessons:
            part = [row for row in mine if row.result.lesson == lesson]
            cells.append(_share(part) if part else "–")
        odd = {o: sum(r.result.outcome == o for r in mine) for o in ("errored", "timed out")}
        remarks = [f"{count} {outcome}" for outcome, count in odd.items() if count]
        passed = sum(row.result.outcome == "passed" for row in mine)
        table.add_row(
            Text(" ".join(clean(student, 40).split())),
            *cells,
            _share(mine),
            f"{passed}/{len(mine)}",
            ", ".join(remarks),
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=80)
    console.print(table)
    if len(students) > most:
        console.print(f"… and {len(students) - most} more: see grades.csv")
    total = sum(row.points for row in rows), sum(row.max_points for row in rows)
    if total[1]:
        console.print(f"The class has {number(100 * total[0] / total[1])} % of the points.")


def _share(rows) -> str:
    from coursekit.grading.exports import number

    return f"{number(sum(r.points for r in rows))}/{number(sum(r.max_points for r in rows))}"


def _without_sandbox(reason: Exception) -> NoReturn:
    _refuse(
        f"There is no sandbox to grade in: {reason}.\n"
        "Without one, notebooks run with your rights. If you trust every one of them, add "
        "--isolation process: student code can then read and delete your files, reach the "
        "network, leave processes behind, and find the references on disk.",
        NO_SANDBOX,
    )


def _refuse(message: str, code: int = 2) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
