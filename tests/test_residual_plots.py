"""The pictures of depth, blocks, channels and heads say what they show."""

import numpy as np
import pytest

from coursekit.plots import residual as plots


@pytest.fixture(autouse=True)
def _closed_figures():
    import matplotlib

    matplotlib.use("Agg")
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def texts(axes):
    return {text.get_text() for text in axes.texts}


def test_the_block_shows_its_parts_and_its_numbers():
    axes = plots.block({"x": "3\n0.8", "branch": "−0.6\n1"}, title="By hand")
    assert {"conv", "relu", "+", "branch F(x)", "skip: x as it is"} <= texts(axes)
    assert {"3", "0.8", "−0.6", "forward", "gradient"} <= texts(axes)
    assert "gradient" not in texts(plots.block())


def test_the_grid_puts_every_choice_on_one_scale():
    norms = {
        (row, column): {"plain": [1e-9, 1e-3], "with skip": [factor, 1.0]}
        for row in ("small", "Kaiming")
        for column, factor in (("none", 2.0), ("norm", 500.0))
    }
    panels = plots.gradient_grid(norms, title="All")
    assert [panel.get_title() for panel in panels] == [
        "small, none",
        "small, norm",
        "Kaiming, none",
        "Kaiming, norm",
    ]
    assert {panel.get_ylim() for panel in panels} == {panels[0].get_ylim()}
    low, high = panels[0].get_ylim()
    assert low < 1e-9
    assert high > 500
    assert panels[0].get_ylabel() == "gradient norm"
    assert panels[2].get_xlabel().startswith("block")


def test_the_other_figures_are_labelled():
    x = np.random.default_rng(23).normal(size=(4, 3, 5, 5))
    before, after = plots.histograms(x, x / 2, title="Spread")
    assert (before.get_title(), after.get_title()) == ("before", "after")
    assert len(before.lines) == 3
    added, beside = plots.sum_or_concatenation(16, 12, 4)
    assert added.get_ylim() == beside.get_ylim() == (0, 64)
    assert beside.get_ylabel() == "channels"
    heads = plots.heads({"ours": (32_010, 330)})
    assert {"32,010", "330"} <= texts(heads)
    assert heads.get_xscale() == "log"
