"""A multilayer perceptron that classifies: two dense layers with ReLU between them."""

import numpy as np

from . import mlp_checks as check
from .activations import relu, relu_backward
from .dense import dense_backward, dense_forward, he_weights
from .input_checks import checked
from .losses import cross_entropy_gradient


@checked(check.training)
def train_mlp(x, y, hidden, epochs, learning_rate, rng):
    """Train a network of two dense layers to classify, and return what it has learned.

    The network is dense_forward (w1, b1), relu, dense_forward (w2, b2); its output are the logits.
    x: (N, D), floats; y: (N,), labels 0 … K − 1; hidden: units of the hidden layer, M.
    epochs: how often the whole data are gone through; learning_rate: length of a step.
    rng: a ``numpy.random.Generator`` for the first weights and for the order of the examples.
    Result: the tuple (w1, b1, w2, b2), shapes (D, M), (M,), (M, K), (K,).

    Weights start as ``he_weights``, biases at 0.  Each epoch puts the examples in a new random
    order and cuts it into batches of 32 (the last may be smaller).  Each batch makes one step of
    plain gradient descent on ``cross_entropy``, on all four arrays.
    """
    features, classes = x.shape[1], int(y.max()) + 1
    w1, b1 = he_weights(features, hidden, rng), np.zeros(hidden)
    w2, b2 = he_weights(hidden, classes, rng), np.zeros(classes)
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 32):
            batch = order[start : start + 32]
            # forward
            z1 = dense_forward(x[batch], w1, b1)
            a1 = relu(z1)
            logits = dense_forward(a1, w2, b2)
            # backward
            dlogits = cross_entropy_gradient(logits, y[batch])
            da1, dw2, db2 = dense_backward(dlogits, a1, w2, b2)
            dz1 = relu_backward(da1, z1)
            _, dw1, db1 = dense_backward(dz1, x[batch], w1, b1)
            # update
            w1, b1 = w1 - learning_rate * dw1, b1 - learning_rate * db1
            w2, b2 = w2 - learning_rate * dw2, b2 - learning_rate * db2
    return w1, b1, w2, b2
