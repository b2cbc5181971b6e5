"""What a student's notebook calls: cards, hints, solutions, progress, and bad input."""

import json
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from coursekit import build, check, hint, notebook, progress, solution, store
from coursekit.exercises import load


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSEKIT_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setattr(notebook, "_hints_given", {})
    return tmp_path


def right():
    def scale_to_unit(image):
        return image / 255

    return scale_to_unit


def wrong():
    def scale_to_unit(image):
        return image / 256

    return scale_to_unit


def test_a_right_answer_is_returned_and_used_from_then_on(capsys):
    mine = right()
    assert check(mine) is mine
    assert "✓ scale_to_unit: right" in capsys.readouterr().out


def test_a_wrong_answer_is_named_and_the_reference_goes_on(capsys):
    used = check(wrong())
    assert used is load()["scale_to_unit"].reference
    out = capsys.readouterr().out
    assert "✗ scale_to_unit: not yet right · 0 of 3 cases right" in out
    assert "divided by 256" in out
    assert "the lesson goes on with the reference" in out


def test_an_unknown_name_suggests_the_nearest():
    def scale_to_units(image):
        return image

    with pytest.raises(notebook.UnknownExercise, match="Did you mean 'scale_to_unit'"):
        check(scale_to_units)
    with pytest.raises(notebook.UnknownExercise, match="'qqqqqq'"):
        hint("qqqqqq")


def test_in_a_notebook_an_unknown_name_is_told_in_one_line(tmp_path):
    cell = new_code_cell("from coursekit import hint\nhint('scale_to_units')")
    cell.metadata["tags"] = ["raises-exception"]
    ran = build.run(new_notebook(cells=[cell]), tmp_path)
    assert ran.cells[0].outputs[0].traceback == [
        "UnknownExercise: no exercise is named 'scale_to_units'. Did you mean 'scale_to_unit'?"
    ]


@pytest.mark.parametrize("thing", [3, int, None, "scale_to_unit"])
def test_check_takes_functions_only(thing):
    with pytest.raises(TypeError, match="goes above a function"):
        check(thing)


def test_what_the_answer_prints_is_shown_before_the_card(capsys):
    def scale_to_unit(image):
        print("shape", image.shape)
        return image / 255

    check(scale_to_unit)
    out = capsys.readouterr().out
    assert out.index("shape (1, 5)") < out.index("✓ scale_to_unit")


def test_hints_come_one_at_a_time_and_start_again(capsys):
    hints = load()["scale_to_unit"].hints
    for number in (0, 1, 0):
        hint(right())
        out = capsys.readouterr().out
        assert f"hint {number + 1} of {len(hints)}" in out
        assert hints[number] in out


def test_the_solution_is_kept_back_until_a_pass_or_insistence(capsys):
    solution("scale_to_unit")
    assert "image / 255" not in capsys.readouterr().out
    solution("scale_to_unit", insist=True)
    assert "return image / 255" in capsys.readouterr().out
    check(right())
    capsys.readouterr()
    solution(right())
    assert "return image / 255" in capsys.readouterr().out


def test_progress_is_kept_from_one_kernel_to_the_next(capsys, own_progress):
    check(wrong())
    check(right())
    records = json.loads((own_progress / "progress.json").read_text())["exercises"]
    assert records["scale_to_unit"]["passed"] is True
    assert records["scale_to_unit"]["mistakes"] == {"divides_by_256": True}
    check(wrong())  # once passed, it stays passed
    capsys.readouterr()
    progress()
    out = capsys.readouterr().out
    assert "00_start_here" in out
    assert "1 of   5 points" in out
    assert "Mistakes met: 1, mended: 0" in out


def test_an_exercise_never_attempted_leaves_no_trace(own_progress):
    def scale_to_unit(image):
        raise NotImplementedError

    check(scale_to_unit)
    assert not (own_progress / "progress.json").exists()


def test_a_broken_progress_file_is_set_aside(own_progress):
    (own_progress / "progress.json").write_text("{ half a fi")
    with pytest.warns(UserWarning, match="it is kept as progress.broken-"):
        check(right())
    (kept,) = own_progress.glob("progress.broken-*.json")
    assert kept.read_text() == "{ half a fi"
    assert store.passed("scale_to_unit")


def test_two_notebooks_at_once_lose_nothing():
    exercises = list(load().values())[:4]

    def work(exercise):
        for _ in range(20):
            store.record(exercise, exercise.judge(exercise.reference))

    threads = [threading.Thread(target=work, args=(exercise,)) for exercise in exercises]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: entry["checks"] for name, entry in store.read().items()} == {
        exercise.name: 20 for exercise in exercises
    }


NOTING = """
from coursekit import store
from coursekit.exercise import Verdict
from coursekit.exercises import load
for _ in range(25):
    store.record(load()["scale_to_unit"], Verdict("failed", 0.0, None, ""))
"""


def test_eight_kernels_at_once_lose_nothing():
    kernels = [subprocess.Popen([sys.executable, "-c", NOTING]) for _ in range(8)]
    assert [kernel.wait() for kernel in kernels] == [0] * 8
    assert store.read()["scale_to_unit"]["checks"] == 8 * 25


@pytest.mark.parametrize(
    "entry",
    [
        {"outcome": "brilliant"},
        {"best": "0.5"},
        {"best": 7},
        {"passed": "yes"},
        {"checks": None},
        {"mistakes": ["divides_by_256"]},
        {"mistakes": {"divides_by_256": "mended"}},
        "passed",
    ],
)
def test_a_progress_file_of_other_types_is_set_aside(own_progress, entry):
    written = json.dumps({"exercises": {"scale_to_unit": entry}})
    (own_progress / "progress.json").write_text(written)
    with pytest.warns(UserWarning, match="could not be read"):
        progress()
    (kept,) = own_progress.glob("progress.broken-*.json")
    assert kept.read_text() == written
    check(right())
    assert store.passed("scale_to_unit")


def test_a_lock_that_a_killed_kernel_left_holds_nobody_up(own_progress):
    (own_progress / ".progress.lock").touch()
    start = time.monotonic()
    check(right())
    assert time.monotonic() - start < store.PATIENCE / 2
    assert store.passed("scale_to_unit")


def test_a_folder_that_cannot_be_written_is_said_not_raised(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSEKIT_PROGRESS", str(tmp_path / "file" / "progress.json"))
    with pytest.warns(UserWarning, match="could not be"):
        check(right())


def test_cards_escape_what_students_write():
    def scale_to_unit(image):
        raise ValueError("<script>alert(1)</script>")

    from coursekit import display

    exercise = load()["scale_to_unit"]
    card = display.verdict_card(exercise, exercise.judge(scale_to_unit))
    assert "<script>" not in card._repr_html_()
    assert "&lt;script&gt;" in card._repr_html_()


def test_the_stub_is_the_reference_without_its_body():
    for exercise in load().values():
        stub = exercise.stub()
        assert stub.startswith(f"def {exercise.name}(")
        assert stub.rstrip().endswith("raise NotImplementedError")
        space = {"np": np}
        exec(stub, space)
        with pytest.raises(NotImplementedError):
            space[exercise.name](*exercise.cases(0)[0].inputs, **exercise.cases(0)[0].options)


def test_an_answer_in_lists_serves_later_cells_as_arrays(capsys):
    def relu(x):
        return np.maximum(x, 0).tolist()

    given = check(relu)
    assert "right" in capsys.readouterr().out
    out = given(np.array([[1.0, -2.0], [-3.0, 4.0]]))
    assert isinstance(out, np.ndarray)
    assert out[:, 1].tolist() == [0, 4]
    assert given.__name__ == "relu"


def test_an_answer_of_the_right_kind_is_given_back_as_it_is():
    function = right()
    assert check(function) is function
