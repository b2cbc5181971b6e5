"""Recognise code that is the same but for its names, comments and layout."""

from __future__ import annotations

import ast
import hashlib

SMALL = 40  # parts; below this, two right answers are alike by nature


def fingerprint(tree: ast.AST) -> tuple[str, int]:
    """Return a hash of a program with all names made alike, and how many parts it has.

    >>> one, other = ast.parse("def f(a):\\n    return a + 1"), ast.parse("def g(x): return x + 1")
    >>> fingerprint(one) == fingerprint(other)
    True
    """
    parts: list[str] = []
    numbers: dict[str, str] = {}
    stack: list = [tree]
    while stack:  # depth first, without recursion: a student's code may be nested deeply
        item = stack.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        parts.append(type(item).__name__)
        following: list = []
        for field in item._fields:
            value = getattr(item, field, None)
            if value is None or field in LEFT_OUT:
                continue
            if isinstance(value, ast.AST):
                following.append(value)
            elif isinstance(value, list):
                if field == "body" and len(value) > 1 and _is_text(value[0]):
                    value = value[1:]  # a docstring
                following += [
                    each if isinstance(each, ast.AST) else _name(each, numbers) for each in value
                ]
                following.append(")")
            elif field in ("id", "arg", "name"):
                following.append(_name(value, numbers))
            else:
                following.append(repr(value))
        stack += reversed(following)
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16], len(parts)


LEFT_OUT = {"decorator_list", "returns", "annotation", "type_comment", "kind", "ctx"}


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _name(value, numbers: dict[str, str]) -> str:
    return numbers.setdefault(value, f"n{len(numbers)}") if isinstance(value, str) else repr(value)
