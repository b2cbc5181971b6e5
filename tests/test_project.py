"""The project's own files agree with each other."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import yaml

from coursekit.asking import questions
from coursekit.exercises import load

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_environment_yml_lists_the_dependencies_of_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    listed = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    python = f"python{PYPROJECT['project']['requires-python']}"
    assert listed == [python, "pip", *PYPROJECT["project"]["dependencies"]]
    assert environment["dependencies"][-1] == {"pip": ["-e ."]}


def test_constraints_pin_every_dependency_at_one_version_that_fits():
    pins = dict(
        line.lower().split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
    project = PYPROJECT["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    for requirement in wanted:
        name, operator, least = re.fullmatch(r"([\w.-]+)(>=|==)([\d.]+)", requirement).groups()
        name = name.lower()
        assert name in pins, f"{name} is not pinned in constraints.txt"
        numbers = [tuple(map(int, re.findall(r"\d+", v)[:3])) for v in (pins[name], least)]
        assert numbers[0] >= numbers[1], (
            f"{name} is pinned at {pins[name]}, below {operator}{least}"
        )


def test_the_workflow_fits_its_schema():
    workflow = ROOT / ".github" / "workflows" / "ci.yml"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.github-workflows",
            str(workflow),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_import_costs_at_most_a_tenth_of_a_second_beyond_numpy():
    code = (
        "import time, numpy; start = time.process_time(); import coursekit; "
        "print(time.process_time() - start)"
    )
    runs = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    assert min(runs) < 0.1


# Imports go downwards: a room may use the rooms named for it, and nothing above.
ALLOWED = {
    "reference": {"reference"},
    "functions": {"functions"},
    "exercise": {"judging"},  # inside a method: Exercise.judge
    "plain": {"exercise", "functions"},
    "observing": {"exercise", "plain"},
    "patterns": set(),
    "comparing": {"exercise", "observing", "patterns"},
    "judging": {"comparing", "exercise", "observing", "patterns"},
    "plots": {"plots"},
    "data": {"data"},
    "nn": {"nn", "reference"},
    "detecting": {"data", "nn", "reference"},
    "slicing": set(),
    "store": {"exercise"},
    "display": {"exercise"},
}


def _imported_rooms(path: Path):
    """Return the rooms of coursekit that a module imports, and the packages from outside."""
    rooms, packages = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:  # from . import x, from .y import z
                package = path.relative_to(ROOT).parts[: -node.level]
                base = ".".join([*package, *([base] if base else [])])
            names = [base]
            if base == "coursekit":
                names = [f"coursekit.{alias.name}" for alias in node.names]
        for name in names:
            head, *rest = name.split(".")
            if head == "coursekit":
                rooms.update(rest[:1])
            elif head not in sys.stdlib_module_names:
                packages.add(head)
    return rooms, packages


def _modules(room: str):
    base = ROOT / "coursekit" / room
    return sorted(base.rglob("*.py")) if base.is_dir() else [base.with_suffix(".py")]


@pytest.mark.parametrize("room", ALLOWED)
def test_imports_go_downwards(room):
    for path in _modules(room):
        rooms, _ = _imported_rooms(path)
        assert rooms <= ALLOWED[room], f"{path.relative_to(ROOT)} imports {rooms - ALLOWED[room]}"


@pytest.mark.parametrize("room", ["reference", "functions", "nn"])
def test_what_computes_needs_numpy_only(room):
    allowed = {"numpy", "tqdm"} if room == "nn" else {"numpy"}
    for path in _modules(room):
        _, packages = _imported_rooms(path)
        assert packages <= allowed, f"{path.relative_to(ROOT)} imports {packages - allowed}"


def test_only_explorers_import_widgets():
    for path in sorted((ROOT / "coursekit").rglob("*.py")):
        _, packages = _imported_rooms(path)
        if "explorers" not in path.parts:
            assert not packages & {"ipywidgets", "anywidget"}, path


# Besides the declared dependencies: what an extra brings, and what stands in the sandbox's folder.
ELSEWHERE = {"distributed": "the extra cluster", "confine": "grading", "answering": "grading"}
CALLED = {"pillow": "PIL", "ipython": "IPython"}  # a package whose module has another name


def test_every_package_that_coursekit_imports_is_declared():
    declared = {re.match(r"[\w.-]+", each)[0] for each in PYPROJECT["project"]["dependencies"]}
    modules = {CALLED.get(name, name) for name in declared} | set(ELSEWHERE)
    for path in sorted((ROOT / "coursekit").rglob("*.py")):
        _, packages = _imported_rooms(path)
        assert packages <= modules, f"{path.relative_to(ROOT)} imports {packages - modules}"


def test_what_running_leaves_behind_is_ignored_by_git(tmp_path):
    left = ["progress.json", "progress.broken-1764.json", ".progress.lock", "autograder.zip"]
    left += [".venv", ".progress-x1y2"]
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    for folder in (tmp_path, tmp_path / "notebooks"):
        folder.mkdir(exist_ok=True)
        for name in left:
            (folder / name).touch()
    seen = subprocess.run(
        ["git", "status", "--short", "-uall"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.split() == ["??", ".gitignore"]


def test_all_notebooks_together_stay_small():
    assert sum(path.stat().st_size for path in (ROOT / "notebooks").glob("*.ipynb")) < 10_000_000


def test_no_file_beside_the_notebooks_shadows_a_module():
    taken = set(sys.stdlib_module_names) | {"numpy", "matplotlib", "coursekit", "IPython"}
    assert not {path.stem for path in (ROOT / "notebooks").iterdir()} & taken


def test_what_a_card_says_has_no_stars():
    """Hints, diagnoses and quizzes are shown as they stand: a *word* would keep its stars."""
    sentences = []
    for exercise in load().values():
        sentences += [*exercise.hints, *(mistake.diagnosis for mistake in exercise.mistakes)]
    for question in chain.from_iterable(questions().values()):
        sentences += [
            question.text,
            *(part for c in question.choices for part in (c.text, c.reply)),
        ]
    starred = [each for each in sentences if re.search(r"(?<![\w*)\]])\*[a-z]+\*(?!\w)", each)]
    assert not starred
