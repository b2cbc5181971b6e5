"""Dropout: switch units off at random while training, so that none is relied on."""

import numpy as np

from coursekit.reference import input_checks as check

from .layer import Layer


class Dropout(Layer):
    """Switch each number off with probability ``rate`` while training, and scale up the rest.

    Without training it changes nothing, because kept numbers are divided by 1 − rate before.
    Source: Srivastava et al., "Dropout", 2014 (here in its "inverted" form).

    Raises:
        ValueError: if ``rate`` is not in [0, 1).
    """

    def __init__(self, rate=0.5, seed=None):
        super().__init__()
        check.dropped_share(rate)
        self.rate = rate
        self.initialize(np.random.default_rng(seed))

    def initialize(self, rng):
        self._rng = np.random.default_rng(rng.integers(2**63))

    def _mask_shape(self, shape):
        return shape

    def _forward(self, x, training):
        if not training:
            return x
        kept = self._rng.random(self._mask_shape(x.shape), np.float32) >= self.rate
        self._scale = kept * x.dtype.type(1 / (1 - self.rate))
        return x * self._scale

    def _backward(self, dout, input_gradient):
        return dout * self._scale


class SpatialDropout(Dropout):
    """Dropout of whole channels: neighbouring pixels tell nearly the same, so drop all of them.

    Source: Tompson et al., "Efficient object localization using convolutional networks", 2015.
    """

    axes = "N C H W"

    def _mask_shape(self, shape):
        return (*shape[:2], 1, 1)
