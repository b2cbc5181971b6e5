"""Drawn networks: neurons as circles, weights as lines, with the numbers of a real cycle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from coursekit.plots.style import BLUE, ORANGE, figure


def network(weights, values, title="", *, errors: Sequence | None = None, digits=4, axes=None):
    """Draw a layered network with a number in every neuron and its weight on every line.

    weights: list of matrices (neurons before, neurons after).
    values: one sequence a layer, inputs first: what each neuron gives.
    errors: one sequence a layer, as ``values``; None for a layer without.  If given, these stand in
    the neurons in place of the values, and the arrows point backward.
    axes: where to draw; without it, a figure of its own is made.
    Blue lines are positive weights, orange dashed ones negative; thick means large.
    """
    if axes is None:
        _, axes = figure(size=(8.2, 3.2), title=title)
    elif title:
        axes.set_title(title, fontsize=10)
    sizes = [len(weights[0]), *(w.shape[1] for w in weights)]
    tallest, width = max(sizes), 2.4
    places = [
        [(width * layer, (size - 1) / 2 - row) for row in range(size)]
        for layer, size in enumerate(sizes)
    ]
    largest = max(float(np.abs(w).max()) for w in weights)
    for w, (before, after) in zip(weights, pairwise(places), strict=True):
        for (i, start), (j, end) in ((a, b) for a in enumerate(before) for b in enumerate(after)):
            _weight(axes, start, end, w[i, j], largest, 0.27, backward=errors is not None)
    shown = values if errors is None else errors
    number = 0
    for column, numbers in zip(places, shown, strict=True):
        for row, (x, y) in enumerate(column):
            number += 1
            inside = "input" if numbers is None else f"{numbers[row]:.{digits}f}"
            grey = "0.6" if numbers is None else "0.1"
            box = {"boxstyle": "round,pad=0.55", "facecolor": "w", "edgecolor": grey}
            text = inside.replace("-", "−")
            axes.text(
                x, y, text, ha="center", va="center", fontsize=9, color=grey, bbox=box, zorder=3
            )
            axes.text(x, y + 0.27, f"{number}", ha="center", fontsize=8, color="0.35")
    axes.set(xlim=(-0.5, width * (len(sizes) - 1) + 0.5))
    axes.set(ylim=(-tallest / 2 + 0.15, tallest / 2 - 0.05))
    axes.set_axis_off()
    return axes


def _weight(axes, start, end, weight, largest, along, *, backward):
    colour, style = (BLUE, "-") if weight >= 0 else (ORANGE, (0, (4, 2)))
    tail, tip = (end, start) if backward else (start, end)
    axes.annotate(
        "",
        tip,
        tail,
        arrowprops={
            "arrowstyle": "-|>",
            "color": colour,
            "linestyle": style,
            "linewidth": 0.8 + 2.2 * abs(weight) / largest,
            "shrinkA": 24,
            "shrinkB": 24,
        },
        zorder=1,
    )
    x, y = np.array(start) + along * (np.array(end) - np.array(start))
    axes.text(
        x, y, f"{weight:g}".replace("-", "−"), ha="center", va="center", fontsize=8, color=colour,
        bbox={"boxstyle": "round,pad=0.12", "facecolor": "w", "edgecolor": "none"}, zorder=2,
    )  # fmt: skip


def cycle(weights, values, errors, title=""):
    """Draw a network twice: forward with its outputs, backward with the error δ of each neuron."""
    made, (above, below) = figure(2, 1, size=(8.2, 2.9), title=title)
    network(weights, values, "forward: in each neuron its output", axes=above)
    network(weights, values, "backward: in each neuron its δ", errors=errors, axes=below)
    return made.axes


def neuron(x, w, b, activation: Callable, name: str, title=""):
    """Draw one neuron at work: inputs, weights, the sum z, the activation and its output."""
    _, axes = figure(size=(8.2, 2.9), title=title)
    x, w = np.asarray(x, float), np.asarray(w, float)
    z = float(x @ w + b)
    rows = np.linspace(1, -1, len(x) + (b != 0))
    body = {"boxstyle": "round,pad=0.5", "facecolor": "w", "edgecolor": "0.2"}
    for row, (value, weight) in enumerate(zip(x, w, strict=True)):
        start = (0, rows[row])
        axes.text(*start, f"$x_{row + 1}$ = {value:g}", ha="center", va="center", bbox=body)
        _weight(axes, start, (2.6, 0), weight, float(np.abs(w).max()), 0.5, backward=False)
    if b:
        axes.text(0, rows[-1], "1", ha="center", va="center", bbox=body)
        _weight(axes, (0, rows[-1]), (2.6, 0), b, float(np.abs(w).max()), 0.5, backward=False)
    axes.text(2.6, 0, f"sum\nz = {z:.4g}", ha="center", va="center", bbox=body)
    axes.annotate("", (4.15, 0), (3.15, 0), arrowprops={"arrowstyle": "-|>", "color": "0.3"})
    inset = axes.inset_axes((4.2, -0.75, 1.6, 1.5), transform=axes.transData)
    points = np.linspace(-6, 6, 121)
    inset.plot(points, activation(points), color=BLUE)
    inset.plot([z], [float(activation(z))], "o", color=ORANGE)
    inset.set_xlabel("z", fontsize=8, labelpad=0)
    inset.set_title(name, fontsize=9)
    inset.tick_params(labelsize=7)
    inset.grid(alpha=0.3)
    axes.annotate("", (6.9, 0), (5.95, 0), arrowprops={"arrowstyle": "-|>", "color": "0.3"})
    output = f"output\n{float(activation(z)):.4f}"
    axes.text(7.3, 0, output, ha="center", va="center", bbox=body)
    axes.set(xlim=(-0.7, 7.9), ylim=(-1.5, 1.5))
    axes.set_axis_off()
    return axes
