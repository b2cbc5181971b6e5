"""Pictures of pooling: windows on maps, what they become, and where the gradient goes."""

from __future__ import annotations

import numpy as np

from coursekit.plots.convolution_backward import matrices
from coursekit.plots.style import BLUE, COLOURS, GREEN, ORANGE, figure


def maps(arrays, labels, title="", *, windows=None, winners=None):
    """Show small maps in a row with their numbers, windows framed and winners ringed.

    arrays: list of (H, W); labels: a line above each.
    windows: for some positions in the list, frames (row, column, height, width); frames of the same
        number in their lists share a colour, so a window and its output can be matched.
    winners: for some positions, the (row, column) pixels to ring.
    """
    axes = matrices(arrays, labels, title)
    for position, frames in (windows or {}).items():
        for number, frame in enumerate(frames):
            _frame(axes[position], *frame, color=COLOURS[number % len(COLOURS)])
    for position, places in (winners or {}).items():
        for row, column in places:
            axes[position].plot(column, row, "o", ms=21, mfc="none", mec="k", mew=2)
    return axes


def windows(height, width, settings, title=""):
    """Show how windows lie on a map of height × width pixels, one picture for each setting.

    settings: list of (size, stride).  Pixels that no window sees are hatched.
    """
    made, axes = figure(1, len(settings), size=(3.1, 3.1 * height / width + 0.7), title=title)
    for each, (size, stride) in zip(np.atleast_1d(axes), settings, strict=True):
        rows, cols = (height - size) // stride + 1, (width - size) // stride + 1
        seen = np.zeros((height, width), bool)
        for r, c in np.ndindex(rows, cols):
            y, x = r * stride, c * stride
            seen[y : y + size, x : x + size] = True
            # windows that overlap would hide each other's edges: draw them a little smaller
            inset = 0.06 + 0.09 * ((r + c) % 2 if stride < size else 0)
            colour = COLOURS[(r + c) % 2] if stride < size else BLUE
            _frame(each, y, x, size, size, color=colour, inset=inset)
        for y, x in np.argwhere(~seen):
            _square(each, y, x, 1, 1, fill=False, hatch="///", ec="0.6", lw=0)
        each.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), aspect="equal")
        each.set(xticks=np.arange(width + 1) - 0.5, yticks=np.arange(height + 1) - 0.5)
        each.tick_params(length=0, labelbottom=False, labelleft=False)
        each.grid(color="0.85", linewidth=1)
        each.spines[:].set_visible(False)
        each.set_title(f"size {size}, stride {stride}: {rows} × {cols} windows", fontsize=9)
        each.set_xlabel(f"{width} pixels", fontsize=9)
        each.set_ylabel(f"{height} pixels", fontsize=9)
    return made.axes


def curves(x, lines, *, xlabel, ylabel, title, log=False):
    """Show several curves over x; lines: {label: sequence}; log: powers of two upwards."""
    _, axes = figure(size=(6.4, 3.4), title=title)
    for (label, y), marker in zip(lines.items(), "osD^v", strict=False):
        axes.plot(x, y, marker=marker, markersize=4, label=label)
    if log:
        axes.set_yscale("log", base=2)
        axes.yaxis.set_major_formatter("{x:g}")
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_xticks(x)
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return axes


def before_and_after(counts, title=""):
    """Show counts as pairs of bars; counts: {what is counted: (before, after)}."""
    made, axes = figure(1, len(counts), size=(3.2, 2.8), title=title)
    for each, (what, pair) in zip(np.atleast_1d(axes), counts.items(), strict=True):
        bars = each.bar(("before", "after"), pair, width=0.6, color=(BLUE, GREEN))
        each.bar_label(bars, [f"{value:,}" for value in pair], fontsize=9, padding=2)
        each.set_ylabel(what)
        each.set_ylim(0, 1.15 * max(pair))
        each.set_yticks([])
    return made.axes


def stack(shapes, labels, title=""):
    """Show how side and channels of a map change from layer to layer.

    shapes: list of (C, H, W), the input first; labels: what each of them is.
    """
    made, axes = figure(size=(max(4.5, 0.62 * len(shapes) + 1.5), 3.6), title=title)
    place = np.arange(len(shapes))
    axes.plot(place, [shape[1] for shape in shapes], "o-", markersize=5, label="side (pixels)")
    axes.plot(place, [shape[0] for shape in shapes], "s--", markersize=5, label="channels")
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xticks(place, labels, rotation=60, ha="right", fontsize=8)
    axes.set(xlabel="behind which layer", ylabel="length (powers of two)")
    axes.grid(alpha=0.3)
    made.legend(*axes.get_legend_handles_labels(), loc="outside right center", frameon=False)
    return axes


def dots(values, *, xlabel, title):
    """Show one row of dots for each label, and their mean; values: {panel: {label: sequence}}."""
    rows = max(map(len, values.values()))
    made, axes = figure(1, len(values), size=(3.9, 0.4 * rows + 1.3), title=title)
    for each, (panel, lines) in zip(np.atleast_1d(axes), values.items(), strict=True):
        for row, numbers in enumerate(lines.values()):
            label = {"dots": "one run", "mean": "mean of the runs"} if row == 0 else {}
            each.plot(numbers, [row] * len(numbers), "o", color=BLUE, alpha=0.6,
                      label=label.get("dots"))  # fmt: skip
            each.plot(np.mean(numbers), row, "|", color=ORANGE, ms=22, mew=3,
                      label=label.get("mean"))  # fmt: skip
        each.set(xlabel=xlabel, ylim=(len(lines) - 0.5, -0.5))
        each.set_yticks(range(len(lines)), lines)
        each.set_title(panel, fontsize=9)
        each.grid(alpha=0.3)
    made.legend(*made.axes[0].get_legend_handles_labels(), loc="outside right center",
                frameon=False)  # fmt: skip
    return made.axes


def _frame(axes, row, column, height, width, *, color, inset=0.04):
    _square(axes, row, column, height, width, inset, fill=False, ec=color, lw=2.2, zorder=3)


def _square(axes, row, column, height, width, inset=0.0, **style):
    import matplotlib.pyplot as plt

    corner = column - 0.5 + inset, row - 0.5 + inset
    axes.add_patch(plt.Rectangle(corner, width - 2 * inset, height - 2 * inset, **style))
