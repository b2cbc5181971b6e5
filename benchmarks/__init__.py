"""Measurements behind the figures of the documentation, each by one command.

One thread: two libraries that share the cores unequally cannot be compared.  The variables
are read when NumPy is imported, so they are set here, before it.
"""

import os

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
for _name in THREADS:
    os.environ.setdefault(_name, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
