"""Lesson 07, third part: shifts and mirrors drawn at random, judged by what must hold."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, Symptom, case
from coursekit.exercises._random_pictures import all_alike, bright, noise, results, seed

lesson = Lesson("07_regularization")


# ------------------------------------------------------------------------------- random_shift


@lesson.exercise(
    reference.random_shift,
    hints=(
        "shift_image of lesson 00 moves a picture by dy and dx. So two whole numbers are to be "
        "drawn.",
        "rng.integers(low, high) never gives high itself.",
    ),
)
def random_shift(rng):
    # so many calls, so that what comes half or twice as often as it should is seen
    yield case("by 2 at most", bright(rng, 7, 8), 2, seed(rng), calls=800)
    yield case("by 1 at most, in colour", bright(rng, 6, 5, 3), 1, seed(rng), calls=60)
    yield case("by 3 at most", bright(rng, 9, 8), 3, seed(rng), calls=900)


def _moved(image, largest):
    """Return {picture as bytes: (kind, dy, dx)} of all shifts; the kind of a right one is ""."""
    reach = range(-2 * largest - 1, 2 * largest + 2)
    moves = [(dy, dx) for dy in reach for dx in reach]
    found = {reference.shift_image(image, dy, dx).tobytes(): ("", dy, dx) for dy, dx in moves}
    for dy, dx in moves:
        rows = np.clip(np.arange(len(image)) - dy, 0, len(image) - 1)
        columns = np.clip(np.arange(image.shape[1]) - dx, 0, image.shape[1] - 1)
        for kind, picture in (
            ("shift_wraps_round", np.roll(image, (dy, dx), (0, 1))),
            ("shift_repeats_the_border", image[rows][:, columns]),
        ):
            found.setdefault(picture.tobytes(), (kind, dy, dx))
    return found


@random_shift.property
def judge_shift(case, answer):
    image, largest, _ = case.inputs
    pictures = results(answer, image.shape)
    if isinstance(pictures, str):
        return pictures
    known = _moved(image, largest)
    found = [known.get((picture + 0.0).tobytes()) for picture in pictures]  # + 0.0: no -0.0
    if None in found:
        return "a result is not the picture moved by whole pixels, with 0 where it left."
    kinds = {kind for kind, _, _ in found} - {""}
    if kinds:
        return Symptom("places left empty are not 0.", kinds.pop() if len(kinds) == 1 else None)
    moves = np.array([(dy, dx) for _, dy, dx in found])
    if not moves.any():
        return f"the picture never moves in {len(moves)} calls."
    if all_alike(pictures):
        return Symptom("every call moves the picture alike.", "same_shift_every_time")
    if np.abs(moves).max() > largest:
        return f"a shift by {np.abs(moves).max()} came, but {largest} is the largest."
    if (np.abs(moves[:, 0]) == np.abs(moves[:, 1])).all():
        return Symptom("dy and dx are always of one size.", "same_draw_for_both")
    if not moves.all(axis=1).any():
        return Symptom("dy or dx is 0 in every call.", "one_direction_at_a_time")
    for name, along in zip(("dy", "dx"), moves.T, strict=True):
        seen = set(along.tolist())
        missing = set(range(-largest, largest + 1)) - seen
        text = f"{name} was never {', '.join(map(str, sorted(missing)))} in {len(along)} calls."
        if missing == {largest}:
            return Symptom(text, "never_the_largest")
        if missing == set(range(-largest, 0)):
            return Symptom(text, "never_negative")
        if missing:
            return text
    return _uneven(moves, largest) if largest > 1 else None


def _uneven(moves, largest):
    """Return what is wrong with how often 0 and ±largest come, or None.

    A fraction from −largest − 1 to largest + 1, cut to a whole number, gives 0 twice as often as
    the others; one from −largest to largest, rounded, gives either end half as often.
    """
    came = np.mean(moves == 0), np.mean(np.abs(moves) == largest)
    even, cut, rounded = 1 / (2 * largest + 1), 1 / (largest + 1), 1 / (2 * largest)
    known = {
        None: (even, 2 * even),
        "zero_too_often": (cut, cut),
        "ends_too_rare": (rounded, rounded),
    }
    distance = {name: np.hypot(*np.subtract(came, at)) for name, at in known.items()}
    nearest = min(distance, key=distance.get)
    if nearest is None:
        return None
    text = (
        f"{100 * came[0]:.0f} % of the distances are 0 and {100 * came[1]:.0f} % are ±{largest}, "
        f"expected {100 * even:.0f} % and {200 * even:.0f} %."
    )
    return Symptom(text, nearest if distance[nearest] < 0.05 else None)


@random_shift.mistake(
    "What leaves on one side comes back on the other, as np.roll does it. The places left empty "
    "must be 0."
)
def shift_wraps_round(image, largest, rng):
    return np.roll(image, rng.integers(-largest, largest + 1, 2), (0, 1))


@random_shift.mistake("The places left empty repeat the border of the picture. Here they are 0.")
def shift_repeats_the_border(image, largest, rng):
    dy, dx = rng.integers(-largest, largest + 1, 2)
    rows = np.clip(np.arange(len(image)) - dy, 0, len(image) - 1)
    columns = np.clip(np.arange(image.shape[1]) - dx, 0, image.shape[1] - 1)
    return image[rows][:, columns]


@random_shift.mistake(
    "rng.integers(low, high) leaves high out, so the largest shift never comes: the high end is "
    "largest + 1."
)
def never_the_largest(image, largest, rng):
    dy, dx = (int(n) for n in rng.integers(-largest, largest, 2))
    return reference.shift_image(image, dy, dx)


@random_shift.mistake("The picture never moves up or left: draw from −largest on.")
def never_negative(image, largest, rng):
    dy, dx = (int(n) for n in rng.integers(0, largest + 1, 2))
    return reference.shift_image(image, dy, dx)


@random_shift.mistake("One draw serves both directions: the picture only moves along a diagonal.")
def same_draw_for_both(image, largest, rng):
    by = int(rng.integers(-largest, largest + 1))
    return reference.shift_image(image, by, by)


@random_shift.mistake(
    "You move the picture along one axis only, or not at all along one. Draw dy and dx apart, in "
    "every call."
)
def one_direction_at_a_time(image, largest, rng):
    by = int(rng.integers(-largest, largest + 1))
    dy, dx = (by, 0) if rng.random() < 0.5 else (0, by)
    return reference.shift_image(image, dy, dx)


@random_shift.mistake(
    "0 comes too often. A fraction cut to a whole number, or a sign times a size, reaches 0 from "
    "both sides. rng.integers gives all alike."
)
def zero_too_often(image, largest, rng):
    dy, dx = (int(n) for n in rng.uniform(-largest - 1, largest + 1, 2))
    return reference.shift_image(image, dy, dx)


@random_shift.mistake(
    "The largest shifts come too rarely: a rounded fraction reaches them from one side only. "
    "rng.integers gives all alike."
)
def ends_too_rare(image, largest, rng):
    dy, dx = (int(n) for n in rng.uniform(-largest, largest, 2).round())
    return reference.shift_image(image, dy, dx)


@random_shift.mistake(
    "You draw from a generator of your own, with a fixed seed. Draw from rng: it goes on from call "
    "to call."
)
def same_shift_every_time(image, largest, rng):
    return reference.random_shift(image, largest, np.random.default_rng(0))


# ------------------------------------------------------------------------------- random_flips


@lesson.exercise(
    reference.random_flips,
    points=2,
    hints=(
        "How many coins do you toss for a batch of N pictures?",
        "rng.random(len(x)) < 0.5 gives N booleans. A loop over the pictures will do; np.where "
        "takes all at once.",
        "In (N, C, H, W) the columns are the last axis: x[..., ::-1].",
    ),
)
def random_flips(rng):
    yield case("a batch of 8, training", noise(rng, 8, 3, 4, 5), True, seed(rng), calls=30)
    yield case("a batch of 5, training", noise(rng, 5, 2, 6, 3), True, seed(rng), calls=40)
    yield case("a grey batch, training", noise(rng, 7, 1, 3, 4), True, seed(rng), calls=30)
    yield case("a batch of 6, test", noise(rng, 6, 3, 5, 4), False, seed(rng), calls=6)
    yield case("a batch of 4, test", noise(rng, 4, 2, 3, 6), False, seed(rng), calls=8)


@random_flips.property
def judge_flips(case, answer):
    x, training, _ = case.inputs
    batches = results(answer, x.shape)
    if isinstance(batches, str):
        return batches
    same = (batches == x).all(axis=(2, 3, 4))
    mirrored = (batches == x[..., ::-1]).all(axis=(2, 3, 4))
    if not training:
        if same.all():
            return None
        sure = (same | mirrored).all()
        return Symptom("pictures of the test are changed.", "flips_in_the_test" if sure else None)
    if not (same | mirrored).all():
        upside = (batches == x[..., ::-1, :]).all(axis=(2, 3, 4))
        channels = (batches == x[:, ::-1]).all(axis=(2, 3, 4))
        for found, text, name in (
            (upside, "pictures stand on their heads.", "upside_down"),
            (channels, "channels have changed places.", "reverses_channels"),
        ):
            if (same | found).all():
                return Symptom(text, name)
        return "some pictures are neither as they were nor mirrored left to right."
    if (mirrored == mirrored[0]).all():
        if mirrored.all():
            return Symptom("every picture is mirrored, every time.", "flips_always")
        if same.all():
            return Symptom("while training, no picture is ever mirrored.", "flips_never")
        return "two calls in a row mirrored the same pictures: draw from rng, which goes on."
    if (mirrored == mirrored[:, :1]).all():
        return Symptom("all pictures of a batch are mirrored together.", "same_coin_for_all")
    counts = mirrored.sum(axis=1)
    if (counts == counts[0]).all():
        text = f"in every call exactly {counts[0]} of {len(x)} are mirrored."
        return Symptom(text, "exactly_half")
    share = mirrored.mean()
    if abs(share - 0.5) > 2.5 / np.sqrt(mirrored.size):
        return f"{100 * share:.0f} % of the pictures are mirrored, expected about half."
    return None


def _flipped(x, flipped, turned):
    return np.where(flipped[:, None, None, None], turned, x)


@random_flips.mistake(
    "One coin is tossed for the whole batch. Each picture needs its own, or a batch holds no "
    "variety."
)
def same_coin_for_all(x, training, rng):  # D32
    return x[..., ::-1] if training and rng.random() < 0.5 else x


@random_flips.mistake(
    "Pictures are mirrored in the test, too. Then the answer depends on chance, and no two "
    "measurements agree."
)
def flips_in_the_test(x, training, rng):  # D29
    return _flipped(x, rng.random(len(x)) < 0.5, x[..., ::-1])


@random_flips.mistake(
    "You reversed the rows: pictures stand on their heads. In (N, C, H, W) the columns are the "
    "last axis."
)
def upside_down(x, training, rng):  # D30
    return _flipped(x, rng.random(len(x)) < 0.5, x[..., ::-1, :]) if training else x


@random_flips.mistake(
    "Every picture is mirrored every time. That only exchanges one set of pictures for another. "
    "Toss a coin for each."
)
def flips_always(x, training, rng):
    return x[..., ::-1] if training else x


@random_flips.mistake(
    "Nothing happens while training: is x returned too early, or training turned round?"
)
def flips_never(x, training, rng):
    return x.copy()


@random_flips.mistake(
    "In every batch the same number is mirrored. Here each picture has a coin of its own, so that "
    "the number varies.",
    convention=True,
)
def exactly_half(x, training, rng):
    return _flipped(x, rng.permutation(len(x)) < len(x) // 2, x[..., ::-1]) if training else x
