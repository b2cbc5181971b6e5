"""3×3 convolution at stride 1 with a quarter of the multiplications: Winograd F(4×4, 3×3).

The input is cut into overlapping 6×6 tiles, each of which gives 4×4 outputs.  Tiles and
kernels are mapped to a basis in which convolution is 36 separate products,

    out tile = Aᵀ · [(G·w·Gᵀ) ⊙ (Bᵀ·x tile·B)] · A        summed over channels inside [ ]

so there are 36 multiply-adds for 16 outputs where the direct way needs 144.  Summed over
channels, each of the 36 is one matrix product.

The backward pass is the same three maps transposed, in reverse order; the tiles of the
gradient are added where they overlap.

In float32 the relative error is near 1e-5, where the direct way has 1e-6: the price of
subtractions in Bᵀ.  Source: Lavin and Gray, "Fast algorithms for convolutional neural
networks", 2016.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from . import _bands

BT = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    float,
)
G = np.array(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ]
)
AT = np.array(
    [
        [1, 1, 1, 1, 1, 0],
        [0, 1, -1, 2, -2, 0],
        [0, 1, 1, 4, 4, 0],
        [0, 1, -1, 8, -8, 1],
    ],
    float,
)
CACHE = 1 << 20  # bytes of transformed tiles at a time


class Tiles:
    """How the images of one convolution are cut into tiles.

    x: (N, C, H, W) with a frame of ``padding``; down × across tiles an image, each of which
    gives 4×4 of the OH × OW outputs (the last ones fewer).
    """

    def __init__(self, x_shape, filters, padding, dtype):
        self.n, self.channels, self.height, self.width = x_shape
        self.filters, (self.top, left) = filters, padding
        self.rows, self.cols = self.height + 2 * padding[0] - 2, self.width + 2 * padding[1] - 2
        self.down, self.across = -(-self.rows // 4), -(-self.cols // 4)
        self.bt, self.at = bt, at = BT.astype(dtype), AT.astype(dtype)
        self.to_tiles = _bands.pixels_to_tiles(bt, self.across, self.width, left)
        self.from_tiles = _bands.tiles_to_pixels(bt, self.across, self.width, left)
        self.to_outputs = _bands.tiles_to_outputs(at, self.across, self.cols)
        self.from_outputs = _bands.outputs_to_tiles(at, self.across, self.cols)

    def chunks(self, itemsize):
        """(number, first image, end) of a few images at a time."""
        each = 36 * max(self.channels, self.filters) * self.down * self.across * itemsize
        count = max(1, min(self.n, CACHE // each))
        starts = range(0, self.n, count)
        return [(k, a, min(a + count, self.n)) for k, a in enumerate(starts)]

    def tiles(self, name, m, channels, space, dtype):
        """Transformed tiles of m images twice: as (6, down, …) and as (6, 6, m·tiles, channels)."""
        whole = space.array(name, (6, self.down, m, self.across, 6, channels), dtype)
        flat = whole.reshape(6, self.down, -1)
        return flat, whole.reshape(6, -1, 6, channels).swapaxes(1, 2)

    def input(self, x, space, name):
        """(6, 6, m·tiles, C): Bᵀ·tile·B of the tiles of x (m, C, H, W)."""
        shape = 4 * self.down + 2, len(x), 6 * self.across, self.channels
        rows = space.zeros("input rows", shape, x.dtype, (self.height, self.top))
        _bands.apply(self.to_tiles, rows_first(x), rows[self.top : self.top + self.height])
        rows = rows.reshape(len(rows), -1)
        step, one = rows.strides
        windows = as_strided(rows, (self.down, 6, rows.shape[1]), (4 * step, step, one))
        flat, out = self.tiles(name, len(x), self.channels, space, x.dtype)
        np.matmul(self.bt, windows, out=flat.swapaxes(0, 1))
        return out

    def input_backward(self, flat, dx, space):
        """Write to dx (m, C, H, W) the sums of B·tile·Bᵀ, tiles added where they overlap."""
        shape = self.down + 1, 4, flat.shape[2]
        rows = space.array("rows", shape, dx.dtype)
        below = space.array("below", (self.down, 2, flat.shape[2]), dx.dtype)
        flat, b = flat.swapaxes(0, 1), self.bt.T
        np.matmul(b[:4], flat, out=rows[:-1])
        rows[-1] = 0
        rows[1:, :2] += np.matmul(b[4:], flat, out=below)  # they begin the next tile
        rows = rows.reshape(-1, len(dx), 6 * self.across, self.channels)
        rows = rows[self.top : self.top + self.height]
        _bands.apply(self.from_tiles, rows, rows_first(dx))

    def output(self, flat, out, space):
        """Write Aᵀ·tile·A to out (m, F, OH, OW)."""
        rows = space.array("rows", (self.down, 4, flat.shape[2]), out.dtype)
        np.matmul(self.at, flat.swapaxes(0, 1), out=rows)
        rows = rows.reshape(-1, len(out), 6 * self.across, self.filters)
        _bands.apply(self.to_outputs, rows[: self.rows], rows_first(out))

    def output_backward(self, dout, space):
        """(6, 6, m·tiles, F): A·tile·Aᵀ of the tiles of the gradient dout (m, F, OH, OW)."""
        shape = 4 * self.down, len(dout), 6 * self.across, self.filters
        rows = space.zeros("output rows", shape, dout.dtype, self.rows)
        _bands.apply(self.from_outputs, rows_first(dout), rows[: self.rows])
        flat, out = self.tiles("product", len(dout), self.filters, space, dout.dtype)
        np.matmul(self.at.T, rows.reshape(self.down, 4, -1), out=flat.swapaxes(0, 1))
        return out


def rows_first(images):
    """(H, N, W, C) of images (N, C, H, W): the same numbers, nothing is moved."""
    return images.transpose(2, 0, 3, 1)


def transformed(w):
    """(6, 6, F, C): G·w·Gᵀ of the kernels (F, C, 3, 3)."""
    return (np.kron(G, G).astype(w.dtype) @ w.reshape(-1, 9).T).reshape(6, 6, *w.shape[:2])


def forward(x, w, b, tiles, space, keep=False):
    """out (N, F, OH, OW) of x (N, C, H, W), w (F, C, 3, 3), b (F,).

    With ``keep``, the transformed input stays in the workspace for ``backward``.
    """
    t, kernels = tiles, transformed(w).swapaxes(2, 3).copy()
    out = np.empty((t.n, t.filters, t.rows, t.cols), x.dtype)
    for k, start, stop in t.chunks(x.itemsize):
        v = t.input(x[start:stop], space, f"kept {k}" if keep else "input")
        flat, product = t.tiles("product", stop - start, t.filters, space, x.dtype)
        np.matmul(v, kernels, out=product)
        product[1, 1] += b  # this place of a tile reaches every output pixel once, times 1
        t.output(flat, out[start:stop], space)
    return out


def backward(dout, w, tiles, space, input_gradient=True):
    """(dx or None, dw, db) of dout (N, F, OH, OW), after a forward pass that kept its input."""
    t = tiles
    kernels = transformed(w)
    db = np.zeros(t.filters, w.dtype)
    dkernels = np.zeros((6, 6, t.channels, t.filters), w.dtype)
    share = np.empty_like(dkernels)
    dx = np.empty((t.n, t.channels, t.height, t.width), dout.dtype) if input_gradient else None
    for k, start, stop in t.chunks(dout.itemsize):
        dproduct = t.output_backward(dout[start:stop], space)
        db += dproduct[1, 1].sum(axis=0)  # this place holds the sum of a tile's gradient
        flat, v = t.tiles(f"kept {k}", stop - start, t.channels, space, dout.dtype)
        dkernels += np.matmul(v.swapaxes(2, 3), dproduct, out=share)
        if input_gradient:
            np.matmul(dproduct, kernels, out=v)  # x's tiles have done their work
            t.input_backward(flat, dx[start:stop], space)
    dw = np.kron(G, G).T.astype(w.dtype) @ dkernels.reshape(36, -1)
    return dx, dw.reshape(9, t.channels, t.filters).T.reshape(w.shape), db
