"""Whatever is handed in, every exercise gets its row, and a right answer its points."""

import copy
import json
import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coursekit.exercises import load
from coursekit.grading.grade import exercises_of, grade
from coursekit.grading.programs import slice_exercise
from coursekit.grading.submission import Unreadable, read, read_bytes, without_magics
from tests.submissions import damaged
from tests.submissions.notebooks import PREAMBLE, RIGHT, lesson, notebook

ANSWERS = list(RIGHT.values())


@pytest.mark.parametrize("name", damaged.FULL)
def test_right_answers_get_their_points(name, sandbox):
    graded = grade(damaged.FULL[name], sandbox, seed=5)
    assert not graded.unreadable
    assert [each.exercise for each in graded.results] == list(RIGHT)
    assert [(each.outcome, each.message) for each in graded.results] == [
        ("passed", "All cases are right.")
    ] * 4


@pytest.mark.parametrize("name", damaged.UNREADABLE)
def test_unreadable_files_say_why(name, sandbox):
    content, why = damaged.UNREADABLE[name]
    graded = grade(content, sandbox, seed=5)
    assert graded.results == ()
    assert why in graded.unreadable


@pytest.mark.parametrize("name", damaged.ONE_BROKEN)
def test_a_cell_that_no_parser_likes_costs_itself_alone(name, sandbox):
    graded = grade(notebook(PREAMBLE, damaged.ONE_BROKEN[name], *ANSWERS), sandbox, seed=5)
    assert {each.outcome for each in graded.results} == {"passed"}
    inside = f"{damaged.ONE_BROKEN[name]}\ndef shift_image(image, dy, dx): return image"
    graded = grade(notebook(PREAMBLE, *ANSWERS[:3], inside), sandbox, seed=5)
    assert [each.outcome for each in graded.results[:3]] == ["passed"] * 3
    assert graded.results[3].outcome in ("errored", "failed")


def row(content, sandbox, name="shift_image"):
    return next(each for each in grade(content, sandbox, seed=5).results if each.exercise == name)


def test_the_row_says_what_is_odd(sandbox):
    twice = row(notebook(PREAMBLE, damaged.WRONG, *ANSWERS, damaged.STUB), sandbox)
    assert twice.outcome == "passed"
    assert "defined 2 times: the last one counts" in twice.notes
    last = row(notebook(PREAMBLE, *ANSWERS, damaged.WRONG), sandbox)
    assert last.outcome == "failed"
    raw = row(damaged.FULL["code cells turned raw"], sandbox)
    assert "taken from cell 5, which is not a code cell" in raw.notes
    broken = row(damaged.FULL["the right one, then a cell that is no Python"], sandbox)
    assert any("syntax error" in note for note in broken.notes)


def test_a_syntax_error_is_shown_with_its_line(sandbox):
    result = row(
        notebook(PREAMBLE, *ANSWERS[:3], "x = 1\ndef shift_image(image, dy, dx:\n  pass"), sandbox
    )
    assert result.outcome == "errored"
    assert "is not valid Python" in result.message
    assert "line 2: def shift_image(image, dy, dx:" in result.message


def test_a_strange_escape_in_a_students_string_warns_nobody(recwarn, sandbox):
    row(notebook(PREAMBLE, *ANSWERS[:3], "def words():\n    return '\\d'"), sandbox)
    assert [str(warning.message) for warning in recwarn] == []


def test_a_cell_that_stands_in_two_notebooks_is_named_by_its_place_in_each(sandbox):
    broken = "def shift_image(image, dy, dx:\n  pass"
    for empty in (1, 3):
        result = row(notebook(PREAMBLE, *["x = 1"] * empty, *ANSWERS[:3], broken), sandbox)
        assert f"(cell {empty + 5})" in result.message


def test_a_crash_is_shown_with_the_students_own_line(sandbox):
    text = "# my answer\ndef shift_image(image, dy, dx):\n    helper = 5\n    return helper.nothing"
    result = row(notebook(PREAMBLE, *ANSWERS[:3], text), sandbox)
    assert result.outcome == "errored"
    assert "AttributeError" in result.message
    assert "line 4: return helper.nothing" in result.message


def test_what_failed_earlier_is_named(sandbox):
    text = "def shift_image(image, dy, dx):\n    return TABLE[dy]"
    result = row(notebook(PREAMBLE, *ANSWERS[:3], "TABLE = 1 / 0", text), sandbox)
    assert result.outcome == "errored"
    assert "name 'TABLE' is not defined" in result.message
    assert "Because of an earlier line: ZeroDivisionError" in result.message
    assert result.message.count("\n") == 2


def test_a_stub_is_not_attempted(sandbox):
    graded = grade(notebook(PREAMBLE, *ANSWERS[:3], damaged.STUB), sandbox, seed=5)
    assert graded.results[3].outcome == "not attempted"
    # nor is what was deleted
    graded = grade(notebook(PREAMBLE, *ANSWERS[:3]), sandbox, seed=5)
    assert graded.results[3].outcome == "not attempted"


def test_unneeded_code_is_not_run():
    submission = read(damaged.FULL["imports of what grading lacks"])
    found = slice_exercise(submission, "scale_to_unit", load())
    assert "photo" not in "".join(each.text for each in found.statements)
    assert len(found.statements) == 2


def test_a_local_name_is_not_a_global_one():
    submission = read(damaged.FULL["top-level names like local ones"])
    found = slice_exercise(submission, "shift_image", load())
    assert "open" not in "".join(each.text for each in found.statements)


def test_a_long_chain_is_followed_in_time_that_grows_with_it():
    """Backwards, so that each pass over the notebook would find one link only."""
    chain = "\n".join(f"a{n} = a{n + 1}" for n in range(15_000)) + "\na15000 = 255"
    calls = "\n".join(f"def f{n}():\n    f{n + 1}()" for n in range(2_000))
    changing = "MOST = []\ndef f2000():\n    MOST.append(0)\nf0()"
    answer = "def scale_to_unit(image):\n    return image / (a0 + MOST[0])"
    started = time.process_time()
    submission = read(notebook(PREAMBLE, chain, calls, changing, answer, *ANSWERS[1:]))
    found = slice_exercise(submission, "scale_to_unit", load())
    assert len(found.statements) == 15_001 + 2_000 + 3 + 1
    assert time.process_time() - started < 60  # of some minutes, where each pass is one link


def test_what_the_lessons_import_is_told_where_it_is_forgotten(sandbox):
    result = row(notebook(*ANSWERS), sandbox)
    assert result.outcome == "passed"
    assert result.notes == ("imported nowhere, so taken from the lesson: check, np",)


def test_only_lessons_that_are_there_are_graded():
    assert exercises_of(read(lesson())) == list(RIGHT)
    assert exercises_of(read(lesson(shift_image=None, scale_to_unit=None))) == list(RIGHT)
    assert exercises_of(read(notebook(ANSWERS[0]))) == list(RIGHT)


def test_magics():
    assert without_magics("%%bash\nls") == ""
    assert without_magics("%%time\nx = 1") == "pass\nx = 1"
    assert without_magics("a = !ls\nb = 5 % 3\nc.d?") == "a = None\nb = 5 % 3\npass"


class TestFiles:
    def test_links_pipes_and_folders_are_refused(self, tmp_path):
        secret = tmp_path / "secret"
        secret.write_bytes(lesson())
        (tmp_path / "link.ipynb").symlink_to(secret)
        with pytest.raises(Unreadable, match="link to another file"):
            read_bytes(tmp_path / "link.ipynb")
        if hasattr(os, "mkfifo"):
            os.mkfifo(tmp_path / "pipe.ipynb")
            with pytest.raises(Unreadable, match="no ordinary file"):
                read_bytes(tmp_path / "pipe.ipynb")
        with pytest.raises(Unreadable, match="can't be opened"):
            read_bytes(tmp_path / "missing.ipynb")

    def test_a_huge_file_is_refused_before_it_is_read(self, tmp_path):
        path = tmp_path / "huge.ipynb"
        with open(path, "wb") as file:
            file.truncate(10**11)  # a hole: takes no room
        with pytest.raises(Unreadable, match="Clear the outputs"):
            read_bytes(path)


# ------------------------------------------------------------------------------------- mutations

BASES = [lesson(), damaged.version_3(), damaged.FULL["magics and shell lines"],
         damaged.FULL["helpers in other cells"],
         damaged.FULL["imports of what grading lacks"]]  # fmt: skip
JUNK = st.sampled_from(
    [None, True, 0, -1, 1e308, "", "x", "def shift_image(", "@check", "%%time\n", "\\", "\x00",
     "\ud800", "lambda", "from x import *", "return 1", "'''", [], {}, [[]],
     {"cells": []}, ["a", 1]]
).map(copy.deepcopy)  # fmt: skip


@st.composite
def mutated(draw):
    content = json.loads(draw(st.sampled_from(BASES)))
    cells = content.get("cells") or content["worksheets"][0]["cells"]
    for _ in range(draw(st.integers(1, 6))):
        what = draw(st.integers(0, 7))
        if not cells:
            break
        cell = draw(st.sampled_from(cells))
        if not isinstance(cell, dict):
            continue
        key = "source" if "source" in cell else "input"
        source = cell.get(key)
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        place = draw(st.integers(0, max(len(source), 1)))
        match what:
            case 0:
                cells.remove(cell)
            case 1:
                cells.insert(draw(st.integers(0, len(cells))), dict(cell))
            case 2:
                draw(st.randoms(use_true_random=False)).shuffle(cells)
            case 3:
                cell[draw(st.sampled_from(["cell_type", "metadata", "outputs", key]))] = draw(JUNK)
            case 4:
                cell[key] = source[:place] + str(draw(JUNK)) + source[place:]
            case 5:
                cell[key] = source[:place] + source[place + draw(st.integers(1, 9)) :]
            case 6:
                cell["cell_type"] = draw(st.sampled_from(["raw", "markdown", "code", "x"]))
            case 7:
                cells.append(draw(JUNK))
    data = json.dumps(content).encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 9)) == 0:  # and sometimes the bytes themselves
        place = draw(st.integers(0, len(data)))
        data = data[:place] + draw(st.binary(max_size=4)) + data[place + draw(st.integers(0, 4)) :]
    return data


class Nowhere:
    """A sandbox that runs nothing: for what must hold before anything runs."""

    def try_together(self, programs):
        return []

    def run(self, programs):
        from coursekit.grading.exchange import Reply

        for program in programs:
            assert all(isinstance(text, str) for _, _, text in program.statements)
        return [Reply("lost", 0.0, ())] * len(programs)


@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_no_mutation_raises(content):
    graded = grade(content, Nowhere(), seed=1)
    assert bool(graded.unreadable) != bool(graded.results)
    json.dumps(graded.to_plain()).encode()


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_no_mutation_raises_when_it_is_run(sandbox, content):
    graded = grade(content, sandbox, seed=1, seconds=2.0)
    assert bool(graded.unreadable) != bool(graded.results)
    for each in graded.results:
        assert 0 <= each.score <= 1
        assert (each.score == 1) == (each.outcome == "passed")
        f"{each.message}".encode()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_at_all(content):
    graded = grade(content, Nowhere(), seed=1)
    assert graded.unreadable
