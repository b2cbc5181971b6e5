"""How a verdict is made: every rule, on one small exercise."""

import subprocess
import sys
import time

import numpy as np
import pytest

from coursekit.exercise import Lesson, case
from coursekit.exercises import load
from coursekit.judging import diagnose, expect, observe_all
from coursekit.patterns import describe_values
from coursekit.verify import verify_exercise


def centre(x, w, scale=1.0):
    """Return scale · (x − the mean of each row) and the number of rows of w."""
    return scale * (x - x.mean(axis=1, keepdims=True)), w.sum(axis=0)


def declare():
    lesson = Lesson("99_test")

    @lesson.exercise(centre, hints=("a hint",), outputs=("dx", "dw"))
    def exercise(rng):
        yield case("plain", rng.normal(size=(3, 4)), rng.normal(size=(2, 5)))
        yield case("scale 2", rng.normal(size=(2, 5)), rng.normal(size=(3, 4)), scale=2.0)
        yield case("one row", rng.normal(size=(1, 6)), rng.normal(size=(4, 2)), scale=-1.0)
        yield case("nothing to do", np.zeros((2, 3)), np.zeros((1, 3)))

    @exercise.mistake("The mean of each column is taken, not of each row.")
    def mean_of_columns(x, w, scale=1.0):
        return scale * (x - x.mean(axis=0, keepdims=True)), w.sum(axis=0)

    @exercise.mistake("The scale is left out.")
    def scale_left_out(x, w, scale=1.0):
        return x - x.mean(axis=1, keepdims=True), w.sum(axis=0)

    @exercise.mistake("some libraries add the mean; here it is taken away.", convention=True)
    def adds_the_mean(x, w, scale=1.0):
        return scale * (x + x.mean(axis=1, keepdims=True)), w.sum(axis=0)

    return exercise


EXERCISE = declare()


def judged(function, seed=0):
    verdict = EXERCISE.judge(function, seed)
    assert verdict.message.count("\n") <= 2
    return verdict


def right(x, w, scale=1.0):
    return centre(x, w, scale)


def magic():
    """Return the side of the smallest square, and whether there is one."""
    return {"side": 3, "exists": True}


def test_the_only_answer_of_a_function_without_inputs_is_not_given_away():
    lesson = Lesson("99_test")

    @lesson.exercise(magic, hints=("draw it",))
    def exercise(rng):
        yield case("the answer")

    for answer in ({"side": 4, "exists": True}, {"side": 3, "exists": False}):
        verdict = exercise.judge(lambda answer=answer: answer)
        assert verdict.outcome == "failed"
        assert "expected" not in verdict.message
        assert "not right" in verdict.message
    assert exercise.judge(magic).passed


# ------------------------------------------------------------------------- right answers


VARIANTS = {
    "the reference": centre,
    "lists": lambda x, w, scale=1.0: [out.tolist() for out in centre(x, w, scale)],
    "float32": lambda x, w, scale=1.0: tuple(o.astype(np.float32) for o in centre(x, w, scale)),
    "a view": lambda x, w, scale=1.0: tuple(np.pad(o, 1)[(slice(1, -1),) * o.ndim]
                                            for o in centre(x, w, scale)),
    "not contiguous": lambda x, w, scale=1.0: tuple(np.asfortranarray(o)
                                                    for o in centre(x, w, scale)),
    "another order of summation": lambda x, w, scale=1.0: (
        scale * (x - (x[:, ::-1].cumsum(axis=1)[:, -1:] / x.shape[1])),
        np.einsum("rc->c", w[::-1]),
    ),
    "a masked array": lambda x, w, scale=1.0: tuple(np.ma.array(o) for o in centre(x, w, scale)),
    "other names": lambda values, others, scale=1.0: centre(values, others, scale),
}  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_right_variant_is_accepted(variant):
    verdict = judged(VARIANTS[variant])
    assert (verdict.outcome, verdict.score) == ("passed", 1.0), verdict.message


def test_loops_are_accepted():
    def loops(x, w, scale=1.0):
        dx = [[scale * (value - sum(row) / len(row)) for value in row] for row in x]
        return dx, [sum(column) for column in zip(*w, strict=True)]

    assert judged(loops).passed


# ------------------------------------------------------------------- the order of causes


def test_not_attempted():
    verdict = judged(lambda x, w, scale=1.0: (_ for _ in ()).throw(NotImplementedError))
    assert (verdict.outcome, verdict.score, verdict.mistake) == ("not attempted", 0.0, None)


def test_what_is_written_for_some_cases_earns_its_share():
    def half(x, w, scale=1.0):
        if scale != 1.0:
            raise NotImplementedError
        return centre(x, w, scale)

    verdict = judged(half)
    assert (verdict.outcome, verdict.mistake) == ("errored", None)
    assert 0.2 < verdict.score < 0.6
    assert "NotImplementedError" in verdict.message
    assert "raise NotImplementedError" in verdict.message


def test_wrong_signature_says_how_it_is_called():
    verdict = judged(lambda x: x)
    assert verdict.outcome == "errored"
    assert "centre(x, w)" in verdict.message
    assert "(x)" in verdict.message


def test_a_crash_shows_the_students_own_line(tmp_path):
    file = tmp_path / "answer.py"
    file.write_text("import numpy as np\ndef f(x, w, scale=1.0):\n    return np.dot(x, w)\n")
    space = {}
    exec(compile(file.read_text(), str(file), "exec"), space)
    verdict = judged(space["f"])
    assert verdict.outcome == "errored"
    assert "ValueError" in verdict.message
    assert "line 3: return np.dot(x, w)" in verdict.message


@pytest.mark.parametrize("error", [SystemExit(1), RecursionError(), MemoryError(), GeneratorExit()])
def test_whatever_is_raised_is_a_crash(error):
    def raises(x, w, scale=1.0):
        raise error

    verdict = judged(raises)
    assert verdict.outcome == "errored"
    assert type(error).__name__ in verdict.message


def test_an_interrupt_is_the_users_own():
    def interrupted(x, w, scale=1.0):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        EXERCISE.judge(interrupted)


@pytest.mark.parametrize(
    ("answer", "phrase"),
    [
        (None, "returns None"),
        (len, "a builtin_function_or_method"),
        (3.0, "2 results are wanted (dx, dw), and a float came"),
        ((1, 2, 3), "2 results are wanted (dx, dw), and 3 came"),
        (("a", "b"), "a str"),
        (({1}, {2}), "a set"),
        (np.array([None, 1]), "dtype object"),
        (([[1], [2, 3]], [1]), "rows differ in length"),
    ],
)
def test_wrong_types(answer, phrase):
    verdict = judged(lambda x, w, scale=1.0: answer)
    assert (verdict.outcome, verdict.score) == ("failed", 0.0)
    assert phrase in verdict.message


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (lambda o: o.T, "axes stand in another order"),
        (lambda o: o[:, 1:], "axis 1 is 1 too short"),
        (lambda o: np.pad(o, ((0, 0), (1, 1))), "axis 1 is 2 too long"),
        (lambda o: o.sum(axis=0), "Axis 0 (length 1) is missing"),
        (lambda o: o.sum(), "A single number came"),
        (lambda o: o[None], "axes are wanted"),
        (lambda o: np.stack([o, o], axis=1), "Axis 1 (length 2) of dx is one too many"),
    ],
)
def test_shapes_name_the_axis(change, phrase):
    def wrong(x, w, scale=1.0):
        dx, dw = centre(x, w, scale)
        return change(dx), dw

    verdict = judged(wrong)
    assert verdict.outcome == "failed"
    assert "dx: the shape is" in verdict.message
    assert "(dw right)" in verdict.message
    if phrase != "axes are wanted":
        assert phrase in verdict.message


def test_dtype():
    verdict = judged(lambda x, w, scale=1.0: tuple(o.astype(int) for o in centre(x, w, scale)))
    assert "dtype int64" in verdict.message


def test_floats_are_refused_where_indices_are_wanted():
    verdict = load()["max_pool2d_argmax"].judge(
        lambda x, size, stride: load()["max_pool2d_argmax"].reference(x, size, stride) * 1.0
    )
    assert "where whole numbers are wanted" in verdict.message
    assert verdict.outcome == "failed"


def test_nan():
    verdict = judged(lambda x, w, scale=1.0: (np.full(x.shape, np.nan), w.sum(axis=0)))
    assert "values are nan" in verdict.message


def test_an_input_changed_in_place_is_named():
    def mutates(x, w, scale=1.0):
        x -= x.mean(axis=1, keepdims=True)
        return scale * x, w.sum(axis=0)

    verdict = judged(mutates)
    assert verdict.outcome == "failed"
    assert "changes its input x in place" in verdict.message


def test_the_most_basic_cause_comes_first():
    """A crash in the last case goes before a wrong value in the first."""

    def both(x, w, scale=1.0):
        if scale == -1.0:
            raise ZeroDivisionError
        return x, w.sum(axis=0)

    assert judged(both).outcome == "errored"

    def shape_and_value(x, w, scale=1.0):
        return x, (w.sum(axis=1) if scale == 2 else w.sum(axis=0))

    assert "shape" in judged(shape_and_value).message


# ------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (lambda o: -o, "exactly the negative"),
        (lambda o: 3 * o, "3 times the right one"),
        (lambda o: o / 4, "1/4 times the right one"),
        (lambda o: o * 1.37, "1.37 times the right one"),
        (lambda o: 0 * o, "Every value of dx is 0"),
        (lambda o: o[:, ::-1], "reversed along axis 1"),
        (lambda o: o + 0.25, "off by the same 0.25"),
        (lambda o: np.roll(o, 1, axis=1), "one place too late"),
    ],
)
def test_what_differs_is_said_as_a_fact(change, phrase):
    def wrong(x, w, scale=1.0):
        dx, dw = centre(x, w, scale)
        return change(dx), dw

    verdict = judged(wrong)
    assert verdict.mistake is None
    assert phrase in verdict.message


def test_a_length_is_named_as_the_ratio_only_where_every_case_bears_it_out():
    from coursekit import reference

    def multiplied(dout, x, w, b, stride=1, padding=0):
        dx, dw, db = reference.conv2d_backward(dout, x, w, b, stride, padding)
        return dx, dw * len(x), db

    exercise = load()["conv2d_backward"]
    assert "times the right one: the length of axis 0 of dout" in exercise.judge(multiplied).message
    for factor in (2, 3, 1 / 2, 1 / 3):
        scaled = exercise.judge(
            lambda *a, f=factor, **k: [f * each for each in exercise.reference(*a, **k)]
        )
        assert "times the right one" in scaled.message
        assert "axis" not in scaled.message, "any number is the length of something"


def test_a_pattern_that_only_one_of_many_wrong_cases_shows_is_not_said():
    def wrong(x, w, scale=1.0):
        dx, dw = centre(x, w, scale)
        return (3 * dx if scale == 2 else dx + np.arange(dx.size).reshape(dx.shape) ** 2), dw

    assert "times the right one" not in judged(wrong).message


def test_border_only():
    from coursekit import reference

    def border(image, dy, dx):
        out = reference.shift_image(image, dy, dx)
        out[0] += 1
        return out

    verdict = load()["shift_image"].judge(border)
    assert not verdict.passed
    assert "Only index 0 of axis 0 is wrong" in verdict.message


def test_the_smallest_failing_case_is_shown_with_expected_and_actual():
    def wrong(x, w, scale=1.0):
        dx, dw = centre(x, w, scale)
        return dx, dw + np.arange(len(dw)) ** 2

    message = judged(wrong).message
    assert "expected" in message
    assert "got" in message
    assert "dw" in message


def test_a_call_of_plain_numbers_is_shown_as_it_can_be_typed():
    verdict = load()["dense_parameters"].judge(lambda h, w, c, u: h * w * c * (u + 1))
    assert "dense_parameters(8, 9, 1, 10): expected 730, got 792" in verdict.message


# ---------------------------------------------------------------------------- diagnosis


def test_known_mistakes_get_their_own_names():
    assert verify_exercise(EXERCISE) == []
    for mistake in EXERCISE.mistakes:
        verdict = judged(mistake.implementation)
        assert verdict.mistake == mistake.name
        assert mistake.diagnosis in verdict.message


def test_a_convention_is_called_a_convention():
    verdict = judged(EXERCISE.mistakes[2].implementation)
    assert "A convention used elsewhere" in verdict.message
    assert "wrong" not in verdict.message


def test_no_diagnosis_where_only_one_case_tells():
    """Like a known mistake in one case and right in the others: not certain, so not said."""

    def once(x, w, scale=1.0):
        known = EXERCISE.mistakes[0].implementation
        return known(x, w, scale) if scale == 2 else centre(x, w, scale)

    verdict = judged(once)
    assert (verdict.outcome, verdict.mistake) == ("failed", None)


def test_no_diagnosis_where_one_case_disagrees():
    def nearly(x, w, scale=1.0):
        dx, dw = EXERCISE.mistakes[0].implementation(x, w, scale)
        return (dx + 1e-3, dw) if scale == 2 else (dx, dw)

    assert judged(nearly).mistake is None


def test_two_mistakes_that_both_explain_name_none():
    exercise = declare()

    @exercise.mistake("the same thing again")
    def mean_of_columns_again(x, w, scale=1.0):
        return scale * (x - x.mean(axis=0, keepdims=True)), w.sum(axis=0)

    verdict = exercise.judge(exercise.mistakes[0].implementation)
    assert verdict.mistake is None
    assert any("is taken for None" in fault for fault in verify_exercise(exercise))


def test_the_same_crash_is_no_proof():
    exercise = declare()

    @exercise.mistake("it crashes")
    def crashes(x, w, scale=1.0):
        raise ValueError("no")

    def also(x, w, scale=1.0):
        raise ValueError("no")

    assert exercise.judge(also).mistake is None
    assert any("crashes" in fault for fault in verify_exercise(exercise))


# -------------------------------------------------------------------------------- score


def test_the_score_is_the_passed_share_of_what_has_weight():
    def only_dw(x, w, scale=1.0):
        return centre(x, w, scale)[0] + 1, w.sum(axis=0)

    weights = expect(EXERCISE, 0).weights
    assert weights[3] == (0.0, 0.0)  # zeros pass “nothing to do”, so it has no weight
    total = sum(map(sum, weights))
    assert judged(only_dw).score == pytest.approx(sum(w[1] for w in weights) / total)


@pytest.mark.parametrize(
    "trivial",
    [
        lambda x, w, scale=1.0: None,
        lambda x, w, scale=1.0: (np.zeros_like(x), np.zeros(w.shape[1])),
        lambda x, w, scale=1.0: (np.ones_like(x), np.ones(w.shape[1])),
        lambda x, w, scale=1.0: (x, w),
        lambda x, w, scale=1.0: 7.0,
    ],
)
def test_trivial_answers_score_nothing(trivial):
    verdict = judged(trivial)
    assert (verdict.passed, verdict.score) == (False, 0.0)


def test_one_constant_for_all_cases_scores_nothing():
    exercise = load()["dense_parameters"]
    lucky = expect(exercise, 0).answers[0]
    verdict = exercise.judge(lambda height, width, channels, units: lucky)
    assert verdict.score == 0.0


def test_other_seeds_draw_other_numbers():
    one, other = EXERCISE.cases(0), EXERCISE.cases(1)
    assert not np.array_equal(one[0].inputs[0], other[0].inputs[0])
    assert np.array_equal(one[0].inputs[0], EXERCISE.cases(0)[0].inputs[0])


# --------------------------------------------------------------------- limits, properties


def test_an_endless_loop_is_stopped():
    exercise = declare()
    exercise.seconds = 0.3

    def endless(x, w, scale=1.0):
        while True:
            pass

    start = time.perf_counter()
    verdict = exercise.judge(endless)
    assert verdict.outcome == "timed out"
    assert time.perf_counter() - start < 2
    assert "0.3 s" in verdict.message


def test_a_loop_that_swallows_exceptions_is_stopped_once_it_leaves_the_handler():
    exercise = declare()
    exercise.seconds = 0.2

    def stubborn(x, w, scale=1.0):
        while True:
            try:
                while True:
                    pass
            except Exception:
                continue

    assert exercise.judge(stubborn).outcome == "timed out"


def test_a_loop_that_swallows_everything_is_stopped_while_it_does():
    exercise = declare()
    exercise.seconds = 0.2

    def more_stubborn(x, w, scale=1.0):
        while True:
            try:  # noqa: SIM105
                sum(range(1000))
            except:  # noqa: E722
                pass

    start = time.perf_counter()
    assert exercise.judge(more_stubborn).outcome == "timed out"
    assert time.perf_counter() - start < 30


def test_much_printing_is_cut_and_kept_apart():
    def chatty(x, w, scale=1.0):
        print("spam " * 10_000)
        return centre(x, w, scale)

    verdict = judged(chatty)
    assert verdict.passed
    assert len(verdict.printed) < 2100
    assert "more characters" in verdict.printed


def test_diagnose_is_none_for_a_right_answer():
    observed, _ = observe_all(EXERCISE, centre, EXERCISE.cases(0))
    assert diagnose(EXERCISE, observed, [None] * len(observed)) is None


def test_a_check_answers_within_50_ms_in_a_warm_process():
    exercise = load()["shift_image"]
    wrong = exercise.mistakes[0].implementation
    exercise.judge(wrong)
    times = []
    for _ in range(5):
        start = time.process_time()
        exercise.judge(wrong)
        times.append(time.process_time() - start)
    assert min(times) < 0.05


def test_no_declaration_runs_when_coursekit_is_imported():
    code = "import sys, coursekit; sys.exit('coursekit.exercises' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_words_are_found_for_what_is_said_alone(monkeypatch):
    """How values differ takes longest to describe: once, of all cases and trivial answers."""
    described = []

    def describe(*given):
        described.append(given)
        return describe_values(*given)

    monkeypatch.setattr("coursekit.comparing.describe_values", describe)
    exercise = declare()
    known = exercise.mistakes[0]
    verdict = exercise.judge(known.implementation, seed=3)
    assert verdict.mistake == known.name
    assert sum(not passed for _, passed in verdict.cases) > 1
    assert len(described) == 1
