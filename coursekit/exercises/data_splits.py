"""Lesson 01: samples apart for a test, and together in batches; judged by what must hold."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, Rng, Symptom, case
from coursekit.exercises._random_pictures import single

lesson = Lesson("01_gradient_descent")


def _seed(rng):
    return Rng(int(rng.integers(2**31)))


def _samples(rng, n, *shape):
    """n samples that are all different, and a target for each that is different too."""
    return single(rng.normal(size=(n, *shape))), rng.permutation(10 * n)[:n]


def _pictures(rng, n):
    return rng.integers(0, 256, size=(n, 4, 5), dtype=np.uint8), single(rng.normal(size=(n, 2)))


def _rows(part, whole):
    """Return for each row of ``part`` which row of ``whole`` it is, −1 where it is none."""
    part = np.asarray(part)
    if part.size == 0:
        return np.empty(0, int)
    if part.shape[1:] != whole.shape[1:]:
        raise ValueError("rows of another shape")
    same = (part[:, None] == whole[None]).reshape(len(part), len(whole), -1).all(axis=2)
    return np.where(same.any(axis=1), same.argmax(axis=1), -1)


def _repeated(rows):
    return len(rows) - len(set(rows.tolist()))


def _samples_of(count):
    return f"{count} sample{'' if count == 1 else 's'}"


# --------------------------------------------------------------------------- split_train_test


@lesson.exercise(
    reference.split_train_test,
    points=2,
    hints=(
        "x[rows] takes rows of an array in any order. How do you get one random order for both "
        "arrays?",
        "order = rng.permutation(len(x)): every row number once, mixed.",
        "The first round(test_fraction * len(x)) numbers of the order are the test part, the rest "
        "is for training. Use the same numbers for x and for y.",
    ),
)
def split_train_test(rng):
    yield case("40 samples, a quarter for the test", *_samples(rng, 40, 3), 0.25, _seed(rng))
    yield case("36 pictures, 10.8 for the test", *_pictures(rng, 36), 0.3, _seed(rng))
    yield case("47 samples, 14.1 for the test", *_samples(rng, 47, 2), 0.3, _seed(rng))
    yield case("two splits, 8.2 for the test", *_samples(rng, 41, 2), 0.2, _seed(rng), calls=2)
    yield case("two splits, 17.6 for the test", *_pictures(rng, 44), 0.4, _seed(rng), calls=2)


@split_train_test.property
def judge_split(case, answer):
    x, y, test_fraction, _ = case.inputs
    orders = []
    for split in answer if case.calls > 1 else [answer]:
        found = _one_split(x, y, test_fraction, split)
        if not isinstance(found, list):
            return found
        orders.append(found)
    if len(orders) > 1 and orders[0] == orders[1]:
        return Symptom("two calls in a row gave the very same split.", "same_split_every_time")
    return None


def _one_split(x, y, test_fraction, split):
    """Return the rows of x in the order of a right split, else what is wrong with it."""
    x_train, y_train, x_test, y_test = map(np.asarray, split)
    if x.shape[1:] != y.shape[1:] == x_test.shape[1:] and y_train.shape[1:] == x.shape[1:]:
        return Symptom("the second result holds rows of x.", "order_of_scikit_learn")
    train, test = _rows(x_train, x), _rows(x_test, x)
    rows = np.concatenate([train, test])
    if (rows < 0).any():
        return f"{_samples_of((rows < 0).sum())} of your parts stand nowhere in x."
    if _repeated(train) + _repeated(test):
        count = _samples_of(_repeated(train) + _repeated(test))
        return Symptom(f"{count} came twice into the same part.", "draws_with_replacement")
    if _repeated(rows):
        return Symptom(f"{_samples_of(_repeated(rows))} came into both parts.", "parts_overlap")
    if len(rows) < len(x):
        return Symptom(f"{_samples_of(len(x) - len(rows))} came into no part.", "loses_samples")
    wanted = test_fraction * len(x)
    if abs(len(test) - wanted) > 0.5:  # where it lies in the middle, both are right
        found = f"the test part has {_samples_of(len(test))}, expected {round(wanted)}."
        if abs(len(train) - wanted) <= 0.5:
            return Symptom(found, "parts_swapped")
        if abs(len(test) - wanted) >= 1:
            return found
        return Symptom(found, "rounds_down" if len(test) < wanted else "rounds_up")
    own = np.concatenate([_rows(y_train, y), _rows(y_test, y)])
    if len(own) != len(rows) or (own != rows).any():
        count = int((own != rows).sum()) if len(own) == len(rows) else len(rows)
        return Symptom(f"{count} of {len(rows)} samples lost their target.", "shuffled_apart")
    ends = (0, len(x) - len(test))
    if (np.diff(train) == 1).all() and any(
        (test == end + np.arange(len(test))).all() for end in ends
    ):
        return Symptom("the parts are cut from x as it lies.", "not_shuffled")
    return rows.tolist()


def _cut(x, y, test_fraction, order):
    k = round(test_fraction * len(x))
    return x[order[k:]], y[order[k:]], x[order[:k]], y[order[:k]]


@split_train_test.mistake(
    "x and y are mixed in two different orders, so samples get the targets of others. Draw one "
    "order, and use it for both."
)
def shuffled_apart(x, y, test_fraction, rng):  # G16
    x_train, _, x_test, _ = reference.split_train_test(x, y, test_fraction, rng)
    _, y_train, _, y_test = reference.split_train_test(x, y, test_fraction, rng)
    return x_train, y_train, x_test, y_test


@split_train_test.mistake(
    "What the network has learned from must not be in its test. Divide one order into two pieces."
)
def parts_overlap(x, y, test_fraction, rng):
    _, _, x_test, y_test = reference.split_train_test(x, y, test_fraction, rng)
    return x, y, x_test, y_test


@split_train_test.mistake(
    "Nothing is mixed. Data often lie in some order, all of one kind first; then the test would "
    "hold only the kind that comes last (or first)."
)
def not_shuffled(x, y, test_fraction, rng):
    return _cut(x, y, test_fraction, np.arange(len(x)))


@split_train_test.mistake(
    "Each sample belongs once into one part. rng.permutation gives every row number once: cut it "
    "into two pieces."
)
def draws_with_replacement(x, y, test_fraction, rng):
    return _cut(x, y, test_fraction, rng.integers(0, len(x), size=len(x)))


@split_train_test.mistake(
    "Your training part has the size of the test part, and your test part that of the training "
    "part. test_fraction is the share of the test, and the training part comes first."
)
def parts_swapped(x, y, test_fraction, rng):
    x_train, y_train, x_test, y_test = reference.split_train_test(x, y, test_fraction, rng)
    return x_test, y_test, x_train, y_train


@split_train_test.mistake(
    "scikit-learn returns x_train, x_test, y_train, y_test. Here each part stays together: "
    "x_train, y_train, x_test, y_test.",
    convention=True,
)
def order_of_scikit_learn(x, y, test_fraction, rng):
    x_train, y_train, x_test, y_test = reference.split_train_test(x, y, test_fraction, rng)
    return x_train, x_test, y_train, y_test


@split_train_test.mistake(
    "Every sample belongs into one of the parts: the second begins exactly where the first ends, "
    "and goes on to the last."
)
def loses_samples(x, y, test_fraction, rng):
    x_train, y_train, x_test, y_test = reference.split_train_test(x, y, test_fraction, rng)
    return x_train[:-1], y_train[:-1], x_test, y_test


@split_train_test.mistake(
    "Draw the order from rng at every call: it goes on from call to call. A generator made anew "
    "with a fixed seed, or no draw at all, repeats itself."
)
def same_split_every_time(x, y, test_fraction, rng):
    return reference.split_train_test(x, y, test_fraction, np.random.default_rng(0))


@split_train_test.mistake(
    "int(…) cuts off what is behind the decimal point: 10.8 samples become 10. round(…) gives the "
    "nearest whole number, 11."
)
def rounds_down(x, y, test_fraction, rng):
    size = int(test_fraction * len(x))
    return reference.split_train_test(x, y, size / len(x), rng)


@split_train_test.mistake(
    "you round up, as scikit-learn does for the test part. Here the nearest whole number is taken: "
    "14.1 becomes 14.",
    convention=True,
)
def rounds_up(x, y, test_fraction, rng):
    size = int(np.ceil(test_fraction * len(x)))
    return reference.split_train_test(x, y, size / len(x), rng)


# -------------------------------------------------------------------------------- minibatches


@lesson.exercise(
    reference.minibatches,
    points=2,
    hints=(
        "Draw one order of all rows first, as for the split. Then cut that order into pieces.",
        "range(0, len(x), batch_size) gives where each piece begins. A slice may reach beyond the "
        "end: it then holds what is left.",
    ),
)
def minibatches(rng):
    yield case("26 samples in fours", *_samples(rng, 26, 3), 4, _seed(rng))
    yield case("31 pictures in fives", *_pictures(rng, 31), 5, _seed(rng))
    yield case("18 samples in sixes: nothing is left", *_samples(rng, 18, 3), 6, _seed(rng))
    yield case("a batch size above 12 samples", *_samples(rng, 12, 2), 20, _seed(rng))
    yield case("two epochs", *_samples(rng, 29, 3), 4, _seed(rng), calls=2)
    yield case("two epochs of pictures", *_pictures(rng, 44), 6, _seed(rng), calls=2)


@minibatches.property
def judge_batches(case, answer):
    x, y, batch_size, _ = case.inputs
    orders = []
    for batches in answer if case.calls > 1 else [answer]:
        found = _one_epoch(x, y, batch_size, batches)
        if not isinstance(found, list):
            return found
        orders.append(found)
    if len(orders) > 1 and orders[0] == orders[1]:
        return Symptom("both epochs have the same order.", "same_order_each_epoch")
    return None


def _one_epoch(x, y, batch_size, batches):
    """Return the rows of x in the order of right batches, else what is wrong with them."""
    count = -(-len(x) // batch_size)
    if len(batches) == 2 != count and len(batches[0]) == len(batches[1]) == count:
        return Symptom("two lists came, one of x and one of y.", "two_lists")
    parts = [(_rows(x_batch, x), _rows(y_batch, y)) for x_batch, y_batch in batches]
    rows = np.concatenate([of_x for of_x, _ in parts] or [np.empty(0, int)])
    own = np.concatenate([of_y for _, of_y in parts] or [np.empty(0, int)])
    sizes = [len(of_x) for of_x, _ in parts]
    if (rows < 0).any():
        return f"{_samples_of((rows < 0).sum())} of your batches stand nowhere in x."
    first, extra = rows[: len(x)], len(rows) - len(x)
    if _repeated(rows):
        count = _samples_of(_repeated(rows))
        if extra > 0 and not _repeated(first) and set(sizes) == {batch_size}:
            return Symptom(f"{count} came twice, in the last batch.", "fills_up_the_last_batch")
        return Symptom(f"{count} came more than once in one epoch.", "draws_with_replacement_again")
    if extra < 0:
        dropped = -extra == len(x) % batch_size and set(sizes) <= {batch_size}
        found = f"{_samples_of(-extra)} came into no batch."
        return Symptom(found, "last_batch_dropped" if dropped else None)
    wanted = [len(x[start : start + batch_size]) for start in range(0, len(x), batch_size)]
    if sizes != wanted:
        found = f"your batches have {_listed(sizes)} samples, expected {_listed(wanted)}."
        if len(sizes) == batch_size:
            return Symptom(found, "batch_size_as_count")
        return Symptom(found, "splits_evenly" if len(sizes) == len(wanted) else None)
    if len(own) != len(rows) or (own != rows).any():
        return Symptom("samples stand beside the targets of others.", "pairs_broken")
    if (np.diff(rows) == 1).all():
        # a few whole batches may come into this order by chance
        sure = len(x) // batch_size > 5
        return Symptom("the samples come in the order of x.", "not_mixed" if sure else None)
    if len(parts) > 1 and all((np.diff(of_x) == 1).all() for of_x, _ in parts):
        return Symptom("inside every batch the samples lie as in x.", "mixes_only_the_batches")
    return rows.tolist()


def _listed(sizes):
    return ", ".join(map(str, sizes[:6])) + (", …" if len(sizes) > 6 else "")


def _dealt(x, y, batch_size, order):
    starts = range(0, len(x), batch_size)
    pieces = (order[start : start + batch_size] for start in starts)
    return [(x[rows], y[rows]) for rows in pieces]


@minibatches.mistake(
    "The samples that do not fill a whole batch are dropped. They are the last, shorter batch."
)
def last_batch_dropped(x, y, batch_size, rng):
    return [
        pair for pair in reference.minibatches(x, y, batch_size, rng) if len(pair[0]) == batch_size
    ]


@minibatches.mistake(
    "The last batch is filled up with samples that were there before. It may be shorter."
)
def fills_up_the_last_batch(x, y, batch_size, rng):
    count = -(-len(x) // batch_size)
    order = np.resize(rng.permutation(len(x)), count * batch_size)
    return [(x[rows], y[rows]) for rows in order.reshape(count, batch_size)]


@minibatches.mistake(
    "Draw the order from rng at every call: it goes on from call to call. A generator made anew "
    "with a fixed seed, or no draw at all, repeats itself."
)
def same_order_each_epoch(x, y, batch_size, rng):
    return reference.minibatches(x, y, batch_size, np.random.default_rng(0))


@minibatches.mistake(
    "x and y are not in one order any more. Draw one order, and take the rows of both by it."
)
def pairs_broken(x, y, batch_size, rng):  # G16
    of_x = reference.minibatches(x, y, batch_size, rng)
    of_y = reference.minibatches(x, y, batch_size, rng)
    return [(x_batch, y_batch) for (x_batch, _), (_, y_batch) in zip(of_x, of_y, strict=True)]


@minibatches.mistake("Nothing is mixed. The order has to be drawn anew from rng at every call.")
def not_mixed(x, y, batch_size, rng):
    return _dealt(x, y, batch_size, np.arange(len(x)))


@minibatches.mistake(
    "You mix whole batches: the same samples always meet. Mix the samples first, then cut."
)
def mixes_only_the_batches(x, y, batch_size, rng):
    batches = _dealt(x, y, batch_size, np.arange(len(x)))
    whole, rest = [b for b in batches if len(b[0]) == batch_size], batches[len(x) // batch_size :]
    return [whole[i] for i in rng.permutation(len(whole))] + rest


@minibatches.mistake(
    "In one epoch every sample comes once. Draw one order, and cut it into pieces that do not "
    "overlap."
)
def draws_with_replacement_again(x, y, batch_size, rng):
    return _dealt(x, y, batch_size, rng.integers(0, len(x), size=len(x)))


@minibatches.mistake(
    "batch_size is how many samples are in a batch. You use it as the number of batches."
)
def batch_size_as_count(x, y, batch_size, rng):
    pieces = np.array_split(rng.permutation(len(x)), batch_size)
    return [(x[rows], y[rows]) for rows in pieces]


@minibatches.mistake(
    "You spread the samples evenly over the batches, as np.array_split does. Here every batch but "
    "the last holds exactly batch_size."
)
def splits_evenly(x, y, batch_size, rng):
    pieces = np.array_split(rng.permutation(len(x)), -(-len(x) // batch_size))
    return [(x[rows], y[rows]) for rows in pieces]


@minibatches.mistake(
    "You return all parts of x and all parts of y. Wanted is one list of pairs (x_batch, y_batch)."
)
def two_lists(x, y, batch_size, rng):
    pairs = reference.minibatches(x, y, batch_size, rng)
    return [x_batch for x_batch, _ in pairs], [y_batch for _, y_batch in pairs]
