"""3×3 convolution at stride 1 with a quarter of the multiplications: Winograd F(4×4, 3×3).

The input is cut into overlapping 6×6 tiles, each of which gives 4×4 outputs.  Tiles and
kernels are mapped to a basis in which convolution is 36 separate products,

    out tile = Aᵀ · [(G·w·Gᵀ) ⊙ (Bᵀ·x tile·B)] · A        summed over channels inside [ ]

so there are 36 multiply-adds for 16 outputs where the direct way needs 144.  Summed over
channels, each of the 36 is one matrix product.

A tile is written as a column of 36 numbers, so that Bᵀ·tile·B becomes (Bᵀ ⊗ Bᵀ)·tile: one
matrix product maps all tiles and channels.  The backward pass is the same three maps
transposed, in reverse order; the tiles of the gradient are added where they overlap.

In float32 the relative error is near 1e-5, where the direct way has 1e-6: the price of
subtractions in Bᵀ.  Source: Lavin and Gray, "Fast algorithms for convolutional neural
networks", 2016.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from . import _chunks

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
TILE_MAP, KERNEL_MAP, OUTPUT_MAP = (np.kron(each, each) for each in (BT, G, AT))


class Tiles:
    """How the images of one convolution are cut into tiles.

    x: (N, C, H, W) with a frame of ``padding``; down × across tiles an image, each of which
    gives 4×4 of the OH × OW outputs (the last ones fewer).
    """

    def __init__(self, x_shape, filters, padding, dtype):
        self.n, self.channels, height, width = self.x_shape = x_shape
        self.filters, self.dtype, (top, left) = filters, dtype, padding
        self.rows, self.cols = height + 2 * top - 2, width + 2 * left - 2
        self.down, self.across = -(-self.rows // 4), -(-self.cols // 4)
        self.image = slice(top, top + height), slice(None), slice(left, left + width)
        self.outputs = slice(self.rows), slice(None), slice(self.cols)
        self.tile_map, self.output_map = TILE_MAP.astype(dtype), OUTPUT_MAP.astype(dtype)
        each = 36 * max(self.channels, filters) * self.down * self.across * dtype.itemsize
        self.count = _chunks.size(self.n, each)

    def chunks(self):
        """(number, slice) of a few images at a time."""
        return enumerate(_chunks.slices(self.n, self.count))

    def tiles(self, name, m, channels, space):
        """(6, 6, tiles of m images, channels)."""
        return space.array(name, (6, 6, self.down * m * self.across, channels), self.dtype)

    def columns(self, size, m, channels, space):
        """(size, size, down, m, across, channels): a place in the tile, which tile, channel."""
        return space.array("columns", (size, size, self.down, m, self.across, channels), self.dtype)

    def input(self, x, space, name):
        """(6, 6, tiles, C): Bᵀ·tile·B of the tiles of x (m, C, H, W)."""
        m = len(x)
        shape = 4 * self.down + 2, self.count, 4 * self.across + 2, self.channels
        framed = space.zeros("framed x", shape, self.dtype, self.image)[:, :m]
        flip(x, framed[self.image])
        tiles = self.columns(6, m, self.channels, space)
        tiles[...] = cut(framed, 6, self.down, self.across)
        out = self.tiles(name, m, self.channels, space)
        np.matmul(self.tile_map, tiles.reshape(36, -1), out=out.reshape(36, -1))
        return out

    def input_backward(self, v, dx, space):
        """Write to dx (m, C, H, W) the sums of B·tile·Bᵀ, tiles added where they overlap."""
        m = len(dx)
        tiles = self.columns(6, m, self.channels, space)
        np.matmul(self.tile_map.T, v.reshape(36, -1), out=tiles.reshape(36, -1))
        tiles[:2, :, 1:] += tiles[4:, :, :-1]  # the last two rows of a tile begin the one below
        tiles[:, :2, :, :, 1:] += tiles[:, 4:, :, :, :-1]
        shape = 4 * self.down + 2, m, 4 * self.across + 2, self.channels
        framed = space.array("pixels", shape, self.dtype)
        pixels = cut(framed, 6, self.down, self.across)
        parts = (slice(4), slice(None)), (slice(4, 6), slice(-1, None))  # 4 each, 6 of the last
        for i, down in parts:
            for j, across in parts:
                pixels[i, j, down, :, across] = tiles[i, j, down, :, across]
        flip_back(framed[self.image], dx)

    def output(self, product, out, space):
        """Write Aᵀ·tile·A to out (m, F, OH, OW)."""
        m = len(out)
        tiles = self.columns(4, m, self.filters, space)
        np.matmul(self.output_map, product.reshape(36, -1), out=tiles.reshape(16, -1))
        shape = 4 * self.down, m, 4 * self.across, self.filters
        framed = space.array("pixels", shape, self.dtype)
        cut(framed, 4, self.down, self.across)[...] = tiles
        flip_back(framed[self.outputs], out)

    def output_backward(self, dout, space):
        """(6, 6, tiles, F): A·tile·Aᵀ of the tiles of the gradient dout (m, F, OH, OW)."""
        m = len(dout)
        shape = 4 * self.down, self.count, 4 * self.across, self.filters
        framed = space.zeros("framed dout", shape, self.dtype, self.outputs)[:, :m]
        flip(dout, framed[self.outputs])
        tiles = self.columns(4, m, self.filters, space)
        tiles[...] = cut(framed, 4, self.down, self.across)
        out = self.tiles("product", m, self.filters, space)
        np.matmul(self.output_map.T, tiles.reshape(16, -1), out=out.reshape(36, -1))
        return out


def cut(images, size, down, across):
    """(size, size, down, m, across, C): tiles that begin every 4 pixels of images (H, m, W, C).

    A view: what is written to it is written to the images.
    """
    _, m, _, channels = images.shape
    row, image, column, one = images.strides
    shape = size, size, down, m, across, channels
    return as_strided(images, shape, (row, column, 4 * row, image, 4 * column, one))


def flip(x, rows):
    """Copy x (m, C, H, W) to rows (H, m, W, C).

    One pixel is read from many channels, and where these are 4096 bytes apart they share the
    eight lines of one set of the cache: so as many channels at a time as fit.
    """
    fit = 8 * 4096 // math.gcd(4096, x.strides[1])
    for c in range(0, x.shape[1], fit):
        rows[..., c : c + fit] = x[:, c : c + fit].transpose(2, 0, 3, 1)


def flip_back(rows, x):
    """Copy rows (H, m, W, C) to x (m, C, H, W)."""
    x.transpose(2, 0, 3, 1)[...] = rows


def transformed(w):
    """(6, 6, F, C): G·w·Gᵀ of the kernels (F, C, 3, 3)."""
    return (KERNEL_MAP.astype(w.dtype) @ w.reshape(-1, 9).T).reshape(6, 6, *w.shape[:2])


def forward(x, w, b, tiles, space, keep=False):
    """out (N, F, OH, OW) of x (N, C, H, W), w (F, C, 3, 3), b (F,).

    With ``keep``, the transformed input stays in the workspace for ``backward``.
    """
    t, kernels = tiles, transformed(w).swapaxes(2, 3).copy()
    out = np.empty((t.n, t.filters, t.rows, t.cols), x.dtype)
    for k, part in t.chunks():
        v = t.input(x[part], space, f"kept {k}" if keep else "input")
        product = t.tiles("product", len(x[part]), t.filters, space)
        np.matmul(v, kernels, out=product)
        product[1, 1] += b  # this place of a tile reaches every output pixel once, times 1
        t.output(product, out[part], space)
    return out


def backward(dout, w, tiles, space, input_gradient=True):
    """(dx or None, dw, db) of dout (N, F, OH, OW), after a forward pass that kept its input."""
    t, kernels = tiles, transformed(w)
    db = np.zeros(t.filters, w.dtype)
    dkernels = np.zeros((6, 6, t.channels, t.filters), w.dtype)
    share = np.empty_like(dkernels)
    dx = np.empty(t.x_shape, dout.dtype) if input_gradient else None
    for k, part in t.chunks():
        dproduct = t.output_backward(dout[part], space)
        db += dproduct[1, 1].sum(axis=0)  # this place holds the sum of a tile's gradient
        v = t.tiles(f"kept {k}", len(dout[part]), t.channels, space)
        dkernels += np.matmul(v.swapaxes(2, 3), dproduct, out=share)
        if input_gradient:
            np.matmul(dproduct, kernels, out=v)  # x's tiles have done their work
            t.input_backward(v, dx[part], space)
    dw = KERNEL_MAP.T.astype(w.dtype) @ dkernels.reshape(36, -1)
    return dx, dw.reshape(9, t.channels, t.filters).T.reshape(w.shape), db
