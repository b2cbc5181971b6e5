"""Lesson 07, first part: penalties in the gradient, and in a step."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("07_regularization")


# ------------------------------------------------------------------------- penalised_gradient


@lesson.exercise(
    reference.penalised_gradient,
    outputs=("dw", "db"),
    hints=(
        "The whole loss is a sum of two parts. What is the gradient of a sum?",
        "The data's part is the dense layer of lesson 02: x.T @ dout, and the sum of dout over the "
        "batch.",
    ),
)
def penalised_gradient(rng):
    for label, n, d, m, strength in (
        ("4 examples", 4, 3, 5, 0.3),
        ("6 examples", 6, 2, 3, 0.02),
        ("one example", 1, 4, 2, 1.5),
    ):
        arrays = (rng.normal(size=shape) for shape in ((n, m), (n, d), (d, m), m))
        yield case(label, *arrays, strength)


@penalised_gradient.mistake(
    "The penalty is part of the loss, but your gradient has only the data's part: the weights "
    "would never shrink."
)
def penalty_left_out(dout, x, w, b, strength):  # D14
    return x.T @ dout, dout.sum(axis=0)


@penalised_gradient.mistake(
    "The penalty is divided by the batch size N in your gradient. In the loss it is not: it does "
    "not depend on the data."
)
def penalty_divided_by_n(dout, x, w, b, strength):  # D18
    return x.T @ dout + strength * w / len(x), dout.sum(axis=0)


@penalised_gradient.mistake("The bias is pulled to 0, too. Only weights are penalised.")
def bias_decayed(dout, x, w, b, strength):  # D16
    return x.T @ dout + strength * w, dout.sum(axis=0) + strength * b


@penalised_gradient.mistake("The slope of ½ · strength · w² is strength · w, without a 2.")
def doubled(dout, x, w, b, strength):  # D13
    return x.T @ dout + 2 * strength * w, dout.sum(axis=0)


@penalised_gradient.mistake(
    "The penalty is subtracted. The loss is a sum of both parts, so its gradient is, too."
)
def subtracts_the_penalty(dout, x, w, b, strength):
    return x.T @ dout - strength * w, dout.sum(axis=0)


@penalised_gradient.mistake(
    "Everything is divided by N once more. dout comes from a mean over the batch: it holds the "
    "division already."
)
def averages_the_data(dout, x, w, b, strength):
    return x.T @ dout / len(x) + strength * w, dout.mean(axis=0)


@penalised_gradient.mistake("The slope of ½ · strength · w² is strength · w: the ½ is gone.")
def halved(dout, x, w, b, strength):  # D13
    return x.T @ dout + 0.5 * strength * w, dout.sum(axis=0)


@penalised_gradient.mistake("The sign of w belongs to L1. Here the penalty is L2: strength · w.")
def sign_for_weight(dout, x, w, b, strength):  # D17
    return x.T @ dout + strength * np.sign(w), dout.sum(axis=0)


@penalised_gradient.mistake(
    "The penalty is multiplied by N. It is one term of the loss, however many examples there are."
)
def penalty_times_n(dout, x, w, b, strength):  # D18
    return x.T @ dout + strength * w * len(x), dout.sum(axis=0)


# -------------------------------------------------------------------------- weight_decay_step


@lesson.exercise(
    reference.weight_decay_step,
    points=2,
    outputs=("w", "update"),
    hints=(
        "First the gradient of the whole loss: the data's, and the penalty's. Then momentum as in "
        "lesson 01.",
        "update = momentum * previous_update - learning_rate * whole_gradient",
    ),
)
def weight_decay_step(rng):
    for label, shape, rate, momentum, strength in (
        ("in the middle of a descent", (3, 4), 0.1, 0.9, 0.3),
        ("a strong penalty", (5,), 0.4, 0.5, 2.0),
        ("a convolution's weights", (2, 3, 3, 2), 0.02, 0.8, 0.05),
    ):
        arrays = [rng.normal(size=shape) for _ in range(3)]
        yield case(label, *arrays, rate, momentum, strength)
    w, gradient = rng.normal(size=(2, 4, 3))
    yield case("the first step", w, gradient, np.zeros((4, 3)), 0.2, 0.9, 0.6)


@weight_decay_step.mistake(
    "You shrink the weights apart from the update, so that momentum does not see the penalty. That "
    "is decoupled weight decay (as in AdamW). Here the penalty is part of the gradient.",
    convention=True,
)
def decoupled(w, gradient, previous_update, learning_rate, momentum, strength):  # D19
    update = momentum * previous_update - learning_rate * gradient
    return w + update - learning_rate * strength * w, update


@weight_decay_step.mistake(
    "The penalty pushes the weights away from 0: its sign is turned, and they grow from step to "
    "step."
)
def grows(w, gradient, previous_update, learning_rate, momentum, strength):  # D15
    whole = gradient - strength * w
    update = momentum * previous_update - learning_rate * whole
    return w + update, update


@weight_decay_step.mistake("The penalty is missing: the step follows the data's gradient alone.")
def no_decay(w, gradient, previous_update, learning_rate, momentum, strength):  # D14
    update = momentum * previous_update - learning_rate * gradient
    return w + update, update


@weight_decay_step.mistake(
    "The penalty is not multiplied by the learning rate. It is a gradient like the other one."
)
def decay_without_learning_rate(w, gradient, previous_update, learning_rate, momentum, strength):
    update = momentum * previous_update - learning_rate * gradient - strength * w
    return w + update, update


@weight_decay_step.mistake("The slope of ½ · strength · w² is strength · w, without a 2.")
def decays_twice(w, gradient, previous_update, learning_rate, momentum, strength):  # D13
    whole = gradient + 2 * strength * w
    update = momentum * previous_update - learning_rate * whole
    return w + update, update


@weight_decay_step.mistake(
    "The whole step goes uphill. The update is minus the learning rate times the gradient."
)
def climbs(w, gradient, previous_update, learning_rate, momentum, strength):
    update = momentum * previous_update + learning_rate * (gradient + strength * w)
    return w + update, update


@weight_decay_step.mistake(
    "Your update points uphill, and is subtracted from w. PyTorch counts so. Here the update holds "
    "the minus, and is added.",
    convention=True,
)
def subtracts_the_velocity(w, gradient, previous_update, learning_rate, momentum, strength):
    velocity = momentum * previous_update + learning_rate * (gradient + strength * w)
    return w - velocity, velocity


@weight_decay_step.mistake("The update holds the minus already. Add it to w.")
def subtracts_the_update(w, gradient, previous_update, learning_rate, momentum, strength):  # G6
    update = momentum * previous_update - learning_rate * (gradient + strength * w)
    return w - update, update


@weight_decay_step.mistake(
    "You shrink w by the whole strength. The penalty is a part of the gradient: it goes into the "
    "update, times the learning rate."
)
def shrinks_by_the_strength(w, gradient, previous_update, learning_rate, momentum, strength):
    update = momentum * previous_update - learning_rate * gradient
    return (1 - strength) * w + update, update


@weight_decay_step.mistake(
    "You return the previous update. The next step needs the new one, or momentum never builds up."
)
def returns_the_previous_update(w, gradient, previous_update, learning_rate, momentum, strength):
    update = momentum * previous_update - learning_rate * (gradient + strength * w)
    return w + update, previous_update
