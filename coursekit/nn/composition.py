"""Layers made of layers: one after another, side by side, with a way round."""

import numpy as np

from coursekit.reference.input_checks import array

from .layer import Layer


class Composite(Layer):
    """A layer made of named parts; its dicts hold theirs, as ``part.name``."""

    def __init__(self, parts):
        super().__init__()
        for part in parts.values():
            if not isinstance(part, Layer):
                made = f": write {part.__name__}(…)" if isinstance(part, type) else ""
                raise TypeError(f"{self.name} takes layers, not {part!r}{made}")
        self.parts = parts
        leaves = [leaf for part in parts.values() for leaf in leaves_of(part)]
        for number, leaf in enumerate(leaves):
            if any(leaf is other for other in leaves[:number]):
                raise ValueError(
                    f"the same {leaf.name} object stands in two places: make a second one, "
                    "because a layer remembers one forward pass only"
                )

    def _gathered(self, kind):
        return {
            f"{name}.{key}": value
            for name, part in self.parts.items()
            for key, value in getattr(part, kind).items()
        }

    # The parts own the arrays: these dicts are put together when asked for.
    parameters = property(lambda self: self._gathered("parameters"), lambda self, value: None)
    gradients = property(lambda self: self._gathered("gradients"), lambda self, value: None)
    buffers = property(lambda self: self._gathered("buffers"), lambda self, value: None)

    def initialize(self, rng):
        for part in self.parts.values():
            part.initialize(rng)

    def forget(self):
        super().forget()
        for part in self.parts.values():
            part.forget()


def leaves_of(layer):
    """The layers that compute, in order."""
    if isinstance(layer, Composite):
        return [leaf for part in layer.parts.values() for leaf in leaves_of(part)]
    return [layer]


def _reach(windows):
    """How far the windows passed on one way see, roughly: strides are left out."""
    return sum(dilation * (kernel - 1) for (kernel, _, dilation), _ in windows)


class Sequential(Composite):
    """Layers one after another.

    Args:
        layers: the layers, the first one first.
        seed: if given, all layers draw their first weights (and dropout its masks) from one
            generator with this seed, and so the whole network can be made again.
    """

    def __init__(self, *layers, seed=None):
        super().__init__({str(number): layer for number, layer in enumerate(layers)})
        self.layers = layers
        if seed is not None:
            self.initialize(np.random.default_rng(seed))

    def output_shape(self, shape):
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return tuple(shape)

    def multiply_adds(self, shape):
        total = 0
        for layer in self.layers:
            total += layer.multiply_adds(shape)
            shape = layer.output_shape(shape)
        return total

    @property
    def windows(self):
        passed = []
        for layer in self.layers:
            if layer.windows is None:
                return None
            passed += layer.windows
        return passed

    def forward(self, x, training=False):
        out = x
        for layer in self.layers:
            out = layer.forward(out, training)
        self._sample_shape = np.shape(x)[1:]
        return out

    def backward(self, dout, input_gradient=True):
        first = 0
        if not input_gradient:  # stop at the first layer that has something to learn
            first = next((i for i, layer in enumerate(self.layers) if layer.parameters), 0)
        for number in range(len(self.layers) - 1, first - 1, -1):
            dout = self.layers[number].backward(dout, input_gradient or number > first)
        for layer in self.layers[:first]:
            layer.forget()
        return dout if input_gradient else None


class Residual(Composite):
    """body(x) + shortcut(x); the gradient has a way of its own round the body.

    Args:
        body: a layer, a ``Sequential`` say.
        shortcut: None for x itself, or a layer that gives x the shape of the body's output,
            such as a 1×1 convolution with the body's stride.

    Source: He et al., "Deep residual learning for image recognition", 2016.
    """

    def __init__(self, body, shortcut=None):
        super().__init__({"body": body} if shortcut is None else
                         {"body": body, "shortcut": shortcut})  # fmt: skip
        self.body, self.shortcut = body, shortcut

    def output_shape(self, shape):
        out = self.body.output_shape(shape)
        way = shape if self.shortcut is None else self.shortcut.output_shape(shape)
        if tuple(out) != tuple(way):
            raise ValueError(
                f"Residual: the body makes {tuple(out)} of {tuple(shape)}, the shortcut "
                f"{tuple(way)}: give a shortcut= that changes the shape in the same way"
            )
        return tuple(out)

    def multiply_adds(self, shape):
        return sum(part.multiply_adds(shape) for part in self.parts.values())

    @property
    def windows(self):
        return self.body.windows

    def forward(self, x, training=False):
        array("x", x)
        self.output_shape(x.shape)
        way = x if self.shortcut is None else self.shortcut.forward(x, training)
        return self.body.forward(x, training) + way

    def backward(self, dout, input_gradient=True):
        dx = self.body.backward(dout, input_gradient)
        way = dout if self.shortcut is None else self.shortcut.backward(dout, input_gradient)
        return dx + way if input_gradient else None


class Concat(Composite):
    """Branches side by side; their channels are put one after another.

    A branch that is None passes x on as it is (as in DenseNet).
    Source: Szegedy et al., "Going deeper with convolutions", 2015.
    """

    def __init__(self, *branches):
        if not branches:
            raise ValueError("Concat needs a branch or more: layers, or None for x as it is")
        super().__init__({str(i): part for i, part in enumerate(branches) if part is not None})
        self.branches = branches

    def _shapes(self, shape):
        return [tuple(shape) if b is None else b.output_shape(shape) for b in self.branches]

    def output_shape(self, shape):
        shapes = self._shapes(shape)
        if any(s[2:] != shapes[0][2:] for s in shapes):
            raise ValueError(f"Concat: the branches make maps of different sizes: {shapes}")
        return (shapes[0][0], sum(s[1] for s in shapes), *shapes[0][2:])

    def multiply_adds(self, shape):
        return sum(part.multiply_adds(shape) for part in self.parts.values())

    @property
    def windows(self):
        ways = [part.windows for part in self.parts.values()]
        if None in ways:
            return None
        return max(ways, key=_reach, default=[])

    def forward(self, x, training=False):
        array("x", x)
        shape = self.output_shape(x.shape)
        outs = [x if b is None else b.forward(x, training) for b in self.branches]
        if training:
            self._input, self._output_shape = x, shape
            self._ends = np.cumsum([out.shape[1] for out in outs])[:-1]
        return np.concatenate(outs, axis=1)

    def backward(self, dout, input_gradient=True):
        self._check_gradient(dout)
        self._input = None
        shares = np.split(dout, self._ends, axis=1)
        gradients = [
            share if branch is None else branch.backward(share, input_gradient)
            for branch, share in zip(self.branches, shares, strict=True)
        ]
        return sum(gradients[1:], start=gradients[0]) if input_gradient else None
