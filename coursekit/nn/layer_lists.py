"""Networks as lists of tuples: counted without making a weight, and built as layers if small.

Each tuple names its kind and then its numbers, as in lesson 05.  Windows are square.

    ("conv", filters, kernel, stride, padding[, groups])     ("depthwise", kernel, stride, padding)
    ("max", size, stride[, padding])                         ("average", size, stride)
    ("global average",)                                      ("dense", units)
    ("norm",)  ("relu",)  ("tanh",)  ("swish",)              ("gate", reduced)
    ("residual", body, shortcut)                             ("branches", list, list, …)

A convolution right before a "norm" has no bias: the norm's beta does its work.  A dense layer
flattens what it gets.  "residual" adds what the list ``body`` makes of x to what the list
``shortcut`` makes of it (an empty one: x itself).  "branches" puts the results of its lists side by
side.  "gate" is squeeze-and-excitation: two dense layers on the global average, C → reduced → C,
give a factor for every channel (Hu et al., 2018).

>>> count([("conv", 6, 5, 1, 0), ("average", 2, 2), ("dense", 10)], (1, 32, 32)).parameters
11926
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from coursekit.reference import input_checks as check
from coursekit.reference.convolution_counts import receptive_field

from .activations import ReLU, Tanh
from .composition import Concat, Residual, Sequential
from .convolution import Conv2d
from .linear import Flatten, Linear
from .normalization import BatchNorm2d
from .pooling import AvgPool2d, GlobalAvgPool2d, MaxPool2d

# What follows each kind; the last of them may be left out where there is a default.
NUMBERS = {
    "conv": ("filters", "kernel", "stride", "padding", "groups"),
    "depthwise": ("kernel", "stride", "padding"),
    "max": ("size", "stride", "padding"),
    "average": ("size", "stride"),
    "global average": (),
    "dense": ("units",),
    "norm": (),
    "relu": (),
    "tanh": (),
    "swish": (),
    "gate": ("reduced",),
}
DEFAULTS = {"conv": 1, "max": 1}  # how many may be left out
LISTS = {
    "residual": (2, 2),
    "branches": (1, 99),
}  # kinds made of lists: how many, at least and most


@dataclass(frozen=True)
class Row:
    """One layer of a list: what comes out of it, and what it costs.

    ``field``: input pixels that one of its outputs sees in a row; None where it sees all.
    ``windows``: (kernel, stride, dilation) triples on the way through it, or None.
    """

    layer: tuple
    shape: tuple
    parameters: int
    multiply_adds: int
    field: int | None = None
    windows: tuple | None = ()


@dataclass(frozen=True)
class Count:
    """The rows of a list, and all that its innermost layers cost."""

    rows: tuple[Row, ...]
    leaves: tuple[Row, ...]

    parameters = property(lambda self: sum(row.parameters for row in self.rows))
    multiply_adds = property(lambda self: sum(row.multiply_adds for row in self.rows))
    shape = property(lambda self: self.rows[-1].shape)

    @property
    def field(self) -> int:
        """The receptive field before the whole map is averaged or flattened."""
        return max(row.field for row in self.rows if row.field is not None)

    @property
    def values(self) -> int:
        """How many numbers the convolutions and dense layers give: the "neurons"."""
        return sum(prod(row.shape) for row in self.leaves if row.layer[0] in _WITH_WEIGHTS)

    def of(self, *kinds: str) -> Count:
        """The innermost layers of these kinds alone."""
        chosen = tuple(row for row in self.leaves if row.layer[0] in kinds)
        return Count(chosen, chosen)

    def by_size(self) -> list[tuple[int, tuple]]:
        """For each size of maps: how many layers with weights give it, and the last shape of it."""
        numbers: dict[tuple, int] = {}
        for row in self.leaves:
            if row.layer[0] in _WITH_WEIGHTS:
                numbers[row.shape[1:]] = numbers.get(row.shape[1:], 0) + 1
        last = {row.shape[1:]: row.shape for row in self.rows}
        return [(number, last[size]) for size, number in numbers.items()]


_WITH_WEIGHTS = ("conv", "depthwise", "dense")


def count(layers, shape) -> Count:
    """Count a list for images of ``shape`` (C, H, W).

    Multiply-adds are those of weights, as in ``Layer.multiply_adds``: activations, pooling, norms
    and sums are left out.  A gate's look at the whole map is left out of the receptive field.

    Raises:
        ValueError: if a layer is not of a known form, or does not fit what comes to it.
    """
    shape, passed, rows, leaves = check.lengths("shape", shape), (), [], []
    for number, layer in enumerate(layers):
        following = layers[number + 1][0] if number + 1 < len(layers) else None
        _check(layer, shape)
        row, inner = _row(layer, shape, bias=following != "norm")
        passed = None if passed is None or row.windows is None else passed + row.windows
        field = None if passed is None else receptive_field(passed)
        row = Row(layer, row.shape, row.parameters, row.multiply_adds, field, row.windows)
        rows.append(row)
        leaves += inner or [row]
        shape = row.shape
    return Count(tuple(rows), tuple(leaves))


def _row(layer, shape, bias):
    """The row of one layer, without its field, and the innermost rows if it is made of lists."""
    kind, *numbers = layer
    if kind in ("conv", "depthwise"):
        filters, kernel, stride, padding, groups = _convolution(layer, shape[0])
        sides = _sides(shape, kernel, stride, padding)
        weights = filters * (shape[0] // groups) * kernel**2
        work, window = prod(sides) * weights, ((kernel, stride, 1),)
        return Row(layer, (filters, *sides), weights + bias * filters, work, windows=window), []
    if kind in ("max", "average"):
        size, stride, padding = (*numbers, 0)[:3]
        sides = _sides(shape, size, stride, padding)
        return Row(layer, (shape[0], *sides), 0, 0, windows=((size, stride, 1),)), []
    if kind == "global average":
        return Row(layer, shape[:1], 0, 0, windows=None), []
    if kind == "dense":
        weights = prod(shape) * numbers[0]
        return Row(layer, (numbers[0],), weights + bias * numbers[0], weights, windows=None), []
    if kind == "norm":
        return Row(layer, shape, 2 * shape[0], 0), []
    if kind == "gate":
        weights = 2 * shape[0] * numbers[0]
        return Row(layer, shape, weights + numbers[0] + shape[0], weights), []
    if kind in ("residual", "branches"):
        return _together(layer, shape)
    return Row(layer, shape, 0, 0), []


def _together(layer, shape):
    """The row of several lists that read the same input."""
    ways = [count(way, shape) for way in layer[1:] if len(way)]
    shapes = [way.shape for way in ways] + [shape for way in layer[1:] if not len(way)]
    same = shapes if layer[0] == "residual" else [each[1:] for each in shapes]
    if any(each != same[0] for each in same):
        raise ValueError(f"{layer[0]}: the ways do not fit together, they make {shapes}")
    out = shapes[0]
    if layer[0] == "branches":
        out = (sum(each[0] for each in shapes), *shapes[0][1:])
    windows = [sum((row.windows for row in way.rows), ()) for way in ways]
    widest = max(windows, key=receptive_field, default=())
    leaves = [row for way in ways for row in way.leaves]
    costs = sum(way.parameters for way in ways), sum(way.multiply_adds for way in ways)
    return Row(layer, out, *costs, windows=widest), leaves


def _convolution(layer, channels):
    """(filters, kernel, stride, padding, groups) of either kind of convolution."""
    if layer[0] == "depthwise":
        return channels, *layer[1:], channels
    return (*layer[1:], 1)[:5]


def _sides(shape, window, stride, padding):
    return tuple((n + 2 * padding - window) // stride + 1 for n in shape[1:])


def _check(layer, shape):
    kind = layer[0] if isinstance(layer, tuple) and layer else None
    if not isinstance(kind, str) or (kind not in NUMBERS and kind not in LISTS):
        raise ValueError(f"{layer!r} is no layer; known are {', '.join((*NUMBERS, *LISTS))}")
    if kind in LISTS:
        least, most = LISTS[kind]
        ways = layer[1:]
        if not least <= len(ways) <= most or not all(isinstance(way, list | tuple) for way in ways):
            amount = least if least == most else f"{least} or more"
            raise ValueError(f"{layer!r}: {kind} takes {amount} lists of layers")
    else:
        _check_numbers(layer, kind)
    if len(shape) != 3 and kind not in ("dense", "norm", "relu", "tanh", "swish"):
        raise ValueError(f"{layer!r} needs maps (C, H, W), but {shape} comes to it")
    if kind in ("conv", "depthwise", "max", "average"):
        window, _, padding = (
            _convolution(layer, shape[0])[1:4] if kind in _WITH_WEIGHTS else (*layer[1:], 0)[:3]
        )
        if window > min(shape[1:]) + 2 * padding:
            raise ValueError(f"{layer!r} has a window larger than its map {shape}")
    if kind == "conv":
        filters, *_, groups = _convolution(layer, shape[0])
        if shape[0] % groups or filters % groups:
            raise ValueError(
                f"{layer!r}: groups must divide the {shape[0]} channels that come to it, "
                f"and its {filters} filters"
            )


def _check_numbers(layer, kind):
    names = NUMBERS[kind]
    least = len(names) - DEFAULTS.get(kind, 0)
    if not least <= len(layer) - 1 <= len(names):
        amount = f"{least} to {len(names)}" if least < len(names) else len(names)
        what = f": {', '.join(names)}" if names else ""
        raise ValueError(f"{layer!r}: {kind} takes {amount} numbers{what}")
    for name, number in zip(names, layer[1:], strict=False):
        check.whole(f"{layer!r}: {name}", number, 1, 0 if name == "padding" else 1)


# ---------------------------------------------------------------- as layers


def build(layers, shape, seed=None) -> Sequential:
    """Make the network of a list out of ``coursekit.nn`` layers, ready to train.

    shape: of one image, (C, H, W); seed: of the first weights.

    Raises:
        ValueError: for a kind that ``coursekit.nn`` has no layer for (a gate, swish), or for a
            list that does not fit.
    """
    made = []
    for number, layer in enumerate(layers):
        bias = number + 1 == len(layers) or layers[number + 1][0] != "norm"
        made += _made(layer, tuple(shape), bias)
        shape = count([layer], shape).shape
    return Sequential(*made, seed=seed)


def _made(layer, shape, bias):
    """The layers that one tuple stands for."""
    _check(layer, shape)
    kind, *numbers = layer
    if kind in ("conv", "depthwise"):
        filters, kernel, stride, padding, groups = _convolution(layer, shape[0])
        options = {"stride": stride, "padding": padding, "groups": groups, "bias": bias}
        return [Conv2d(shape[0], filters, kernel, **options)]
    if kind == "dense":
        flat = [Flatten()] if len(shape) == 3 else []
        return [*flat, Linear(prod(shape), numbers[0], bias=bias)]
    if kind == "residual":
        body, shortcut = (build(way, shape) if len(way) else None for way in numbers)
        return [Residual(body, shortcut)]
    if kind == "branches":
        return [Concat(*(build(way, shape) if len(way) else None for way in numbers))]
    if kind == "max":
        return [MaxPool2d(*numbers)]
    if kind == "average":
        return [AvgPool2d(*numbers)]
    if kind == "norm":
        return [BatchNorm2d(shape[0])]
    plain = {"global average": GlobalAvgPool2d, "relu": ReLU, "tanh": Tanh}
    if kind not in plain:
        raise ValueError(f"coursekit.nn has no layer for {layer!r}: this list can only be counted")
    return [plain[kind]()]
