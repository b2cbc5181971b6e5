"""The convolution layer: chooses the quickest way for its kernel."""

import numpy as np

from coursekit.reference import convolution_checks as check

from . import _pointwise, _rows, _winograd
from .layer import Layer, parameter_type
from .linear import he_normal


def named(stride, padding, dilation=1, groups=1):
    """The options that a function in place of a convolution is called with."""
    options = {"stride": stride, "padding": padding}
    more = {"dilation": dilation, "groups": groups}
    return options | {name: value for name, value in more.items() if value != 1}


class Conv2d(Layer):
    """Convolution of (N, C, H, W) with F kernels (F, C/groups, KH, KW) → (N, F, OH, OW).

    Args:
        channels, filters: C and F.
        kernel, stride, padding, dilation: whole numbers or (vertical, horizontal) pairs.
        groups: number of groups that the channels and the filters are split into;
            ``groups=channels=filters`` is a depthwise convolution.
        bias: whether to add one number a filter.
        winograd: False to keep to direct sums, which are slower for 3×3 kernels and some
            ten times more exact (relative error 1e-6 in place of 1e-5 in float32).
        dtype: float32 or float64, of the parameters and of x.
        seed: for the first weights; None draws afresh.
        forward, backward: functions of your own, as for every ``Layer``; they are called with
            ``stride=`` and ``padding=``, and with ``dilation=`` and ``groups=`` if not 1.

    Memory beside x, output and gradients: some ten megabytes for a batch of any size, because
    images are taken a few at a time.  A single image larger than that needs KH·KW/(stride²)
    times its size and a few times its output; Winograd seven times input and output.  Winograd
    also keeps the transformed x of the batch, 36 numbers for each 16 (2.25 times x; more where
    the last tiles are partly empty), until the next training pass, and needs twelve times its
    kernels while it computes.
    """

    axes = "N C H W"

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
        winograd=True,
        dtype=np.float32,
        seed=None,
        **functions,
    ):
        super().__init__(**functions)
        self._given = named(stride, padding, dilation, groups)
        (self.channels,) = check.whole("channels", channels, 1, 1)
        (self.filters,) = check.whole("filters", filters, 1, 1)
        (self.groups,) = check.whole("groups", groups, 1, 1)
        if self.channels % self.groups or self.filters % self.groups:
            raise ValueError(
                f"groups = {groups} must divide {channels} channels, {filters} filters"
            )
        self.kernel = check.whole("kernel", kernel, minimum=1)
        self.stride = check.whole("stride", stride, minimum=1)
        self.padding = check.whole("padding", padding)
        self.dilation = check.whole("dilation", dilation, minimum=1)
        self._planned_for = None
        self.bias, self.winograd, self.dtype = bias, winograd, parameter_type(dtype)
        self.initialize(np.random.default_rng(seed))

    def initialize(self, rng):
        per_group = self.channels // self.groups
        shape = (self.filters, per_group, *self.kernel)
        fan_in = per_group * self.kernel[0] * self.kernel[1]
        self.parameters["w"] = he_normal(rng, shape, fan_in, self.dtype)
        if self.bias:
            self.parameters["b"] = np.zeros(self.filters, self.dtype)

    def method(self, shape):
        """How images of ``shape`` are computed: "pointwise", "Winograd" or "long rows"."""
        plain = self.stride == self.dilation == (1, 1) and self.groups == 1
        if plain and self.kernel == (1, 1) and self.padding == (0, 0):
            return "pointwise"
        if self.winograd and plain and self.kernel == (3, 3):
            # worth it where many channels share a tile, few pixels of the tiles are empty, and
            # the kernels, which are transformed as well, are not more than the tiles
            n, _, rows, cols = self.output_shape(shape)
            tiles = n * -(-rows // 4) * -(-cols // 4)
            channels = min(self.channels, self.filters)
            if channels * n * rows * cols >= 12 * 16 * tiles and 4 * tiles >= channels:
                return "Winograd"
        return "long rows"

    def options(self):
        return self._given

    def output_shape(self, shape):
        if len(shape) != 4 or shape[1] != self.channels:
            raise ValueError(
                f"Conv2d({self.channels}, {self.filters}, …) takes (N, {self.channels}, H, W), "
                f"not {tuple(shape)}"
            )
        lengths = check.output_axes(
            shape[2:], self.kernel, self.stride, self.padding, self.dilation
        )
        return (shape[0], self.filters, *lengths)

    def multiply_adds(self, shape):
        _, _, rows, cols = self.output_shape(shape)
        return rows * cols * self.parameters["w"].size

    @property
    def windows(self):
        return [tuple(zip(self.kernel, self.stride, self.dilation, strict=True))]

    def _bias(self):
        return self.parameters["b"] if self.bias else np.zeros(self.filters, self.dtype)

    def _operands(self, x):
        return [self.parameters["w"], self._bias()]

    def _plan(self, shape):
        """The method and its geometry, made anew only when the input's shape changes."""
        if self._planned_for != shape:
            method = self.method(shape)
            if method == "Winograd":
                geometry = _winograd.Tiles(shape, self.filters, self.padding, self.dtype)
            else:
                w_shape, options = self.parameters["w"].shape, (self.dilation, self.groups)
                geometry = _rows.LongRows(shape, w_shape, self.stride, self.padding, *options)
            self._known, self._planned_for = (method, geometry), shape
        return self._known

    def _forward(self, x, training):
        w, b, space = self.parameters["w"], self._bias(), self._workspace
        method, geometry = self._plan(x.shape)
        if method == "pointwise":
            return _pointwise.forward(x, w, b)
        if method == "Winograd":
            return _winograd.forward(x, w, b, geometry, space, keep=training)
        return _rows.forward(x, w, b, geometry, space)

    def _backward(self, dout, input_gradient):
        x, w, space = self._input, self.parameters["w"], self._workspace
        method, geometry = self._plan(x.shape)
        if method == "pointwise":
            dx, dw, db = _pointwise.backward(dout, x, w, input_gradient)
        elif method == "Winograd":
            dx, dw, db = _winograd.backward(dout, w, geometry, space, input_gradient)
        else:
            dx, dw, db = _rows.backward(dout, x, w, geometry, space, input_gradient)
        self.gradients["w"] = dw
        if self.bias:
            self.gradients["b"] = db
        return dx
