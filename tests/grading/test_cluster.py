"""The same run on a Dask scheduler with workers in processes of their own."""

import os
import signal
import threading
import time

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from tests.grading.handing_in import WRONG, files_graded, hand_in
from tests.submissions.notebooks import RIGHT, lesson

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, processes=True
    ) as cluster:
        yield cluster


def grade(subs, out, executor):
    arguments = ["grade", str(subs), "--out", str(out), "--seed", "3", "--executor", executor]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return (out / "grades.csv").read_bytes()


def test_a_worker_killed_in_the_middle_loses_nothing(cluster, tmp_path):
    for number in range(60):
        text = WRONG if number % 3 == 0 else RIGHT["shift_image"]
        hand_in(tmp_path / "s", **{f"student {number:02}": lesson(shift_image=text)})
    here = grade(tmp_path / "s", tmp_path / "here", "processes")
    killed = []
    victim = next(iter(cluster.workers.values())).pid

    def kill():
        while files_graded(tmp_path / "there") < 10:
            time.sleep(0.005)
        killed.append(files_graded(tmp_path / "there"))
        os.kill(victim, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    there = grade(tmp_path / "s", tmp_path / "there", f"dask:{cluster.scheduler_address}")
    killer.join()
    assert 10 <= killed[0] < 60
    assert there == here


def test_nobody_answers(tmp_path):
    hand_in(tmp_path / "s", Ada=lesson())
    arguments = ["grade", str(tmp_path / "s"), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, [*arguments, "--executor", "dask:tcp://127.0.0.1:9"])
    assert result.exit_code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in result.output
