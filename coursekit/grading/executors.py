"""Where grading runs: processes of this machine, or a Dask cluster; and what if one dies.

An executor is any ``concurrent.futures.Executor``.  Tasks go in as they come, a few ahead of the
results, so that a class of any size takes the same memory.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, ProcessPoolExecutor, wait
from typing import Any

from coursekit.grading.grade import Graded, grade
from coursekit.grading.inside import NoSandbox
from coursekit.grading.sandbox import Sandbox
from coursekit.grading.unlocked import PlainProcess
from coursekit.observing import clean

ISOLATIONS = {"sandbox": Sandbox, "process": PlainProcess}

BROKE = "grading this file broke the grader's own process, twice; look at the file by hand"
PROCESSOR_SECONDS = 120  # of the grader's own for one file, what runs in the sandbox not counted


class ExecutorError(ValueError):
    """There is no such executor, or it can't be reached; the message says what to do."""


_boxes = threading.local()


def work(content: bytes, options: dict) -> dict:
    """Grade one file in whatever process this is; each thread of it keeps one warm sandbox."""
    isolation = options["isolation"]
    box = vars(_boxes).get(isolation) or ISOLATIONS[isolation]()
    vars(_boxes)[isolation] = box
    try:
        with _bounded(), box.submission():
            found = grade(content, box, options["seed"], options["seconds"], options["only"])
    except NoSandbox:  # no fault of the file's
        raise
    except Exception as error:
        found = _failed(error)
    return found.to_plain()


def _failed(error: Exception) -> Graded:
    """Return what is kept of a file that the grader stumbles over; the class goes on."""
    why = f"the grader itself failed ({type(error).__name__}: {error})"
    return Graded(unreadable=f"{clean(why, 250)}; look at the file by hand", odd=True)


@contextlib.contextmanager
def _bounded():
    """End this process where one file takes too much of its processor time.

    The signal ends a process even inside a long call in C, such as the parser's.  What follows is
    what follows every breakdown: the file is tried once more, and then set apart.
    """
    if not _own:
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


_own = False  # whether this process is one of ours, which nobody else needs


def local(jobs: int) -> ProcessPoolExecutor:
    """Return a pool of worker processes that end when this process does, however it ends."""
    kind = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(kind)
    if kind == "forkserver":
        context.set_forkserver_preload(["coursekit.grading.executors", "coursekit.exercises"])
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_follow)


def _follow() -> None:
    """Start a thread that ends this process once the grader's is gone (kill -9 tells nobody)."""
    global _own
    _own = hasattr(signal, "setitimer")
    grader = multiprocessing.parent_process()

    def watch():
        grader.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def open_executor(name: str, jobs: int) -> tuple[Callable[[], Executor], int]:
    """Return what makes the executor, and how many tasks it runs at once.

    Raises:
        ExecutorError: for an unknown name, or a scheduler that does not answer.
    """
    if name == "processes":
        return lambda: local(jobs), jobs
    if not name.startswith("dask:"):
        raise ExecutorError(
            f"no executor is named {name!r}: take “processes” or “dask:tcp://HOST:PORT”"
        )
    try:
        from distributed import Client
    except ImportError:
        raise ExecutorError(
            "Dask is not installed; the extra [cluster] brings it: pip install 'coursekit[cluster]'"
        ) from None
    address = name.removeprefix("dask:")
    if not re.fullmatch(r"(\w+://)?[^\s/]+:\d+", address):
        raise ExecutorError(f"{address!r} is no address: take “dask:tcp://HOST:PORT”")
    try:
        client = Client(address, timeout=5, set_as_default=False)
    except Exception as error:  # each kind of address fails in its own way
        why = clean(str(error) or type(error).__name__, 200)
        raise ExecutorError(f"no Dask scheduler answers at {address}: {why}") from None
    threads = sum(client.nthreads().values())
    if threads == 0:
        client.close()
        raise ExecutorError(f"the Dask scheduler at {address} has no workers: start some first")

    def make() -> Executor:
        executor = client.get_executor(pure=False, retries=3)
        shutdown = executor.shutdown

        def close(wait=True, **_):
            shutdown(wait)
            client.close()

        executor.shutdown = close
        return executor

    return make, threads


def run(
    tasks: Iterable[tuple[Any, bytes, dict]], make: Callable[[], Executor], width: int
) -> Iterator[tuple[Any, Graded]]:
    """Grade tasks (key, content, options) and yield (key, what was found) as each is done.

    A pool that breaks is replaced and loses nothing.  A file that breaks two is set apart.
    """
    tasks, again = iter(tasks), deque()
    running: dict[Any, tuple[Any, bytes, dict, int]] = {}
    executor = make()
    try:
        while True:
            while len(running) < 2 * width + 1:
                if again:
                    task = again.popleft()
                else:
                    following = next(tasks, None)
                    if following is None:
                        break
                    task = (*following, 0)
                if task[3] >= 2:  # it was there at two breakdowns: alone, so that it harms no other
                    yield task[0], _alone(task)
                    continue
                try:
                    running[executor.submit(work, task[1], task[2])] = task
                except (BrokenExecutor, OSError):
                    again.appendleft(task)
                    break
            if not running and not again:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = not running
            for future in done:
                task = running.pop(future)
                try:
                    yield task[0], _graded(future.result())
                except BrokenExecutor:
                    broken = True
                    again.append((*task[:3], task[3] + 1))
                except NoSandbox:
                    raise
                except Exception as error:  # Dask's own KilledWorker, or what nobody thought of
                    killed = type(error).__name__ == "KilledWorker"
                    yield task[0], Graded(unreadable=BROKE, odd=True) if killed else _failed(error)
            if broken:
                for future, task in running.items():
                    with contextlib.suppress(Exception):
                        if future.done() and not future.exception():
                            yield task[0], _graded(future.result())
                            continue
                    again.append((*task[:3], task[3] + 1))
                running.clear()
                executor.shutdown(wait=False, cancel_futures=True)
                executor = make()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _alone(task: tuple) -> Graded:
    with local(1) as pool:
        try:
            return _graded(pool.submit(work, task[1], task[2]).result())
        except BrokenExecutor:
            return Graded(unreadable=BROKE, odd=True)
        except NoSandbox:
            raise
        except Exception as error:
            return _failed(error)


def _graded(record: dict) -> Graded:
    from coursekit.grading.grade import Result

    results = tuple(Result(**{**each, "notes": tuple(each["notes"])}) for each in record["results"])
    return Graded(results, record["unreadable"], record.get("odd", False))
