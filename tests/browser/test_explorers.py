"""Each explorer is moved by keyboard in JupyterLab and changes, at once and truly."""

import importlib
import pkgutil
import re

import matplotlib.pyplot
import numpy as np

from coursekit import explorers
from coursekit.explorers.stage import Stage

# What each explorer is asked: the slider to move, and what its line must then say.
MOVES = {
    "augmentation": ("angle", r"turned by 5°: \d+ % of the pixels have changed"),
    "convolution": ("stride", r"output\[0, 0, 0\] = .* = 2 "),
    "convolution_backward": ("stride", r"gradient\[2, 2\] = "),
    "descent": ("steps", r"Step 1: w = −1\.7120"),
    "detector": ("threshold", r"threshold 0\.1: \d+ windows above it, \d+ boxes"),
    "gradient_flow": ("depth", r"Depth 30: .* It starves"),
    "network": ("learning rate", r"O8 becomes 0\.5617"),
    "pooling": ("window", r"window \[0, 0\]: max = 8"),
    "receptive_field": ("layers", r"= 9 pixels"),
    "soft_labels": ("epsilon", r"bag: target 0\.850, network 0\.990, gradient \+0\.140"),
}
STARTS = {"network": "position=7"}  # where a move can be seen
NOT_EXPLORERS = {"stage", "still", "prediction"}


# Nothing answers any more: what still moves is the browser's own work.
KERNEL_ENDS = "() => panel.context.sessionContext.shutdown()"


# The picture as one number: its pixels themselves would take long on their way here.
LOOK = """root => {
    const canvas = root.querySelector('canvas');
    const image = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let sum = canvas.width;
    for (const pixel of new Uint32Array(image.data.buffer)) sum = (Math.imul(sum, 31) + pixel) | 0;
    return [root.querySelector('.coursekit-line').innerText, sum];
}"""


def drawn(root, quiet: float = 0.2):
    """Return the line and the picture, once they have held still for `quiet` seconds."""
    seen = None
    for _ in range(100):
        now = root.evaluate(LOOK)
        if now == seen and now[0]:
            return now
        seen = now
        root.page.wait_for_timeout(1000 * quiet)
    raise AssertionError("the picture never holds still")


def changed(root, before) -> bool:
    """Wait until the line or the picture differs from `before`; False after ten seconds."""
    for _ in range(100):
        if root.evaluate(LOOK) != before:
            return True
        root.page.wait_for_timeout(100)
    return False


def names():
    return [m.name for m in pkgutil.iter_modules(explorers.__path__)]


def test_every_explorer_is_asked_here():
    assert set(names()) - NOT_EXPLORERS == set(MOVES)


def test_nothing_comes_from_the_network():
    for name in MOVES:
        importlib.import_module(f"coursekit.explorers.{name}")
    scripts = [each._esm for each in Stage.__subclasses__()]
    assert len(scripts) >= len(MOVES)
    assert all("http" not in script for script in scripts)


def test_the_still_of_the_convolution_shows_every_channel_and_filter():
    explorer = importlib.import_module("coursekit.explorers.convolution").explore()
    (axes,) = explorer.still().axes
    words = [text.get_text() for text in axes.texts]
    x, w, _ = explorer.arrays()
    cells = x[0].shape[0] * 7 * 7 + w.size + explorer.output().size  # padding 1 makes 7 × 7
    heads_and_sums = 3 + 3 + 1
    assert len(words) == cells + heads_and_sums
    assert "+ 1 (bias) = 2" in words
    matplotlib.pyplot.close("all")


def show(notebook, code):
    """Run code that ends in an explorer; give its root.  It has a title, and leaves a still."""
    notebook.write(1, code)
    notebook.scroll_to(1)
    root = notebook.page.locator(".coursekit-explorer").last
    root.locator("canvas").wait_for()
    left = notebook.outputs(1)[-1]["data"]  # for where no kernel is alive
    assert root.locator(".coursekit-title").inner_text() in left["text/plain"]
    assert len(left["image/png"]) > 5_000
    return root


def printed(notebook, code):
    """Return what code prints in the notebook's kernel."""
    notebook.write(3, code)
    return notebook.shown(3)


def test_each_is_moved_by_keyboard_and_computes_as_python_does(shared_notebook):
    notebook = shared_notebook
    for name, (slider, expected) in MOVES.items():
        started = f"{name} = module.explore({STARTS.get(name, '')})"
        root = show(
            notebook, f"from coursekit.explorers import {name} as module\n{started}\n{name}"
        )
        before = drawn(root)
        handle = root.locator(f'[aria-label="{slider}"]')
        handle.focus()
        notebook.page.keyboard.press("ArrowRight")
        assert changed(root, before), name
        said = drawn(root)[0]
        assert re.search(expected, said), f"{name}: {said}"
        notebook.picture(f"explorer-{name}")
        trait = {"steps": "position"}.get(slider, slider.replace(" ", "_"))
        chosen = float(handle.input_value())
        assert printed(notebook, f"print({name}.{trait} == {chosen!r})") == "True\n", (
            f"Python does not know the {slider} of {name}"
        )

    root = show(notebook, "detector.overlap = 1\ndetector")  # many boxes on one face
    said = drawn(root)[0]
    found, false = map(int, re.search(r"(\d+) of 1 faces found, (\d+) false", said).groups())
    assert printed(notebook, "print(detector.counts())") == f"({found}, {false}, {1 - found})\n"

    root = show(notebook, "again = convolution.__class__()\nagain")
    out = importlib.import_module("coursekit.explorers.convolution").explore().output()
    for position in (0, 4, 8, 13, 17):
        while True:
            text = drawn(root, quiet=0.05)[0]
            f, r, q, value = re.match(r"output\[(\d), (\d), (\d)\] = .* = (−?\d+) ", text).groups()
            if np.ravel_multi_index((int(f), int(r), int(q)), out.shape) == position:
                break
            root.get_by_role("button", name="Step").click()
        assert int(value.replace("−", "-")) == out[int(f), int(r), int(q)]


def test_narrow_or_dark_large_or_lost_each_can_be_read(shared_notebook):
    """The last one: it ends the kernel."""
    notebook = shared_notebook
    notebook.page.set_viewport_size({"width": 600, "height": 1100})
    root = show(
        notebook,
        "from coursekit.explorers import descent\n"
        "descent.explore(learning_rate=0.6, momentum=0.95, position=40)",
    )
    assert "Step 40: it diverges" in drawn(root)[0]
    assert "NaN" not in root.inner_text()
    root = show(
        notebook,
        "from coursekit.explorers import convolution\n"
        "convolution.explore(size=9, padding=3, kernel=5, filters=3, stride=1)",
    )
    before = drawn(root)
    shown, natural = root.locator("canvas").evaluate(
        "c => [c.clientWidth, c.width / window.devicePixelRatio]"
    )
    assert shown >= 0.89 * natural, "shrunk until nobody can read it"
    notebook.page.set_viewport_size({"width": 1280, "height": 800})
    notebook.page.wait_for_timeout(300)
    assert root.bounding_box()["height"] <= 720, "higher than a laptop's screen"
    notebook.theme("JupyterLab Dark")
    assert changed(root, before), "the old ink on the new paper"
    notebook.picture("explorer-dark")

    before = drawn(root)
    notebook.run(KERNEL_ENDS)
    root.locator('[aria-label="padding"]').focus()
    notebook.page.keyboard.press("ArrowLeft")
    assert changed(root, before), "without a kernel the picture stands still"
