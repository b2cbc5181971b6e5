"""The course on convolutional networks from scratch: what a notebook needs.

``check`` judges an exercise as its cell is run, ``hint`` gives the next hint, ``solution`` shows
the reference, and ``progress`` shows what is done. ``predict``, ``quiz`` and ``spot_the_bug`` ask.
"""

from coursekit.notebook import check, hint, predict, progress, quiz, solution, spot_the_bug

__all__ = ["check", "hint", "predict", "progress", "quiz", "solution", "spot_the_bug"]
__version__ = "0.1.0"
