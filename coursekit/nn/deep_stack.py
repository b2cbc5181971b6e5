"""A network of any depth, made to be measured: how large is the gradient that reaches a layer?

Source of the design: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016
(plain and residual networks of the same layers, compared).
"""

import numpy as np

from coursekit.reference import input_checks as check

from .activations import ReLU
from .composition import Residual, Sequential
from .convolution import Conv2d
from .linear import Linear
from .losses import SoftmaxCrossEntropy
from .pooling import GlobalAvgPool2d


def deep_stack(
    depth, *, skip=False, norm=None, weight_std=None, channels=8, stride=1, classes=10, seed=0
):
    """Build a classifier of gray images with ``depth`` equal convolutions, two in a block.

        first convolution → relu → blocks → global average pooling → dense layer
        block: relu(F(x)), or relu(x + F(x)) with skip; F: convolution → relu → convolution

    All convolutions are 3×3 and keep the size of the maps, but for the first one's ``stride``.

    Args:
        depth: number of convolutions in blocks, even.
        norm: None, or a function that makes a layer for a number of channels, such as
            ``BatchNorm2d``; one such layer then stands behind every convolution.
        weight_std: standard deviation of the first weights of all convolutions; None for
            √(2 / fan_in) (He et al., 2015).

    Raises:
        ValueError: if ``depth`` is not an even number from 2 on, or ``weight_std`` not positive.
    """
    check.whole("depth", depth, 1)
    if depth < 2 or depth % 2:
        raise ValueError(f"depth must be even and at least 2 (two layers a block), not {depth}")
    if weight_std is not None:
        check.positive("weight_std", weight_std)
    convolutions = []

    def convolution(filters_in, stride=1):
        layer = Conv2d(filters_in, channels, 3, stride=stride, padding=1, bias=norm is None)
        convolutions.append(layer)
        return [layer] if norm is None else [layer, norm(channels)]

    layers = [*convolution(1, stride), ReLU()]
    for _ in range(depth // 2):
        body = Sequential(*convolution(channels), ReLU(), *convolution(channels))
        layers += [Residual(body) if skip else body, ReLU()]
    model = Sequential(*layers, GlobalAvgPool2d(), Linear(channels, classes), seed=seed)
    if weight_std is not None:
        for layer in convolutions:
            w = layer.parameters["w"]
            w *= weight_std / w.std()
    return model


def gradient_norms(model, x, labels):
    """Measure the gradient of the loss behind every relu of a ``deep_stack``, the first one first.

    x: (N, 1, H, W); labels: (N,), whole numbers.
    Result: (depth / 2 + 1,), the lengths ‖dL/dout‖ of the gradient of each relu's output: of the
    first convolution's, then of each block's.  L is the mean cross-entropy of the batch.
    """
    loss = SoftmaxCrossEntropy()
    loss.forward(model.forward(x, training=True), labels)
    gradient, norms = loss.backward(), []
    for layer in reversed(model.layers):
        if isinstance(layer, ReLU):
            norms.append(float(np.linalg.norm(gradient)))
        gradient = layer.backward(gradient)
    return np.array(norms[::-1])
