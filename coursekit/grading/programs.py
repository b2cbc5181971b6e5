"""Take from a submission the program of one exercise: its function and what that depends on."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass

from coursekit.grading.submission import Broken, Statement, Submission

REFERENCE = "coursekit.reference"
TEMPLATE = {  # what the lessons import, for a notebook whose first cell is gone
    "np": "import numpy as np",
    "numpy": "import numpy",
    "plt": "import matplotlib.pyplot as plt",
    "tqdm": "from tqdm.auto import tqdm",
    "trange": "from tqdm.auto import trange",
    "images": "from coursekit.plots import images",
    "plots": "from coursekit import plots",
    "display": "from IPython.display import display",
    "Markdown": "from IPython.display import Markdown",
    **{
        name: f"from coursekit import {name}"
        for name in (
            *("check", "hint", "predict", "progress", "quiz", "solution", "spot_the_bug"),
            *("data", "detecting", "functions", "nn", "reference"),
        )
    },
}
BUILT_IN = frozenset({"display"})  # there in every notebook, without an import


@dataclass(frozen=True)
class Slice:
    """What one exercise's answer consists of.

    Attributes:
        statements: in the order of the notebook; empty where there is no answer.
        answer: the statement that defines the function, or None.
        uses: other exercises whose functions, written in this notebook, the answer needs.
        imports: pairs (bound name, name) that the answer takes from ``coursekit.reference``.
        notes: what the instructor should know, such as "defined twice".
        broken: the cell with a syntax error that holds the answer, where there is no other.
        template: imports of the lesson that the answer needs, and that the notebook has lost.
    """

    statements: tuple[Statement, ...] = ()
    answer: Statement | None = None
    uses: frozenset[str] = frozenset()
    imports: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    broken: Broken | None = None
    template: tuple[str, ...] = ()


def slice_exercise(
    submission: Submission,
    name: str,
    known: Collection[str],
    given: Collection[str] = (),
) -> Slice:
    """Return the program of the exercise ``name``.

    ``known`` are the exercises of the course: of each, the last definition that is not a stub
    counts.  Names in ``given`` come from elsewhere, so their definitions stay out.
    """
    answer, count = submission.index.answer(name)
    broken = [each for each in submission.broken if name in each.defines]
    if answer is None:
        return Slice(broken=broken[-1] if broken else None)
    notes = []
    if count > 1:
        notes.append(f"defined {count} times: the last one counts")
    if answer in submission.aside:
        if broken:
            return Slice(broken=broken[-1])
        notes.append(f"taken from {answer.cell}, which is not a code cell")
    elif broken:
        notes.append(f"another definition, in {broken[-1].cell}, has a syntax error")

    index, hidden = submission.index, {name, *given}
    chosen, uses, wanted, seen = set(), set(), set(), set(known)
    todo = [answer, *(each for each in index.always if name not in each.binds)]
    while todo:
        each = todo.pop()
        if each in chosen:
            continue
        chosen.add(each)
        for other in each.needs - hidden - wanted:
            wanted.add(other)
            if other in known:  # of a function of the course, one definition
                uses.add(other)
                definition, _ = index.answer(other)
                found = () if definition is None else (definition,)
            else:
                found = (e for e in index.giving(other, seen) if name not in e.binds)
            todo += found
    bound = {other for each in chosen for other in each.binds}
    for other in uses - bound:  # only a stub, or an import from the references
        chosen.update(index.binding.get(other, ()))
    ordered = tuple(each for each in index.pool if each in chosen)
    imports = tuple(
        (alias.asname or alias.name, alias.name)
        for each in ordered
        if isinstance(each.node, ast.ImportFrom)
        and f"{each.node.module}.".startswith(f"{REFERENCE}.")
        for alias in each.node.names
    )
    taken = {bound for bound, _ in imports}
    bound = {other for each in ordered for other in each.binds}
    lacking = [TEMPLATE[other] for other in sorted(wanted - bound) if other in TEMPLATE]
    forgotten = sorted((wanted - bound) & TEMPLATE.keys() - BUILT_IN)
    if forgotten and "*" not in bound:
        notes.append(f"imported nowhere, so taken from the lesson: {', '.join(forgotten)}")
    return Slice(
        ordered, answer, frozenset(uses - taken), imports, tuple(notes), template=tuple(lacking)
    )
