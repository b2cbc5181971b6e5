"""Fair comparison on a machine that others use, too.

All contenders take turns, round by round, and are compared within a round: what slows the
machine down slows all of them.  CPU time is counted, not the clock, and the median of the
rounds' ratios is kept; beside it the ratio of the quickest rounds, which others disturb least.
"""

import ctypes
import os
import platform
import statistics
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

SHORTEST = 2e-3  # seconds; quicker calls are repeated, because the clock is coarse


def seconds(call, repeats=1):
    """CPU seconds of one call."""
    started = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - started) / repeats


class Timing(NamedTuple):
    seconds: float  # median of the rounds, CPU time of one call
    ratio: float  # to the first contender, median of the rounds' ratios
    quickest: float  # the same of each one's quickest round


def compare(contenders, rounds=9):
    """The ``Timing`` of each contender, by name.

    Args:
        contenders: {name: function without arguments}; the first one is the measure.
    """
    repeats = {}
    for name, call in contenders.items():
        call()  # first calls make workspaces and compile
        repeats[name] = max(1, round(SHORTEST / max(seconds(call), 1e-6)))
    spent = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            spent[name].append(seconds(call, repeats[name]))
    base = spent[next(iter(contenders))]
    return {
        name: Timing(
            statistics.median(times),
            statistics.median(t / b for t, b in zip(times, base, strict=True)),
            min(times) / min(base),
        )
        for name, times in spent.items()
    }


def settle_allocator():
    """Bring memory to the state of a process that has run for a while.

    The C library hands large blocks back to the system at first, so that every new array costs
    page faults; once a block of nearly 32 MB has been freed, it keeps them for the next one.
    Without this, the ratios depend on which sizes happened to be freed before.
    """
    np.ones(31 << 18, np.float32)


def gemm_peak(size=1024, rounds=9):
    """Multiply-adds a second of NumPy's own float32 matrix product."""
    a = np.random.default_rng(0).random((size, size), np.float32)
    out = np.empty_like(a)
    return size**3 / min(seconds(lambda: np.matmul(a, a, out=out)) for _ in range(rounds))


def machine():
    """What was measured on: processor, threads, versions."""
    lines = [f"{processor()}; Python {platform.python_version()}; NumPy {np.__version__}"]
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    lines.append(
        f"{blas.get('name')} {blas.get('version')}, kernels: {blas_kernels() or 'not known'}; "
        f"threads: {os.environ.get('OPENBLAS_NUM_THREADS', 'not limited')}"
    )
    return lines


def blas_kernels():
    """The processor family that NumPy's own OpenBLAS has its kernels from; None if not known."""
    home = Path(np.__file__).parent
    for folder in (home.parent / "numpy.libs", home / ".dylibs"):
        for path in folder.glob("*openblas*"):
            try:
                name = ctypes.CDLL(str(path)).scipy_openblas_get_corename64_
            except (OSError, AttributeError):
                continue
            name.restype = ctypes.c_char_p
            return name().decode()
    return None


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1].strip() for line in file if "model name" in line]
        return f"{names[0]}, {len(names)} cores"
    except (OSError, IndexError):
        return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
