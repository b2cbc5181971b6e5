"""What the counts of architectures accept, said in one place."""

from math import prod
from numbers import Real

from .convolution_checks import array, whole

LAYERS = {
    "conv": ("filters", "kernel", "stride", "padding"),
    "tanh": (),
    "average": ("size", "stride"),
    "dense": ("units",),
}


def layers(layers, shape):
    """Check a list of layer tuples by walking an image through it."""
    shape = whole("shape (C, H, W)", tuple(shape), 3, 1)
    for number, layer in enumerate(layers, start=1):
        kind = layer[0] if isinstance(layer, tuple | list) and layer else layer
        if kind not in LAYERS:
            raise ValueError(f"layer {number} is {layer!r}: known are {', '.join(LAYERS)}")
        names = LAYERS[kind]
        if len(layer) != 1 + len(names):
            wanted = ", ".join([repr(kind), *names])
            raise ValueError(f"layer {number} is {layer!r}: write ({wanted})")
        for name, value in zip(names, layer[1:], strict=True):
            whole(f"{name} of layer {number}", value, 1, minimum=0 if name == "padding" else 1)
        shape = _after(number, tuple(layer), shape)


def _after(number, layer, shape):
    """The shape after one layer that is well formed."""
    kind, *numbers = layer
    if kind == "tanh":
        return shape
    if kind == "dense":
        return (numbers[0],)
    if len(shape) != 3:
        raise ValueError(f"layer {number} {layer!r} needs maps, but a dense layer stands before it")
    filters, window, stride, padding = numbers if kind == "conv" else (shape[0], *numbers, 0)
    if window > min(shape[1:]) + 2 * padding:
        raise ValueError(
            f"layer {number} {layer!r} has a window of {window}, but its input is only "
            f"{shape[1]}×{shape[2]} with a padding of {padding}"
        )
    return (filters, *((n + 2 * padding - window) // stride + 1 for n in shape[1:]))


def odd_kernel(kernel):
    whole("kernel", kernel, 1, 3)
    if kernel % 2 == 0:
        raise ValueError(f"kernel must be odd: 3×3 layers see 3, 5, 7 … pixels, never {kernel}")


def inception(c_in, ones, threes, fives, pooled):
    for name, value in (("c_in", c_in), ("ones", ones), ("pooled", pooled)):
        whole(name, value, 1, 1)
    for name, value in (("threes", threes), ("fives", fives)):
        whole(f"{name} (reduced, filters)", tuple(value), 2, 1)


def bottleneck(channels, reduced):
    whole("channels", channels, 1, 1)
    whole("reduced", reduced, 1, 1)


def separable(c_out, kernel):
    whole("c_out", c_out, 1, 1)
    whole("kernel", kernel, 1, 1)


def scaling(phi, alpha=1.2, beta=1.1, gamma=1.15):
    for name, value in (("phi", phi), ("alpha", alpha), ("beta", beta), ("gamma", gamma)):
        if not isinstance(value, Real):
            raise TypeError(f"{name} must be a number, not {value!r}")
        if name != "phi" and not value > 0:
            raise ValueError(f"{name} must be positive, not {value!r}")


def head(dense_weights, channels, height, width):
    array("dense_weights", dense_weights, "D M")
    sizes = [whole(n, v, 1, 1)[0] for n, v in
             (("channels", channels), ("height", height), ("width", width))]  # fmt: skip
    if len(dense_weights) != prod(sizes):
        raise ValueError(
            f"dense_weights has D = {len(dense_weights)} rows, but {channels} maps of "
            f"{height}×{width} have {prod(sizes)} numbers"
        )
