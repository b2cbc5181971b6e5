"""Pictures of depth: a block with its two ways, gradients by layer, channels, heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from coursekit.plots.style import BLUE, GREEN, ORANGE, PURPLE, SKY, count_along, figure


def block(values: Mapping[str, str] | None = None, title=""):
    """Draw a residual block: the branch with its two convolutions, the skip, the sum.

    values: text for some places, the value on the way forward and, behind a newline, the gradient
    on the way back.  Places: "x", "first" (behind the first convolution), "hidden" (behind its
    relu), "branch" (behind the second), "sum", "out".
    """
    _, axes = figure(size=(9.0, 2.9), title=title)
    boxes = (("conv", 1.9), ("relu", 3.5), ("conv", 5.1), ("relu", 8.2))
    for text, x in boxes:
        _box(axes, x, 0, text)
    axes.text(6.65, 0, "+", ha="center", va="center", fontsize=15, zorder=3)
    axes.scatter([6.65], [0], s=420, c="white", edgecolors="0.2", zorder=2)
    ends = (0.0, 1.45), (2.35, 3.05), (3.95, 4.65), (5.55, 6.38), (6.92, 7.75), (8.65, 9.6)
    for start, end in ends:
        _arrow(axes, (start, 0), (end, 0))
    axes.plot([0.55, 0.55, 6.65], [0, 1.2, 1.2], color=BLUE, lw=2)
    _arrow(axes, (6.65, 1.2), (6.65, 0.27), color=BLUE)
    axes.text(3.5, 1.27, "skip: x as it is", ha="center", va="bottom", color=BLUE)
    axes.text(3.5, -0.42, "branch F(x)", ha="center", va="top", fontsize=9, color="0.35")
    places = {"x": 0.15, "first": 2.7, "hidden": 4.3, "branch": 5.95, "sum": 7.33, "out": 9.3}
    for place, text in (values or {}).items():
        forward, _, backward = text.partition("\n")
        axes.text(places[place], -0.75, forward, ha="center", va="top", color="k", fontsize=10)
        axes.text(places[place], -1.15, backward, ha="center", va="top", color=ORANGE, fontsize=10)
    if values:
        axes.text(-0.45, -0.75, "forward", ha="right", va="top", fontsize=9)
        axes.text(-0.45, -1.15, "gradient", ha="right", va="top", fontsize=9, color=ORANGE)
    axes.text(-0.1, 0, "x", ha="right", va="center", fontsize=12)
    axes.text(9.7, 0, "out", ha="left", va="center", fontsize=12)
    axes.set(xlim=(-1.7 if values else -0.5, 10.3), ylim=(-1.5 if values else -0.8, 1.7))
    axes.set_axis_off()
    return axes


def gradient_grid(norms: Mapping[tuple[str, str], Mapping[str, Sequence[float]]], title=""):
    """Show gradient norms by block for every pair of choices: one panel a pair, one line a net.

    norms: {(row label, column label): {line label: norms, the first block first}}.
    """
    rows = list(dict.fromkeys(row for row, _ in norms))
    columns = list(dict.fromkeys(column for _, column in norms))
    made, axes = figure(len(rows), len(columns), size=(3.6, 2.4), title=title)
    axes = np.reshape(axes, (len(rows), len(columns)))
    everything = np.concatenate([values for lines in norms.values() for values in lines.values()])
    for (row, column), lines in norms.items():
        panel = axes[rows.index(row), columns.index(column)]
        for (label, values), style in zip(lines.items(), ("o--", "s-"), strict=False):
            panel.plot(np.arange(len(values)), values, style, markersize=4, label=label)
        panel.set(yscale="log", ylim=(0.3 * min(everything), 3 * max(everything)))
        count_along(panel.xaxis)
        panel.set_title(f"{row}, {column}", fontsize=9)
        panel.grid(alpha=0.3)
    for panel in axes[-1]:
        panel.set_xlabel("block (0: the first layer)")
    for panel in axes[:, 0]:
        panel.set_ylabel("gradient norm")
    made.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    return made.axes


def histograms(before, after, title=""):
    """Show how the values of each channel are spread, before and after; both (N, C, H, W)."""
    made, axes = figure(1, 2, size=(4.4, 2.8), title=title)
    styles = zip((BLUE, ORANGE, GREEN, PURPLE, SKY), ("-", "--", "-.", ":", "-"), strict=True)
    styles = list(styles)
    for panel, x, label in zip(axes, (before, after), ("before", "after"), strict=True):
        low, high = np.percentile(x, [0.5, 99.5])
        for channel in range(x.shape[1]):
            colour, line = styles[channel % len(styles)]
            share, edges = np.histogram(x[:, channel], bins=40, range=(low, high), density=True)
            middle = (edges[1:] + edges[:-1]) / 2
            panel.plot(middle, share, line, color=colour, label=f"channel {channel}")
        panel.set(xlabel="value", ylabel="density", title=label)
        panel.grid(alpha=0.3)
    made.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    return made.axes


def sum_or_concatenation(first, growth, layers, title=""):
    """Show the channels behind each layer when results are added, and when they are put beside.

    first: channels of the input; growth: channels that each layer puts beside; layers: how many.
    """
    made, axes = figure(1, 2, size=(4.4, 2.8), title=title)
    place = np.arange(layers + 1)
    axes[0].bar(place, np.full(layers + 1, first), color=BLUE, width=0.8)
    axes[0].set_title("sum: always the same channels", fontsize=10)
    axes[1].bar(place, np.full(layers + 1, first), color=BLUE, width=0.8, label="input")
    for layer in range(1, layers + 1):
        axes[1].bar(
            place[layer:],
            np.full(layers + 1 - layer, growth),
            bottom=first + growth * (layer - 1),
            width=0.8,
            color=(SKY, ORANGE)[layer % 2],
            edgecolor="white",
            label={1: "from odd layers", 2: "from even layers"}.get(layer),
        )
    axes[1].set_title("concatenation: everything is kept", fontsize=10)
    axes[1].legend(frameon=False, fontsize=8, loc="upper left")
    for panel in axes:
        panel.set(xlabel="behind layer", ylabel="channels", ylim=(0, first + growth * layers))
    return made.axes


def heads(counts: Mapping[str, tuple[int, int]], title=""):
    """Show the parameters of two heads side by side; counts: {network: (flatten, gap)}."""
    _, axes = figure(size=(7.0, 0.75 * len(counts) + 1.2), title=title)
    place = np.arange(len(counts))
    for offset, label, colour, column in (
        (-0.2, "flatten", ORANGE, 0),
        (0.2, "global average pooling", BLUE, 1),
    ):
        values = [pair[column] for pair in counts.values()]
        bars = axes.barh(place + offset, values, 0.36, color=colour, label=label)
        axes.bar_label(bars, [f"{value:,}" for value in values], fontsize=9, padding=3)
    axes.set_xscale("log")
    axes.set_xlim(1, 60 * max(pair[0] for pair in counts.values()))
    axes.set_yticks(place, list(counts))
    axes.invert_yaxis()
    axes.set_xlabel("parameters of the head (logarithmic scale)")
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    return axes


def _box(axes, x, y, text):
    axes.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        zorder=3,
        bbox={"boxstyle": "round,pad=0.45", "facecolor": "0.93", "edgecolor": "0.3"},
    )


def _arrow(axes, start, end, color="0.2"):
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": color, "lw": 1.8})
