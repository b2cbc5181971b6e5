"""One submission: true scores, exercises that build on each other, the same grade each time."""

import ast
import inspect
import textwrap
from pathlib import Path

import nbformat
import pytest

from coursekit import build, judging, order, plain
from coursekit.exercises import lessons, load
from coursekit.grading import lending, programs
from coursekit.grading.copies import fingerprint
from coursekit.grading.grade import grade
from coursekit.grading.submission import read
from coursekit.observing import Observation
from tests.submissions.notebooks import PREAMBLE, RIGHT, lesson, notebook

FOLDER = Path(__file__).parents[2] / "notebooks"
SOURCES = [path for path in build.sources(FOLDER) if build.exercises_in(path)]
IDS = [path.stem for path in SOURCES]


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_solved_notebooks_get_full_marks(source, sandbox):
    content = nbformat.writes(build.solved(source)).encode()
    graded = grade(content, sandbox, seed=7)
    assert [each.exercise for each in graded.results if each.outcome != "passed"] == []
    assert {each.exercise for each in graded.results} == {
        each.name for each in build.exercises_in(source)
    }
    assert not any(each.own for each in graded.results)


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_unsolved_notebooks_are_not_attempted(source, sandbox):
    content = nbformat.writes(build.unsolved(source)).encode()
    graded = grade(content, sandbox, seed=7)
    assert {each.outcome for each in graded.results} == {"not attempted"}
    assert len(graded.results) == len(build.exercises_in(source))


@pytest.mark.parametrize("name", sorted(load()))
def test_every_reference_can_be_lent(name):
    text, defined = lending.reference_text(name)
    namespace: dict = {}
    exec(text, namespace)
    assert name in defined
    assert load()[name].judge(namespace[name], seed=3).passed


@pytest.mark.parametrize(
    "name", ["wraps_round", "stays_integer", "forgets_biases", "reshapes", "centres_on_zero"]
)
def test_scores_are_those_of_the_judge(name, sandbox):
    """What the sandbox sends back is judged as the same function is in this process."""
    exercise, mistake = next(
        (exercise, mistake)
        for exercise in lessons()["00_start_here"]
        for mistake in exercise.mistakes
        if mistake.name == name
    )
    source = textwrap.dedent(inspect.getsource(mistake.implementation))
    source = source[source.index(f"def {name}") :].replace(f"def {name}", f"def {exercise.name}")
    graded = grade(lesson(**{exercise.name: source}), sandbox, seed=11)
    mine = next(each for each in graded.results if each.exercise == exercise.name)
    here = exercise.judge(mistake.implementation, seed=11)
    assert mine.mistake == name
    assert (mine.outcome, mine.score, mine.message) == (here.outcome, here.score, here.message)


def test_the_same_grade_each_time(sandbox):
    text = (
        "import random\ndef shift_image(image, dy, dx):\n"
        "    return image * random.random() + np.random.rand()"
    )
    content = lesson(shift_image=text)
    first = grade(content, sandbox, seed=3)
    assert _verdicts(first) == _verdicts(grade(content, sandbox, seed=3))
    assert _verdicts(first) != _verdicts(grade(content, sandbox, seed=4))


def _verdicts(graded):
    return [(each.exercise, each.outcome, each.score, each.message) for each in graded.results]


def test_fixed_answers_earn_nothing_on_another_seed(sandbox):
    """A table of all right answers of seed 0, which every student can make at home."""
    exercise = load()["shift_image"]
    pairs = [
        (
            each.inputs[0].tobytes().hex(),
            each.inputs[0].shape,
            exercise.reference(*each.inputs).tolist(),
        )
        for each in exercise.cases(0)
    ]
    table = {key: answer for key, _, answer in pairs}
    text = (
        f"TABLE = {table!r}\ndef shift_image(image, dy, dx):\n"
        "    return np.array(TABLE.get(image.tobytes().hex(), 0))"
    )
    content = lesson(shift_image=text)
    assert grade(content, sandbox, seed=0).results[3].outcome == "passed"
    assert grade(content, sandbox, seed=123_456).results[3].score == 0


@pytest.mark.parametrize(
    "name", ["dense_parameters", "receptive_field", "softmax", "early_stopping", "output_size"]
)
def test_nor_do_those_of_cases_that_no_seed_changes(name):
    """A table of the notebook's cases is right in some of them; that alone earns nothing."""
    exercise = load()[name]
    answers = judging.expect(exercise, 0).answers
    table = {_call(each): answer for each, answer in zip(exercise.cases(0), answers, strict=True)}
    cases = exercise.cases(1)
    assert any(_call(each) in table for each in cases)
    observed = [Observation("answered", table.get(_call(each), "?")) for each in cases]
    found = judging.judge(exercise, (observed, ""), 1)
    assert (found.outcome, found.score) == ("failed", 0)
    # one right answer to fresh inputs, and the others count again
    fresh = next(i for i, each in enumerate(cases) if _call(each) not in table)
    observed[fresh] = Observation("answered", judging.expect(exercise, 1).answers[fresh])
    assert judging.judge(exercise, (observed, ""), 1).score > 0


def _call(each):
    return plain.dumps([each.inputs, each.options, each.calls])


def test_the_order_of_the_lessons_goes_with_the_package():
    """Write it anew with: python -m coursekit.order notebooks/source"""
    assert order.ORDER.read_text(encoding="utf-8") == order.order_in(FOLDER / "source")


def test_expected_values_never_leave(sandbox):
    seen = []

    class Spy:
        def try_together(self, asked):
            seen.extend(asked)
            return sandbox.try_together(asked)

        def run(self, asked):
            seen.extend(asked)
            return sandbox.run(asked)

    grade(lesson(), Spy(), seed=9)
    assert len(seen) >= 4
    for program in seen:
        cases = plain.loads(program.cases)
        exercise = load()[program.name]
        assert len(cases) == len(exercise.cases(9))
        assert all(len(each) == 3 for each in cases)  # inputs, options, calls: no label, no answer


class TestLeaning:
    """An answer that builds on another exercise."""

    def test_the_students_own_function_is_used(self):
        content = lesson(
            shift_image="def shift_image(image, dy, dx):\n    return scale_to_unit(image)"
        )
        found = programs.slice_exercise(read(content), "shift_image", load())
        assert found.uses == {"scale_to_unit"}
        assert any("image / 255" in each.text for each in found.statements)

    def test_a_wrong_one_is_replaced_by_the_reference(self, sandbox):
        helper = RIGHT["shift_image"].replace(
            "result = np.zeros_like(image)",
            "assert scale_to_unit(np.array([255], np.uint8))[0] == 1\n"
            "    result = np.zeros_like(image)",
        )
        for wrong in (
            "def scale_to_unit(image):\n    return image // 255 * 7",
            "def scale_to_unit(image):\n    raise NotImplementedError",
            "def scale_to_unit(image):\n    return 1 / 0",
        ):
            graded = grade(lesson(scale_to_unit=wrong, shift_image=helper), sandbox, seed=2)
            assert graded.results[0].outcome != "passed"
            assert graded.results[3].outcome == "passed"
            assert graded.results[3].notes == (
                "judged with the reference in the place of scale_to_unit",
            )

    def test_never_by_the_one_that_is_graded(self, sandbox):
        """Nor by a later one: the answer to an exercise is not to be had by calling the next."""
        lean = "@check\ndef scale_to_unit(image):\n    return shift_image(image, 0, 0) / 255"
        stub = "@check\ndef shift_image(image, dy, dx):\n    raise NotImplementedError"
        graded = grade(lesson(scale_to_unit=lean, shift_image=stub), sandbox, seed=2)
        assert graded.results[0].outcome == "not attempted"
        assert graded.results[0].score == 0

    def test_references_that_the_lesson_hands_out_are_there(self, sandbox):
        helper = RIGHT["shift_image"].replace(
            "result = np.zeros_like(image)",
            "assert unit(np.array([255], np.uint8))[0] == 1\n    result = np.zeros_like(image)",
        )
        content = notebook(
            PREAMBLE,
            "from coursekit.reference import scale_to_unit as unit, shift_image as no",
            helper,
            *list(RIGHT.values())[:3],
        )  # fmt: skip
        assert grade(content, sandbox, seed=2).results[3].outcome == "passed"

    def test_the_order_of_the_course_decides(self):
        assert lending.may_lend("scale_to_unit", to="shift_image")
        assert not lending.may_lend("shift_image", to="scale_to_unit")
        assert not lending.may_lend("shift_image", to="shift_image")
        assert not lending.may_lend("nothing", to="shift_image")


def test_alike_but_for_names():
    one = ast.parse("def f(a, b):\n    '''Say.'''\n    # why\n    c = a + b\n    return c").body[0]
    other = ast.parse("@check\ndef f(x: int, y) -> int:\n    total = x + y\n    return total").body[
        0
    ]
    different = ast.parse("def f(a, b):\n    c = a - b\n    return c").body[0]
    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(one) != fingerprint(different)


def test_a_message_names_the_limit_that_was_set(sandbox):
    content = lesson(shift_image="def shift_image(image, dy, dx):\n    while True: pass")
    result = grade(content, sandbox, seed=1, seconds=0.5).results[3]
    assert result.outcome == "timed out"
    assert "no answer within 0.5 s" in result.message


def test_one_endless_loop_costs_that_exercise_alone(sandbox):
    content = lesson(to_channels_first="def to_channels_first(image):\n    while True: pass")
    graded = grade(content, sandbox, seed=1, seconds=0.5)
    assert [each.outcome for each in graded.results] == ["passed", "timed out", "passed", "passed"]


def test_scratch_is_empty_for_each_exercise(sandbox):
    leave = "\n    open('left', 'w').write('here')\n    return"
    look = "\n    import os\n    assert os.listdir('.') == []\n    result = np.zeros_like"
    content = lesson(
        dense_parameters=RIGHT["dense_parameters"].replace("\n    return", leave) + " + 1",
        shift_image=RIGHT["shift_image"].replace("\n    result = np.zeros_like", look),
    )
    graded = grade(content, sandbox, seed=1)
    assert graded.results[2].outcome == "failed"
    assert graded.results[3].outcome == "passed", graded.results[3].message
