"""Unpooling: the way back up from a max pooling."""

import numpy as np

from .layer import Layer
from .pooling import MaxPool2d


class MaxUnpool2d(Layer):
    """Put each number back to where a max pooling found it, with zeros round it.

    (N, C, OH, OW) → the shape of the pooling's input.  The places are those of the pooling's last
    forward pass, so one batch goes through both before the next one comes.

    Args:
        pool: the ``MaxPool2d`` on the way down; from now on it remembers its winners.
        forward, backward: functions of your own, as for every ``Layer``; they are called with
            ``argmax=`` and ``shape=``.

    Raises:
        ValueError: if the pooling has seen nothing yet, or a batch of another shape.

    Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014.
    """

    axes = "N C OH OW"

    def __init__(self, pool, **functions):
        super().__init__(**functions)
        if not isinstance(pool, MaxPool2d):
            raise TypeError(f"{self.name} takes the MaxPool2d that it undoes, not {pool!r}")
        self.pool, self._kept = pool, None
        pool.remembers = True

    def options(self):
        places, shape = self.pool.winners if self._kept is None else self._kept
        return {"argmax": places, "shape": shape}

    def output_shape(self, shape):
        """The pooling's input; the smallest one that fits, if it has not seen this shape."""
        if len(shape) != 4:
            raise ValueError(f"{self.name} takes (N, C, OH, OW), not {tuple(shape)}")
        if self._has_seen(shape):
            return self.pool.winners[1]
        window = zip(shape[2:], self.pool.size, self.pool.stride, self.pool.padding, strict=True)
        return (*shape[:2], *((n - 1) * s + k - 2 * p for n, k, s, p in window))

    def _has_seen(self, shape):
        return self.pool.winners is not None and self.pool.winners[0].shape == tuple(shape)

    def forward(self, x, training=False):
        self._check_input(x)
        if not self._has_seen(x.shape):
            seen = self.pool.winners and self.pool.winners[0].shape
            raise ValueError(
                f"{self.name}: x has shape {x.shape}, but its pooling made "
                f"{seen or 'nothing yet'}: call the pooling's forward with this batch first"
            )
        self._kept = None  # the options of this pass are the pooling's
        out = super().forward(x, training)
        self._kept = self.pool.winners if training else None
        return out

    def _forward(self, x, training):
        places, (n, channels, height, width) = self.pool.winners
        out = np.zeros((n, channels, height * width), x.dtype)
        flat = (n, channels, -1)
        np.put_along_axis(out, places.reshape(flat), x.reshape(flat), axis=2)
        return out.reshape(n, channels, height, width)

    def _backward(self, dout, input_gradient):
        if not input_gradient:
            return None
        places, (n, channels, _, _) = self._kept
        flat = (n, channels, -1)
        dx = np.take_along_axis(dout.reshape(flat), places.reshape(flat), axis=2)
        return dx.reshape(places.shape)
