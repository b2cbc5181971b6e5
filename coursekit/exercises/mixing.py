"""Lesson 07, fourth part: two samples made one."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, Rng, Symptom, case

lesson = Lesson("07_regularization")


def _one_hot(rng, n, classes):
    return np.eye(classes)[rng.integers(0, classes, n)]


# -------------------------------------------------------------------------------------- mixup


@lesson.exercise(
    reference.mixup,
    outputs=("x", "y"),
    hints=(
        "A mixture of a and b with the share m is m · a + (1 − m) · b. What happens to the "
        "pictures happens to the targets.",
        "Two lines, alike: one for x and other_x, one for y and other_y.",
    ),
)
def mixup(rng):
    for label, n, k, shape, mix in (
        ("a share of 0.7", 3, 4, (1, 5, 6), 0.7),
        ("a share of 0.2", 5, 3, (2, 3, 4), 0.2),
        ("rows of numbers", 4, 5, (7,), 0.45),
        ("a share of 0.9", 2, 6, (3, 2, 5), 0.9),
    ):
        y, other_y = rng.dirichlet(np.ones(k), size=(2, n))
        x, other_x = rng.random((2, n, *shape))
        yield case(label, x, y, other_x, other_y, mix)


@mixup.mistake(
    "The pictures are mixed, but the targets are not. A picture that is one third bag has a target "
    "that is one third bag."
)
def labels_not_mixed(x, y, other_x, other_y, mix):  # D25
    return mix * x + (1 - mix) * other_x, y


@mixup.mistake("mix is the share of x and y; you gave it to the others.")
def shares_swapped(x, y, other_x, other_y, mix):
    return reference.mixup(x, y, other_x, other_y, 1 - mix)


@mixup.mistake("The targets are mixed the other way round than the pictures.")
def targets_swapped(x, y, other_x, other_y, mix):
    mixed, _ = reference.mixup(x, y, other_x, other_y, mix)
    return mixed, (1 - mix) * y + mix * other_y


@mixup.mistake("The shares must sum to 1: the other one's is 1 − mix, not mix.")
def shares_do_not_sum_to_one(x, y, other_x, other_y, mix):
    return mix * (x + other_x), mix * (y + other_y)


@mixup.mistake("You mixed half and half, whatever mix says.")
def half_and_half(x, y, other_x, other_y, mix):
    return (x + other_x) / 2, (y + other_y) / 2


@mixup.mistake(
    "The target is that of the larger share, all or nothing. It is mixed by the same shares as the "
    "picture."
)
def target_of_the_larger(x, y, other_x, other_y, mix):
    return mix * x + (1 - mix) * other_x, y if mix >= 0.5 else other_y


@mixup.mistake("The shares of the pictures are swapped: mix belongs to x, 1 − mix to other_x.")
def pictures_swapped(x, y, other_x, other_y, mix):
    return (1 - mix) * x + mix * other_x, mix * y + (1 - mix) * other_y


# -------------------------------------------------------------------------------- mixup_batch


@lesson.exercise(
    reference.mixup_batch,
    points=2,
    outputs=("x", "y"),
    hints=(
        "Two things are drawn: the share, rng.beta(a, a), and who is mixed with whom.",
        "order = rng.permutation(len(x)): the partner of row i is row order[i]. Use it for x and "
        "for y.",
    ),
)
def mixup_batch(rng):
    for label, n, k, shape, a in (
        ("a = 0.2", 6, 4, (2, 3, 4), 0.2),
        ("a = 0.3, rows of numbers", 5, 6, (9,), 0.3),
        ("a = 4", 7, 3, (1, 4, 3), 4.0),
    ):
        y = rng.dirichlet(np.ones(k), size=n)
        seed = Rng(int(rng.integers(2**31)))
        yield case(label, rng.random((n, *shape)), y, a, seed, calls=400)


def _partners(x, mixed):
    """Return for each row of ``mixed`` (share, partner) of that row of x, or None."""
    rows, mixed = x.reshape(len(x), -1), np.asarray(mixed, float).reshape(len(x), -1)
    moved = mixed - rows
    away = rows - rows[:, None]  # away[i, j] leads from row i to row j
    length = (away**2).sum(axis=2)
    part = np.einsum("ijd,id->ij", away, moved) / np.where(length > 0, length, 1)
    rest = np.abs(part[:, :, None] * away - moved[:, None]).max(axis=2)
    same = (np.abs(moved) <= 1e-8 + 1e-5 * np.abs(rows)).all(axis=1)
    every = np.arange(len(rows))
    partner = np.where(same, every, rest.argmin(axis=1))
    if not (same | (rest[every, partner] <= 1e-6)).all():
        return None
    share = np.where(same, 1.0, 1 - part[every, partner])
    return list(zip(share.tolist(), partner.tolist(), strict=True))


def _clear(found):
    """Tell whether the shares are far enough from 0 and 1 for partners to be told."""
    return found is not None and any(0.01 < m < 0.99 for m, _ in found)


def _apart(of_x, of_y):
    """Return how targets were mixed otherwise than pictures: the mistake's name, or None.

    of_x, of_y: (share, partner) of each row.
    """
    x, y = (np.array([m for i, (m, j) in enumerate(found) if i != j]) for found in (of_x, of_y))
    if max(np.ptp(x), np.ptp(y)) > 1e-4:
        return None
    if [j for _, j in of_x] == [j for _, j in of_y]:
        return "order_on_the_wrong_part" if abs(x[0] + y[0] - 1) < 1e-4 else "two_shares"
    return "partners_apart" if abs(x[0] - y[0]) < 1e-4 else None


@mixup_batch.property
def judge_mixup_batch(case, answer):
    x, y, a, _ = case.inputs
    shares, orders, ways = [], [], set()
    wrong = unmixed = 0
    for mixed_x, mixed_y in answer:
        if np.shape(mixed_x) != x.shape or np.shape(mixed_y) != y.shape:
            return f"the shapes are {np.shape(mixed_x)} and {np.shape(mixed_y)}, not those of x, y."
        found = _partners(x, mixed_x)
        if found is None:
            return "a row is not a mixture of two rows of x."
        share, partner = np.array([m for m, _ in found])[:, None], [j for _, j in found]
        if not (np.abs(share * y + (1 - share) * y[partner] - mixed_y) <= 1e-5).all():
            of_y = _partners(y, mixed_y)
            wrong += 1
            unmixed += np.allclose(mixed_y, y)
            if of_y is None or (_clear(found) and _clear(of_y)):
                ways.add(of_y and _apart(found, of_y))
        if _clear(found):
            orders.append(tuple(j for _, j in found))
        of_the_call = [m for i, (m, j) in enumerate(found) if j != i]
        if np.ptp(of_the_call or [0]) > 1e-3:
            return Symptom("rows of one batch have different shares.", "share_for_each_row")
        shares += of_the_call[:1]
    if wrong:
        if unmixed == wrong:
            return Symptom("pictures are mixed and targets are not.", "targets_unmixed")
        text = f"in {wrong} of {len(answer)} calls the targets are not mixed as the pictures are."
        return Symptom(text, ways.pop() if len(ways) == 1 else None)
    if not shares:
        return "nothing is mixed."
    shares = np.array(shares)
    if np.ptp(shares) < 1e-9:
        if len(set(orders)) == 1:
            return Symptom("every call mixes alike.", "same_mix_every_time")
        return f"the share is {shares[0]:.3f} in every call."
    if min(shares.min(), 1 - shares.max()) < -1e-6:
        return "a share lies outside [0, 1]."
    if shares.min() > 0.5 - 1e-6:
        return Symptom("the share of x is never below ½.", "larger_share_only")
    variance, wanted = np.mean((shares - 0.5) ** 2), 1 / (4 * (2 * a + 1))
    if abs(variance - wanted) > 0.3 * wanted:
        found = f"the shares vary with {variance:.3f} round ½, expected about {wanted:.3f}."
        even = abs(variance - 1 / 12) < 0.2 / 12
        return Symptom(found, "evenly_drawn" if even else None)
    if len(set(orders)) == 1:
        return Symptom("every call mixes the same pairs.", "always_the_neighbour")
    if any(len(set(order)) < len(x) for order in orders):
        return Symptom("a row is partner of several rows in one call.", "partners_drawn_twice")
    return None


@mixup_batch.mistake(
    "The share is drawn evenly between 0 and 1. Beta(a, a) is even for a = 1 only: a small a "
    "prefers shares near 0 and 1, a large one shares near ½."
)
def evenly_drawn(x, y, a, rng):  # D27
    order = rng.permutation(len(x))
    return reference.mixup(x, y, x[order], y[order], rng.random())


@mixup_batch.mistake(
    "Pictures and targets are put in two different orders. Draw one order, and use it for both."
)
def partners_apart(x, y, a, rng):  # D26
    first, second = rng.permutation(len(x)), rng.permutation(len(x))
    return reference.mixup(x, y, x[first], y[second], rng.beta(a, a))


@mixup_batch.mistake("The targets are not mixed. They get the same shares as the pictures.")
def targets_unmixed(x, y, a, rng):  # D25
    mixed, _ = reference.mixup_batch(x, y, a, rng)
    return mixed, y


@mixup_batch.mistake(
    "Every row has a share of its own. Here one share serves the whole batch.", convention=True
)
def share_for_each_row(x, y, a, rng):
    order, mix = rng.permutation(len(x)), rng.beta(a, a, len(x))
    of_x, of_y = (mix.reshape(-1, *[1] * (part.ndim - 1)) for part in (x, y))
    return of_x * x + (1 - of_x) * x[order], of_y * y + (1 - of_y) * y[order]


@mixup_batch.mistake(
    "You keep the larger of mix and 1 − mix. Here the share is what the draw gives, also below ½.",
    convention=True,
)
def larger_share_only(x, y, a, rng):
    mix, order = rng.beta(a, a), rng.permutation(len(x))
    return reference.mixup(x, y, x[order], y[order], max(mix, 1 - mix))


@mixup_batch.mistake(
    "Partners are drawn one by one, so some rows serve twice and others never. rng.permutation "
    "gives each row once.",
    convention=True,
)
def partners_drawn_twice(x, y, a, rng):
    mix, order = rng.beta(a, a), rng.integers(0, len(x), len(x))
    return reference.mixup(x, y, x[order], y[order], mix)


@mixup_batch.mistake(
    "Pictures and targets have two different shares. Draw mix once, and use it for both."
)
def two_shares(x, y, a, rng):
    order, first, second = rng.permutation(len(x)), rng.beta(a, a), rng.beta(a, a)
    return first * x + (1 - first) * x[order], second * y + (1 - second) * y[order]


@mixup_batch.mistake(
    "In one of the two, the partner gets mix and the row itself 1 − mix. Pictures and targets are "
    "mixed alike."
)
def order_on_the_wrong_part(x, y, a, rng):
    mix, order = rng.beta(a, a), rng.permutation(len(x))
    return mix * x[order] + (1 - mix) * x, mix * y + (1 - mix) * y[order]


@mixup_batch.mistake("You draw from a generator of your own, with a fixed seed. Draw from rng.")
def same_mix_every_time(x, y, a, rng):
    return reference.mixup_batch(x, y, a, np.random.default_rng(0))


@mixup_batch.mistake(
    "The same pairs meet in every call. Draw a new order each time: rng.permutation."
)
def always_the_neighbour(x, y, a, rng):
    return reference.mixup(x, y, np.roll(x, 1, 0), np.roll(y, 1, 0), rng.beta(a, a))


# ------------------------------------------------------------------------------------- cutmix


@lesson.exercise(
    reference.cutmix,
    points=2,
    outputs=("x", "y"),
    hints=(
        "The square is that of cutout. What stands in it now?",
        "Count the pixels that were really replaced, after what sticks out is left out.",
    ),
)
def cutmix(rng):
    for label, c, height, width, row, column, size in (
        ("inside", 3, 8, 9, 4, 5, 4),
        ("cut off at the corner", 1, 7, 6, 0, 1, 5),
        ("cut off below", 2, 6, 9, 5, 4, 3),
        ("an odd square on the right", 3, 9, 5, 3, 4, 5),
        ("a small square inside", 1, 10, 7, 5, 3, 2),
    ):
        x, other_x = rng.random((2, c, height, width))
        y, other_y = rng.dirichlet(np.ones(4), size=2)
        yield case(label, x, y, other_x, other_y, row, column, size)
    for label, c, height, width, row, column, size in (
        ("black in both pictures", 1, 6, 8, 2, 5, 4),
        ("black in both, cut off on the left", 2, 7, 9, 4, 1, 5),
        ("black in both, cut off above", 3, 8, 5, 0, 2, 3),
    ):
        x, other_x = rng.random((2, c, height, width))
        x[:, :, ::2] = other_x[:, :, ::2] = 0
        y, other_y = rng.dirichlet(np.ones(4), size=2)
        yield case(label, x, y, other_x, other_y, row, column, size)


def _patched(x, y, other_x, other_y, row, column, size, share=None, copy=True):
    top, left = row - size // 2, column - size // 2
    square = (slice(None), slice(max(top, 0), top + size), slice(max(left, 0), left + size))
    mixed = x.copy() if copy else x
    mixed[square] = other_x[square]
    if share is None:
        share = mixed[square].size / mixed.size
    return mixed, (1 - share) * y + share * other_y


@cutmix.mistake(
    "You counted the whole square, although a part of it sticks out. Count the pixels that were "
    "replaced."
)
def area_not_cut_off(x, y, other_x, other_y, row, column, size):  # D28
    share = min(size * size / (x.shape[1] * x.shape[2]), 1.0)
    return _patched(x, y, other_x, other_y, row, column, size, share)


@cutmix.mistake("The targets are not mixed: a part of the picture is another one's now.")
def patch_without_label(x, y, other_x, other_y, row, column, size):  # D25
    return _patched(x, y, other_x, other_y, row, column, size, 0.0)


@cutmix.mistake("The shares are swapped: the other one's is the share of the square.")
def patch_shares_swapped(x, y, other_x, other_y, row, column, size):
    return _patched(x, other_y, other_x, y, row, column, size)


@cutmix.mistake("The square changes x itself. Whoever gave it still needs it: work on a copy.")
def patches_in_place(x, y, other_x, other_y, row, column, size):
    return _patched(x, y, other_x, other_y, row, column, size, copy=False)


@cutmix.mistake(
    "The square holds the upper left corner of the other picture. It shows the other picture at "
    "the same place."
)
def patch_from_the_corner(x, y, other_x, other_y, row, column, size):
    mixed, target = _patched(x, y, other_x, other_y, row, column, size)
    top, left = max(row - size // 2, 0), max(column - size // 2, 0)
    height, width = mixed[:, top : row - size // 2 + size, left : column - size // 2 + size].shape[
        1:
    ]
    mixed[:, top : top + height, left : left + width] = other_x[:, :height, :width]
    return mixed, target


@cutmix.mistake(
    "You count pixels that look different. One that is black in both pictures was replaced, too."
)
def counts_different_pixels(x, y, other_x, other_y, row, column, size):
    mixed, _ = _patched(x, y, other_x, other_y, row, column, size)
    return _patched(x, y, other_x, other_y, row, column, size, (mixed != x).any(axis=0).mean())


@cutmix.mistake(
    "Near the upper and left border nothing is replaced. There the slice starts below 0, and a "
    "negative start counts from the other end: take max(top, 0)."
)
def patch_starts_below_zero(x, y, other_x, other_y, row, column, size):
    top, left = row - size // 2, column - size // 2
    square = (slice(None), slice(top, top + size), slice(left, left + size))
    mixed = x.copy()
    mixed[square] = other_x[square]
    share = mixed[square].size / mixed.size
    return mixed, (1 - share) * y + share * other_y


@cutmix.mistake(
    "The share is too small by the number of channels: divide pixels by H · W, not by C · H · W."
)
def share_divided_by_channels(x, y, other_x, other_y, row, column, size):
    share = _patched(0 * x, 0.0, 0 * x + 1, 1.0, row, column, size)[1] / len(x)
    return _patched(x, y, other_x, other_y, row, column, size, share)


@cutmix.mistake("Rows and columns have changed places: the first axis after the channels is rows.")
def patch_row_for_column(x, y, other_x, other_y, row, column, size):
    return _patched(x, y, other_x, other_y, column, row, size)


@cutmix.mistake("The square is black, as in cutout. Here it shows the other picture.")
def black_square(x, y, other_x, other_y, row, column, size):
    return _patched(x, y, 0 * other_x, other_y, row, column, size)
