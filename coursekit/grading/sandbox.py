"""Where student code runs: one warm interpreter behind bubblewrap, and a fork for each exercise.

What is inside: a read-only Python with NumPy, the five small modules that call a function and write
down what happened, and an empty scratch folder.  No references, no cases but the inputs of the one
exercise, no network, no other process, no file of yours.

>>> with Sandbox() as sandbox:  # doctest: +SKIP
...     (reply,) = sandbox.run([program])
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from coursekit.grading.exchange import Program, Reply, limits, reply, request
from coursekit.grading.inside import NoSandbox, bubblewrap
from coursekit.grading.worker import FRAME, GRACE
from coursekit.plain import dumps

MEMORY = 1024 * 2**20
TOGETHER = 1.0  # seconds for all programs of a submission, when they are tried together
TRIAL = Program("f", (("cell 1", 1, "def f():\n    return 1"),), dumps([[(), {}, 1]]), 30.0)
LOST = Reply("lost", 0.0, ())


class Sandbox:
    """A warm interpreter behind bubblewrap.  It starts at the first run, and again if it dies.

    Before the first run it is tried out: some machines have bubblewrap, and forbid what it needs.
    """

    def __init__(self, memory: int = MEMORY):
        self.memory = memory
        self.tried = self.kept = self.begun = False
        self.process: subprocess.Popen | None = None
        self.lock = threading.RLock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @contextlib.contextmanager
    def submission(self):
        """Keep what forks the programs, between the runs of one submission; others wait.

        It has namespaces of its own, and to make them takes as long as a small program does.
        """
        with self.lock:
            self.kept = True
            try:
                yield
            finally:
                self.kept = False
                self._dismiss()

    def run(self, programs: Sequence[Program]) -> list[Reply]:
        """Run the programs of one submission, each in a fork of its own; a reply for each.

        Raises:
            NoSandbox: if this machine has none.
        """
        with self.lock:
            replies = self._ask(programs)
            for each in programs[len(replies) :]:  # one of them broke what runs them
                replies += self._ask([each])[:1] or [LOST]
        return replies

    def try_together(self, programs: Sequence[Program]) -> list[Reply]:
        """Run the programs one after another in one fork, within a second in all.

        Quick, but they can disturb each other: what does not turn out right must be ``run``.
        Returns replies for as many as came to their end, from the first on.
        """
        if len(programs) < 2:
            return []
        with self.lock:
            return self._ask([replace(each, seconds=TOGETHER) for each in programs], together=True)

    def _ask(self, programs: Sequence[Program], together: bool = False) -> list[Reply]:
        if not programs:
            return []
        if not self.tried:
            self._try_out()
        if self.process is None or self.process.poll() is not None:
            self._start()
        replies: list[Reply] = []
        try:
            for group in [programs] if together else [[each] for each in programs]:
                self.begun = True
                replies += self._run_group(group)
        except (OSError, EOFError):
            self.close()
        if not self.kept:
            self._dismiss()
        return replies

    def _dismiss(self) -> None:
        """End what forked the programs, so that nothing of them is there for the next ones."""
        if self.begun:
            self.begun = False
            try:
                self._send(b"")
            except OSError:
                self.close()

    def _try_out(self) -> None:
        self.tried = True
        (answer,) = self._ask([TRIAL]) or [LOST]
        if answer.ended != "exit 0":
            self.tried = False
            raise NoSandbox(f"a program in the sandbox ended with “{answer.ended}”")

    def _run_group(self, group: Sequence[Program]) -> list[Reply]:
        """Run programs in one child of the sandbox; return replies up to the first that fails."""
        deadline = time.monotonic() + 10 + sum(each.seconds + 2 * GRACE for each in group)
        self._send(limits(group))
        if self._receive(deadline) != b"go":  # the child is there: only now comes its program
            raise EOFError("out of step")
        self._send(request(group))
        replies = []
        while (frame := self._receive(deadline)) != b"end":
            head, _, lines = frame.partition(b"\n")
            record = json.loads(head)
            replies.append(reply(record["ended"], record["seconds"], lines))
        return replies

    def _start(self) -> None:
        if self.process is not None:
            self.close()
        command = bubblewrap(self.memory)
        with tempfile.TemporaryFile() as complaints:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints
            )
            try:
                self._receive(time.monotonic() + 60)
            except (OSError, EOFError):
                self.close()
                complaints.seek(0)
                text = complaints.read(2000).decode(errors="replace").strip()
                raise NoSandbox(
                    f"the sandbox does not start: {text or 'no reason given'}"
                ) from None

    def _send(self, content: bytes) -> None:
        self.process.stdin.write(FRAME.pack(len(content)) + content)
        self.process.stdin.flush()

    def _receive(self, deadline: float) -> bytes:
        (size,) = FRAME.unpack(self._exactly(FRAME.size, deadline))
        return self._exactly(size, deadline)

    def _exactly(self, size: int, deadline: float) -> bytes:
        descriptor, pieces = self.process.stdout.fileno(), []
        while size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise EOFError("no reply in time")
            piece = os.read(descriptor, min(size, 1 << 20))
            if not piece:
                raise EOFError("the sandbox is gone")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """End the interpreter and everything below it."""
        self.begun = False
        if self.process is not None:
            self.process.kill()
            for pipe in (self.process.stdin, self.process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()
            self.process.wait()
            self.process = None
