"""Batch normalization, residual blocks, pooling: worked numbers, gradients, PyTorch."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit import reference as ref
from coursekit.nn import BatchNorm2d
from coursekit.nn.deep_stack import deep_stack, gradient_norms

FOUR = np.array([2.0, 4.0, 6.0, 8.0]).reshape(4, 1, 1, 1)
ONE, ZERO = np.ones(1), np.zeros(1)
SHAPES = [(4, 2, 3, 5), (1, 3, 4, 2), (6, 3, 1, 1), (2, 1, 7, 4)]


def draw(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def block_inputs(seed=0, n=2, channels=3, filters=4, height=5, width=6):
    x, w1, b1, w2, b2 = draw(
        seed,
        (n, channels, height, width),
        (filters, channels, 3, 3),
        (filters,),
        (channels, filters, 3, 3),
        (channels,),
    )
    return [x, 0.3 * w1, b1, 0.3 * w2, b2]


# ---------------------------------------------------------------- the lesson's worked numbers


def test_batch_norm_of_four_numbers():
    out = ref.batch_norm_forward(FOUR, ONE, ZERO, eps=1e-12).ravel()
    np.testing.assert_allclose(out, np.array([-3, -1, 1, 3]) / np.sqrt(5), rtol=1e-9)

    dout = np.array([1.0, 0, 0, 0]).reshape(4, 1, 1, 1)
    dx, dgamma, dbeta = ref.batch_norm_backward(dout, FOUR, ONE, ZERO, eps=1e-12)
    np.testing.assert_allclose(dx.ravel() * np.sqrt(5), [0.3, -0.4, -0.1, 0.2], rtol=1e-9)
    np.testing.assert_allclose([dgamma[0], dbeta[0]], [-3 / np.sqrt(5), 1], rtol=1e-9)

    mean, var = ref.batch_norm_running(ZERO, ONE, FOUR, momentum=0.9)
    np.testing.assert_allclose([mean[0], var[0]], [0.5, 0.9 + 0.1 * 20 / 3])


def test_a_block_of_one_pixel():
    x = np.full((1, 1, 1, 1), 3.0)
    w1, w2 = np.zeros((2, 1, 1, 3, 3))
    w1[..., 1, 1], w2[..., 1, 1] = 0.5, -0.4
    assert ref.residual_forward(x, w1, ZERO, w2, ZERO).item() == pytest.approx(2.4)
    dx, dw1, db1, dw2, db2 = ref.residual_backward(np.ones_like(x), x, w1, ZERO, w2, ZERO)
    assert dx.item() == pytest.approx(0.8)
    assert (dw1[0, 0, 1, 1], dw2[0, 0, 1, 1]) == pytest.approx((-1.2, 1.5))
    assert (db1[0], db2[0]) == pytest.approx((-0.4, 1.0))


def test_counts_and_first_weights_of_the_lesson():
    assert ref.kaiming_std(72) == pytest.approx(1 / 6)
    assert np.sqrt(72 * 0.05**2 / 2) == pytest.approx(0.3)
    assert ref.head_parameters(512, 7, 7, 1000) == (25_089_000, 513_000)
    assert ref.head_parameters(32, 10, 10, 10) == (32_010, 330)


# ---------------------------------------------------------------- gradients


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != (2, 1, 7, 4)])
def test_batch_norm_gradients_equal_the_numeric_ones(shape):
    x, gamma, beta = draw(1, shape, shape[1:2], shape[1:2])
    inputs = [3 * x + 2, gamma + 2, beta]
    assert ref.gradient_check(ref.batch_norm_forward, ref.batch_norm_backward, inputs) < 1e-6


def test_residual_gradients_equal_the_numeric_ones():
    inputs = block_inputs(seed=3)
    assert ref.gradient_check(ref.residual_forward, ref.residual_backward, inputs) < 1e-7


def test_pooling_gradient_equals_the_numeric_one():
    (x,) = draw(4, (2, 3, 4, 5))
    check = ref.gradient_check(
        ref.global_average_pool_forward, ref.global_average_pool_backward, [x]
    )
    assert check < 1e-9


def test_concatenation_gradient_equals_the_numeric_one():
    inputs = draw(5, (2, 3, 4, 2), (2, 1, 4, 2), (2, 2, 4, 2))
    sizes = [x.shape[1] for x in inputs]
    error = ref.gradient_check(
        lambda *xs: np.concatenate(xs, axis=1),
        lambda dout, *xs: tuple(ref.concat_backward(dout, sizes)),
        inputs,
    )
    assert error < 1e-9


def test_a_consistent_wrong_pair_passes_its_own_check_and_not_ours():
    """Why checks compare with the reference's forward pass too."""

    def forward(x, gamma, beta):
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3), ddof=1)
        return (
            gamma[:, None, None] * (x - mean[:, None, None]) / np.sqrt(var + 1e-5)[:, None, None]
            + beta[:, None, None]
        )

    def backward(dout, x, gamma, beta):
        from coursekit.exercises.batch_norm import gradient_of_n_minus_1

        return gradient_of_n_minus_1(dout, x, gamma, beta)

    inputs = draw(6, (3, 2, 2, 1), (2,), (2,))
    assert ref.gradient_check(forward, backward, inputs) < 1e-6
    assert ref.gradient_check(ref.batch_norm_forward, backward, inputs) > 1e-3
    assert ref.gradient_check(forward, ref.batch_norm_backward, inputs) > 1e-3


# ---------------------------------------------------------------- properties


@given(st.floats(0.5, 50), st.floats(-20, 20), st.integers(0, 1000))
def test_batch_norm_undoes_scale_and_offset(scale, offset, seed):
    x, gamma, beta = draw(seed, (4, 2, 3, 5), (2,), (2,))
    before = ref.batch_norm_forward(x, gamma, beta, eps=1e-12)
    after = ref.batch_norm_forward(scale * x + offset, gamma, beta, eps=1e-12)
    np.testing.assert_allclose(after, before, atol=1e-7)


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_is_gained_by_moving_or_scaling_all_x(shape):
    x, dout, gamma, beta = draw(7, shape, shape, shape[1:2], shape[1:2])
    dx, *_ = ref.batch_norm_backward(dout, x, gamma, beta, eps=1e-12)
    np.testing.assert_allclose(dx.sum(axis=(0, 2, 3)), 0, atol=1e-9)
    np.testing.assert_allclose((dx * x).sum(axis=(0, 2, 3)), 0, atol=1e-8)


def test_running_statistics_of_one_batch_alone_are_the_sample_statistics():
    x, mean, var = draw(8, (4, 2, 3, 5), (2,), (2,))
    new_mean, new_var = ref.batch_norm_running(mean, var**2, x, momentum=0.0)
    np.testing.assert_allclose(new_mean, x.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(new_var, x.var(axis=(0, 2, 3), ddof=1))
    kept = ref.batch_norm_running(mean, var**2, x, momentum=1.0)
    np.testing.assert_array_equal(kept, (mean, var**2))


def test_inference_does_not_look_at_the_neighbours():
    x, gamma, beta, mean, var = draw(9, (5, 3, 2, 4), (3,), (3,), (3,), (3,))
    together = ref.batch_norm_inference(x, gamma, beta, mean, var**2)
    alone = [ref.batch_norm_inference(x[i : i + 1], gamma, beta, mean, var**2) for i in range(5)]
    np.testing.assert_array_equal(together, np.concatenate(alone))


def test_a_block_with_a_zero_last_layer_hands_on_relu_of_x():
    x, w1, b1, w2, b2 = block_inputs(seed=10)
    np.testing.assert_array_equal(ref.residual_forward(x, w1, b1, 0 * w2, 0 * b2), np.maximum(x, 0))


def test_the_skip_adds_the_masked_gradient_whatever_the_weights():
    x, w1, b1, w2, b2 = block_inputs(seed=11)
    dout = np.random.default_rng(12).normal(size=x.shape)
    branch = ref.conv2d_forward(
        np.maximum(ref.conv2d_forward(x, w1, b1, padding=1), 0), w2, b2, padding=1
    )
    through_zero = ref.residual_backward(dout, x, 0 * w1, b1, w2, b2)[0]
    hidden = np.maximum(ref.conv2d_forward(x, 0 * w1, b1, padding=1), 0)
    constant = ref.conv2d_forward(hidden, w2, b2, padding=1)
    np.testing.assert_allclose(through_zero, dout * (x + constant > 0))
    assert not np.allclose(branch, constant)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_concat_backward_undoes_a_concatenation(sizes):
    pieces = draw(13, *((2, size, 3, 2) for size in sizes))
    for piece, back in zip(
        pieces, ref.concat_backward(np.concatenate(pieces, axis=1), sizes), strict=True
    ):
        np.testing.assert_array_equal(back, piece)


def test_depth_makes_a_concatenation_dearer_than_a_sum():
    assert ref.depth_multiply_adds(2, 1, 3, 1) == (12, 9)
    assert ref.depth_multiply_adds(2, 1, 10, 1) == (40, 65)


@given(st.tuples(*(st.integers(1, 9),) * 4))
def test_depth_multiply_adds_are_those_of_its_convolutions(lengths):
    channels, growth, layers, kernel = lengths
    one = partial(ref.conv_multiply_adds, 1, 1, kernel=kernel)
    assert ref.depth_multiply_adds(*lengths) == (
        sum(one(channels, channels) for _ in range(layers)),
        sum(one(channels + growth * before, growth) for before in range(layers)),
    )


def test_global_average_pooling_does_not_ask_where():
    (x,) = draw(14, (2, 3, 4, 5))
    order = np.random.default_rng(0).permutation(20)
    mixed = x.reshape(2, 3, 20)[:, :, order].reshape(2, 3, 4, 5)
    np.testing.assert_allclose(
        ref.global_average_pool_forward(mixed), ref.global_average_pool_forward(x)
    )


def test_projection_shortcut_fits_the_branch_for_every_stride():
    x, w = draw(15, (2, 4, 7, 6), (5, 4, 1, 1))
    for stride in (1, 2, 3):
        branch = ref.conv2d_forward(x, np.zeros((5, 4, 3, 3)), np.zeros(5), stride, 1)
        assert ref.projection_shortcut(x, w, stride).shape == branch.shape


# ---------------------------------------------------------------- PyTorch


@pytest.mark.parametrize("shape", SHAPES)
def test_batch_norm_equals_torch(shape):
    torch = pytest.importorskip("torch")
    x, dout, gamma, beta = draw(16, shape, shape, shape[1:2], shape[1:2])
    layer = torch.nn.BatchNorm2d(shape[1], eps=1e-3, momentum=0.1, dtype=torch.float64)
    tx = torch.tensor(x, requires_grad=True)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(gamma))
        layer.bias.copy_(torch.tensor(beta))
    out = layer(tx)
    out.backward(torch.tensor(dout))
    np.testing.assert_allclose(
        ref.batch_norm_forward(x, gamma, beta, eps=1e-3), out.detach(), atol=1e-10
    )
    for ours, theirs in zip(
        ref.batch_norm_backward(dout, x, gamma, beta, eps=1e-3),
        (tx.grad, layer.weight.grad, layer.bias.grad),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-10)
    mean, var = ref.batch_norm_running(
        np.zeros(shape[1]), np.ones(shape[1]), x, momentum=0.9
    )  # its 0.1 is our 0.9
    np.testing.assert_allclose(mean, layer.running_mean, atol=1e-12)
    np.testing.assert_allclose(var, layer.running_var, atol=1e-12)
    layer.eval()
    np.testing.assert_allclose(
        ref.batch_norm_inference(x, gamma, beta, mean, var, eps=1e-3),
        layer(tx).detach(),
        atol=1e-10,
    )


def test_residual_block_equals_torch():
    torch = pytest.importorskip("torch")
    inputs = block_inputs(seed=17)
    dout = np.random.default_rng(18).normal(size=inputs[0].shape)
    x, w1, b1, w2, b2 = tensors = [torch.tensor(array, requires_grad=True) for array in inputs]
    conv, relu = torch.nn.functional.conv2d, torch.relu
    out = relu(x + conv(relu(conv(x, w1, b1, padding=1)), w2, b2, padding=1))
    out.backward(torch.tensor(dout))
    np.testing.assert_allclose(ref.residual_forward(*inputs), out.detach(), atol=1e-10)
    for ours, theirs in zip(ref.residual_backward(dout, *inputs), tensors, strict=True):
        np.testing.assert_allclose(ours, theirs.grad, atol=1e-10)


def test_projection_and_pooling_equal_torch():
    torch = pytest.importorskip("torch")
    x, w = draw(19, (2, 4, 7, 6), (5, 4, 1, 1))
    for stride in (1, 2, 3):
        theirs = torch.nn.functional.conv2d(torch.tensor(x), torch.tensor(w), stride=stride)
        np.testing.assert_allclose(ref.projection_shortcut(x, w, stride), theirs, atol=1e-12)
    tx, (dout,) = torch.tensor(x, requires_grad=True), draw(20, (2, 4))
    theirs = torch.nn.functional.adaptive_avg_pool2d(tx, 1)[:, :, 0, 0]
    np.testing.assert_allclose(ref.global_average_pool_forward(x), theirs.detach(), atol=1e-12)
    theirs.backward(torch.tensor(dout))
    np.testing.assert_allclose(ref.global_average_pool_backward(dout, x), tx.grad, atol=1e-12)


def test_concatenation_equals_torch():
    torch = pytest.importorskip("torch")
    pieces, (dout,) = draw(21, (2, 3, 4, 2), (2, 1, 4, 2), (2, 2, 4, 2)), draw(22, (2, 6, 4, 2))
    tensors = [torch.tensor(piece, requires_grad=True) for piece in pieces]
    torch.cat(tensors, dim=1).backward(torch.tensor(dout))
    for ours, theirs in zip(ref.concat_backward(dout, [3, 1, 2]), tensors, strict=True):
        np.testing.assert_array_equal(ours, theirs.grad)


def test_kaiming_std_equals_torch():
    torch = pytest.importorskip("torch")
    w = torch.empty(512, 64, 3, 3)
    torch.manual_seed(0)
    torch.nn.init.kaiming_normal_(w, nonlinearity="relu")
    assert float(w.std()) == pytest.approx(ref.kaiming_std(64 * 9), rel=0.01)


# ---------------------------------------------------------------- the fast twin, the deep stack


def test_the_fast_layer_keeps_the_same_statistics():
    x, other = draw(20, (4, 3, 5, 2), (4, 3, 5, 2))
    layer = BatchNorm2d(3, momentum=0.8, dtype=np.float64)
    mean, var = np.zeros(3), np.ones(3)
    for batch in (x, 2 * other + 1):
        layer.forward(batch, training=True)
        mean, var = ref.batch_norm_running(mean, var, batch, momentum=0.8)
    np.testing.assert_allclose(
        layer.forward(x), ref.batch_norm_inference(x, np.ones(3), np.zeros(3), mean, var)
    )


def test_gradient_norms_end_with_the_gradient_behind_the_last_relu():
    x = np.random.default_rng(21).normal(size=(6, 1, 5, 4)).astype(np.float32)
    labels = np.array([0, 1, 2, 0, 1, 2])
    model = deep_stack(4, channels=3, classes=3, seed=1)
    norms = gradient_norms(model, x, labels)
    assert norms.shape == (3,)
    dlogits = ref.softmax(model.forward(x).astype(float)) - np.eye(3)[labels]
    share = dlogits / 6 @ model.layers[-1].parameters["w"].T / 20  # by each of 5·4 places
    assert norms[-1] == pytest.approx(np.sqrt(20) * np.linalg.norm(share), rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_what_the_lesson_says_of_the_first_layer(seed):
    rng = np.random.default_rng(seed)
    x, labels = rng.normal(size=(32, 1, 10, 10)).astype(np.float32), rng.integers(0, 10, 32)

    def arrives(**options):
        norms = gradient_norms(deep_stack(20, seed=seed, **options), x, labels)
        return norms[0] / norms[-1]

    assert arrives(weight_std=0.05) < 1e-8
    assert 0.01 < arrives() < 100
    assert 0.1 < arrives(weight_std=0.05, skip=True) < 10
    assert arrives(norm=BatchNorm2d) > 10  # it grows, and does not fade
    assert arrives(norm=BatchNorm2d) > 2 * arrives(norm=BatchNorm2d, skip=True)
    assert arrives(norm=BatchNorm2d) == pytest.approx(
        arrives(norm=BatchNorm2d, weight_std=0.05), rel=0.1
    )


def test_a_block_of_the_deep_stack_is_the_reference_block():
    model = deep_stack(2, skip=True, channels=3, seed=2)
    x = np.random.default_rng(22).normal(size=(2, 3, 6, 5)).astype(np.float32)
    block, relu = model.layers[2:4]
    weights = [value.astype(float) for value in block.parameters.values()]
    np.testing.assert_allclose(
        relu.forward(block.forward(x)), ref.residual_forward(x.astype(float), *weights), atol=1e-4
    )


# ---------------------------------------------------------------- bad input


X = np.ones((2, 3, 4, 5))
W1, W2 = np.ones((4, 3, 3, 3)), np.ones((3, 4, 3, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ref.batch_norm_forward(X[0], np.ones(3), np.ones(3)), "axes"),
        (lambda: ref.batch_norm_forward(X, np.ones(4), np.ones(3)), r"gamma .*\(3,\)"),
        (lambda: ref.batch_norm_forward(X, np.ones(3), np.ones(3), eps=0), "eps"),
        (lambda: ref.batch_norm_forward(X[:0], np.ones(3), np.ones(3)), "nothing"),
        (lambda: ref.batch_norm_backward(X[:1], X, np.ones(3), np.ones(3)), "dout"),
        (lambda: ref.batch_norm_running(np.ones(3), np.ones(3), X, momentum=2), "momentum"),
        (lambda: ref.batch_norm_running(np.ones(3), -np.ones(3), X), "negative"),
        (lambda: ref.batch_norm_running(np.ones(3), np.ones(3), X[:1, :, :1, :1]), "single number"),
        (lambda: ref.batch_norm_inference(X, *np.ones((3, 3)), np.ones(2)), "var has shape"),
        (lambda: ref.kaiming_std(0), "fan_in"),
        (lambda: ref.residual_forward(X, W1, np.ones(4), W1, np.ones(3)), "w2 has shape"),
        (lambda: ref.residual_forward(X, W2, np.ones(3), W2, np.ones(3)), "w1 has shape"),
        (lambda: ref.residual_forward(X, W1, np.ones(3), W2, np.ones(3)), "b1 has shape"),
        (lambda: ref.residual_backward(X[:1], X, W1, np.ones(4), W2, np.ones(3)), "dout"),
        (lambda: ref.projection_shortcut(X, W1), "projection"),
        (lambda: ref.projection_shortcut(X, np.ones((2, 3, 1, 1)), 0), "stride"),
        (lambda: ref.concat_backward(X, [1, 1]), "add up to 2"),
        (lambda: ref.depth_multiply_adds(2, 1, 0, 3), "layers"),
        (lambda: ref.global_average_pool_forward(X.astype(int)), "int64"),
        (lambda: ref.global_average_pool_backward(X, X), "dout has shape"),
        (lambda: ref.head_parameters(3, 0, 2, 5), "height"),
        (lambda: deep_stack(5), "even"),
        (lambda: deep_stack(4, weight_std=0.0), "weight_std"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
