"""What breaks, or is stopped at any moment, costs nothing that was graded."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from coursekit.grading import executors, grade, unlocked, versions
from coursekit.grading.gradebook import Gradebook, GradebookError, How
from tests.grading.handing_in import WRONG, files_graded, grades, hand_in, run
from tests.submissions.notebooks import RIGHT, lesson

GRADE = [sys.executable, "-m", "coursekit", "grade"]


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
        command = [*GRADE, str(subs), "--seed", "3", "--jobs", "2", "--out"]
        subprocess.run([*command, str(whole)], check=True, stdout=subprocess.DEVNULL)
        kept = 0
        for most in (1, 8, 16):
            process = subprocess.Popen([*command, str(killed)], stdout=subprocess.DEVNULL)
            while process.poll() is None and files_graded(killed) < kept + most:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert files_graded(killed) >= kept
            kept = files_graded(killed)
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
        out = str(tmp_path / "out")
        process = subprocess.Popen(
            [*GRADE, str(subs), "--jobs", "2", "--timeout", "60", "--out", out],
            stdout=subprocess.DEVNULL,
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
