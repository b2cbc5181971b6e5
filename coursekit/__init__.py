"""The course on convolutional networks from scratch: what a notebook needs.

``check`` judges an exercise as its cell is run, ``hint`` gives the next hint, ``solution`` shows
the reference, and ``progress`` shows what is done.
"""

from coursekit.notebook import check, hint, progress, solution

__all__ = ["check", "hint", "progress", "solution"]
__version__ = "0.1.0"
