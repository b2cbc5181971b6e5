"""Read a notebook, in whatever state it comes, into statements that can be sliced.

Nothing here runs anything.  A notebook that Jupyter can open is read; so are older formats, other
encodings, shuffled, repeated and retyped cells.  What can't be read raises ``Unreadable`` with the
reason, in words for the student.
"""

from __future__ import annotations

import ast
import json
import os
import re
import stat
import warnings
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from coursekit.grading.index import Index
from coursekit.slicing import bound_names, free_names

MAX_BYTES = 64 * 2**20
MAX_CODE = 2 * 2**20
MAX_STATEMENTS = 20_000
MAX_CELLS = 10_000
REMEMBERED = 10_000  # characters of a cell
MAX_VALUES = 4_000_000  # in the JSON, outputs and all: each takes some 60 bytes of memory


class Unreadable(ValueError):
    """The file is not a notebook that can be read; the message says why."""


@dataclass(frozen=True)
class Statement:
    """A statement at top level: where it stands, its text, and its syntax tree.

    Attributes:
        binds: the names that it gives a value ("*" for a star import).
        needs: the names that must have a value before it, or what it defines, can run.
    """

    cell: str
    line: int
    text: str
    node: ast.stmt = field(repr=False, compare=False)
    binds: frozenset[str] = field(repr=False, compare=False)
    needs: frozenset[str] = field(repr=False, compare=False)

    @property
    def always(self) -> bool:
        """Tell whether every program needs this: a star import, or one from the future."""
        return "*" in self.binds or getattr(self.node, "module", None) == "__future__"

    def defines(self, name: str) -> bool:
        """Tell whether a function of this name is written here (at top level, or under an if)."""
        return name in self.binds and any(
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name
            for node in ast.walk(self.node)
        )

    def is_stub(self, name: str) -> bool:
        """Tell whether this is the function as it was handed out: nothing done yet."""
        return (
            isinstance(self.node, ast.FunctionDef)
            and self.node.name == name
            and all(_does_nothing(line) for line in self.node.body)
        )


@dataclass(frozen=True)
class Broken:
    """A cell that is not Python: its text, and what is wrong in which line."""

    cell: str
    text: str
    reason: str
    line_number: int | None
    line: str

    @cached_property
    def defines(self) -> frozenset[str]:
        """The names of the functions that are begun here."""
        return frozenset(re.findall(r"^[ \t]*(?:async\s+)?def\s+(\w+)", self.text, re.M))


@dataclass(frozen=True)
class Submission:
    """The code of a notebook.

    Attributes:
        statements: of the code cells, in the order of the notebook.
        aside: of other cells that hold functions: code cells that were retyped.
        broken: code cells with a syntax error.
    """

    statements: tuple[Statement, ...]
    aside: tuple[Statement, ...] = ()
    broken: tuple[Broken, ...] = ()

    def names(self) -> set[str]:
        """Return every name that the notebook gives a value of its own, or tries to."""
        bound = {
            name
            for each in (*self.statements, *self.aside)
            if not isinstance(each.node, (ast.Import, ast.ImportFrom))
            for name in each.binds
        }
        return bound.union(*(each.defines for each in self.broken))

    @cached_property
    def index(self) -> Index:
        """The statements by what they give."""
        return Index(self.statements, self.aside)


def read_bytes(path: Path) -> bytes:
    """Return the content of a submitted file.

    Raises:
        Unreadable: if it is no ordinary file, is larger than ``MAX_BYTES``, or can't be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if path.is_symlink():
        raise Unreadable("this is a link to another file; hand in the notebook itself")
    try:
        with open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("this is no ordinary file")
            if status.st_size > MAX_BYTES:
                raise Unreadable(
                    f"the file has {status.st_size / 2**20:.0f} MB; {MAX_BYTES // 2**20} MB are "
                    "the most. Clear the outputs (menu Edit, Clear Outputs of All Cells), and save"
                )
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"the file can't be opened: {error.strerror or error}") from None


def read(content: bytes) -> Submission:
    """Return the code of a notebook.

    Raises:
        Unreadable: if it is not a notebook.
    """
    cells = _cells(_parse(content))
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"the notebook has {len(cells)} cells; {MAX_CELLS} are the most")
    statements: list[Statement] = []
    aside: list[Statement] = []
    broken: list[Broken] = []
    room = MAX_CODE
    for number, (kind, source) in enumerate(cells, 1):
        room -= len(source)
        if room < 0:
            raise Unreadable(f"the notebook has more than {MAX_CODE // 2**20} MB of code")
        if kind == "code":
            found = _statements(source, f"cell {number}")
            if isinstance(found, Broken):
                broken.append(found)
            else:
                statements += found
        elif "def " in source:
            for text in (source, *re.findall(r"^```[^\n]*\n(.*?)^```", source, re.M | re.S)):
                found = _statements(text, f"cell {number}")
                if not isinstance(found, Broken):
                    aside += found
        if len(statements) + len(aside) > MAX_STATEMENTS:
            raise Unreadable(f"the notebook has more than {MAX_STATEMENTS} statements")
    return Submission(tuple(statements), tuple(aside), tuple(broken))


def _parse(content: bytes) -> Any:
    if not content.strip():
        raise Unreadable("the file is empty")
    if content.count(b",") + content.count(b"{") + content.count(b"[") > MAX_VALUES:
        raise Unreadable(
            f"the file holds more than {MAX_VALUES} values. Clear the outputs (menu Edit, Clear "
            "Outputs of All Cells), and save"
        )
    try:
        return json.loads(_decode(content), strict=False)
    except RecursionError:
        raise Unreadable("the file is nested too deeply to be a notebook") from None
    except ValueError as error:
        raise Unreadable(f"the file is not a notebook: it is no valid JSON ({error})") from None


def _decode(content: bytes) -> str:
    """Turn bytes into text.  Code is ASCII in all of these: a wrong guess hurts no code."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig")):
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    return content.decode("latin-1")


def _cells(notebook: Any) -> list[tuple[str, str]]:
    """Return (kind, source) of every cell, for the formats 2, 3 and 4."""
    if not isinstance(notebook, dict):
        raise Unreadable(f"the file holds a JSON {type(notebook).__name__}, not a notebook")
    places = [notebook]
    if isinstance(notebook.get("worksheets"), list):
        places += [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
    if not any(isinstance(place.get("cells"), list) for place in places):
        raise Unreadable("the file has no cells, so it is not a notebook")
    found = []
    for place in places:
        cells = place.get("cells")
        for cell in cells if isinstance(cells, list) else []:
            if not isinstance(cell, dict):
                continue
            source = cell.get("source", cell.get("input", ""))
            if isinstance(source, list):
                source = "".join(line for line in source if isinstance(line, str))
            if isinstance(source, str):
                kind = cell.get("cell_type", "code")
                found.append((kind if isinstance(kind, str) else "code", source))
    return found


def _statements(source: str, cell: str) -> list[Statement] | Broken:
    """Take a cell apart.  What a lesson gives stands in every notebook, and is remembered."""
    taken = _taken_apart if len(source) <= REMEMBERED else _taken_apart.__wrapped__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in a student's string is not our business
        found = taken(source)
    if isinstance(found, Broken):
        return replace(found, cell=cell)
    return [replace(each, cell=cell) for each in found]


@lru_cache(maxsize=256)
def _taken_apart(source: str) -> tuple[Statement, ...] | Broken:
    """Take a cell apart.  What IPython adds to Python (%, !, ?) is put aside first."""
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "").replace("\0", "")
    source = source.encode("utf-8", "replace").decode()
    try:
        tree = ast.parse(source)
    except SyntaxError as first:
        try:
            source = without_magics(source)
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return Broken("", source, first.msg, first.lineno, (first.text or "").strip()[:200])
    except (ValueError, RecursionError, MemoryError) as error:
        reason = "it is nested too deeply" if not isinstance(error, ValueError) else str(error)
        return Broken("", source, reason, None, "")
    lines = [line.encode() for line in source.split("\n")]
    try:
        return tuple(_statement(node, lines) for node in tree.body)
    except (RecursionError, MemoryError):
        return Broken("", source, "it is nested too deeply", None, "")
    except SyntaxError as error:  # only the compiler sees it: an argument that comes twice, say
        return Broken("", source, error.msg, None, (error.text or "").strip()[:200])


def _statement(node: ast.stmt, lines: list[bytes]) -> Statement:
    """Return the statement that stands at ``node`` in the lines of a cell.

    Raises:
        RecursionError, MemoryError, SyntaxError: where only the compiler sees that it can't be.
    """
    decorators = getattr(node, "decorator_list", [])
    start = min((node, *decorators), key=lambda each: (each.lineno, each.col_offset))
    first, column = start.lineno, start.col_offset - (start is not node)  # the @ itself
    if start is not node:
        column = lines[first - 1].rfind(b"@", 0, start.col_offset)
    part = lines[first - 1 : node.end_lineno]
    part[-1] = part[-1][: node.end_col_offset]
    part[0] = part[0][max(column, 0) :]
    text = b"\n".join(part).decode()
    binds = frozenset() if isinstance(node, ast.Delete) else frozenset(bound_names(node))
    return Statement("", first, text, node, binds, frozenset(free_names(text)))


OTHER_LANGUAGES = frozenset({
    "!", "R", "SVG", "bash", "cmd", "cython", "file", "html", "javascript", "js", "julia",
    "latex", "markdown", "perl", "ruby", "script", "sh", "sql", "svg", "system", "sx",
    "writefile",
})  # fmt: skip


def without_magics(source: str) -> str:
    """Return a cell with the lines that only IPython understands put aside, line for line.

    >>> print(without_magics("%matplotlib inline\\nx = 1\\n!ls"))
    pass
    x = 1
    pass
    """
    head = re.match(r"\s*%%(\w+)[^\n]*", source)
    if head:  # a cell magic: most run their body as Python, some hold another language
        if head[1] in OTHER_LANGUAGES:
            return ""
        source = (
            "pass" + source[head.end() :]
            if not source[: head.start(1)].count("\n")
            else (source.replace(head[0].strip(), "pass", 1))
        )
    lines, quoted, goes_on = [], False, False
    for line in source.split("\n"):
        if goes_on:  # the rest of a magic or shell line that ended with a backslash
            goes_on = line.endswith("\\")
            lines.append("")
            continue
        if not quoted:
            line, before = _without_magic(line), line
            goes_on = line != before and before.endswith("\\") and not line.endswith("\\")
        for mark in re.findall(r"\"\"\"|'''", line):
            quoted = mark if not quoted else (False if mark == quoted else quoted)
        lines.append(line)
    return "\n".join(lines)


def _without_magic(line: str) -> str:
    timed = re.match(r"(\s*)%time\s+(.+)", line)
    if timed:
        return timed[1] + timed[2]
    line = re.sub(r"^(\s*)(%|!|\?).*", r"\1pass", line)
    line = re.sub(r"^([ \t]*[\w.][\w., ]*=[ \t]*)(%|!).*", r"\1None", line)
    return re.sub(r"^(\s*)[\w.]+\?\??\s*$", r"\1pass", line)


def _does_nothing(node: ast.stmt) -> bool:
    """Tell whether a statement is a docstring, ``pass``, ``...`` or "not implemented"."""
    if isinstance(node, ast.Raise) and node.exc is not None:
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
