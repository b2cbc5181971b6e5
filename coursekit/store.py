"""What a student has done, kept from one kernel to the next in a file beside the notebooks.

The file is ``progress.json`` in the folder where the notebook runs, or where the environment
variable ``COURSEKIT_PROGRESS`` says.  It is the student's own: deleting it starts afresh.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
import warnings
from pathlib import Path

from filelock import FileLock, Timeout

from coursekit.exercise import OUTCOMES, Exercise, Verdict

PATIENCE = 10.0  # seconds that a note waits for another kernel's
FIELDS = {"outcome": "not attempted", "best": 0.0, "passed": False, "checks": 0}


def path() -> Path:
    """Return where the progress file is."""
    return Path(os.environ.get("COURSEKIT_PROGRESS") or Path.cwd() / "progress.json")


def read() -> dict[str, dict]:
    """Return, per exercise name: outcome, best score, passed, checks, mistakes (name → mended).

    A file that can't be read is set aside beside itself, with a warning: nothing is deleted.
    """
    return _content()["exercises"]


def predictions() -> dict[str, str]:
    """Return what was predicted, by question."""
    return _content()["predictions"]


def _content() -> dict[str, dict]:
    try:
        content = json.loads(path().read_text(encoding="utf-8"))
        return {
            "exercises": {
                name: _checked(name, {**FIELDS, "mistakes": {}, **entry})
                for name, entry in content["exercises"].items()
            },
            "predictions": {
                question: str(choice) for question, choice in content.get("predictions", {}).items()
            },
        }
    except FileNotFoundError:
        return {"exercises": {}, "predictions": {}}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        aside = path().with_suffix(f".broken-{int(time.time())}.json")
        with contextlib.suppress(OSError):
            path().rename(aside)
        warnings.warn(
            f"the progress file could not be read ({error}); it is kept as {aside.name}, "
            "and progress starts afresh",
            stacklevel=3,
        )
        return {"exercises": {}, "predictions": {}}


def _checked(name: str, entry: dict) -> dict:
    """Return a record as it was read, or raise ``ValueError``: the file may have been edited."""
    mistakes = entry["mistakes"]
    if not (
        entry["outcome"] in OUTCOMES
        and type(entry["best"]) in (int, float)
        and 0 <= entry["best"] <= 1
        and type(entry["passed"]) is bool
        and type(entry["checks"]) is int
        and isinstance(mistakes, dict)
        and all(type(mended) is bool for mended in mistakes.values())
    ):
        raise ValueError(f"{name} holds what no check writes")
    return entry


def passed(name: str) -> bool:
    """Tell whether the exercise has ever passed."""
    return read().get(name, FIELDS)["passed"]


def record(exercise: Exercise, verdict: Verdict) -> None:
    """Note a verdict.  An exercise that was never attempted leaves no trace."""
    if verdict.outcome == "not attempted":
        return
    with _alone():
        content = _content()
        entry = content["exercises"].setdefault(exercise.name, {**FIELDS, "mistakes": {}})
        entry["outcome"] = verdict.outcome
        entry["best"] = max(entry["best"], verdict.score)
        entry["passed"] = entry["passed"] or verdict.passed
        entry["checks"] += 1
        if verdict.mistake:
            entry["mistakes"][verdict.mistake] = False
        if verdict.passed:
            entry["mistakes"] = dict.fromkeys(entry["mistakes"], True)
        _write(content)


def predict(question: str, choice: str) -> None:
    """Note what was predicted."""
    with _alone():
        content = _content()
        content["predictions"][question] = choice
        _write(content)


def _write(content: dict) -> None:
    """Replace the file in one step, so that a crash leaves the old one or the new one."""
    target = path()
    text = json.dumps({"version": 1, **content}, indent=1, ensure_ascii=False)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".progress-", text=True)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        os.replace(name, target)
    except OSError as error:
        warnings.warn(f"progress could not be saved in {target}: {error}", stacklevel=3)


@contextlib.contextmanager
def _alone():
    """Keep two notebooks that check at the same moment from losing each other's note.

    The system lifts the lock of a kernel that was killed.  Where there can be none, as in a
    read-only folder, the note goes on without it, and ``_write`` says what is wrong.
    """
    hidden = path().with_name(f".{path().stem}.lock")  # it stays, and is no concern of a student's
    lock = FileLock(hidden, timeout=PATIENCE)
    with contextlib.suppress(OSError, Timeout, NotImplementedError):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
