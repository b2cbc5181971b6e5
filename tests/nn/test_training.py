"""Losses, optimizers and fit."""

import sys
import time

import numpy as np
import pytest

from coursekit import data, nn

RNG = np.random.default_rng(0)
LOGITS = RNG.standard_normal((7, 4)) * 3
LABELS = np.array([0, 1, 2, 3, 3, 2, 0])


def numeric(loss, outputs, targets, h=1e-5):
    gradient = np.zeros_like(outputs)
    for place in np.ndindex(outputs.shape):
        moved = outputs.copy()
        moved[place] += h
        above = loss.forward(moved, targets)
        moved[place] -= 2 * h
        gradient[place] = (above - loss.forward(moved, targets)) / (2 * h)
    return gradient


SOFT = RNG.dirichlet(np.ones(4), 7)


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (nn.SoftmaxCrossEntropy(), LABELS),
        (nn.SoftmaxCrossEntropy(), SOFT),
        (nn.SoftmaxCrossEntropy(), SOFT * np.arange(1, 8)[:, None]),  # mass other than 1
        (nn.MSE(), SOFT),
    ],
)
def test_loss_gradients_equal_the_numeric_ones(loss, targets):
    loss.forward(LOGITS, targets)
    gradient = loss.backward()
    np.testing.assert_allclose(gradient, numeric(loss, LOGITS, targets), atol=1e-9)


def test_losses_equal_their_formulas():
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    expected = -np.mean(np.log(p[np.arange(7), LABELS]))
    assert nn.SoftmaxCrossEntropy().forward(LOGITS, LABELS) == pytest.approx(expected)
    one_hot = np.eye(4)[LABELS]
    assert nn.SoftmaxCrossEntropy().forward(LOGITS, one_hot) == pytest.approx(expected)
    expected = 0.5 * np.sum((LOGITS - SOFT) ** 2) / 7
    assert nn.MSE().forward(LOGITS, SOFT) == pytest.approx(expected)
    assert nn.MSE().forward(LOGITS[:, :1], SOFT[:, 0]) == pytest.approx(
        0.5 * np.mean((LOGITS[:, 0] - SOFT[:, 0]) ** 2)
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_holds_at_extreme_logits(dtype):
    logits = np.array([[1000, -1000, 0], [-1000, 1000, 0]], dtype)
    loss = nn.SoftmaxCrossEntropy()
    assert loss.forward(logits, np.array([0, 0])) == pytest.approx(1000)
    gradient = loss.backward()
    assert gradient.dtype == dtype
    np.testing.assert_allclose(gradient, [[0, 0, 0], [-0.5, 0.5, 0]], atol=1e-7)
    with pytest.raises(RuntimeError, match="forward"):
        loss.backward()


@pytest.mark.parametrize(
    ("loss", "outputs", "targets", "message"),
    [
        (nn.SoftmaxCrossEntropy, LOGITS, LABELS + 1, r"0 … 3"),
        (nn.SoftmaxCrossEntropy, LOGITS, LABELS - 1, r"0 … 3"),
        (nn.SoftmaxCrossEntropy, LOGITS, LABELS[:3], "7 whole-number labels"),
        (nn.SoftmaxCrossEntropy, LOGITS, LABELS.astype(float), "float64"),
        (nn.SoftmaxCrossEntropy, LOGITS[0], LABELS, "N, K"),
        (nn.SoftmaxCrossEntropy, LOGITS[:0], LABELS[:0], "empty"),
        (nn.MSE, LOGITS, LABELS, r"\(7,\)"),
    ],
)
def test_bad_targets_are_named(loss, outputs, targets, message):
    with pytest.raises(ValueError, match=message):
        loss().forward(outputs, targets)


# ---------------------------------------------------------------- optimizers


@pytest.mark.parametrize(
    ("ours", "theirs", "options"),
    [
        (nn.SGD(0.1), "SGD", {"lr": 0.1}),
        (nn.SGD(0.1, momentum=0.9), "SGD", {"lr": 0.1, "momentum": 0.9}),
        (nn.SGD(0.1, weight_decay=0.3), "SGD", {"lr": 0.1, "weight_decay": 0.3}),
        (nn.Adagrad(0.1, epsilon=1e-10), "Adagrad", {"lr": 0.1, "eps": 1e-10}),
        (nn.RMSprop(0.01, decay=0.99), "RMSprop", {"lr": 0.01, "alpha": 0.99}),
        (nn.Adam(0.1), "Adam", {"lr": 0.1}),
        (nn.Adam(0.1, weight_decay=0.3), "Adam", {"lr": 0.1, "weight_decay": 0.3}),
        (
            nn.Adam(0.1, weight_decay=0.3, decoupled=True),
            "AdamW",
            {"lr": 0.1, "weight_decay": 0.3},
        ),
    ],
)
def test_optimizers_walk_with_pytorch(ours, theirs, options):
    torch = pytest.importorskip("torch")
    p = RNG.standard_normal((3, 2))
    tensor = torch.nn.Parameter(torch.tensor(p))
    twin = getattr(torch.optim, theirs)([tensor], **options)
    for step in range(5):
        gradient = np.random.default_rng(step).standard_normal(p.shape)
        tensor.grad = torch.tensor(gradient)
        twin.step()
        ours.step({"w": p}, {"w": gradient})
        np.testing.assert_allclose(p, tensor.detach().numpy(), atol=1e-10)


def test_only_weights_are_penalised():
    for optimizer in (
        nn.SGD(0.1, weight_decay=0.5),
        nn.SGD(0.1, l1=0.5),
        nn.SGD(0.1, weight_decay=0.5, decoupled=True),
    ):
        parameters = {"w": np.full((2, 2), 4.0), "b": np.full(2, 4.0)}
        optimizer.step(parameters, {"w": np.zeros((2, 2)), "b": np.zeros(2)})
        np.testing.assert_allclose(parameters["w"], 3.95 if optimizer.l1 else 3.8)
        np.testing.assert_array_equal(parameters["b"], 4)


@pytest.mark.parametrize("kind", [nn.SGD, nn.Adagrad, nn.RMSprop, nn.Adam])
def test_optimizers_change_parameters_in_place_and_keep_their_type(kind):
    w = np.ones((2, 3), np.float32)
    gradient = np.full((2, 3), 2, np.float32)
    kind().step({"w": w}, {"w": gradient})
    assert np.all(w < 1)
    np.testing.assert_array_equal(gradient, 2)
    with pytest.raises(ValueError, match="missing"):
        kind().step({"w": w}, {})
    with pytest.raises(ValueError, match="learning_rate"):
        kind(0.0)
    with pytest.raises(ValueError, match="weight_decay"):
        kind(weight_decay=-1)


# ---------------------------------------------------------------- fit


def blobs(n=120, seed=0):
    """Bright squares left (0) or right (1) on noise."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, 1, 6, 8)) * 0.5, rng.integers(0, 2, n)
    x[y == 0, :, 1:5, :4] += 1
    x[y == 1, :, 1:5, 4:] += 1
    return x, y


def model(seed=0, outputs=2):
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(96, outputs),
        seed=seed,
    )


def test_fit_learns_and_repeats_exactly():
    x, y = blobs()
    runs = []
    for _ in range(2):
        network = model()
        history = nn.fit(network, x, y, epochs=6, batch_size=8, validation=0.2, progress=False)
        runs.append((history, network.state()))
    history = runs[0][0]
    assert history.loss[-1] < history.loss[0] / 2
    assert len(history.validation_loss) == len(history.loss) == 6
    assert history.loss == runs[1][0].loss
    for name, value in runs[0][1].items():
        np.testing.assert_array_equal(value, runs[1][1][name])
    loss, accuracy = nn.evaluate(model(), *blobs(seed=1))
    network.restore(runs[0][1])
    better_loss, better = nn.evaluate(network, *blobs(seed=1))
    assert better > 0.95 > accuracy
    assert better_loss < loss
    np.testing.assert_allclose(
        nn.predict(network, x, batch_size=7), nn.predict(network, x), atol=1e-5
    )


def test_the_best_weights_stand_in_the_model_at_the_end_and_patience_stops():
    x, y = blobs()
    network = model()
    rates = [0.01, 0.01, 0.01] + [3.0] * 20  # good at first, then wrecked
    history = nn.fit(
        network, x, y, epochs=20, optimizer=nn.SGD(), schedule=lambda epoch: rates[epoch],
        validation=blobs(60, seed=2), patience=4, progress=False,
    )  # fmt: skip
    assert history.stopped_early
    assert len(history.loss) == history.best_epoch + 5 < 20
    assert history.validation_loss[history.best_epoch] == min(history.validation_loss)
    loss, _ = nn.evaluate(network, *blobs(60, seed=2))
    assert loss == pytest.approx(min(history.validation_loss), rel=1e-5)


def test_every_sample_is_seen_once_an_epoch_in_a_new_order_pairs_together():
    x = np.arange(10, dtype=np.float32)[:, None] / 10
    y = np.arange(10)
    seen = []

    def watch(xb, yb, rng):
        np.testing.assert_allclose(xb[:, 0] * 10, yb, atol=1e-5)
        seen.append(yb)
        return xb, yb

    nn.fit(
        nn.Sequential(nn.Linear(1, 10), seed=0), x, y, epochs=2, batch_size=4, augment=watch,
        progress=False,
    )  # fmt: skip
    assert [len(batch) for batch in seen] == [4, 4, 2, 4, 4, 2]
    first, second = np.concatenate(seen[:3]), np.concatenate(seen[3:])
    assert sorted(first) == sorted(second) == list(y)
    assert list(first) != list(second)


def test_mse_with_signs_as_targets():
    x, y = blobs()
    network = model(outputs=1)
    targets, optimizer = 2.0 * y - 1, nn.SGD(0.01, momentum=0.9)
    nn.fit(network, x, targets, loss=nn.MSE(), optimizer=optimizer, batch_size=8, progress=False)
    assert nn.evaluate(network, x, targets, loss=nn.MSE())[1] > 0.95


def test_fit_shows_progress_only_when_asked(capsys):
    x, y = blobs(32)
    nn.fit(model(), x, y, epochs=1, progress=False)
    assert capsys.readouterr().err == ""
    nn.fit(model(), x, y, epochs=1)
    assert "batch" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"epochs": -1}, "epochs"),
        ({"patience": 2}, "validation"),
        ({"validation": 1.5}, "share"),
        ({"optimizer": nn.SGD(1e30)}, "learning rate"),
        ({"x": blobs(5)[0]}, "5 samples"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_bad_options_are_named(options, message):
    x, y = blobs()
    with pytest.raises(ValueError, match=message):
        nn.fit(model(), **{"x": x, "y": y, "progress": False, **options})


def test_the_package_needs_numpy_alone():
    """No other import happens until a progress bar is asked for."""
    import subprocess

    code = (
        "import sys; from coursekit import nn; "
        "loaded = {'scipy', 'torch', 'matplotlib', 'tqdm'} & set(sys.modules); "
        "sys.exit(str(loaded) if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_small_network_learns_the_packaged_clothes_in_time():
    """conv, pool, conv, pool, dense: at least 84 % of unseen pictures, within two minutes."""
    clothes = data.fashion_mnist()
    x, x_test = (
        (each[:, None] / 255).astype(np.float32) for each in (clothes.x_train, clothes.x_test)
    )
    network = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 10),
        seed=0,
    )
    start = time.process_time()  # other programs may keep the cores
    history = nn.fit(
        network,
        x,
        clothes.y_train,
        validation=(x_test, clothes.y_test),
        optimizer=nn.Adam(0.002),
        epochs=6,
        progress=False,
    )
    assert max(history.validation_accuracy) >= 0.84
    assert time.process_time() - start < 120
