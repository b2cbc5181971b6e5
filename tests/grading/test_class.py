"""A class by the command line: names, rows, isolation, limits."""

import csv
import json
import os
import sys
from typing import ClassVar

import pytest

from coursekit.grading import classroom, grade, inside, unlocked
from coursekit.grading.exchange import Reply
from coursekit.grading.gradebook import Gradebook, How
from tests.grading.handing_in import HEADER, WRONG, grades, hand_in, run
from tests.submissions.notebooks import lesson


def test_a_class_from_end_to_end(tmp_path):
    subs, out = tmp_path / "subs", tmp_path / "out"
    hand_in(
        subs,
        **{
            "Anna Petrova__00_start_here": lesson(),
            "Анна__deep__below__моя работа": lesson(shift_image=WRONG),
            "=cmd()__nb": lesson(),
            "Zoe": lesson(dense_parameters=None),
            "corrupt": b'{"cells": [',
            ".ipynb_checkpoints__Zoe-checkpoint": b"{",
            "Anna Petrova__.ipynb_checkpoints__x": b"{",
        },
    )
    (subs / "nothing").mkdir()
    result = run(subs, "--out", out, "--seed", 5, "--jobs", 2)
    assert result.exit_code == 0, result.output
    assert "5 notebooks graded, 0 unchanged, seed 5" in result.output
    assert "1 folder without a notebook: nothing" in result.output
    with open(out / "grades.csv", encoding="utf-8") as file:
        assert next(csv.reader(file)) == HEADER
    rows = grades(out)
    students = {row["student"] for row in rows}
    assert students == {"Anna Petrova", "Анна", "'=cmd()", "Zoe", "corrupt"}
    assert len(rows) == 5 * 4
    assert all(row["lesson"] == "00_start_here" for row in rows)
    mine = {row["exercise"]: row for row in rows if row["student"] == "Анна"}
    assert mine["shift_image"]["outcome"] == "failed"
    assert mine["shift_image"]["max_points"] == "2"
    assert mine["scale_to_unit"]["points"] == "1"
    broken = [row for row in rows if row["student"] == "corrupt"]
    assert {(row["outcome"], row["points"]) for row in broken} == {("errored", "0")}
    assert "no valid JSON" in broken[0]["message"]
    assert (out / "report.html").exists()
    assert len(list((out / "feedback").glob("*.html"))) == 5
    # and again: nothing is graded anew, the same grades come out
    before = (out / "grades.csv").read_bytes()
    again = run(subs, "--out", out)
    assert "0 notebooks graded, 5 unchanged, seed 5" in again.output
    assert (out / "grades.csv").read_bytes() == before


def test_one_file_is_named_by_itself(tmp_path):
    hand_in(tmp_path, Ada=lesson())
    run(tmp_path / "Ada.ipynb", "--out", tmp_path / "out")
    assert {row["student"] for row in grades(tmp_path / "out")} == {"Ada"}


def test_of_two_notebooks_the_better_counts(tmp_path):
    hand_in(
        tmp_path / "s", Ada__first=lesson(shift_image=WRONG), Ada__second=lesson(scale_to_unit=None)
    )
    run(tmp_path / "s", "--out", tmp_path / "out")
    rows = {row["exercise"]: row for row in grades(tmp_path / "out")}
    assert len(rows) == 4
    assert {row["outcome"] for row in rows.values()} == {"passed"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing"], "missing does not exist"),
        (["."], "no notebook"),
        (["nb.ipynb", "--executor", "cloud"], "no executor is named 'cloud'"),
        (["nb.ipynb", "--config", "none.toml"], "none.toml does not exist"),
        (["nb.ipynb", "--roster", "none.csv"], "none.csv can't be read"),
        (["nb.ipynb", "--lesson", "77"], "no lesson begins with '77'"),
        (["nb.ipynb", "--executor", "dask:foo"], "'foo' is no address"),
        (["x" * 300], "can't be read: File name too long"),
    ],
)
def test_bad_input_is_refused_in_words(arguments, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if arguments[0].endswith("ipynb"):
        (tmp_path / "nb.ipynb").write_bytes(lesson())
    result = run(*arguments, "--out", "out")
    assert result.exit_code == 2
    assert says in result.output


def test_without_a_sandbox_it_refuses(tmp_path, monkeypatch):
    (tmp_path / "nb.ipynb").write_bytes(lesson())
    monkeypatch.setattr(inside.shutil, "which", lambda name: None)
    result = run(tmp_path / "nb.ipynb", "--out", tmp_path / "out")
    assert result.exit_code == 3
    assert "bubblewrap is not installed" in result.output
    assert "--isolation process" in result.output
    assert "read and delete your files" in result.output
    assert not (tmp_path / "out").exists()


def test_without_a_sandbox_when_asked(tmp_path):
    hand_in(tmp_path / "s", Ada=lesson(shift_image=WRONG), Bob=lesson(
        shift_image="def shift_image(image, dy, dx):\n    import os\n    os._exit(3)"))  # fmt: skip
    result = run(tmp_path / "s", "--out", tmp_path / "out", "--isolation", "process")
    assert result.exit_code == 0
    rows = {(row["student"], row["exercise"]): row["outcome"] for row in grades(tmp_path / "out")}
    assert rows["Ada", "shift_image"] == "failed"
    assert rows["Bob", "shift_image"] == "errored"
    assert [*rows.values()].count("passed") == 6


class TestPlainProcess:
    """What ``--isolation process`` still promises."""

    @pytest.fixture
    def box(self):
        return unlocked.PlainProcess()

    @pytest.mark.parametrize(
        ("body", "outcome"),
        [
            ("while True: pass", "timed out"),
            ("import ctypes\n    ctypes.string_at(0)", "errored"),
            ("import numpy as np\n    return np.ones(2**33)", "errored"),
            (
                "from coursekit.reference import shift_image as s\n    return s(image, dy, dx)",
                "errored",
            ),
            ("import os\n    while True: os.write(3, bytes(2**20))", "errored"),
        ],
    )
    def test_limits(self, box, body, outcome):
        from coursekit.grading.grade import grade

        content = lesson(shift_image=f"def shift_image(image, dy, dx):\n    {body}")
        graded = grade(content, box, seed=3, seconds=1.0 if outcome == "timed out" else 20.0)
        assert [each.outcome for each in graded.results] == ["passed"] * 3 + [outcome]


def test_a_notebook_has_so_much_time_and_no_more(monkeypatch):
    """Endless answers use it up; what comes after them still has a second."""

    class Endless:
        asked: ClassVar[list[float]] = []

        def try_together(self, programs):
            return []

        def run(self, programs):
            self.asked += [each.seconds for each in programs]
            return [Reply("time", each.seconds, ()) for each in programs]

    monkeypatch.setattr(grade, "LIMITS", 2)
    graded = grade.grade(lesson(), Endless(), seed=1)
    assert Endless.asked == [10, 10, 1, 1]
    assert {each.outcome for each in graded.results} == {"timed out"}
    assert "little time was left" in graded.results[3].notes[-1]
    assert graded.results[0].notes == ("the code is the reference's own",)


def test_isolation_is_part_of_what_a_result_depends_on(tmp_path):
    book = Gradebook(tmp_path / "book")
    results = (grade.Result("shift_image", "00_start_here", "passed", 1.0, "", ""),)
    book.add("nb", "digest", How(1), grade.Graded(results), True)
    assert book.stale("nb", "digest", How(1)) == []
    assert book.stale("nb", "digest", How(1, None, "process")) == ["shift_image"]
    book.close()


def test_two_runs_that_begin_at_once_have_one_seed(tmp_path):
    books = [Gradebook(tmp_path / "book") for _ in range(2)]
    for each in books:
        each._setting = lambda name, real=each._setting: real(name)  # both see that there is none
    seeds = {each.seed(None) for each in books}
    assert len(seeds) == 1
    for each in books:
        each.close()
    drawn = []
    for number in range(8):
        book = Gradebook(tmp_path / f"book {number}")
        drawn.append(book.seed(None))
        book.close()
    assert max(drawn) > 2**40  # not to be found by trying


class TestRowsOfWhatCanNotBeRead:
    def rows(self, tmp_path, *options):
        run(tmp_path / "s", "--out", tmp_path / "out", *options)
        return grades(tmp_path / "out")

    def lessons(self, rows, student):
        return {row["lesson"] for row in rows if row["student"] == student}

    def test_the_lesson_is_in_the_name(self, tmp_path):
        hand_in(
            tmp_path / "s",
            **{
                "Ada__00_start_here": lesson(),
                "Bob__04_convolution_backward (2)": b"{",
                "Cid__hw4": b"{",
                "Dan__04 Dan": b"{",
                "Eve__Lesson 04__work": b"{",
                "Fay__work of 2026-04-11": b"{",
            },
        )
        rows = self.rows(tmp_path)
        for student in ("Bob", "Cid", "Dan", "Eve"):
            assert self.lessons(rows, student) == {"04_convolution_backward"}, student
        assert self.lessons(rows, "Fay") == {"00_start_here"}  # the class's

    def test_nothing_tells_the_lesson(self, tmp_path):
        hand_in(tmp_path / "s", Ada__work=lesson(), Ada__more=b"{", Bob__work=b"{")
        rows = self.rows(tmp_path)
        (extra,) = [row for row in rows if row["student"] == "Ada" and not row["lesson"]]
        assert (extra["exercise"], extra["points"], extra["max_points"]) == ("", "0", "0")
        assert "more.ipynb can't be graded" in extra["message"]
        assert len(rows) == 9

    def test_a_file_alone(self, tmp_path):
        hand_in(tmp_path / "s", Bob=b"{")
        formats = ("canvas", "moodle", "nbgrader", "gradescope")
        options = [word for name in formats for word in ("--export", name)]
        (row,) = self.rows(tmp_path, *options)
        assert (row["student"], row["outcome"], row["lesson"]) == ("Bob", "errored", "")
        assert len(self.rows(tmp_path, "--lesson", "00")) == 4


def test_folders_that_are_links_are_told(tmp_path):
    hand_in(tmp_path / "s", Ada__nb=lesson())
    (tmp_path / "s" / "Bob").symlink_to(tmp_path / "s" / "Ada")
    result = run(tmp_path / "s", "--out", tmp_path / "out")
    assert "folder not looked into, because a link leads elsewhere: Bob" in result.output
    assert {row["student"] for row in grades(tmp_path / "out")} == {"Ada"}


def test_the_table_fits_a_terminal(tmp_path):
    long = "Maximilian Alexander von und zu Hohenstein-Wolkenkuckucksheim"
    hand_in(
        tmp_path / "s",
        **{
            f"{long}__00_start_here": lesson(),
            **{f"{long}__0{n}_x": b"{" for n in range(1, 4)},
            "Bob__00_start_here": lesson(),
        },
    )
    (tmp_path / "roster.csv").write_text("Student,ID\nSomebody,1\n")
    (tmp_path / "s" / "\x1b[31mRed").mkdir()
    hand_in(tmp_path / "s" / "\x1b[31mRed", nb=lesson())
    result = run(tmp_path / "s", "--out", tmp_path / "out", "--roster", tmp_path / "roster.csv")
    table = result.output.partition("The class has")[0]
    assert max(map(len, table.splitlines())) <= 80
    assert "5/5" in table
    assert "\x1b" not in result.output
    assert "the roster has no line for" in result.output


def test_the_page_of_a_stranger_lesson(tmp_path):
    """A notebook without any exercise still has its rows, with the reason."""
    hand_in(tmp_path / "s", Ada=lesson(), Bob=json.dumps({"cells": []}).encode())
    run(tmp_path / "s", "--out", tmp_path / "out")
    rows = [row for row in grades(tmp_path / "out") if row["student"] == "Bob"]
    assert len(rows) == 4
    assert "no exercise of the course" in rows[0]["message"]


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_names_of_any_bytes(tmp_path):
    for name in (b"caf\xe9", b"\x1b[2J", b"a\nb", b"-rf", "Ольга Иванова".encode()):
        folder = os.fsencode(tmp_path / "s") + b"/" + name
        os.makedirs(folder)
        with open(folder + b"/\xff nb.ipynb", "wb") as file:
            file.write(lesson())
    os.makedirs(os.fsencode(tmp_path / "s") + b"/\x1b[31mempty\xff")
    result = run(
        tmp_path / "s", "--out", tmp_path / "out", "--export", "canvas", "--export", "moodle"
    )
    assert result.exit_code == 0
    assert "\x1b" not in result.output
    rows = grades(tmp_path / "out")
    assert len({row["student"] for row in rows}) == 5
    assert {row["outcome"] for row in rows} == {"passed"}
    assert (
        "0 notebooks graded, 5 unchanged" in run(tmp_path / "s", "--out", tmp_path / "out").output
    )


def test_find_reports_names(tmp_path):
    hand_in(tmp_path, a__b__c=b"", d=b"")
    found = classroom.find([tmp_path])
    assert [(each.student, each.path.name) for each in found.handed] == [
        ("d", "d.ipynb"),
        ("a", "c.ipynb"),
    ]
