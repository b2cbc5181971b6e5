"""Back-propagation as it was first written: an error δ for every neuron.

The error to make small is E = ½ Σ (target − output)², the neurons are sigmoids without biases.
z is what comes into a neuron, and its δ says how much E *falls* when z grows:

    δ = −∂E/∂z

So δ points downhill, and a weight moves *with* it: Δw = learning rate · δ · input of the weight.
Later lessons carry ∂E/∂z itself, which points uphill, and subtract.  The two differ in sign only.

Source: Rumelhart, Hinton and Williams, "Learning internal representations by error propagation",
in Parallel Distributed Processing, volume 1, MIT Press, 1986.
"""

import numpy as np

from . import mlp_checks as check
from .activations import sigmoid
from .input_checks import checked


@checked(check.output_and_target)
def output_delta(output, target):
    """Compute the error δ of the neurons of the last layer.

    output: what the sigmoid neurons gave, between 0 and 1; target: what they should give.
    Both have one shape, (M,) or a batch (N, M).  Result: the same shape.

        δ = (target − output) · output · (1 − output)

    output · (1 − output) is the slope of the sigmoid where the neuron stands.

    >>> float(output_delta(np.array([0.5]), np.array([0.9]))[0])
    0.1
    """
    return (target - output) * output * (1 - output)


@checked(check.hidden_delta)
def hidden_delta(next_delta, next_weights, output):
    """Compute the error δ of the neurons of a hidden layer from the δ of the next layer.

    next_delta: (M,), the δ of the next layer; or a batch (N, M).
    next_weights: (D, M); next_weights[j, k] leads from neuron j here to neuron k of the next layer.
    output: (D,) or (N, D), what the sigmoid neurons of this layer gave.  Result: the same shape.

        δ[j] = (Σₖ next_weights[j, k] · next_delta[k]) · output[j] · (1 − output[j])

    >>> hidden_delta(np.array([0.1]), np.array([[2.0], [-1.0]]), np.array([0.5, 0.5]))
    array([ 0.05 , -0.025])
    """
    return next_delta @ next_weights.T * output * (1 - output)


@checked(check.backprop_step)
def backprop_step(weights, updates, x, target, learning_rate, momentum):
    """Do one whole cycle on one example: forward, deltas backward, then move every weight.

    weights: list of matrices, one a layer, each (neurons before it, neurons in it); no biases.
    updates: list of matrices of the same shapes: the previous step's updates (zeros at first).
    x: (D,), the input; target: (M,), what should come out.
    Result: the tuple (weights, updates), two new lists; the given ones are left as they were.

        forward      o = sigmoid(o_before @ w)                         layer by layer
        backward     output_delta, then hidden_delta, with the weights as they were
        update       Δw[i, j] = learning_rate · δ[j] · o_before[i] + momentum · Δw_previous[i, j]
        new weight   w + Δw
    """
    outputs = [x]
    for w in weights:
        outputs.append(sigmoid(outputs[-1] @ w))

    deltas = [output_delta(outputs[-1], target)]
    for w, output in zip(weights[:0:-1], outputs[-2:0:-1], strict=True):  # from the end
        deltas.insert(0, hidden_delta(deltas[0], w, output))

    updates = [
        learning_rate * np.outer(before, delta) + momentum * previous
        for before, delta, previous in zip(outputs[:-1], deltas, updates, strict=True)
    ]
    return [w + update for w, update in zip(weights, updates, strict=True)], updates
