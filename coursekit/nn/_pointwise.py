"""A 1×1 convolution needs no columns: it is one matrix product an image."""

import numpy as np

from . import _chunks


def parts(x, filters):
    """Slices of a few images of x (N, C, H, W), with their outputs."""
    n, c, height, width = x.shape
    each = (c + filters) * height * width * x.itemsize
    return _chunks.slices(n, _chunks.size(n, each))


def forward(x, w, b):
    """out (N, F, H, W) of x (N, C, H, W), w (F, C, 1, 1)."""
    n, c, height, width = x.shape
    f = len(w)
    kernels, pixels = w.reshape(f, c), x.reshape(n, c, height * width)
    out = np.empty((n, f, height * width), x.dtype)
    for part in parts(x, f):
        np.matmul(kernels, pixels[part], out=out[part])
        out[part] += b[:, None]
    return out.reshape(n, f, height, width)


def backward(dout, x, w, input_gradient=True):
    """(dx or None, dw, db) of dout (N, F, H, W)."""
    n, c, height, width = x.shape
    f = len(w)
    kernels, pixels = w.reshape(f, c), x.reshape(n, c, height * width)
    gradient = dout.reshape(n, f, height * width)
    dw, db, ones = np.zeros((f, c), x.dtype), np.zeros(f, x.dtype), np.ones(height * width, x.dtype)
    dx = np.empty((n, c, height * width), x.dtype) if input_gradient else None
    for part in parts(x, f):
        dw += np.matmul(gradient[part], pixels[part].swapaxes(1, 2)).sum(axis=0)
        db += np.matmul(gradient[part], ones).sum(axis=0)
        if input_gradient:
            np.matmul(kernels.T, gradient[part], out=dx[part])
    return (dx.reshape(x.shape) if input_gradient else None), dw.reshape(w.shape), db
