"""A window that slides: what lies under it, where it fits, what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from coursekit.plots.style import BLUE, COLOURS, GREEN, ORANGE, figure

SIGNED = "PuOr_r"  # orange above 0, white at 0, purple below


def window(x, w, out, place, *, stride=1, title=""):
    """Show one moment of a convolution: the window on each channel, the kernel, the output.

    x: (H, W) or (C, H, W), framed by zeros already; w: (KH, KW) or (C, KH, KW); out: (OH, OW);
    place: (r, c), the output that is being computed.
    """
    x, w = (np.reshape(each, (-1, *each.shape[-2:])) for each in (x, w))
    (r, c), (kh, kw) = place, w.shape[1:]
    count = len(x)
    made, axes = figure(count, 3, size=(2.7, 2.4), title=title)
    axes = np.reshape(axes, (count, 3))
    several = count > 1
    for k in range(count):
        _numbers(axes[k, 0], x[k], signed=False)
        _outline(axes[k, 0], stride * r, stride * c, kh, kw)
        _numbers(axes[k, 1], w[k])
        axes[k, 0].set_title(f"image, channel {k}" if several else "image", fontsize=9)
        axes[k, 1].set_title(f"kernel, channel {k}" if several else "kernel", fontsize=9)
        axes[k, 2].set_axis_off()
    middle = axes[count // 2, 2]
    middle.set_axis_on()
    _numbers(middle, out)
    _outline(middle, r, c, 1, 1)
    value = f"{out[r, c]:g}".replace("-", "−")
    middle.set_title(f"output: {value} at [{r}, {c}]", fontsize=9)
    axes[-1, 0].set_xlabel("column")
    axes[count // 2, 0].set_ylabel("row")
    return made.axes


def bands(x, w, b, out, place, *, stride=1, dilation=1, title=""):
    """Show one output of a layer: every input channel, every filter, every output map.

    x: (C, H, W), framed by zeros already; w: (F, C, KH, KW); b: (F,); out: (F, OH, OW);
    place: (f, r, c), the output that is being computed.  Under each channel of filter f stands
    what that channel adds.
    """
    (f, r, c), (count, channels, kh, kw) = place, w.shape
    rows = slice(stride * r, stride * r + dilation * (kh - 1) + 1, dilation)
    columns = slice(stride * c, stride * c + dilation * (kw - 1) + 1, dilation)
    under = np.zeros(x.shape[1:], bool)
    under[rows, columns] = True
    parts = [float(np.sum(x[k, rows, columns] * w[f, k])) for k in range(channels)]
    filters = x.shape[1] + 2.4  # the line where each band begins
    maps = filters + kh + 3.2
    width = max(
        channels * (x.shape[2] + 0.6), count * channels * (kw + 0.6), count * (out.shape[2] + 1.2)
    )
    height = maps + out.shape[1] + 0.3
    _, axes = figure(size=(min(9.0, 0.31 * width), 0.31 * height + 0.5), title=title)
    for y, head in (
        (-0.6, f"input: {channels} channels"),
        (filters - 0.6, f"{count} filters of {channels} channels"),
        (maps - 0.6, f"output: {count} maps"),
    ):
        axes.text(0, y, head, fontsize=9, fontweight="bold", va="center")
    for k in range(channels):
        _cells(axes, x[k], k * (x.shape[2] + 0.6), 0, under, BLUE)
    for g in range(count):
        for k in range(channels):
            left = (g * channels + k) * (kw + 0.6) + 0.6 * g
            _cells(axes, w[g, k], left, filters, np.full((kh, kw), g == f), ORANGE)
            if g == f:
                sign = "+ " if k and parts[k] >= 0 else ""
                text = f"{sign}{parts[k]:g}".replace("-", "− " if k else "−")
                axes.text(left + kw / 2, filters + kh + 0.6, text, ha="center", fontsize=9,
                          va="center", color=ORANGE)  # fmt: skip
        here = np.zeros(out.shape[1:], bool)
        here[r, c] = g == f
        _cells(axes, out[g], g * (out.shape[2] + 1.2), maps, here, GREEN)
    left = (f * channels + channels) * (kw + 0.6) + 0.6 * f
    ending = f"{b[f]:+g} (bias) = {out[f, r, c]:g}".replace("+", "+ ").replace("-", "− ")
    axes.text(left, filters + kh + 0.6, ending, fontsize=9, va="center", color=GREEN)
    axes.set(xlim=(-0.2, width + 0.2), ylim=(height, -1.2), aspect="equal")
    axes.set_axis_off()
    return axes


def _cells(axes, values, left, top, marked, colour):
    """Write numbers into cells whose corner is at (left, top); frame the marked ones."""
    from matplotlib.patches import Rectangle

    for (row, column), value in np.ndenumerate(values):
        hit = marked[row, column]
        axes.add_patch(
            Rectangle(
                (left + column, top + row),
                1,
                1,
                facecolor=(colour, 0.25) if hit else "none",
                edgecolor=colour if hit else "0.8",
                linewidth=1.5 if hit else 0.6,
                zorder=2 if hit else 1,
            )
        )
        axes.text(
            left + column + 0.5,
            top + row + 0.5,
            f"{value:g}".replace("-", "−"),
            ha="center",
            va="center",
            fontsize=8,
            color="k" if hit or value else "0.6",
            zorder=3,
        )


def kernels(weights, labels, title=""):
    """Show kernels (KH, KW) in a row, each weight in its place."""
    made, axes = figure(1, len(weights), size=(2.5, 2.6), title=title)
    for each, w, label in zip(np.atleast_1d(axes), weights, labels, strict=True):
        _numbers(each, w)
        each.set_title(label, fontsize=9)
        each.set_xlabel("j (column)")
    made.axes[0].set_ylabel("i (row)")
    return made.axes


def maps(outputs, labels, title=""):
    """Show feature maps (H, W) in a row: orange above 0, white at 0, purple below.

    Each map has its own scale, which is written below it.
    """
    import matplotlib as mpl

    steps = mpl.colormaps[SIGNED].resampled(15)  # few colours, so the file stays small
    rows, cols = np.shape(outputs[0])
    width = min(2.6, 9.5 / len(outputs))
    made, axes = figure(1, len(outputs), size=(width, width * rows / cols + 0.8), title=title)
    for each, out, label in zip(np.atleast_1d(axes), outputs, labels, strict=True):
        top = float(np.percentile(np.abs(out), 99)) or 1.0
        each.imshow(out, cmap=steps, vmin=-top, vmax=top, interpolation="nearest")
        each.set(xticks=[], yticks=[])
        each.spines[:].set_visible(False)
        each.set_title(label, fontsize=9)
        each.set_xlabel(f"purple −{top:.2g} … orange {top:.2g}", fontsize=8)
    return made.axes


def places(size, kernel, *, stride=1, padding=0, dilation=1, title=""):
    """Show where a kernel fits on one axis: one line for each place, its taps filled.

    size: length of the axis.  Pixels that no tap touches are orange.
    """
    span = dilation * (kernel - 1) + 1
    starts = range(-padding, size + padding - span + 1, stride)
    _, axes = figure(
        size=(0.42 * (size + 2 * padding) + 1.4, 0.34 * (len(starts) + 2) + 1.1), title=title
    )
    touched = {start + dilation * tap for start in starts for tap in range(kernel)}
    pixels = np.arange(-padding, size + padding)
    for p in pixels:
        inside = 0 <= p < size
        colour = "w" if not inside else "0.85" if p in touched else ORANGE
        axes.bar(p, 0.8, 0.9, bottom=-1.4, edgecolor="0.4", color=colour)
        axes.text(p, -1, "x" if inside else "0", ha="center", va="center", fontsize=8)
    for line, start in enumerate(starts):
        axes.plot([start, start + span - 1], [line, line], color=BLUE, lw=1)
        taps = start + dilation * np.arange(kernel)
        axes.plot(taps, [line] * kernel, "s", color=BLUE, markersize=9)
    axes.set_ylim(len(starts) - 0.4, -1.7)
    axes.set_yticks(range(len(starts)))
    axes.set_xticks(pixels)
    axes.set_xlabel("place on the axis (x: a pixel, 0: padding)")
    axes.set_ylabel("output")
    return axes


def fan(layers, size, title=""):
    """Show what the middle output of a stack sees: layers of (kernel, stride, dilation) over a row.

    size: number of pixels in the row at the bottom.
    """
    sizes, jumps = [size], [1.0]
    firsts = [0.0]  # where the first output of a layer stands, in pixels
    for kernel, stride, dilation in layers:
        span = dilation * (kernel - 1) + 1
        if sizes[-1] < span:
            raise ValueError(f"a row of {size} pixels is too short for {layers}: make it longer")
        firsts.append(firsts[-1] + (span - 1) / 2 * jumps[-1])
        sizes.append((sizes[-1] - span) // stride + 1)
        jumps.append(jumps[-1] * stride)
    _, axes = figure(size=(min(8.5, 0.26 * size + 1.6), 0.75 * len(sizes) + 0.9), title=title)
    seen = {sizes[-1] // 2}
    for level in range(len(layers), -1, -1):
        x = firsts[level] + jumps[level] * np.arange(sizes[level])
        inside = np.isin(np.arange(sizes[level]), sorted(seen))
        reach = max(seen) - min(seen) + 1
        axes.plot(x[~inside], [level] * int((~inside).sum()), "o", color="0.8", markersize=7)
        axes.plot(x[inside], [level] * int(inside.sum()), "o", color=ORANGE, markersize=7)
        if level:
            kernel, stride, dilation = layers[level - 1]
            below = set()
            for place in seen:
                for tap in range(kernel):
                    source = place * stride + tap * dilation
                    below.add(source)
                    axes.plot(
                        [x[place], firsts[level - 1] + jumps[level - 1] * source],
                        [level, level - 1], color=BLUE, lw=0.7, alpha=0.6, zorder=0,
                    )  # fmt: skip
            seen = below
    names = ["image"] + [f"layer {n + 1}" for n in range(len(layers))]
    axes.set_yticks(range(len(sizes)), names)
    axes.set_ylim(-0.5, len(layers) + 0.5)
    axes.set_xlabel(f"place in the row (pixels)\nfrom the first to the last that is seen: {reach}")
    return axes


def matrix(values, *, xlabel, ylabel, title=""):
    """Show a matrix with its numbers; zeros stay blank."""
    rows, columns = np.shape(values)
    _, axes = figure(size=(0.42 * columns + 1.3, 0.36 * rows + 1.3), title=title)
    _numbers(axes, values, blank=0.0)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    return axes


def columns(x, kernel, values, chosen: Sequence[int], title=""):
    """Show how windows become columns: some windows on the image, their columns in the matrix.

    x: (H, W); kernel: (KH, KW); values: (KH·KW, places), as im2col gives them at stride 1;
    chosen: which places to mark.
    """
    made, (left, right) = figure(1, 2, size=(4.6, 3.4), title=title)
    kh, kw = kernel
    across = x.shape[1] - kw + 1
    _numbers(left, x, signed=False)
    _numbers(right, values, signed=False)
    for place, colour in zip(chosen, COLOURS[: len(chosen)], strict=True):
        _outline(left, place // across, place % across, kh, kw, colour)
        _outline(right, 0, place, kh * kw, 1, colour)
    left.set_title("the image, three of its windows", fontsize=9)
    left.set(xlabel="column", ylabel="row")
    right.set_title("im2col: every window is a column", fontsize=9)
    right.set(xlabel="place of the window", ylabel="place in the window")
    return made.axes


def lines(x, curves: Mapping[str, Sequence[float]], *, xlabel, ylabel, title=""):
    """Show quantities that grow over powers of ten, one curve each with its name beside it."""
    _, axes = figure(size=(5.8, 3.3), title=title)
    for name, y in curves.items():
        (drawn,) = axes.plot(x, y, "o-", markersize=4)
        axes.annotate(
            name, (x[-1], y[-1]), xytext=(6, 0), textcoords="offset points", va="center",
            color=drawn.get_color(), fontsize=9,
        )  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(x, [str(value) for value in x])
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(alpha=0.3)
    return axes


def words(sentences: Sequence[Sequence[str]], scores, title=""):
    """Show what each window of words adds to the verdict on its sentence.

    sentences: one list of window texts for each sentence; scores: as many numbers for each.
    """
    made, axes = figure(1, len(sentences), size=(3.4, 3.2), title=title)
    reach = max(float(np.abs(each).max()) for each in scores)
    for each, texts, values in zip(np.atleast_1d(axes), sentences, scores, strict=True):
        place = np.arange(len(texts))
        values = np.asarray(values)
        each.barh(place, values, color=[GREEN if v > 0 else ORANGE for v in values])
        each.axvline(0, color="0.5", lw=0.8)
        each.set_yticks(place, texts, fontsize=8)
        each.set_xlim(-1.15 * reach, 1.15 * reach)
        each.invert_yaxis()
        mood = "positive" if values.sum() > 0 else "negative"
        each.set_xlabel(f"adds to the verdict; in all {mood}", fontsize=9)
    return made.axes


def _numbers(axes, values, *, signed=True, blank=None):
    """Show a small array, a number in every cell."""
    values = np.asarray(values)
    top = float(np.abs(values).max()) or 1.0
    if signed:  # pale enough for the numbers to be read
        axes.imshow(values, cmap=SIGNED, vmin=-1.6 * top, vmax=1.6 * top)
    else:
        axes.imshow(values, cmap="gray", vmin=-2 * top, vmax=top)
    small = 6 if max(values.shape) > 12 else 8
    for y, x in np.ndindex(values.shape):
        if values[y, x] != blank:
            text = f"{values[y, x]:.2g}".replace("-", "−")
            axes.text(x, y, text, ha="center", va="center", fontsize=small)
    step = 1 if max(values.shape) <= 12 else 2
    axes.set_xticks(range(0, values.shape[1], step))
    axes.set_yticks(range(0, values.shape[0], step))
    axes.tick_params(labelsize=7, length=2)


def _outline(axes, row, column, height, width, colour=ORANGE):
    from matplotlib.patches import Rectangle

    corner = (column - 0.5, row - 0.5)
    axes.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=colour, lw=2.5))
