"""Run student code in a plain process: for machines without a sandbox, when told so."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from coursekit.grading.exchange import Program, Reply, reply, request
from coursekit.grading.inside import WORKER, environment, settings
from coursekit.grading.worker import FRAME, GRACE, MARK

MEMORY = 1024 * 2**20


class PlainProcess:
    """A fresh Python for each submission, with limits but without walls.

    Given up against the sandbox: student code can read and delete what you can, reach the network,
    leave processes behind, and find the references on disk.
    """

    def __init__(self, memory: int = MEMORY):
        self.memory = memory

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def close(self) -> None:
        pass

    def submission(self):
        """Nothing is kept between the runs of a submission: each has a process of its own."""
        return contextlib.nullcontext()

    def run(self, programs: Sequence[Program]) -> list[Reply]:
        """Run each program in a process of its own."""
        return [self._run([each]) for each in programs]

    def try_together(self, programs: Sequence[Program]) -> list[Reply]:
        """Run the programs in one process; return replies for as many as came to their end."""
        if len(programs) < 2:
            return []
        ran = self._run(programs)
        content = b"".join(line + b"\n" for line in ran.lines)
        return [reply("exit 0", ran.seconds, piece) for piece in content.split(MARK)[:-1]]

    def _run(self, programs: Sequence[Program]) -> Reply:
        order = request(programs)
        patience = 5 + sum(each.seconds + GRACE for each in programs)
        limit = sum(each.limit for each in programs)
        started = time.monotonic()
        with (
            tempfile.TemporaryDirectory(prefix="coursekit-") as scratch,
            tempfile.TemporaryFile() as out,
        ):
            process = subprocess.Popen(
                [
                    sys.executable, "-I", "-S", str(WORKER),
                    settings(False, self.memory, scratch),
                ],
                stdin=subprocess.PIPE, stdout=out, stderr=subprocess.DEVNULL,
                cwd=scratch, env=environment(scratch), start_new_session=os.name == "posix",
            )  # fmt: skip
            try:
                process.communicate(FRAME.pack(len(order)) + order, timeout=patience)
                code = process.returncode
                ended = f"exit {code}" if code >= 0 else f"signal {-code}"
            except subprocess.TimeoutExpired:
                ended = "time"
            finally:
                _kill_group(process)
            out.seek(0)
            content = out.read(limit + 1)
        if len(content) > limit:
            ended = "flood"
        if len(programs) == 1:
            content = content.replace(MARK, b"")
        return reply(ended, (time.monotonic() - started) / len(programs), content)


def _kill_group(process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    process.wait()
