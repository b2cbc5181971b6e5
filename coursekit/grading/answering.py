"""Define a student's function statement by statement, call it on every case, tell what happened.

Runs inside the sandbox, or inside a plain process, and imports of the course only what the worker
was given.
"""

from __future__ import annotations
import __future__

import contextlib
import os
import signal
import time
from collections.abc import Callable
from functools import cache, partial


def run(program: dict, answers: int) -> None:
    """Run a program, and write each line of what happened as soon as it is known."""
    _run(program, partial(_write, answers))


def run_together(programs: list[dict], answers: int, mark: bytes) -> None:
    """Run programs one after another, and write what happened program by program, then ``mark``.

    One that does not come to its end leaves nothing: it runs again, alone.
    """
    for program in programs:
        lines: list[bytes] = []
        _run(program, lines.append)
        _write(answers, b"".join([*lines, mark]))


def _write(descriptor: int, content: bytes) -> None:
    """Write all of it, with the alarm held back, so that it leaves whole."""
    left = memoryview(content)
    with _without_alarm():
        while left:
            left = left[os.write(descriptor, left) :]


def _run(program: dict, write: Callable[[bytes], None]) -> None:
    """Define the program's function, call it on every case, and tell what happened line by line.

    The lines: ``{"failed": …}`` (a statement that the function may not need raised) or
    ``{"crash": …}`` (there is no function), then ``{"case": …}`` for each case, and at last
    ``{"printed": …}``.
    """
    import random

    import numpy

    from coursekit.exercise import Case
    from coursekit.observing import TimedOut, describe_crash, observe_all, time_limit
    from coursekit.plain import dumps, loads

    def tell(**record):
        write(dumps(record).encode() + b"\n")

    random.seed(0)
    numpy.random.seed(0)  # noqa: NPY002 - what an answer without a generator draws from
    cases = [Case("", *parts) for parts in loads(program["cases"])]
    started = time.monotonic()
    try:
        with time_limit(program["seconds"]):
            function, failed = define(program)
    except TimedOut:
        return tell(crash={"type": "TimedOut"})
    except BaseException as error:
        return tell(crash=vars(describe_crash(error)))
    tell(failed=failed and vars(describe_crash(failed)))
    left = max(program["seconds"] - (time.monotonic() - started), 0.01)
    try:
        _, printed = observe_all(
            function, cases, left, tell=lambda observation: tell(case=observation.to_plain())
        )
    except MemoryError:
        _some_more_memory()
        return tell(crash={"type": "MemoryError", "text": "all the memory that there is, is used"})
    except TimedOut:  # between two cases
        return tell(crash={"type": "TimedOut"})
    except BaseException as error:
        return tell(crash=vars(describe_crash(error)))
    tell(printed=printed)


def _some_more_memory() -> None:
    """Raise the limit to the hard one, so that the end of the memory can be told."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def define(program: dict):
    """Run the program statement by statement; return its function and the first failure.

    A statement that fails stops only what needs it: a missing plotting library is no reason to
    refuse a convolution.
    """
    import linecache

    given = {}
    for bound, (name, text) in program["given"].items():
        room = {"__name__": "given"}
        exec(compile(text, "<given>", "exec"), room)
        given[bound] = room[name]
    namespace = {"__name__": "__main__", **given}
    flags, waiting, failed = 0, [], None
    shown: dict[str, list[str]] = {}
    for cell, first, text in program["statements"]:
        lines = shown.setdefault(cell, [])
        lines += ["\n"] * (first - 1 - len(lines))
        lines[first - 1 :] = text.splitlines(keepends=True)
        waiting.append((cell, first, text))
    for cell, lines in shown.items():  # so that a crash can show the student's own line
        linecache.cache[cell] = (0, None, lines, cell)
    while waiting:  # cells may stand in any order: what lacks a name waits until it is there
        missing = []
        for cell, first, text in waiting:
            try:
                code = _compiled(text, cell, first, flags)
                flags |= code.co_flags & FUTURE  # what one statement turns on, stays on
                exec(code, namespace)
            except ImportError as error:
                failed = _import_what_is_there(text, namespace, error) or failed
                namespace.update(given)
            except NameError as error:
                missing.append((cell, first, text))
                lacking = error
            except Exception as error:
                failed = failed or error
        if len(missing) == len(waiting):
            failed = failed or lacking
            break
        waiting = missing
    name = program["name"]
    if name not in namespace:
        raise failed or NameError(f"name {name!r} is not defined")
    if not callable(namespace[name]):
        raise TypeError(f"{name} is not a function but {type(namespace[name]).__name__}")
    return namespace[name], failed


FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})


@cache  # imports and helpers stand in several programs of a submission
def _compiled(text: str, cell: str, first: int, flags: int):
    """Compile a statement that begins in the line ``first`` of its cell."""
    return compile("\n" * (first - 1) + text, cell, "exec", flags, dont_inherit=True)


def _import_what_is_there(text: str, namespace: dict, error: ImportError):
    """Import the parts of a failed import one by one; what is absent says so when it is used."""
    import ast

    import coursekit

    for node in ast.parse(text).body:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            return error
        for alias in node.names:
            if alias.name == "*":
                return error
            node.names = [alias]
            try:
                exec(compile(ast.Module([node], []), "<import>", "exec"), namespace)
            except ImportError:
                whole = f"{getattr(node, 'module', None) or ''}.{alias.name}".strip(".")
                bound = alias.asname or alias.name.partition(".")[0]
                namespace[bound] = coursekit.Absent(whole)
    return None


@contextlib.contextmanager
def _without_alarm():
    """Hold the alarm back."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
