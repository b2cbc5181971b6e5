"""What passes between the grader and whatever runs student code: programs in, replies out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

ANSWER_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Program:
    """One exercise's code, ready to run: statements with their places, and the inputs as text.

    Attributes:
        name: the function to call.
        statements: triples (cell, first line in the cell, source text), in order.
        cases: what ``plain.dumps`` made of the cases; never an expected value.
        seconds: time limit of the whole program.
        given: functions handed to the program: bound name → (name, source text).
        limit: most bytes that the answers may have.
    """

    name: str
    statements: tuple[tuple[str, int, str], ...]
    cases: str
    seconds: float
    given: dict[str, tuple[str, str]] = field(default_factory=dict)
    limit: int = ANSWER_BYTES


@dataclass(frozen=True)
class Reply:
    """What came out: complete lines, how it ended, and how long it took.

    ``ended`` is "exit N", "signal N", "time", "flood", "closed" or "lost".
    """

    ended: str
    seconds: float
    lines: tuple[bytes, ...]


def limits(programs: Sequence[Program]) -> bytes:
    """Return what may be known of programs before they are read: time, number."""
    return json.dumps(
        {
            "limit": sum(each.limit for each in programs),
            "seconds": max(each.seconds for each in programs),
            "count": len(programs),
        }
    ).encode()


def request(programs: Sequence[Program]) -> bytes:
    return json.dumps([vars(each) for each in programs]).encode()


def reply(ended: str, seconds: float, content: bytes) -> Reply:
    return Reply(ended, seconds, tuple(content.split(b"\n")[:-1]))
