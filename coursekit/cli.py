"""The command line: ``coursekit grade | build | verify | lab``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Convolutional networks from scratch: build, verify and grade the course.",
)

NOTEBOOKS = Path("notebooks")
Folder = Annotated[Path, typer.Option(help="The folder that holds the notebooks.")]


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

    out.mkdir(parents=True, exist_ok=True)
    for source in _chosen(notebooks, lessons):
        nbformat.write(builder.solved(source), out / f"{source.stem}.ipynb")
        typer.echo(f"{source.stem}: solved in {out}")


@app.command()
def verify(
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds to prove the cases on.")] = 5,
    only: Annotated[str, typer.Option(help="Only lessons whose names begin so.")] = "",
    notebooks: Folder = NOTEBOOKS,
):
    """Prove that references pass, stubs are not attempted, and mistakes get their own names."""
    from coursekit import verify as verifying
    from coursekit.exercises import load

    known = [each for each in load().values() if each.lesson.startswith(only)]
    mistakes = sum(len(exercise.mistakes) for exercise in known)
    faults = verifying.verify(known, notebooks, range(seeds))
    for fault in faults:
        typer.echo(fault)
    typer.echo(
        f"{len(known)} exercises, {mistakes} mistakes, {seeds} seeds: "
        f"{'nothing to mend' if not faults else f'{len(faults)} faults'}"
    )
    raise typer.Exit(1 if faults else 0)


@app.command()
def lab(notebooks: Folder = NOTEBOOKS):
    """Open JupyterLab on the first notebook."""
    import subprocess

    first = "00_start_here.ipynb"
    if not (notebooks / first).exists():
        typer.echo(f"{notebooks / first} is not there: run this beside the folder “notebooks”.")
        raise typer.Exit(1)
    command = [sys.executable, "-m", "jupyter", "lab", f"--notebook-dir={notebooks}", first]
    raise typer.Exit(subprocess.call(command))


def _chosen(notebooks: Path, lessons: list[str] | None) -> list[Path]:
    from coursekit import build as builder

    try:
        found = builder.sources(notebooks)
    except builder.BuildError as error:
        typer.echo(str(error))
        raise typer.Exit(1) from None
    if not lessons:
        return found
    chosen = [path for path in found if any(path.stem.startswith(name) for name in lessons)]
    missing = [name for name in lessons if not any(path.stem.startswith(name) for path in found)]
    if missing:
        names = ", ".join(path.stem for path in found)
        typer.echo(f"no lesson begins with {', '.join(missing)}; there are {names}")
        raise typer.Exit(1)
    return chosen


def main():
    app()


if __name__ == "__main__":
    main()
