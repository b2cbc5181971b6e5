"""The student's loop in a real browser: a wrong answer, a hint, the right answer, a prediction.

The tests share one page and one kernel.  Each writes into cells of its own, and into cell 1 the
imports that it needs.
"""

import json

import pytest


def index_of(notebook, words):
    """Return the number of the first cell whose source holds these words."""
    for number, cell in enumerate(notebook.cells()):
        if words in "".join(cell["source"]):
            return number
    raise AssertionError(f"no cell holds {words!r}")


def test_wrong_hint_right_and_progress(shared_notebook, lab):
    notebook, saved = shared_notebook, lab[1] / "progress.json"
    saved.unlink(missing_ok=True)  # other notebooks may have run in this JupyterLab
    notebook.write(1, "from coursekit import hint, check, progress")
    cell = index_of(notebook, "def scale_to_unit")
    stub = "".join(notebook.cells()[cell]["source"])

    notebook.write(cell, stub.replace("raise NotImplementedError", "return image / 256"))
    assert "✗ scale_to_unit: not yet right" in notebook.shown(cell)
    assert "divided by 256" in notebook.shown(cell)
    notebook.scroll_to(cell)
    assert notebook.page.get_by_text("white becomes 0.996").is_visible()
    notebook.picture("wrong")

    hints = cell + 2
    notebook.write(hints, "hint(scale_to_unit)")
    assert "hint 1 of 2" in notebook.shown(hints)

    notebook.write(cell, stub.replace("raise NotImplementedError", "return image / 255"))
    assert "✓ scale_to_unit: right" in notebook.shown(cell)
    notebook.picture("right")

    notebook.write(hints, "progress()")
    assert "1 of   5 points" in notebook.shown(hints)
    kept = json.loads(saved.read_text())["exercises"]["scale_to_unit"]
    assert kept["mistakes"] == {"divides_by_256": True}


def test_a_figure_is_seen(shared_notebook):
    notebook = shared_notebook
    cell = index_of(notebook, 'title="Chelsea, as we see her"')
    notebook.write(1, "from coursekit import data\nfrom coursekit.plots import images as plots")
    notebook.run("index => panel.content.widgets[index].model.clearExecution()", cell)
    notebook.write(cell, "".join(notebook.cells()[cell]["source"]))
    notebook.scroll_to(cell)
    image = notebook.page.locator(".jp-Cell.jp-mod-active img")
    image.wait_for(timeout=10_000)
    assert image.evaluate("image => image.naturalWidth") > 200
    notebook.picture("figure")


def test_an_endless_loop_can_be_interrupted(shared_notebook, lab):
    notebook = shared_notebook
    notebook.write(1, "from pathlib import Path\nfrom coursekit import check")
    notebook.begin(
        1,
        "@check\ndef scale_to_unit(image):\n    Path('looping').touch()\n"
        "    while True:\n        pass",
    )
    looping = lab[1] / "looping"
    for _ in range(600):
        if looping.exists():
            break
        notebook.page.wait_for_timeout(100)
    notebook.run(
        """async () => {
            await panel.context.sessionContext.session.kernel.interrupt();
            await panel.running;
        }"""
    )
    looping.unlink()
    assert any(each.get("ename") == "KeyboardInterrupt" for each in notebook.outputs(1))


def test_the_answer_to_a_prediction_is_folded_until_it_is_run(shared_notebook):
    notebook = shared_notebook
    asked = index_of(notebook, "The sky in a photo")
    folded = "index => panel.content.widgets[index].outputHidden"
    assert notebook.run(folded, asked + 1)
    fold = f"{folded.removesuffix('.outputHidden')}.getOutputPlaceholderText()"
    assert notebook.run(fold, asked + 1).startswith("Make your prediction above first")
    notebook.write(1, "import numpy as np\nfrom coursekit import predict")
    notebook.write(asked, "".join(notebook.cells()[asked]["source"]))
    notebook.write(asked + 1, "".join(notebook.cells()[asked + 1]["source"]))
    assert not notebook.run(folded, asked + 1)
    assert "Make your prediction above first" in notebook.shown(asked + 1)

    notebook.scroll_to(asked)
    radio = notebook.page.locator(".widget-radio-box input").first
    radio.focus()
    notebook.page.keyboard.press("Space")
    notebook.page.wait_for_timeout(400)
    notebook.write(asked + 1, "guess.compare('44')")
    assert "You predicted: 300. It is: 44" in notebook.shown(asked + 1)
    notebook.picture("prediction")


def test_the_quiz_unfolds_the_answer_to_a_choice(shared_notebook):
    notebook = shared_notebook
    quiz = index_of(notebook, 'quiz("00_start_here")')
    notebook.write(quiz, 'from coursekit import quiz\nquiz("00_start_here")')
    notebook.scroll_to(quiz)
    summary = notebook.page.locator("summary", has_text="b) 4").first
    summary.focus()
    notebook.page.keyboard.press("Enter")
    assert notebook.page.get_by_text("260 − 256 = 4").is_visible()


@pytest.mark.parametrize("width", [1280, 600])
def test_dark_theme(shared_notebook, width):
    notebook = shared_notebook
    notebook.page.set_viewport_size({"width": width, "height": 1100})
    notebook.theme("JupyterLab Dark")
    notebook.page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    notebook.scroll_to(index_of(notebook, "def scale_to_unit"))
    notebook.picture(f"dark-{width}")
