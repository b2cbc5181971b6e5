"""Build the notebooks from the lessons' source texts.

A lesson is a percent-format ``.py`` that runs from top to bottom as it stands: a cell tagged
``exercise`` imports the reference of one exercise.  In the student's notebook that cell becomes the
stub under ``@check``; in the solved notebook, the reference's own source under ``@check``.  The
student's notebook is run and kept with its outputs.  Those of a cell that answers a prediction are
folded: JupyterLab unfolds them when the reader runs the cell.  It shows the first line of the first
one, so that one is the request to predict.
"""

from __future__ import annotations

import ast
import base64
import copy
import inspect
import io
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from coursekit.display import WIDGET_VIEW
from coursekit.exercise import Exercise
from coursekit.exercises import load
from coursekit.slicing import slice_of

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


class BuildError(ValueError):
    """A lesson can't be built; the message names the file, the cell and the mend."""


def read_source(path: Path) -> NotebookNode:
    """Return a percent-format lesson as a notebook without outputs."""
    import jupytext

    notebook = jupytext.read(path)
    notebook.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{path.stem[:40].replace('_', '-')}-{number:03}"
    return notebook


def exercise_of(cell: NotebookNode, path: Path) -> Exercise | None:
    """Return the exercise that a source cell stands for, or None for an ordinary cell."""
    if "exercise" not in cell.metadata.get("tags", []):
        return None
    names = [
        alias.name
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    if len(names) != 1:
        raise BuildError(
            f"{path.name}: a cell tagged exercise holds one line, "
            f"“from coursekit.reference import NAME”, not {cell.source!r}"
        )
    if names[0] not in load():
        raise BuildError(f"{path.name}: no exercise is declared for {names[0]}")
    return load()[names[0]]


def exercises_in(path: Path) -> list[Exercise]:
    """Return the exercises of a lesson's source in the order of its cells."""
    found = (exercise_of(cell, path) for cell in read_source(path).cells)
    return [exercise for exercise in found if exercise is not None]


def unsolved(path: Path) -> NotebookNode:
    """Return the student's notebook, not yet run."""
    return _filled(path, lambda exercise, known: exercise.stub())


def solved(path: Path) -> NotebookNode:
    """Return the notebook with every reference's own source as the answer, not yet run."""
    return _filled(path, _answer)


def _filled(path: Path, write) -> NotebookNode:
    notebook = read_source(path)
    known: set[str] = set()
    for cell in notebook.cells:
        exercise = exercise_of(cell, path)
        if exercise is not None:
            cell.source = f"{write(exercise, known)}".rstrip("\n")
            cell.metadata["exercise"] = exercise.name
            known.add(exercise.name)
        elif cell.cell_type == "code":
            known |= {
                alias.asname or alias.name
                for node in ast.walk(_parsed(cell.source, path))
                if isinstance(node, (ast.Import, ast.ImportFrom))
                for alias in node.names
            }
        if cell.cell_type == "code" and _answers_a_prediction(cell.source, path):
            cell.metadata["jupyter"] = {"outputs_hidden": True}
    for cell in notebook.cells:
        if cell.metadata.get("exercise"):
            cell.source = _under_check(cell.source, cell.metadata["exercise"])
    return notebook


def _answers_a_prediction(source: str, path: Path) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == "compare"
        for node in ast.walk(_parsed(source, path))
    )


def _parsed(source: str, path: Path) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise BuildError(f"{path.name}: {error} in the cell\n{source}") from None


def _under_check(source: str, name: str) -> str:
    """Put ``@check`` above the definition of ``name``."""
    lines = source.split("\n")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            lines.insert(node.lineno - 1, "@check")
    return "\n".join(lines)


def _answer(exercise: Exercise, known: set[str]) -> str:
    """Return the reference's source with the helpers and imports that the notebook lacks."""
    function = inspect.unwrap(exercise.reference)
    module = inspect.getsource(inspect.getmodule(function))
    statements = [node for node in ast.parse(module).body if not _is_docstring(node)]
    for node in statements:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []  # the course's own checks of input, no part of the answer
    needed = slice_of(statements, {exercise.name}, given=known - {exercise.name}).body
    pieces = []
    for node in needed:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            pieces.append(_needed_import(node, needed, known))
        elif isinstance(node, ast.FunctionDef):
            lines = module.splitlines()[node.lineno - 1 : node.end_lineno]
            pieces.append("\n".join(lines) + "\n")
        else:
            pieces.append(ast.get_source_segment(module, node))
    return "\n\n".join(piece for piece in pieces if piece)


def _needed_import(node, needed: Iterable[ast.stmt], known: set[str]) -> str:
    used = {
        name.id
        for other in needed
        for part in (other.body if isinstance(other, ast.FunctionDef) else [other])
        for name in ast.walk(part)
        if isinstance(name, ast.Name)
    }
    node = copy.deepcopy(node)
    node.names = [alias for alias in node.names if (alias.asname or alias.name) in used - known]
    return ast.unparse(node) if node.names else ""


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def run(notebook: NotebookNode, folder: Path, seconds: float = 600) -> NotebookNode:
    """Run a notebook from top to bottom in ``folder`` with a progress file of its own.

    Raises:
        nbclient.exceptions.CellExecutionError: at the first cell that raises.
    """
    from nbclient import NotebookClient
    from traitlets.config import Config

    with tempfile.TemporaryDirectory() as scratch:
        environment = {
            "OPENBLAS_NUM_THREADS": "1",  # sums in one order, and no quarrel between notebooks
            **os.environ,
            "COURSEKIT_PROGRESS": str(Path(scratch) / "progress.json"),
        }
        client = NotebookClient(
            notebook,
            config=Config({"KernelManager": own_sockets(scratch)}),
            timeout=seconds,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            store_widget_state=False,
            record_timing=False,
            coalesce_streams=True,  # what is printed comes in pieces, cut as chance has it
        )
        client.execute(env=environment)
    return answers_behind_the_question(clean(notebook))


def answers_behind_the_question(notebook: NotebookNode) -> NotebookNode:
    """Put what was printed last where outputs are folded: JupyterLab shows the first line."""
    for cell in notebook.cells:
        if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
            cell.outputs.sort(key=lambda output: output.output_type == "stream")
    return notebook


def own_sockets(folder: str | Path) -> dict[str, str]:
    """Return the settings of a kernel that is reached by socket files in ``folder``.

    A port is free when it is chosen, and may be taken when the kernel binds it a second later.
    """
    if os.name != "posix":
        return {}
    return {"transport": "ipc", "ip": str(Path(folder) / "kernel")}


def clean(notebook: NotebookNode) -> NotebookNode:
    """Take out what means nothing once the kernel is gone: live widgets and timings.

    An explorer's output also holds a still picture, which stays.  Pictures are kept small.
    """
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop(WIDGET_VIEW, None)
            if "image/png" in data:
                data["image/png"] = smaller(data["image/png"])
    return notebook


def smaller(png: str) -> str:
    """Return a base64 PNG with 256 colours, a third of the size and hardly to be told apart."""
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    reduced = picture.quantize(256, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    reduced.save(buffer, format="PNG", optimize=True)
    text = base64.b64encode(buffer.getvalue()).decode()
    return text if len(text) < len(png) else png


def same_cells(one: NotebookNode, other: NotebookNode) -> bool:
    """Tell whether two notebooks have the same cells, whatever their outputs."""

    def key(notebook):
        return [
            (
                cell.cell_type,
                cell.source,
                sorted(cell.metadata.get("tags", [])),
                cell.metadata.get("jupyter", {}),
            )
            for cell in notebook.cells
        ]

    return key(one) == key(other)


def sources(notebooks: Path) -> list[Path]:
    """Return the sources below a folder of notebooks: lessons in order, then appendices.

    A lesson's name begins with its number; an appendix has neither exercises nor a quiz.
    """
    found = sorted((notebooks / "source").glob("*.py"))
    if not found:
        raise BuildError(
            f"no lesson's source in {notebooks / 'source'}: run this in the folder that holds "
            "“notebooks”, or say --notebooks FOLDER"
        )
    return found


def is_lesson(source: Path) -> bool:
    """Tell a lesson from an appendix."""
    return source.stem[:2].isdigit()


def build(source: Path, notebooks: Path) -> Path:
    """Build, run and write the student's notebook of one lesson."""
    notebook = run(unsolved(source), notebooks)
    target = notebooks / f"{source.stem}.ipynb"
    nbformat.validate(notebook)
    nbformat.write(notebook, target)
    return target


def up_to_date(source: Path, notebooks: Path) -> bool:
    """Tell whether the built notebook has its source's cells, and outputs."""
    target = notebooks / f"{source.stem}.ipynb"
    if not target.exists():
        return False
    built = nbformat.read(target, as_version=4)
    ran = all(
        cell.get("execution_count") is not None
        for cell in built.cells
        if cell.cell_type == "code" and cell.source.strip()
    )
    return ran and same_cells(unsolved(source), built)
