"""Batch normalization: give every channel mean 0 and variance 1, then let it choose its own.

The statistics of a channel are taken over the batch and over all places, the axes N, H and W,
so that a channel is treated alike wherever its pixels lie.  The mean and the variance depend on
every number of the channel, and so the gradient of each number has three parts.

Two variances occur.  While a batch is normalized, its own variance counts, divided by the number
of values M = N·H·W.  The running variance stands for images that are still to come; the batch is
then a sample, and a sample's variance is estimated with M − 1.

Source: Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing
internal covariate shift", 2015.
"""

import numpy as np

from . import residual_checks as check
from .input_checks import checked


@checked(check.batch_norm)
def batch_norm_forward(x, gamma, beta, eps=1e-5):
    """Normalize every channel over the batch, then scale and shift it.

    x: (N, C, H, W); gamma, beta: (C,), the learned scale and shift; eps: a small number that
    keeps the root away from 0.  Result: (N, C, H, W).  For each channel, with M = N·H·W,

        mean = Σ x / M        var = Σ (x − mean)² / M        over n, y and x of the channel
        x̂ = (x − mean) / √(var + eps)
        out = gamma · x̂ + beta

    >>> x = np.array([2.0, 4.0, 6.0, 8.0]).reshape(4, 1, 1, 1)
    >>> batch_norm_forward(x, np.array([1.0]), np.array([0.0])).ravel().round(3)
    array([-1.342, -0.447,  0.447,  1.342])
    """
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(0, 2, 3), keepdims=True)
    normalized = (x - mean) / np.sqrt(var + eps)
    return gamma[:, None, None] * normalized + beta[:, None, None]


@checked(check.batch_norm_backward)
def batch_norm_backward(dout, x, gamma, beta, eps=1e-5):
    """Carry a gradient back through ``batch_norm_forward``.

    dout, x: (N, C, H, W); gamma, beta: (C,).
    Result: the tuple (dx, dgamma, dbeta), shapes (N, C, H, W), (C,) and (C,).

    For each channel, Σ and mean over n, y and x, and with x̂ as in the forward pass,

        dbeta = Σ dout                dgamma = Σ dout · x̂
        dx = gamma / √(var + eps) · (dout − mean(dout) − x̂ · mean(dout · x̂))

    The second term comes from the mean, the third from the variance: both depend on every x.

    >>> x = np.array([2.0, 4.0, 6.0, 8.0]).reshape(4, 1, 1, 1)
    >>> dout = np.array([1.0, 0.0, 0.0, 0.0]).reshape(4, 1, 1, 1)
    >>> dx, dgamma, dbeta = batch_norm_backward(dout, x, np.array([1.0]), np.array([0.0]))
    >>> dx.ravel().round(3), dgamma.round(3), dbeta
    (array([ 0.134, -0.179, -0.045,  0.089]), array([-1.342]), array([1.]))
    """
    over = (0, 2, 3)
    deviation = np.sqrt(x.var(axis=over, keepdims=True) + eps)
    normalized = (x - x.mean(axis=over, keepdims=True)) / deviation
    dbeta = dout.sum(axis=over)
    dgamma = (dout * normalized).sum(axis=over)
    by_mean = dout.mean(axis=over, keepdims=True)
    by_variance = normalized * (dout * normalized).mean(axis=over, keepdims=True)
    dx = gamma[:, None, None] / deviation * (dout - by_mean - by_variance)
    return dx, dgamma, dbeta


@checked(check.running)
def batch_norm_running(mean, var, x, momentum=0.9):
    """Bring the running mean and variance of every channel up to date with one batch.

    mean, var: (C,), what is known so far; x: (N, C, H, W), the new batch;
    momentum: the share of the old value that is kept, in [0, 1].
    Result: the tuple (mean, var), both (C,), both new arrays.

        mean ← momentum · mean + (1 − momentum) · Σ x / M
        var  ← momentum · var  + (1 − momentum) · Σ (x − mean of the batch)² / (M − 1)

    with M = N·H·W, at least 2.  Here the batch is a sample of all images, and so its variance
    divides by M − 1 (Ioffe and Szegedy 2015, algorithm 2), other than in ``batch_norm_forward``.
    Elsewhere "momentum" may name the share of the *new* value, as in PyTorch.

    >>> x = np.array([2.0, 4.0, 6.0, 8.0]).reshape(4, 1, 1, 1)
    >>> batch_norm_running(np.array([0.0]), np.array([1.0]), x, momentum=0.9)
    (array([0.5]), array([1.56666667]))
    """
    new_mean = momentum * mean + (1 - momentum) * x.mean(axis=(0, 2, 3))
    new_var = momentum * var + (1 - momentum) * x.var(axis=(0, 2, 3), ddof=1)
    return new_mean, new_var


@checked(check.inference)
def batch_norm_inference(x, gamma, beta, mean, var, eps=1e-5):
    """Normalize with the running statistics, so that an image does not depend on its batch.

    x: (N, C, H, W), N may be 1; gamma, beta, mean, var: (C,).  Result: (N, C, H, W).

        out = gamma · (x − mean) / √(var + eps) + beta

    >>> x = np.full((1, 1, 1, 1), 7.0)
    >>> one, two = np.array([1.0]), np.array([2.0])
    >>> batch_norm_inference(x, one, two, mean=np.array([5.0]), var=np.array([4.0])).round(3)
    array([[[[3.]]]])
    """
    scale = gamma / np.sqrt(var + eps)
    return scale[:, None, None] * (x - mean[:, None, None]) + beta[:, None, None]
