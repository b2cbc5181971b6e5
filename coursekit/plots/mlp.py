"""Pictures of a small network that learns: slopes, scores, borders between classes, mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle

import numpy as np

from coursekit.plots.style import BLUE, GREEN, ORANGE, count_along, figure


def values_and_slopes(z, functions: Mapping[str, tuple], title=""):
    """Show activation functions, each with its slope; functions: {name: (values, slopes)}."""
    made, axes = figure(1, len(functions), size=(3.0, 2.8), title=title)
    for each, (name, (values, slopes)) in zip(np.atleast_1d(axes), functions.items(), strict=True):
        each.axhline(0, color="0.6", linewidth=0.8)
        each.plot(z, values, color=BLUE, label="value")
        each.plot(z, slopes, color=ORANGE, linestyle="--", label="slope")
        each.set_title(name, fontsize=10)
        each.set(xlabel="input z", ylim=(-1.2, 2.2))
        each.grid(alpha=0.3)
    made.axes[0].set_ylabel("value, and slope")
    made.axes[0].legend(frameon=False, fontsize=9)
    return made.axes


def scores_and_probabilities(logits, probabilities, names: Sequence[str], title=""):
    """Show the scores of one example as bars, and beside them the probabilities made of them."""
    made, (left, right) = figure(1, 2, size=(3.6, 2.7), title=title)
    for axes, heights, label, form in (
        (left, logits, "score (logit)", "{:.3g}"),
        (right, probabilities, "probability", "{:.3f}"),
    ):
        bars = axes.bar(names, heights, color=BLUE if axes is left else GREEN)
        axes.bar_label(bars, [form.format(h).replace("-", "−") for h in heights], fontsize=9)
        axes.set(ylabel=label, xlabel="class")
        axes.margins(y=0.15)
    right.set_ylim(0, 1.05)
    return made.axes


def decision_surfaces(models: Mapping[str, Callable], points, labels, title=""):
    """Show, for several models, the probability of class 1 all over the plane, and the points.

    models: {label: function of points (N, 2) that returns the probability of class 1, (N,)}.
    points: (N, 2); labels: (N,), 0 or 1.
    """
    made, axes = figure(1, len(models), size=(3.2, 3.1), title=title)
    low, high = points.min(axis=0) - 0.6, points.max(axis=0) + 0.6
    across, up = (np.linspace(low[k], high[k], 81) for k in (0, 1))
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    for each, (label, model) in zip(np.atleast_1d(axes), models.items(), strict=True):
        surface = np.asarray(model(grid)).reshape(len(up), len(across))
        shown = each.pcolormesh(
            across, up, surface, cmap="cividis", vmin=0, vmax=1, shading="nearest", rasterized=True
        )
        if surface.min() < 0.499 and surface.max() > 0.501:
            each.contour(across, up, surface, levels=[0.5], colors="w", linestyles="--")
        for value, marker, colour in ((0, "o", "w"), (1, "s", ORANGE)):
            chosen = points[labels == value]
            each.plot(
                *chosen.T, marker, color=colour, markeredgecolor="k", label=f"class {value}",
                markersize=9 if len(points) < 10 else 4,
            )  # fmt: skip
        each.set_title(label, fontsize=9)
        each.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    made.axes[0].legend(loc="upper right", fontsize=8)
    made.colorbar(shown, ax=made.axes, label="probability of class 1", shrink=0.8)
    return made.axes


def learning_curves(epochs, losses: Mapping, accuracies: Mapping, title=""):
    """Show losses and accuracies (shares from 0 to 1) over the epochs, one line a data set."""
    made, (left, right) = figure(1, 2, size=(4.2, 3.0), title=title)
    for axes, curves, label, scale in (
        (left, losses, "loss", 1),
        (right, accuracies, "accuracy (%)", 100),
    ):
        markers = cycle(("o-", "s--", "^:", "D-."))
        for marker, (name, values) in zip(markers, curves.items(), strict=False):
            axes.plot(epochs, scale * np.array(values), marker, markersize=4, label=name)
        axes.set(xlabel="epoch", ylabel=label)
        count_along(axes.xaxis)
        axes.grid(alpha=0.3)
    left.set_ylim(bottom=0)
    left.legend(frameon=False)
    return made.axes


def confusion_matrix(counts, names: Sequence[str], title=""):
    """Show how often each class (row) was taken for each class (column); counts: (K, K)."""
    _, axes = figure(size=(5.0, 4.6), title=title)
    counts = np.asarray(counts)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="cividis", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            dark = shares[row, column] < 0.5
            axes.text(
                column, row, count, ha="center", va="center", fontsize=8, color="w" if dark else "k"
            )
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="what the network says", ylabel="what it is")
    axes.spines[:].set_visible(False)
    return axes


def captioned(pictures, captions: Sequence[str], title="", *, columns=6):
    """Show small grey pictures in rows, dark ink on white, with a caption below each."""
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    made, axes = figure(rows, columns, size=(1.45, 1.75), title=title)
    panels = np.atleast_1d(axes).ravel()
    for each in panels:
        each.set_axis_off()
    for each, picture, caption in zip(panels, pictures, captions, strict=False):
        each.imshow(picture, cmap="gray_r")
        each.text(0.5, -0.06, caption, transform=each.transAxes, ha="center", va="top", fontsize=9)
    return made.axes
