"""What a pooling accepts, and the frame that every pooling can be given.

The reference functions take whole maps; ``framed`` and ``framed_backward`` put the checks in front
of them and add a last option ``padding``: a frame of one value round each map before pooling, and
in the backward pass the gradient without that frame.  So padding is said once, here.
"""

from functools import wraps

import numpy as np

from .convolution_checks import gradient
from .input_checks import array, counts, lengths, sequence, whole


def framed(value):
    """Decorator: check, and let a pooling frame its maps with ``value`` (option ``padding``)."""

    def decorate(pool):
        @wraps(pool)
        def pool_framed(x, size, stride, padding=0):
            windows(x, size, stride, padding)
            return pool(_frame(x, padding, value), size, stride)

        return pool_framed

    return decorate


def framed_backward(value):
    """Decorator: the same for the backward pass; the gradient comes back without the frame."""

    def decorate(pool_backward):
        @wraps(pool_backward)
        def backward_framed(dout, x, size, stride, padding=0):
            windows_backward(dout, x, size, stride, padding)
            (py, px), (height, width) = whole("padding", padding), x.shape[2:]
            dx = pool_backward(dout, _frame(x, padding, value), size, stride)
            return dx[:, :, py : py + height, px : px + width]

        return backward_framed

    return decorate


def _frame(x, padding, value):
    py, px = whole("padding", padding)
    if not (py or px):
        return x
    return np.pad(x, [(0, 0), (0, 0), (py, py), (px, px)], constant_values=value)


# ---------------------------------------------------------------- checks


def windows(x, size, stride, padding=0):
    """Check a pooling; return the shape of its output."""
    array("x", x, "N C H W")
    return (*x.shape[:2], *output_axes(x.shape[2:], size, stride, padding))


def output_axes(sides, size, stride, padding=0):
    """Check the windows on the sides of a map; return the output's sides."""
    sizes, strides = whole("size", size, minimum=1), whole("stride", stride, minimum=1)
    paddings = whole("padding", padding)
    narrow_frame(sizes, paddings)
    found = []
    for n, k, s, p in zip(sides, sizes, strides, paddings, strict=True):
        if k > n + 2 * p:
            raise ValueError(
                f"the window of {k} is longer than the map of {n} + 2·{p}: use a smaller size"
            )
        found.append((n + 2 * p - k) // s + 1)
    return tuple(found)


def narrow_frame(sizes, paddings):
    """Raise unless every window holds a pixel of the map."""
    for k, p in zip(sizes, paddings, strict=True):
        if 2 * p > k:
            raise ValueError(
                f"padding {p} is more than half of the window of {k}, so that a window could lie "
                f"in the frame alone: use padding ≤ {k // 2}"
            )


def windows_backward(dout, x, size, stride, padding=0):
    gradient(dout, windows(x, size, stride, padding))


def steps(x, step):
    array("x", x, "N C H W")
    whole("step", step, minimum=1)


def places(x, argmax, shape):
    """Check what is put back: one place for every value, and every place in its map."""
    array("x", x, "N C H W")
    sizes = lengths("shape (N, C, H, W)", shape, 4)
    if np.shape(argmax) != x.shape or not np.issubdtype(np.asarray(argmax).dtype, np.integer):
        raise ValueError(
            f"argmax must hold one whole number for every value of x {x.shape}, "
            f"but its shape is {np.shape(argmax)} and its dtype {np.asarray(argmax).dtype}"
        )
    if sizes[:2] != x.shape[:2]:
        raise ValueError(f"x {x.shape} and shape {sizes} must agree in batch and channels (N, C)")
    pixels = sizes[2] * sizes[3]
    if x.size and not 0 <= np.min(argmax) <= np.max(argmax) < pixels:
        raise ValueError(
            f"argmax runs from {np.min(argmax)} to {np.max(argmax)}, but a map of "
            f"{sizes[2]}×{sizes[3]} has the places 0 to {pixels - 1}"
        )


def places_backward(dout, x, argmax, shape):
    places(x, argmax, shape)
    gradient(dout, shape)


LAYERS = {
    "conv": ("filters", "kernel", "stride", "padding"),
    "pool": ("size", "stride"),
}


def layers(layers, shape):
    """Check a list of layer tuples and walk a map through it."""
    _, height, width = lengths("shape (C, H, W)", shape, 3)
    sequence("layers", layers, "tuples, one a layer")
    for number, layer in enumerate(layers, start=1):
        kind = layer[0] if isinstance(layer, tuple | list) and layer else layer
        if kind not in ("conv", "pool"):
            raise ValueError(f"layer {number} is {layer!r}: write ('conv', …) or ('pool', …)")
        names = LAYERS[kind]
        if len(layer) != 1 + len(names):
            raise ValueError(f"layer {number} is {layer!r}: write ({kind!r}, {', '.join(names)})")
        values = dict(zip(names, layer[1:], strict=True))
        for name, value in values.items():
            whole(f"{name} of layer {number}", value, 1, minimum=0 if name == "padding" else 1)
        window, padding = values.get("kernel", values.get("size")), values.get("padding", 0)
        if window > min(height, width) + 2 * padding:
            raise ValueError(
                f"layer {number} {tuple(layer)!r} has a window of {window}, but its input is only "
                f"{height}×{width} with a padding of {padding}"
            )
        height, width = (
            (n + 2 * padding - window) // values["stride"] + 1 for n in (height, width)
        )


def budget(height, width, channels, kernel):
    whole("height", height, 1, 2)
    whole("width", width, 1, 2)
    counts(channels=channels, kernel=kernel)
