"""Every notebook opens in JupyterLab and runs from top to bottom with no error."""

import pytest

from tests.browser.conftest import ROOT

LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_from_top_to_bottom(open_notebook, name):
    notebook = open_notebook(name)
    notebook.run_all()
    notebook.picture("end")
    assert notebook.errors() == []
