"""Lesson 07, last part: stop in time, and keep the best."""

import numpy as np

from coursekit import functions, reference
from coursekit.exercise import Lesson, case

lesson = Lesson("07_regularization")


# ----------------------------------------------------------------------------- early_stopping


@lesson.exercise(
    reference.early_stopping,
    hints=(
        "Go through the epochs and remember the best one so far. When have you waited long enough?",
        "The waiting time is epoch − best. A new best sets it back to 0 by itself.",
    ),
)
def early_stopping(rng):
    yield case("the best comes too late", [5.0, 3.0, 4.0, 4.5, 1.0], 2)
    yield case("bad epochs apart", [9.0, 8.0, 8.5, 7.0, 7.5, 6.0, 6.5, 5.0, 5.5, 5.2, 5.1, 4.0], 3)
    yield case("ups and downs", [6.0, 4.0, 5.0, 4.5, 4.2, 2.0, 3.0, 3.5, 3.2, 3.1, 1.0], 4)
    yield case("more bad epochs apart", [8.0, 7.0, 7.5, 6.0, 6.5, 5.0, 4.0, 3.5], 2)
    yield case("no stop", [4.0, 3.0, 3.5, 2.0, 2.5], 3)
    yield case("two losses tie", [3.0, 1.0, 2.0, 1.0, 1.5, 1.2, 0.5], 3)
    yield case("two losses tie, patience 2", [7.0, 4.0, 4.0, 4.5, 4.4, 2.0], 2)
    yield case("it only gets worse", [1.0, 2.0, 3.0, 4.0, 5.0], 2)
    fall = np.round(3 + 2 * np.exp(-np.arange(30) / 5) + 0.02 * np.arange(30), 4)
    noisy = np.round(fall + 0.25 * rng.random(30), 4).tolist()
    yield case("a noisy curve", noisy, 4)
    yield case("a noisy curve, patience 1", noisy[:20], 1)


@early_stopping.mistake(
    "Your patience is never given back: all bad epochs are counted together. Only epochs in a row "
    "count; a new best starts the count again."
)
def patience_never_reset(losses, patience):  # D50
    best, waited = 0, 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch > 0:
            waited += 1
        if waited >= patience:
            break
    return best


@early_stopping.mistake(
    "That is the epoch in which training stopped. The best weights are older: keep those."
)
def epoch_of_the_stop(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best >= patience:
            break
    return epoch


@early_stopping.mistake(
    "You looked at all losses. After the stop there are no more: a better epoch that would come "
    "later is never seen."
)
def best_of_all(losses, patience):
    return int(np.argmin(losses))


@early_stopping.mistake(
    "You compare each loss with the one before. Compare it with the best so far: after a bad "
    "epoch, a less bad one is no progress."
)
def compares_with_the_last(losses, patience):
    best, waited = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[epoch - 1]:
            waited = 0
            if losses[epoch] < losses[best]:
                best = epoch
        else:
            waited += 1
        if waited >= patience:
            break
    return best


@early_stopping.mistake(
    "You wait one epoch more. With patience 2, training stops when two epochs have passed without "
    "progress.",
    convention=True,
)
def waits_one_more(losses, patience):
    return reference.early_stopping(losses, patience + 1)


@early_stopping.mistake(
    "A loss that only equals the best one counts as progress in your function. It must be lower."
)
def ties_are_progress(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss <= losses[best]:
            best = epoch
        if epoch - best >= patience:
            break
    return best


@early_stopping.mistake("You count the epochs from 1. Here the first one has the number 0.")
def counts_from_one(losses, patience):
    return reference.early_stopping(losses, patience) + 1


@early_stopping.mistake(
    "You stop one epoch too soon. With patience 2, two epochs without progress must have passed; "
    "ask only after you have looked at the loss of this epoch."
)
def stops_one_too_soon(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if epoch - best >= patience:
            break
        if loss < losses[best]:
            best = epoch
    return best


@early_stopping.mistake(
    "Every loss below the one before becomes your best. The best is the lowest so far."
)
def any_fall_is_best(losses, patience):
    best = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[epoch - 1]:
            best = epoch
        if epoch - best >= patience:
            break
    return best


@early_stopping.mistake("That is the lowest loss. Return the number of its epoch.")
def returns_the_loss(losses, patience):
    return losses[reference.early_stopping(losses, patience)]


# ------------------------------------------------------------------------ train_and_keep_best


@lesson.exercise(
    reference.train_and_keep_best,
    points=2,
    hints=(
        "w −= … changes the array itself. What happens to a second name for the same array?",
        "best = w.copy() keeps the numbers as they are now. best = w does not.",
    ),
)
def train_and_keep_best(rng):
    for label, size, rate, steps in (
        ("two weights", 2, 0.1, 30),
        ("five weights", 5, 0.05, 60),
        ("three weights, large steps", 3, 0.3, 12),
    ):
        start, target = rng.normal(size=size), 4 + rng.normal(size=size)
        middle = start + rng.uniform(0.6, 0.75) * (target - start) + 0.05 * rng.normal(size=size)
        gradient = functions.bowl_gradient(center=target.tolist(), curvature=1.0)
        watched = functions.bowl(center=middle.tolist(), curvature=1.0)
        yield case(label, start, gradient, watched, rate, steps)
    for label, start, away, rate in (
        ("the start is best", [1.0, 2.0, -3.0], 5.0, 0.1),
        ("the start is best of all", [-2.0, 0.5], 3.0, 0.05),
    ):
        start = np.array(start)
        gradient = functions.bowl_gradient(center=(start + away).tolist(), curvature=2.0)
        watched = functions.bowl(center=(start - 0.5).tolist(), curvature=1.0)
        yield case(label, start, gradient, watched, rate, 9)
    # from left to right through two valleys, the deeper one last or first
    for label, start, end, tilt, rate, steps in (
        ("two valleys, the second is better", [-2.2, -2.4], [3.0, 2.8], 0.4, 0.06, 60),
        ("two valleys, the second is better by far", [-2.0], [2.6], 0.9, 0.08, 45),
        ("two valleys, the first is better", [-2.3], [2.9], -0.5, 0.05, 70),
        ("two valleys, the first is better by far", [-2.5, -2.2], [2.7, 2.9], -0.9, 0.07, 50),
    ):
        gradient = functions.bowl_gradient(center=end, curvature=1.0)
        watched = functions.double_well(tilt=tilt)
        start = np.array(start) + rng.uniform(-0.05, 0.05)
        yield case(label, start, gradient, watched, rate, steps)
    for label, start, end, steps in (
        ("the last step is best", [3.0, -1.0], [1.0, 4.0], 7),
        ("the last step is best, three weights", [0.5, -2.0, 6.0], [2.0, 2.0, 1.0], 4),
    ):
        start = np.array(start) + rng.uniform(-0.2, 0.2, len(start))
        bowl = {"center": end, "curvature": 1.0}
        watched = functions.bowl(**bowl)
        yield case(label, start, functions.bowl_gradient(**bowl), watched, 0.1, steps)
    for label, start, center in (  # with this step, w jumps from one side to the other and back
        ("two places tie", [1.0, 5.0], [3.0, 4.0]),
        ("two places tie, three weights", [-2.0, 0.0, 4.0], [1.0, -3.0, 2.0]),
    ):
        bowl = {"center": center, "curvature": 1.0}
        gradient, watched = functions.bowl_gradient(**bowl), functions.bowl(**bowl)
        yield case(label, np.array(start), gradient, watched, 2.0, 3)


@train_and_keep_best.mistake(
    "You return the last weights. Return the best ones; and if you kept them, was it a copy? "
    "w −= … changes the array under all of its names."
)
def keeps_a_reference(w, gradient, validation_loss, learning_rate, steps):  # D49
    w = w.copy()
    best, lowest = w, validation_loss(w)
    for _ in range(steps):
        w -= learning_rate * gradient(w)
        loss = validation_loss(w)
        if loss < lowest:
            best, lowest = w, loss
    return best


@train_and_keep_best.mistake(
    "w is changed in place: whoever gave it has lost the start. Begin with w = w.copy()."
)
def changes_the_start(w, gradient, validation_loss, learning_rate, steps):
    best, lowest = w.copy(), validation_loss(w)
    for _ in range(steps):
        w -= learning_rate * gradient(w)
        loss = validation_loss(w)
        if loss < lowest:
            best, lowest = w.copy(), loss
    return best


@train_and_keep_best.mistake(
    "The start was not measured. If training only makes it worse, the start is what to keep."
)
def forgets_the_start(w, gradient, validation_loss, learning_rate, steps):
    w = w - learning_rate * gradient(w)
    best, lowest = w, validation_loss(w)
    for _ in range(steps - 1):
        w = w - learning_rate * gradient(w)
        loss = validation_loss(w)
        if loss < lowest:
            best, lowest = w, loss
    return best


@train_and_keep_best.mistake(
    "You kept the weights from before the step whose loss you measured. Measure after the step, "
    "and keep what you measured."
)
def one_step_late(w, gradient, validation_loss, learning_rate, steps):
    best, lowest = w, validation_loss(w)
    for _ in range(steps):
        before = w
        w = w - learning_rate * gradient(w)
        loss = validation_loss(w)
        if loss < lowest:
            best, lowest = before, loss
    return best


@train_and_keep_best.mistake("You kept the weights with the highest loss. Better is lower.")
def highest_kept(w, gradient, validation_loss, learning_rate, steps):
    best, highest = w, validation_loss(w)
    for _ in range(steps):
        w = w - learning_rate * gradient(w)
        if validation_loss(w) > highest:
            best, highest = w, validation_loss(w)
    return best


@train_and_keep_best.mistake(
    "You never get over a hill: you stop at the first rise, or step from the best weights again "
    "and again. Take all the steps from w, and only remember the best."
)
def stops_at_the_first_rise(w, gradient, validation_loss, learning_rate, steps):
    best, lowest = w, validation_loss(w)
    for _ in range(steps):
        w = w - learning_rate * gradient(w)
        loss = validation_loss(w)
        if loss >= lowest:
            break
        best, lowest = w, loss
    return best


@train_and_keep_best.mistake(
    "You compare with the step before, not with the best so far. After a hill, every step down "
    "would count."
)
def compares_with_the_step_before(w, gradient, validation_loss, learning_rate, steps):
    best, before = w, validation_loss(w)
    for _ in range(steps):
        w = w - learning_rate * gradient(w)
        loss = validation_loss(w)
        if loss < before:
            best = w
        before = loss
    return best


@train_and_keep_best.mistake(
    "The last weights are never measured: measure after each step, and take as many as asked."
)
def end_not_measured(w, gradient, validation_loss, learning_rate, steps):
    return reference.train_and_keep_best(w, gradient, validation_loss, learning_rate, steps - 1)


@train_and_keep_best.mistake("You take one step more than asked.")
def one_step_more(w, gradient, validation_loss, learning_rate, steps):
    return reference.train_and_keep_best(w, gradient, validation_loss, learning_rate, steps + 1)


@train_and_keep_best.mistake(
    "If several have the lowest loss, keep the first one: < in place of <=."
)
def keeps_the_last_of_a_tie(w, gradient, validation_loss, learning_rate, steps):
    best, lowest = w, validation_loss(w)
    for _ in range(steps):
        w = w - learning_rate * gradient(w)
        loss = validation_loss(w)
        if loss <= lowest:
            best, lowest = w, loss
    return best
