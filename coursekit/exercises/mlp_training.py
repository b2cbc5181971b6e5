"""Lesson 02, sixth part: where the weights start, and a network that learns to read digits."""

from functools import partial

import numpy as np

from coursekit import data, reference
from coursekit.exercise import Lesson, Rng, Symptom, case

lesson = Lesson("02_mlp_backprop")


# --------------------------------------------------------------------------------- he_weights


@lesson.exercise(
    reference.he_weights,
    hints=(
        "What must come out, a standard deviation or a variance? Which of the two does rng.normal "
        "take?",
        "The more numbers come into a unit, the smaller each weight must be. How many come in?",
        "rng.normal(mean, standard deviation, size=(rows, columns))",
    ),
)
def he_weights(rng):
    for label, fan_in, fan_out in (
        ("more in than out", 600, 100),
        ("more out than in", 150, 500),
        ("nearly square", 300, 220),
    ):
        yield case(f"{label}, drawn twice", fan_in, fan_out, Rng(int(rng.integers(2**31))), calls=2)


@he_weights.property
def judge_he_weights(each, answer):
    fan_in, fan_out = each.inputs[:2]
    first, second = (np.asarray(weights, float) for weights in answer)
    if first.shape == (fan_out, fan_in):
        return Symptom(f"the shape is {first.shape}, expected {(fan_in, fan_out)}.", "axes_swapped")
    if first.shape != (fan_in, fan_out) or second.shape != first.shape:
        return f"the shape is {first.shape}, expected {(fan_in, fan_out)}."
    if not np.isfinite(first).all():
        return "some weights are nan or inf."
    wanted, found = np.sqrt(2 / fan_in), first.std()
    if np.ptp(first) == 0:
        return Symptom(f"all weights are {first[0, 0]:g}.", "all_alike")
    if np.array_equal(first, second):
        return Symptom("two calls gave the very same weights.", "ignores_the_rng")
    what = f"the standard deviation is {found:.4f}, expected √(2 / {fan_in}) = {wanted:.4f}."
    known = {
        "variance_for_deviation": 2 / fan_in,
        "fan_out_for_fan_in": np.sqrt(2 / fan_out),
        "without_the_two": np.sqrt(1 / fan_in),
        "mean_of_both_fans": np.sqrt(2 / (fan_in + fan_out)),
        "one_over_fan_in": 1 / fan_in,
        "always_a_hundredth": 0.01,
        "always_one": 1.0,
    }
    tolerance = 0.03  # the standard deviation of 60,000 draws is sure to about 0.3 %
    if abs(found / wanted - 1) > tolerance:
        near = [name for name, std in known.items() if abs(found / std - 1) < tolerance]
        return Symptom(what, near[0] if len(near) == 1 else None)
    if abs(first.mean()) > 0.05 * wanted:
        return f"the mean is {first.mean():.4f}; the weights must lie around 0."
    return None


@he_weights.mistake(
    "2 / fan_in is the variance. rng.normal takes the standard deviation, its square root."
)
def variance_for_deviation(fan_in, fan_out, rng):
    return rng.normal(0, 2 / fan_in, size=(fan_in, fan_out))


@he_weights.mistake(
    "You used fan_out. What adds up in a unit are the numbers that come in: fan_in."
)
def fan_out_for_fan_in(fan_in, fan_out, rng):  # M21
    return rng.normal(0, np.sqrt(2 / fan_out), size=(fan_in, fan_out))


@he_weights.mistake(
    "that is √(1 / fan_in), LeCun's rule, which suits tanh. ReLU throws one half away, and the 2 "
    "makes up for it.",
    convention=True,
)
def without_the_two(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(1 / fan_in), size=(fan_in, fan_out))


@he_weights.mistake(
    "that is √(2 / (fan_in + fan_out)), the rule of Glorot and Bengio. This exercise asks for that "
    "of He et al., √(2 / fan_in).",
    convention=True,
)
def mean_of_both_fans(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), size=(fan_in, fan_out))


@he_weights.mistake(
    "The standard deviation is 1 / fan_in. That is too small, and the signal fades from layer to "
    "layer."
)
def one_over_fan_in(fan_in, fan_out, rng):  # M20
    return rng.normal(0, 1 / fan_in, size=(fan_in, fan_out))


@he_weights.mistake(
    "The standard deviation is 0.01, whatever the layer. The more numbers come in, the smaller the "
    "weights must be: √(2 / fan_in)."
)
def always_a_hundredth(fan_in, fan_out, rng):  # M20
    return rng.normal(0, 0.01, size=(fan_in, fan_out))


@he_weights.mistake(
    "The standard deviation is 1, so that the signal grows in every layer. Scale by √(2 / fan_in)."
)
def always_one(fan_in, fan_out, rng):  # M20
    return rng.normal(size=(fan_in, fan_out))


@he_weights.mistake("The axes have changed places: weights are (fan_in, fan_out) in this course.")
def axes_swapped(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / fan_in), size=(fan_out, fan_in))


@he_weights.mistake(
    "All weights are alike, so all units will learn the same. Chance must tell them apart."
)
def all_alike(fan_in, fan_out, rng):  # M19
    return np.zeros((fan_in, fan_out))


@he_weights.mistake(
    "Draw the weights from rng at every call: it goes on from call to call. A generator made anew "
    "with a fixed seed, or no draw at all, repeats itself."
)
def ignores_the_rng(fan_in, fan_out, rng):
    own = np.random.default_rng(0)
    return own.normal(0, np.sqrt(2 / fan_in), size=(fan_in, fan_out))


# ---------------------------------------------------------------------------------- train_mlp


@lesson.exercise(
    reference.train_mlp,
    points=3,
    outputs=("w1", "b1", "w2", "b2"),
    hints=(
        "Three loops in one: over the epochs, over the batches of an epoch, and in the middle "
        "forward, backward, update. Which of your functions does which part?",
        "rng.permutation(N) gives a new order. Take x and y with the same 32 numbers out of it.",
        "Backward, in this order: cross_entropy_gradient, dense_backward of layer 2, "
        "relu_backward, dense_backward of layer 1. Only then change w1, b1, w2, b2.",
    ),
    seconds=60,
)
def train_mlp(rng):
    scans = data.digits()
    x, y = scans.x_train.reshape(-1, 64) / 16, scans.y_train

    def some(count, order=None):
        chosen = rng.permutation(len(x))[:count]
        if order:
            chosen = chosen[np.argsort(order * y[chosen], kind="stable")]
        return x[chosen], y[chosen]

    def seed():
        return Rng(int(rng.integers(2**31)))

    yield case("1000 digits", *some(1000), 32, 20, 0.1, seed())
    yield case("600 digits, larger steps", *some(600), 24, 20, 0.2, seed())
    yield case("sorted, 0 first, 2 epochs", *some(1400, 1), 32, 2, 0.2, seed())
    yield case("sorted, 9 first, 2 epochs", *some(1400, -1), 32, 2, 0.2, seed())
    kinds = rng.permutation(np.arange(90) % 3)  # three clouds of points, far apart
    clouds = 3 * np.eye(3, 4)[kinds] + 0.3 * rng.normal(size=(90, 4))
    yield case("points with 4 numbers, 3 classes", clouds, kinds, 8, 40, 0.2, seed())
    for count, numbers, hidden in ((20, 6, 5), (30, 4, 7)):
        some_labels = np.arange(count) % 3
        inputs = rng.normal(size=(count, numbers))
        yield case(f"{count} examples: a single step", inputs, some_labels, hidden, 1, 1e-4, seed())


@train_mlp.property
def judge_train_mlp(each, answer):
    x, y, hidden, epochs = each.inputs[:4]
    classes = int(y.max()) + 1
    shapes = [(x.shape[1], hidden), (hidden,), (hidden, classes), (classes,)]
    if not isinstance(answer, (tuple, list)) or len(answer) != 4:
        return "4 results are wanted: w1, b1, w2, b2."
    parts = [np.asarray(part, float) for part in answer]
    for name, part, shape in zip(("w1", "b1", "w2", "b2"), parts, shapes, strict=True):
        if part.shape != shape:
            return f"{name} has the shape {part.shape}, expected {shape}."
    w1, b1, w2, b2 = parts
    if np.ptp(w1, axis=1).max() < 1e-9 * max(1.0, np.abs(w1).max()):
        return Symptom("all hidden units have the same weights.", "all_units_alike")
    if not b1.any() and not b2.any():
        return Symptom("every bias is exactly 0 after training.", "biases_never_move")
    if "single step" in each.label:
        single = any(np.asarray(part).dtype.itemsize < 8 for part in answer)
        return _judge_one_step(x, y, each.inputs[4], parts, single)

    def logits(inputs):
        return reference.dense_forward(
            reference.relu(reference.dense_forward(inputs, w1, b1)), w2, b2
        )

    scores = logits(x)
    if not np.isfinite(scores).all():
        return "the network's scores are nan or inf after training."
    loss = reference.cross_entropy(scores, y)
    if loss > 1e4:  # a bounded gradient, followed downhill, never gets there
        return Symptom(f"the loss has exploded, to {loss:.0e}.", "steps_uphill")
    if classes == 10:
        scans, what = data.digits(), "new digits"
        unseen, labels = scans.x_test.reshape(-1, 64) / 16, scans.y_test
    else:
        unseen, labels, what = x, y, "points"
    share = reference.accuracy(logits(unseen), labels)
    least = 0.9 if epochs >= 20 else 0.7
    if share >= least:
        return None
    what = f"{share:.0%} of {len(labels)} {what} are read right; {least:.0%} or more are expected."
    if epochs >= 20 and abs(loss - np.log(classes)) < 0.03 and _knows_only_how_often(scores, y):
        return Symptom(
            f"{what} The loss stays at ln {classes} = {np.log(classes):.2f}.", "pairs_torn_apart"
        )
    named, last = scores.argmax(axis=1), y[-1]
    if "sorted" in each.label and np.mean(named == last) > 0.5 and np.mean(named == y[0]) < 0.05:
        return Symptom(
            f"{what} Most are called {last}, the class that came last.", "never_shuffles"
        )
    return f"{what} Are there batches of 32, and do all four arrays move in every batch?"


def _judge_one_step(x, y, learning_rate, parts, single=False):
    """Find the first weights that lead to these in one step; the biases then have to fit.

    How the first weights were drawn is the student's affair. The biases start at 0, so after the
    step they are its gradients, and these must belong to the same first weights.  Where a unit
    stands on the corner of ReLU, this can't be told.
    """
    near = {"rtol": 1e-3, "atol": 1e-10} if single else {"rtol": 1e-8, "atol": 1e-14}
    for name, variant in ONE_STEP.items():
        start = [parts[0], np.zeros_like(parts[1]), parts[2], np.zeros_like(parts[3])]
        for _ in range(30):  # a small step, so this soon stands still
            steps = variant(x, y, *start, learning_rate)
            start[0], start[2] = parts[0] + steps[0], parts[2] + steps[2]
        steps = variant(x, y, *start, learning_rate)
        if all(np.allclose(parts[i], -steps[i], **near) for i in (1, 3)):
            return Symptom(f"after one step, {ONE_STEP_SAYS[name]}", name) if name else None
    if np.abs(x @ parts[0]).min() < learning_rate:
        return None
    return "after one step the biases are not −learning_rate · db1 and −learning_rate · db2."


def _one_step(x, y, w1, b1, w2, b2, learning_rate, *, mask=True, moved=False, divisor=1, sign=1):
    """Return what one step takes off w1, b1, w2 and b2, with one thing in it exchanged."""
    z1 = x @ w1 + b1
    a1 = reference.relu(z1)
    dlogits = reference.cross_entropy_gradient(a1 @ w2 + b2, y) / divisor
    _, dw2, db2 = reference.dense_backward(dlogits, a1, w2, b2)
    da1 = dlogits @ (w2 - learning_rate * dw2 if moved else w2).T
    dz1 = reference.relu_backward(da1, z1) if mask else da1
    _, dw1, db1 = reference.dense_backward(dz1, x, w1, b1)
    return [sign * learning_rate * gradient for gradient in (dw1, db1, dw2, db2)]


ONE_STEP = {
    None: _one_step,
    "relu_left_out_on_the_way_back": partial(_one_step, mask=False),
    "moves_before_all_gradients": partial(_one_step, moved=True),
    "divided_by_n_twice": lambda x, *rest: _one_step(x, *rest, divisor=len(x)),
    "steps_uphill": partial(_one_step, sign=-1),
}
ONE_STEP_SAYS = {
    "relu_left_out_on_the_way_back": "b1 has moved for units that ReLU had shut.",
    "moves_before_all_gradients": "w1 and b1 fit the new w2, not the old one.",
    "divided_by_n_twice": "all steps are N times too short.",
    "steps_uphill": "everything has moved along its gradient, not against it.",
}


def _knows_only_how_often(scores, y):
    """Tell whether a network has learned how often each class occurs, and nothing else.

    One that is hardly trained favours some classes by chance; one that is dead answers the same to
    every input.
    """
    mean = reference.softmax(scores).mean(axis=0)
    often = np.bincount(y, minlength=len(mean)) / len(y)
    return np.abs(mean - often).max() < 0.015 and scores.std(axis=0).min() > 0.005


def _train(
    x,
    y,
    hidden,
    epochs,
    learning_rate,
    rng,
    *,
    start=1.0,
    move_biases=True,
    shuffle=True,
    apart=False,
    **exchanged,
):
    """Train as the reference does, with one thing in it exchanged."""
    classes = int(y.max()) + 1
    w1, b1 = start * reference.he_weights(x.shape[1], hidden, rng), np.zeros(hidden)
    w2, b2 = start * reference.he_weights(hidden, classes, rng), np.zeros(classes)
    for _ in range(epochs):
        order = rng.permutation(len(x)) if shuffle else np.arange(len(x))
        other = rng.permutation(len(x)) if apart else order
        for begin in range(0, len(x), 32):
            inputs, labels = x[order[begin : begin + 32]], y[other[begin : begin + 32]]
            steps = _one_step(inputs, labels, w1, b1, w2, b2, learning_rate, **exchanged)
            w1, w2 = w1 - steps[0], w2 - steps[2]
            if move_biases:
                b1, b2 = b1 - steps[1], b2 - steps[3]
    return w1, b1, w2, b2


@train_mlp.mistake(
    "If the hidden units start alike, they get the same gradients and stay alike: one unit in many "
    "copies. Start with he_weights."
)
def all_units_alike(x, y, hidden, epochs, learning_rate, rng):  # M19
    return _train(x, y, hidden, epochs, learning_rate, rng, start=0.0)


@train_mlp.mistake(
    "The steps go uphill: a gradient points to where the loss grows. Subtract learning_rate · "
    "gradient."
)
def steps_uphill(x, y, hidden, epochs, learning_rate, rng):
    return _train(x, y, hidden, epochs, learning_rate, rng, sign=-1)


@train_mlp.mistake("The biases are never updated: b1 and b2 take steps as the weights do.")
def biases_never_move(x, y, hidden, epochs, learning_rate, rng):
    return _train(x, y, hidden, epochs, learning_rate, rng, move_biases=False)


@train_mlp.mistake(
    "The order is never changed. If all 9 come last, the network forgets the rest over them: draw "
    "a new order in every epoch."
)
def never_shuffles(x, y, hidden, epochs, learning_rate, rng):
    return _train(x, y, hidden, epochs, learning_rate, rng, shuffle=False)


@train_mlp.mistake(
    "Digits and labels no longer belong together: x and y were put into different orders. Use the "
    "same permutation for both."
)
def pairs_torn_apart(x, y, hidden, epochs, learning_rate, rng):
    return _train(x, y, hidden, epochs, learning_rate, rng, apart=True)


@train_mlp.mistake(
    "The way back leaves out relu_backward: a unit that was shut on the way forward lets nothing "
    "pass on the way back."
)
def relu_left_out_on_the_way_back(x, y, hidden, epochs, learning_rate, rng):  # M3
    return _train(x, y, hidden, epochs, learning_rate, rng, mask=False)


@train_mlp.mistake(
    "w2 was changed before the gradient went back through it. Work out all four gradients first, "
    "then move all four arrays."
)
def moves_before_all_gradients(x, y, hidden, epochs, learning_rate, rng):  # M5
    return _train(x, y, hidden, epochs, learning_rate, rng, moved=True)


@train_mlp.mistake(
    "You divide by N once more. The mean is in cross_entropy_gradient already, so every step is N "
    "times too short."
)
def divided_by_n_twice(x, y, hidden, epochs, learning_rate, rng):  # M10
    return _train(x, y, hidden, epochs, learning_rate, rng, divisor=min(32, len(x)))
