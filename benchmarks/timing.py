"""Fair comparison on a machine that others use, too.

All contenders take turns, round by round, and are compared within a round: what slows the
machine down slows all of them.  CPU time is counted, not the clock, and the median of the
rounds' ratios is kept.
"""

import os
import platform
import statistics
import time

import numpy as np

SHORTEST = 2e-3  # seconds; quicker calls are repeated, because the clock is coarse


def seconds(call, repeats=1):
    """CPU seconds of one call."""
    started = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - started) / repeats


def compare(contenders, rounds=9):
    """Median CPU seconds of each, and median ratio to the first, by name.

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
        name: (
            statistics.median(times),
            statistics.median(t / b for t, b in zip(times, base, strict=True)),
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
        f"{blas.get('name')} {blas.get('version')}, kernels: "
        f"{os.environ.get('OPENBLAS_CORETYPE', 'for this processor')}; "
        f"threads: {os.environ.get('OPENBLAS_NUM_THREADS', 'not limited')}"
    )
    return lines


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1].strip() for line in file if "model name" in line]
        return f"{names[0]}, {len(names)} cores"
    except (OSError, IndexError):
        return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
