"""Figures on overfitting and its cures: targets, weights, the moment to stop, boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from coursekit.plots.style import BLUE, COLOURS, ORANGE, count_along, figure


def bars(groups: Mapping[str, Sequence[float]], names: Sequence[str], *, ylabel, title):
    """Show numbers of a few classes as bars side by side; groups: {label: one number a class}."""
    _, axes = figure(size=(6.4, 3.0), title=title)
    width = 0.8 / len(groups)
    places = np.arange(len(names))
    for number, (label, values) in enumerate(groups.items()):
        shift = (number - (len(groups) - 1) / 2) * width
        drawn = axes.bar(places + shift, values, 0.92 * width, label=label, color=COLOURS[number])
        axes.bar_label(drawn, fmt="%.3g", fontsize=7, padding=1)
    axes.set_xticks(places, names)
    axes.set(ylabel=ylabel, xlabel="class")
    axes.margins(y=0.12)
    axes.legend(frameon=False, fontsize=9)
    return axes


def weight_histograms(groups: Mapping[str, np.ndarray], title="", *, reach=0.3):
    """Show how weights are spread, one panel each, counts on a logarithmic axis.

    Weights beyond ±reach are counted in the outermost bars.
    """
    made, panels = figure(1, len(groups), size=(9.6 / len(groups), 2.7), title=title)
    bins = np.linspace(-reach, reach, 42)
    for axes, (label, weights) in zip(np.atleast_1d(panels), groups.items(), strict=True):
        axes.hist(np.clip(np.ravel(weights), -reach, reach), bins, color=BLUE)
        axes.set(yscale="log", xlabel="weight", ylim=(0.7, np.size(weights) * 1.5))
        axes.set_title(label, fontsize=9)
    made.axes[0].set_ylabel("how many weights")
    return made.axes


def stopping(losses: Mapping[str, Sequence[float]], watched: str, kept: int, stop: int, title=""):
    """Show losses by epoch, with the epoch to keep and the epoch of the stop on one of them."""
    _, axes = figure(size=(6.2, 3.2), title=title)
    for style, (label, values) in zip(("-", "--", "-."), losses.items(), strict=False):
        axes.plot(range(len(values)), values, style, label=label)
    axes.plot(kept, losses[watched][kept], "o", ms=9, color=ORANGE, label=f"kept: epoch {kept}")
    axes.axvline(stop, color="0.4", ls=":", label=f"stop: epoch {stop}")
    axes.set(xlabel="epoch", ylabel="loss")
    count_along(axes.xaxis)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=9)
    return axes


def boxed(images, boxes, labels, title=""):
    """Show pictures, each with a box (left, top, right, bottom) in pixels drawn on it."""
    from matplotlib.patches import Rectangle

    made, panels = figure(1, len(images), size=(2.6, 2.5), title=title)
    for axes, image, box, label in zip(np.atleast_1d(panels), images, boxes, labels, strict=True):
        left, top, right, bottom = (float(edge) for edge in box)
        axes.imshow(image, cmap="gray", vmin=0, vmax=1)
        place = (left - 0.5, top - 0.5)  # imshow puts the middle of the first pixel at 0
        axes.add_patch(Rectangle(place, right - left, bottom - top, fill=False, ec=ORANGE, lw=2.5))
        axes.set_axis_off()
        axes.set_title(label, fontsize=9)
    return made.axes


def rings(axis: Sequence[float], loss: np.ndarray, penalties: Mapping, marks: Mapping, title=""):
    """Show a loss over two weights as contours, and each penalty's own contour through its minimum.

    axis: values of both weights; loss: (n, n), loss[i, j] at w₂ = axis[i], w₁ = axis[j];
    penalties: {label: (n, n)}; marks: {label: (w₁, w₂)}, the minimum of loss and that penalty.
    One ring of the loss goes through that minimum; a cross marks the minimum without a penalty.
    """
    axis = np.asarray(axis)
    made, panels = figure(1, len(penalties), size=(3.4, 3.2), title=title)
    row, column = np.unravel_index(np.argmin(loss), loss.shape)
    for axes, (label, penalty) in zip(np.atleast_1d(panels), penalties.items(), strict=True):
        axes.contour(axis, axis, loss, levels=9, cmap="viridis", linewidths=0.7, alpha=0.6)
        w1, w2 = marks[label]
        there = np.abs(axis - w2).argmin(), np.abs(axis - w1).argmin()
        axes.contour(axis, axis, loss, levels=[loss[there]], colors=BLUE, linewidths=1.6)
        axes.contour(axis, axis, penalty, levels=[penalty[there]], colors=ORANGE, linewidths=1.6)
        axes.plot(axis[column], axis[row], "x", color="k")
        axes.plot(w1, w2, "o", color=ORANGE)
        axes.axhline(0, color="0.6", lw=0.7)
        axes.axvline(0, color="0.6", lw=0.7)
        axes.set(xlabel="$w_1$", ylabel="$w_2$", aspect="equal")
        axes.set_title(f"{label}: best weights ({w1:.2f}, {w2:.2f})", fontsize=9)
    return made.axes


def runs(values: Mapping[str, tuple], title=""):
    """Show one dot for each run and a bar at their mean, a row for each label.

    values: {panel: ({label: one number a run}, label of the axis)}; labels are alike in all panels.
    """
    labels = list(next(iter(values.values()))[0])
    size = (9.6 / len(values), 0.3 * len(labels) + 1.2)
    made, panels = figure(1, len(values), size=size, title=title)
    panels = np.atleast_1d(panels)
    for axes, (panel, (rows, xlabel)) in zip(panels, values.items(), strict=True):
        for row, numbers in enumerate(rows.values()):
            axes.plot(numbers, [row] * len(numbers), "o", ms=5, color=BLUE, alpha=0.6)
            axes.plot(np.mean(numbers), row, "|", color=ORANGE, ms=16, mew=3)
        axes.axvline(np.mean(rows[labels[0]]), color="0.6", ls=":")
        axes.set(ylim=(len(labels) - 0.5, -0.5))
        axes.set_xlabel(xlabel, fontsize=9)
        axes.set_yticks(range(len(labels)), labels if axes is panels[0] else [""] * len(labels))
        axes.set_title(panel.replace(": ", ":\n"), fontsize=9)
        axes.grid(alpha=0.3)
    dot, mean, *_, line = panels[0].lines
    names = ["one run", "mean", f"mean of “{labels[0]}”"]
    made.legend(
        [dot, mean, line], names, loc="outside lower center", ncols=3, frameon=False, fontsize=8,
        markerscale=0.7,
    )  # fmt: skip
    return made.axes
