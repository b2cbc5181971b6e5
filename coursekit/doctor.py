"""Say what is wrong with an installation, and how to mend it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is well, what was seen, how to mend it."""

    well: bool
    what: str
    mend: str = ""
    needed: bool = True


def examine(notebooks: Path) -> Iterator[Finding]:
    """Look at everything a student or an instructor needs."""
    yield _python()
    yield from _packages()
    yield _kernel()
    yield _widgets()
    yield from _notebooks(notebooks)
    yield _sandbox()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Finding(
        sys.version_info >= OLDEST_PYTHON,
        f"Python {version}",
        f"install Python {wanted} or later, delete the folder .venv, and run: make lab",
    )


def _packages() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    for text in metadata.requires("coursekit") or []:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        mend = f'run: python -m pip install "{requirement.name}{requirement.specifier}"'
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield Finding(False, f"{requirement.name} is not installed", mend)
            continue
        fits = requirement.specifier.contains(version, prereleases=True)
        needs = "" if fits else f", but {requirement.specifier} is needed"
        yield Finding(fits, f"{requirement.name} {version}{needs}", mend)


def _kernel() -> Finding:
    """A kernel named python3 that belongs to another Python is the classic trap."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    mend = "run: python -m ipykernel install --sys-prefix"
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return Finding(False, "no kernel named python3", mend)
    # Jupyter reads a bare “python” as the Python that it runs in itself.
    bare = spec.argv[0] in ("python", "python3", f"python3.{sys.version_info[1]}")
    program = sys.executable if bare else spec.argv[0]
    # Resolve folders, not the file: the python of a virtual environment is a link.
    same = Path(program).parent.resolve() == Path(sys.executable).parent.resolve()
    return Finding(same, f"the notebooks' kernel runs {'this Python' if same else program}", mend)


def _widgets() -> Finding:
    """JupyterLab must find the widgets' own part for the browser."""
    from jupyter_core.paths import jupyter_path

    for folder in jupyter_path("labextensions"):
        package = Path(folder) / "@jupyter-widgets" / "jupyterlab-manager" / "package.json"
        if package.exists():
            version = json.loads(package.read_text(encoding="utf-8")).get("version", "?")
            return Finding(True, f"JupyterLab shows widgets (manager {version})")
    return Finding(
        False,
        "JupyterLab cannot show widgets",
        "run: python -m pip install --force-reinstall jupyterlab_widgets",
    )


def _notebooks(notebooks: Path) -> Iterator[Finding]:
    found = sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))
    if not found:
        yield Finding(
            False,
            f"no lessons in {notebooks.resolve()}",
            "run this in the folder that holds “notebooks”, or say --notebooks FOLDER",
        )
        return
    yield Finding(True, f"{len(found)} lessons in {notebooks}")
    for path in found:
        try:
            json.loads(path.read_text(encoding="utf-8"))["cells"]
        except (ValueError, KeyError, OSError) as error:
            yield Finding(
                False,
                f"{path.name} is damaged: {error}",
                f"keep a copy of it, then run: git checkout -- {path}",
            )
    try:
        with tempfile.NamedTemporaryFile(dir=notebooks):
            pass
        yield Finding(True, "progress can be saved beside the lessons")
    except OSError as error:
        yield Finding(
            False,
            f"nothing can be written into {notebooks}: {error.strerror}",
            "copy the course into a folder of your own",
        )
    progress = Path(os.environ.get("COURSEKIT_PROGRESS") or notebooks / "progress.json")
    if progress.exists():
        try:
            json.loads(progress.read_text(encoding="utf-8"))["exercises"]
        except (ValueError, KeyError, OSError) as error:
            yield Finding(
                False,
                f"{progress.name} is damaged: {error}",
                "nothing to do: the next check keeps a copy of it and starts afresh",
            )


def _sandbox() -> Finding:
    return Finding(
        shutil.which("bwrap") is not None,
        "bubblewrap, the grader's sandbox" + ("" if shutil.which("bwrap") else ", is not there"),
        "only instructors need it: sudo apt install bubblewrap",
        needed=False,
    )
