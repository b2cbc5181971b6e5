"""The command line of the course: each command is a function of this module."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from coursekit import __version__
from coursekit.grading import commands as grading

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Convolutional networks from scratch: build, verify and grade the course.",
)

grading.register(app)

NOTEBOOKS = Path("notebooks")
Folder = Annotated[Path, typer.Option(help="The folder that holds the notebooks.")]


def _tell_version(asked: bool):
    if asked:
        typer.echo(f"coursekit {__version__}")
        raise typer.Exit()


@app.callback()
def _course(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", callback=_tell_version, is_eager=True),
    ] = False,
):
    pass


@app.command()
def build(
    lessons: Annotated[
        list[str] | None, typer.Argument(help="Which lessons, by the beginning of their names.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where a notebook is out of date.")
    ] = False,
    notebooks: Folder = NOTEBOOKS,
):
    """Build the notebooks from their sources, and run them."""
    from coursekit import build as builder

    stale = []
    for source in _chosen(notebooks, lessons):
        if check:
            if not builder.up_to_date(source, notebooks):
                stale.append(source.stem)
        else:
            typer.echo(f"{source.stem}: built {builder.build(source, notebooks)}")
    if stale:
        typer.echo(f"out of date: {', '.join(stale)}. Run: coursekit build {' '.join(stale)}")
        raise typer.Exit(1)
    if check:
        typer.echo("Every notebook matches its source.")


@app.command()
def solve(
    out: Annotated[Path, typer.Argument(help="Where the solved notebooks go.")],
    lessons: Annotated[
        list[str] | None, typer.Argument(help="Which lessons, by the beginning of their names.")
    ] = None,
    notebooks: Folder = NOTEBOOKS,
):
    """Write the notebooks with every exercise solved (for instructors and for tests)."""
    import nbformat

    from coursekit import build as builder

    try:
        out.mkdir(parents=True, exist_ok=True)
        for source in _chosen(notebooks, lessons):
            nbformat.write(builder.solved(source), out / f"{source.stem}.ipynb")
            typer.echo(f"{source.stem}: solved in {out}")
    except OSError as error:
        _stop(f"{out} can't be written: {error.strerror or error}")


@app.command()
def verify(
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds to prove the cases on.")] = 5,
    only: Annotated[str, typer.Option(help="Only lessons whose names begin so.")] = "",
    jobs: Annotated[int, typer.Option(min=1, help="How many processes.")] = os.cpu_count() or 1,
    notebooks: Folder = NOTEBOOKS,
):
    """Prove that references pass, stubs are not attempted, and mistakes get their own names."""
    from coursekit import verify as verifying
    from coursekit.exercises import lessons, load

    _chosen(notebooks, None)  # without the lessons, half of the proof is missing
    known = [each for each in load().values() if each.lesson.startswith(only)]
    if not known:
        _stop(f"no lesson with exercises begins with {only!r}; there are {', '.join(lessons())}")
    mistakes = sum(len(exercise.mistakes) for exercise in known)
    faults = verifying.verify(known, notebooks, range(seeds), jobs)
    for fault in faults:
        typer.echo(fault)
    typer.echo(
        f"{len(known)} exercises, {mistakes} mistakes, {seeds} seed{'s' * (seeds > 1)}: "
        f"{'nothing to mend' if not faults else f'{len(faults)} faults'}"
    )
    raise typer.Exit(1 if faults else 0)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context, notebooks: Folder = NOTEBOOKS):
    """Open JupyterLab on the first lesson; further options go to JupyterLab."""
    import subprocess

    first = notebooks / "00_start_here.ipynb"
    if not first.exists():
        _stop(f"{first} is not there: run this beside the folder “notebooks”.")
    command = [sys.executable, "-m", "jupyter", "lab", f"--notebook-dir={notebooks.resolve()}"]
    command.append(f"--LabApp.default_url=/lab/tree/{first.name}")
    if getattr(os, "geteuid", lambda: 1)() == 0:
        command.append("--allow-root")  # in a container there may be nobody else
    raise typer.Exit(subprocess.call([*command, *context.args]))


@app.command()
def reset(
    lesson: Annotated[str, typer.Argument(help="The lesson, by the beginning of its name.")],
    exercise: Annotated[str, typer.Argument(help="The exercise's name.")],
    notebooks: Folder = NOTEBOOKS,
):
    """Give the stub of an exercise back; the old answer is kept in a file beside the notebook."""
    from coursekit import reset as resetting
    from coursekit.exercises import lessons

    chosen = [name for name in lessons() if name.startswith(lesson)]
    if len(chosen) != 1:
        _stop(f"no lesson, or more than one, begins with {lesson!r}: {', '.join(lessons())}")
    declared = {each.name: each for each in lessons()[chosen[0]]}
    if exercise not in declared:
        _stop(f"{chosen[0]} has no exercise {exercise!r}; it has {', '.join(declared)}")
    try:
        kept = resetting.reset(notebooks / f"{chosen[0]}.ipynb", declared[exercise])
    except resetting.ResetError as error:
        _stop(str(error))
    typer.echo(f"{exercise} is a stub again. Your old answer is kept in {kept}.")
    typer.echo("If the notebook is open, reload it: File, Reload Notebook from Disk.")


@app.command()
def doctor(notebooks: Folder = NOTEBOOKS):
    """Say what is wrong with this installation, and how to mend it."""
    from coursekit.doctor import examine

    ill = 0
    for finding in examine(notebooks):
        typer.echo(f"{'✓' if finding.well else '✗' if finding.needed else '–'} {finding.what}")
        if not finding.well:
            typer.echo(f"    {finding.mend}")
            ill += finding.needed
    typer.echo("All is well." if not ill else f"{ill} to mend.")
    raise typer.Exit(1 if ill else 0)


def _stop(message: str):
    typer.echo(message, err=True)
    raise typer.Exit(1)


def _chosen(notebooks: Path, lessons: list[str] | None) -> list[Path]:
    from coursekit import build as builder

    try:
        found = builder.sources(notebooks)
    except builder.BuildError as error:
        _stop(str(error))
    if not lessons:
        return found
    chosen = [path for path in found if any(path.stem.startswith(name) for name in lessons)]
    missing = [name for name in lessons if not any(path.stem.startswith(name) for path in found)]
    if missing:
        names = ", ".join(path.stem for path in found)
        _stop(f"no lesson begins with {', '.join(missing)}; there are {names}")
    return chosen


def main():
    app()


if __name__ == "__main__":
    main()
