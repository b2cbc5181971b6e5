"""Layers that are fast enough to train with, in NumPy alone, and what trains them.

The layers compute the same as ``coursekit.reference``, and tests prove it.

>>> import numpy as np
>>> model = Sequential(Conv2d(1, 8, 3, padding=1), ReLU(), MaxPool2d(2), Flatten(),
...                    Linear(8 * 14 * 14, 10), seed=0)
>>> model.forward(np.zeros((5, 1, 28, 28), np.float32)).shape
(5, 10)
"""

from .activations import ReLU, Tanh
from .composition import Concat, Residual, Sequential
from .convolution import Conv2d
from .convolution_relatives import Conv1d, TransposedConv2d
from .dropout import Dropout, SpatialDropout
from .layer import Layer
from .linear import Dense, Flatten, Linear
from .losses import MSE, SoftmaxCrossEntropy
from .normalization import BatchNorm2d
from .optimizers import SGD, Adagrad, Adam, RMSprop
from .pooling import AvgPool2d, GlobalAvgPool2d, MaxPool2d, SumPool2d
from .summary import Summary
from .training import History, evaluate, fit, predict
from .unpooling import MaxUnpool2d

__all__ = [
    "MSE",
    "SGD",
    "Adagrad",
    "Adam",
    "AvgPool2d",
    "BatchNorm2d",
    "Concat",
    "Conv1d",
    "Conv2d",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2d",
    "History",
    "Layer",
    "Linear",
    "MaxPool2d",
    "MaxUnpool2d",
    "RMSprop",
    "ReLU",
    "Residual",
    "Sequential",
    "SoftmaxCrossEntropy",
    "SpatialDropout",
    "SumPool2d",
    "Summary",
    "Tanh",
    "TransposedConv2d",
    "evaluate",
    "fit",
    "predict",
]
