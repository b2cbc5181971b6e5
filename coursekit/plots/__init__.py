"""Values in, matplotlib Axes out: the pictures of the lessons, without widgets.

``figure`` gives every lesson the same look: small, with a title that says what to see, in colours
that a colour-blind person can tell apart.
"""

from coursekit.plots.style import BLUE, COLOURS, GREEN, ORANGE, PURPLE, SKY, figure

__all__ = ["BLUE", "COLOURS", "GREEN", "ORANGE", "PURPLE", "SKY", "figure"]
