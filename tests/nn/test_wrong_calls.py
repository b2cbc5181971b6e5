"""A wrong call of a layer, a loss, an optimizer or ``fit`` says what would fit."""

import numpy as np
import pytest

from coursekit import nn

X, Y = np.ones((6, 5), np.float32), np.array([0, 1, 2, 0, 1, 2])
MAPS = np.ones((2, 3, 4, 4), np.float32)


def model():
    return nn.Sequential(nn.Linear(5, 3), seed=0)


def fit(**options):
    return nn.fit(model(), **{"x": X, "y": Y, "epochs": 1, "progress": False, **options})


def back(layer, dout, x=MAPS):
    layer.forward(x, training=True)
    return layer.backward(dout)


WRONG_CALLS = [
    # layers
    (lambda: nn.Linear(0, 3), "inputs must be a whole number ≥ 1, not 0"),
    (lambda: nn.Linear(5, 2.5), "outputs must be one whole number, not 2.5"),
    (lambda: nn.Linear(5, 2, dtype=int), "dtype must be np.float32 or np.float64"),
    (lambda: nn.Linear(5, 2, dtype=None), "dtype must be np.float32 or np.float64, not None"),
    (lambda: nn.Linear(5, 2, forward=3), "forward= of Linear must be a function, not int"),
    (lambda: nn.Conv2d(3, 4, 3, dtype="x"), "dtype must be np.float32 or np.float64, not 'x'"),
    (lambda: nn.Conv2d([3], 4, 3), "channels must be one whole number, not [3]"),
    (lambda: nn.BatchNorm2d(0), "channels must be a whole number ≥ 1, not 0"),
    (lambda: nn.BatchNorm2d(3, momentum=2), "momentum must be between 0 and 1, not 2"),
    (lambda: nn.BatchNorm2d(3, eps=0), "eps must be above 0, not 0"),
    (lambda: nn.BatchNorm2d(3, dtype=int), "dtype must be np.float32 or np.float64"),
    (lambda: nn.Dropout("a"), "rate must be a finite number, not 'a'"),
    (lambda: nn.Dropout(1.5), "rate must be in [0, 1)"),
    (lambda: nn.ReLU().forward([1.0]), "x must be a NumPy array, not list"),
    (lambda: nn.ReLU().forward(MAPS[:0]), "x has shape (0, 3, 4, 4), there is nothing in it"),
    (lambda: back(nn.ReLU(), MAPS.astype(int)), "dout holds int64"),
    (lambda: back(nn.ReLU(), MAPS.tolist()), "dout must be a NumPy array, not list"),
    # layers made of layers
    (lambda: nn.Concat(), "Concat needs a branch or more"),
    (lambda: nn.Concat(nn.ReLU(), 3), "Concat takes layers, not 3"),
    (lambda: nn.Residual(None), "Residual takes layers, not None"),
    (lambda: nn.Sequential(nn.ReLU), "write ReLU(…)"),
    (lambda: nn.Residual(nn.ReLU()).forward([1.0]), "x must be a NumPy array, not list"),
    (lambda: nn.Concat(None).forward(None), "x must be a NumPy array, not NoneType"),
    (lambda: back(nn.Concat(None), MAPS[:, :2]), "the last training output has (2, 3, 4, 4)"),
    (lambda: model().restore(None), "state must be a dict, as state() gives, not NoneType"),
    (lambda: model().summary(5, show=False), "must be a tuple of whole numbers, not 5"),
    (lambda: nn.Summary(nn.ReLU, (5,)), "model must be a layer, a Sequential say"),
    # losses
    (lambda: nn.MSE().forward(np.array(1.0), 1.0), "the batch is empty"),
    (lambda: nn.MSE().forward(X[:1, :1], None), "targets must be numbers, not object"),
    (lambda: nn.SoftmaxCrossEntropy().forward(X[:, :0], Y), "the batch is empty"),
    # optimizers
    (lambda: nn.SGD(-0.1), "learning_rate must be above 0, not -0.1"),
    (lambda: nn.SGD(np.nan), "learning_rate must be a finite number, not nan"),
    (lambda: nn.SGD(0.1, momentum=2), "momentum must be in [0, 1), not 2"),
    (lambda: nn.SGD("a"), "learning_rate must be a finite number, not 'a'"),
    (lambda: nn.SGD(0.1, l1=np.nan), "l1 must be a finite number, not nan"),
    (lambda: nn.RMSprop(decay=1), "decay must be in [0, 1), not 1"),
    (lambda: nn.Adagrad(epsilon=0), "epsilon must be above 0, not 0"),
    (lambda: nn.Adam(beta1=1), "beta1 must be in [0, 1), not 1"),
    (lambda: nn.Adam().step(None, {}), "parameters must be a dict of arrays, not NoneType"),
    (lambda: nn.Adam().step({"w": X}, {"w": 1.0}), "the gradient of w, shape (6, 5), has shape ()"),
    # fit, evaluate, predict
    (lambda: nn.fit(nn.ReLU, X, Y), "model must be a layer, a Sequential say"),
    (lambda: fit(x=None), "x must be an array of real numbers, one row a sample"),
    (lambda: fit(x=X[:0], y=Y[:0]), "x has shape (0, 5): it holds no samples"),
    (lambda: fit(y=None), "y has shape (): its first axis must be 6"),
    (lambda: fit(y=Y[:5], validation=0.5), "x holds 6 samples, (6, 5), but y has shape (5,)"),
    (lambda: fit(y=Y + 1), "labels must lie in 0 … 2"),
    (lambda: fit(y=Y.astype(float)), "6 whole-number labels"),
    (lambda: fit(validation=1), "a share in (0, 1) or a pair (x, y), not 1"),
    (lambda: fit(validation=(X,)), "a share in (0, 1) or a pair (x, y)"),
    (lambda: fit(validation=(X, Y[:5])), "validation x holds 6 samples"),
    (lambda: fit(x=X[:1], y=Y[:1], validation=0.5), "leaves none to learn from"),
    (lambda: fit(batch_size=2.0), "batch_size must be one whole number, not 2.0"),
    (lambda: fit(epochs=True), "epochs must be a whole number ≥ 0, not True"),
    (lambda: fit(validation=0.5, patience="a"), "patience must be one whole number, not 'a'"),
    (lambda: fit(loss=nn.MSE), "loss must be an object such as SoftmaxCrossEntropy()"),
    (lambda: fit(optimizer="adam"), "optimizer must be an object such as Adam(), not 'adam'"),
    (lambda: fit(schedule=0.1), "schedule must be a function, not float"),
    (lambda: fit(schedule=lambda epoch: -1), "schedule(0) must be 0 or more, not -1"),
    (lambda: fit(augment=lambda x, y, rng: x), "augment must return the pair (x, y), not ndarray"),
    (lambda: fit(augment=lambda x, y, rng: (x, y[1:])), "x from augment holds 6 samples"),
    (lambda: nn.predict(model(), X, batch_size=0), "batch_size must be a whole number ≥ 1, not 0"),
    (lambda: nn.predict(None, X), "model must be a layer, a Sequential say, not None"),
    (lambda: nn.predict(model(), "a"), "x must be an array of real numbers"),
    (lambda: nn.evaluate(model(), X, Y[:5]), "x holds 6 samples"),
    (lambda: nn.evaluate(model(), X, Y, loss=nn.MSE), "loss must be an object such as"),
]


@pytest.mark.parametrize(("call", "words"), WRONG_CALLS, ids=[words for _, words in WRONG_CALLS])
def test_a_wrong_call_says_what_would_fit(call, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert words in str(caught.value)


def test_concat_has_nothing_to_go_back_from_before_a_training_pass():
    layer = nn.Concat(None, nn.ReLU())
    layer.forward(MAPS)
    with pytest.raises(RuntimeError, match="has nothing to go back from"):
        layer.backward(np.ones((2, 6, 4, 4), np.float32))


def test_lists_and_whole_numbers_are_learned_from():
    history = fit(x=X.astype(int).tolist(), y=Y.tolist())
    assert np.isfinite(history.loss[0])


@pytest.mark.parametrize("offset", [0.0, 28.0, 200.0, -200.0])
def test_cross_entropy_does_not_depend_on_an_offset(offset):
    """Small logits are taken as they are, large ones are moved first: both ways agree."""
    logits = np.random.default_rng(0).normal(size=(6, 3))
    loss = nn.SoftmaxCrossEntropy()
    value, gradient = loss.forward(logits, Y), loss.backward()
    assert loss.forward(logits + offset, Y) == pytest.approx(value)
    np.testing.assert_allclose(loss.backward(), gradient, atol=1e-12)
