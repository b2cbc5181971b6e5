"""A few images at a time, so that what is computed from them stays in the processor's cache."""

CACHE = 1 << 20  # bytes


def size(n, bytes_each):
    """How many of n images to take at a time."""
    return max(1, min(n, CACHE // max(1, bytes_each)))


def slices(n, count):
    """Slices of n images, ``count`` at a time."""
    return [slice(a, min(a + count, n)) for a in range(0, n, count)]
