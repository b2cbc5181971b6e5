"""A widget that also leaves a still picture, for places without a live kernel.

On a code-hosting site, in an HTML export and in a notebook just opened, no widget is alive.  So an
explorer's output holds both: the widget, which JupyterLab prefers while a kernel runs, and a still
picture of a telling moment.
"""

from __future__ import annotations

import base64
import io

from coursekit.display import WIDGET_VIEW


def bundle(widget, text: str, html: str = "", png: bytes = b"") -> dict[str, object]:
    """Return a mime bundle of a widget with its still: text, and HTML or a PNG picture."""
    made: dict[str, object] = {
        WIDGET_VIEW: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id},
        "text/plain": text,
    }
    if html:
        made["text/html"] = html
    if png:
        made["image/png"] = base64.b64encode(png).decode()
    return made


def png_of(figure) -> bytes:
    """Return a matplotlib figure as PNG, and close it so that it is not shown twice."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=figure.dpi, metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()
