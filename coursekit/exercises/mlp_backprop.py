"""Lesson 02, second part: the error δ of every neuron, and one whole cycle of learning."""

from itertools import pairwise

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("02_mlp_backprop")


# ------------------------------------------------------------------------------- output_delta


@lesson.exercise(
    reference.output_delta,
    hints=(
        "Two things make δ large: being far from the target, and standing where the sigmoid is "
        "steep.",
        "The slope of a sigmoid whose output is known needs no sigmoid any more: o · (1 − o).",
    ),
)
def output_delta(rng):
    yield case("one neuron", np.array([0.5518]), np.array([0.9]))
    yield case("three neurons", rng.uniform(0.05, 0.95, 3), np.array([0.0, 1.0, 0.5]))
    yield case("a batch", rng.uniform(0.05, 0.95, (4, 2)), rng.uniform(0, 1, (4, 2)))


@output_delta.mistake(
    "The slope of the sigmoid is left out: target − output is multiplied by output · (1 − output)."
)
def slope_left_out(output, target):  # M3
    return target - output


@output_delta.mistake(
    "the sign is turned: that is ∂E/∂z, which points uphill. Here δ points downhill, so it starts "
    "with target − output.",
    convention=True,
)
def points_uphill(output, target):  # M16 for the squared error
    return (output - target) * output * (1 - output)


@output_delta.mistake(
    "You applied the sigmoid once more: output is what came out of it already, so the slope is "
    "output · (1 − output)."
)
def sigmoid_applied_again(output, target):  # M1
    return (target - output) * reference.sigmoid_gradient(output)


@output_delta.mistake(
    "You took the slope at the target. The neuron stands at its output, so that decides the slope."
)
def slope_at_the_target(output, target):
    return (target - output) * target * (1 - target)


@output_delta.mistake(
    "a factor 2 is in your δ: it belongs to E = Σ (target − output)². With E = ½ Σ … it is gone.",
    convention=True,
)
def factor_two(output, target):
    return 2 * (target - output) * output * (1 - output)


# ------------------------------------------------------------------------------- hidden_delta


@lesson.exercise(
    reference.hidden_delta,
    points=2,
    hints=(
        "Through which weights does a hidden neuron j act on the next layer? Row j of "
        "next_weights, or column j?",
        "Each neuron collects the δ of all neurons that it feeds, weighted: next_weights[j, k] · "
        "next_delta[k], summed over k.",
        "next_delta @ next_weights.T, then times the slope output · (1 − output).",
    ),
)
def hidden_delta(rng):
    yield case(
        "3 neurons before 2", rng.normal(size=2), rng.normal(size=(3, 2)), rng.uniform(size=3)
    )
    yield case(
        "2 neurons before 5", rng.normal(size=5), rng.normal(size=(2, 5)), rng.uniform(size=2)
    )
    yield case("2 before 1", rng.normal(size=1), rng.normal(size=(2, 1)), rng.uniform(size=2))
    yield case(
        "a batch of 4", rng.normal(size=(4, 2)), rng.normal(size=(3, 2)), rng.uniform(size=(4, 3))
    )


@hidden_delta.mistake(
    "The slope is left out: what comes back through the weights is multiplied by "
    "output · (1 − output)."
)
def slope_left_out_in_hidden(next_delta, next_weights, output):  # M3
    return next_delta @ next_weights.T


@hidden_delta.mistake(
    "You took the slope of the next layer. It is in next_delta already; what is missing is the "
    "slope of this layer's own neurons."
)
def slope_of_the_next_layer(next_delta, next_weights, output):
    following = reference.sigmoid(output @ next_weights)
    return (next_delta * following * (1 - following)) @ next_weights.T


@hidden_delta.mistake(
    "The weights were bent into shape with reshape. The way back needs their transpose: .T keeps "
    "each weight with its two neurons."
)
def reshapes_the_weights(next_delta, next_weights, output):  # M6
    turned = next_weights.reshape(next_weights.shape[::-1])
    return next_delta @ turned * output * (1 - output)


@hidden_delta.mistake("The sign is turned. The minus is in the first δ already: none comes after.")
def sign_turned(next_delta, next_weights, output):
    return -reference.hidden_delta(next_delta, next_weights, output)


@hidden_delta.mistake(
    "The weights are left out: each neuron got the plain sum of the next δ. It is answerable for "
    "each only as much as its weight."
)
def weights_left_out(next_delta, next_weights, output):
    return next_delta.sum(axis=-1, keepdims=True) * output * (1 - output)


@hidden_delta.mistake(
    "You applied the sigmoid once more: output is what came out of it already, so the slope is "
    "output · (1 − output)."
)
def sigmoid_applied_again_in_hidden(next_delta, next_weights, output):  # M1
    return next_delta @ next_weights.T * reference.sigmoid_gradient(output)


# ------------------------------------------------------------------------------ backprop_step


@lesson.exercise(
    reference.backprop_step,
    points=3,
    outputs=("weights", "updates"),
    hints=(
        "Forward: keep every layer's output in a list, the input x first. You need them all later.",
        "Backward: start with output_delta. Then, from the last layer to the second, hidden_delta "
        "with the weights that lead onward. Collect the δ; change no weight yet.",
        "Layer by layer: update = learning_rate · np.outer(what came in, δ) + momentum · previous "
        "update. The new weight is w + update, a new array.",
    ),
)
def backprop_step(rng):
    def network(*sizes, moving=True):
        shapes = list(pairwise(sizes))
        weights = [rng.normal(size=shape) for shape in shapes]
        updates = [rng.normal(size=shape) * 0.2 * moving for shape in shapes]
        return weights, updates, rng.uniform(-1, 1, sizes[0]), rng.uniform(0.1, 0.9, sizes[-1])

    yield case("the first step of 2-2-1", *network(2, 2, 1, moving=False), 3.0, 0.1)
    yield case("the first step of 2-3-2-1", *network(2, 3, 2, 1, moving=False), 0.3, 0.1)
    yield case("a later step", *network(2, 3, 2, 1), 0.3, 0.1)
    yield case("4-3-2, large steps", *network(4, 3, 2), 2.0, 0.9)
    yield case("five layers of weights", *network(3, 4, 2, 3, 5, 2), 1.0, 0.5)
    yield case("without momentum", *network(3, 5, 2), 0.5, 0.0)


def _outputs(weights, x):
    outputs = [x]
    for w in weights:
        outputs.append(reference.sigmoid(outputs[-1] @ w))
    return outputs


def _deltas(weights, outputs, target):
    deltas = [reference.output_delta(outputs[-1], target)]
    for w, output in zip(weights[:0:-1], outputs[-2:0:-1], strict=True):
        deltas.insert(0, reference.hidden_delta(deltas[0], w, output))
    return deltas


def _moved(weights, updates):
    return [w + update for w, update in zip(weights, updates, strict=True)]


def _slopes(weights, x, target):
    """The step Δw without learning rate and momentum: o · δ for every weight."""
    outputs = _outputs(weights, x)
    deltas = _deltas(weights, outputs, target)
    return [np.outer(o, d) for o, d in zip(outputs[:-1], deltas, strict=True)]


@backprop_step.mistake(
    "The δ went back through weights that had been moved already. Find all δ first, with the old "
    "weights; then move."
)
def moves_before_passing_back(weights, updates, x, target, learning_rate, momentum):  # M5
    outputs = _outputs(weights, x)
    delta = reference.output_delta(outputs[-1], target)
    weights, updates = list(weights), list(updates)
    for layer in reversed(range(len(weights))):
        step = learning_rate * np.outer(outputs[layer], delta)
        updates[layer] = step + momentum * updates[layer]
        weights[layer] = weights[layer] + updates[layer]
        if layer:
            delta = reference.hidden_delta(delta, weights[layer], outputs[layer])
    return weights, updates


@backprop_step.mistake(
    "The momentum is left out: each update also carries on momentum · its previous update."
)
def momentum_left_out(weights, updates, x, target, learning_rate, momentum):
    updates = [learning_rate * slope for slope in _slopes(weights, x, target)]
    return _moved(weights, updates), updates


@backprop_step.mistake(
    "The weights went against δ. This δ points downhill already: add the update, don't subtract it."
)
def goes_uphill(weights, updates, x, target, learning_rate, momentum):
    slopes = _slopes(weights, x, target)
    updates = [momentum * u - learning_rate * s for u, s in zip(updates, slopes, strict=True)]
    return _moved(weights, updates), updates


@backprop_step.mistake(
    "The weights are right, but the updates that you return lack the momentum part. The next step "
    "needs the whole of Δw."
)
def forgets_the_momentum_in_updates(weights, updates, x, target, learning_rate, momentum):
    slopes = _slopes(weights, x, target)
    weights, _ = reference.backprop_step(weights, updates, x, target, learning_rate, momentum)
    return weights, [learning_rate * slope for slope in slopes]


@backprop_step.mistake(
    "The learning rate also shrinks the momentum part. It belongs to δ · o only; momentum stands "
    "on its own."
)
def learning_rate_on_both(weights, updates, x, target, learning_rate, momentum):
    slopes = _slopes(weights, x, target)
    updates = [learning_rate * (s + momentum * u) for u, s in zip(updates, slopes, strict=True)]
    return _moved(weights, updates), updates


@backprop_step.mistake(
    "In the hidden layers the slope output · (1 − output) is left out of δ; in the last layer it "
    "is right."
)
def hidden_slopes_left_out(weights, updates, x, target, learning_rate, momentum):  # M3
    outputs = _outputs(weights, x)
    deltas = [reference.output_delta(outputs[-1], target)]
    for w in weights[:0:-1]:
        deltas.insert(0, deltas[0] @ w.T)
    updates = [
        learning_rate * np.outer(o, d) + momentum * u
        for o, d, u in zip(outputs[:-1], deltas, updates, strict=True)
    ]
    return _moved(weights, updates), updates


@backprop_step.mistake(
    "The new weights are right, but your function writes into the caller's. Build new matrices: "
    "w + update."
)
def changes_the_given_weights(weights, updates, x, target, learning_rate, momentum):  # M22
    _, updates = reference.backprop_step(weights, updates, x, target, learning_rate, momentum)
    for w, update in zip(weights, updates, strict=True):
        w += update
    return weights, updates


@backprop_step.mistake(
    "The updates are right, but you subtract them. δ points downhill already: the new weight is "
    "w + update."
)
def subtracts_the_updates(weights, updates, x, target, learning_rate, momentum):
    _, updates = reference.backprop_step(weights, updates, x, target, learning_rate, momentum)
    return [w - update for w, update in zip(weights, updates, strict=True)], updates
