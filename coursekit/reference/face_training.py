"""A face classifier of one convolution and one dense layer, and the same slid over a photo."""

import numpy as np

from . import detection_checks as check
from .convolution import conv2d_forward
from .convolution_backward import conv2d_bias_gradient, conv2d_weight_gradient
from .data_splits import minibatches
from .dense import dense_backward, dense_forward
from .input_checks import checked


@checked(check.crops)
def train_face_classifier(x, y):
    """Train a small network to tell faces from background, and return what it has learned.

    x: (N, 1, 25, 25), grey crops, −0.5 (black) … 0.5 (white); y: (N,), +1 face, −1 background.

    The network: conv2d_forward with stride 3 (kernels w1, bias b1), tanh, all numbers of a crop in
    one row, dense_forward (w2, b2), which gives one number a crop, the score; at last tanh, so that
    the output lies between −1 and +1.  A score above 0 means face.
    The loss: ½ (output − y)², averaged over the batch, as in the article.

    Result: the tuple (w1, b1, w2, b2), shapes (F, 1, K, K), (F,), (F·R·R, 1), (1,), with
    R = (25 − K) // 3 + 1.  F, K, learning rate, epochs and batch size are yours to choose: 4
    kernels of 5×5, batches of 20, 12 epochs and a learning rate of 0.1 will do.
    It is judged on crops that it has not seen: 8 of 10 faces and 8 of 10 backgrounds must be right.
    """
    rng = np.random.default_rng(0)
    w1, b1 = rng.normal(0, 1 / 5, size=(4, 1, 5, 5)), np.zeros(4)
    w2, b2 = rng.normal(0, 1 / 14, size=(4 * 7 * 7, 1)), np.zeros(1)
    for _ in range(12):
        for crops, targets in minibatches(x, y, 20, rng):
            # forward
            maps = np.tanh(conv2d_forward(crops, w1, b1, stride=3))
            row = maps.reshape(len(crops), -1)
            output = np.tanh(dense_forward(row, w2, b2))
            # backward: each tanh has the slope 1 − its output²
            dscore = (output - targets[:, None]) / len(crops) * (1 - output**2)
            drow, dw2, db2 = dense_backward(dscore, row, w2, b2)
            dmaps = drow.reshape(maps.shape) * (1 - maps**2)
            # no layer lies before the first one, so nobody asks for dx: half of the work
            dw1 = conv2d_weight_gradient(dmaps, crops, (5, 5), stride=3)
            db1 = conv2d_bias_gradient(dmaps)
            # update
            w1, b1 = w1 - 0.1 * dw1, b1 - 0.1 * db1
            w2, b2 = w2 - 0.1 * dw2, b2 - 0.1 * db2
    return w1, b1, w2, b2


@checked(check.scored)
def score_map(image, crop, w1, b1, w2, b2, stride):
    """Return the score of every window of an image, by convolutions alone.

    The classifier that was trained on crops: conv2d_forward(crops, w1, b1, stride), tanh, all
    numbers of a crop in one row (channel by channel, row by row), dense_forward (w2, b2).
    Here the same weights work on a whole image: the dense layer becomes a second convolution, whose
    kernel covers what the first one makes of one crop.

    image: (H, W); crop: (h, w), the height and width of the crops; w1: (F, 1, KH, KW); b1: (F,);
    w2: (F·R·C, 1), where R×C is the size of the maps of one crop; b2: (1,); stride: whole number.
    Result: (OH, OW).  Entry [r, c] is the score (before the last tanh) of the crop with its top
    left corner at row r·stride, column c·stride.  No loop over windows is needed.
    """
    (h, w), (filters, _, kh, kw) = crop, w1.shape
    rows, columns = (h - kh) // stride + 1, (w - kw) // stride + 1
    maps = np.tanh(conv2d_forward(image[None, None], w1, b1, stride=stride))
    kernel = w2.T.reshape(1, filters, rows, columns)
    return conv2d_forward(maps, kernel, b2)[0, 0]
