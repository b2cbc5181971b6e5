"""Write notebooks of lesson 00 from the source of their cells."""

# ruff: noqa: E501 - programs inside texts

import json

PREAMBLE = "import numpy as np\n\nfrom coursekit import check"

RIGHT = {
    "scale_to_unit": "@check\ndef scale_to_unit(image):\n    return image / 255",
    "to_channels_first": "@check\ndef to_channels_first(image):\n    return np.moveaxis(image, -1, 0)",
    "dense_parameters": (
        "@check\ndef dense_parameters(height, width, channels, units):\n"
        "    return (height * width * channels + 1) * units"
    ),
    "shift_image": (
        "@check\ndef shift_image(image, dy, dx):\n"
        "    result = np.zeros_like(image)\n"
        "    height, width = image.shape[:2]\n"
        "    for y in range(height):\n"
        "        for x in range(width):\n"
        "            if 0 <= y + dy < height and 0 <= x + dx < width:\n"
        "                result[y + dy, x + dx] = image[y, x]\n"
        "    return result"
    ),
}


def code(source, **metadata):
    return {
        "cell_type": "code", "source": source, "metadata": metadata,
        "outputs": [], "execution_count": None,
    }  # fmt: skip


def notebook(*cells, **fields):
    """Return a notebook as bytes; a cell is its source, or a whole cell as a dict."""
    cells = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **fields}
    return json.dumps(content).encode()


def lesson(**answers):
    """Return lesson 00 with right answers, but those given here; None leaves one out."""
    return notebook(PREAMBLE, *(text for text in (RIGHT | answers).values() if text is not None))
