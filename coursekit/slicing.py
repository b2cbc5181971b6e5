"""Take from a program what one name depends on, and nothing else.

The slice of a name is the statements at top level that bind it, and those that bind what these use,
and so on, in the order of the program.  The grader slices a student's notebook by it; the builder
slices a reference with its helpers.

>>> program = ast.parse("import math\\nr = 2\\nprint(r)\\ndef area():\\n    return math.pi * r * r")
>>> print(ast.unparse(slice_of(program.body, {"area"})))
import math
r = 2
<BLANKLINE>
def area():
    return math.pi * r * r
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Sequence


def bound_names(statement: ast.stmt) -> set[str]:
    """Return the names that a statement at top level gives a value ("*" for a star import)."""
    names: set[str] = set()
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    for node in _own_scope(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            or (isinstance(node, ast.ExceptHandler) and node.name)
            or (isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name)
        ):
            names.add(node.name)
        elif isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            root = node.value  # x[0] = 1, x.y = 2 and x += 1 at top level change what x is
            while isinstance(root, (ast.Subscript, ast.Attribute)):
                root = root.value
            if isinstance(root, ast.Name):
                names.add(root.id)
    return names


def used_names(statement: ast.AST) -> set[str]:
    """Return every name that a statement reads, in any scope: too many rather than too few."""
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    } | {
        name for node in ast.walk(statement) if isinstance(node, ast.Global) for name in node.names
    }


def free_names(text: str) -> set[str]:
    """Return the names that a program reads at top level or as globals in any scope within.

    Unlike ``used_names`` it knows the scopes: a function's own variable is not free.

    >>> sorted(free_names("def f(x, w=start):\\n    return x * scale"))
    ['scale', 'start']
    """
    names: set[str] = set()
    tables = [symtable.symtable(text, "cell", "exec")]
    while tables:
        table = tables.pop()
        top = table.get_type() == "module"
        function = isinstance(table, symtable.Function)  # one that knows its globals at once
        symbols = map(table.lookup, table.get_globals()) if function else table.get_symbols()
        names.update(
            symbol.get_name()
            for symbol in symbols
            if (symbol.is_referenced() and (top or symbol.is_global()))
            or symbol.is_declared_global()  # global x; x += 1 reads x, which the table hides
        )
        tables += table.get_children()
    return names


def slice_of(
    statements: Sequence[ast.stmt], names: Iterable[str], given: Iterable[str] = ()
) -> ast.Module:
    """Return the statements that ``names`` depend on; names in ``given`` come from elsewhere."""
    bound = [bound_names(statement) for statement in statements]
    used = [used_names(statement) for statement in statements]
    given = set(given)
    wanted = set(names) - given
    kept: set[int] = set()
    grown = True
    while grown:
        grown = False
        for index, gives in enumerate(bound):
            if index not in kept and (gives & wanted or "*" in gives):
                kept.add(index)
                wanted |= used[index] - given
                grown = True
    return ast.Module([statements[index] for index in sorted(kept)], [])


def _own_scope(statement: ast.AST):
    """Walk a statement without entering functions, classes, lambdas and comprehensions."""
    todo = [statement]
    while todo:  # without recursion: a student's code may be nested deeply
        node = todo.pop()
        yield node
        if node is not statement and isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ):
            continue
        todo += (
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(
                child, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
            )
        )
