"""Hand a reference to a program that builds on another exercise: never the one that is graded.

In a notebook, ``@check`` replaces a function that does not pass yet by the reference, so that the
rest of the lesson runs.  Grading does the same: an answer that fails because the student's *other*
function is wrong is judged again with the reference in the other's place.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from functools import cache

from coursekit.exercise import Exercise
from coursekit.exercises import load
from coursekit.order import lesson_order
from coursekit.slicing import slice_of


@cache
def reference_text(name: str) -> tuple[str, frozenset[str]]:
    """Return the reference of an exercise as one text that stands alone, and what it defines.

    Functions of other reference modules that it calls are written out before it; the decorators
    that check a caller's input are left out.
    """
    function = inspect.unwrap(load()[name].reference)
    pieces: dict[tuple[str, int], str] = {}
    defined: dict[str, str] = {}
    imports: set[str] = set()
    todo = [(function.__module__, name)]
    done = set()
    while todo:
        module, wanted = todo.pop()
        if (module, wanted) in done:
            continue
        done.add((module, wanted))
        statements, lines = _module(module)
        for node in slice_of(statements, {wanted}).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for home, alias in _from_references(node, module):
                    if alias.asname not in (None, alias.name):
                        raise ValueError(f"{module} renames {alias.name}: {name} can't be lent")
                    todo.append((home, alias.name))
                if not _from_references(node, module):
                    imports.add(ast.unparse(node))
                continue
            pieces[module, node.lineno] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            if not isinstance(node, ast.FunctionDef):
                continue
            if defined.setdefault(node.name, module) != module:
                raise ValueError(f"{node.name} is in {module} and in {defined[node.name]}")
    future = sorted(line for line in imports if "__future__" in line)
    text = "\n".join([*future, *sorted(imports - set(future))])
    return text + "\n\n" + "\n\n".join(pieces[key] for key in sorted(pieces)), frozenset(defined)


@cache
def _module(name: str) -> tuple[list[ast.stmt], list[str]]:
    source = inspect.getsource(importlib.import_module(name))
    body = ast.parse(source).body
    for node in body:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []
    kept = [
        node
        for node in body
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    return kept, source.splitlines()


def _from_references(node: ast.stmt, module: str) -> list[tuple[str, ast.alias]]:
    """Return (module, alias) of every function that an import takes from the references."""
    if not isinstance(node, ast.ImportFrom):
        return []
    home = node.module or ""
    if node.level:
        home = ".".join([*module.split(".")[: -node.level], *([home] if home else [])])
    return [(home, alias) for alias in node.names] if home.startswith("coursekit.reference") else []


def may_lend(name: str, to: str) -> bool:
    """Tell whether the reference of one exercise may stand in an answer to another.

    It must not contain the reference of the exercise that is graded, and must come earlier in the
    course (or be what that exercise's own reference builds on).
    """
    known: dict[str, Exercise] = load()
    if name == to or name not in known or to not in known:
        return False
    _, contained = reference_text(name)
    if to in contained:
        return False
    if known[name].lesson != known[to].lesson:
        return known[name].lesson < known[to].lesson
    order = lesson_order(known[to].lesson)
    if name in order and to in order:
        return order.index(name) < order.index(to)
    return name in reference_text(to)[1]
