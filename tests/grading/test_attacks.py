"""Nothing that student code does changes a grade other than by answering right."""

import os

import pytest

from coursekit.grading.grade import grade
from tests.submissions.attacks import ATTACKS
from tests.submissions.notebooks import lesson

SEED = 271_828


def test_there_are_enough():
    assert len(ATTACKS) >= 100


@pytest.mark.parametrize("name", ATTACKS)
def test_attack(name, sandbox):
    attack = ATTACKS[name]
    seconds = 1.0 if attack.outcome == "timed out" else 20.0
    graded = grade(attack.notebook(), sandbox, seed=SEED, seconds=seconds)
    results = {each.exercise: each for each in graded.results}
    *others, mine = results.values()

    assert mine.exercise == "shift_image"
    assert "REACHED" not in mine.message
    assert mine.outcome == attack.outcome, mine.message
    if attack.score is None:
        assert 0 < mine.score < 1
    else:
        assert mine.score == attack.score
    assert attack.says in mine.message
    assert mine.message.isprintable() or "\n" in mine.message
    assert mine.message.count("\n") <= 2
    # the honest answers beside it get their full points
    assert [each.outcome for each in others] == ["passed"] * 3
    assert not os.path.exists("/tmp/coursekit-pickle-bomb")


@pytest.mark.parametrize(
    "body",
    [
        "np.moveaxis = np.zeros_like = np.prod = None",
        "os.write(3, b'\\x00\\n' * 9)",
        "os.write(3, b'{}\\n\\x00\\n' * 9)",
        "os.close(3)",
        "os._exit(0)",
        "signal.setitimer(signal.ITIMER_REAL, 0.01)",
        "sys.modules['coursekit.observing'].observe = None",
        "import builtins; builtins.range = builtins.len = None",
    ],
)
def test_an_answer_can_not_harm_those_after_it(body, sandbox):
    """All are tried in one process first: what one of them breaks there must not count."""
    text = f"import os, signal, sys\ndef scale_to_unit(image):\n    {body}\n    return image"
    graded = grade(lesson(scale_to_unit=text), sandbox, seed=SEED)
    first, *others = graded.results
    assert first.score == 0
    assert first.outcome in ("failed", "errored")
    assert [each.outcome for each in others] == ["passed"] * 3


def test_the_next_submission_is_not_touched(sandbox):
    server = sandbox.process and sandbox.process.pid
    graded = grade(lesson(), sandbox, seed=SEED)
    assert [each.outcome for each in graded.results] == ["passed"] * 4
    if server:
        assert sandbox.process.pid == server, "an attack ended the warm interpreter"
