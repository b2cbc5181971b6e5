"""Pooling: a map is made smaller, window by window, each channel alone."""

import numpy as np

from coursekit.reference.input_checks import whole
from coursekit.reference.pooling_checks import narrow_frame, output_axes

from . import _chunks
from .layer import Layer

DOWN, ALONG = 0, 1  # directions, as places in (vertical, horizontal) pairs


def parts(maps):
    """Slices of a few images at a time, so that every place of the window finds them in cache."""
    return _chunks.slices(len(maps), _chunks.size(len(maps), maps[:1].nbytes))


class Pool2d(Layer):
    """Base: windows of ``size``, ``stride`` apart, wholly inside the framed map.

    (N, C, H, W) → (N, C, ⌊(H + 2·padding − size)/stride⌋ + 1, and W alike).

    Args:
        size: whole number or pair (vertical, horizontal).
        stride: the same; by default as large as the window.
        padding: the same; width of a frame round each map, at most half of the window.  It
            holds −inf for the maximum, and zeros, which count as pixels, for sum and mean.
        forward, backward: functions of your own, as for every ``Layer``; they are called
            with ``size=`` and ``stride=``, as given here, and with ``padding=`` if not 0.
    """

    axes = "N C H W"
    _outside = 0.0  # what the frame holds

    def __init__(self, size=2, stride=None, padding=0, **functions):
        super().__init__(**functions)
        stride = size if stride is None else stride
        self._given = {"size": size, "stride": stride}
        if padding != 0:
            self._given["padding"] = padding
        self.size = whole("size", size, minimum=1)
        self.stride = whole("stride", stride, minimum=1)
        self.padding = whole("padding", padding)
        narrow_frame(self.size, self.padding)

    def options(self):
        return self._given

    def output_shape(self, shape):
        if len(shape) != 4:
            raise ValueError(f"{self.name} takes (N, C, H, W), not {tuple(shape)}")
        return (*shape[:2], *output_axes(shape[2:], self.size, self.stride, self.padding))

    @property
    def windows(self):
        return [tuple(zip(self.size, self.stride, (1, 1), strict=True))]

    def _inside(self, framed):
        """The map within its frame (a view)."""
        (py, px), (rows, cols) = self.padding, framed.shape[2:]
        return framed[:, :, py : rows - py, px : cols - px]

    def _framed(self, x):
        """x in a frame of ``_outside``; x itself where there is none."""
        if self.padding == (0, 0):
            return x
        n, channels, *sides = x.shape
        sides = [side + 2 * p for side, p in zip(sides, self.padding, strict=True)]
        framed = np.full((n, channels, *sides), self._outside, x.dtype)
        self._inside(framed)[...] = x
        return framed

    def _unframed(self, dx):
        """The gradient without that of the frame."""
        return dx if self.padding == (0, 0) else np.ascontiguousarray(self._inside(dx))

    def _line(self, maps, step):
        """For every place of the window in one direction: its pixels in all windows (a view)."""
        size, stride = self.size[step], self.stride[step]
        beyond = maps.shape[2 + step] - size + 1  # after the last window's first pixel
        for k in range(size):
            places = slice(k, k + beyond, stride)
            yield maps[:, :, places] if step == DOWN else maps[..., places]

    def _taps(self, maps):
        """For every place in the window, row by row: its pixels in all windows (a view)."""
        for rows in self._line(maps, DOWN):
            yield from self._line(rows, ALONG)

    def _in_two_steps(self, combine, maps, out=None):
        """What ``combine`` makes of all pixels of a window: down its columns, then along.

        K + K pixels a window in place of K·K, and the first step reads whole rows.
        """
        columns = combine(self._line(maps, DOWN))
        return combine(self._line(columns, ALONG), out)

    @property
    def _disjoint(self):
        """Whether no pixel lies in two windows."""
        return self.stride[0] >= self.size[0] and self.stride[1] >= self.size[1]

    def _empty_gradient(self):
        """An array for dx, framed; not filled if the windows cover every pixel exactly once."""
        n, channels, *sides = self._input.shape
        sides = [side + 2 * p for side, p in zip(sides, self.padding, strict=True)]
        covered = self.stride == self.size and all(
            side % k == 0 for side, k in zip(sides, self.size, strict=True)
        )
        return (np.empty if covered else np.zeros)((n, channels, *sides), self._input.dtype)


def largest(taps, out=None):
    """The largest of the taps, place by place."""
    first = next(taps)
    out = np.maximum(first, next(taps, first), out=out)
    for tap in taps:
        np.maximum(out, tap, out=out)
    return out


class MaxPool2d(Pool2d):
    """The largest number of each window; its gradient goes to the first such number.

    "First" is row by row, from left to right, so that ties have one winner.  A pooling that
    ``remembers``, for a ``MaxUnpool2d``, keeps the ``winners`` of its last forward pass: their
    places y·W + x in their maps, and the shape of x.
    """

    _outside = -np.inf
    remembers, winners = False, None

    def _forward(self, x, training):
        out = np.empty(self.output_shape(x.shape), x.dtype)
        shape, x = x.shape, self._framed(x)
        for part in parts(x):
            self._in_two_steps(largest, x[part], out[part])
        if training:
            self._out = out
        if self.remembers:
            self.winners = self._places(x, out, shape[3]), shape
        return out

    def _winners(self, framed, out):
        """For every place in the window: the windows that have their winner there."""
        free = np.ones(out.shape, bool)  # windows whose winner is not found yet
        won = np.empty(out.shape, bool)
        last = self.size[0] * self.size[1] - 1
        for k, tap in enumerate(self._taps(framed)):
            if k == last:
                yield free  # all others have lost
                return
            np.equal(tap, out, out=won)
            won &= free
            free ^= won
            yield won

    def _places(self, framed, out, width):
        """Where in its map, counted in reading order, the winner of each window stands."""
        first = np.zeros(out.shape, np.intp)  # its number in the window
        for number, won in enumerate(self._winners(framed, out)):
            first[won] = number
        y, x = np.divmod(first, self.size[1])
        (sy, sx), (py, px) = self.stride, self.padding
        y += sy * np.arange(out.shape[2])[:, None] - py
        x += sx * np.arange(out.shape[3]) - px
        return y * width + x

    def _backward(self, dout, input_gradient):
        if not input_gradient:
            return None
        x, dx = self._framed(self._input), self._empty_gradient()
        for part in parts(x):
            self._give_to_winners(dout[part], self._out[part], x[part], dx[part])
        return self._unframed(dx)

    def _give_to_winners(self, dout, out, x, dx):
        share = np.empty_like(dout)
        for won, target in zip(self._winners(x, out), self._taps(dx), strict=True):
            np.copyto(share, won)
            if self._disjoint:
                np.multiply(dout, share, out=target)
            else:
                share *= dout
                target += share


def total(taps, out=None):
    """The sum of the taps, place by place."""
    first = next(taps)
    out = np.add(first, next(taps, 0), out=out)
    for tap in taps:
        out += tap
    return out


class SumPool2d(Pool2d):
    """The sum of each window; every pixel of it gets the whole gradient."""

    _scale = 1.0

    def _forward(self, x, training):
        out = self._in_two_steps(total, self._framed(x))
        if self._scale != 1:
            out *= x.dtype.type(self._scale)
        return out

    def _backward(self, dout, input_gradient):
        if not input_gradient:
            return None
        dx = self._empty_gradient()
        share = dout * dout.dtype.type(self._scale) if self._scale != 1 else dout
        for target in self._taps(dx):
            if self._disjoint:
                target[...] = share
            else:
                target += share
        return self._unframed(dx)


class AvgPool2d(SumPool2d):
    """The mean of each window; every pixel of it gets an equal share of the gradient."""

    @property
    def _scale(self):
        return 1 / (self.size[0] * self.size[1])


class GlobalAvgPool2d(Layer):
    """The mean of each map, (N, C, H, W) → (N, C), for any size of map.

    Source: Lin, Chen and Yan, "Network in network", 2014.
    """

    axes = "N C H W"

    def output_shape(self, shape):
        if len(shape) != 4:
            raise ValueError(f"GlobalAvgPool2d takes (N, C, H, W), not {tuple(shape)}")
        return tuple(shape[:2])

    @property
    def windows(self):
        return None

    def _forward(self, x, training):
        return x.mean(axis=(2, 3))

    def _backward(self, dout, input_gradient):
        shape = self._input.shape
        share = dout / dout.dtype.type(shape[2] * shape[3])
        return np.ascontiguousarray(np.broadcast_to(share[:, :, None, None], shape))
