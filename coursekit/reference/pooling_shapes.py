"""What pooling does to the shape of a network, and to its costs: counts, no pixels."""

from . import pooling_checks as check
from .input_checks import checked


@checked(check.layers)
def shape_after(layers, shape):
    """Follow the shape of one image through a list of layers.

    layers: a list of tuples, first layer first,

    - ``("conv", filters, kernel, stride, padding)``: a convolution with square kernels
    - ``("pool", size, stride)``: a pooling, without padding

    all whole numbers; shape: (C, H, W).
    Result: the tuple (C, H, W) behind the last layer.  On each axis of n pixels

        n ← ⌊(n + 2·padding − kernel) / stride⌋ + 1        n ← ⌊(n − size) / stride⌋ + 1

    >>> shape_after([("conv", 8, 3, 1, 1), ("pool", 2, 2)], (3, 32, 24))
    (8, 16, 12)
    """
    channels, height, width = shape
    for kind, *numbers in layers:
        if kind == "conv":
            channels, window, stride, padding = numbers
        else:
            (window, stride), padding = numbers, 0
        height = (height + 2 * padding - window) // stride + 1
        width = (width + 2 * padding - window) // stride + 1
    return channels, height, width


def shrink_to_one_pixel():
    """Design a stack of convolutions and poolings that turns (3, 128, 128) into (C, 1, 1).

    Result: a list of layers, as ``shape_after`` takes them:
    ``("conv", filters, kernel, stride, padding)`` and ``("pool", size, stride)``.  The rules:

    - at least one convolution and at least one pooling, 30 layers at most
    - every window, of kernel and pooling alike, is 2 to 11 pixels long
    - no window is longer than its map with the padding, and no stride is longer than its window
    - the padding is shorter than the kernel

    The number C of channels at the end is yours to choose.
    """
    double = [("conv", 16 * 2**level, 3, 1, 1) for level in range(5)]
    layers = [layer for conv in double for layer in (conv, ("pool", 2, 2))]  # 128 → 4
    return [*layers, ("conv", 512, 4, 1, 0)]


@checked(check.budget)
def pooling_budget(height, width, channels, kernel):
    """Count what a convolution costs before and after the map is halved and the channels doubled.

    The layer has kernels of kernel × kernel, as many channels in as out, no biases, stride 1, and
    a padding that keeps the size of the map.  Before, the map is height × width with ``channels``
    channels; after, it is ⌊height / 2⌋ × ⌊width / 2⌋ with 2 · ``channels``, in and out.

    Result: a dict of four whole numbers, with the keys ``"parameters before"``,
    ``"parameters after"``, ``"multiply-adds before"``, ``"multiply-adds after"``:

        parameters = kernel² · channels²        multiply-adds = height · width · kernel² · channels²

    >>> pooling_budget(2, 2, 1, 3)["parameters before"]
    9
    """
    before = kernel**2 * channels**2
    after = kernel**2 * (2 * channels) ** 2
    return {
        "parameters before": before,
        "parameters after": after,
        "multiply-adds before": height * width * before,
        "multiply-adds after": (height // 2) * (width // 2) * after,
    }
