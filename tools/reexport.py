"""Write coursekit/reference/__init__.py anew: every public function of the topics, by name.

    python tools/reexport.py

A name is public if it has no leading underscore; modules of checks are not re-exported.
"""

import ast
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "coursekit" / "reference"
DOC = "The reference implementations: NumPy only, forward beside backward, written to be read."
CHECKS_OF_INPUT = "_checks"  # such modules are not part of the course's text


def exported(path: Path) -> list[str]:
    """Return the public functions that a module defines."""
    return sorted(
        node.name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    )


def text() -> str:
    topics = {
        path.stem: exported(path)
        for path in sorted(FOLDER.glob("*.py"))
        if path.stem != "__init__"
        and (path.stem == "gradient_checks" or not path.stem.endswith(CHECKS_OF_INPUT))
    }
    lines = [f'"""{DOC}\n\nWritten by ``python tools/reexport.py``, never by hand.\n"""', ""]
    for topic, names in topics.items():
        lines += [f"from coursekit.reference.{topic} import (", *(f"    {n}," for n in names), ")"]
    everything = sorted(name for names in topics.values() for name in names)
    lines += ["", "__all__ = [", *(f'    "{name}",' for name in everything), "]", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    (FOLDER / "__init__.py").write_text(text(), encoding="utf-8")
