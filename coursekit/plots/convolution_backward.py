"""Pictures of a convolution on its way back: shared weights, spread gradients, learned kernels."""

from __future__ import annotations

import numpy as np

from coursekit.plots.style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    count_along,
    draw_when_shown,
    figure,
)

# One colour and one line style for each weight of a kernel: told apart without colour, too.
WEIGHTS = (BLUE, ORANGE, GREEN, PURPLE, SKY)
STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))


def shared_weights(inputs, kernel, *, only_input=None, only_weight=None, title=""):
    """Draw a 1-D convolution as a layer of neurons; links of one weight share a colour.

    inputs: how many inputs; kernel: how many weights.  With ``only_input`` or ``only_weight`` all
    other links are pale, and those left are labelled.
    """
    outputs = inputs - kernel + 1
    _, axes = figure(size=(5.6, 0.5 * inputs + 0.9), title=title)
    low = (kernel - 1) / 2  # an output stands in the middle of its window
    for t in range(outputs):
        for i in range(kernel):
            chosen = only_input in (None, t + i) and only_weight in (None, i)
            axes.plot(
                [0, 1],
                [t + i, t + low],
                color=WEIGHTS[i] if chosen else "0.85",
                linestyle=STYLES[i],
                linewidth=2 if chosen else 1,
                zorder=2 if chosen else 1,
            )
            if chosen and (only_input is not None or only_weight is not None):
                at = 0.3 if only_input is None else 0.6
                axes.text(
                    at,
                    t + i + at * (low - i),
                    f"w[{i}]",
                    color=WEIGHTS[i],
                    ha="center",
                    va="center",
                    fontsize=9,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
                    zorder=3,
                )
    for name, count, x, shift in (("x", inputs, 0, 0), ("out", outputs, 1, low)):
        axes.scatter([x] * count, np.arange(count) + shift, s=420, c="white", ec="0.2", zorder=4)
        for number in range(count):
            axes.text(x, number + shift, number, ha="center", va="center", fontsize=9, zorder=5)
        axes.text(x, -0.75, name, ha="center", va="center", fontsize=11)
    if only_input is None and only_weight is None:
        for i in range(kernel):
            axes.plot([], [], color=WEIGHTS[i], linestyle=STYLES[i], lw=2, label=f"w[{i}]")
        axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
    axes.set(xlim=(-0.12, 1.12), ylim=(inputs - 0.5, -1.1))
    axes.set_axis_off()
    return axes


def matrices(arrays, labels, title="", *, marks=None, digits=3, unit=0.42):
    """Show small matrices in a row, their numbers written in; zeros are pale.

    arrays: list of (H, W); labels: a line above each.
    marks: for some positions in the list, the (row, column) cells to frame.
    """
    import matplotlib.pyplot as plt

    arrays = [np.atleast_2d(np.asarray(array, float)) for array in arrays]
    widths = [max(array.shape[1], 2.2) for array in arrays]
    height = max(array.shape[0] for array in arrays)
    made, axes = plt.subplots(
        1,
        len(arrays),
        figsize=(unit * sum(widths) + 0.3 * len(arrays), unit * height + 0.8),
        dpi=80,
        width_ratios=widths,
        layout="constrained",
        squeeze=False,
    )
    draw_when_shown(made)
    for number, (each, array, label) in enumerate(zip(axes[0], arrays, labels, strict=True)):
        top = float(np.abs(array).max()) or 1.0
        each.imshow(array, cmap="PuOr_r", vmin=-1.6 * top, vmax=1.6 * top)
        for (row, column), value in np.ndenumerate(array):
            each.text(
                column,
                row,
                f"{value:.{digits}g}".replace("-", "−"),
                ha="center",
                va="center",
                fontsize=9,
                color="0.6" if value == 0 else "k",
            )
        for row, column in (marks or {}).get(number, ()):
            each.add_patch(
                plt.Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, fill=False, lw=2.5, ec=BLUE)
            )
        each.set_title(label, fontsize=9)
        each.set(xticks=np.arange(array.shape[1] + 1) - 0.5, yticks=np.arange(len(array) + 1) - 0.5)
        each.tick_params(length=0, labelbottom=False, labelleft=False)
        each.grid(color="w", linewidth=1)
        each.spines[:].set_visible(False)
    if title:
        made.suptitle(title, fontsize=11)
    return made.axes


def pixel_and_windows(size, kernel, pixel, stride=1):
    """Show one input pixel, the outputs whose windows saw it, and by which weight.

    size: (H, W) of the input; kernel: (KH, KW); pixel: (row, column) of the input.
    """
    (height, width), (kh, kw), (y, x) = size, kernel, pixel
    rows, columns = (height - kh) // stride + 1, (width - kw) // stride + 1
    touched = [
        (r, c)
        for r in range(rows)
        for c in range(columns)
        if 0 <= y - stride * r < kh and 0 <= x - stride * c < kw
    ]
    count = f"{len(touched)} window{'s' * (len(touched) != 1)}"
    made, (left, right) = figure(
        1,
        2,
        size=(3.9, 3.4),
        title=f"Pixel ({y}, {x}) lies under {count}: its gradient is a sum of {len(touched)}",
    )
    for axes, (n, m), name in ((left, size, "input x"), (right, (rows, columns), "gradient dout")):
        axes.set(xlim=(-0.5, m - 0.5), ylim=(n - 0.5, -0.5), aspect="equal")
        axes.set(xticks=range(m), yticks=range(n), xlabel="column", ylabel="row")
        for row, column in np.ndindex(n, m):
            axes.add_patch(_square(column, row, 0.94, fc="0.93", ec="none"))
        axes.set_title(name, fontsize=9)
        axes.spines[:].set_visible(False)
    left.add_patch(_square(x, y, 0.94, fc=ORANGE, ec="none"))
    for number, (r, c) in enumerate(touched):
        colour, inset = WEIGHTS[number % len(WEIGHTS)], 0.07 * (number % len(WEIGHTS))
        left.add_patch(
            _square(
                stride * c + (kw - 1) / 2,
                stride * r + (kh - 1) / 2,
                kw - 0.1 - inset,
                kh - 0.1 - inset,
                fill=False,
                ec=colour,
                lw=2,
                ls=STYLES[number % len(STYLES)],
            )
        )
        right.add_patch(_square(c, r, 0.94, fc="white", ec=colour, lw=2))
        weight = f"× w[{y - stride * r},{x - stride * c}]"
        right.text(c, r, weight, ha="center", va="center", fontsize=8)
    return made.axes


def _square(x, y, width, height=None, **style):
    import matplotlib.pyplot as plt

    height = width if height is None else height
    return plt.Rectangle((x - width / 2, y - height / 2), width, height, **style)


def gradient_errors(errors, title):
    """Show relative errors of dx, dw and db for several layers, on a logarithmic axis.

    errors: {label of the layer: {"dx": error, …}}.
    """
    _, axes = figure(size=(6.4, 0.32 * len(errors) + 1.3), title=title)
    lowest = 1e-16  # an error of exactly 0 has no logarithm
    for name, marker, colour in (("dx", "o", BLUE), ("dw", "s", ORANGE), ("db", "^", GREEN)):
        values = [max(each[name], lowest) for each in errors.values()]
        axes.plot(values, range(len(errors)), marker, color=colour, label=name)
    axes.axvline(1e-9, color="0.4", linestyle="--", linewidth=1)
    axes.text(1.2e-9, -0.55, "the goal: below $10^{-9}$", fontsize=8, va="bottom", color="0.3")
    axes.set(xscale="log", xlim=(5e-17, 1e-6), ylim=(len(errors) - 0.5, -1.2))
    axes.set_yticks(range(len(errors)), list(errors))
    axes.set_xlabel("largest relative error against the numerical gradient")
    axes.legend(loc="center right", frameon=False)
    axes.grid(axis="x", alpha=0.3)
    return axes


def descents(losses, *, title, xlabel="step", ylabel="loss"):
    """Show how several losses fall, on a logarithmic axis; losses: {label: sequence}."""
    _, axes = figure(size=(5.8, 3.1), title=title)
    for style, (label, values) in zip(STYLES, losses.items(), strict=False):
        axes.plot(values, linestyle=style, label=label)
    axes.set(yscale="log", xlabel=xlabel, ylabel=ylabel)
    axes.grid(alpha=0.3)
    if len(losses) > 1:
        axes.legend(frameon=False)
    return axes


def lines(x, curves, *, xlabel, ylabel, title):
    """Show several curves over the same x, with their points; curves: {label: values}."""
    _, axes = figure(size=(5.8, 3.1), title=title)
    for style, mark, (label, values) in zip(STYLES, "os^Dv", curves.items(), strict=False):
        axes.plot(x, values, mark, linestyle=style, label=label)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return axes


def kernels(weights, labels, title="", *, rows=1):
    """Show kernels (KH, KW) as small pictures: orange positive, purple negative, white zero."""
    columns = -(-len(weights) // rows)
    made, axes = figure(rows, columns, size=(min(1.5, 10.5 / columns), 1.7), title=title)
    top = max(float(np.abs(weight).max()) for weight in weights) or 1.0
    panels = np.atleast_1d(axes).ravel()
    for each in panels:
        each.set_axis_off()
    for each, weight, label in zip(panels, weights, labels, strict=False):
        shown = each.imshow(weight, cmap="PuOr_r", vmin=-top, vmax=top)
        each.set_title(label, fontsize=9)
    bar = made.colorbar(shown, ax=list(panels), shrink=0.8, pad=0.01)
    bar.set_label("weight", fontsize=8)
    return made.axes


def learning(history, title=""):
    """Show the losses and accuracies of a training, epoch by epoch; history: an ``nn.History``."""
    _, (left, right) = figure(1, 2, size=(4.2, 3.0), title=title)
    epochs = np.arange(1, len(history.loss) + 1)
    for axes, name, scale in ((left, "loss", 1), (right, "accuracy", 100)):
        learned, unseen = getattr(history, name), getattr(history, f"validation_{name}")
        axes.plot(epochs, scale * np.array(learned), "o-", label="while learning")
        if unseen:
            axes.plot(epochs, scale * np.array(unseen), "s--", label="unseen pictures")
        axes.set(xlabel="epoch", ylabel=name if scale == 1 else f"{name} (%)")
        count_along(axes.xaxis)
        axes.grid(alpha=0.3)
    left.set_ylim(bottom=0)
    right.set_ylim(0, 100)
    left.legend(frameon=False)
    return left.figure.axes
