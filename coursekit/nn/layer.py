"""What every layer is: a forward pass, a backward pass, parameters and their gradients.

``forward(x, training=True)`` keeps what the backward pass needs; ``backward(dout)`` uses it
up, writes the gradients of the parameters and returns the gradient of the input.  A forward
pass without training keeps nothing and disturbs nothing, so that validation may stand between
a training forward pass and its backward pass.  No later call writes into an array that was
returned.  The input and the output are kept by reference until the backward pass: do not
change them in between.
"""

import math

import numpy as np

from coursekit.reference import input_checks as check


class Workspace:
    """Buffers of one layer, made once and used again.

    A fresh array is slow to fill for the first time, so the hot loops write into these.  Each
    layer owns its own: two equal layers never share one.  Copies of a layer start empty.
    """

    def __init__(self):
        self._buffers, self._uses = {}, {}

    def array(self, name, shape, dtype):
        """A contiguous array under ``name``; it holds whatever the last use left there."""
        size = math.prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size or buffer.dtype != dtype:
            buffer = self._buffers[name] = np.empty(size, dtype)
        return buffer.reshape(-1)[:size].reshape(shape)

    def zeros(self, name, shape, dtype, use):
        """As ``array``, but zero when first made in this shape or for this ``use``.

        For frames that stay zero: ``use`` names what is written inside, so that another use of
        the same shape does not find the first one's numbers in its frame.
        """
        buffer = self._buffers.get(name)
        if buffer is None or buffer.shape != shape or buffer.dtype != dtype:
            buffer = self._buffers[name] = np.zeros(shape, dtype)
        elif self._uses[name] != use:
            buffer.fill(0)
        self._uses[name] = use
        return buffer

    @property
    def nbytes(self):
        return sum(buffer.nbytes for buffer in self._buffers.values())

    def __deepcopy__(self, memo):
        return Workspace()

    def __getstate__(self):
        return {"_buffers": {}, "_uses": {}}


def parameter_type(dtype):
    """``dtype`` as NumPy's, for float32 and float64 alone: the layers compute with both."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if dtype is None or found not in (np.float32, np.float64):
        raise ValueError(f"dtype must be np.float32 or np.float64, not {dtype!r}")
    return found


class Layer:
    """Base of all layers.

    A layer writes three methods: ``output_shape(shape)``, which also checks, ``_forward(x,
    training)`` and ``_backward(dout, input_gradient)``.  Its trainable arrays stand in the
    dict ``parameters`` (in the order in which an operation takes them), their gradients under
    the same names in ``gradients``, other arrays worth saving in ``buffers``.

    A function of your own can take the place of the computation: ``forward`` is called as
    ``forward(x, *parameters, **options)`` and ``backward`` as ``backward(dout, x, *parameters,
    **options)``; it returns one gradient for x and one for each parameter, in that order (a
    single one bare).

    Args:
        forward, backward: functions that replace the layer's own computation.

    Raises:
        ValueError: if there is a ``backward`` without a ``forward``, or a function returns
            something of the wrong shape.
        RuntimeError: if ``backward`` is called without a training forward pass before it.
    """

    axes = None  # names of the input's axes, "N C H W" say; None accepts any

    def __init__(self, *, forward=None, backward=None):
        if backward is not None and forward is None:
            raise ValueError(f"{self.name}: backward= needs the forward= that it belongs to")
        for name, function in (("forward", forward), ("backward", backward)):
            if function is not None:
                check.function(f"{name}= of {self.name}", function)
        self.parameters, self.gradients, self.buffers = {}, {}, {}
        self._own_forward, self._own_backward = forward, backward
        self._workspace = Workspace()
        self._input = None
        self._output_shape = None
        self._sample_shape = None  # of the last batch, for ``summary``

    @property
    def name(self):
        return type(self).__name__

    # ------------------------------------------------------------ for subclasses

    def output_shape(self, shape):
        """Shape of the output for an input of ``shape``, batch axis included; raises if unfit."""
        return tuple(shape)

    def options(self):
        """Keyword arguments that a function in place of this layer is called with."""
        return {}

    def initialize(self, rng):
        """Draw the parameters anew from ``rng``."""

    def multiply_adds(self, shape):
        """Multiply-adds of one forward pass over one sample of a batch of ``shape``."""
        return 0

    @property
    def windows(self):
        """(kernel, stride, dilation) pairs passed on the way; None if a unit sees everything."""
        return []

    def _forward(self, x, training):
        raise NotImplementedError

    def _backward(self, dout, input_gradient):
        raise NotImplementedError

    # ------------------------------------------------------------ for everyone

    def forward(self, x, training=False):
        """The layer's output; with ``training``, keeps what ``backward`` needs."""
        self._check_input(x)
        shape = self.output_shape(x.shape)
        self._sample_shape = x.shape[1:]
        if self._own_forward is not None:
            result = self._own_forward(x, *self._operands(x), **self.options())
            out = self._fitting(result, shape, "forward", "output", x.dtype)
        else:
            out = self._forward(x, training)
        if training:
            self._input, self._output_shape = x, shape
        return out

    def backward(self, dout, input_gradient=True):
        """Write ``gradients`` and return the gradient of the input.

        With ``input_gradient=False`` the gradient of the input is not needed: a layer may skip
        the work and return None.
        """
        self._check_gradient(dout)
        try:
            if self._own_forward is not None:
                return self._backward_with_own(dout)
            return self._backward(dout, input_gradient)
        finally:
            self._input = None

    def forget(self):
        """Drop what a training forward pass kept."""
        self._input = None

    def state(self):
        """Copies of all parameters and buffers, by name."""
        return {name: value.copy() for name, value in {**self.parameters, **self.buffers}.items()}

    def restore(self, state):
        """Write a ``state()`` back.

        Raises:
            ValueError: if names or shapes are not this layer's.
        """
        own = {**self.parameters, **self.buffers}
        if not isinstance(state, dict):
            raise TypeError(f"state must be a dict, as state() gives, not {type(state).__name__}")
        if own.keys() != state.keys():
            raise ValueError(
                f"{self.name} holds {sorted(own)}, but the state holds {sorted(state)}"
            )
        for name, value in own.items():
            check.array(name, state[name])
            if value.shape != state[name].shape:
                raise ValueError(
                    f"{name} has shape {value.shape}, but the state's has {state[name].shape}"
                )
        for name, value in own.items():
            value[...] = state[name]

    def summary(self, input_shape=None, show=True):
        """Print a table: layer, output shape, parameters, multiply-adds, receptive field.

        Args:
            input_shape: shape of one sample, without the batch axis; may be left out once the
                model has seen a batch.
            show: with False, the table (a ``Summary``) is returned and not printed.

        Raises:
            ValueError: if no shape is given, and no batch has been seen.
        """
        from .summary import Summary

        if input_shape is None and self._sample_shape is None:
            raise ValueError(
                f"{self.name}.summary() knows no shape yet: say that of one sample, such as "
                "summary((1, 28, 28)), or call forward first"
            )
        table = Summary(self, self._sample_shape if input_shape is None else input_shape)
        if not show:
            return table
        print(table)
        return None

    # ------------------------------------------------------------ details

    def _check_input(self, x):
        check.array("x", x, self.axes)
        if not x.size:
            raise ValueError(f"{self.name}: x has shape {x.shape}, there is nothing in it")
        for name, value in self.parameters.items():
            if value.dtype != x.dtype:
                raise ValueError(
                    f"{self.name}: x is {x.dtype} but {name} is {value.dtype}: "
                    f"use x.astype(np.{value.dtype}), or make the layer with dtype=np.{x.dtype}"
                )

    def _check_gradient(self, dout):
        if self._input is None:
            raise RuntimeError(
                f"{self.name}.backward has nothing to go back from: call "
                "forward(x, training=True) first; each backward uses up one forward"
            )
        check.array("dout", dout)
        if dout.shape != self._output_shape:
            raise ValueError(
                f"{self.name}: dout has shape {dout.shape}, "
                f"but the last training output has {self._output_shape}"
            )

    def _operands(self, x):
        """What a function of one's own is given after x."""
        return list(self.parameters.values())

    def _fitting(self, value, shape, function, what, dtype):
        if np.shape(value) != tuple(shape):
            found = "None" if value is None else f"shape {np.shape(value)}"
            raise ValueError(
                f"{self.name}: the {what} from your {function} function has {found}, "
                f"but it should have shape {tuple(shape)}"
            )
        return np.asarray(value, dtype)

    def _backward_with_own(self, dout):
        if self._own_backward is None:
            raise RuntimeError(f"{self.name} has forward= but no backward= to train with")
        x, operands = self._input, self._operands(self._input)
        result = self._own_backward(dout, x, *operands, **self.options())
        found = result if isinstance(result, tuple | list) else (result,)
        if len(found) != 1 + len(operands):
            raise ValueError(
                f"{self.name}: your backward function should return {1 + len(operands)} "
                f"gradient(s), for x and {list(self.parameters)}, but it returned {len(found)}"
            )
        dx, *rest = found
        for (name, value), gradient in zip(self.parameters.items(), rest, strict=False):
            self.gradients[name] = self._fitting(
                gradient, value.shape, "backward", f"gradient of {name}", value.dtype
            )
        return self._fitting(dx, x.shape, "backward", "gradient of x", x.dtype)
