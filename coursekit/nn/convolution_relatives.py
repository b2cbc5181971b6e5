"""The relatives of the convolution layer: along one axis, and upside down.

Both hold a ``Conv2d`` that does the work: its kernels are set to the layer's own before each pass.
"""

import numpy as np

from coursekit.reference import convolution_checks as check

from . import _chunks
from .convolution import Conv2d, named
from .layer import Layer, parameter_type
from .linear import he_normal


class Conv1d(Layer):
    """Convolution of (N, C, L) with F kernels (F, C/groups, K) → (N, F, OL).

    Args: as of ``Conv2d``, each of them a whole number.  A sequence is an image of height 1.
    """

    axes = "N C L"

    def __init__(
        self,
        channels,
        filters,
        kernel,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        dtype=np.float32,
        seed=None,
        **functions,
    ):
        super().__init__(**functions)
        for name, value, least in (
            ("kernel", kernel, 1),
            ("stride", stride, 1),
            ("padding", padding, 0),
            ("dilation", dilation, 1),
        ):
            check.whole(name, value, 1, least)
        self._given = named(stride, padding, dilation, groups)
        self._flat = Conv2d(
            channels, filters, (1, kernel), (1, stride), (0, padding), (1, dilation), groups, bias,
            dtype=dtype, seed=seed,
        )  # fmt: skip
        self._take_parameters()

    def _take_parameters(self):
        self.parameters["w"] = self._flat.parameters["w"][:, :, 0]
        if self._flat.bias:
            self.parameters["b"] = self._flat.parameters["b"]

    def initialize(self, rng):
        self._flat.initialize(rng)
        self._take_parameters()

    def options(self):
        return self._given

    def output_shape(self, shape):
        flat = self._flat
        if len(shape) != 3 or shape[1] != flat.channels:
            raise ValueError(
                f"Conv1d({flat.channels}, {flat.filters}, …) takes (N, {flat.channels}, L), "
                f"not {tuple(shape)}"
            )
        n, channels, length = shape
        n, filters, _, length = flat.output_shape((n, channels, 1, length))
        return (n, filters, length)

    def multiply_adds(self, shape):
        return self.output_shape(shape)[2] * self.parameters["w"].size

    @property
    def windows(self):
        return self._flat.windows

    def _operands(self, x):
        bias = self.parameters["b"] if self._flat.bias else self._flat._bias()
        return [self.parameters["w"], bias]

    def forget(self):
        super().forget()
        self._flat.forget()

    def _forward(self, x, training):
        own = self.parameters
        self._flat.parameters.update({**own, "w": own["w"][:, :, None]})
        return self._flat.forward(x[:, :, None], training)[:, :, 0]

    def _backward(self, dout, input_gradient):
        dx = self._flat.backward(dout[:, :, None], input_gradient)
        found = self._flat.gradients
        self.gradients.update({**found, "w": found["w"][:, :, 0]})
        return dx[:, :, 0] if input_gradient else None


class TransposedConv2d(Layer):
    """Enlarge (N, C, H, W): every pixel lays down its copy of the kernels (C, F, KH, KW).

    → (N, F, S·(H − 1) + KH − 2P, and W alike), with S = stride and P = padding, which crops.

    Args:
        channels, filters: C and F.
        kernel, stride, padding: whole numbers or (vertical, horizontal) pairs.
        bias, dtype, seed: as of ``Conv2d``.
        forward, backward: functions of your own, as for every ``Layer``; they are called with
            ``stride=`` and ``padding=``.

    Forward, images are taken a few at a time; a single one needs KH·KW times its output channels.
    On the way back the layer is a plain convolution of dout, with the memory of ``Conv2d``.
    In a summary, what later layers see is counted as if nothing had been enlarged: an upper bound.

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.
    """

    axes = "N C H W"

    def __init__(
        self,
        channels,
        filters,
        kernel,
        stride=1,
        padding=0,
        bias=True,
        dtype=np.float32,
        seed=None,
        **functions,
    ):
        super().__init__(**functions)
        self._given = named(stride, padding)
        (self.channels,) = check.whole("channels", channels, 1, 1)
        (self.filters,) = check.whole("filters", filters, 1, 1)
        self.kernel = check.whole("kernel", kernel, minimum=1)
        self.stride = check.whole("stride", stride, minimum=1)
        self.padding = check.whole("padding", padding)
        self.bias, self.dtype = bias, parameter_type(dtype)
        self._back = Conv2d(
            filters, channels, self.kernel, self.stride, self.padding, bias=False, dtype=dtype,
            seed=0,
        )  # fmt: skip
        self.initialize(np.random.default_rng(seed))

    def initialize(self, rng):
        shape = (self.channels, self.filters, *self.kernel)
        copies = self.kernel[0] * self.kernel[1] / (self.stride[0] * self.stride[1])
        fan_in = max(1.0, self.channels * copies)  # numbers that one output is a sum of
        self.parameters["w"] = he_normal(rng, shape, fan_in, self.dtype)
        if self.bias:
            self.parameters["b"] = np.zeros(self.filters, self.dtype)

    def options(self):
        return self._given

    def output_shape(self, shape):
        if len(shape) != 4 or shape[1] != self.channels:
            raise ValueError(
                f"TransposedConv2d({self.channels}, {self.filters}, …) takes "
                f"(N, {self.channels}, H, W), not {tuple(shape)}"
            )
        sides = check.enlarged_axes(shape[2:], self.kernel, self.stride, self.padding)
        return (shape[0], self.filters, *sides)

    def multiply_adds(self, shape):
        return shape[2] * shape[3] * self.parameters["w"].size

    @property
    def windows(self):
        seen = [-(-k // s) for k, s in zip(self.kernel, self.stride, strict=True)]
        return [tuple((k, 1, 1) for k in seen)]

    def _bias(self):
        return self.parameters["b"] if self.bias else np.zeros(self.filters, self.dtype)

    def _operands(self, x):
        return [self.parameters["w"], self._bias()]

    def forget(self):
        super().forget()
        self._back.forget()

    def _forward(self, x, training):
        w, b, space = self.parameters["w"], self._bias(), self._workspace
        (sy, sx), (py, px), (kh, kw) = self.stride, self.padding, self.kernel
        n, c, height, width = x.shape
        out = np.empty(self.output_shape(x.shape), x.dtype)
        rows, cols = out.shape[2] + 2 * py, out.shape[3] + 2 * px
        taps = self.filters * kh * kw
        count = _chunks.size(n, taps * height * width * x.itemsize)
        columns = space.array("columns", (count, taps, height * width), x.dtype)
        framed = space.array("framed", (count, self.filters, rows, cols), x.dtype)
        kernels = w.reshape(c, taps).T
        for part in _chunks.slices(n, count):
            m = len(x[part])
            np.matmul(kernels, x[part].reshape(m, c, -1), out=columns[:m])
            copies = columns[:m].reshape(m, self.filters, kh, kw, height, width)
            framed[:m] = b[:, None, None]
            for i in range(kh):
                for j in range(kw):
                    under = np.s_[:m, :, i : i + sy * height : sy, j : j + sx * width : sx]
                    framed[under] += copies[:, :, i, j]
            out[part] = framed[:m, :, py : rows - py, px : cols - px]
        return out

    def _backward(self, dout, input_gradient):
        if self.bias:
            self.gradients["b"] = dout.sum(axis=(0, 2, 3))
        self._back.parameters["w"] = self.parameters["w"]
        dx = self._back.forward(dout, training=True)
        self._back.backward(self._input, input_gradient=False)
        self.gradients["w"] = self._back.gradients["w"]
        return dx if input_gradient else None
