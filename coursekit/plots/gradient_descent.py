"""Pictures of errors as hills, and of ways down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from coursekit.plots.style import BLUE, COLOURS, GREEN, ORANGE, figure

LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))


# ---------------------------------------------------------------- samples


def samples(groups: Mapping[str, Sequence[int]], title="", *, columns=20):
    """Show numbered samples as squares, in the order of the groups, one colour a group."""
    numbers = [(name, int(n)) for name, rows in groups.items() for n in rows]
    height = -(-len(numbers) // columns)
    _, axes = figure(size=(7.2, 0.36 * height + 0.9), title=title)
    shown = {}
    for place, (name, number) in enumerate(numbers):
        y, x = divmod(place, columns)
        colour = COLOURS[list(groups).index(name) % len(COLOURS)]
        square = _square(x, y, facecolor=colour)
        axes.add_patch(square)
        shown.setdefault(name, square)
        axes.text(x, y, number, ha="center", va="center", color="w", fontsize=8, weight="bold")
    axes.set(xlim=(-0.6, columns - 0.4), ylim=(height - 0.4, -0.6), aspect="equal")
    axes.set_axis_off()
    axes.legend(
        shown.values(), shown, loc="upper center", bbox_to_anchor=(0.5, 0.0), frameon=False,
        ncols=min(len(shown), 5), fontsize=9,
    )  # fmt: skip
    return axes


def class_counts(parts: Mapping[str, Mapping[str, Sequence[int]]], classes, title=""):
    """Show how many samples of each class are in each part, one panel a way to split.

    parts: {way: {part: counts}}, the counts in the order of ``classes``.
    """
    made, axes = figure(1, len(parts), size=(3.4, 2.7), title=title)
    for each, (way, counts) in zip(np.atleast_1d(axes), parts.items(), strict=True):
        below = np.zeros(len(counts))
        for number, name in enumerate(classes):
            heights = np.array([values[number] for values in counts.values()])
            bars = each.bar(
                list(counts), heights, 0.6, bottom=below, color=COLOURS[number], label=name
            )
            each.bar_label(
                bars, [h or "" for h in heights], label_type="center", color="w", weight="bold"
            )
            below += heights
        each.set_title(way, fontsize=9)
        each.set_ylabel("samples")
    made.axes[-1].legend(frameon=False, fontsize=9)
    return made.axes


def _square(x, y, **style):
    import matplotlib.pyplot as plt

    return plt.Rectangle((x - 0.45, y - 0.45), 0.9, 0.9, **style)


# ---------------------------------------------------------------- errors and their slopes


def errors_and_slopes(difference, errors: Mapping[str, tuple], title=""):
    """Show error functions beside each other, each with its slope; errors: {name: (E, slope)}."""
    made, axes = figure(1, len(errors), size=(3.0, 2.7), title=title)
    for each, (name, (error, slope)) in zip(np.atleast_1d(axes), errors.items(), strict=True):
        each.axhline(0, color="0.6", linewidth=0.8)
        each.plot(difference, error, color=BLUE, label="error")
        each.plot(difference, slope, color=ORANGE, linestyle="--", label="its slope")
        each.set_title(name, fontsize=10)
        each.set_xlabel("output − target")
        each.grid(alpha=0.3)
    made.axes[0].set_ylabel("error, and slope")
    made.axes[0].legend(frameon=False, fontsize=9)
    return made.axes


def surface_and_cut(f: Callable, first, second, at: float, title=""):
    """Show an error over two weights as a map, and beside it the cut where the second is ``at``."""
    _, (above, beside) = figure(1, 2, size=(4.2, 3.2), title=title)
    shown = _contours(above, f, first, second)
    above.figure.colorbar(shown, ax=above, label="error E")
    above.axhline(at, color=ORANGE, linestyle="--", linewidth=2)
    above.set_title(f"from above; dashed: the cut at $w_2$ = {at:g}", fontsize=9)
    beside.plot(first, [f(np.array([w, at])) for w in first], color=ORANGE, linestyle="--")
    beside.set(xlabel="first weight $w_1$", ylabel="error E", ylim=(0, None))
    beside.set_title("the cut: one weight, one curve", fontsize=9)
    beside.grid(alpha=0.3)
    return above, beside


def slopes(f: Callable, slope: Callable, weights, places: Sequence[float], title=""):
    """Show a curve with its tangents at some places, and which way the weight has to go there."""
    _, axes = figure(size=(6.4, 3.6), title=title)
    weights = np.asarray(weights)
    heights = np.array([f(w) for w in weights])
    axes.plot(weights, heights, color=BLUE)
    reach, room = 0.08 * np.ptp(weights), 0.09 * np.ptp(heights)
    for place in places:
        height, steep = f(place), slope(place)
        axes.plot(place, height, "o", color=ORANGE)
        around = np.array([place - reach, place + reach])
        axes.plot(around, height + steep * (around - place), color=ORANGE, linewidth=2)
        flat = abs(steep) < 1e-6
        text = "0" if flat else f"{steep:+.1f}".replace("-", "−")
        axes.text(place, -2.1 * room, text, ha="center", color=ORANGE, weight="bold")
        if not flat:
            axes.annotate(
                "", (place - 1.4 * np.sign(steep) * reach, -room), (place, -room),
                arrowprops={"arrowstyle": "-|>", "color": GREEN, "linewidth": 2},
            )  # fmt: skip
    axes.set(xlabel="weight w", ylabel="error E", ylim=(-2.6 * room, heights.max() + room))
    axes.plot([], [], color=ORANGE, linewidth=2, label="the slope, below as a number")
    axes.plot([], [], color=GREEN, linewidth=2, label="which way w has to go")
    axes.legend(loc="upper center", frameon=False, fontsize=9)
    axes.grid(alpha=0.3)
    return axes


def lines(x, curves: Mapping[str, Sequence[float]], *, xlabel, ylabel, title, log="", steps=False):
    """Show curves over x; log: the axes that are logarithmic ("", "x", "y" or "xy")."""
    _, axes = figure(size=(5.8, 3.2), title=title)
    for style, (name, y) in zip(LINES, curves.items(), strict=False):
        axes.plot(x, y, linestyle=style, label=name, drawstyle="steps-post" if steps else "default")
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_xscale("log" if "x" in log else "linear")
    axes.set_yscale("log" if "y" in log else "linear")
    if "x" not in log:
        axes.xaxis.get_major_locator().set_params(integer=True)
    low, high = axes.get_ylim()
    if "y" in log and high < 100 * low:  # too short for powers of ten
        for formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
            formatter(lambda y, _: f"{y:g}" if f"{y:e}"[0] in "1235" else "")
    axes.grid(alpha=0.3)
    if len(curves) > 1:
        axes.legend(frameon=False, fontsize=9)
    return axes


# ---------------------------------------------------------------- ways down


def ways_on_a_curve(f: Callable, weights, paths: Mapping[str, Sequence[float]], title=""):
    """Show one curve a panel, each with a path of weights on it, from ○ to ●."""
    made, axes = figure(1, len(paths), size=(min(4.8, 9.6 / len(paths)), 2.8), title=title)
    weights = np.asarray(weights)
    heights = np.array([f(w) for w in weights])
    top = heights.max()
    for each, (name, path) in zip(np.atleast_1d(axes), paths.items(), strict=True):
        path = np.ravel(path)
        inside = (path >= weights[0]) & (path <= weights[-1])
        if not inside.all():  # a path that leaves the picture is shown up to there
            path = path[: np.argmin(inside)]
        errors = [f(w) for w in path]
        each.plot(weights, heights, color=BLUE, linewidth=1)
        each.plot(path, errors, ".-", color=ORANGE, linewidth=1, markersize=5)
        each.plot(path[0], errors[0], "o", color=ORANGE, markerfacecolor="w", markersize=8)
        each.plot(path[-1], errors[-1], "o", color=ORANGE, markersize=8)
        each.set(xlabel="weight w", ylim=(min(0, heights.min()), 1.05 * top))
        each.set_title(name, fontsize=9)
        each.grid(alpha=0.3)
    made.axes[0].set_ylabel("error E")
    return made.axes


def ways_over_contours(f: Callable, first, second, paths: Mapping, title="", *, columns=3):
    """Show paths (steps + 1, 2) over the map of an error, one panel a path, from ○ to ●."""
    rows, columns = -(-len(paths) // columns), min(columns, len(paths))
    made, axes = figure(rows, columns, size=(3.1, 2.7), title=title)
    for each in np.ravel(axes)[len(paths) :]:
        each.set_axis_off()
    for each, (name, path) in zip(np.ravel(axes), paths.items(), strict=False):
        path = np.asarray(path)
        _contours(each, f, first, second)
        each.plot(*path.T, ".-", color=ORANGE, linewidth=1.2, markersize=4)
        each.plot(*path[0], "o", color=ORANGE, markerfacecolor="w", markersize=8)
        each.plot(*path[-1], "o", color=ORANGE, markersize=8)
        each.set(xlim=(first[0], first[-1]), ylim=(second[0], second[-1]))
        each.set_title(name, fontsize=9)
    return made.axes


def map_of_success(learning_rates, momenta, success, title="", *, mark=None):
    """Show for which pairs a descent succeeds; success: booleans (momenta, learning rates)."""
    _, axes = figure(size=(5.8, 3.6), title=title)
    axes.pcolormesh(
        learning_rates, momenta, success, cmap="cividis", vmin=0, vmax=1, shading="nearest"
    )
    axes.set(xscale="log", xlabel="learning rate", ylabel="momentum")
    if mark is not None:
        axes.plot(*mark, "*", color=ORANGE, markersize=16, markeredgecolor="k", label="your choice")
    for colour, name in (("#FDE737", "reaches the deeper valley"), ("#00224E", "does not")):
        axes.plot([], [], "s", color=colour, markeredgecolor="k", label=name)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False, ncols=3, fontsize=9)
    return axes


def inks(pictures: Mapping[str, np.ndarray], weights, title=""):
    """Show pictures of ink (H, W) beside the weights (H, W) that judge them."""
    made, axes = figure(1, len(pictures) + 1, size=(2.7, 2.5), title=title)
    for each, (name, picture) in zip(axes, pictures.items(), strict=False):
        shown = each.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        each.set_title(name, fontsize=9)
    made.colorbar(shown, ax=axes[-2], label="ink", shrink=0.8)
    reach = np.abs(weights).max()
    shown = axes[-1].imshow(weights, cmap="PuOr_r", vmin=-reach, vmax=reach)
    axes[-1].set_title("weights", fontsize=9)
    made.colorbar(shown, ax=axes[-1], label="weight", shrink=0.8)
    for each in axes:
        each.set_axis_off()
    return made.axes


def _contours(axes, f, first, second):
    """Draw the map of f over two weights, with more lines near the bottom."""
    heights = np.array([[f(np.array([a, b])) for a in first] for b in second])
    levels = heights.min() + np.ptp(heights) * np.linspace(0, 1, 13) ** 2.5
    shown = axes.contourf(first, second, heights, levels=levels, cmap="cividis")
    axes.contour(first, second, heights, levels=levels, colors="w", linewidths=0.4)
    axes.set(xlabel="first weight $w_1$", ylabel="second weight $w_2$")
    return shown
