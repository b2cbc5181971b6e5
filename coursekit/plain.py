"""Plain data, the only thing that crosses between a student's code and the judge.

Plain are: None, booleans, numbers, strings, lists, tuples, dictionaries with string keys, and NumPy
arrays of numbers or booleans.  On the way in, also a ``Function`` (its name and parameters) and an
``Rng`` (its seed).  The text form is JSON: it is read without running anything.

>>> loads(dumps((np.arange(3), [1.5, "ties"], None)))
(array([0, 1, 2]), [1.5, 'ties'], None)
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from coursekit.exercise import Rng
from coursekit.functions import Function

MAX_ITEMS = 10_000
MAX_DEPTH = 8
MAX_ELEMENTS = 20_000_000
MAX_TEXT = 1_000_000
MAX_BITS = 10_000
PLAIN_DTYPE = re.compile(r"[<>|=]?[biufc]\d{1,2}")


class NotPlain(TypeError):
    """The value is not plain data; the message says what it is."""


def plain(value: Any, depth: int = 0) -> Any:
    """Return ``value`` as plain data that shares no memory with it.

    Array subclasses become arrays, NumPy scalars and arrays without axes Python numbers, iterators
    lists.

    Raises:
        NotPlain: for anything else, such as a function, an object array or a set.
    """
    if depth > MAX_DEPTH:
        raise NotPlain(f"lists nested more than {MAX_DEPTH} deep")
    kind = type(value)
    if kind is str and len(value) > MAX_TEXT:
        raise NotPlain(f"a text of {len(value)} characters")
    if kind is int and value.bit_length() > MAX_BITS:
        raise NotPlain(f"an int of {value.bit_length()} bits")
    if value is None or kind in (bool, int, float, str):
        return value
    if isinstance(value, np.generic):
        value = value.item()
        if isinstance(value, (bool, int, float, complex, str)):
            return value
        raise NotPlain(f"a NumPy {kind.__name__}")
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biufc":
            raise NotPlain(f"an array of dtype {value.dtype}")
        if value.size > MAX_ELEMENTS:
            raise NotPlain(f"an array of {value.size} elements")
        if value.ndim == 0:
            return value.item()
        return np.array(value, dtype=value.dtype.newbyteorder("="), subok=False, copy=True)
    if isinstance(value, Iterator):
        value = list(islice(value, MAX_ITEMS + 1))
    if isinstance(value, (list, tuple)):
        if len(value) > MAX_ITEMS:
            raise NotPlain(f"more than {MAX_ITEMS} items")
        items = [plain(item, depth + 1) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, dict) and all(type(key) is str for key in value):
        if len(value) > MAX_ITEMS:
            raise NotPlain(f"more than {MAX_ITEMS} items")
        return {key: plain(item, depth + 1) for key, item in value.items()}
    if kind is complex:
        return value
    raise NotPlain(f"{'an' if kind.__name__[0] in 'aeiou' else 'a'} {kind.__name__}")


def dumps(value: Any) -> str:
    """Return plain data, functions and generators among it, as JSON text."""
    return json.dumps(_encode(value), separators=(",", ":"))


def loads(text: str | bytes, answer: bool = False) -> Any:
    """Return what ``dumps`` wrote; from an ``answer``, only what an answer may hold.

    Raises:
        ValueError: if the text is not of that form.
    """
    try:
        value = _decode(json.loads(text))
        if answer:
            _check(value, 0)
        return value
    except ValueError:
        raise
    except Exception as error:  # whoever wrote this may have meant harm
        raise ValueError(f"not plain data: {type(error).__name__}") from None


def _check(value, depth: int) -> None:
    """Refuse what ``plain`` never makes: inputs such as functions, and endless nesting."""
    if depth > MAX_DEPTH + 4 or isinstance(value, (Function, Rng)):
        raise ValueError("not plain data of an answer")
    if isinstance(value, dict):
        if not all(type(key) is str for key in value):
            raise ValueError("not plain data: keys are strings")
        value = [*value.values()]
    if isinstance(value, (list, tuple)):
        for item in value:
            _check(item, depth + 1)


def _encode(value):
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, list):
        return [_encode(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [_encode(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[key, _encode(item)] for key, item in value.items()]}
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value)
        data = base64.b64encode(array.tobytes()).decode()
        return {"array": [array.dtype.str, list(value.shape), data]}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, Function):
        return {"function": [value.name, _encode(value.parameters)]}
    if isinstance(value, Rng):
        return {"rng": value.seed}
    raise NotPlain(f"a {type(value).__name__}")


def _decode(tree):
    if isinstance(tree, list):
        return [_decode(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    ((kind, content),) = tree.items()
    if kind == "tuple":
        return tuple(_decode(item) for item in content)
    if kind == "dict":
        return {key: _decode(item) for key, item in content}
    if kind == "array":
        dtype, shape, data = content
        if not isinstance(dtype, str) or not PLAIN_DTYPE.fullmatch(dtype):
            raise ValueError(f"not plain data: an array of dtype {dtype!r:.40}")
        return np.frombuffer(base64.b64decode(data), dtype=dtype).reshape(shape).copy()
    if kind == "complex":
        return complex(*content)
    if kind == "function":
        return Function(content[0], _decode(content[1]))
    if kind == "rng":
        return Rng(content)
    raise ValueError(f"not plain data: {kind!r}")
