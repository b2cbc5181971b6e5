"""What single values the references accept: arrays, shapes, whole numbers, rates, generators.

The reference functions are written to be read, so their checks stand in modules beside them, one
for each topic, and are put in front of them by ``@checked``.  Those modules are made of the words
that are said here.  A message names what came and says what would fit.
"""

import inspect
from functools import wraps
from numbers import Integral, Real

import numpy as np


def checked(check):
    """Decorator: call ``check`` with the function's own arguments before the function.

    They come by position, so that a check may call them by other names.  A call that leaves an
    argument out, or has one too many, is named after the function and not after its check.
    """

    def decorate(function):
        signature = inspect.signature(function)
        needed = sum(p.default is p.empty for p in signature.parameters.values())

        @wraps(function)
        def guarded(*args, **options):
            if options or not needed <= len(args) <= len(signature.parameters):
                args = _in_order(function.__name__, signature, args, options)
            check(*args)
            return function(*args)

        return guarded

    return decorate


def _in_order(name, signature, args, options):
    try:
        bound = signature.bind(*args, **options)
    except TypeError as error:
        raise TypeError(f"{name}: {error}; it is called as {name}{signature}") from None
    bound.apply_defaults()
    return bound.args


# ---------------------------------------------------------------- whole numbers, shapes


def whole(name, value, axes=2, minimum=0):
    """``value`` (an int, or one an axis) as a tuple of ``axes`` ints, none below ``minimum``.

    With ``axes=1`` only the int itself will do; with ``minimum=None`` any int.
    """
    if type(value) is int and (minimum is None or value >= minimum):  # nearly always
        return (value,) * axes
    values = (value,) * axes if isinstance(value, Integral) else value
    if values is value and (
        axes == 1 or not isinstance(value, tuple | list | np.ndarray) or len(value) != axes
    ):
        wanted = "one whole number" if axes == 1 else f"a whole number or {axes} of them"
        raise ValueError(f"{name} must be {wanted}, not {value!r}")
    for one in values:
        if (
            not isinstance(one, Integral)
            or isinstance(one, bool)
            or (minimum is not None and one < minimum)
        ):
            least = "" if minimum is None else f" ≥ {minimum}"
            raise ValueError(f"{name} must be a whole number{least}, not {value!r}")
    return tuple(int(one) for one in values)


def lengths(name, value, count=None, minimum=1):
    """``value``, a sequence of ``count`` whole numbers (of any number of them if None)."""
    if not isinstance(value, tuple | list | np.ndarray) or count not in (None, len(value)):
        wanted = "whole numbers" if count is None else f"{count} whole numbers"
        raise ValueError(f"{name} must be a tuple of {wanted}, not {value!r}")
    return tuple(whole(f"each of {name}", one, 1, minimum)[0] for one in value)


def counts(**values):
    """Raise unless every value is a whole number of at least 1."""
    for name, value in values.items():
        whole(name, value, 1, 1)


def four(name, value, what):
    """Raise unless ``value`` holds four real numbers; ``what`` names them."""
    if not isinstance(value, list | tuple | np.ndarray) or len(value) != 4:
        raise ValueError(f"{name} must be four numbers, {what}, not {value!r}")
    for one in value:
        number(f"each number of {name} ({what})", one)


def sequence(name, value, what):
    """Raise unless ``value`` is a list or a tuple; ``what`` says of what."""
    if not isinstance(value, list | tuple):
        raise TypeError(f"{name} must be a list of {what}, not {value!r}")


# ---------------------------------------------------------------- numbers


def number(name, value):
    if not isinstance(value, Real) or isinstance(value, bool) or not np.isfinite(value):
        raise ValueError(f"{name} must be a finite number, not {value!r}")


def positive(name, value):
    number(name, value)
    if value <= 0:
        raise ValueError(f"{name} must be above 0, not {value!r}")


def at_least_zero(name, value):
    number(name, value)
    if value < 0:
        raise ValueError(f"{name} must be 0 or more, not {value!r}")


def share(name, value):
    number(name, value)
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be between 0 and 1, not {value!r}")


def kept_share(name, value):
    """Raise unless ``value`` is a share of the past that is kept: 0 or more, and less than 1."""
    number(name, value)
    if not 0 <= value < 1:
        raise ValueError(f"{name} must be in [0, 1), not {value!r}: from 1 on nothing dies away")


def dropped_share(rate):
    number("rate", rate)
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be in [0, 1), the share that is dropped, not {rate!r}")


# ---------------------------------------------------------------- arrays


def numbers(name, value, axes=None, kinds="iuf"):
    """Raise unless ``value`` is an array of real numbers whose axes are the letters of ``axes``.

    kinds: letters of the dtypes that will do; "biuf" lets True and False in.
    """
    if not isinstance(value, np.ndarray):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a NumPy array, not {kind}: np.asarray({name}, float)")
    if axes is not None and value.ndim != len(axes.split()):
        raise ValueError(
            f"{name} must have the axes ({axes.replace(' ', ', ')}), but its shape is {value.shape}"
        )
    if value.dtype.kind not in kinds:
        raise ValueError(f"{name} holds {value.dtype}, not real numbers: use {name}.astype(float)")


def array(name, value, axes=None):
    """Raise unless ``value`` is an array of floats whose axes are the letters of ``axes``."""
    numbers(name, value, axes)
    if value.dtype.kind != "f":
        raise ValueError(
            f"{name} holds {value.dtype}, which would wrap round or be cut to whole numbers: "
            f"use {name}.astype(float)"
        )


def alike(first, value, others):
    """Raise unless the others are float arrays of the shape of ``value``."""
    array(first, value)
    for name, other in others.items():
        array(name, other)
        if other.shape != value.shape:
            raise ValueError(f"{name} has shape {other.shape}, but {first} has {value.shape}")


def class_numbers(y, classes=None, count=None, name="labels"):
    """Raise unless ``y`` holds one whole number for each example, below ``classes``."""
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu" or y.ndim != 1:
        raise ValueError(
            f"{name} must be an array (N,) of whole numbers, one class number an example"
            f"{', not a one-hot row: use argmax(axis=1)' if np.ndim(y) == 2 else ''}"
        )
    if count is not None and len(y) != count:
        raise ValueError(f"{len(y)} labels came for {count} examples: give one for each row")
    if len(y) == 0:
        raise ValueError(f"{name} is empty: a batch needs one example or more")
    if y.min() < 0 or (classes is not None and y.max() >= classes):
        largest = "" if classes is None else f" and {classes - 1}"
        raise ValueError(
            f"{name} hold numbers from {y.min()} to {y.max()}: they must lie between 0{largest}"
        )


# ---------------------------------------------------------------- what is called, what draws


def function(name, value):
    if not callable(value):
        raise TypeError(f"{name} must be a function, not {type(value).__name__}")


def generator(rng):
    """Raise unless ``rng`` is a NumPy random generator."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng must be a random generator, not {type(rng).__name__}: "
            "np.random.default_rng(seed) makes one"
        )
