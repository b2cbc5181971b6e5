"""Functions that can be handed to a student's function, and still are plain data.

Some exercises take a function: a gradient, a loss, a layer.  Code never crosses into the worker
that runs a student's answer, so such an input is a name from this module and its parameters, and
is rebuilt on the other side:

>>> import numpy as np
>>> slope = bowl_gradient(center=[1.0, -2.0], curvature=2.0)
>>> slope(np.array([1.5, -2.0]))
array([1., 0.])
>>> slope
bowl_gradient(center=[1.0, -2.0], curvature=2.0)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_known: dict[str, Callable] = {}


class Function:
    """A function of this module with its parameters bound: callable, and plain data."""

    def __init__(self, name: str, parameters: dict[str, Any]):
        if name not in _known:
            raise ValueError(f"no function is named {name!r}; known: {', '.join(sorted(_known))}")
        self.name = name
        self.parameters = parameters

    def __call__(self, *inputs):
        return _known[self.name](*inputs, **self.parameters)

    def __deepcopy__(self, memo):
        return self  # it is never changed, so it is its own copy

    def __repr__(self):
        bound = ", ".join(f"{key}={value!r}" for key, value in self.parameters.items())
        return f"{self.name}({bound})"


def named(body: Callable) -> Callable[..., Function]:
    """Make ``body(*inputs, **parameters)`` a factory: ``body(**parameters)`` binds them."""
    _known[body.__name__] = body

    def bind(**parameters) -> Function:
        return Function(body.__name__, parameters)

    bind.__name__ = body.__name__
    bind.__doc__ = body.__doc__
    return bind


# Each module names its functions when it is imported; both sides import them here.
from coursekit.functions.curves import (  # noqa: E402
    bowl,
    bowl_gradient,
    cubic,
    cubic_gradient,
    double_well,
    double_well_gradient,
    wave,
)
from coursekit.functions.layers import (  # noqa: E402
    dense_layer,
    dense_layer_backward,
    mean_of_squares,
    mean_of_squares_backward,
    product,
    product_backward,
    square,
    square_backward,
    tanh_layer,
    tanh_layer_backward,
)

__all__ = [
    "Function",
    "bowl",
    "bowl_gradient",
    "cubic",
    "cubic_gradient",
    "dense_layer",
    "dense_layer_backward",
    "double_well",
    "double_well_gradient",
    "mean_of_squares",
    "mean_of_squares_backward",
    "named",
    "product",
    "product_backward",
    "square",
    "square_backward",
    "tanh_layer",
    "tanh_layer_backward",
    "wave",
]
