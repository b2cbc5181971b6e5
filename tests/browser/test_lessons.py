"""Every notebook opens in JupyterLab and runs from top to bottom with no error.

Two classes, so that two test processes can share the work.
"""

import pytest

from tests.browser.conftest import ROOT

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def runs_from_top_to_bottom(open_notebook, name):
    notebook = open_notebook(name)
    notebook.run_all()
    notebook.picture("end")
    assert notebook.errors() == []


class TestOneHalf:
    @pytest.mark.parametrize("name", NOTEBOOKS[::2])
    def test_a_notebook_runs_from_top_to_bottom(self, open_notebook, name):
        runs_from_top_to_bottom(open_notebook, name)


class TestOtherHalf:
    @pytest.mark.parametrize("name", NOTEBOOKS[1::2])
    def test_a_notebook_runs_from_top_to_bottom(self, open_notebook, name):
        runs_from_top_to_bottom(open_notebook, name)
