"""Every notebook opens in JupyterLab and runs from top to bottom with no error.

Two run at a time: one computes while the other loads and draws.  And two classes, so that two test
processes can share the work.
"""

from itertools import zip_longest

import pytest

from tests.browser.conftest import ROOT

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
PAIRS = list(zip_longest(NOTEBOOKS[::2], NOTEBOOKS[1::2]))


def run_from_top_to_bottom(open_notebook, names):
    opened = []
    for name in filter(None, names):
        notebook = open_notebook(name)
        notebook.run_all()
        opened.append(notebook)
    for notebook in opened:
        notebook.wait()
        notebook.picture("end")
    assert {each.name: each.errors() for each in opened} == {each.name: [] for each in opened}


class TestOneHalf:
    @pytest.mark.parametrize("names", PAIRS[::2], ids=str)
    def test_two_notebooks_run_from_top_to_bottom(self, open_notebook, names):
        run_from_top_to_bottom(open_notebook, names)


class TestOtherHalf:
    @pytest.mark.parametrize("names", PAIRS[1::2], ids=str)
    def test_two_notebooks_run_from_top_to_bottom(self, open_notebook, names):
        run_from_top_to_bottom(open_notebook, names)
