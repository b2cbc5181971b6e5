"""Lesson 01: momentum, and what it is good for."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, Symptom, case
from coursekit.functions import double_well_gradient

lesson = Lesson("01_gradient_descent")


def _weights(rng, *shape):
    """Weights and slopes, of both signs and different sizes."""
    return rng.normal(size=shape), rng.normal(size=shape) * rng.choice([0.3, 2.0], size=shape)


# ------------------------------------------------------------------------------ momentum_step


@lesson.exercise(
    reference.momentum_step,
    points=2,
    outputs=("w", "update"),
    hints=(
        "There are two parts: what the slope asks for now, and a share of what was done before.",
        "Work out update first, with both parts. Then add it to w. Both are returned.",
    ),
)
def momentum_step(rng):
    yield case("the first step", *_weights(rng, 3), np.zeros(3), 0.2, 0.9)
    yield case("rolling on", *_weights(rng, 4), rng.normal(size=4), 0.1, 0.9)
    yield case("weights of 2 × 3", *_weights(rng, 2, 3), rng.normal(size=(2, 3)), 0.3, 0.5)
    yield case("a flat place", rng.normal(size=2), np.zeros(2), rng.normal(size=2), 0.3, 0.8)
    rate, momentum = rng.uniform(0.05, 0.4), rng.uniform(0.2, 0.7)
    yield case("another momentum", *_weights(rng, 5), rng.normal(size=5), rate, momentum)


@momentum_step.mistake(
    "The gradient is added: the ball is pushed uphill. Its part of the update is "
    "−learning_rate · gradient."
)
def pushes_uphill(w, gradient, previous_update, learning_rate, momentum):  # G2
    return reference.momentum_step(w, -gradient, previous_update, learning_rate, momentum)


@momentum_step.mistake(
    "The update is right, but you subtract it. Its minus sign stands inside already: w + update."
)
def subtracts_the_update(w, gradient, previous_update, learning_rate, momentum):  # G6
    _, update = reference.momentum_step(w, gradient, previous_update, learning_rate, momentum)
    return w - update, update


@momentum_step.mistake(
    "The weights are moved by the previous update, so every step comes one step late. Work out the "
    "new update first, then move by it."
)
def one_step_late(w, gradient, previous_update, learning_rate, momentum):  # G3
    _, update = reference.momentum_step(w, gradient, previous_update, learning_rate, momentum)
    return w + previous_update, update


@momentum_step.mistake(
    "this is a running mean, with (1 − momentum) in front of the new gradient. Its steps are "
    "(1 − momentum) times as long; here the gradient counts in full.",
    convention=True,
)
def running_mean(w, gradient, previous_update, learning_rate, momentum):  # G4
    update = -(1 - momentum) * learning_rate * gradient + momentum * previous_update
    return w + update, update


@momentum_step.mistake(
    "this keeps a running mean of the gradients, with (1 − momentum) in front of the new one, and "
    "multiplies by the learning rate at the end. Here the gradient counts in full, and the update "
    "is what is added to w.",
    convention=True,
)
def running_mean_of_the_gradients(w, gradient, previous_update, learning_rate, momentum):  # G4
    mean = momentum * previous_update + (1 - momentum) * gradient
    return w - learning_rate * mean, mean


@momentum_step.mistake(
    "The learning rate is multiplied in twice: it is in the update already, so w + update."
)
def learning_rate_twice(w, gradient, previous_update, learning_rate, momentum):  # G5
    _, update = reference.momentum_step(w, gradient, previous_update, learning_rate, momentum)
    return w + learning_rate * update, update


@momentum_step.mistake(
    "this is how PyTorch keeps it: a velocity without the learning rate, and "
    "w − learning_rate · velocity. Here the update is exactly what is added to w.",
    convention=True,
)
def velocity_without_learning_rate(w, gradient, previous_update, learning_rate, momentum):
    velocity = gradient + momentum * previous_update
    return w - learning_rate * velocity, velocity


@momentum_step.mistake(
    "The momentum is multiplied with the gradient's part. It belongs to the previous update."
)
def momentum_on_the_gradient(w, gradient, previous_update, learning_rate, momentum):
    update = -momentum * learning_rate * gradient + previous_update
    return w + update, update


@momentum_step.mistake(
    "The previous update is left out: this is plain gradient descent, without a memory."
)
def forgets_the_past(w, gradient, previous_update, learning_rate, momentum):
    update = -learning_rate * gradient
    return w + update, update


@momentum_step.mistake("The previous update is taken whole. Only the share momentum of it is kept.")
def keeps_all_of_the_past(w, gradient, previous_update, learning_rate, momentum):
    update = -learning_rate * gradient + previous_update
    return w + update, update


@momentum_step.mistake(
    "Only the weights come back. The next step needs the update too: return w, update."
)
def forgets_to_return_the_update(w, gradient, previous_update, learning_rate, momentum):
    return reference.momentum_step(w, gradient, previous_update, learning_rate, momentum)[0]


@momentum_step.mistake(
    "You return the old update. The next step needs the one that you have just worked out."
)
def returns_the_old_update(w, gradient, previous_update, learning_rate, momentum):
    w, _ = reference.momentum_step(w, gradient, previous_update, learning_rate, momentum)
    return w, previous_update


@momentum_step.mistake(
    "The learning rate also shrinks the previous update. It belongs to the gradient only; momentum "
    "stands on its own."
)
def learning_rate_on_both(w, gradient, previous_update, learning_rate, momentum):
    update = -learning_rate * (gradient + momentum * previous_update)
    return w + update, update


@momentum_step.mistake(
    "w is right, but the update that you return lacks the momentum part. It is all that was added "
    "to w, and the next step needs it."
)
def returns_half_the_update(w, gradient, previous_update, learning_rate, momentum):
    w, _ = reference.momentum_step(w, gradient, previous_update, learning_rate, momentum)
    return w, -learning_rate * gradient


# ----------------------------------------------------------------------- escape_local_minimum

TILT, START, STEPS = 0.7, -1.9, 100
VALLEYS = tuple(np.sort(np.roots([1, 0, -2, -TILT]).real))  # local minimum, hilltop, global minimum


def ball(learning_rate, momentum):
    """Return where the ball of the exercise is after each of its steps, the start included."""
    slope = double_well_gradient(tilt=TILT)
    path, update = [START], 0.0
    for _ in range(STEPS):
        if abs(path[-1]) > 1e3:
            break
        update = -learning_rate * slope(path[-1]) + momentum * update
        path.append(path[-1] + update)
    return np.array(path)


def settled(path, place):
    """Tell whether the last ten points of a path are less than 0.1 away from ``place``."""
    return len(path) == STEPS + 1 and bool((np.abs(path[-10:] - place) < 0.1).all())


@lesson.exercise(
    reference.escape_local_minimum,
    hints=(
        "Without momentum, can a small step lead uphill? What carries a real ball over a hill?",
        "Too little momentum and the ball stays in the first valley; too much and it is still "
        "swinging after 100 steps. Try 0.9.",
        "Watch the paths with the cell above. With momentum 0.9, try learning rates between 0.01 "
        "and 0.1.",
    ),
)
def escape_local_minimum(rng):
    yield case("the curve with two valleys")


@escape_local_minimum.property
def where_the_ball_ends(case, answer):
    learning_rate, momentum = (float(number) for number in answer)
    local, hilltop, deepest = VALLEYS
    if not np.isfinite([learning_rate, momentum]).all() or learning_rate == 0:
        return "with this learning rate the ball does not move. Choose a number above 0."
    if learning_rate < 0:
        return Symptom(f"the learning rate is {learning_rate:g}, below 0.", "climbs_the_wall")
    path = ball(learning_rate, momentum)
    valid = 0 <= momentum < 1
    if valid and settled(path, deepest):
        return None
    if (
        momentum < 0.5
        and 0.7 < learning_rate < 1
        and settled(ball(momentum, learning_rate), deepest)
    ):
        found = f"learning rate {learning_rate:g}, momentum {momentum:g}: the ball does not settle."
        return Symptom(found, "swaps_the_two")
    if not valid:
        found = f"the momentum is {momentum:g}. It must be 0 or more, and less than 1."
        return Symptom(found, "no_friction" if momentum >= 1 else None)
    if len(path) <= STEPS:
        return Symptom("the ball flies out of the curve.", "flies_off")
    end = f"after {STEPS} steps the ball is at w = {path[-1]:.2f}"
    if settled(path, local):
        if path.max() > hilltop:
            return Symptom(f"{end}: it was over the hill, and rolled back.", "comes_back")
        return Symptom(f"{end}, in the first valley.", "stays_in_the_first_valley")
    if (np.diff(path) > 0).all():
        return Symptom(f"{end}, still on its first way down.", "creeps")
    if (np.diff(np.sign(np.diff(path[-10:]))) != 0).all():
        return Symptom(f"{end}, and every step turns round.", "leaps_across_the_valley")
    return Symptom(f"{end}, and not at rest.", "still_swinging")


@escape_local_minimum.mistake(
    "The ball rests in the first valley: the slope there is 0, and nothing carries it on. Give it "
    "more momentum."
)
def stays_in_the_first_valley():
    return 0.05, 0.0


@escape_local_minimum.mistake(
    "It rolled back into the first valley and rests there: it kept too much speed. Change the "
    "momentum or the learning rate a little."
)
def comes_back():
    return 0.38, 0.63


@escape_local_minimum.mistake("The learning rate is so small that the ball has hardly moved.")
def creeps():
    return 1e-4, 0.5


@escape_local_minimum.mistake(
    "The ball still swings to and fro: it loses its speed too slowly. Less momentum brakes it."
)
def still_swinging():
    return 0.05, 0.97


@escape_local_minimum.mistake(
    "Every step leaps across the bottom to the other side. A smaller learning rate makes shorter "
    "steps."
)
def leaps_across_the_valley():
    return 0.5, 0.0


@escape_local_minimum.mistake(
    "The steps are so long that every one ends higher up than it began. Take a smaller learning "
    "rate."
)
def flies_off():
    return 1.0, 0.9


@escape_local_minimum.mistake(
    "A momentum of 1 is a ball without friction, which never rests; above 1 it gains speed out of "
    "nothing."
)
def no_friction():
    return 0.02, 1.0


@escape_local_minimum.mistake(
    "The two numbers have changed places: first the learning rate, then the momentum."
)
def swaps_the_two():
    return 0.9, 0.05


@escape_local_minimum.mistake("A negative learning rate walks up the slope instead of down.")
def climbs_the_wall():
    return -0.05, 0.9
