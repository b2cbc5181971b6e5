"""What the mistakes of the pooling lesson are made of: one window after the other.

The references take one place in the window for all windows at once. Students first write it the
other way round, one window for all its places, and that is where their mistakes live.
"""

import numpy as np


def each_window(shape, size, stride):
    """Yield (r, c, index of the window) for the complete windows of maps of this shape."""
    for r in range((shape[2] - size) // stride + 1):
        for c in range((shape[3] - size) // stride + 1):
            y, x = r * stride, c * stride
            yield r, c, np.s_[:, :, y : y + size, x : x + size]


def pooled(x, size, stride, number):
    """Pool by ``number(window)``, from windows (N, C, size, size) to numbers (N, C)."""
    rows, cols = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    out = np.zeros((*x.shape[:2], rows, cols))
    for r, c, window in each_window(x.shape, size, stride):
        out[:, :, r, c] = number(x[window])
    return out


def pooled_with_incomplete(x, size, stride, number):
    """Pool, and keep the windows that reach beyond the border, cut off there."""
    rows, cols = (min(-(-(n - size) // stride) + 1, (n - 1) // stride + 1) for n in x.shape[2:])
    out = np.zeros((*x.shape[:2], rows, cols))
    for r, c in np.ndindex(rows, cols):
        y, z = r * stride, c * stride
        out[:, :, r, c] = number(x[:, :, y : y + size, z : z + size])
    return out


def handed_back(dout, x, size, stride, share):
    """Give each window ``share(window, its gradient as (N, C, 1, 1))``, and add up."""
    dx = np.zeros(x.shape)
    for r, c, window in each_window(x.shape, size, stride):
        dx[window] += share(x[window], dout[:, :, r, c, None, None])
    return dx


def overwritten(dout, x, size, stride, share):
    """The same, but a later window overwrites what an earlier one gave."""
    dx = np.zeros(x.shape)
    for r, c, window in each_window(x.shape, size, stride):
        dx[window] = share(x[window], dout[:, :, r, c, None, None])
    return dx


def enlarged(dout, shape, stride):
    """Repeat every number ``stride`` times on both axes, then cut or fill up with 0 to shape."""
    rows, cols = shape[2:]
    large = dout.repeat(stride, axis=2).repeat(stride, axis=3)[:, :, :rows, :cols]
    dx = np.zeros(shape)
    dx[:, :, : large.shape[2], : large.shape[3]] = large
    return dx


def largest(window):
    """Mark the first of the largest pixels in each window."""
    flat = window.reshape(*window.shape[:2], -1)
    first = np.arange(flat.shape[2]) == flat.argmax(axis=2)[:, :, None]
    return first.reshape(window.shape)


def all_largest(window):
    """Mark every pixel that is as large as the largest of its window."""
    return window == window.max(axis=(2, 3), keepdims=True)


def mean(window):
    return window.mean(axis=(2, 3))


def total(window):
    return window.sum(axis=(2, 3))


def maximum(window):
    return window.max(axis=(2, 3))


# ---------------------------------------------------------------- maps


def maps(rng):
    """Yield (label, x, size, stride): every way in which windows can lie on a map."""
    yield "2×2 windows, stride 2", rng.normal(size=(2, 3, 6, 8)), 2, 2
    yield "overlapping windows: size 3, stride 2", rng.normal(size=(2, 3, 7, 9)), 3, 2
    yield "overlapping windows: size 3, stride 1", rng.normal(size=(1, 3, 5, 6)), 3, 1
    yield "a row and a column left over", rng.normal(size=(3, 2, 5, 7)), 2, 2
    yield "stride 3, larger than the window of 2", rng.normal(size=(3, 2, 8, 12)), 2, 3
    yield "one window, and pixels left over", rng.normal(size=(2, 3, 4, 5)), 4, 4
    yield "negative values only", -1 - rng.exponential(size=(2, 3, 6, 4)), 2, 2
    yield "negative values only, overlapping", -1 - rng.exponential(size=(1, 2, 5, 8)), 3, 2


def tied_maps(rng):
    """Yield (label, x, size, stride) where windows hold several largest pixels."""
    yield "ties: small whole numbers", rng.integers(0, 3, size=(2, 3, 6, 8)).astype(float), 2, 2
    yield "ties behind a ReLU, overlapping", np.maximum(rng.normal(-1, 1, (2, 3, 7, 9)), 0), 3, 2
    yield "ties: all pixels equal", np.full((1, 2, 4, 6), 0.5), 2, 2


def gradient_of_output(rng, x, size, stride):
    rows, cols = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    return rng.normal(size=(*x.shape[:2], rows, cols))
