"""A class by the command line: names, rows, resuming, breakdowns, settings."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.grading import classroom, executors, inside, unlocked, versions
from coursekit.grading.gradebook import Gradebook, GradebookError
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
    assert "1 folders hold no notebook: nothing" in result.output
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
    assert result.exit_code == 2
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
