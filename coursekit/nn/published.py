"""What the papers print about the landmarks, to be held against what their layer lists give."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from coursekit.reference import lenet

from . import landmarks
from .layer_lists import Count, count

NETWORKS = {
    "LeNet-5": (lenet(), (1, 32, 32)),
    "AlexNet": (landmarks.alexnet(), (3, 227, 227)),
    "Network in network": (landmarks.network_in_network(), (3, 32, 32)),
    "VGG-16": (landmarks.vgg(16), landmarks.IMAGE),
    "VGG-19": (landmarks.vgg(19), landmarks.IMAGE),
    "GoogLeNet": (landmarks.googlenet(), landmarks.IMAGE),
    "ResNet-18": (landmarks.resnet(18), landmarks.IMAGE),
    "ResNet-34": (landmarks.resnet(34), landmarks.IMAGE),
    "ResNet-50": (landmarks.resnet(50), landmarks.IMAGE),
    "ResNet-101": (landmarks.resnet(101), landmarks.IMAGE),
    "ResNet-152": (landmarks.resnet(152), landmarks.IMAGE),
    "MobileNet": (landmarks.mobilenet(), landmarks.IMAGE),
    "MobileNet, plain": (landmarks.mobilenet(separable=False), landmarks.IMAGE),
    "EfficientNet-B0": (landmarks.efficientnet(), landmarks.IMAGE),
    "EfficientNet-B7": (landmarks.efficientnet(2.0, 3.1), (3, 600, 600)),
}
YEARS = {
    "LeNet-5": 1998,
    "AlexNet": 2012,
    "Network in network": 2013,
    "VGG-16": 2014,
    "GoogLeNet": 2014,
    "ResNet-18": 2015,
    "ResNet-50": 2015,
    "ResNet-152": 2015,
    "MobileNet": 2017,
    "EfficientNet-B0": 2019,
    "EfficientNet-B7": 2019,
}


class Figure(NamedTuple):
    """One printed number.

    quantity: an attribute of ``Count``; unit: the value of its last printed digit; why: what
    explains the difference, "" where the computed number rounds to the printed one.
    """

    network: str
    quantity: str
    printed: float
    unit: float
    source: str
    why: str = ""

    @property
    def computed(self) -> int:
        return getattr(counted(self.network), self.quantity)

    @property
    def agrees(self) -> bool:
        """Whether the computed number, rounded to the printed digits, is the printed one."""
        return abs(self.computed - self.printed) <= self.unit / 2


@cache
def counted(network: str) -> Count:
    """Count a landmark by its name in ``NETWORKS``."""
    return count(*NETWORKS[network])


LECUN = "LeCun et al. 1998, section II.B"
KRIZHEVSKY = "Krizhevsky et al. 2012, abstract"
SIMONYAN = "Simonyan and Zisserman 2015, table 2"
HE = "He et al. 2016, table 1"
HE_TEXT = "He et al. 2016, section 4.1"
ARAUJO = "Araujo et al. 2019, published table"
HOWARD_4, HOWARD_8 = "Howard et al. 2017, table 4", "Howard et al. 2017, table 8"
TAN = "Tan and Le 2019, table 2"

FIGURES = (
    Figure("LeNet-5", "parameters", 60_000, 1, LECUN,
           "C3 by its table −900; 44 for the pooling; the output is not trained: −850"),
    Figure("AlexNet", "parameters", 60e6, 1e6, KRIZHEVSKY, "cut off, not rounded"),
    Figure("AlexNet", "values", 650e3, 1e4, KRIZHEVSKY, "cut off, not rounded"),
    Figure("AlexNet", "field", 195, 1, ARAUJO),
    Figure("VGG-16", "parameters", 138e6, 1e6, SIMONYAN),
    Figure("VGG-16", "multiply_adds", 15.3e9, 1e8, HE_TEXT, "without the dense layers: 15.347"),
    Figure("VGG-16", "field", 212, 1, ARAUJO),
    Figure("VGG-19", "parameters", 144e6, 1e6, SIMONYAN),
    Figure("VGG-19", "multiply_adds", 19.6e9, 1e8, HE_TEXT),
    Figure("GoogLeNet", "parameters", 6.8e6, 1e5, HOWARD_8,
           "the sum of the paper's table, whose K is 1,024"),
    Figure("GoogLeNet", "multiply_adds", 1.5e9, 1e8, "Szegedy et al. 2015, section 1",
           "its table has 34 M for the first layer, whose kernels cost 118 M"),
    Figure("ResNet-18", "multiply_adds", 1.8e9, 1e8, HE),
    Figure("ResNet-34", "multiply_adds", 3.6e9, 1e8, HE, "shortcuts without weights: 3.64"),
    Figure("ResNet-50", "multiply_adds", 3.8e9, 1e8, HE,
           "as if cut off; but ResNet-101 and -152 are rounded: no reason known"),
    Figure("ResNet-50", "parameters", 26e6, 1e6, TAN),
    Figure("ResNet-50", "field", 483, 1, ARAUJO),
    Figure("ResNet-101", "multiply_adds", 7.6e9, 1e8, HE),
    Figure("ResNet-152", "multiply_adds", 11.3e9, 1e8, HE),
    Figure("ResNet-152", "parameters", 60e6, 1e6, TAN),
    Figure("ResNet-152", "field", 1507, 1, ARAUJO),
    Figure("MobileNet", "parameters", 4.2e6, 1e5, HOWARD_4),
    Figure("MobileNet", "multiply_adds", 569e6, 1e6, HOWARD_4),
    Figure("MobileNet", "field", 315, 1, ARAUJO),
    Figure("MobileNet, plain", "parameters", 29.3e6, 1e5, HOWARD_4),
    Figure("MobileNet, plain", "multiply_adds", 4866e6, 1e6, HOWARD_4,
           "without the dense layer: 4,866"),
    Figure("EfficientNet-B0", "parameters", 5.3e6, 1e5, TAN),
    Figure("EfficientNet-B0", "multiply_adds", 0.39e9, 1e7, TAN),
    Figure("EfficientNet-B7", "parameters", 66e6, 1e6, TAN),
    Figure("EfficientNet-B7", "multiply_adds", 37e9, 1e9, TAN, "cut off, not rounded"),
)  # fmt: skip

# Table 1 of "Going deeper with convolutions": parameters in K, multiply-adds in M.
GOOGLENET_TABLE = {
    "7×7": (2.7, 34), "3×3": (112, 360), "3a": (159, 128), "3b": (380, 304), "4a": (364, 73),
    "4b": (437, 88), "4c": (463, 100), "4d": (580, 119), "4e": (840, 170), "5a": (1072, 54),
    "5b": (1388, 71), "dense": (1000, 1),
}  # fmt: skip

# Errors in per cent, five guesses for each picture ("top-5"), on the validation set: one network
# alone, ten crops of each picture averaged.
TEN_CROPS = {
    "AlexNet": (18.2, "Krizhevsky et al. 2012, table 2"),
    "VGG-16": (9.33, "He et al. 2016, table 3"),
    "GoogLeNet": (9.15, "Szegedy et al. 2015, table 3"),
    "ResNet-50": (6.71, "He et al. 2016, table 3"),
    "ResNet-152": (5.71, "He et al. 2016, table 3"),
}

# The same error, one network alone and several averaged.
ENSEMBLES = {
    "AlexNet, 5 networks": (18.2, 16.4, "Krizhevsky et al. 2012, table 2, validation"),
    "GoogLeNet, 7 networks": (10.07, 8.09, "Szegedy et al. 2015, table 3, one crop"),
}
