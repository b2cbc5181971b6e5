"""How long grading takes: a class of its own making, graded by the real command.

    python -m benchmarks.grading --students 200 --lesson 04 --jobs 2

Prints milliseconds a submission (all in: reading, sandbox, judging, gradebook, pages), the same for
a quarter of the class, and the most memory that any process took.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import os
import random
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

from coursekit.exercises import lessons
from coursekit.grading.lending import reference_text
from coursekit.slicing import free_names

NAMES = ("Ada", "Émile", "Нина", "Sofía", "Kwame", "Mei", "José", "Анна", "Lars", "Priya")


def answers(exercise) -> tuple[list[str], list[str]]:
    """Return right answers and wrong ones, as code that stands alone."""
    wrong = []
    for mistake in exercise.mistakes:
        text = textwrap.dedent(inspect.getsource(mistake.implementation))
        node = ast.parse(text).body[0]
        node.decorator_list, node.name = [], exercise.name
        text = ast.unparse(node)
        if free_names(text) <= {"np", "len", "range", "sum", "max", "min", "abs", "int", "float"}:
            wrong.append(text)
    right = reference_text(exercise.name)[0]
    return [right], wrong


def make_class(folder: Path, lesson: str, students: int, seed: int = 0, loops: float = 0.0) -> None:
    """Write notebooks of one lesson: able students and less able, the usual mistakes, stubs."""
    rng = random.Random(seed)
    known = {exercise.name: answers(exercise) for exercise in lessons()[lesson]}
    for number in range(students):
        able = rng.betavariate(4, 2)
        cells = [_markdown("# My answers\n\n" + "Some words. " * 60), _code(PREAMBLE)]
        for exercise in lessons()[lesson]:
            right, wrong = known[exercise.name]
            if rng.random() < loops:
                text = f"def {exercise.name}(*inputs, **options):\n    while True:\n        pass\n"
            elif rng.random() < able:
                text = rng.choice(right)
            elif wrong and rng.random() < 0.7:
                text = min(wrong, key=lambda _: rng.paretovariate(1))
            elif rng.random() < 0.3:
                text = f"def {exercise.name}(*inputs, **options):\n    return nothing\n"
            else:
                text = exercise.stub()
            cells += [
                _markdown(f"## {exercise.name}\n\n" + "A line about it. " * 20),
                _code(text.replace(f"def {exercise.name}(", f"@check\ndef {exercise.name}(")),
                _code("plt.plot(np.arange(3))", output="x" * 5000),
            ]
        student = folder / f"{NAMES[number % len(NAMES)]} {number:04}"
        student.mkdir(parents=True)
        content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        (student / f"{lesson}.ipynb").write_text(json.dumps(content), encoding="utf-8")


PREAMBLE = (
    "import matplotlib.pyplot as plt\nimport numpy as np\n\n"
    "from coursekit import check, data, hint, progress, solution"
)


def _code(text: str, output: str = "") -> dict:
    outputs = [{"output_type": "stream", "name": "stdout", "text": output}] if output else []
    return {"cell_type": "code", "source": text, "metadata": {}, "outputs": outputs,
            "execution_count": None}  # fmt: skip


def _markdown(text: str) -> dict:
    return {"cell_type": "markdown", "source": text, "metadata": {}}


def timed(folder: Path, out: Path, jobs: int) -> tuple[float, float, float]:
    """Grade by the command; return seconds, processor seconds, most MB of any one process."""
    command = [sys.executable, "-m", "coursekit", "grade", str(folder), "--out", str(out)]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--jobs", str(jobs), "--seed", "1"], stdout=subprocess.DEVNULL
    )
    most = [0.0, 0.0]
    watcher = threading.Thread(target=_watch, args=(process, most))
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - started
    watcher.join()
    if code:
        sys.exit(f"grading ended with {code}")
    return seconds, *most


def _watch(process: subprocess.Popen, most: list[float]) -> None:
    """Follow the command and its children: processor time together, largest resident size."""
    while process.poll() is None:
        busy = 0
        for pid in _family(process.pid):
            try:
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
            except (OSError, ValueError, IndexError):
                continue
            busy += sum(map(int, times))  # its own and its dead children's
            most[1] = max(most[1], pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
        most[0] = max(most[0], busy / os.sysconf("SC_CLK_TCK"))
        time.sleep(0.1)


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [pid, *(each for child in children for each in _family(int(child)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--lesson", default="04")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--loops", type=float, default=0.0, help="share of endless answers")
    parser.add_argument("--keep", type=Path, help="keep class and grades in this folder")
    options = parser.parse_args()
    lesson = next(name for name in lessons() if name.startswith(options.lesson))
    with tempfile.TemporaryDirectory() as scratch:
        room = options.keep or Path(scratch)
        for count in (max(options.students // 4, 1), options.students):
            folder = room / f"class-{count}"
            make_class(folder, lesson, count, loops=options.loops)
            seconds, busy, peak = timed(folder, room / f"grades-{count}", options.jobs)
            print(
                f"{count:5} submissions of {lesson} ({len(lessons()[lesson])} exercises), "
                f"{options.jobs} jobs: {seconds:6.1f} s, {1000 * seconds / count:6.1f} ms each, "
                f"{1000 * busy / count:6.1f} ms of processor time each, "
                f"at most {peak:.0f} MB a process"
            )


if __name__ == "__main__":
    main()
