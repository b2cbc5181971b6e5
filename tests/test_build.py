"""Lessons as text, built as notebooks, in every state that a student leaves them in."""

import re
from pathlib import Path

import nbformat
import pytest

from coursekit import build

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
SOURCES = build.sources(NOTEBOOKS)
BY_NAME = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def texts(notebook):
    """Return what all cells show, as one text."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found.append(output.get("text", "") or output.get("data", {}).get("text/plain", ""))
    return "\n".join(found)


@BY_NAME
def test_unsolved_and_solved_hold_every_exercise_under_check(source):
    for notebook in (build.unsolved(source), build.solved(source)):
        cells = [cell for cell in notebook.cells if cell.metadata.get("exercise")]
        assert [cell.metadata["exercise"] for cell in cells] == [
            exercise.name for exercise in build.exercises_in(source)
        ]
        for cell in cells:
            assert f"@check\ndef {cell.metadata['exercise']}(" in cell.source
        nbformat.validate(notebook)


@BY_NAME
def test_no_answer_stands_in_the_unsolved_notebook(source):
    for cell in build.unsolved(source).cells:
        if cell.metadata.get("exercise"):
            assert cell.source.endswith("raise NotImplementedError")


def run_solved(source, light_training, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", light_training)
    shown = texts(build.run(build.solved(source), NOTEBOOKS))
    for exercise in build.exercises_in(source):
        assert f"✓ {exercise.name}: right" in shown, exercise.name


class TestSolvedOneHalf:
    """Two classes, so that two test processes can share the work."""

    @pytest.mark.parametrize("source", SOURCES[::2], ids=lambda path: path.stem)
    def test_it_runs_and_every_card_says_right(self, source, light_training, monkeypatch):
        run_solved(source, light_training, monkeypatch)


class TestSolvedOtherHalf:
    @pytest.mark.parametrize("source", SOURCES[1::2], ids=lambda path: path.stem)
    def test_it_runs_and_every_card_says_right(self, source, light_training, monkeypatch):
        run_solved(source, light_training, monkeypatch)


def test_every_cell_twice_and_exercises_out_of_order_runs():
    source = SOURCES[0]
    notebook = build.solved(source)
    doubled = []
    for cell in notebook.cells:
        again = nbformat.from_dict({**cell, "id": cell["id"] + "b"})
        doubled += [cell, again]
    exercises = [cell for cell in doubled if cell.metadata.get("exercise")]
    rest = [cell for cell in doubled if not cell.metadata.get("exercise")]
    notebook.cells = [*rest[:4], *reversed(exercises), *rest[4:]]
    shown = texts(build.run(notebook, NOTEBOOKS))
    for exercise in build.exercises_in(source):
        assert shown.count(f"✓ {exercise.name}: right") == 2


def _source(folder, text):
    (folder / "source").mkdir()
    path = folder / "source" / "00_start_here.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_bad_exercise_cell_names_the_file_and_the_mend(tmp_path):
    path = _source(tmp_path, '# %% tags=["exercise"]\nx = 1\n')
    with pytest.raises(build.BuildError, match=r"00_start_here\.py: a cell tagged exercise holds"):
        build.unsolved(path)


def test_an_undeclared_exercise_is_named(tmp_path):
    path = _source(tmp_path, '# %% tags=["exercise"]\nfrom coursekit.reference import nothing\n')
    with pytest.raises(build.BuildError, match="no exercise is declared for nothing"):
        build.unsolved(path)


def test_build_and_check_up_to_date(tmp_path):
    path = _source(tmp_path, "# %% [markdown]\n# # Hello\n\n# %%\nprint(1 + 1)\n")
    assert not build.up_to_date(path, tmp_path)
    target = build.build(path, tmp_path)
    assert build.up_to_date(path, tmp_path)
    first = target.read_bytes()
    build.build(path, tmp_path)
    assert target.read_bytes() == first, "building twice gives the same bytes"
    path.write_text(path.read_text() + "\n# %%\nprint(3)\n")
    assert not build.up_to_date(path, tmp_path)
    bare = nbformat.read(target, as_version=4)
    for cell in bare.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    nbformat.write(bare, target)
    path.write_text("# %% [markdown]\n# # Hello\n\n# %%\nprint(1 + 1)\n")
    assert not build.up_to_date(path, tmp_path), "a notebook without outputs is not built"


PREDICTED = """# %%
from coursekit import predict

# %%
guess = predict("Six times seven?", ["41", "42"])
guess

# %%
print("it came to", 6 * 7)
guess.compare("42", "Six sevens are forty-two.")

# %%
print("on we go")
"""


def test_what_was_to_be_predicted_is_folded_and_not_told(tmp_path):
    path = _source(tmp_path, PREDICTED)
    built = nbformat.read(build.build(path, tmp_path), as_version=4)
    folded = [cell.metadata.get("jupyter", {}).get("outputs_hidden") for cell in built.cells]
    assert folded == [None, None, True, None]
    assert "Make your prediction above first" in texts(built)
    first = built.cells[2].outputs[0].data["text/html"]
    assert first.startswith("Make your prediction"), "JupyterLab shows the first line of a fold"
    assert "It is: 42" not in texts(built)
    assert "forty-two" not in str([cell.get("outputs") for cell in built.cells])
    assert build.up_to_date(path, tmp_path)
    del built.cells[2].metadata["jupyter"]
    nbformat.write(built, tmp_path / "00_start_here.ipynb")
    assert not build.up_to_date(path, tmp_path), "the answer stands open"


@BY_NAME
def test_every_prediction_is_answered(source):
    """Each ``predict`` is followed by its ``compare`` before the next one asks."""
    text = "\n".join(c.source for c in build.read_source(source).cells if c.cell_type == "code")
    steps = re.findall(r"guess = predict\(|guess\.compare\(", text)
    assert steps == ["guess = predict(", "guess.compare("] * (len(steps) // 2)
    told = [c.source for c in build.read_source(source).cells if "**Predict" in c.source]
    assert not told, "a question to predict is asked by predict(), which keeps the answer back"


def test_an_appendix_is_built_behind_the_lessons_and_has_no_exercises():
    kinds = [build.is_lesson(source) for source in SOURCES]
    assert kinds == sorted(kinds, reverse=True), "lessons first"
    for source in SOURCES:
        assert bool(build.exercises_in(source)) == build.is_lesson(source), source.stem


def test_no_sources_is_an_error_that_says_where(tmp_path):
    with pytest.raises(build.BuildError, match="no lesson's source in"):
        build.sources(tmp_path)
