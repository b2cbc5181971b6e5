"""What all figures share: each is laid out and drawn once, when it is shown."""

import io

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib._pylab_helpers import Gcf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from coursekit.plots import convolution_backward, images, style

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


@pytest.fixture
def layouts(monkeypatch):
    """Collect every layout that is made."""
    made = []
    execute = ConstrainedLayoutEngine.execute
    monkeypatch.setattr(
        ConstrainedLayoutEngine, "execute", lambda *given: made.append(1) or execute(*given)
    )
    return made


@pytest.mark.parametrize(
    "draw",
    [
        lambda: images.curve([0, 1], [1, 2], xlabel="x", ylabel="y", title="A line"),
        lambda: convolution_backward.matrices([np.eye(2)], ["one"], title="A matrix"),
    ],
)
def test_a_figure_is_laid_out_once_when_it_is_shown(draw, layouts):
    draw()
    made = plt.gcf()
    Gcf.draw_all()  # what pyplot does when a cell ends
    assert layouts == []
    made.savefig(io.BytesIO(), format="png")
    assert layouts == [1]


def test_a_figure_in_a_window_is_redrawn_as_ever():
    class Window(FigureCanvasAgg):
        def draw_idle(self, *_):
            redrawn.append(1)

    redrawn = []
    made = Figure()
    Window(made)
    style.draw_when_shown(made)
    made.canvas.draw_idle()
    assert redrawn == [1]
