"""A class by the command line: names, rows, resuming, breakdowns, settings."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.grading import classroom, executors, grade, inside, unlocked, versions
from coursekit.grading.exchange import Reply
from coursekit.grading.gradebook import Gradebook, GradebookError, How
from coursekit.grading.settings import EXAMPLE, SettingsError, read_settings
from tests.submissions.notebooks import RIGHT, lesson

WRONG = "def shift_image(image, dy, dx):\n    return image"
HEADER = ["student", "lesson", "exercise", "points", "max_points", "outcome", "mistake", "message"]


def hand_in(folder, **contents):
    for place, content in contents.items():
        path = folder / place.replace("__", "/")
        path = path.with_name(f"{path.name}.ipynb")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def run(*arguments):
    return CliRunner().invoke(app, ["grade", *map(str, arguments)], catch_exceptions=False)


def grades(out):
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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


class TestNothingLost:
    def test_a_changed_file_alone_is_graded_again(self, tmp_path):
        subs, out = tmp_path / "s", tmp_path / "out"
        hand_in(subs, Ada=lesson(), Bob=lesson(shift_image=WRONG))
        run(subs, "--out", out)
        hand_in(subs, Bob=lesson())
        assert "1 notebooks graded, 1 unchanged" in run(subs, "--out", out).output
        assert {row["outcome"] for row in grades(out)} == {"passed"}
        (subs / "Bob.ipynb").unlink()
        assert "0 notebooks graded, 1 unchanged" in run(subs, "--out", out).output
        assert {row["student"] for row in grades(out)} == {"Ada"}

    def test_another_seed_limit_or_course_grades_again(self, tmp_path, monkeypatch):
        subs, out = tmp_path / "s", tmp_path / "out"
        hand_in(subs, Ada=lesson(), Bob=lesson())
        first = run(subs, "--out", out).output
        drawn = first.split("seed ")[1].split()[0]
        assert f"0 notebooks graded, 2 unchanged, seed {drawn}" in run(subs, "--out", out).output
        assert (
            "2 notebooks graded, 0 unchanged, seed 8" in run(subs, "--out", out, "--seed", 8).output
        )
        assert "0 notebooks graded" in run(subs, "--out", out).output
        assert "2 notebooks graded" in run(subs, "--out", out, "--timeout", 5).output
        monkeypatch.setattr(versions, "version", lambda lesson: "new")
        assert "2 notebooks graded" in run(subs, "--out", out, "--timeout", 5).output

    def test_a_seed_is_drawn_anew_for_each_gradebook(self, tmp_path):
        seeds = set()
        for name in "abcd":
            book = Gradebook(tmp_path / name)
            seeds.add(book.seed(None))
            assert book.seed(None) in seeds
            book.close()
        assert len(seeds) == 4

    def test_kill_at_any_moment(self, tmp_path):
        subs = tmp_path / "s"
        for number in range(24):
            text = WRONG if number % 3 == 0 else RIGHT["shift_image"]
            hand_in(subs, **{f"student {number:02}": lesson(shift_image=text)})
        whole, killed = tmp_path / "whole", tmp_path / "killed"
        command = [
            sys.executable,
            "-m",
            "coursekit",
            "grade",
            str(subs),
            "--seed",
            "3",
            "--jobs",
            "2",
            "--out",
        ]
        subprocess.run([*command, str(whole)], check=True, stdout=subprocess.DEVNULL)
        kept = 0
        for most in (1, 8, 16):
            process = subprocess.Popen([*command, str(killed)], stdout=subprocess.DEVNULL)
            while process.poll() is None and _count(killed) < kept + most:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert _count(killed) >= kept
            kept = _count(killed)
        assert kept > 0
        last = subprocess.run(
            [*command, str(killed)], check=True, capture_output=True, text=True
        ).stdout
        assert f"{24 - kept} notebooks graded, {kept} unchanged" in last
        assert (killed / "grades.csv").read_bytes() == (whole / "grades.csv").read_bytes()

    def test_a_file_that_is_no_gradebook(self, tmp_path):
        (tmp_path / "gradebook.sqlite").write_bytes(b"not a database at all" * 99)
        with pytest.raises(GradebookError, match="move it away"):
            Gradebook(tmp_path / "gradebook.sqlite")

    def test_nothing_is_left_behind(self, tmp_path):
        """Killed, the grader takes its workers and sandboxes with it."""
        subs = tmp_path / "s"
        loop = "def shift_image(image, dy, dx):\n    while True: pass"
        hand_in(subs, Ada=lesson(shift_image=loop), Bob=lesson(shift_image=loop))
        command = [
            sys.executable,
            "-m",
            "coursekit",
            "grade",
            str(subs),
            "--jobs",
            "2",
            "--timeout",
            "60",
        ]
        process = subprocess.Popen(
            [*command, "--out", str(tmp_path / "out")], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 30
        while len(_family(process.pid)) < 8 and time.monotonic() < deadline:
            time.sleep(0.05)
        family = _family(process.pid)
        assert len(family) >= 8  # the pool, two sandboxes, what runs in them
        process.send_signal(signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + 10
        while any(map(_alive, family)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(map(_alive, family))


def _count(out):
    import sqlite3

    try:
        connection = sqlite3.connect(f"file:{out / 'gradebook.sqlite'}?mode=ro", uri=True)
        with connection:
            return connection.execute("SELECT count(*) FROM files").fetchone()[0]
    except sqlite3.Error:
        return 0


def _family(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = list(map(int, file.read().split()))
    except OSError:
        return [pid]
    return [pid, *(each for child in children for each in _family(child))]


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _die_once(content, options):
    """Stands in for grading: a file that kills its process, and one that does so only once."""
    name = content.decode()
    if name == "always":
        os._exit(1)
    if name.startswith("/") and not os.path.exists(name):
        open(name, "w").close()
        os._exit(1)
    return {"results": [], "unreadable": name}


def test_a_pool_that_breaks_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "work", _die_once)
    names = [*map(str, range(30)), str(tmp_path / "once"), "always", *map(str, range(30, 50))]
    tasks = ((name, name.encode(), {}) for name in names)
    found = dict(executors.run(tasks, lambda: executors.local(2), 2))
    assert set(found) == set(names)
    assert found["always"].unreadable == executors.BROKE
    assert all(found[name].unreadable == name for name in names if name != "always")


def _fail(content, options):
    """Stands in for grading: files at which the grader itself fails."""
    if content == b"bad":
        raise ZeroDivisionError("a fault of ours")
    if content == b"slow":
        executors.PROCESSOR_SECONDS = 0.5
        with executors._bounded():
            while True:
                pass
    return {"results": [], "unreadable": content.decode(), "odd": False}


class TestTheGraderFails:
    """What is wrong with the grader costs one file, and that one only until the next run."""

    def test_at_one_file(self, monkeypatch):
        monkeypatch.setattr(executors, "work", _fail)
        tasks = ((name, name.encode(), {}) for name in ("a", "bad", "b"))
        found = dict(executors.run(tasks, lambda: ThreadPoolExecutor(2), 2))
        assert {name: each.odd for name, each in found.items()} == {
            "a": False, "bad": True, "b": False
        }  # fmt: skip
        assert "ZeroDivisionError: a fault of ours" in found["bad"].unreadable

    def test_inside_a_worker(self, monkeypatch):
        def fail(*_):
            raise MemoryError("no room")

        monkeypatch.setattr(executors, "grade", fail)
        monkeypatch.setattr(executors, "ISOLATIONS", {"sandbox": unlocked.PlainProcess})
        monkeypatch.setattr(executors, "_boxes", threading.local())
        found = executors.work(
            b"", {"isolation": "sandbox", "seed": 1, "seconds": None, "only": None}
        )
        assert "MemoryError: no room" in found["unreadable"]

    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers")
    def test_at_one_that_takes_all_its_time(self, monkeypatch):
        monkeypatch.setattr(executors, "work", _fail)
        tasks = ((name, name.encode(), {}) for name in ("a", "slow", "b"))
        found = dict(executors.run(tasks, lambda: executors.local(2), 2))
        assert found["slow"] == grade.Graded(unreadable=executors.BROKE, odd=True)
        assert (found["a"].unreadable, found["b"].unreadable) == ("a", "b")

    def test_and_the_next_run_tries_again(self, tmp_path):
        book = Gradebook(tmp_path / "book")
        book.add("nb", "digest", How(1), grade.Graded(unreadable="odd", odd=True), True)
        assert book.stale("nb", "digest", How(1)) is None
        book.add("nb", "digest", How(1), grade.Graded(unreadable="empty"), True)
        assert book.stale("nb", "digest", How(1)) == []
        book.close()


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


class TestSettings:
    def read(self, tmp_path, text):
        path = tmp_path / "course.toml"
        path.write_text(text, encoding="utf-8")
        return read_settings(path)

    def test_the_example_is_right(self, tmp_path):
        text = "\n".join(
            line for line in EXAMPLE.splitlines()
            if not any(name in line for name in ("escape_local", "conv2d_forward", "04_conv"))
        )  # fmt: skip
        found = self.read(tmp_path, text)
        assert found.penalty == 0.1
        assert found.days == 5
        assert found.extra_days == {"Anna Petrova": 3}

    def test_a_byte_order_mark(self, tmp_path):
        assert self.read(tmp_path, '\ufefftitle = "Nets"').title == "Nets"

    def test_the_end_of_time(self, tmp_path):
        hand_in(tmp_path, Ada=b"")
        found = self.read(
            tmp_path,
            "[late]\ndue = 9999-12-31\npenalty = 1\ngrace_minutes = 1000000\n"
            "[late.extra_days]\nAda = 1000000",
        )
        assert found.late(tmp_path / "Ada.ipynb", "Ada") == 0

    def test_points_and_what_counts(self, tmp_path):
        hand_in(tmp_path / "s", Ada=lesson())
        (tmp_path / "course.toml").write_text(
            'skip = ["scale_to_unit"]\noptional = ["to_channels_first"]\n'
            "[points]\nshift_image = 7.5\n"
        )
        run(tmp_path / "s", "--out", tmp_path / "out", "--config", tmp_path / "course.toml")
        rows = {row["exercise"]: row for row in grades(tmp_path / "out")}
        assert "scale_to_unit" not in rows
        assert rows["to_channels_first"]["max_points"] == "0"
        assert rows["shift_image"]["points"] == "7.5"

    def test_late_days(self, tmp_path):
        hand_in(tmp_path / "s", Ada=lesson(), Bob=lesson(), Eve=lesson())
        (tmp_path / "course.toml").write_text(
            "[late]\ndue = 2026-03-01T12:00:00\npenalty = 0.1\ndays = 3\n"
            "[late.extra_days]\nBob = 2\n"
        )
        day = 86_400
        due = time.mktime((2026, 3, 1, 12, 0, 0, 0, 0, -1))
        for name, late in (("Ada", 1.5 * day), ("Bob", 1.5 * day), ("Eve", 9 * day)):
            os.utime(tmp_path / "s" / f"{name}.ipynb", (due + late,) * 2)
        run(tmp_path / "s", "--out", tmp_path / "out", "--config", tmp_path / "course.toml")
        points = {
            r["student"]: r["points"]
            for r in grades(tmp_path / "out")
            if r["exercise"] == "shift_image"
        }
        assert points == {"Ada": "1.6", "Bob": "2", "Eve": "0"}
        page = next((tmp_path / "out" / "feedback").glob("Ada*")).read_text()
        assert "Handed in late: 20 % of the points are taken off" in page

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("titel = 1", "did you mean “title”"),
            ("title = 1", "must be a text"),
            ("[late]\npenalti = 1", "did you mean “penalty”"),
            ("[late]\npenalty = 1", "no late.due"),
            ("[late]\npenalty = 3\ndue = 2026-01-01", "0 to 1"),
            ("[late]\ndue = 'soon'", "must be a date"),
            ("[points]\nshift_imag = 3", "did you mean “shift_image”"),
            ("[points]\nshift_image = 'x'", "must be a number"),
            ("[points]\nshift_image = -1", "0 or more"),
            ("skip = 'shift_image'", "a list of names"),
            ("skip = ['nothing at all']", "is no exercise"),
            ("points = 3", "a table"),
            ("x = = 2", "can't be read"),
            ("[points]\nshift_image = inf", "1,000,000 at the most; not inf"),
            ("[points]\nshift_image = nan", "not nan"),
            ("[late]\ndue = 2026-01-01\ndays = 1e400", "late.days"),
            (f"[late]\ndue = 2026-01-01\ngrace_minutes = {10**30}", "late.grace_minutes"),
            ("[late.extra_days]\nAda = 1e300", "late.extra_days.Ada"),
            ("[late]\ndue = 0001-01-01T00:00:00+14:00", "must be a date"),
            ("[late]\ndue = 2026-13-45", "can't be read"),
            (f"x = {'[' * 5000}", "can't be read"),
        ],
    )
    def test_a_wrong_key_is_named(self, tmp_path, text, says):
        with pytest.raises(SettingsError, match=r"course\.toml") as caught:
            self.read(tmp_path, text)
        assert says in str(caught.value)


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
