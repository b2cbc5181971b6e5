"""Every notebook opens in JupyterLab and runs from top to bottom with no error, half solved.

Answers are typed into it: wrong and right by turns.  As it stands, and solved, each notebook is run
without a browser elsewhere.

Two run at a time: one computes while the other loads and draws.  And three classes, so that two
test processes can share the work evenly.
"""

from itertools import zip_longest

import pytest

from coursekit import build
from tests.browser.conftest import ROOT

SOURCES = build.sources(ROOT / "notebooks")
PAIRS = list(zip_longest(SOURCES[::2], SOURCES[1::2]))
WRONG = "return 'not what was asked for'"


def answers_to(source):
    """Return a wrong or right answer to each exercise by turns, and the card of each."""

    def cells(notebook):
        return [cell for cell in notebook.cells if cell.metadata.get("exercise")]

    answers, cards = {}, []
    stubs, references = cells(build.unsolved(source)), cells(build.solved(source))
    for number, (stub, reference) in enumerate(zip(stubs, references, strict=True)):
        name = stub.metadata["exercise"]
        if number % 2:
            answers[name] = reference.source
            cards.append(f"✓ {name}: right")
        else:
            answers[name] = stub.source.replace("raise NotImplementedError", WRONG)
            cards.append(f"✗ {name}: not yet right")
    return answers, cards


def run_from_top_to_bottom(open_notebook, sources):
    opened = []
    for source in filter(None, sources):
        notebook = open_notebook(f"{source.stem}.ipynb", in_front=False)
        answers, cards = answers_to(source)
        notebook.answer(answers)
        notebook.run_all()
        opened.append((notebook, cards))
    for notebook, _ in opened:
        notebook.wait()
        notebook.show()
        notebook.picture("end")
    assert {each.name: each.errors() for each, _ in opened} == {each.name: [] for each, _ in opened}
    for notebook, cards in opened:
        shown = notebook.shown()
        assert [card for card in cards if card not in shown] == [], notebook.name


def names(pair):
    return " and ".join(source.stem for source in pair if source)


class TestSome:
    @pytest.mark.parametrize("sources", PAIRS[::3], ids=names)
    def test_two_notebooks_run_from_top_to_bottom(self, open_notebook, sources):
        run_from_top_to_bottom(open_notebook, sources)


class TestMore:
    @pytest.mark.parametrize("sources", PAIRS[1::3], ids=names)
    def test_two_notebooks_run_from_top_to_bottom(self, open_notebook, sources):
        run_from_top_to_bottom(open_notebook, sources)


class TestTheRest:
    @pytest.mark.parametrize("sources", PAIRS[2::3], ids=names)
    def test_two_notebooks_run_from_top_to_bottom(self, open_notebook, sources):
        run_from_top_to_bottom(open_notebook, sources)
