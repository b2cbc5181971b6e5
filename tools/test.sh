#!/bin/sh
# Everything that must hold, in the order in which it fails fastest.  Ends at the first failure.
set -eu
bin=.venv/bin
export PYTHONHASHSEED=0 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export COURSEKIT_PROGRESS="$scratch/progress.json" # nobody's progress but the tests' own

$bin/ruff check .
$bin/ruff format --check .
$bin/coursekit build --check
$bin/coursekit verify
# Unit tests, notebooks against their outputs, docstring examples: one run, one closing line.
$bin/python -m pytest -q -n 2 --dist loadscope --no-loadscope-reorder --durations 15 \
    --nbval --nbval-sanitize-with tests/nbval.cfg notebooks/*.ipynb tests coursekit
