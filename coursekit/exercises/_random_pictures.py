"""What the exercises on random augmentations share."""

import numpy as np

from coursekit.exercise import Rng


def seed(rng):
    return Rng(int(rng.integers(2**31)))


def bright(rng, *shape):
    """A picture without any 0, so that black comes from the augmentation alone."""
    return single(rng.uniform(0.2, 0.95, size=shape))


def noise(rng, *shape):
    """Pictures in which every pixel is drawn by itself."""
    return single(rng.random(shape))


def single(x):
    """Return numbers that single precision holds as they are: an answer in float32 keeps them."""
    return x.astype(np.float32).astype(float)


def results(answer, shape):
    """Return the answers as arrays, or what is wrong with their shapes."""
    for picture in answer:
        if np.shape(picture) != tuple(shape):
            return f"the shape is {np.shape(picture)}, expected {tuple(shape)}."
    return np.array(answer, float)


def all_alike(pictures):
    return (pictures == pictures[0]).all()
