"""Random exercises: judged by properties, and drawn from the generator that is given."""

import numpy as np
import pytest

from coursekit.exercise import Lesson, Rng, Symptom, case
from coursekit.verify import verify_exercise


def draw(n, rng):
    """Return n numbers drawn from rng in rising order."""
    return np.sort(rng.normal(size=n))


def declare_draw():
    lesson = Lesson("99_test")

    @lesson.exercise(draw, hints=("sort",))
    def exercise(rng):
        for n in (5, 8, 13):
            yield case(f"{n} numbers", n, Rng(int(rng.integers(1000))))

    @exercise.mistake("Sort the numbers.")
    def not_sorted(n, rng):
        return np.sort(rng.normal(size=n))[::-1]

    return exercise


def test_properties_judge_where_no_single_answer_is_right():
    exercise = declare_draw()

    @exercise.property
    def judge(each, answer):
        n = each.inputs[0]
        if len(answer) != n:
            return f"{n} numbers are wanted, and {len(answer)} came."
        if len(set(answer)) < n:
            return Symptom("Some numbers are drawn twice.", "repeats")
        if list(answer) != sorted(answer):
            return Symptom("The numbers do not rise.", "not_sorted")
        return None

    @exercise.mistake("Draw each number afresh.")
    def repeats(n, rng):
        return [rng.normal()] * n

    faults = [fault for fault in verify_exercise(exercise) if "three are the least" not in fault]
    assert faults == []
    assert exercise.judge(lambda n, rng: sorted(rng.uniform(size=n).tolist())).passed
    assert exercise.judge(lambda n, rng: iter(np.sort(rng.uniform(size=n)))).passed
    assert exercise.judge(lambda n, rng: "abc").outcome == "failed"
    assert exercise.judge(lambda n, rng: 3).outcome == "failed"


OF_MY_OWN = {
    "np.random": lambda n, rng: np.sort(np.random.normal(size=n)),  # noqa: NPY002
    "a generator of its own": lambda n, rng: np.sort(np.random.default_rng(0).normal(size=n)),
}


@pytest.mark.parametrize("source", OF_MY_OWN)
@pytest.mark.parametrize("by_property", [False, True])
def test_numbers_from_another_generator_are_told_so(source, by_property):
    exercise = declare_draw()
    if by_property:
        exercise.property(lambda each, answer: None)
    verdict = exercise.judge(OF_MY_OWN[source])
    assert (verdict.outcome, verdict.score) == ("failed", 0.0)
    assert "draws nothing from rng" in verdict.message


def test_a_generator_may_be_left_alone_where_nothing_is_random():
    def masked(x, rate, rng):
        return x * (rng.random(x.shape) >= rate)

    def spares_a_draw(x, rate, rng):
        return x.copy() if rate == 0 else masked(x, rate, rng)

    lesson = Lesson("99_test")

    @lesson.exercise(masked, hints=("x",))
    def exercise(rng):
        for rate in (0.5, 0.0, 0.3):
            yield case(f"rate {rate}", rng.normal(size=20), rate, Rng(int(rng.integers(1000))))

    assert exercise.judge(spares_a_draw).passed


def test_a_property_names_no_mistake_that_another_case_contradicts():
    exercise = declare_draw()

    @exercise.property
    def judge(each, answer):
        if len(answer) != each.inputs[0]:
            return "some numbers are missing."
        if list(answer) != sorted(answer):
            return Symptom("the numbers do not rise.", "not_sorted")
        return None

    def also_drops_one(n, rng):
        return np.sort(rng.normal(size=n))[::-1][: 12 if n == 13 else n]

    assert exercise.judge(exercise.mistakes[0].implementation).mistake == "not_sorted"
    verdict = exercise.judge(also_drops_one)
    assert (verdict.outcome, verdict.mistake) == ("failed", None)


def test_a_reference_that_fails_its_own_case_is_an_authors_error():
    lesson = Lesson("99_test")

    @lesson.exercise(draw, hints=("x",))
    def exercise(rng):
        yield case("broken", "not a number", Rng(0))

    with pytest.raises(RuntimeError, match="fails its own case"):
        exercise.judge(draw)
