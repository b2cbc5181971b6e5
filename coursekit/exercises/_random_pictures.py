"""What the exercises on random augmentations share."""

import numpy as np

from coursekit.exercise import Rng


def seed(rng):
    return Rng(int(rng.integers(2**31)))


def bright(rng, *shape):
    """A picture without any 0, so that black comes from the augmentation alone."""
    return rng.uniform(0.2, 0.95, size=shape)


def results(answer, shape):
    """Return the answers as arrays, or what is wrong with their shapes."""
    pictures = [np.asarray(picture) for picture in answer]
    for picture in pictures:
        if picture.shape != tuple(shape):
            return f"the shape is {picture.shape}, expected {tuple(shape)}."
    return np.array(pictures, float)


def all_alike(pictures):
    return (pictures == pictures[0]).all()
