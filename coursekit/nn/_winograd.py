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

    def __init__(self, x_shape, filters, padding):
        self.n, self.channels, self.height, self.width = x_shape
        self.filters, self.padding = filters, padding
        self.rows, self.cols = self.height + 2 * padding[0] - 2, self.width + 2 * padding[1] - 2
        self.down, self.across = -(-self.rows // 4), -(-self.cols // 4)

    def chunks(self, itemsize):
        """(number, first image, end) of a few images at a time, and how many at most."""
        each = 36 * max(self.channels, self.filters) * self.down * self.across * itemsize
        count = max(1, min(self.n, CACHE // each))
        starts = range(0, self.n, count)
        return [(k, a, min(a + count, self.n)) for k, a in enumerate(starts)], count

    def input(self, x, count, space, name):
        """(6, 6, C, m, down, across): Bᵀ·tile·B of the tiles of m images."""
        m, (py, px) = len(x), self.padding
        frame = (count, self.channels, 4 * self.down + 2, 4 * self.across + 2)
        framed = space.zeros("framed", frame, x.dtype, (x.shape[1:], self.padding))
        framed[:m, :, py : py + self.height, px : px + self.width] = x
        s = framed.strides
        shape = 6, 6, self.channels, m, self.down, self.across
        windows = as_strided(framed, shape, (s[2], s[3], s[1], s[0], 4 * s[2], 4 * s[3]))
        tiles = space.array("tiles", shape, x.dtype)
        np.copyto(tiles, windows)
        half = space.array("half", (6, tiles.size // 6), x.dtype)
        np.matmul(BT.astype(x.dtype), tiles.reshape(6, -1), out=half)
        out = space.array(name, (6, 6, tiles.size // 36), x.dtype)
        np.matmul(BT.astype(x.dtype), half.reshape(6, 6, -1), out=out)
        return out.reshape(36, self.channels, -1)

    def input_backward(self, tiles, dx, space):
        """Write to dx (m, C, H, W) the sums of B·tile·Bᵀ, tiles added where they overlap."""
        m, b, (py, px) = len(dx), BT.T.astype(dx.dtype), self.padding
        down, across, inner = self.down, self.across, (self.channels, m)
        half = space.array("half", (6, tiles.size // 6), dx.dtype)
        np.matmul(b, tiles.reshape(6, -1), out=half)
        spread = space.array("tiles", (6, 6, tiles.size // 36), dx.dtype)
        np.matmul(b, half.reshape(6, 6, -1), out=spread)
        spread = spread.reshape(6, 6, *inner, down, across)
        # rows and columns 4 and 5 of a tile are 0 and 1 of the next one
        sums = space.array("sums", (4, 4, *inner, down + 1, across + 1), dx.dtype)
        sums[..., down, :], sums[..., across] = 0, 0
        sums[..., :down, :across] = spread[:4, :4]
        sums[:2, ..., 1:, :across] += spread[4:, :4]
        sums[:, :2, ..., :down, 1:] += spread[:4, 4:]
        sums[:2, :2, ..., 1:, 1:] += spread[4:, 4:]
        framed = space.array("sum", (m, self.channels, down + 1, 4, across + 1, 4), dx.dtype)
        np.copyto(framed, sums.transpose(3, 2, 4, 0, 5, 1))
        framed = framed.reshape(m, self.channels, 4 * (down + 1), 4 * (across + 1))
        dx[...] = framed[:, :, py : py + self.height, px : px + self.width]

    def output(self, product, out, space):
        """Write Aᵀ·tile·A of tiles (36, F, m·down·across) to out (m, F, down, 4, across, 4)."""
        at = AT.astype(product.dtype)
        half = space.array("half", (4, product.size // 6), product.dtype)
        np.matmul(at, product.reshape(6, -1), out=half)
        # the pixels of a row of the tile last: they are neighbours in the image
        y = space.array("tiles", (4, product.size // 36, 4), product.dtype)
        np.matmul(half.reshape(4, 6, -1).swapaxes(1, 2), at.T, out=y)
        y = y.reshape(4, self.filters, len(out), self.down, self.across, 4)
        np.copyto(out, y.transpose(2, 1, 3, 0, 4, 5))

    def output_backward(self, dout, count, space):
        """(36, F, m·down·across): A·tile·Aᵀ of the tiles of the gradient of m images."""
        m, a = len(dout), AT.T.astype(dout.dtype)
        if self.rows % 4 or self.cols % 4:  # fill the last tiles up with zeros
            whole = (count, self.filters, 4 * self.down, 4 * self.across)
            framed = space.zeros("dout", whole, dout.dtype, dout.shape[1:])
            framed[:m, :, : self.rows, : self.cols] = dout
            dout = framed[:m]
        rows = dout.reshape(m, self.filters, self.down, 4, self.across, 4)
        shape = 4, self.filters, m, self.down, self.across, 4
        tiles = space.array("tiles", shape, dout.dtype)
        np.copyto(tiles, rows.transpose(3, 1, 0, 2, 4, 5))
        tiles = tiles.reshape(4, -1, 4)
        half = space.array("half", (4, 6, tiles.shape[1]), dout.dtype)
        np.matmul(a, tiles.swapaxes(1, 2), out=half)
        out = space.array("product", (6, 6 * tiles.shape[1]), dout.dtype)
        np.matmul(a, half.reshape(4, -1), out=out)
        return out.reshape(36, self.filters, -1)


def transformed(w):
    """(36, F, C): G·w·Gᵀ of the kernels (F, C, 3, 3)."""
    g = G.astype(w.dtype)
    return (g @ w @ g.T).reshape(*w.shape[:2], 36).transpose(2, 0, 1).copy()


def forward(x, w, b, tiles, space, keep=False):
    """out (N, F, OH, OW) of x (N, C, H, W), w (F, C, 3, 3), b (F,).

    With ``keep``, the transformed input stays in the workspace for ``backward``.
    """
    t, kernels = tiles, transformed(w)
    out = np.empty((t.n, t.filters, t.down, 4, t.across, 4), x.dtype)
    chunks, count = t.chunks(x.itemsize)
    for k, start, stop in chunks:
        v = t.input(x[start:stop], count, space, f"kept {k}" if keep else "input")
        product = space.array("product", (36, t.filters, v.shape[2]), x.dtype)
        np.matmul(kernels, v, out=product)
        product[7] += b[:, None]  # tile place (1, 1) reaches every output pixel once, times 1
        t.output(product, out[start:stop], space)
    out = out.reshape(t.n, t.filters, 4 * t.down, 4 * t.across)
    return np.ascontiguousarray(out[:, :, : t.rows, : t.cols])


def backward(dout, w, tiles, space, input_gradient=True):
    """(dx or None, dw) of dout (N, F, OH, OW), after a forward pass that kept its input."""
    t = tiles
    chunks, count = t.chunks(dout.itemsize)
    kernels = transformed(w)
    dkernels, share = np.zeros_like(kernels), np.empty_like(kernels)
    dx = np.empty((t.n, t.channels, t.height, t.width), dout.dtype) if input_gradient else None
    for k, start, stop in chunks:
        dproduct = t.output_backward(dout[start:stop], count, space)
        v = space.array(f"kept {k}", (36, t.channels, dproduct.shape[2]), dout.dtype)
        dkernels += np.matmul(dproduct, v.swapaxes(1, 2), out=share)
        if input_gradient:
            np.matmul(kernels.swapaxes(1, 2), dproduct, out=v)  # x's tiles have done their work
            t.input_backward(v, dx[start:stop], space)
    g = G.astype(dout.dtype)
    return dx, g.T @ dkernels.transpose(1, 2, 0).reshape(*w.shape[:2], 6, 6) @ g
