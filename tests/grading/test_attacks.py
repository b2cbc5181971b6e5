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


def test_the_next_submission_is_not_touched(sandbox):
    server = sandbox.process and sandbox.process.pid
    graded = grade(lesson(), sandbox, seed=SEED)
    assert [each.outcome for each in graded.results] == ["passed"] * 4
    if server:
        assert sandbox.process.pid == server, "an attack ended the warm interpreter"
