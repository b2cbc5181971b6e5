"""Questions to the reader: predictions, quizzes, bugs to spot."""

import pytest

from coursekit import asking, build, predict, quiz, spot_the_bug, store
from coursekit.exercises import lessons, load
from tests.test_build import SOURCES


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSEKIT_PROGRESS", str(tmp_path / "progress.json"))


@pytest.mark.parametrize("lesson", asking.questions())
def test_a_quiz_has_its_own_questions_and_two_from_earlier_lessons(lesson):
    own = asking.questions()[lesson]
    assert len(own) >= 3
    asked = asking.quiz_of(lesson)
    assert asked == asking.quiz_of(lesson), "the same questions every time"
    earlier = [question for question in asked if question.lesson != lesson]
    first = lesson == min(asking.questions())
    assert len(earlier) == (0 if first else 2)
    assert all(question.lesson < lesson for question in earlier)
    for question in own:
        assert len({choice.text for choice in question.choices}) == len(question.choices) >= 2
        assert all(choice.reply for choice in question.choices)


def test_every_lesson_has_a_quiz_and_shows_it():
    taught = [source for source in SOURCES if build.is_lesson(source)]
    assert set(asking.questions()) == {source.stem for source in taught} >= set(lessons())
    for source in taught:
        text = "\n".join(cell.source for cell in build.read_source(source).cells)
        assert f'quiz("{source.stem}")' in text


def test_an_unknown_lesson_has_no_quiz():
    with pytest.raises(ValueError, match="there are 00_start_here"):
        quiz("17_nothing")


def test_a_question_has_exactly_one_right_choice():
    with pytest.raises(ValueError, match="exactly one"):
        asking.Question("?", (asking.Choice("a", "b"), asking.Choice("c", "d")))


def test_every_mistake_can_be_shown_as_a_bug_without_its_name():
    for exercise in load().values():
        for number, mistake in enumerate(exercise.mistakes):
            card = asking.bug_card(exercise, number)
            code = card.text.split("\n   a) ")[0]
            assert f"def {exercise.name}(" in code
            assert f"def {mistake.name}(" not in code
            assert card._repr_html_().count("✓") == 1


def test_spot_the_bug_speaks_in_a_notebook(capsys):
    spot_the_bug("shift_image")
    assert "np.roll" in capsys.readouterr().out


def test_a_prediction_is_recorded_and_shown_beside_the_result(capsys):
    guess = predict("Heads or tails?", ["heads", "tails"])
    guess.choose("heads")
    guess.compare("tails", "It fell so.")
    assert "You predicted: heads. It is: tails" in capsys.readouterr().out
    assert store.predictions() == {"Heads or tails?": "heads"}
    again = predict("Heads or tails?", ["heads", "tails"])
    assert again.chosen == "heads", "kept from one kernel to the next"
    again.compare("heads")
    assert "You predicted: heads. So it is." in capsys.readouterr().out


def test_without_a_prediction_the_result_is_kept_back(capsys):
    guess = predict("Odd or even?", ["odd", "even"])
    guess.compare("odd", "It is 7.")
    out = capsys.readouterr().out
    assert "Make your prediction above first" in out
    assert "odd" not in out
    assert "7" not in out
    guess.choose("even")
    guess.compare("odd", "It is 7.")
    assert "It is: odd" in capsys.readouterr().out


def test_a_prediction_leaves_a_still_picture():
    bundle = predict("Odd or even?", ["odd", "even"])._repr_mimebundle_()
    assert "( ) even" in bundle["text/plain"]
    assert "<li>even</li>" in bundle["text/html"]
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]


def test_choices_that_do_not_exist_are_refused():
    guess = predict("Odd or even?", ["odd", "even"])
    with pytest.raises(ValueError, match="choose one of 'odd', 'even'"):
        guess.choose("neither")
    with pytest.raises(ValueError, match="none of the choices"):
        guess.compare("neither")
    with pytest.raises(ValueError, match="two choices"):
        predict("?", ["only one"])
