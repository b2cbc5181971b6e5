"""Give a student the stub of an exercise back, and keep a copy of the old answer."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import nbformat

from coursekit.exercise import Exercise


class ResetError(ValueError):
    """The exercise can't be reset; the message says why and what to do."""


def reset(notebook_path: Path, exercise: Exercise, now: datetime | None = None) -> Path:
    """Put the stub back into the notebook and return where the old answer is kept.

    The copy goes into the folder ``old_answers`` beside the notebook, under a name with the time.
    Only the cells that define the exercise change; a second definition is emptied.

    Raises:
        ResetError: if the notebook can't be read, or has no cell that defines the exercise.
    """
    try:
        notebook = nbformat.read(notebook_path, as_version=4)
    except FileNotFoundError:
        raise ResetError(f"there is no notebook {notebook_path}") from None
    except Exception as error:
        raise ResetError(f"{notebook_path} can't be read as a notebook: {error}") from None
    defines = re.compile(rf"^\s*def\s+{exercise.name}\s*\(", re.MULTILINE)
    cells = [
        cell for cell in notebook.cells if cell.cell_type == "code" and defines.search(cell.source)
    ]
    if not cells:
        raise ResetError(
            f"no cell of {notebook_path.name} defines {exercise.name}. To get the cell back, "
            f"paste this into a new one:\n\n@check\n{exercise.stub()}"
        )
    stamp = (now or datetime.now()).strftime("%Y-%m-%d_%H-%M-%S")
    kept = notebook_path.parent / "old_answers" / f"{exercise.name}_{stamp}.py"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("\n\n".join(cell.source for cell in cells) + "\n", encoding="utf-8")
    for cell in cells:
        cell.source = ""
        cell.outputs = []
        cell.execution_count = None
    cells[0].source = "@check\n" + exercise.stub().rstrip("\n")
    temporary = notebook_path.with_suffix(".tmp")
    nbformat.write(notebook, temporary)
    temporary.replace(notebook_path)
    return kept
