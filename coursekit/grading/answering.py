"""Define a student's function statement by statement, call it on every case, tell what happened.

Runs inside the sandbox, or inside a plain process, and imports of the course only what the worker
was given.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time


def run(program: dict, answers: int) -> None:
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
        line = memoryview(dumps(record).encode() + b"\n")
        with _without_alarm():
            while line:
                line = line[os.write(answers, line) :]

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
    import codeop
    import linecache

    given = {}
    for bound, (name, text) in program["given"].items():
        room = {"__name__": "given"}
        exec(compile(text, "<given>", "exec"), room)
        given[bound] = room[name]
    namespace = {"__name__": "__main__", **given}
    compiler, waiting, failed = codeop.Compile(), [], None
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
                exec(compiler("\n" * (first - 1) + text, cell, "exec"), namespace)
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
    """Hold the alarm back while a line is written, so that it leaves whole."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
