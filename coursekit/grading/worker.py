"""The inside of the sandbox: runs answers on inputs, and passes on what came.

Started once, with NumPy loaded.  For each submission it forks an *init* with namespaces of its own;
init forks one child for each program (or for all of them together), one after another::

    server ── init ── child (the student's code, locked in)
               │        │
    reply ◄────┴─ pipe ─┘

What a process has in its memory, its children have too.  So the server reads nothing, init reads
limits and answers of one submission, and a program is sent only once its child is there to read it.

Each stage only ever reads what the next one wrote, up to a limit.  A child holds one descriptor,
its own answer pipe, so whatever it writes is an answer to its own exercise.  This file and
``confine`` import nothing of the course but what is handed in by path.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import signal
import struct
import sys
import time

RESERVE = 2**26  # bytes of memory to tell that the rest is used up
GRACE = 1.0  # seconds between the alarm inside an answer and the kill from outside
FRAME = struct.Struct(">Q")
WARM = (
    *("numpy", "numpy.random", "numpy.linalg", "numpy.fft", "numpy.lib.stride_tricks", "numpy.ma"),
    *("ast", "collections", "copy", "dataclasses", "fractions", "functools", "itertools"),
    *("linecache", "math", "operator", "random", "resource", "shutil", "statistics", "typing"),
)
REHEARSAL = {
    "name": "f",
    "statements": [["cell 1", 1, "import numpy as np\ndef f(x):\n    return np.zeros(3) + x"]],
    "cases": '[[[1.5],{"dict":[]},1],[["a"],{"dict":[]},1]]',
    "seconds": 10.0,
    "given": {},
}  # one right call and one crash: everything that they need is loaded before the first fork
MARK = b"\x00\n"  # no line of JSON: separates programs where there are no frames


def load(modules: dict[str, str]) -> None:
    """Import the named modules from the named files, and nothing else of the course."""
    for name, path in modules.items():
        if name in sys.modules:  # its package imported it
            continue
        package = path.endswith("__init__.py") or name == "coursekit"
        places = [os.path.dirname(path)] if path.endswith("__init__.py") else []
        spec = importlib.util.spec_from_file_location(
            name, path, submodule_search_locations=places if package else None
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)


# ------------------------------------------------------------------------------------- framing


def send(descriptor: int, *parts: bytes) -> None:
    """Write one frame: its length in eight bytes, then its content."""
    content = FRAME.pack(sum(map(len, parts))) + b"".join(parts)
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def receive(descriptor: int) -> bytes | None:
    """Read one frame; None where the other side is gone."""
    head = _exactly(descriptor, FRAME.size)
    return None if head is None else _exactly(descriptor, *FRAME.unpack(head))


def _exactly(descriptor: int, size: int) -> bytes | None:
    pieces = []
    while size:
        piece = os.read(descriptor, min(size, 1 << 20))
        if not piece:
            return None
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


# ------------------------------------------------------------------------------ server and init


def serve(requests: int, replies: int, settings: dict) -> None:
    """Fork an init for each request, and read nothing of a student here."""
    from confine import fork_apart, prepare

    prepare()
    while True:
        select.select([requests], [], [])
        pid = fork_apart()
        if pid == 0:
            _never_return(run_all, requests, replies, settings)
        if os.waitpid(pid, 0)[1] != 0:  # no more requests, or an init that failed
            return


def run_all(requests: int, replies: int, settings: dict) -> None:
    """Run groups of programs, each in a child; write a frame for each program, then "end".

    A group comes as two frames.  The first one is its limits, which say nothing of a student.  The
    second one is its programs: it is sent once the child says "go", and read by the child alone.
    An empty frame in place of limits ends the request.

    A group of several is tried together: its frames stop at the first program that does not end.
    """
    from confine import mount_scratch

    mount_scratch(settings["scratch"], settings["scratch_bytes"])
    while limits := receive(requests):
        order = json.loads(limits)
        reading, writing = os.pipe()
        started = time.monotonic()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            send(replies, b"go")
            programs = json.loads(receive(requests))
            os.close(replies)
            os.close(requests)
            _never_return(locked_in, programs, writing, settings)
        os.close(writing)
        content, ended = collect(reading, started + order["seconds"] + GRACE, order["limit"])
        os.close(reading)
        ended = ended or _farewell(pid)
        bury()
        clear(settings)
        seconds = (time.monotonic() - started) / order["count"]
        pieces = [content]
        if order["count"] > 1:
            pieces = content.split(MARK)[:-1][: order["count"]]
            ended = "exit 0"
        for piece in pieces:
            send(replies, json.dumps({"ended": ended, "seconds": seconds}).encode(), b"\n", piece)
        send(replies, b"end")
    if limits is None:
        os._exit(3)


def collect(descriptor: int, deadline: float, limit: int) -> tuple[bytes, str]:
    """Read until the writer is gone, the time is over or too much came; say which."""
    pieces, size = [], 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return b"".join(pieces), "time"
        piece = os.read(descriptor, 1 << 16)
        if not piece:
            return b"".join(pieces), ""
        size += len(piece)
        if size > limit:
            return b"".join(pieces), "flood"
        pieces.append(piece)


def _farewell(pid: int) -> str:
    """Say how a child that closed its pipe ends: its exit code or its signal."""
    deadline = time.monotonic() + 0.3
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            done = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if done is not None:
                signalled = done.si_code in (os.CLD_KILLED, os.CLD_DUMPED)
                return f"{'signal' if signalled else 'exit'} {done.si_status}"
        time.sleep(0.0003)
    return "closed"


def bury() -> None:
    """Kill everybody else among init's own, and wait until they are gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def clear(settings: dict) -> None:
    """Empty the scratch folder, so that nothing passes from one exercise to the next.

    A fresh one is mounted over it: no nest of folders is too deep for that.
    """
    from confine import mount_scratch, unmount

    if os.listdir(settings["scratch"]):
        unmount(settings["scratch"])
        mount_scratch(settings["scratch"], settings["scratch_bytes"])


def _never_return(body, *arguments) -> None:
    """Run the body of a forked process; whatever happens, it ends here."""
    status = 1
    try:
        body(*arguments)
        status = 0
    finally:
        os._exit(status)


# ------------------------------------------------------------------------------------- the child


def locked_in(programs: list[dict], answers: int, settings: dict) -> None:
    """Give up everything but the answer pipe, processor time and some memory; then run."""
    import resource

    import answering
    from confine import drop_privileges

    os.setsid()
    os.dup2(answers, 3)
    os.closerange(4, 1024)
    os.chdir(settings["scratch"])
    seconds = int(max(each["seconds"] for each in programs) + GRACE) + 1
    for what, limit in {
        "AS": settings["memory"],
        "CPU": seconds,
        "FSIZE": settings["scratch_bytes"],
        "NOFILE": 64,
        "CORE": 0,
        "NPROC": 0,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
        "SIGPENDING": 64,
    }.items():
        hard = limit + RESERVE if what == "AS" else limit
        resource.setrlimit(getattr(resource, f"RLIMIT_{what}"), (limit, hard))
    drop_privileges()
    if len(programs) == 1:
        answering.run(programs[0], 3)
    else:
        answering.run_together(programs, 3, MARK)


# ------------------------------------------------------------------------------------ the start


def run_unlocked(requests: int, replies: int, settings: dict) -> None:
    """Run one request without namespaces and filter: ``--isolation process``."""
    import answering

    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (settings["memory"],) * 2)
        resource.setrlimit(resource.RLIMIT_FSIZE, (settings["scratch_bytes"],) * 2)
    for program in json.loads(receive(requests)):
        answering.run(program, replies)
        os.write(replies, MARK)


def main() -> None:
    settings = json.loads(sys.argv[1])
    requests, replies = os.dup(0), os.dup(1)
    sys.path[:0] = settings["path"]
    load(settings["modules"])
    from answering import run

    for module in WARM:  # loaded once, shared by every fork
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    nothing = os.open(os.devnull, os.O_WRONLY)
    run(REHEARSAL, nothing)
    os.close(nothing)
    import gc

    null = os.open(os.devnull, os.O_RDWR)
    if settings["confined"]:
        send(replies, b"ready")
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    gc.collect()
    gc.freeze()
    (serve if settings["confined"] else run_unlocked)(requests, replies, settings)


if __name__ == "__main__":
    main()
