"""Lesson 09: a test without leaks."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, Rng, Symptom, case

lesson = Lesson("09_face_detector")

# ------------------------------------------------------------------------------- split_groups


@lesson.exercise(
    reference.split_groups,
    points=2,
    hints=(
        "What must be mixed and divided here: the crops, or the groups?",
        "np.unique(groups) gives every group once. Mix these, and take the first few as the test.",
        "np.isin(groups, chosen) is True for each crop whose group was chosen; np.flatnonzero "
        "turns that into row numbers.",
    ),
)
def split_groups(rng):
    for label, sizes, share in (
        ("10 people, 2 to 5 photos each", rng.integers(2, 6, 10), 0.28),
        ("8 photos, 6 crops of each", np.full(8, 6), 0.25),
        ("one group with half of the crops", np.array([20, 3, 4, 5, 2, 6]), 0.5),
        ("12 groups in one row, sorted", rng.integers(2, 5, 12), 0.27),
    ):
        numbers = np.repeat(rng.permutation(50)[: len(sizes)], sizes)
        if "sorted" not in label:
            rng.shuffle(numbers)
        yield case(label, numbers, share, Rng(int(rng.integers(2**31))), calls=6)


@split_groups.property
def judge_split_groups(each, answer):
    groups, share = each.inputs[:2]
    names = np.unique(groups)
    wanted = round(share * len(names))
    tests = []
    for train, test in answer:
        train, test = (np.asarray(part) for part in (train, test))
        if train.ndim != 1 or test.ndim != 1 or len(train) + len(test) == 0:
            return "two rows of numbers are wanted, (train, test)."
        if train.dtype.kind not in "iu" or test.dtype.kind not in "iu":
            return "row numbers are wanted, whole numbers from 0 on."
        both = np.concatenate([train, test])
        if len(both) and (both.min() < 0 or both.max() >= len(groups)):
            names_there = np.isin(both, names).all()
            return Symptom(
                f"row numbers run from 0 to {len(groups) - 1}, but {both.max()} came.",
                "returns_group_numbers" if names_there else None,
            )
        if len(np.unique(both)) < len(groups):
            if len(both) < len(groups) and len(np.unique(both)) == len(both):
                return f"{len(groups) - len(both)} crops are in neither part."
            return "a crop is in both parts, or twice in one, and another one in none."
        if len(both) > len(groups):
            return "a crop is in both parts, or twice in one."
        shared = np.intersect1d(groups[train], groups[test])
        if len(shared):
            by_crops = len(test) == round(share * len(groups))
            return Symptom(
                f"{len(shared)} of {len(names)} groups are in both parts.",
                # a cut at a row number, through one group, is another mistake
                "splits_single_crops" if by_crops and len(shared) > 1 else None,
            )
        found = len(np.unique(groups[test]))
        if found == len(names) - wanted and found != wanted:
            return Symptom(f"{found} groups are in the test, not {wanted}.", "parts_swapped")
        if found != wanted:
            return f"{found} of {len(names)} groups are in the test, not {wanted}."
        tests.append(frozenset(groups[test].tolist()))
    if len(set(tests)) == 1:
        first = frozenset(names[:wanted].tolist())
        return Symptom(
            "six calls put the same groups in the test: nothing was left to chance.",
            "first_groups_always" if tests[0] == first else "own_generator",
        )
    return None


@split_groups.mistake(
    "You mixed single crops, so that a person or photo has crops on both sides. The test then asks "
    "for what was learned by heart. Divide the groups."
)
def splits_single_crops(groups, test_fraction, rng):  # E12
    order = rng.permutation(len(groups))
    count = round(test_fraction * len(groups))
    return order[count:], order[:count]


@split_groups.mistake("Train and test have changed places: return (train, test).")
def parts_swapped(groups, test_fraction, rng):
    return reference.split_groups(groups, test_fraction, rng)[::-1]


@split_groups.mistake(
    "The first groups are always the test. Data often lie in some order: mix the groups with rng."
)
def first_groups_always(groups, test_fraction, rng):
    names = np.unique(groups)
    inside = np.isin(groups, names[: round(test_fraction * len(names))])
    return np.flatnonzero(~inside), np.flatnonzero(inside)


@split_groups.mistake(
    "Every call gives the same. Draw from rng: it goes on from call to call. A generator made anew "
    "with a fixed seed, or no draw at all, repeats itself."
)
def own_generator(groups, test_fraction, rng):
    return reference.split_groups(groups, test_fraction, np.random.default_rng(3))
