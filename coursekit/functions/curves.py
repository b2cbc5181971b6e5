"""Error curves and surfaces to go down on."""

import numpy as np

from coursekit.functions import named


@named
def bowl(w, *, center, curvature):
    """Return ½ · curvature · ‖w − center‖², a number."""
    return 0.5 * float(np.sum(curvature * (w - np.asarray(center)) ** 2))


@named
def bowl_gradient(w, *, center, curvature):
    """Return curvature · (w − center), of the shape of w."""
    return curvature * (w - np.asarray(center))


@named
def double_well(w, *, tilt):
    """Return Σ ¼(w² − 2)² + tilt·(2 − w): two valleys, and for tilt > 0 the right one is deeper.

    Between them stands a hill as long as |tilt| < 1.08.
    """
    return float(np.sum(0.25 * (w**2 - 2) ** 2 + tilt * (2 - w)))


@named
def double_well_gradient(w, *, tilt):
    """Return w·(w² − 2) − tilt, of the shape of w."""
    return w * (w**2 - 2) - tilt


@named
def cubic(x, *, coefficients):
    """Return Σ coefficients · x³ + ½ (Σ x)²: the slope at one entry depends on all the others."""
    return float(np.sum(np.asarray(coefficients) * x**3) + 0.5 * np.sum(x) ** 2)


@named
def cubic_gradient(x, *, coefficients):
    """Return 3 · coefficients · x² + Σ x, of the shape of x: the slopes of ``cubic``."""
    return 3 * np.asarray(coefficients) * x**2 + np.sum(x)


@named
def wave(x, *, frequency):
    """Return Σ sin(frequency · x)."""
    return float(np.sum(np.sin(frequency * x)))
