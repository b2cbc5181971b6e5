"""Labelled pictures: clothes, digits, faces."""

from typing import NamedTuple

import numpy as np

from coursekit.data._files import arrays, summary

CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class Pictures(NamedTuple):
    """Gray pictures (N, H, W) with class numbers (N,), split into training and test."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]

    def __repr__(self):
        return summary(self)


class Crops(NamedTuple):
    """Gray pictures (N, H, W) with a target of +1 or −1 each (N,), not split."""

    x: np.ndarray
    y: np.ndarray

    def __repr__(self):
        return summary(self)


def _pictures(name, class_names):
    stored = arrays(name)
    return Pictures(
        x_train=stored["x_train"].copy(),
        y_train=stored["y_train"].astype(np.int64),
        x_test=stored["x_test"].copy(),
        y_test=stored["y_test"].astype(np.int64),
        class_names=class_names,
    )


def fashion_mnist() -> Pictures:
    """Pictures of clothes in ten classes: 5,000 to train on, 1,000 to test on.

    Arrays: `x_train` (5000, 28, 28) and `x_test` (1000, 28, 28), ``uint8``, 0 (background) to 255;
    `y_train` (5000,) and `y_test` (1000,), ``int64``, 0 to 9, an index into `class_names`.
    Every class has 500 training and 100 test pictures, in mixed order.

    Origin: Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017, arXiv:1708.07747), MIT © Zalando SE.
    Training pictures were drawn from its 60,000, test pictures from its 10,000 test pictures.

    >>> clothes = fashion_mnist()
    >>> clothes.x_train.shape, clothes.x_train.dtype
    ((5000, 28, 28), dtype('uint8'))
    >>> clothes.class_names[clothes.y_train[0]]
    'Shirt'
    """
    return _pictures("fashion_mnist", CLOTHES)


def digits() -> Pictures:
    """Scans of handwritten digits, 8×8 pixels: 1,437 to train on, 360 to test on.

    Arrays: `x_train` (1437, 8, 8) and `x_test` (360, 8, 8), ``uint8``, 0 (paper) to **16** (ink):
    each pixel counts the dark ones in a 4×4 block of the scan, so divide by 16, not by 255;
    `y_train` (1437,) and `y_test` (360,), ``int64``: the digit.
    The split never changes. The test part holds 36 of each digit, drawn at random; the training
    part holds the rest, 138 to 147 of each. The same 13 people wrote both parts: an unknown hand
    is harder to read than the test part says.

    Origin: Optical Recognition of Handwritten Digits (Alpaydin and Kaynak, 1998, UCI Machine
    Learning Repository, doi:10.24432/C50P49), CC BY 4.0; its test set, as scikit-learn ships it.

    >>> scans = digits()
    >>> scans
    Pictures
      x_train        uint8 (1437, 8, 8)
      y_train        int64 (1437,)
      x_test         uint8 (360, 8, 8)
      y_test         int64 (360,)
      class_names    '0', '1', … (10)
    >>> int(scans.x_train.max())
    16
    """
    return _pictures("digits", tuple("0123456789"))


def faces() -> Crops:
    """A hundred faces, then a hundred pieces of background, 25×25 pixels.

    Arrays: `x` (200, 25, 25), ``uint8``, 0 (black) to 255 (white); `y` (200,), ``int64``,
    +1 for a face and −1 for background. Faces come first: shuffle before you split.

    The backgrounds are the easy kind. They were cut from the edges of the photos; most are smooth
    and dark, several are almost the same, and some have a black wedge where the photo was turned.
    A few show part of a second face. A detector that has to search a whole photo needs harder
    ones too: cut them from photos without a face.

    Origin: ``lfw_subset`` of scikit-image, cut from Labeled Faces in the Wild (Huang et al., 2007,
    University of Massachusetts): news photos, published for research; see `LICENSES.md`.

    >>> crops = faces()
    >>> crops
    Crops
      x    uint8 (200, 25, 25)
      y    int64 (200,)
    >>> crops.y[[0, 99, 100, 199]]
    array([ 1,  1, -1, -1])
    """
    stored = arrays("faces")
    return Crops(x=stored["x"].copy(), y=stored["y"].astype(np.int64))
