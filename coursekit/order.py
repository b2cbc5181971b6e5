"""The order in which a lesson's notebook asks for its exercises.

Kept in a file, for the package goes where the lessons' sources do not.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path

ORDER = Path(__file__).with_name("order.json")


@cache
def lesson_order(lesson: str) -> tuple[str, ...]:
    """Return the exercises of a lesson in the order of its cells."""
    return tuple(json.loads(ORDER.read_text(encoding="utf-8")).get(lesson, ()))


def order_in(sources: Path) -> str:
    """Return what ``ORDER`` must hold, read from the folder of the lessons' sources.

    ``python -m coursekit.order notebooks/source`` writes it.
    """
    cell = r"^# %% .*\bexercise\b.*\n(?:#.*\n|\s*\n)*from coursekit\.reference import (\w+)"
    order = {
        path.stem: re.findall(cell, path.read_text(encoding="utf-8"), re.M)
        for path in sorted(sources.glob("*.py"))
    }
    return json.dumps({lesson: names for lesson, names in order.items() if names}, indent=1) + "\n"


if __name__ == "__main__":
    ORDER.write_text(order_in(Path(sys.argv[1])), encoding="utf-8")
