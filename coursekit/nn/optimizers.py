"""Optimizers: how a gradient becomes a step.

``step(parameters, gradients)`` takes two dicts with the same names and changes the parameters
in place.  What is remembered from step to step stands in ``memory``, by parameter name.

Penalties: ``weight_decay`` adds weight_decay·p to the gradient, the slope of
½·weight_decay·Σp²; with ``decoupled=True`` it shrinks the parameter itself instead
(Loshchilov and Hutter, "Decoupled weight decay regularization", 2019).  ``l1`` adds
l1·sign(p).  Only weights are penalised, arrays of two axes or more: biases, and the scale and
shift of batch normalization, are not.
"""

import numpy as np

from coursekit.reference import input_checks as check


class Optimizer:
    """Base: penalties and bookkeeping; a subclass says what one ``_change`` is."""

    def __init__(self, learning_rate, weight_decay=0.0, l1=0.0, decoupled=False):
        check.positive("learning_rate", learning_rate)
        check.at_least_zero("weight_decay", weight_decay)
        check.at_least_zero("l1", l1)
        self.learning_rate = learning_rate
        self.weight_decay, self.l1, self.decoupled = weight_decay, l1, decoupled
        self.memory = {}
        self.steps = 0

    def step(self, parameters, gradients):
        """Change every parameter in place.

        Raises:
            ValueError: if a gradient is missing or has another shape.
        """
        for name, value in (("parameters", parameters), ("gradients", gradients)):
            if not isinstance(value, dict):
                raise TypeError(f"{name} must be a dict of arrays, not {type(value).__name__}")
        for name, p in parameters.items():
            gradient = gradients.get(name)
            if not isinstance(gradient, np.ndarray) or gradient.shape != p.shape:
                found = "is missing" if gradient is None else f"has shape {np.shape(gradient)}"
                raise ValueError(f"the gradient of {name}, shape {p.shape}, {found}")
        self.steps += 1
        for name, p in parameters.items():
            gradient = gradients[name]
            if p.ndim > 1:
                gradient = self._penalised(p, gradient)
            memory = self.memory.setdefault(name, {})
            p -= self._change(gradient, memory).astype(p.dtype, copy=False)

    def _penalised(self, p, gradient):
        if self.l1:
            gradient = gradient + self.l1 * np.sign(p)
        if self.weight_decay and self.decoupled:
            p *= 1 - self.learning_rate * self.weight_decay
        elif self.weight_decay:
            gradient = gradient + self.weight_decay * p
        return gradient

    def _change(self, g, memory):
        raise NotImplementedError


class SGD(Optimizer):
    """Gradient descent with momentum: v ← momentum·v + learning_rate·g,  p ← p − v.

    Source: Rumelhart, Hinton and Williams, 1986.
    """

    def __init__(self, learning_rate=0.1, momentum=0.0, **penalties):
        super().__init__(learning_rate, **penalties)
        check.kept_share("momentum", momentum)
        self.momentum = momentum

    def _change(self, g, memory):
        if not self.momentum:
            return self.learning_rate * g
        v = memory.get("v", 0)
        memory["v"] = self.momentum * v + self.learning_rate * g
        return memory["v"]


class Adagrad(Optimizer):
    """s ← s + g²,  p ← p − learning_rate·g / (√s + ε).

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods", 2011.
    """

    def __init__(self, learning_rate=0.01, epsilon=1e-8, **penalties):
        super().__init__(learning_rate, **penalties)
        check.positive("epsilon", epsilon)
        self.epsilon = epsilon

    def _change(self, g, memory):
        memory["s"] = memory.get("s", 0) + g * g
        return self.learning_rate * g / (np.sqrt(memory["s"]) + self.epsilon)


class RMSprop(Optimizer):
    """s ← decay·s + (1 − decay)·g²,  p ← p − learning_rate·g / (√s + ε).

    Source: Tieleman and Hinton, lecture 6.5 of "Neural networks for machine learning", 2012.
    """

    def __init__(self, learning_rate=0.001, decay=0.9, epsilon=1e-8, **penalties):
        super().__init__(learning_rate, **penalties)
        check.kept_share("decay", decay)
        check.positive("epsilon", epsilon)
        self.decay, self.epsilon = decay, epsilon

    def _change(self, g, memory):
        memory["s"] = self.decay * memory.get("s", 0) + (1 - self.decay) * g * g
        return self.learning_rate * g / (np.sqrt(memory["s"]) + self.epsilon)


class Adam(Optimizer):
    """m ← β₁·m + (1 − β₁)·g,  s ← β₂·s + (1 − β₂)·g², both corrected for their start at 0:

        p ← p − learning_rate · (m / (1 − β₁ᵗ)) / (√(s / (1 − β₂ᵗ)) + ε)

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015.
    """

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, **penalties):
        super().__init__(learning_rate, **penalties)
        check.kept_share("beta1", beta1)
        check.kept_share("beta2", beta2)
        check.positive("epsilon", epsilon)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def _change(self, g, memory):
        memory["m"] = self.beta1 * memory.get("m", 0) + (1 - self.beta1) * g
        memory["s"] = self.beta2 * memory.get("s", 0) + (1 - self.beta2) * g * g
        m = memory["m"] / (1 - self.beta1**self.steps)
        s = memory["s"] / (1 - self.beta2**self.steps)
        return self.learning_rate * m / (np.sqrt(s) + self.epsilon)
