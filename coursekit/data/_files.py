"""The data files of the package, each read once."""

from functools import cache
from pathlib import Path

import numpy as np

FILES = Path(__file__).parent / "files"


@cache
def arrays(name):
    """All arrays of ``files/<name>.npz``. They are shared: hand out copies only."""
    with np.load(FILES / f"{name}.npz") as stored:
        return dict(stored)


def summary(record):
    """One line per field of a NamedTuple: the shape of an array, the start of anything else.

    >>> from typing import NamedTuple
    >>> class Pair(NamedTuple):
    ...     x: np.ndarray
    ...     names: tuple
    >>> print(summary(Pair(np.zeros((2, 3), np.uint8), ("cat", "dog"))))
    Pair
      x        uint8 (2, 3)
      names    'cat', 'dog'
    """
    width = max(map(len, record._fields)) + 3
    lines = [type(record).__name__]
    for field, value in zip(record._fields, record, strict=True):
        if isinstance(value, np.ndarray):
            text = f"{value.dtype} {value.shape}"
        else:
            text = ", ".join(map(repr, value[:2]))
            text += f", … ({len(value)})" if len(value) > 2 else ""
        lines.append(f"  {field:{width}} {text}")
    return "\n".join(lines)
