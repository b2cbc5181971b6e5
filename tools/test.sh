#!/bin/sh
# Everything that must hold, in the order in which it fails fastest.  Ends at the first failure.
set -eu
bin=.venv/bin
export PYTHONHASHSEED=0 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

$bin/ruff check .
$bin/ruff format --check .
$bin/coursekit verify
$bin/coursekit build --check
# notebooks beside unit tests: one run, one closing line
$bin/python -m pytest -q -n 2 --dist loadscope --nbval --nbval-sanitize-with tests/nbval.cfg \
    --doctest-modules tests coursekit notebooks
