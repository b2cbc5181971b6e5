"""Take from a submission the program of one exercise: its function and what that depends on."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass

from coursekit.grading.submission import Broken, Statement, Submission

REFERENCE = "coursekit.reference"


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
    """

    statements: tuple[Statement, ...] = ()
    answer: Statement | None = None
    uses: frozenset[str] = frozenset()
    imports: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    broken: Broken | None = None


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
    answer, count = _answer(submission, name)
    broken = [each for each in submission.broken if each.mentions(name)]
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

    pool = _pool(submission)
    chosen, uses = {answer}, set()
    wanted = set(answer.needs) - {name, *given}
    grown = True
    while grown:
        grown = False
        for other in wanted & set(known) - uses:  # of a function of the course, one definition
            uses.add(other)
            definition, _ = _answer(submission, other)
            if definition is not None and definition not in chosen:
                chosen.add(definition)
                wanted |= definition.needs - {name, *given}
                grown = True
        ordinary = wanted - uses
        for each in pool:
            if each not in chosen and (each.gives & ordinary or each.always):
                if name in each.binds:
                    continue
                chosen.add(each)
                wanted |= each.needs - {name, *given}
                grown = True
    bound = {other for each in chosen for other in each.binds}
    for other in uses - bound:  # only a stub, or an import from the references
        chosen.update(each for each in pool if other in each.binds)
    ordered = tuple(each for each in pool if each in chosen)
    imports = tuple(
        (alias.asname or alias.name, alias.name)
        for each in ordered
        if isinstance(each.node, ast.ImportFrom)
        and f"{each.node.module}.".startswith(f"{REFERENCE}.")
        for alias in each.node.names
    )
    taken = {bound for bound, _ in imports}
    return Slice(ordered, answer, frozenset(uses - taken), imports, tuple(notes))


def _answer(submission: Submission, name: str) -> tuple[Statement | None, int]:
    """Return the definition of ``name`` that counts, and how many there are."""
    for statements in (submission.statements, submission.aside):
        written = [each for each in statements if each.defines(name) and not each.is_stub(name)]
        if written:
            return written[-1], len(written)
        assigned = [
            each
            for each in statements
            if name in each.binds
            and not each.defines(name)
            and not isinstance(each.node, (ast.Import, ast.ImportFrom))
        ]
        if assigned and statements is submission.statements:
            return assigned[-1], 1
    return None, 0


def _pool(submission: Submission) -> list[Statement]:
    """Return the code cells' statements, and from retyped cells what no code cell gives."""
    settled = {
        name for each in submission.statements for name in each.binds if not each.is_stub(name)
    }
    return [*submission.statements, *(e for e in submission.aside if not e.binds & settled)]
