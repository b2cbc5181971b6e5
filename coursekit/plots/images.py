"""Pictures of pictures: whole, near by, in channels, side by side; and simple curves."""

from __future__ import annotations

import numpy as np

from coursekit.plots.style import figure


def picture(image, title=""):
    """Show one image, (H, W) or (H, W, 3), with its pixel numbers on the axes."""
    _, axes = figure(size=(4.2, 3.2), title=title)
    _show(axes, image)
    axes.set_xlabel("column x (pixels)")
    axes.set_ylabel("row y (pixels)")
    return axes


def side_by_side(images, labels, title=""):
    """Show images in a row, each with its label above."""
    made, axes = figure(1, len(images), size=(min(3.0, 9.5 / len(images)), 2.6), title=title)
    for each, image, label in zip(np.atleast_1d(axes), images, labels, strict=True):
        _show(each, image)
        each.set_axis_off()
        each.set_title(label, fontsize=9)
    return made.axes


def pixels(image, title=""):
    """Show a few pixels of an image (H, W, 3), with the three numbers written into each."""
    _, axes = figure(size=(4.4, 4.6), title=title)
    axes.imshow(image)
    for y, x in np.ndindex(image.shape[:2]):
        dark = image[y, x].mean() < 128
        text = "\n".join(str(number) for number in image[y, x])
        axes.text(x, y, text, ha="center", va="center", fontsize=8, color="w" if dark else "k")
    axes.set_xticks(range(image.shape[1]))
    axes.set_yticks(range(image.shape[0]))
    axes.set_xlabel("column x (pixels); in each pixel red, green, blue from 0 to 255")
    axes.set_ylabel("row y (pixels)")
    return axes


def channels(image, title=""):
    """Show the three channels of an image (H, W, 3) as grey pictures, with their means."""
    names = ("red", "green", "blue")
    labels = [f"{name}, mean {image[..., c].mean():.0f}" for c, name in enumerate(names)]
    return side_by_side([image[..., c] for c in range(3)], labels, title)


def growth(x, y, *, xlabel, ylabel, title):
    """Show a quantity that grows over powers of ten: both axes logarithmic."""
    axes = curve(x, y, xlabel=xlabel, ylabel=ylabel, title=title)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(x, [str(value) for value in x])
    return axes


def curve(x, y, *, xlabel, ylabel, title):
    """Show one curve with its points."""
    _, axes = figure(size=(5.4, 3.2), title=title)
    axes.plot(x, y, "o-", markersize=4)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(alpha=0.3)
    return axes


def _show(axes, image):
    """Show an image; greys run from 0 to the largest value that its type or range allows."""
    top = 255 if np.asarray(image).dtype == np.uint8 else max(1.0, float(np.max(image)))
    axes.imshow(image, cmap="gray", vmin=min(0.0, float(np.min(image))), vmax=top)
