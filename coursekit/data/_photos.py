"""Color photos to play with."""

from difflib import get_close_matches
from functools import cache

import numpy as np

from coursekit.data._files import FILES

PHOTOS = ("astronaut", "chelsea", "coffee", "grace_hopper")


@cache
def _pixels(name):
    from PIL import Image

    with Image.open(FILES / f"{name}.png") as image:
        return np.asarray(image.convert("RGB"))


def photo(name: str) -> np.ndarray:
    """A color photo (H, W, 3), ``uint8``: red, green, blue, each 0 to 255.

    ================  ===============  ========================================================
    name              shape            what, who, licence
    ================  ===============  ========================================================
    ``astronaut``     (512, 512, 3)    Eileen Collins; NASA; public domain
    ``chelsea``       (300, 451, 3)    a cat; Stéfan van der Walt; CC0
    ``coffee``        (200, 300, 3)    a cup on wood; Rachel Michetti; CC0; half of its size
    ``grace_hopper``  (300, 256, 3)    Grace Hopper; U.S. Navy; public domain; half of its size
    ================  ===============  ========================================================

    Origin: sample pictures of scikit-image and matplotlib, see `LICENSES.md`.

    Raises:
        ValueError: no photo of that name; the message names those there are.

    >>> photo("coffee").shape
    (200, 300, 3)
    >>> photo("cofee")
    Traceback (most recent call last):
    ...
    ValueError: no photo is named 'cofee'; did you mean 'coffee'? ...
    """
    if name not in PHOTOS:
        near = get_close_matches(str(name), PHOTOS, n=1)
        guess = f"; did you mean {near[0]!r}?" if near else "."
        raise ValueError(
            f"no photo is named {name!r}{guess} There are {', '.join(map(repr, PHOTOS))}."
        )
    return _pixels(name).copy()
