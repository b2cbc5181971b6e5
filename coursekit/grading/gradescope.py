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
/autograder/venv/bin/python -m coursekit grade /autograder/submission --out "$grades" \\
    --seed {seed} --jobs 1 --export gradescope --isolation {isolation}{lesson}
code=$?
mkdir -p /autograder/results
say() {{ printf '{{"score": 0, "output": "%s"}}\\n' "$1" > /autograder/results/results.json; }}
if [ -f "$grades/gradescope/results.json" ]; then
    cp "$grades/gradescope/results.json" /autograder/results/results.json
elif [ $code -eq {no_sandbox} ]; then
    say "{excuse}"
elif [ -z "$(find /autograder/submission -iname '*.ipynb' -print -quit)" ]; then
    say "No notebook (*.ipynb) was handed in."
else
    say "Not graded: the grader ended with code $code. Instructors find the reason in its output."
fi
"""


EXCUSE = (
    "Not graded, and no fault of the student's: this machine has no sandbox to run answers in. "
    "Instructors: take a host that allows one, or make the zip with --isolation process (see "
    "docs/instructors.md for what that gives up), upload it, and grade again."
)


def files() -> list[Path]:
    """Return the course's files that grading needs."""
    return sorted(
        path
        for path in COURSE.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and "explorers" not in path.relative_to(COURSE).parts[:1]
    )


def write_zip(path: Path, seed: int, lesson: str | None = None, isolation: str = "sandbox") -> None:
    """Write the autograder's zip, the same bytes for the same course and seed.

    On a host without a sandbox, "sandbox" grades nothing and says so; it never goes on without.
    """
    import numpy

    from coursekit.grading.commands import NO_SANDBOX

    scripts = {
        "setup.sh": SETUP.format(
            packages=f"'numpy=={numpy.__version__}' 'rich>=13.7' 'typer>=0.12'"
        ),
        "run_autograder": RUN.format(
            seed=seed,
            isolation=isolation,
            lesson=f" --lesson {lesson}" if lesson else "",
            no_sandbox=NO_SANDBOX,
            excuse=EXCUSE,
        ),
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
