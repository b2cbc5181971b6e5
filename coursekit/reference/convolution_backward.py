"""Convolution, backward: where each gradient of the output goes.

One weight is used at every place, so its gradient is a sum over all places; one input lies
under several windows, so its gradient is a sum over the taps that touched it.  Both sums are
convolutions again.  ``dout`` is the gradient of the loss with respect to the output and has
the output's shape; every gradient has the shape of what it belongs to.

Stride and padding are whole numbers or (vertical, horizontal) pairs.
"""

import numpy as np

from . import convolution_checks as check
from .input_checks import checked


@checked(check.one_vector)
def conv1d_backward(dout, x, w):
    """Carry a gradient back through a 1-D convolution of one vector with one kernel.

    The forward pass is out[t] = Σᵢ x[t + i] · w[i], without padding, at stride 1.
    dout: (L − K + 1,); x: (L,); w: (K,).  Result: the tuple (dx, dw), shapes (L,) and (K,).

        dw[i] = Σₜ dout[t] · x[t + i]          dx[s] = Σᵢ dout[s − i] · w[i]

    where dout counts as zero outside its range.

    >>> conv1d_backward(np.array([1.0, 10.0]), np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0]))
    (array([ 4., 45., 50.]), array([21., 32.]))
    """
    k = len(w)
    dw = np.array([dout @ x[i : i + len(dout)] for i in range(k)])
    framed, turned = np.pad(dout, k - 1), w[::-1]
    dx = np.array([framed[s : s + k] @ turned for s in range(len(x))])
    return dx, dw


@checked(check.kernels)
def rotate180(w):
    """Turn every kernel by 180 degrees.

    w: (..., KH, KW).  Result: the same shape; the other axes keep their order.

        out[..., i, j] = w[..., KH − 1 − i, KW − 1 − j]

    >>> rotate180(np.array([[1, 2, 3], [4, 5, 6]]))
    array([[6, 5, 4],
           [3, 2, 1]])
    """
    return w[..., ::-1, ::-1]


@checked(check.bias_gradient)
def conv2d_bias_gradient(dout):
    """Compute the gradient of the biases of a convolution.

    dout: (N, F, OH, OW).  Result: (F,).  A bias is added at every place of every image:

        db[f] = Σ over n, r, c of dout[n, f, r, c]
    """
    return dout.sum(axis=(0, 2, 3))


@checked(check.weight_gradient)
def conv2d_weight_gradient(dout, x, kernel, stride=1, padding=0):
    """Compute the gradient of the kernels of a convolution.

    dout: (N, F, OH, OW); x: (N, C, H, W), the layer's input; kernel: the pair (KH, KW), how many
    rows and columns a kernel has; stride, padding: whole number or pair.
    Result: (F, C, KH, KW).  With S = stride and xᵖ the input framed by zeros,

        dw[f, k, i, j] = Σ over n, r, c of dout[n, f, r, c] · xᵖ[n, k, S·r + i, S·c + j]
    """
    (kh, kw), (sy, sx) = np.broadcast_to(kernel, 2), np.broadcast_to(stride, 2)
    py, px = np.broadcast_to(padding, 2)
    rows, cols = dout.shape[2:]
    xp = np.pad(x, [(0, 0), (0, 0), (py, py), (px, px)])
    dw = np.zeros((dout.shape[1], x.shape[1], kh, kw), dout.dtype)
    for i in range(kh):
        for j in range(kw):
            tap = xp[:, :, i : i + sy * rows : sy, j : j + sx * cols : sx]
            dw[:, :, i, j] = np.einsum("nfrc,nkrc->fk", dout, tap)
    return dw


@checked(check.dilated_gradient)
def dilate_gradient(dout, stride):
    """Spread a gradient to the places it came from: zeros between neighbours, none outside.

    dout: (..., OH, OW); stride: whole number or pair, 1 leaves the gradient as it is.
    Result: (..., stride·(OH − 1) + 1, stride·(OW − 1) + 1).

    >>> dilate_gradient(np.array([[1, 2], [3, 4]]), (2, 3))
    array([[1, 0, 0, 2],
           [0, 0, 0, 0],
           [3, 0, 0, 4]])
    """
    sy, sx = np.broadcast_to(stride, 2)
    *others, rows, cols = dout.shape
    out = np.zeros((*others, sy * (rows - 1) + 1, sx * (cols - 1) + 1), dout.dtype)
    out[..., ::sy, ::sx] = dout
    return out


@checked(check.input_gradient)
def conv2d_input_gradient(dout, w, input_shape, stride=1, padding=0):
    """Compute the gradient of the input of a convolution.

    dout: (N, F, OH, OW); w: (F, C, KH, KW); input_shape: the tuple (N, C, H, W);
    stride, padding: whole number or pair.  Result: (N, C, H, W).

    Let δ be dout spread by the stride (``dilate_gradient``) and zero outside its range.  The
    gradient of the padded input is δ in full convolution with every kernel,

        dxᵖ[n, k, y, x] = Σ over f, i, j of δ[n, f, y − i, x − j] · w[f, k, i, j]

    and dx is dxᵖ without its frame.  Pixels that no window touched have gradient 0.
    """
    (kh, kw), (py, px) = w.shape[2:], np.broadcast_to(padding, 2)
    n, channels, height, width = input_shape
    spread, turned = dilate_gradient(dout, stride), rotate180(w)
    framed = np.pad(spread, [(0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)])
    rows, cols = spread.shape[2] + kh - 1, spread.shape[3] + kw - 1  # what the windows touched
    dxp = np.zeros((n, channels, height + 2 * py, width + 2 * px), dout.dtype)
    for i in range(kh):
        for j in range(kw):
            tap = framed[:, :, i : i + rows, j : j + cols]
            dxp[:, :, :rows, :cols] += np.einsum("nfhw,fc->nchw", tap, turned[:, :, i, j])
    return dxp[:, :, py : py + height, px : px + width]


@checked(check.convolution_backward)
def conv2d_backward(dout, x, w, b, stride=1, padding=0):
    """Carry a gradient back through a convolution layer.

    dout: (N, F, OH, OW); x: (N, C, H, W); w: (F, C, KH, KW); b: (F,);
    stride, padding: whole number or pair.
    Result: the tuple (dx, dw, db), with the shapes of x, w and b.
    """
    dx = conv2d_input_gradient(dout, w, x.shape, stride, padding)
    dw = conv2d_weight_gradient(dout, x, w.shape[2:], stride, padding)
    db = conv2d_bias_gradient(dout)
    return dx, dw, db


def unpadded_case():
    """Say what changes in the gradient of the input when the input is not zero-padded.

    A vector of 6 numbers is convolved at stride 1 with a kernel of 3.  With one zero at each
    end the output has 6 numbers, and dx is dout, framed by one zero at each end, correlated
    with the turned kernel.  Result: a dict with four answers for the case *without* padding:

    - ``"output length"``: how many numbers the output has
    - ``"zeros at each end of dout"``: how many are needed before dout is correlated
    - ``"kernel is turned"``: True or False
    - ``"length of dx"``: how many numbers the gradient has
    """
    return {
        "output length": 4,
        "zeros at each end of dout": 2,
        "kernel is turned": True,
        "length of dx": 6,
    }


@checked(check.update)
def sgd_update(parameters, gradients, learning_rate):
    """Take one step of gradient descent with every parameter.

    parameters, gradients: lists of arrays, in the same order; learning_rate: a number.
    Result: a new list of new arrays; neither list nor any array is changed.

        p ← p − learning_rate · g

    >>> sgd_update([np.array([1.0, 2.0])], [np.array([10.0, -10.0])], 0.1)
    [array([0., 3.])]
    """
    return [p - learning_rate * g for p, g in zip(parameters, gradients, strict=True)]


@checked(check.transposed)
def transposed_conv2d(x, w, b, stride=1, padding=0):
    """Enlarge images: every input pixel lays down a copy of the kernel, scaled by its value.

    x: (N, C, H, W); w: (C, F, KH, KW), *input* channels first; b: (F,);
    stride, padding: whole number or pair.  Copies of neighbours lie ``stride`` apart and are
    added where they overlap; then ``padding`` rows and columns are cut off at every side.
    Result, with S = stride and P = padding: (N, F, S·(H − 1) + KH − 2P, S·(W − 1) + KW − 2P).

        outᵖ[n, f, S·r + i, S·c + j] receives x[n, k, r, c] · w[k, f, i, j], for every k

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.

    >>> transposed_conv2d(np.array([[[[1.0, 2.0]]]]), np.ones((1, 1, 1, 3)), np.zeros(1), (1, 2))
    array([[[[1., 1., 3., 2., 2.]]]])
    """
    (sy, sx), (py, px) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    n, _, height, width = x.shape
    _, f, kh, kw = w.shape
    rows, cols = sy * (height - 1) + kh, sx * (width - 1) + kw
    out = np.zeros((n, f, rows, cols), x.dtype)
    for i in range(kh):
        for j in range(kw):
            copy = np.einsum("nchw,cf->nfhw", x, w[:, :, i, j])
            out[:, :, i : i + sy * height : sy, j : j + sx * width : sx] += copy
    return out[:, :, py : rows - py, px : cols - px] + b[:, None, None]
