"""Pictures of whole networks: their shapes, their blocks, what they cost, what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from coursekit.plots.style import BLUE, COLOURS, ORANGE, SKY, figure


def landscape(networks: Mapping[str, tuple[float, float, int]], title=""):
    """Show networks by parameters and work; networks: {name: (parameters, multiply-adds, year)}."""
    _, axes = figure(size=(8.2, 4.6), title=title)
    values = np.array(list(networks.values()), float)
    axes.scatter(values[:, 0], values[:, 1], color=BLUE, s=60, zorder=3)
    for name, (parameters, work, year) in networks.items():
        # a label stands to the left where a network close by is further right
        near = (np.abs(np.log(values[:, :2] / (parameters, work))) < (0.9, 0.6)).all(axis=1)
        left = bool((values[near, 0] > parameters).any())
        axes.annotate(
            f"{name}, {year}",
            (parameters, work),
            (-7, 4) if left else (7, -4),
            textcoords="offset points",
            ha="right" if left else "left",
            va="bottom" if left else "top",
            fontsize=9,
        )
    axes.set(xscale="log", yscale="log", xlabel="parameters", ylabel="multiply-adds for one image")
    axes.set_xlim(0.5 * values[:, 0].min(), 9 * values[:, 0].max())
    axes.set_ylim(0.4 * values[:, 1].min(), 4 * values[:, 1].max())
    axes.grid(alpha=0.3)
    return axes


def diagram(stages: Sequence[tuple[str, tuple[int, ...]]], title=""):
    """Draw a network as a row of blocks, from the image to the scores of the classes.

    stages: pairs (what makes it, shape), the image first.  The taller a block, the larger its maps;
    the wider, the more channels (both by powers of two).  A shape of one number is a flat layer.
    """
    widths = [0.25 + 0.13 * np.log2(shape[0]) if len(shape) == 3 else 0.22 for _, shape in stages]
    heights = [0.3 * np.log2(2 * shape[1]) if len(shape) == 3 else 1.6 for _, shape in stages]
    steps = [max(width, 0.8) + 0.35 for width in widths]
    centres = np.cumsum(steps) - np.array(steps) / 2
    tall = max(heights) / 2
    _, axes = figure(size=(min(11.5, 0.62 * sum(steps) + 0.5), 0.72 * tall + 1.9), title=title)
    for (label, shape), x, width, height in zip(stages, centres, widths, heights, strict=True):
        colour = SKY if len(shape) == 3 else ORANGE
        axes.add_patch(_rectangle(x - width / 2, -height / 2, width, height, fc=colour))
        axes.text(x, height / 2 + 0.12, label, ha="center", va="bottom", fontsize=8)
        text = f"{shape[0]:,}\n{shape[1]} × {shape[2]}" if len(shape) == 3 else f"{shape[0]:,}"
        axes.text(x, -height / 2 - 0.12, text, ha="center", va="top", fontsize=8, color="0.3")
    for (left, wide), (right, slim) in pairwise(zip(centres, widths, strict=True)):
        axes.text(
            (left + wide / 2 + right - slim / 2) / 2,
            0,
            "→",
            ha="center",
            va="center",
            fontsize=9,
            color="0.4",
        )
    axes.set(xlim=(0, sum(steps)), ylim=(-tall - 0.8, tall + 0.75))
    axes.set_axis_off()
    return axes


def ways(blocks: Mapping[str, tuple[Sequence[Sequence[str]], str]], title=""):
    """Draw blocks with several ways from top to bottom, side by side.

    blocks: {name: (branches, join)}; a branch is a list of labels, the first one on top; an empty
    one is x itself.  join: what stands where the ways meet, such as "+" or "side by side".
    """
    most = max(len(branch) for branches, _ in blocks.values() for branch in branches)
    widths = [max(1.35 * len(branches), 2.4) for branches, _ in blocks.values()]
    size = (1.15 * sum(widths) / len(blocks), 0.42 * most + 1.6)
    made, axes = figure(1, len(blocks), size=size, title=title)
    made.axes[0].get_gridspec().set_width_ratios(widths)
    for panel, (name, (branches, join)) in zip(np.atleast_1d(axes), blocks.items(), strict=True):
        places = 1.35 * (np.arange(len(branches)) - (len(branches) - 1) / 2)
        bottom = -most - 0.4
        _label(panel, 0, 0.9, "x", "white")
        _label(panel, 0, bottom - 0.2, join or "out", "white")
        for x, branch in zip(places, branches, strict=True):
            path = [(0, 0.9), (x, 0.35), (x, bottom + 0.5), (0, bottom - 0.2)]
            panel.plot(*zip(*path, strict=True), color="0.5" if branch else BLUE, lw=1.6, zorder=1)
            spots = -np.arange(1, len(branch) + 1) - (most - len(branch)) / 2 + 0.6
            for y, text in zip(spots, branch, strict=True):
                _label(panel, x, y, text, _face(text))
            if not branch:
                _label(panel, x, -most / 2, "x as it is", "white", edge="none", colour=BLUE)
        half = max(places[-1] + 0.8, 1.2)
        panel.set(xlim=(-half, half), ylim=(bottom - 0.6, 1.3))
        panel.set_title(name, fontsize=9)
        panel.set_axis_off()
    return made.axes


def connections(table, title=""):
    """Show which filters (columns) read which maps (rows); table: (maps, filters) of 0 and 1."""
    _, axes = figure(size=(5.6, 2.6), title=title)
    axes.imshow(table, cmap="Blues", vmin=0, vmax=1.5)
    axes.set(xlabel="filter of C3", ylabel="map of S2")
    axes.set_xticks(range(table.shape[1]))
    axes.set_yticks(range(table.shape[0]))
    axes.set_xticks(np.arange(table.shape[1] + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(table.shape[0] + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="w", linewidth=2)
    axes.tick_params(which="both", length=0)
    return axes


def shares(networks: Mapping[str, Mapping[str, tuple[float, float]]], title=""):
    """Show where parameters and work are; networks: {name: {part: (parameters, work)}}."""
    made, axes = figure(1, 2, size=(4.6, 0.55 * len(networks) + 1.2), title=title)
    parts = list(dict.fromkeys(part for each in networks.values() for part in each))
    for column, (panel, what) in enumerate(zip(axes, ("parameters", "multiply-adds"), strict=True)):
        left = np.zeros(len(networks))
        for part, colour in zip(parts, COLOURS, strict=False):
            totals = [sum(pair[column] for pair in each.values()) for each in networks.values()]
            values = [each.get(part, (0, 0))[column] for each in networks.values()]
            width = 100 * np.array(values) / np.array(totals)
            panel.barh(list(networks), width, left=left, color=colour, label=part, height=0.6)
            left += width
        panel.invert_yaxis()
        panel.set(xlabel=f"share of the {what} (%)", xlim=(0, 100))
    axes[1].tick_params(labelleft=False)
    made.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    return made.axes


def ratios(rows: Sequence[str], curves: Mapping[str, Sequence[float]], *, xlabel, title=""):
    """Show, row by row, what was computed divided by what is printed; 1: they agree."""
    _, axes = figure(size=(6.6, 3.2), title=title)
    axes.axhline(1, color="0.6", linewidth=1)
    for mark, colour, (name, values) in zip("os", (ORANGE, BLUE), curves.items(), strict=False):
        axes.plot(range(len(rows)), values, mark, color=colour, label=name)
    axes.set_xticks(range(len(rows)), rows)
    axes.set(xlabel=xlabel, ylabel="computed / printed", yscale="log")
    axes.set_yticks([1, 2, 3], ["1", "2", "3"])
    axes.yaxis.set_minor_formatter("")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return axes


def strip(image, scores, names: Sequence[str], title="", *, step=1, window=1):
    """Show a wide image, and below it the score of each class at each place of a window.

    image: (H, W); scores: (K, places), the window moves by ``step`` pixels and is ``window`` long.
    """
    height, width = image.shape
    made, (top, low) = figure(2, 1, size=(8.6, 2.3), title=title)
    edges = (-0.5, width - 0.5)
    top.imshow(image, cmap="gray", aspect="auto", extent=(*edges, height - 0.5, -0.5))
    top.set_ylabel("row (pixels)")
    first = (window - 1) / 2  # the middle of the first window
    last = first + step * (scores.shape[1] - 1)
    shown = low.imshow(
        scores,
        cmap="viridis",
        aspect="auto",
        vmin=0,
        vmax=1,
        extent=(first - step / 2, last + step / 2, len(names) - 0.5, -0.5),
    )
    low.set(xlim=edges, xlabel="column (pixels); below: the middle of the window")
    low.set_yticks(range(len(names)), names, fontsize=7)
    made.colorbar(shown, ax=low, label="probability")
    top.set_xlim(edges)
    return made.axes


def accuracy_by_epoch(networks: Mapping[str, Sequence[float]], title=""):
    """Show how often each of up to four networks is right on unseen pictures, epoch by epoch."""
    _, axes = figure(size=(6.0, 3.2), title=title)
    for style, (name, right) in zip(("o-", "s--", "^:", "D-."), networks.items(), strict=False):
        epochs = range(1, len(right) + 1)
        axes.plot(epochs, 100 * np.array(right), style, markersize=5, label=name)
    axes.set(xlabel="epoch", ylabel="right, unseen (%)", ylim=(0, 100), xticks=epochs)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="center right")
    return axes


def accuracy_by_shift(shifts: Sequence[int], right: Sequence[float], title=""):
    """Show how often a network is right on pictures that are shifted by some pixels."""
    _, axes = figure(size=(5.2, 2.6), title=title)
    axes.plot(shifts, 100 * np.array(right), "o-", color=BLUE)
    axes.axhline(10, color="0.6", linewidth=1)
    axes.text(0, 12, "guessing", fontsize=8, color="0.4")
    axes.set(xlabel="shift to the right (pixels)", ylabel="right, unseen (%)", ylim=(0, 100))
    axes.grid(alpha=0.3)
    return axes


def error_by_work(networks: Mapping[str, tuple[float, float]], title=""):
    """Show networks by work and error; networks: {name: (multiply-adds, error in per cent)}."""
    _, axes = figure(size=(6.6, 3.2), title=title)
    for name, (work, error) in networks.items():
        axes.plot(work, error, "o", color=BLUE, ms=7)
        axes.annotate(name, (work, error), (0, 6), textcoords="offset points", ha="center")
    axes.set(xscale="log", xlabel="multiply-adds for one image", ylabel="top-5 error (%)")
    axes.set(xlim=(4e8, 3e10), ylim=(0, 22))
    axes.grid(alpha=0.3)
    return axes


def alone_and_together(errors: Mapping[str, tuple[float, float]], title=""):
    """Show the error of one network beside that of several averaged; errors in per cent."""
    _, axes = figure(size=(6.6, 0.55 * len(errors) + 1.3), title=title)
    for row, (alone, together) in enumerate(errors.values()):
        axes.plot([together, alone], [row, row], color="0.7", lw=2, zorder=1)
        axes.plot(alone, row, "o", color=ORANGE, ms=8, label="alone" if row == 0 else None)
        axes.plot(together, row, "s", color=BLUE, ms=8, label="averaged" if row == 0 else None)
    axes.set_yticks(range(len(errors)), list(errors))
    axes.set(xlabel="top-5 error on ImageNet (%)", ylim=(len(errors) - 0.4, -0.6))
    axes.set_xlim(left=0)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="center left")
    return axes


def _face(text):
    """Colour a box by what it holds: pooling, 1×1, depthwise, other convolutions, the rest."""
    for word, colour in (("pool", "#F5D5E4"), ("1×1", "#CFE6F7"), ("depthwise", "#C9EBDD")):
        if word in text:
            return colour
    return "#FBE0CC" if "×" in text else "0.94"


def _label(axes, x, y, text, face, *, edge="0.3", colour="k"):
    box = {"boxstyle": "round,pad=0.3", "facecolor": face, "edgecolor": edge}
    axes.text(x, y, text, ha="center", va="center", fontsize=8, zorder=3, bbox=box, color=colour)


def _rectangle(x, y, width, height, **style):
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, ec="0.2", **style)
