"""A 1×1 convolution needs no columns: it is one matrix product an image."""

import numpy as np

CACHE = 1 << 20  # bytes of input and output at a time


def chunks(n, bytes_each):
    count = max(1, CACHE // max(1, bytes_each))
    return [(a, min(a + count, n)) for a in range(0, n, count)]


def forward(x, w, b):
    """out (N, F, H, W) of x (N, C, H, W), w (F, C, 1, 1)."""
    n, c, height, width = x.shape
    f = len(w)
    kernels, pixels = w.reshape(f, c), x.reshape(n, c, height * width)
    out = np.empty((n, f, height * width), x.dtype)
    for a, z in chunks(n, (c + f) * height * width * x.itemsize):
        np.matmul(kernels, pixels[a:z], out=out[a:z])
        out[a:z] += b[:, None]
    return out.reshape(n, f, height, width)


def backward(dout, x, w, input_gradient=True):
    """(dx or None, dw, db) of dout (N, F, H, W)."""
    n, c, height, width = x.shape
    f = len(w)
    kernels, pixels = w.reshape(f, c), x.reshape(n, c, height * width)
    gradient = dout.reshape(n, f, height * width)
    dw, db, ones = np.zeros((f, c), x.dtype), np.zeros(f, x.dtype), np.ones(height * width, x.dtype)
    dx = np.empty((n, c, height * width), x.dtype) if input_gradient else None
    for a, z in chunks(n, (c + f) * height * width * x.itemsize):
        dw += np.matmul(gradient[a:z], pixels[a:z].swapaxes(1, 2)).sum(axis=0)
        db += np.matmul(gradient[a:z], ones).sum(axis=0)
        if input_gradient:
            np.matmul(kernels.T, gradient[a:z], out=dx[a:z])
    return (dx.reshape(x.shape) if input_gradient else None), dw.reshape(w.shape), db
