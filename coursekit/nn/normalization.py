"""Batch normalization: every channel is brought to mean 0 and variance 1, then set anew."""

import numpy as np

from coursekit.reference import input_checks as check

from .layer import Layer, parameter_type


class BatchNorm2d(Layer):
    """gamma · (x − mean) / √(variance + eps) + beta, per channel over N, H and W.

    While training, mean and variance are the batch's, and running values follow them:
    running ← momentum · running + (1 − momentum) · batch.  Without training the running
    values are used, so that no sample's output depends on its neighbours.  The running
    variance is the unbiased one (divided by one less than the count).

    Source: Ioffe and Szegedy, "Batch normalization", 2015.

    Args:
        channels: C.
        momentum: share of the running values that is kept at each step.
        forward, backward: functions of your own for the *training* pass, called with
            ``gamma, beta`` and ``eps=``; without training the layer computes itself.

    Raises:
        ValueError: if a channel has a single number in a training batch.
    """

    axes = "N C H W"

    def __init__(self, channels, momentum=0.9, eps=1e-5, dtype=np.float32, **functions):
        super().__init__(**functions)
        check.counts(channels=channels)
        check.share("momentum", momentum)
        check.positive("eps", eps)
        self.channels, self.momentum, self.eps = channels, momentum, eps
        self.dtype = parameter_type(dtype)
        self.initialize(None)

    def initialize(self, rng):
        zeros, ones = np.zeros(self.channels, self.dtype), np.ones(self.channels, self.dtype)
        self.parameters.update(gamma=ones.copy(), beta=zeros.copy())
        self.buffers.update(mean=zeros, variance=ones)

    def options(self):
        return {"eps": self.eps}

    def output_shape(self, shape):
        if len(shape) != 4 or shape[1] != self.channels:
            raise ValueError(
                f"BatchNorm2d({self.channels}) takes (N, {self.channels}, H, W), not {shape}"
            )
        return tuple(shape)

    def forward(self, x, training=False):
        self._check_input(x)
        shape = self.output_shape(x.shape)
        if not training:
            return self._inference(x)
        if shape[0] * shape[2] * shape[3] < 2:
            raise ValueError(f"BatchNorm2d cannot take a variance over one number: x is {shape}")
        out = super().forward(x, training=True)
        if self._own_forward is not None:
            self._follow(*self._moments(x)[:2], x)
        return out

    def _inference(self, x):
        p, b = self.parameters, self.buffers
        scale = p["gamma"] / np.sqrt(b["variance"] + x.dtype.type(self.eps))
        out = x * scale[:, None, None]
        out += (p["beta"] - b["mean"] * scale)[:, None, None]
        return out

    @staticmethod
    def _channel_products(a, b):
        """Sum of a·b, both (N, C, H·W), over N and H·W."""
        return np.matmul(a[:, :, None], b[..., None]).sum(axis=(0, 2, 3))

    def _moments(self, x):
        """Mean, variance and x − mean, the last as (N, C, H·W)."""
        planes = x.reshape(*x.shape[:2], -1)
        count = x.dtype.type(planes.shape[0] * planes.shape[2])
        mean = planes.sum(axis=2).sum(axis=0) / count  # plane by plane keeps it exact
        centred = planes - mean[:, None]
        return mean, self._channel_products(centred, centred) / count, centred

    def _follow(self, mean, variance, x):
        count = x.size // self.channels
        keep = self.momentum
        for name, new in (("mean", mean), ("variance", variance * (count / (count - 1)))):
            self.buffers[name] *= keep
            self.buffers[name] += (1 - keep) * new

    def _forward(self, x, training):
        mean, variance, self._centred = self._moments(x)
        self._follow(mean, variance, x)
        self._inverse = 1 / np.sqrt(variance + x.dtype.type(self.eps))
        out = self._centred * (self.parameters["gamma"] * self._inverse)[:, None]
        out += self.parameters["beta"][:, None]
        return out.reshape(x.shape)

    def _backward(self, dout, input_gradient):
        centred, planes = self._centred, dout.reshape(self._centred.shape)
        count = dout.dtype.type(dout.size // self.channels)
        self._centred = None  # its memory becomes dx
        dbeta = (planes @ np.ones(planes.shape[2], dout.dtype)).sum(axis=0)
        dgamma = self._inverse * self._channel_products(planes, centred)
        self.gradients.update(gamma=dgamma, beta=dbeta)
        if not input_gradient:
            return None
        # dx = gamma/σ · (dout − mean of dout − x̂ · mean of dout·x̂),  x̂ = centred/σ
        dx = centred
        dx *= (self._inverse * dgamma / count)[:, None]
        dx += (dbeta / count)[:, None]
        np.subtract(planes, dx, out=dx)
        dx *= (self.parameters["gamma"] * self._inverse)[:, None]
        return dx.reshape(dout.shape)
