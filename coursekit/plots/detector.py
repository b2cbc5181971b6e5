"""Figures of a detector: crops in rows, scores, counts, heat maps, boxes on a photo."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np

from coursekit.plots.style import BLUE, GREEN, ORANGE, figure

LABELLED = 12  # of more boxes, the scores would hide the photo


def _wrapped(title, inches):
    """Return a title in lines that fit above a figure of this width."""
    return textwrap.fill(title, int(11 * inches))


def rows(pictures: Mapping[str, Sequence], title="", *, labels=None, unit=0.85):
    """Show rows of small grey pictures, each row with its name; None leaves a place empty.

    pictures: {name of the row: pictures (H, W)}; labels: texts above the pictures, row by row.
    All pictures share one scale of greys, from the darkest pixel to the brightest of their row.
    """
    columns = max(map(len, pictures.values()))
    made, _ = figure(len(pictures), columns, size=(unit, unit + 0.1 * (labels is not None)))
    panels = np.array(made.axes).reshape(len(pictures), columns)
    for number, (name, row) in enumerate(pictures.items()):
        shown = [each for each in row if each is not None]
        low, high = min(map(np.min, shown)), max(map(np.max, shown))
        for column, panel in enumerate(panels[number]):
            panel.set_axis_off()
            if column >= len(row) or row[column] is None:
                continue
            panel.imshow(row[column], cmap="gray", vmin=low, vmax=high)
            if labels is not None:
                panel.set_title(labels[number][column], fontsize=8, pad=2)
        panels[number, 0].text(
            -0.12, 0.5, name, ha="right", va="center", transform=panels[number, 0].transAxes
        )
    made.suptitle(_wrapped(title, made.get_figwidth()), fontsize=11)
    return panels


def confusion(counts, title=""):
    """Show a confusion matrix (2, 2): rows the truth, columns the answers."""
    _, axes = figure(size=(3.6, 2.7), title=title)
    counts = np.asarray(counts)
    axes.imshow(np.log1p(counts), cmap="Blues", vmax=1.6 * np.log1p(counts.max()))
    for place in np.ndindex(2, 2):
        right = place[0] == place[1]
        text = f"{counts[place]}\n{'right' if right else 'wrong'}"
        axes.text(place[1], place[0], text, ha="center", va="center", fontsize=11)
    axes.set_xticks([0, 1], ["face", "background"])
    axes.set_yticks([0, 1], ["face", "background"])
    axes.set_xlabel("the answer")
    axes.set_ylabel("the truth")
    axes.spines[:].set_visible(False)
    return axes


def score_histogram(faces, backgrounds, title="", *, threshold=0.0, xlabel="logit"):
    """Show how the scores of faces and of backgrounds are spread; both (N,)."""
    _, axes = figure(size=(5.8, 2.9), title=title)
    bins = np.linspace(*np.percentile([*faces, *backgrounds], [0, 100]), 40)
    axes.hist(backgrounds, bins, color=ORANGE, alpha=0.65, label="backgrounds")
    axes.hist(faces, bins, color=BLUE, alpha=0.65, hatch="//", label="faces")
    axes.axvline(threshold, color="0.2", ls="--", label=f"threshold {threshold:g}")
    axes.set(xlabel=xlabel, ylabel="crops")
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_ylim(top=1.25 * axes.get_ylim()[1])  # room for the legend above the bars
    axes.legend(fontsize=9, ncols=3, loc="upper center")
    return axes


def heat_maps(maps, smallest=25, title=""):
    """Show some score maps of a photo, the largest first; maps: [(scale, (R, C)), …].

    All share one scale of colours, which ends at the best score.  Below each stands how large its
    windows are in the photo.
    """
    made, axes = figure(1, len(maps), size=(min(2.6, 10 / len(maps)), 2.6), title=title)
    panels = np.atleast_1d(axes)
    top = max(float(scores.max()) for _, scores in maps)
    for panel, (scale, scores) in zip(panels, maps, strict=True):
        shown = panel.imshow(scores, cmap="PuOr_r", vmin=-top, vmax=top)
        panel.set_xlabel(f"windows of {smallest / scale:.0f} pixels", fontsize=9)
        panel.set_xticks([])
        panel.set_yticks([])
    made.colorbar(shown, ax=panels.tolist(), shrink=0.8, label="score (above 0: face)")
    return panels


def photo_with_boxes(photo, boxes, scores=None, *, hits=None, truth=None, title="", axes=None):
    """Show a photo and boxes (y0, x0, y1, x1) on it, the true one dashed green.

    hits: which boxes are on a face, (M,).  Those are blue, false ones orange; without it, all are
    blue.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patheffects import withStroke

    if axes is None:
        _, axes = figure(size=(4.4, 4.4), title=title)
    else:
        axes.set_title(title, fontsize=9)
    axes.imshow(photo, cmap="gray")
    colours = [BLUE if hit else ORANGE for hit in ([True] * len(boxes) if hits is None else hits)]
    framed = [(box, colour, "-", 2.0) for box, colour in zip(boxes, colours, strict=True)]
    framed += [] if truth is None else [(truth, GREEN, "--", 2.4)]
    for (y0, x0, y1, x1), colour, style, width in framed:
        corner = (x0 - 0.5, y0 - 0.5)
        frame = plt.Rectangle(corner, x1 - x0, y1 - y0, fill=False, ec=colour, ls=style, lw=width)
        if truth is not None:  # so that it stands out from whatever is in the photo
            frame.set_path_effects([withStroke(linewidth=width + 2, foreground="w")])
        axes.add_patch(frame)
    if scores is None or len(boxes) > LABELLED:
        scores = []
    for box, score, colour in zip(boxes, scores, colours, strict=False):
        mark = {"facecolor": colour, "edgecolor": "none", "pad": 1.0}
        axes.text(
            box[1], box[0], f"{score:.1f}", color="w", fontsize=8, clip_on=True, va="top", bbox=mark
        )
    axes.set_xlim(-0.5, photo.shape[1] - 0.5)
    axes.set_ylim(photo.shape[0] - 0.5, -0.5)
    axes.set_xlabel("column x (pixels)")
    axes.set_ylabel("row y (pixels)")
    return axes


def photos_with_boxes(photos, title=""):
    """Show photos beside each other; photos: [(label, photo, boxes, scores, hits, truth), …]."""
    size = (min(3.9, 11 / len(photos)), 4.3)
    made, _ = figure(1, len(photos), size=size, title=_wrapped(title, size[0] * len(photos)))
    for each, (label, photo, boxes, scores, hits, truth) in zip(made.axes, photos, strict=True):
        photo_with_boxes(photo, boxes, scores, hits=hits, truth=truth, title=label, axes=each)
    return made.axes


def lines(x, curves: Mapping[str, Sequence[float]], *, xlabel, ylabel, title, log=False):
    """Show several quantities over one; curves: {label: values}."""
    _, axes = figure(size=(5.8, 3.1), title=_wrapped(title, 5.8))
    marks = zip("os^D", ("-", "--", "-.", ":"), strict=True)
    for (mark, style), (label, values) in zip(marks, curves.items(), strict=False):
        axes.plot(x, values, marker=mark, ls=style, ms=4, label=label)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    if log:
        axes.set_yscale("symlog", linthresh=1)
    if all(isinstance(value, int) for value in x):  # rounds, epochs
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=9)
    return axes
