"""What a message says of two arrays is true, and is no chance."""

from itertools import product

import numpy as np
import pytest

from coursekit.exercise import Lesson, case
from coursekit.patterns import cuts_decimals, describe_values, equal, in_words

CASE = case("a case", np.zeros((4, 3)))


@pytest.mark.parametrize(
    ("want", "got"),
    [(0.75, 0.25), (0.75, 3.0), ([0.0, -6.0, 0.0], [0.0, 3.0, 0.0]), (0.486, 0.006), (2.0, 1.0)],
)
def test_the_ratio_of_two_round_numbers_is_not_spoken_of(want, got):
    assert "times" not in describe_values(np.array(want), np.array(got), CASE)[1]


@pytest.mark.parametrize("factor", [2, 1 / 3, -4])
def test_the_ratio_of_a_number_with_many_digits_is_no_chance(factor):
    want = np.array(0.7315926)
    assert "times the right one" in describe_values(want, factor * want, CASE)[1]


def test_whole_numbers_are_blamed_only_where_they_cut_something_off():
    third = np.array([0.33, 2.5])
    assert cuts_decimals(third, third.astype(int))
    assert cuts_decimals(third, np.array([200, 7], np.uint8))
    assert not cuts_decimals(third, np.array([5, 9]))
    assert not cuts_decimals(np.array([1.0, -1.0, 0.0]), np.array([1, -1, -1]))
    assert not cuts_decimals(third, third)


def test_numpys_sentence_on_matrix_products_is_put_in_words():
    with pytest.raises(ValueError, match="matmul") as caught:
        np.zeros((3, 5)) @ np.zeros((4, 3))
    words = in_words(str(caught.value))
    assert words.endswith("a row of the left one has length 5, a column of the right one 4")
    assert in_words("another error (size 4)") == "another error (size 4)"


def two(x):
    """Return x + 1 and x · 2."""
    return x + 1, x * 2


def test_right_results_in_another_order_are_called_that():
    lesson = Lesson("99_test")

    @lesson.exercise(two, hints=("a hint",), outputs=("more", "double"))
    def exercise(rng):
        yield case("a few", rng.normal(size=3))
        yield case("more of them", rng.normal(size=(2, 4)))

    verdict = exercise.judge(lambda x: (x * 2, x + 1))
    assert "came as double, more." in verdict.message
    assert "return more, double." in verdict.message
    assert "order" not in exercise.judge(lambda x: (x * 3, x + 1)).message


@pytest.mark.parametrize("tolerance", [0.0, 1e-7, 1e-3])
def test_equal_is_numpys_allclose_relative_to_the_largest_value(tolerance):
    values = [0.0, 1.0, -1.0, 1 + 1e-7, 1e-9, 1e300, np.inf, -np.inf, np.nan]
    kinds = (float, np.float32, complex, bool, int)
    wants = [np.array(pair) for pair in product(values, repeat=2)]
    wants += [np.array([True, False]), np.array([1, 3]), np.float32([1, 0.1]), np.array(2.0)]
    with np.errstate(all="ignore"):
        for want, kind, moved in product(wants, kinds, (0.0, 1e-8, 1e-4, np.nan, np.inf)):
            got = (want + moved).astype(kind)
            if want.dtype.kind in "biu" and got.dtype.kind in "biu":
                continue
            finite = np.abs(want[np.isfinite(want)])
            scale = float(finite.max(initial=0)) or 1.0
            close = np.allclose(got, want, tolerance, tolerance * scale, equal_nan=True)
            assert equal(got, want, tolerance) == close, (want, got)
