"""What is inside the sandbox: the command that starts bubblewrap, and what it binds where."""

from __future__ import annotations

import glob
import importlib.util
import json
import os
import shutil
import sys
import sysconfig
from pathlib import Path

from coursekit.grading import confine

SCRATCH_BYTES = 16 * 2**20

_HERE = Path(__file__).parent
_COURSE = _HERE.parent
WORKER = _HERE / "worker.py"


class NoSandbox(RuntimeError):
    """This machine can't isolate student code; the message says why and what to do."""


def bubblewrap(memory: int) -> list[str]:
    """Return the command that starts the worker behind bubblewrap."""
    if not confine.supported():
        raise NoSandbox(
            f"the sandbox needs Linux on x86-64 or 64-bit ARM, and this is {sys.platform}"
        )
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise NoSandbox(
            "bubblewrap is not installed (Debian and Ubuntu: sudo apt-get install bubblewrap)"
        )
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    command = [
        bwrap, "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session",
        "--hostname", "sandbox", "--uid", "65534", "--gid", "65534",
        "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN",
    ]  # fmt: skip
    for folder in ("/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib32", "/lib64"):
        if os.path.islink(folder):
            command += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            command += ["--ro-bind", folder, folder]
    command += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    library = Path(sys.base_prefix).resolve() / "lib"
    stdlib = Path(sysconfig.get_path("stdlib")).resolve()
    for folder in dict.fromkeys((library, stdlib)):
        command += ["--ro-bind", str(folder), str(folder)]
    for folder in _other_packages(library, stdlib):
        command += ["--tmpfs", folder, "--remount-ro", folder]
    command += ["--ro-bind", str(python), str(python)]
    for source, target in _inside().items():
        command += ["--ro-bind", source, target]
    for device in ("/dev/null", "/dev/urandom"):
        command += ["--dev-bind", device, device]
    command += ["--dir", "/scratch", "--remount-ro", "/", "--chdir", "/scratch", "--clearenv"]
    for name, value in environment("/scratch").items():
        command += ["--setenv", name, value]
    worker = "/course/grading/worker.py"
    return [*command, str(python), "-I", "-S", worker, settings(True, memory, "/scratch")]


def _other_packages(library: Path, stdlib: Path) -> list[str]:
    """Return the folders of installed packages inside what is bound: the course may be in them."""
    places = {library, stdlib, Path("/usr/lib"), Path("/usr/lib64"), Path("/lib")}
    found = {
        os.path.realpath(folder)
        for place in places
        for pattern in ("*-packages", "python*/*-packages")
        for folder in glob.glob(str(place / pattern))
    }
    course = os.path.realpath(_COURSE)
    bound = any(course.startswith(f"{os.path.realpath(place)}/") for place in places)
    if bound and not any(course.startswith(f"{folder}/") for folder in found):
        found.add(course)
    return sorted(found)


def _modules(course: str) -> dict[str, str]:
    """Return the modules that the worker is made of, with their places below ``course``."""
    functions = sorted(path.stem for path in (_COURSE / "functions").glob("*.py"))
    names = {
        "coursekit": "grading/shim.py",
        "coursekit.functions": "functions/__init__.py",
        **{f"coursekit.functions.{n}": f"functions/{n}.py" for n in functions if n != "__init__"},
        "coursekit.exercise": "exercise.py",
        "coursekit.plain": "plain.py",
        "coursekit.observing": "observing.py",
        "confine": "grading/confine.py",
        "answering": "grading/answering.py",
    }
    return {name: f"{course}/{place}" for name, place in names.items()}


def _inside() -> dict[str, str]:
    """Return what of the course and NumPy is bound into the sandbox: source → target."""
    numpy = Path(importlib.util.find_spec("numpy").submodule_search_locations[0])
    bound = {str(numpy): "/packages/numpy"}
    if (libraries := numpy.with_name("numpy.libs")).is_dir():
        bound[str(libraries)] = "/packages/numpy.libs"
    outside, inside = _modules(str(_COURSE)), _modules("/course")
    bound |= {outside[name]: inside[name] for name in outside}
    return bound | {str(WORKER): "/course/grading/worker.py"}


def settings(confined: bool, memory: int, scratch: str) -> str:
    numpy = Path(importlib.util.find_spec("numpy").submodule_search_locations[0])
    return json.dumps(
        {
            "confined": confined,
            "memory": memory,
            "scratch": scratch,
            "scratch_bytes": SCRATCH_BYTES,
            "path": ["/packages" if confined else str(numpy.parent)],
            "modules": _modules("/course" if confined else str(_COURSE)),
        }
    )


def environment(home: str) -> dict[str, str]:
    """Return an environment without anything of yours, and the same on every run."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    threads = ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
    return kept | {
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        **{f"{name}_NUM_THREADS": "1" for name in threads},
    }
