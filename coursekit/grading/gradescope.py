"""Make the zip that Gradescope runs: the course, and two short scripts."""

from __future__ import annotations

import zipfile
from pathlib import Path

COURSE = Path(__file__).parents[1]

SETUP = """\
#!/usr/bin/env bash
# Runs once, when Gradescope builds the image.
set -euo pipefail
apt-get update
apt-get install -y --no-install-recommends bubblewrap
for version in 3.13 3.12 3.11; do
    apt-get install -y --no-install-recommends "python$version" "python$version-venv" && break
done
"python$version" -m venv /autograder/venv
/autograder/venv/bin/pip install --no-cache-dir {packages}
# Other users, so student code, can't look in.
chmod -R go-rwx /autograder/source
"""

RUN = """\
#!/usr/bin/env bash
# Runs for each submission.
set -uo pipefail
export PYTHONPATH=/autograder/source
grades=$(mktemp -d)
grade() {{
    /autograder/venv/bin/python -m coursekit grade /autograder/submission --out "$grades" \\
        --seed {seed} --jobs 1 --export gradescope{lesson} "$@"
}}
# Some hosts allow no sandbox inside a container.  The container is this submission's alone, so the
# grader then goes on without one; it says so in its output, which only instructors see.
grade || {{ echo "No sandbox here: graded in a plain process."; grade --isolation process; }}
mkdir -p /autograder/results
if [ -f "$grades/gradescope/results.json" ]; then
    cp "$grades/gradescope/results.json" /autograder/results/results.json
else
    echo '{{"score": 0, "output": "No notebook (*.ipynb) that can be graded was handed in."}}' \\
        > /autograder/results/results.json
fi
"""


def files() -> list[Path]:
    """Return the course's files that grading needs."""
    return sorted(
        path
        for path in COURSE.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and "explorers" not in path.relative_to(COURSE).parts[:1]
    )


def write_zip(path: Path, seed: int, lesson: str | None = None) -> None:
    """Write the autograder's zip, the same bytes for the same course and seed."""
    import numpy

    scripts = {
        "setup.sh": SETUP.format(
            packages=f"'numpy=={numpy.__version__}' 'rich>=13.7' 'typer>=0.12'"
        ),
        "run_autograder": RUN.format(seed=seed, lesson=f" --lesson {lesson}" if lesson else ""),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in scripts.items():
            _add(archive, name, text.encode(), 0o755)
        for file in files():
            _add(
                archive,
                f"coursekit/{file.relative_to(COURSE).as_posix()}",
                file.read_bytes(),
                0o644,
            )


def _add(archive: zipfile.ZipFile, name: str, content: bytes, mode: int) -> None:
    entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
