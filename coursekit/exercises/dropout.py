"""Lesson 07, second part: dropout, forward and backward."""

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("07_regularization")


# ---------------------------------------------------------------------------- dropout_forward


def _dropout_cases(rng, before=()):
    """Cases of the forward pass; ``before`` is put in front of x as an array of its shape."""

    def inputs(shape, rate, keep_shape=None):
        keep = rng.random(keep_shape or shape) >= rate
        keep.flat[:2] = True, False  # both occur
        x = rng.normal(size=shape)
        x.flat[0] = 0.0  # a number that is kept, and 0 by itself
        return [rng.normal(size=shape) for _ in before], x, keep

    for label, shape, rate, training in (
        ("training, rate 0.3", (4, 5), 0.3, True),
        ("training, rate 0.8", (6, 7), 0.8, True),
        ("training, rate ½", (3, 2, 4, 5), 0.5, True),
        ("not training, rate 0.3", (5, 4), 0.3, False),
        ("not training, rate 0.8", (7, 3), 0.8, False),
    ):
        first, x, keep = inputs(shape, rate)
        yield case(label, *first, x, keep, rate, training)
    first, x, keep = inputs((2, 3, 4, 5), 0.25, (2, 3, 1, 1))
    yield case("training, whole maps", *first, x, keep, 0.25, True)


@lesson.exercise(
    reference.dropout_forward,
    hints=(
        "keep counts as 1 for True and 0 for False. What is x times keep? (An index, x[~keep] = 0, "
        "fails where an axis of keep has length 1.)",
        "With rate 0.8 only a fifth is left. By what must it be divided, so that the mean is what "
        "it was?",
    ),
)
def dropout_forward(rng):
    yield from _dropout_cases(rng)


@dropout_forward.mistake(
    "Nothing is scaled. With a share of the numbers gone, the mean falls while training, and the "
    "next layer meets larger numbers in the test than it ever learned from."
)
def not_scaled(x, keep, rate, training):  # D1
    return x * keep if training else x


@dropout_forward.mistake(
    "You scale in the test, by 1 − rate, and not while training. That is how dropout was first "
    "published. Here it is scaled while training, and the test is left alone.",
    convention=True,
)
def scaled_in_the_test(x, keep, rate, training):  # D5
    return x * keep if training else x * (1 - rate)


@dropout_forward.mistake(
    "You scale while training and in the test again. Once is enough: in the test, x is unchanged."
)
def scaled_in_both(x, keep, rate, training):  # D4
    return x * keep / (1 - rate) if training else x * (1 - rate)


@dropout_forward.mistake(
    "Dropout is at work in the test, too: the answer would depend on chance. Without training, x "
    "comes back unchanged."
)
def active_in_the_test(x, keep, rate, training):  # D2
    return x * keep / (1 - rate)


@dropout_forward.mistake("You divide by 1 − rate twice, and the mean becomes too large.")
def divides_twice(x, keep, rate, training):  # D6
    return x * keep / (1 - rate) ** 2 if training else x


@dropout_forward.mistake(
    "You divide by rate, the share that is dropped. Divide by the share that is left, 1 − rate."
)
def divides_by_rate(x, keep, rate, training):  # D3
    return x * keep / rate if training else x


@dropout_forward.mistake("keep is turned round: what it marks True stays, the rest becomes 0.")
def drops_what_is_kept(x, keep, rate, training):
    return x * ~keep / (1 - rate) if training else x


@dropout_forward.mistake(
    "Without brackets, only keep is divided by 1, and rate is subtracted: write / (1 - rate)."
)
def without_brackets(x, keep, rate, training):
    return x * keep / 1 - rate if training else x


@dropout_forward.mistake(
    "You divide by the share that happens to be kept this time. Divide by 1 − rate, the share that "
    "is kept on average.",
    convention=True,
)
def divides_by_the_share_of_now(x, keep, rate, training):
    return x * keep / keep.mean() if training else x


@dropout_forward.mistake("You multiply by 1 − rate. So sums get even smaller: divide.")
def multiplies_by_the_share(x, keep, rate, training):
    return x * keep * (1 - rate) if training else x


@dropout_forward.mistake("training is turned round: drop while training, and not in the test.")
def drops_only_in_the_test(x, keep, rate, training):
    return x if training else x * keep / (1 - rate)


@dropout_forward.mistake("In the test you still drop: the mask is at work there. Return x.")
def masks_in_the_test(x, keep, rate, training):  # D2
    return x * keep / (1 - rate) if training else x * keep


# --------------------------------------------------------------------------- dropout_backward


@lesson.exercise(
    reference.dropout_backward,
    hints=(
        "Forward, each number was multiplied by a factor. By what is its gradient multiplied?",
        "The factor was keep / (1 − rate) while training, and 1 otherwise.",
    ),
)
def dropout_backward(rng):
    yield from _dropout_cases(rng, before=("dout",))


@dropout_backward.mistake(
    "The mask is missing. A number that was dropped did not move the output: its gradient is 0."
)
def passes_everything(dout, x, keep, rate, training):  # D8
    return dout.copy()


@dropout_backward.mistake(
    "The scale is missing. Kept numbers were divided by 1 − rate forward, so their gradient must "
    "be, too."
)
def mask_unscaled(dout, x, keep, rate, training):  # D9
    return dout * keep if training else dout


@dropout_backward.mistake(
    "Without training the forward pass changes nothing, and neither does the backward pass."
)
def masks_without_training(dout, x, keep, rate, training):
    return dout * keep / (1 - rate)


@dropout_backward.mistake(
    "You multiplied by x. The output is x times a factor; the slope is the factor alone."
)
def multiplies_by_x(dout, x, keep, rate, training):
    return dout * x * keep / (1 - rate) if training else dout


@dropout_backward.mistake(
    "You look where x is above 0: that is the slope of ReLU. Which numbers dropout let through is "
    "in keep."
)
def mask_of_relu(dout, x, keep, rate, training):
    return dout * (x > 0) / (1 - rate) if training else dout


@dropout_backward.mistake(
    "You look where the output is not 0. A kept number may be 0 by itself, as ReLU makes many: ask "
    "keep."
)
def mask_from_the_output(dout, x, keep, rate, training):
    return dout * (x * keep != 0) / (1 - rate) if training else dout


@dropout_backward.mistake(
    "You look where x is not 0. That says nothing of what was dropped: ask keep."
)
def mask_from_x(dout, x, keep, rate, training):
    return dout * (x != 0) / (1 - rate) if training else dout


@dropout_backward.mistake("The scale is there, the mask is not: what was dropped has gradient 0.")
def scale_without_mask(dout, x, keep, rate, training):
    return dout / (1 - rate) if training else dout


@dropout_backward.mistake("keep is turned round: your gradient goes to what was dropped.")
def gradient_of_the_dropped(dout, x, keep, rate, training):
    return dout * ~keep / (1 - rate) if training else dout


@dropout_backward.mistake("That is the forward pass again. It is dout that goes back, not x.")
def repeats_the_forward_pass(dout, x, keep, rate, training):
    return x * keep / (1 - rate) if training else x
