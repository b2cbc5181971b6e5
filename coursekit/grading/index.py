"""Find the statements of a notebook by what they give: a name's value, or a change to it.

A change is often out of sight: ``heappush(queue, 1)``, ``fill(table)`` or ``setup()`` bind no name.
So the index knows the methods and functions that change what they get, and looks into the
notebook's own functions.  It takes in too much rather than too little: a statement that was not
needed costs a moment, one that is lacking costs a right answer.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property

IMPORT = (ast.Import, ast.ImportFrom)
# methods that change their owner
METHODS = frozenset({
    "add", "append", "appendleft", "clear", "difference_update", "discard", "extend",
    "extendleft", "fill", "insert", "intersection_update", "itemset", "move_to_end",
    "partition", "pop", "popitem", "popleft", "put", "remove", "resize", "reverse", "rotate",
    "setdefault", "setflags", "sort", "symmetric_difference_update", "update",
})  # fmt: skip
# functions that change their first argument, by the last part of their names
FUNCTIONS = frozenset({
    "at", "copyto", "delattr", "fill_diagonal", "heapify", "heappop", "heappush", "heappushpop",
    "heapreplace", "insort", "insort_left", "insort_right", "place", "put", "put_along_axis",
    "putmask", "setattr", "shuffle",
})  # fmt: skip


class Index:
    """The statements of a submission: code cells first, and what retyped cells have beyond them."""

    def __init__(self, statements: Sequence, aside: Sequence):
        self.statements, self.aside = statements, aside
        self._answers: dict[str, tuple] = {}

    @cached_property
    def pool(self) -> list:
        """The code cells' statements, and from retyped cells what no code cell gives."""
        settled = {
            name for each in self.statements for name in each.binds if not each.is_stub(name)
        }
        return [*self.statements, *(each for each in self.aside if not each.binds & settled)]

    @cached_property
    def always(self) -> list:
        """The statements that every program needs."""
        return [each for each in self.pool if each.always]

    def answer(self, name: str):
        """Return the definition of ``name`` that counts, and how many there are."""
        if name not in self._answers:
            self._answers[name] = self._find(name)
        return self._answers[name]

    def _find(self, name: str):
        for binding, aside in ((self._code, False), (self._retyped, True)):
            there = binding.get(name, ())
            written = [each for each in there if each.defines(name) and not each.is_stub(name)]
            if written:
                return written[-1], len(written)
            assigned = [
                each
                for each in there
                if not each.defines(name) and not isinstance(each.node, IMPORT)
            ]
            if assigned and not aside:
                return assigned[-1], 1
        return None, 0

    @cached_property
    def _code(self) -> dict[str, list]:
        return _by_name((each.binds, each) for each in self.statements)

    @cached_property
    def _retyped(self) -> dict[str, list]:
        return _by_name((each.binds, each) for each in self.aside)

    @cached_property
    def binding(self) -> dict[str, list]:
        """Name → the statements of the pool that bind it."""
        return _by_name((each.binds, each) for each in self.pool)

    def giving(self, name: str, seen: set[str]) -> Iterator:
        """Yield the statements that bind or change ``name``, also by way of a function.

        Functions in ``seen`` are left out; those that were looked at are added to it.
        """
        yield from self._giving.get(name, ())
        todo = [*self._changers.get(name, ())]
        while todo:
            function = todo.pop()
            if function not in seen:
                seen.add(function)
                yield from self._callers.get(function, ())
                todo += self._calling.get(function, ())

    @cached_property
    def _functions(self) -> dict[str, ast.FunctionDef]:
        nodes = (each.node for each in self.pool)
        return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}

    @cached_property
    def _at_work(self) -> dict[str, ast.FunctionDef]:
        """The functions that run where statements stand, at first hand or not: few, as a rule."""
        found, todo = {}, [*self._callers]
        while todo:
            name = todo.pop()
            if name in self._functions and name not in found:
                found[name] = self._functions[name]
                todo += {called for part in found[name].body for called in _called(part)}
        return found

    @cached_property
    def _imported(self) -> frozenset[str]:
        return frozenset(
            name for each in self.pool if isinstance(each.node, IMPORT) for name in each.binds
        )

    @cached_property
    def _giving(self) -> dict[str, list]:
        return _by_name(
            (each.binds | (changed(each.node, self._parameters) - self._imported), each)
            for each in self.pool
        )

    @cached_property
    def _parameters(self) -> dict[str, list[tuple[int, str]]]:
        """Function → the parameters (place, name) that it changes."""
        found = {}
        for name, node in self._at_work.items():
            arguments = [*node.args.posonlyargs, *node.args.args]
            touched = _touched(node)
            places = [(n, each.arg) for n, each in enumerate(arguments) if each.arg in touched]
            if places:
                found[name] = places
        return found

    @cached_property
    def _changers(self) -> dict[str, list[str]]:
        """Name → the functions that change it where they are called."""
        return _by_name((_outer_changes(node), name) for name, node in self._at_work.items())

    @cached_property
    def _callers(self) -> dict[str, list]:
        """Function → the statements that call it where they stand."""
        return _by_name((_called(each.node) & self._functions.keys(), each) for each in self.pool)

    @cached_property
    def _calling(self) -> dict[str, list[str]]:
        """Function → the functions that call it."""
        return _by_name(
            ({name for part in node.body for name in _called(part)}, function)
            for function, node in self._at_work.items()
        )


def changed(node: ast.AST, parameters: dict[str, list[tuple[int, str]]] | None = None) -> set[str]:
    """Return the names that a statement changes where it stands, without giving them a new value.

    ``parameters`` are those that the program's own functions change.

    >>> sorted(changed(ast.parse("for i in range(3):\\n    table[i].append(heappop(queue))")))
    ['queue', 'table']
    """
    names: set[str] = set()
    loops: dict[str, set[str]] = {}
    for part in _running(node):
        if isinstance(part, (ast.For, ast.AsyncFor)):
            sources = {n.id for n in ast.walk(part.iter) if isinstance(n, ast.Name)}
            for target in ast.walk(part.target):
                if isinstance(target, ast.Name):
                    loops.setdefault(target.id, set()).update(sources)
        if not isinstance(part, ast.Call):
            continue
        function = part.func
        last = getattr(function, "attr", getattr(function, "id", ""))
        touched = [word.value for word in part.keywords if word.arg == "out"]
        if isinstance(function, ast.Attribute) and last in METHODS:
            touched.append(function.value)
        if last in FUNCTIONS:
            touched += part.args[:1]
        for place, name in (parameters or {}).get(last, ()) if part.args or part.keywords else ():
            touched += part.args[place : place + 1]
            touched += [word.value for word in part.keywords if word.arg == name]
        names.update(filter(None, map(_root, touched)))
    for name in tuple(names):  # what a loop runs over is changed by way of its variable
        names |= loops.get(name, set())
    return names


def _touched(function: ast.FunctionDef) -> set[str]:
    """Return the names whose values the body of a function changes, by a call or ``x[i] = …``."""
    names: set[str] = set()
    for part in function.body:
        names |= changed(part)
        names.update(
            filter(
                None,
                (
                    _root(each)
                    for each in _running(part)
                    if isinstance(each, (ast.Subscript, ast.Attribute))
                    and isinstance(each.ctx, (ast.Store, ast.Del))
                ),
            )
        )
    return names


def _outer_changes(function: ast.FunctionDef) -> set[str]:
    """Return the names outside a function that calling it changes."""
    declared = {
        name for each in ast.walk(function) if isinstance(each, ast.Global) for name in each.names
    }
    mine = {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)}
    for part in function.body:
        for each in _running(part):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                mine.add(each.id)
    return declared | (_touched(function) - mine)


def _called(node: ast.AST) -> set[str]:
    """Return the names of the functions that are called where a statement stands."""
    names = set()
    for part in _running(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
            names.add(part.func.id)
        for decorator in getattr(part, "decorator_list", ()):
            if isinstance(decorator, ast.Name):
                names.add(decorator.id)
    return names


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs where a statement stands: not the bodies of the functions that it defines."""
    todo: list[ast.AST] = [node]
    while todo:
        part = todo.pop()
        yield part
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            todo += [*part.decorator_list, *part.args.defaults]
            todo += filter(None, part.args.kw_defaults)
        elif not isinstance(part, ast.Lambda):
            todo += ast.iter_child_nodes(part)


def _root(node: ast.AST) -> str | None:
    """Return the name that an expression such as ``table[0].rows`` begins with."""
    while isinstance(node, (ast.Subscript, ast.Attribute, ast.Call, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _by_name(pairs) -> dict[str, list]:
    found: dict[str, list] = {}
    for names, each in pairs:
        for name in names:
            found.setdefault(name, []).append(each)
    return found
