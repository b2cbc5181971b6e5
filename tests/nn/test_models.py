"""Networks: composition, state, summary, and functions of one's own as layers."""

import numpy as np
import pytest

from coursekit import nn
from coursekit.reference import convolution as conv
from coursekit.reference import convolution_backward as conv_backward

IMAGES = np.random.default_rng(0).standard_normal((6, 1, 8, 8)).astype(np.float32)


def small_network(seed=0):
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Residual(nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())),
        nn.Dropout(0.2),
        nn.Flatten(),
        nn.Linear(128, 3),
        seed=seed,
    )


def test_a_seed_makes_the_same_network_again():
    first, again, other = small_network(1), small_network(1), small_network(2)
    outs = [model.forward(IMAGES, training=True) for model in (first, again, other)]
    np.testing.assert_array_equal(outs[0], outs[1])
    assert not np.array_equal(outs[0], outs[2])


def test_state_is_a_copy_and_comes_back():
    model = small_network()
    model.forward(IMAGES, training=True)
    out, state = model.forward(IMAGES), model.state()
    assert {"0.w", "1.gamma", "1.mean", "4.body.0.w", "7.b"} <= state.keys()
    for p in model.parameters.values():
        p += 1
    model.forward(IMAGES, training=True)
    assert not np.allclose(model.forward(IMAGES), out)
    model.restore(state)
    np.testing.assert_array_equal(model.forward(IMAGES), out)
    with pytest.raises(ValueError, match="state holds"):
        model.restore({"0.w": state["0.w"]})
    with pytest.raises(ValueError, match="shape"):
        model.restore({**state, "7.b": np.zeros(4)})


def test_a_layer_may_not_stand_in_two_places():
    layer = nn.ReLU()
    with pytest.raises(ValueError, match="two places"):
        nn.Sequential(layer, nn.Residual(layer))
    with pytest.raises(TypeError, match="takes layers"):
        nn.Sequential(nn.ReLU)


def test_skipping_the_input_gradient_changes_no_other_gradient():
    for first in ([], [nn.AvgPool2d(1)]):
        whole, skipping = (nn.Sequential(*first, *small_network().layers) for _ in range(2))
        for model in (whole, skipping):
            dout = np.ones_like(model.forward(IMAGES, training=True))
        assert whole.backward(dout).shape == IMAGES.shape
        assert skipping.backward(dout, input_gradient=False) is None
        assert skipping.gradients.keys() == skipping.parameters.keys()
        for name, gradient in skipping.gradients.items():
            np.testing.assert_array_equal(gradient, whole.gradients[name], err_msg=name)
        with pytest.raises(RuntimeError, match="uses up"):
            skipping.backward(dout)


def test_summary_counts_and_measures(capsys):
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 4, (3, 1), dilation=2, bias=False),
        nn.Flatten(),
        nn.Linear(4 * 3 * 7, 10),
    )
    table = model.summary((3, 31, 31), show=False)
    assert capsys.readouterr().out == ""
    assert model.summary((3, 31, 31)) is None, "a notebook would show a result a second time"
    assert capsys.readouterr().out == f"{table}\n"
    assert [row.shape for row in table.rows] == [(8, 15, 15), (8, 7, 7), (4, 3, 7), (84,), (10,)]
    assert [row.parameters for row in table.rows] == [224, 0, 96, 0, 850]
    assert [row.multiply_adds for row in table.rows] == [48600, 0, 2016, 0, 840]
    assert [row.field for row in table.rows] == [(3, 3), (5, 5), (21, 5), (21, 5), None]
    assert (table.parameters, table.multiply_adds) == (1170, 51456)
    assert table.output_shape == (10,)
    for heading in ("layer", "output shape", "parameters", "multiply-adds", "receptive field"):
        assert heading in str(table)
    with pytest.raises(ValueError, match="say that of one sample"):
        model.summary()
    model.forward(np.zeros((2, 3, 31, 31), np.float32))
    model.summary()
    assert capsys.readouterr().out == f"{table}\n"


def test_summary_looks_into_branches():
    table = small_network().summary((1, 8, 8), show=False)
    names = [row.layer for row in table.rows]
    assert names[4:7] == ["Residual", "  Conv2d", "  ReLU"]
    assert table.parameters == sum(p.size for p in small_network().parameters.values())


# ---------------------------------------------------------------- functions of one's own


def test_own_functions_train_as_the_layer_does():
    own = nn.Conv2d(
        1, 3, 3, stride=2, padding=1, seed=0,
        forward=conv.conv2d_forward, backward=conv_backward.conv2d_backward,
    )  # fmt: skip
    fast = nn.Conv2d(1, 3, 3, stride=2, padding=1, seed=0)
    for layer in (own, fast):
        layer.dx = layer.backward(layer.forward(IMAGES, training=True))
    np.testing.assert_allclose(own.dx, fast.dx, atol=1e-4)
    for name in ("w", "b"):
        np.testing.assert_allclose(own.gradients[name], fast.gradients[name], rtol=1e-4)
        assert own.gradients[name].dtype == np.float32


def test_the_mechanism_serves_every_layer():
    def dense_forward(x, w, b):
        return x @ w + b

    def dense_backward(dout, x, w, b):
        return dout @ w.T, x.T @ dout, dout.sum(axis=0)

    def pool_forward(x, size, stride):
        assert (size, stride) == (2, 2)
        return x[:, :, ::2, ::2].astype(float)  # float64 is brought back to x's type

    def pool_backward(dout, x, size, stride):
        dx = np.zeros_like(x)
        dx[:, :, ::2, ::2] = dout
        return dx

    def norm_forward(x, gamma, beta, eps):
        return x * gamma[:, None, None] + beta[:, None, None]

    def norm_backward(dout, x, gamma, beta, eps):
        return dout, gamma, beta

    model = nn.Sequential(
        nn.MaxPool2d(2, forward=pool_forward, backward=pool_backward),
        nn.BatchNorm2d(1, forward=norm_forward, backward=norm_backward),
        nn.ReLU(forward=lambda z: np.maximum(z, 0), backward=lambda dout, z: dout * (z > 0)),
        nn.Flatten(),
        nn.Linear(16, 2, seed=0, forward=dense_forward, backward=dense_backward),
    )
    out = model.forward(IMAGES, training=True)
    assert out.dtype == np.float32
    assert model.backward(np.ones_like(out)).shape == IMAGES.shape
    assert model.gradients.keys() == model.parameters.keys()
    assert np.any(model.layers[1].buffers["mean"] != 0)  # the layer still follows the batches


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        ({"forward": lambda x, w, b: None}, "None"),
        ({"forward": lambda x, w, b: x}, r"shape \(6, 64\)"),
        ({"forward": lambda x, w, b: x @ w, "backward": lambda d, x, w, b: d @ w.T}, "3 gradient"),
        (
            {"forward": lambda x, w, b: x @ w, "backward": lambda d, x, w, b: (d @ w.T, w.T, b)},
            "gradient of w",
        ),
    ],
)
def test_what_an_own_function_gets_wrong_is_named(functions, message):
    layer = nn.Linear(64, 3, **functions)
    with pytest.raises(ValueError, match=message):
        layer.backward(layer.forward(IMAGES.reshape(6, 64), training=True))


def test_own_forward_alone_infers_but_does_not_train():
    layer = nn.ReLU(forward=lambda z: np.maximum(z, 0))
    assert layer.forward(IMAGES).min() == 0
    layer.forward(IMAGES, training=True)
    with pytest.raises(RuntimeError, match="backward="):
        layer.backward(IMAGES)
