"""The command line, as its users call it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from coursekit import build, doctor
from coursekit.cli import app
from coursekit.exercises import lessons, load

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path):
    """A student's folder with the first lesson, solved."""
    notebooks = tmp_path / "notebooks"
    shutil.copytree(NOTEBOOKS / "source", notebooks / "source")
    source = notebooks / "source" / "00_start_here.py"
    nbformat.write(build.solved(source), notebooks / "00_start_here.ipynb")
    return notebooks


def test_python_dash_m_is_the_same():
    done = subprocess.run(
        [sys.executable, "-m", "coursekit", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    for command in ("build", "verify", "lab", "reset", "doctor"):
        assert command in done.stdout


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((NOTEBOOKS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    done = call("--version")
    assert done.exit_code == 0
    assert done.output == f"coursekit {project['project']['version']}\n"


def test_verify_of_no_lesson_is_an_error():
    done = call("verify", "--only", "zz", "--notebooks", NOTEBOOKS)
    assert done.exit_code == 1
    assert "begins with 'zz'; there are 00_start_here" in done.output
    assert "nothing to mend" not in done.output


@pytest.mark.parametrize("command", ["verify", "build"])
def test_no_notebooks_is_an_error_that_says_what_to_do(command, tmp_path):
    done = call(command, "--notebooks", tmp_path / "nowhere")
    assert done.exit_code == 1
    assert "run this in the folder that holds “notebooks”, or say --notebooks" in done.output


def test_verify_of_one_lesson_counts_what_it_proved():
    done = call("verify", "--only", "00", "--seeds", 1, "--jobs", 1, "--notebooks", NOTEBOOKS)
    assert done.exit_code == 0, done.output
    exercises = lessons()["00_start_here"]
    mistakes = sum(len(exercise.mistakes) for exercise in exercises)
    expected = f"{len(exercises)} exercises, {mistakes} mistakes, 1 seed: nothing to mend"
    assert expected in done.output


def test_verify_fails_and_names_the_fault(monkeypatch):
    exercise = load()["scale_to_unit"]
    monkeypatch.setattr(exercise, "hints", ())
    done = call("verify", "--only", "00", "--seeds", 1, "--jobs", 1, "--notebooks", NOTEBOOKS)
    assert done.exit_code == 1
    assert "scale_to_unit: has no hints" in done.output


def test_build_check_names_what_is_out_of_date(folder):
    done = call("build", "00", "--check", "--notebooks", folder)
    assert done.exit_code == 1
    assert "out of date: 00_start_here. Run: coursekit build 00_start_here" in done.output


def test_an_unknown_lesson_lists_those_there_are(folder):
    done = call("build", "77", "--notebooks", folder)
    assert done.exit_code == 1
    assert "no lesson begins with 77; there are 00_start_here" in done.output


def test_solve_where_nothing_can_be_written(folder, tmp_path):
    (tmp_path / "file").write_text("")
    done = call("solve", tmp_path / "file" / "below", "--notebooks", folder)
    assert done.exit_code == 1
    assert "can't be written" in done.output


def test_lab_without_notebooks_says_where_to_run_it(tmp_path):
    done = call("lab", "--notebooks", tmp_path)
    assert done.exit_code == 1
    assert "run this beside the folder" in done.output


@pytest.mark.skipif(os.name != "posix", reason="ends JupyterLab by its process group")
def test_lab_starts_jupyterlab_on_the_lessons(folder, tmp_path):
    private = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token="]
    server = subprocess.Popen(
        [sys.executable, "-m", "coursekit", "lab", "--notebooks", str(folder), *options],
        env={**os.environ, **private},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}/api/contents/00_start_here.ipynb?content=0"
    try:
        for _ in range(300):
            try:
                answer = urllib.request.urlopen(address, timeout=2).read()
                break
            except OSError:
                assert server.poll() is None, "JupyterLab ended"
                time.sleep(0.2)
        assert b'"00_start_here.ipynb"' in answer
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


def test_reset_gives_the_stub_back_and_keeps_the_answer(folder):
    done = call("reset", "00", "shift_image", "--notebooks", folder)
    assert done.exit_code == 0, done.output
    notebook = nbformat.read(folder / "00_start_here.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if "def shift_image(" in cell.source]
    assert cell.source == "@check\n" + load()["shift_image"].stub().rstrip()
    (kept,) = (folder / "old_answers").iterdir()
    assert "np.zeros_like(image)" in kept.read_text(encoding="utf-8")
    others = [cell for cell in notebook.cells if "return image / 255" in cell.source]
    assert len(others) == 1, "other answers are untouched"


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        (("9", "shift_image"), "no lesson, or more than one, begins with '9'"),
        (("00", "shift"), "00_start_here has no exercise 'shift'; it has scale_to_unit"),
    ],
)
def test_reset_of_what_is_not_there(folder, words, phrase):
    done = call("reset", *words, "--notebooks", folder)
    assert done.exit_code == 1
    assert phrase in done.output


def test_reset_of_a_deleted_cell_shows_the_stub_to_paste(folder):
    path = folder / "00_start_here.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "shift_image" not in cell.source]
    nbformat.write(notebook, path)
    done = call("reset", "00", "shift_image", "--notebooks", folder)
    assert done.exit_code == 1
    assert "@check\ndef shift_image(image, dy, dx):" in done.output


def test_reset_of_a_damaged_notebook_changes_nothing(folder):
    path = folder / "00_start_here.ipynb"
    path.write_text("{ broken")
    done = call("reset", "00", "shift_image", "--notebooks", folder)
    assert done.exit_code == 1
    assert "can't be read as a notebook" in done.output
    assert path.read_text() == "{ broken"


def test_doctor_finds_this_installation_well(folder):
    done = call("doctor", "--notebooks", folder)
    assert done.exit_code == 0, done.output
    assert "All is well." in done.output
    assert "the notebooks' kernel runs this Python" in done.output


def test_doctor_says_how_to_mend(folder, monkeypatch):
    (folder / "00_start_here.ipynb").write_text("{ broken")
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "0.0.1")
    monkeypatch.setattr(doctor, "OLDEST_PYTHON", (9, 9))
    done = call("doctor", "--notebooks", folder)
    assert done.exit_code == 1
    assert "00_start_here.ipynb is damaged" in done.output
    assert "numpy 0.0.1, but >=2.0 is needed" in done.output
    assert "install Python 9.9 or later" in done.output


def test_doctor_in_the_wrong_folder(tmp_path):
    done = call("doctor", "--notebooks", tmp_path)
    assert done.exit_code == 1
    assert "no lessons in" in done.output
