"""Convolution of any kind by one matrix product over long rows.

Pad the image and lay its rows one after another.  For one tap of the kernel, the inputs of
*all* outputs then lie in one contiguous run: the tap's offset is where the run starts.  So
the columns of im2col are filled by one plain copy a tap.  A run also passes the ends of the
rows, and what it finds there is junk, which is cropped from the product.

At stride s the padded image is first dealt out into s·s phases, pixels whose places agree
modulo s; each tap is again one run, in one phase.

The columns of a few images are computed at a time.
"""

from functools import cached_property

import numpy as np

from . import _chunks


class LongRows:
    """The geometry of one convolution: x (N, C, H, W), w (F, C/groups, KH, KW)."""

    def __init__(self, x_shape, w_shape, stride, padding, dilation, groups):
        self.n, self.channels, self.height, self.width = x_shape
        self.filters, _, self.kh, self.kw = w_shape
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        (py, px), (sy, sx), (dy, dx) = padding, stride, dilation
        self.rows = (self.height + 2 * py - dy * (self.kh - 1) - 1) // sy + 1
        self.cols = (self.width + 2 * px - dx * (self.kw - 1) - 1) // sx + 1
        self.phase_rows = -(-(self.height + 2 * py) // sy)
        self.phase_cols = -(-(self.width + 2 * px) // sx)
        self.run = self.rows * self.phase_cols
        # a run may end a few places behind the last row
        self.plane = self.phase_rows * self.phase_cols + self.phase_cols - self.cols

    @cached_property
    def taps(self):
        """For each tap of the kernel: its phase, and where its run starts in that phase."""
        (dy, dx), (sy, sx) = self.dilation, self.stride
        return [
            ((i * dy % sy) * sx + j * dx % sx, (i * dy // sy) * self.phase_cols + j * dx // sx)
            for i in range(self.kh)
            for j in range(self.kw)
        ]

    @cached_property
    def deals(self):
        """For each phase: its number, its slices of x, and where they stand in the phase."""
        places = []
        for size, p, s in zip((self.height, self.width), self.padding, self.stride, strict=True):
            first = [(a - p) % s for a in range(s)]  # of x, for each phase a
            places.append(
                [
                    (slice(f, None, s), slice((p + f) // s, (p + f) // s + len(range(f, size, s))))
                    for f in first
                ]
            )
        return [
            (a * self.stride[1] + b, (from_y, from_x), (to_y, to_x))
            for a, (from_y, to_y) in enumerate(places[0])
            for b, (from_x, to_x) in enumerate(places[1])
        ]

    def chunks(self, itemsize):
        """Slices of a few images at a time, and how many at most."""
        bytes_each = (self.channels * self.kh * self.kw + self.filters) * self.run * itemsize
        count = _chunks.size(self.n, bytes_each)
        return _chunks.slices(self.n, count), count

    def buffers(self, count, dtype, space):
        shape = count, self.channels, self.stride[0] * self.stride[1], self.plane
        phases = space.zeros("phases", shape, dtype, (self.height, self.width))
        columns = space.array("columns", (count, self.channels, self.kh * self.kw, self.run), dtype)
        product = space.array("product", (count, self.filters, self.run), dtype)
        return phases, columns, product

    def planes(self, phases):
        """The phases as images; writable."""
        size = self.phase_rows * self.phase_cols
        return phases[..., :size].reshape(*phases.shape[:3], self.phase_rows, self.phase_cols)

    def fill(self, columns, phases, x):
        planes = self.planes(phases)
        for number, (from_y, from_x), (to_y, to_x) in self.deals:
            planes[:, :, number, to_y, to_x] = x[:, :, from_y, from_x]
        for t, (phase, start) in enumerate(self.taps):
            columns[:, :, t] = phases[:, :, phase, start : start + self.run]

    def grouped(self, a):
        """Split the channel axis into (groups, channels of a group · anything between)."""
        return a.reshape(len(a), self.groups, -1, a.shape[-1])


def forward(x, w, b, geometry, space):
    """out (N, F, OH, OW) of x (N, C, H, W)."""
    g = geometry
    out = np.empty((g.n, g.filters, g.rows, g.cols), x.dtype)
    chunks, count = g.chunks(x.itemsize)
    phases, columns, product = g.buffers(count, x.dtype, space)
    kernels = w.reshape(g.groups, g.filters // g.groups, -1)
    for part in chunks:
        m = len(x[part])
        g.fill(columns[:m], phases[:m], x[part])
        np.matmul(kernels, g.grouped(columns[:m]), out=g.grouped(product[:m]))
        rows = product[:m].reshape(m, g.filters, g.rows, g.phase_cols)
        out[part] = rows[..., : g.cols]
        out[part] += b[:, None, None]
    return out


def backward(dout, x, w, geometry, space, input_gradient=True):
    """(dx or None, dw, db) of dout (N, F, OH, OW)."""
    g = geometry
    chunks, count = g.chunks(x.itemsize)
    phases, columns, _ = g.buffers(count, x.dtype, space)
    shape = count, g.filters, g.rows, g.phase_cols
    rows = space.zeros("dout", shape, x.dtype, g.cols)  # zero where a run wraps round
    kernels = w.reshape(g.groups, g.filters // g.groups, -1)
    dw, db, ones = np.zeros_like(kernels), np.zeros(g.filters, w.dtype), np.ones(g.run, w.dtype)
    dx = np.empty(x.shape, x.dtype) if input_gradient else None
    if input_gradient:
        dphases = space.array("dphases", phases.shape, x.dtype)
    for part in chunks:
        m = len(x[part])
        g.fill(columns[:m], phases[:m], x[part])
        rows[:m, ..., : g.cols] = dout[part]
        gradient = g.grouped(rows[:m].reshape(m, g.filters, g.run))
        dw += np.matmul(gradient, g.grouped(columns[:m]).swapaxes(2, 3)).sum(axis=0)
        db += np.matmul(gradient, ones).sum(axis=0).ravel()
        if not input_gradient:
            continue
        dcolumns = columns[:m]  # x's columns have done their work
        spread = np.matmul if kernels.shape[1] > 1 else np.multiply  # of one row: no sum in it
        spread(kernels.swapaxes(1, 2), gradient, out=g.grouped(dcolumns))
        dphases[:m] = 0
        for t, (phase, first) in enumerate(g.taps):
            dphases[:m, :, phase, first : first + g.run] += dcolumns[:, :, t]
        planes = g.planes(dphases[:m])
        for number, (from_y, from_x), (to_y, to_x) in g.deals:
            dx[part, :, from_y, from_x] = planes[:, :, number, to_y, to_x]
    return dx, dw.reshape(w.shape), db
