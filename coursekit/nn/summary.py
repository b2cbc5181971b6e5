"""A network as a table: shapes, parameters, work and receptive field, layer by layer."""

from dataclasses import dataclass

from coursekit.reference.convolution_counts import receptive_field
from coursekit.reference.input_checks import lengths

from .composition import Concat, Residual, Sequential
from .layer import Layer


@dataclass(frozen=True)
class Row:
    """One line: a layer (indented by its depth) and what comes out of it."""

    layer: str
    shape: tuple
    parameters: int
    multiply_adds: int
    field: tuple | None  # pixels seen by one output, (vertical, horizontal); None: all of them


class Summary:
    """The rows and totals of ``model`` for one sample of ``input_shape``; prints as a table."""

    def __init__(self, model, input_shape):
        if not isinstance(model, Layer):
            raise TypeError(f"model must be a layer, a Sequential say, not {model!r}")
        input_shape = lengths("input_shape, that of one sample,", input_shape)
        self.rows = list(_rows(model, (1, *input_shape), [], 0))
        self.parameters = sum(p.size for p in model.parameters.values())
        self.multiply_adds = model.multiply_adds((1, *input_shape))
        self.output_shape = model.output_shape((1, *input_shape))[1:]

    def __str__(self):
        lines = [("layer", "output shape", "parameters", "multiply-adds", "receptive field")]
        for row in self.rows:
            lines.append(
                (
                    row.layer,
                    " × ".join(map(str, row.shape)),
                    f"{row.parameters:,}",
                    f"{row.multiply_adds:,}",
                    "all" if row.field is None else " × ".join(map(str, row.field)),
                )
            )
        lines.append(("total", "", f"{self.parameters:,}", f"{self.multiply_adds:,}", ""))
        widths = [max(len(line[column]) for line in lines) for column in range(5)]
        text = []
        for line in lines:
            cells = [line[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
            text.append("  ".join(cells).rstrip())
        rule = "-" * max(map(len, text))
        return "\n".join([text[0], rule, *text[1:-1], rule, text[-1]])

    __repr__ = __str__


def _field(passed):
    if passed is None:
        return None
    return tuple(receptive_field([window[axis] for window in passed]) for axis in (0, 1))


def _after(passed, layer):
    """The windows passed once ``layer`` is behind, too."""
    return None if passed is None or layer.windows is None else passed + layer.windows


def _rows(layer, shape, passed, depth):
    """The rows of one layer; ``passed``: the windows on the way to it, None after a dense one."""
    if isinstance(layer, Sequential):
        for part in layer.layers:
            yield from _rows(part, shape, passed, depth)
            shape, passed = part.output_shape(shape), _after(passed, part)
        return
    yield Row(
        "  " * depth + layer.name,
        tuple(layer.output_shape(shape)[1:]),
        sum(p.size for p in layer.parameters.values()),
        layer.multiply_adds(shape),
        _field(_after(passed, layer)),
    )
    if isinstance(layer, Residual | Concat):
        for part in layer.parts.values():
            yield from _rows(part, shape, passed, depth + 1)
