"""Layers beside the plain ones: one axis, transposed, unpooling. Each equals its reference."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import nn, reference

DTYPES = st.sampled_from([np.float32, np.float64])


def drawn(*shapes, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def assert_close(found, exact):
    tolerance = 2e-4 if found.dtype == np.float32 else 1e-10
    scale = max(1.0, np.abs(exact).max(initial=0.0))
    np.testing.assert_allclose(found, exact, rtol=0, atol=tolerance * scale)


def assert_equals(layer, x, forward, backward, *options):
    """Forward, dx and the gradients of all parameters, against functions of the reference."""
    if "b" in layer.parameters:
        layer.parameters["b"][...] = np.arange(layer.parameters["b"].size) - 1
    arrays = [a.astype(float) for a in (x, *layer._operands(x))]
    exact = forward(*arrays, *options)
    out = layer.forward(x, training=True)
    assert out.dtype == x.dtype
    assert out.shape == layer.output_shape(x.shape) == exact.shape
    assert_close(out, exact)
    assert_close(layer.forward(x), exact)  # a pass in between disturbs nothing
    (dout,) = drawn(exact.shape, seed=1, dtype=x.dtype)
    dx = layer.backward(dout)
    gradients = backward(dout.astype(float), *arrays, *options)
    found = [dx, *(layer.gradients[name] for name in layer.parameters)]
    for ours, theirs in zip(found, gradients, strict=False):  # theirs has db in any case
        assert ours.dtype == x.dtype
        assert ours.shape == theirs.shape
        assert_close(ours, theirs)


def sequence_layer(draw):
    number = lambda low, high: draw(st.integers(low, high))  # noqa: E731
    groups, dtype = number(1, 3), draw(DTYPES)
    channels, filters = groups * number(1, 3), groups * number(1, 3)
    kernel, stride, padding, dilation = number(1, 4), number(1, 4), number(0, 4), number(1, 3)
    length = number(max(1, dilation * (kernel - 1) + 1 - 2 * padding), 12)
    options = stride, padding, dilation, groups
    layer = nn.Conv1d(
        channels, filters, kernel, *options, bias=draw(st.booleans()), dtype=dtype, seed=0
    )
    return layer, drawn((number(1, 4), channels, length), dtype=dtype)[0], options


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_convolution_of_sequences_equals_the_reference(data):
    layer, x, options = sequence_layer(data.draw)
    assert_equals(
        layer, x, reference.conv1d_general_forward, reference.conv1d_general_backward, *options
    )


def enlarging_layer(draw):
    number = lambda low, high: draw(st.integers(low, high))  # noqa: E731
    pair = lambda low, high: (number(low, high), number(low, high))  # noqa: E731
    dtype, kernel, stride, padding = draw(DTYPES), pair(1, 4), pair(1, 4), pair(0, 2)
    fits = [1 - (k - 1 - 2 * p) // s for k, s, p in zip(kernel, stride, padding, strict=True)]
    shape = number(1, 4), number(1, 4), *(number(max(1, n), 6) for n in fits)
    layer = nn.TransposedConv2d(
        shape[1], number(1, 4), kernel, stride, padding, draw(st.booleans()), dtype, seed=0
    )
    return layer, drawn(shape, dtype=dtype)[0], (stride, padding)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_transposed_convolution_equals_the_reference(data):
    layer, x, options = enlarging_layer(data.draw)
    assert_equals(
        layer, x, reference.transposed_conv2d, reference.transposed_conv2d_backward, *options
    )


def test_a_batch_of_several_chunks_is_enlarged_as_a_whole():
    layer = nn.TransposedConv2d(6, 5, 4, 2, 1, dtype=np.float64, seed=0)
    (x,) = drawn((9, 6, 24, 25))
    for part in (x, x[:2], x[:, :, 3:]):
        assert_equals(
            layer, part, reference.transposed_conv2d, reference.transposed_conv2d_backward, 2, 1
        )
    assert layer._workspace.nbytes < 8e6


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.booleans(),
    DTYPES,
)
def test_unpooling_equals_the_reference(size, stride, ties, dtype):
    (x,) = drawn((2, 3, 6, 7), dtype=dtype)
    x = np.round(x) if ties else x
    pool = nn.MaxPool2d(size, stride)
    layer = nn.MaxUnpool2d(pool)
    strongest = pool.forward(x, training=True)
    places = reference.max_pool2d_argmax(x, size, stride)
    np.testing.assert_array_equal(pool.winners[0], places)
    out = layer.forward(strongest, training=True)
    np.testing.assert_array_equal(out, reference.max_unpool2d(strongest, places, x.shape))
    (dout,) = drawn(x.shape, seed=1, dtype=dtype)
    pool.forward(-x)  # another batch, before the way back
    dx = layer.backward(dout)
    exact = reference.max_unpool2d_backward(dout, strongest, places, x.shape)
    np.testing.assert_array_equal(dx, exact)
    assert dx.dtype == dtype


def test_winners_of_a_framed_pooling_are_pytorchs():
    torch = pytest.importorskip("torch")
    (x,) = drawn((2, 3, 7, 8))
    pool = nn.MaxPool2d((3, 2), 2, 1)
    nn.MaxUnpool2d(pool)
    pool.forward(x)
    _, places = torch.nn.functional.max_pool2d(torch.tensor(x), (3, 2), 2, 1, return_indices=True)
    np.testing.assert_array_equal(pool.winners[0], places.numpy())


def autoencoder(seed=0, **functions):
    """Down by a pooling, up by its unpooling."""
    pool = nn.MaxPool2d(2)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        pool,
        nn.Conv2d(4, 4, 3, padding=1),
        nn.MaxUnpool2d(pool, **functions),
        nn.TransposedConv2d(4, 1, 3, padding=1),
        nn.Flatten(),
        seed=seed,
    )


def test_a_network_learns_to_draw_what_it_saw():
    (x,) = drawn((16, 1, 6, 8), dtype=np.float32)
    y = x.reshape(16, -1)
    own = {"forward": reference.max_unpool2d, "backward": reference.max_unpool2d_backward}
    losses = []
    for model in (autoencoder(), autoencoder(**own), copy.deepcopy(autoencoder())):
        history = nn.fit(
            model, x, y, loss=nn.MSE(), optimizer=nn.Adam(0.01), epochs=30, progress=False
        )
        losses.append(history.loss)
        assert history.loss[-1] < history.loss[0] / 2
        assert nn.predict(model, x[:5]).shape == (5, 48)
        assert model.summary((1, 6, 8), show=False).output_shape == (48,)
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
    np.testing.assert_allclose(losses[2], losses[0], rtol=1e-6)


def test_a_network_of_sequences_learns_copied_or_not_with_ones_own_function_or_not():
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 0.3, (60, 2, 9)).astype(np.float32), rng.integers(0, 2, 60)
    for row, label in zip(x, y, strict=True):
        row[0, rng.integers(7) :][:2] += [1, -1] if label else [-1, 1]
    own = {
        "forward": reference.conv1d_general_forward,
        "backward": reference.conv1d_general_backward,
    }
    losses = []
    for functions, take in (({}, lambda m: m), (own, lambda m: m), ({}, copy.deepcopy)):
        layers = nn.Conv1d(2, 6, 2, padding=1, **functions), nn.ReLU(), nn.Flatten()
        model = take(nn.Sequential(*layers, nn.Linear(60, 2), seed=0))
        history = nn.fit(model, x, y, optimizer=nn.Adam(0.02), epochs=30, progress=False)
        losses.append(history.loss)
        assert model.summary((2, 9), show=False).multiply_adds == 10 * 24 + 120
    assert losses[0][-1] < 0.2
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-3)
    np.testing.assert_allclose(losses[2], losses[0], rtol=1e-6)


MAPS = np.ones((2, 3, 4, 5), np.float32)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nn.Conv1d(3, 4, (1, 3)), "kernel must be one whole number"),
        (lambda: nn.Conv1d(3, 4, 3, stride=0), "stride must be a whole number ≥ 1, not 0"),
        (lambda: nn.Conv1d(3, 4, 3, groups=2), "must divide"),
        (lambda: nn.Conv1d(3, 4, 3).forward(MAPS), "N, C, L"),
        (lambda: nn.Conv1d(2, 4, 3).forward(MAPS[:, :, 0]), "takes (N, 2, L), not (2, 3, 5)"),
        (lambda: nn.Conv1d(3, 4, 7).forward(MAPS[:, :, 0]), "spans 7"),
        (lambda: nn.TransposedConv2d(3, 0, 3), "filters must be a whole number ≥ 1"),
        (lambda: nn.TransposedConv2d(3, 2, 3, stride=0), "stride must be a whole number ≥ 1"),
        (lambda: nn.TransposedConv2d(2, 4, 3).forward(MAPS), "takes (N, 2, H, W)"),
        (lambda: nn.TransposedConv2d(3, 4, 1, 1, 2).forward(MAPS), "use a smaller padding"),
        (lambda: nn.TransposedConv2d(3, 4, 3).forward(MAPS.astype(int)), "int64"),
        (lambda: nn.MaxUnpool2d(nn.AvgPool2d(2)), "takes the MaxPool2d that it undoes"),
        (lambda: nn.MaxUnpool2d(nn.MaxPool2d(2)).forward(MAPS), "made nothing yet"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert words in str(caught.value)
