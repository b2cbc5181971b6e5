"""What the counts of architectures accept, said in one place."""

from .input_checks import array, counts, lengths, number, positive, sequence, whole

LAYERS = {
    "conv": ("filters", "kernel", "stride", "padding"),
    "tanh": (),
    "average": ("size", "stride"),
    "dense": ("units",),
}


def layers(layers, shape):
    """Check a list of layer tuples by walking an image through it."""
    shape = lengths("shape (C, H, W)", shape, 3)
    sequence("layers", layers, "tuples, one a layer")
    for place, layer in enumerate(layers, start=1):
        kind = layer[0] if isinstance(layer, tuple | list) and layer else layer
        if kind not in LAYERS:
            raise ValueError(f"layer {place} is {layer!r}: known are {', '.join(LAYERS)}")
        names = LAYERS[kind]
        if len(layer) != 1 + len(names):
            wanted = ", ".join([repr(kind), *names])
            raise ValueError(f"layer {place} is {layer!r}: write ({wanted})")
        for name, value in zip(names, layer[1:], strict=True):
            whole(f"{name} of layer {place}", value, 1, minimum=0 if name == "padding" else 1)
        shape = _after(place, tuple(layer), shape)


def _after(place, layer, shape):
    """The shape after one layer that is well formed."""
    kind, *numbers = layer
    if kind == "tanh":
        return shape
    if kind == "dense":
        return (numbers[0],)
    if len(shape) != 3:
        raise ValueError(f"layer {place} {layer!r} needs maps, but a dense layer stands before it")
    filters, window, stride, padding = numbers if kind == "conv" else (shape[0], *numbers, 0)
    if window > min(shape[1:]) + 2 * padding:
        raise ValueError(
            f"layer {place} {layer!r} has a window of {window}, but its input is only "
            f"{shape[1]}×{shape[2]} with a padding of {padding}"
        )
    return (filters, *((n + 2 * padding - window) // stride + 1 for n in shape[1:]))


def odd_kernel(kernel):
    whole("kernel", kernel, 1, 3)
    if kernel % 2 == 0:
        raise ValueError(f"kernel must be odd: 3×3 layers see 3, 5, 7 … pixels, never {kernel}")


def inception(c_in, ones, threes, fives, pooled):
    counts(c_in=c_in, ones=ones, pooled=pooled)
    for name, value in (("threes", threes), ("fives", fives)):
        lengths(f"{name} (reduced, filters)", value, 2)


def bottleneck(channels, reduced):
    counts(channels=channels, reduced=reduced)


def separable(c_out, kernel):
    counts(c_out=c_out, kernel=kernel)


def scaling(phi, alpha=1.2, beta=1.1, gamma=1.15):
    number("phi", phi)
    for name, value in (("alpha", alpha), ("beta", beta), ("gamma", gamma)):
        positive(name, value)


def head(dense_weights, channels, height, width):
    array("dense_weights", dense_weights, "D M")
    counts(channels=channels, height=height, width=width)
    if len(dense_weights) != channels * height * width:
        raise ValueError(
            f"dense_weights has D = {len(dense_weights)} rows, but {channels} maps of "
            f"{height}×{width} have {channels * height * width} numbers"
        )
