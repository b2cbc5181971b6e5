"""Convolution as others write it in NumPy, for comparison: (x, w, b, dout) → forward + backward."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view


def _windows(x, w, stride, padding):
    """Padded x, and its windows (N, C, OH, OW, KH, KW) as a view."""
    xp = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    windows = sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return xp, windows


def _crop(dxp, padding):
    end = -padding if padding else None
    return dxp[:, :, padding:end, padding:end]


def strided_im2col(x, w, b, dout, stride, padding):
    """One matrix of columns for the whole batch, made by strides; col2im tap by tap."""
    (n, c, _, _), (f, _, kh, kw) = x.shape, w.shape
    xp = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    rows, cols = dout.shape[2:]
    s = xp.strides
    columns = as_strided(
        xp,
        (c, kh, kw, n, rows, cols),
        (s[1], s[2], s[3], s[0], stride * s[2], stride * s[3]),
    )
    columns = np.ascontiguousarray(columns).reshape(c * kh * kw, -1)
    out = w.reshape(f, -1) @ columns + b[:, None]
    out = np.ascontiguousarray(out.reshape(f, n, rows, cols).transpose(1, 0, 2, 3))

    flat = dout.transpose(1, 0, 2, 3).reshape(f, -1)
    dw = (flat @ columns.T).reshape(w.shape)
    dcolumns = (w.reshape(f, -1).T @ flat).reshape(c, kh, kw, n, rows, cols)
    dxp = np.zeros_like(xp)
    for i in range(kh):
        for j in range(kw):
            window = dxp[:, :, i : i + stride * rows : stride, j : j + stride * cols : stride]
            window += dcolumns[:, i, j].swapaxes(0, 1)
    return out, _crop(dxp, padding), dw, dout.sum(axis=(0, 2, 3))


def add_at_col2im(x, w, b, dout, stride, padding):
    """Columns by fancy indexing, and back by ``np.add.at``."""
    (n, c, _, _), (f, _, kh, kw) = x.shape, w.shape
    rows, cols = dout.shape[2:]
    xp = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    channel = np.repeat(np.arange(c), kh * kw)[:, None]
    down = np.tile(np.repeat(np.arange(kh), kw), c)[:, None]
    across = np.tile(np.arange(kw), kh * c)[:, None]
    down = down + stride * np.repeat(np.arange(rows), cols)
    across = across + stride * np.tile(np.arange(cols), rows)
    columns = xp[:, channel, down, across].transpose(1, 2, 0).reshape(c * kh * kw, -1)
    out = (w.reshape(f, -1) @ columns + b[:, None]).reshape(f, rows, cols, n)
    out = out.transpose(3, 0, 1, 2)

    flat = dout.transpose(1, 2, 3, 0).reshape(f, -1)
    dw = (flat @ columns.T).reshape(w.shape)
    dcolumns = (w.reshape(f, -1).T @ flat).reshape(c * kh * kw, -1, n).transpose(2, 0, 1)
    dxp = np.zeros_like(xp)
    np.add.at(dxp, (slice(None), channel, down, across), dcolumns)
    return out, _crop(dxp, padding), dw, dout.sum(axis=(0, 2, 3))


def window_view(x, w, b, dout, stride, padding):
    """``sliding_window_view`` and ``tensordot``; backward by a full convolution."""
    _, windows = _windows(x, w, stride, padding)
    out = np.tensordot(windows, w, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)
    out = out + b[:, None, None]

    dw = np.tensordot(dout, windows, axes=([0, 2, 3], [0, 2, 3]))
    n, f, rows, cols = dout.shape
    kh, kw = w.shape[2:]
    height, width = x.shape[2] + 2 * padding, x.shape[3] + 2 * padding
    spread = np.zeros((n, f, height + kh - 1, width + kw - 1), dout.dtype)
    spread[
        :, :, kh - 1 : kh - 1 + stride * rows : stride, kw - 1 : kw - 1 + stride * cols : stride
    ] = dout
    turned = w[:, :, ::-1, ::-1]
    around = sliding_window_view(spread, (kh, kw), axis=(2, 3))
    dxp = np.tensordot(around, turned, axes=([1, 4, 5], [0, 2, 3])).transpose(0, 3, 1, 2)
    return out, _crop(dxp, padding), dw, dout.sum(axis=(0, 2, 3))


PEERS = {
    "strided im2col": strided_im2col,
    "np.add.at col2im": add_at_col2im,
    "sliding_window_view": window_view,
}
