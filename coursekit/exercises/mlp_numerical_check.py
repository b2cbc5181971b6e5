"""Lesson 02, fifth part: is a backward pass right? Nudge every number, and see."""

import numpy as np

from coursekit import functions, reference
from coursekit.exercise import Lesson, Symptom, case

lesson = Lesson("02_mlp_backprop")


# ----------------------------------------------------------------------------- relative_error


@lesson.exercise(
    reference.relative_error,
    hints=(
        "Is an error of 0.001 large? Beside 1000 it is nothing, beside 0.002 it is half.",
        "Two numbers: the largest difference, and the largest absolute value of a and b together.",
        "Both arrays may be all zeros. What must come out then, and what does 0 / 0 give?",
    ),
)
def relative_error(rng):
    a = rng.normal(size=(3, 4))
    yield case("a little apart", a, a + rng.normal(size=(3, 4)) * 1e-3)
    yield case("huge numbers", 1e9 * a, 1e9 * (a + 1e-4 * rng.normal(size=(3, 4))))
    yield case("tiny numbers", 1e-9 * a[0], 1e-9 * (a[0] + rng.normal(size=4)))
    yield case("b is the larger", np.array([1.0, 2.0, 0.5]), np.array([1.5, 8.0, 0.25]))
    yield case("a is the larger", np.array([1.5, 8.0, -0.25]), np.array([1.0, 2.0, 0.5]))
    yield case("b is almost zero", a, 1e-3 * rng.normal(size=(3, 4)))
    yield case("a is almost zero", 1e-3 * rng.normal(size=(2, 5)), rng.normal(size=(2, 5)))
    yield case("opposite signs", np.array([0.1, -3.0]), np.array([-0.1, 3.0]))
    yield case("only zeros", np.zeros((2, 3)), np.zeros((2, 3)))
    yield case("only zeros, one axis", np.zeros(4), np.zeros(4))


def _largest(a, b):
    return max(np.abs(a).max(), np.abs(b).max()) or 1.0


@relative_error.mistake(
    "That is the absolute error. It says “tiny” of small gradients however wrong they are: divide "
    "by the largest value."
)
def absolute_error(a, b):
    return np.abs(a - b).max()


@relative_error.mistake(
    "Two arrays of zeros give 0 / 0, which is nan. They are equal, so the error is 0."
)
def nan_for_zeros(a, b):
    with np.errstate(all="ignore"):
        return np.abs(a - b).max() / np.maximum(np.abs(a).max(), np.abs(b).max())


@relative_error.mistake(
    "you compared number by number and took the worst. Many courses do; a number that should be 0 "
    "then gives 1 for a rounding error. Here one scale serves the whole array.",
    convention=True,
)
def number_by_number(a, b):
    scale = np.abs(a) + np.abs(b)
    return (np.abs(a - b) / np.where(scale > 0, scale, 1)).max()


@relative_error.mistake(
    "You averaged the differences. One wrong number among thousands would drown: take the largest."
)
def averages(a, b):
    return np.abs(a - b).mean() / _largest(a, b)


@relative_error.mistake(
    "The absolute value of the difference is missing: where a is smaller than b, you see nothing."
)
def sign_kept(a, b):
    return (a - b).max() / _largest(a, b)


@relative_error.mistake(
    "You divided by b alone. If a is the larger one, the error can then pass 2: take the larger "
    "scale of the two."
)
def divides_by_b(a, b):
    return np.abs(a - b).max() / (np.abs(b).max() or 1.0)


@relative_error.mistake(
    "you compared lengths, ‖a − b‖ / (‖a‖ + ‖b‖). That is another measure in use; this course "
    "takes the largest difference over the largest value.",
    convention=True,
)
def compares_lengths(a, b):
    return np.linalg.norm(a - b) / ((np.linalg.norm(a) + np.linalg.norm(b)) or 1.0)


@relative_error.mistake(
    "You divided each difference by its own numbers. The largest value is taken over the whole "
    "arrays, and only then one number is divided by the other."
)
def divides_before_the_largest(a, b):
    with np.errstate(all="ignore"):
        return np.max(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b)))


@relative_error.mistake(
    "You divided by a alone. If b is the larger one, the error can then pass 2: take the larger "
    "scale of the two."
)
def divides_by_a(a, b):
    return np.abs(a - b).max() / (np.abs(a).max() or 1.0)


@relative_error.mistake(
    "You added the two scales. This course takes the larger of them: max(max |a|, max |b|)."
)
def adds_the_scales(a, b):
    return np.abs(a - b).max() / ((np.abs(a).max() + np.abs(b).max()) or 1.0)


# ----------------------------------------------------------------------------- gradient_check


@lesson.exercise(
    reference.gradient_check,
    points=3,
    hints=(
        "A layer gives many numbers, and a slope needs one. Weigh them with a fixed dout and add "
        "up: L = Σ dout · out. What does backward give when it gets this dout?",
        "For one number of one input: add h, call forward; take 2h away, call forward; put the "
        "number back. The difference, times dout, summed, over 2h is its slope.",
        "Do that for every number of every input (np.ndindex runs through all places of an array). "
        "Compare each input's slopes with its gradient by relative_error, and keep the largest.",
        "backward gives a bare array where there is one input: if it is no tuple, make it one.",
    ),
    seconds=30,
)
def gradient_check(rng):
    def dense(n, d, m):
        return [rng.normal(size=(n, d)), rng.normal(size=(d, m)), rng.normal(size=m)]

    def away_from_zero(*shape):
        return rng.uniform(0.5, 1.5, size=shape) * rng.choice([-1, 1], size=shape)

    layer, layer_back = functions.dense_layer(), functions.dense_layer_backward
    product, product_back = functions.product(), functions.product_backward
    tanh, tanh_back = functions.tanh_layer, functions.tanh_layer_backward

    yield case("right: a dense layer", layer, layer_back(), dense(4, 3, 2))
    yield case("right: one input, no tuple", tanh(), tanh_back(), [rng.normal(size=(2, 3))])
    yield case(
        "right: a single number comes out",
        functions.mean_of_squares(),
        functions.mean_of_squares_backward(),
        dense(4, 2, 3)[:2],
    )
    for label, factors in (("10 % too large in dw", (1, 1.1, 1)), ("10 % too small", (0.9, 1, 1))):
        yield case(label, layer, layer_back(factors=factors), dense(3, 2, 4))
    yield case("10 % too large, single", tanh(), tanh_back(factor=1.1), [rng.normal(size=5)])
    yield case("wrong in the last input: db", layer, layer_back(factors=(1, 1, 2)), dense(3, 2, 4))
    yield case(
        "wrong in the last input: dy",
        product,
        product_back(factors=(1, -1)),
        [away_from_zero(2, 3), away_from_zero(2, 3)],
    )
    yield case("wrong in the first input: dx", layer, layer_back(factors=(2, 1, 1)), dense(3, 2, 4))
    yield case(
        "wrong in the first input",
        product,
        product_back(factors=(-1, 1)),
        [away_from_zero(3, 2), away_from_zero(3, 2)],
    )
    for gain in (1e-6, 1e-9):
        yield case(
            f"wrong, but the gradients are tiny ({gain:g})",
            tanh(gain=gain),
            tanh_back(gain=gain, factor=2),
            [rng.normal(size=(2, 4))],
        )
    yield case(
        "right, and the gradients are huge",
        tanh(gain=1e7),
        tanh_back(gain=1e7),
        [rng.normal(size=6)],
    )
    yield case(
        "wrong: dout at other places",
        product,
        product_back(turned=True),
        [away_from_zero(2, 4), away_from_zero(2, 4)],
    )
    yield case(
        "wrong: dout at other places, one input",
        tanh(),
        tanh_back(turned=True),
        [rng.normal(size=(3, 2))],
    )
    for h in (1e-2, 1e-3):
        square, square_back = functions.square(), functions.square_backward()
        yield case(f"right: x² with h = {h:g}", square, square_back, [away_from_zero(2, 3)], h=h)


@gradient_check.property
def judge_gradient_check(each, answer):
    error = np.asarray(answer)
    if error.dtype.kind not in "iuf" or error.shape != ():
        raise TypeError("a single number is wanted")
    error = float(error)
    if not np.isfinite(error) or error < 0:
        return f"{error:g} came. A relative error is a number of 0 or more."
    label = each.label
    if label.startswith("right"):
        if error < 1e-6:
            return None
        if "huge" in label and error > 1e-4:
            return Symptom(f"this backward pass is right, and you report {error:.2g}.")
        if "h" in each.options and each.options["h"] / 10 < error < each.options["h"] * 10:
            # on x² a central difference is exact for any h, and a one-sided one is off by h
            return Symptom(
                f"this backward pass is right, and you report {error:.2g}, as much as h itself.",
                "one_sided",
            )
        return f"this backward pass is right, and you report {error:.2g}; below 1e-6 is expected."
    if label.startswith("10 %"):
        if 0.04 < error < 0.15:
            return None
        what = f"one gradient is 10 % off, and you report {error:.2g}; about 0.1 is expected."
        averaged = len(each.inputs[2]) == 3 and 0.028 < error < 0.035
        return Symptom(what, "averages_the_errors" if averaged else None)
    if error > 1e-3:
        return None
    mistake = None
    if "last input" in label and error < 1e-6:
        mistake = "misses_one_input"
    elif "first input" in label and error < 1e-6:
        mistake = "keeps_the_last_error"
    elif "tiny" in label:
        mistake = "absolute_error_in_check"
    elif "other places" in label:
        mistake = "dout_of_ones"
    return Symptom(
        f"this backward pass is wrong, and you report {error:.2g}; above 1e-3 is expected.", mistake
    )


def _check(forward, backward, inputs, h, *, combine=max, error=None, ones=False, one_sided=False):
    """A gradient check with one thing in it exchanged."""
    out = forward(*inputs)
    dout = np.ones(np.shape(out)) if ones else np.random.default_rng(7).normal(size=np.shape(out))
    gradients = backward(dout, *inputs)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    errors = []
    for position, gradient in enumerate(gradients):
        numerical = np.zeros(inputs[position].shape)
        for place in np.ndindex(numerical.shape):
            around = []
            for step in (h, 0 if one_sided else -h):
                moved = [x.copy() for x in inputs]
                moved[position][place] += step
                around.append(forward(*moved))
            width = h if one_sided else 2 * h
            numerical[place] = np.sum(dout * (around[0] - around[1])) / width
        errors.append((error or reference.relative_error)(gradient, numerical))
    return combine(errors)


@gradient_check.mistake(
    "You looked at the first input only. A wrong gradient of a later one stays hidden: is a return "
    "inside the loop?"
)
def misses_one_input(forward, backward, inputs, h=1e-5):
    return _check(forward, backward, inputs, h, combine=lambda errors: errors[0])


@gradient_check.mistake(
    "Only the last input's error is left: each one overwrites the one before. Keep the largest."
)
def keeps_the_last_error(forward, backward, inputs, h=1e-5):
    return _check(forward, backward, inputs, h, combine=lambda errors: errors[-1])


@gradient_check.mistake(
    "Tiny gradients hide from you however wrong they are: your error is absolute. Use "
    "relative_error."
)
def absolute_error_in_check(forward, backward, inputs, h=1e-5):
    return _check(forward, backward, inputs, h, error=lambda a, b: np.abs(a - b).max())


@gradient_check.mistake(
    "A dout that is the same number everywhere can't see whose gradient is whose. Give it numbers "
    "that differ, drawn once."
)
def dout_of_ones(forward, backward, inputs, h=1e-5):
    return _check(forward, backward, inputs, h, ones=True)


@gradient_check.mistake(
    "The difference is one-sided, so its error shrinks only like h. Take a step to both sides: "
    "(f(x + h) − f(x − h)) / (2h)."
)
def one_sided(forward, backward, inputs, h=1e-5):
    return _check(forward, backward, inputs, h, one_sided=True)


@gradient_check.mistake(
    "You averaged the errors of the inputs. One wrong gradient among many right ones would drown: "
    "take the largest."
)
def averages_the_errors(forward, backward, inputs, h=1e-5):
    return _check(forward, backward, inputs, h, combine=np.mean)
