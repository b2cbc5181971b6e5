"""The look that all figures of the course share."""

from __future__ import annotations

# Okabe and Ito's palette: told apart by people with any kind of colour blindness.
BLUE, ORANGE, GREEN, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY)


def figure(rows: int = 1, columns: int = 1, *, size=(3.0, 3.0), title: str = ""):
    """Return (figure, axes): ``rows`` × ``columns`` axes of ``size`` inches each.

    ``axes`` is a single Axes where there is one, else an array as from ``plt.subplots``.
    """
    import matplotlib.pyplot as plt

    made, axes = plt.subplots(
        rows,
        columns,
        figsize=(size[0] * columns, size[1] * rows),
        dpi=80,
        layout="constrained",
    )
    draw_when_shown(made)
    for each in made.axes:
        each.set_prop_cycle(color=COLOURS)
        each.spines[["top", "right"]].set_visible(False)
    if title:
        made.suptitle(title, fontsize=11)
    return made, axes


def draw_when_shown(made):
    """Draw a figure once, when it is shown, and not also when its cell ends.

    At the end of each cell pyplot redraws the windows.  A canvas without a window throws that
    picture away, and the notebook lays out and draws its own.
    """
    from matplotlib.backend_bases import FigureCanvasBase

    if type(made.canvas).draw_idle is FigureCanvasBase.draw_idle:  # it has no window
        made.canvas.draw_idle = lambda: None


def count_along(axis) -> None:
    """Let the ticks of an axis (``axes.xaxis``) be whole numbers: there is no epoch 2.5."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True))
