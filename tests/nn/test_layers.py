"""All other layers: numeric gradients, and PyTorch for the ones it has."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import nn, reference

RNG = np.random.default_rng(0)
IMAGES = RNG.standard_normal((3, 4, 7, 8))


def numeric_gradient(loss, x, h=1e-5):
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        kept = x[place]
        x[place] = kept + h
        above = loss()
        x[place] = kept - h
        gradient[place] = (above - loss()) / (2 * h)
        x[place] = kept
    return gradient


LAYERS = {
    "Linear": lambda: nn.Sequential(nn.Flatten(), nn.Linear(224, 5, dtype=np.float64, seed=0)),
    "ReLU": nn.ReLU,
    "Tanh": nn.Tanh,
    "MaxPool2d": nn.MaxPool2d,
    "MaxPool2d, overlapping": lambda: nn.MaxPool2d((3, 2), (2, 1)),
    "MaxPool2d, gaps": lambda: nn.MaxPool2d(2, 3),
    "AvgPool2d": lambda: nn.AvgPool2d(2),
    "AvgPool2d, overlapping": lambda: nn.AvgPool2d((3, 2), 1),
    "SumPool2d": lambda: nn.SumPool2d(3, 2),
    "MaxPool2d, framed": lambda: nn.MaxPool2d((3, 4), 2, (1, 2)),
    "AvgPool2d, framed": lambda: nn.AvgPool2d(2, padding=(0, 1)),
    "SumPool2d, framed": lambda: nn.SumPool2d(3, 2, 1),
    "GlobalAvgPool2d": nn.GlobalAvgPool2d,
    "BatchNorm2d": lambda: nn.BatchNorm2d(4, dtype=np.float64),
    "Residual": lambda: nn.Residual(
        nn.Sequential(
            nn.Conv2d(4, 3, 3, 2, 1, dtype=np.float64, seed=1),
            nn.Tanh(),
            nn.Conv2d(3, 5, 3, padding=1, dtype=np.float64, seed=2),
        ),
        nn.Conv2d(4, 5, 1, 2, dtype=np.float64, seed=3),
    ),
    "Residual, identity": lambda: nn.Residual(nn.Tanh()),
    "Concat": lambda: nn.Concat(None, nn.Conv2d(4, 3, 1, dtype=np.float64, seed=1), nn.Tanh()),
}


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_equal_the_numeric_ones(name):
    layer, x = LAYERS[name](), IMAGES.copy()
    for p in layer.parameters.values():
        p += RNG.standard_normal(p.shape)
    out = layer.forward(x, training=True)
    assert out.shape == layer.output_shape(x.shape)
    dout = np.random.default_rng(1).standard_normal(out.shape)
    dx, gradients = layer.backward(dout), dict(layer.gradients)
    assert gradients.keys() == layer.parameters.keys()

    def loss():
        value = np.vdot(layer.forward(x, training=True), dout)
        layer.forget()
        return value

    np.testing.assert_allclose(dx, numeric_gradient(loss, x), atol=2e-8)
    for key, p in layer.parameters.items():
        numeric = numeric_gradient(loss, p)
        np.testing.assert_allclose(gradients[key], numeric, atol=1e-7, err_msg=key)


@pytest.mark.parametrize("name", LAYERS)
def test_layers_leave_their_inputs_alone_and_work_in_float32(name):
    layer, x = LAYERS[name](), IMAGES.copy()
    out = layer.forward(x, training=True)
    dout = np.ones_like(out)
    layer.backward(dout)
    np.testing.assert_array_equal(x, IMAGES)
    np.testing.assert_array_equal(dout, 1)
    if not layer.parameters:
        out = layer.forward(x.astype(np.float32), training=True)
        dx = layer.backward(np.ones_like(out))
        assert out.dtype == dx.dtype == np.float32


@pytest.mark.parametrize("name", [name for name in LAYERS if "BatchNorm" not in name])
def test_training_and_inference_agree_where_nothing_is_random(name):
    layer = LAYERS[name]()
    np.testing.assert_allclose(
        layer.forward(IMAGES, training=True), layer.forward(IMAGES), atol=1e-12
    )


pools = st.tuples(
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(0, 1), st.integers(0, 1)),
    st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(3, 9), st.integers(3, 9)),
    st.sampled_from([np.float32, np.float64]),
)


@settings(max_examples=100, deadline=None)
@given(pools)
def test_pooling_equals_pytorch_ties_included(case):
    torch = pytest.importorskip("torch")
    size, stride, padding, shape, dtype = case
    padding = tuple(min(p, k // 2) for p, k in zip(padding, size, strict=True))
    options = size, stride, padding
    x = np.random.default_rng(0).integers(-2, 3, shape).astype(dtype)  # whole numbers tie
    functional = torch.nn.functional
    for layer, function in (
        (nn.MaxPool2d(*options), functional.max_pool2d),
        (nn.AvgPool2d(*options), functional.avg_pool2d),
        (nn.SumPool2d(*options), lambda t, k, *o: functional.avg_pool2d(t, k, *o) * k[0] * k[1]),
    ):
        tensor = torch.tensor(x, requires_grad=True)
        expected = function(tensor, *options)
        out = layer.forward(x, training=True)
        np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-6, atol=1e-6)
        dout = np.random.default_rng(1).standard_normal(out.shape).astype(dtype)
        expected.backward(torch.tensor(dout))
        np.testing.assert_allclose(layer.backward(dout), tensor.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_a_tie_has_one_winner_the_first():
    layer = nn.MaxPool2d(2)
    layer.forward(np.zeros((1, 1, 2, 2)), training=True)
    np.testing.assert_array_equal(layer.backward(np.ones((1, 1, 1, 1)))[0, 0], [[1, 0], [0, 0]])


@pytest.mark.parametrize("name", ["max", "avg", "sum"])
def test_pooling_equals_the_reference_and_takes_it_in_its_place(name):
    forward, backward = (
        getattr(reference, f"{name}_pool2d_{way}") for way in ("forward", "backward")
    )
    kind = {"max": nn.MaxPool2d, "avg": nn.AvgPool2d, "sum": nn.SumPool2d}[name]
    for options in ({"size": 3, "stride": 2}, {"size": (4, 3), "stride": (2, 1), "padding": 1}):
        layers = [kind(**options), kind(**options, forward=forward, backward=backward)]
        outs = [layer.forward(IMAGES, training=True) for layer in layers]
        np.testing.assert_allclose(*outs, atol=1e-12)
        dout = np.random.default_rng(1).standard_normal(outs[0].shape)
        np.testing.assert_allclose(*(layer.backward(dout) for layer in layers), atol=1e-12)


def test_a_frame_never_wins():
    layer = nn.MaxPool2d(3, 1, 1)
    out = layer.forward(np.array([[[[-5.0, -3.0, -4.0]]]]), training=True)
    np.testing.assert_array_equal(out[0, 0], [[-3, -3, -3]])
    np.testing.assert_array_equal(layer.backward(np.ones_like(out))[0, 0], [[0, 3, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_batch_norm_equals_pytorch_over_several_steps(dtype):
    torch = pytest.importorskip("torch")
    layer = nn.BatchNorm2d(4, dtype=dtype)
    twin = torch.nn.BatchNorm2d(4, dtype=torch.float32 if dtype == np.float32 else torch.float64)
    tolerance = {"rtol": 0, "atol": 1e-5 if dtype == np.float32 else 1e-11}
    for name, p in (("gamma", twin.weight), ("beta", twin.bias)):
        layer.parameters[name][...] = np.random.default_rng(1).standard_normal(4)
        p.data = torch.tensor(layer.parameters[name])
    for step in range(3):
        x = (IMAGES * (1 + step) + 3).astype(dtype)
        tensor = torch.tensor(x, requires_grad=True)
        expected = twin(tensor)
        out = layer.forward(x, training=True)
        np.testing.assert_allclose(out, expected.detach().numpy(), **tolerance)
        dout = np.random.default_rng(step).standard_normal(out.shape).astype(dtype)
        twin.zero_grad()
        expected.backward(torch.tensor(dout))
        np.testing.assert_allclose(layer.backward(dout), tensor.grad.numpy(), **tolerance)
        for name, p in (("gamma", twin.weight), ("beta", twin.bias)):
            np.testing.assert_allclose(
                layer.gradients[name], p.grad.numpy(), rtol=1e-5, atol=tolerance["atol"] * 10
            )
    np.testing.assert_allclose(layer.buffers["mean"], twin.running_mean.numpy(), rtol=1e-5)
    np.testing.assert_allclose(layer.buffers["variance"], twin.running_var.numpy(), rtol=1e-5)
    twin.eval()
    expected = twin(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(layer.forward(x), expected, **tolerance)


@pytest.mark.parametrize("projected", [False, True])
def test_a_residual_block_with_batch_norm_equals_pytorch(projected):
    torch = pytest.importorskip("torch")
    filters, stride = (6, 2) if projected else (4, 1)
    exact = {"bias": False, "dtype": np.float64}
    shortcut = nn.Conv2d(4, filters, 1, stride, **exact, seed=3) if projected else None
    block = nn.Residual(
        nn.Sequential(
            nn.Conv2d(4, filters, 3, stride, 1, **exact, seed=1),
            nn.BatchNorm2d(filters, dtype=np.float64),
            nn.ReLU(),
            nn.Conv2d(filters, filters, 3, padding=1, **exact, seed=2),
            nn.BatchNorm2d(filters, dtype=np.float64),
        ),
        shortcut,
    )
    for name, p in block.parameters.items():
        p += 0.1 * np.random.default_rng(len(name)).standard_normal(p.shape)
    tensors = {name: torch.tensor(p, requires_grad=True) for name, p in block.parameters.items()}
    x = torch.tensor(IMAGES, requires_grad=True)
    functional = torch.nn.functional

    def norm(x, number):
        gamma, beta = (tensors[f"body.{number}.{name}"] for name in ("gamma", "beta"))
        return functional.batch_norm(x, None, None, gamma, beta, training=True)

    hidden = norm(functional.conv2d(x, tensors["body.0.w"], None, stride, 1), 1).relu()
    body = norm(functional.conv2d(hidden, tensors["body.3.w"], None, 1, 1), 4)
    way = functional.conv2d(x, tensors["shortcut.w"], None, stride) if projected else x
    expected = body + way
    out = block.forward(IMAGES, training=True)
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=0, atol=1e-10)
    dout = np.random.default_rng(1).standard_normal(out.shape)
    expected.backward(torch.tensor(dout))
    np.testing.assert_allclose(block.backward(dout), x.grad.numpy(), rtol=0, atol=1e-10)
    for name, gradient in block.gradients.items():
        np.testing.assert_allclose(gradient, tensors[name].grad.numpy(), atol=1e-9, err_msg=name)


def test_batch_norm_keeps_large_means_apart_from_small_variances():
    x = (IMAGES * 1e-2 + 100).astype(np.float32)
    out = nn.BatchNorm2d(4).forward(x, training=True)
    assert np.abs(out.mean(axis=(0, 2, 3))).max() < 1e-2
    np.testing.assert_allclose(out.std(axis=(0, 2, 3)), 1, atol=0.1)


def test_batch_norm_inference_ignores_the_neighbours():
    layer = nn.BatchNorm2d(4, dtype=np.float64)
    layer.forward(IMAGES, training=True)
    np.testing.assert_allclose(layer.forward(IMAGES)[:1], layer.forward(IMAGES[:1]), atol=1e-12)
    before = layer.state()
    layer.forward(IMAGES * 9)
    for name, value in layer.state().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("kind", [nn.Dropout, nn.SpatialDropout])
def test_dropout(kind):
    x = np.ones((200, 50, 4, 4), np.float32)
    layer = kind(0.3, seed=0)
    assert layer.forward(x) is x
    out = layer.forward(x, training=True)
    assert out.dtype == np.float32
    assert set(np.unique(out)) == {np.float32(0), np.float32(1 / 0.7)}
    assert abs(np.mean(out == 0) - 0.3) < 0.02
    np.testing.assert_array_equal(layer.backward(x), out)
    assert not np.array_equal(layer.forward(x, training=True), out)
    np.testing.assert_array_equal(kind(0.3, seed=0).forward(x, training=True), out)
    whole = np.all((out == 0) == (out == 0)[:, :, :1, :1])
    assert whole == (kind is nn.SpatialDropout)


def test_he_normal_weights_keep_the_size_of_activations():
    x = np.random.default_rng(1).standard_normal((64, 256)).astype(np.float32)
    layers = [layer for _ in range(10) for layer in (nn.Linear(256, 256), nn.ReLU())]
    out = nn.Sequential(*layers, seed=0).forward(x)
    assert 0.3 < np.sqrt(np.mean(out**2)) < 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.Linear(5, 2).forward(np.ones((2, 4), np.float32)), r"takes \(N, 5\)"),
        (lambda: nn.Linear(5, 2).forward(np.ones((2, 5, 1, 1), np.float32)), "N, D"),
        (lambda: nn.MaxPool2d(3).forward(np.ones((1, 1, 2, 2))), "window of 3 is longer than the"),
        (lambda: nn.MaxPool2d(0), "size"),
        (lambda: nn.MaxPool2d(3, 2, 2), "padding ≤ 1"),
        (lambda: nn.AvgPool2d(2, padding=-1), "padding"),
        (lambda: nn.MaxPool2d(2).forward(np.ones((1, 1, 4, 4), int)), "int64"),
        (lambda: nn.BatchNorm2d(3).forward(np.ones((2, 4, 5, 5), np.float32)), "N, 3, H, W"),
        (lambda: nn.BatchNorm2d(3).forward(np.ones((1, 3, 1, 1), np.float32), True), "one number"),
        (lambda: nn.Dropout(1.0), r"\[0, 1\)"),
        (lambda: nn.Residual(nn.MaxPool2d(2)).forward(np.ones((1, 1, 4, 4))), "shortcut"),
        (lambda: nn.Concat(None, nn.MaxPool2d(2)).forward(np.ones((1, 1, 4, 4))), "sizes"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
