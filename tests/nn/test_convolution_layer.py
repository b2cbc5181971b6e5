"""The fast convolution equals the reference, in both precisions, by every algorithm."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import nn
from coursekit.reference import convolution_general as reference

TOLERANCE = {"float32": 2e-4, "float64": 1e-10}


def drawn(*shapes, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def assert_close(found, exact, tolerance):
    """Equal up to ``tolerance`` times the largest exact value."""
    assert found.shape == exact.shape
    scale = max(1.0, np.abs(exact).max(initial=0.0))
    np.testing.assert_allclose(found, exact, rtol=0, atol=tolerance * scale)


def check_against_reference(layer, x, dout_seed=1):
    """Forward, dx, dw and db of a training pass, computed in float64 by the reference."""
    tolerance = TOLERANCE[x.dtype.name]
    arrays = [a.astype(float) for a in (x, layer.parameters["w"])]
    b = layer.parameters.get("b", np.zeros(layer.filters)).astype(float)
    options = layer.stride, layer.padding, layer.dilation, layer.groups
    exact = reference.conv2d_general_forward(*arrays, b, *options)
    out = layer.forward(x, training=True)
    assert out.dtype == x.dtype
    assert_close(out, exact, tolerance)
    assert_close(layer.forward(x), exact, tolerance)
    (dout,) = drawn(exact.shape, seed=dout_seed, dtype=x.dtype)
    dx = layer.backward(dout)
    exact = reference.conv2d_general_backward(dout.astype(float), *arrays, b, *options)
    assert dx.dtype == x.dtype
    assert_close(dx, exact[0], tolerance)
    assert_close(layer.gradients["w"], exact[1], tolerance)
    if layer.bias:
        assert_close(layer.gradients["b"], exact[2], tolerance)


@st.composite
def layers_and_inputs(draw):
    number = lambda low, high: draw(st.integers(low, high))  # noqa: E731
    pair = lambda low, high: (number(low, high), number(low, high))  # noqa: E731
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    groups = number(1, 3)
    channels, filters = groups * number(1, 3), groups * number(1, 3)
    kernel, stride, padding, dilation = pair(1, 4), pair(1, 4), pair(0, 4), pair(1, 3)
    fits = [d * (k - 1) + 1 - 2 * p for k, p, d in zip(kernel, padding, dilation, strict=True)]
    shape = number(1, 4), channels, *(number(max(1, n), 10) for n in fits)
    layer = nn.Conv2d(
        channels, filters, kernel, stride, padding, dilation, groups,
        bias=draw(st.booleans()), dtype=dtype, seed=0,
    )  # fmt: skip
    if layer.bias:
        layer.parameters["b"][...] = np.arange(filters) - 1
    return layer, drawn(shape, seed=number(0, 9), dtype=dtype)[0]


@settings(max_examples=200, deadline=None)
@given(layers_and_inputs())
def test_any_options_equal_the_reference(case):
    check_against_reference(*case)


@st.composite
def winograd_images(draw):
    """The shape of images, and a padding, that have tiles enough for Winograd's way."""
    number = lambda low, high: draw(st.integers(low, high))  # noqa: E731
    axes, padding = [(number(low, high), number(low, high)) for low, high in ((6, 14), (0, 4))]
    tiles = np.prod([-(-(n + 2 * p - 2) // 4) for n, p in zip(axes, padding, strict=True)])
    fewest = int(-(-9 // tiles))
    return (number(fewest, fewest + 4), number(32, 34), *axes), padding


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([np.float32, np.float64]), winograd_images())
def test_winograd_equals_the_reference(dtype, images):
    (shape, padding), filters = images, 33
    layer = nn.Conv2d(shape[1], filters, 3, padding=padding, dtype=dtype, seed=0)
    assert layer.method(shape) == "Winograd"
    layer.parameters["b"][...] = np.arange(filters) - 4
    check_against_reference(layer, drawn(shape, dtype=dtype)[0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("layer", "shape", "method"),
    [
        ({"channels": 24, "filters": 22, "kernel": 3, "padding": 1}, (9, 24, 31, 33), "Winograd"),
        ({"channels": 16, "filters": 12, "kernel": 3, "winograd": False}, (9, 16, 31, 33),
         "long rows"),
        ({"channels": 40, "filters": 24, "kernel": 1}, (7, 40, 30, 31), "pointwise"),
        ({"channels": 12, "filters": 12, "kernel": 3, "groups": 12, "padding": 1}, (9, 12, 40, 41),
         "long rows"),
        ({"channels": 12, "filters": 24, "kernel": 3, "groups": 12, "stride": 2}, (9, 12, 40, 41),
         "long rows"),
        ({"channels": 3, "filters": 6, "kernel": 5, "stride": 3, "padding": 2}, (70, 3, 40, 41),
         "long rows"),
    ],
)  # fmt: skip
def test_batches_of_several_chunks_equal_the_reference(layer, shape, method, dtype):
    """Large enough that the images are taken a few at a time, with a remainder."""
    layer = nn.Conv2d(**layer, dtype=dtype, seed=0)
    assert layer.method(shape) == method
    (x,) = drawn(shape, dtype=dtype)
    check_against_reference(layer, x)
    check_against_reference(layer, x[:3] * 2)  # a smaller batch, in the same workspace
    check_against_reference(layer, x[:, :, 2:, 1:])
    check_against_reference(layer, x)


@pytest.mark.parametrize("stride", [1, 2])
def test_one_layer_takes_images_of_any_size_one_after_another(stride):
    """Sizes that need the same workspace must not see each other's numbers in the frame."""
    layer = nn.Conv2d(24, 24, 3, stride, padding=1, dtype=np.float64, seed=0)
    for height, width in [(8, 9), (7, 9), (8, 9), (7, 10), (6, 11), (8, 12), (5, 5)]:
        check_against_reference(layer, drawn((3, 24, height, width))[0])


def test_winograd_is_as_exact_as_it_says():
    (x,) = drawn((4, 32, 32, 32), dtype=np.float32)
    errors = []
    for winograd in (True, False):
        layer = nn.Conv2d(32, 32, 3, padding=1, winograd=winograd, seed=0)
        w = layer.parameters["w"].astype(float)
        exact = reference.conv2d_general_forward(x.astype(float), w, np.zeros(32), 1, 1)
        errors.append(np.abs(layer.forward(x) - exact).max() / np.abs(exact).max())
    assert errors[0] < 2e-5
    assert errors[1] < 2e-6


def test_non_contiguous_input_and_gradient():
    (x,) = drawn((12, 13, 5, 25))
    view = x.transpose(2, 3, 1, 0)[:, :, ::-1]  # (5, 25, 13, 12)
    for kernel in (1, 2, 3):
        layer = nn.Conv2d(25, 24, kernel, dtype=np.float64, seed=0)
        out = layer.forward(view, training=True)
        np.testing.assert_allclose(out, layer.forward(view.copy()), atol=1e-12)
        dout = np.broadcast_to(np.float64(1), out.shape)
        dx, dw = layer.backward(dout), layer.gradients["w"]
        layer.forward(view.copy(), training=True)
        np.testing.assert_allclose(layer.backward(dout.copy()), dx, atol=1e-12)
        np.testing.assert_allclose(layer.gradients["w"], dw, atol=1e-12)


@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_two_equal_layers_do_not_disturb_each_other(kernel):
    x, other = drawn((4, 24, 9, 9), (4, 24, 9, 9), dtype=np.float32)
    first, second = (nn.Conv2d(24, 24, kernel, seed=seed) for seed in (0, 1))
    kept = first.forward(x, training=True)
    copied = kept.copy()
    dout = np.ones_like(kept)
    second.forward(other, training=True)
    second.backward(dout)
    np.testing.assert_array_equal(kept, copied)  # outputs are new arrays, not workspace
    dx = first.backward(dout)
    alone = nn.Conv2d(24, 24, kernel, seed=0)
    alone.forward(x, training=True)
    np.testing.assert_array_equal(dx, alone.backward(dout))
    np.testing.assert_array_equal(first.gradients["w"], alone.gradients["w"])


@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_validation_may_stand_between_forward_and_backward(kernel):
    x, other = drawn((4, 24, 9, 9), (6, 24, 10, 9), dtype=np.float32)
    layer, undisturbed = (nn.Conv2d(24, 24, kernel, seed=0) for _ in range(2))
    dout = np.ones_like(layer.forward(x, training=True))
    layer.forward(other)
    undisturbed.forward(x, training=True)
    np.testing.assert_array_equal(layer.backward(dout), undisturbed.backward(dout))
    np.testing.assert_array_equal(layer.gradients["w"], undisturbed.gradients["w"])


def test_backward_belongs_to_the_last_training_forward_and_uses_it_up():
    x, other = drawn((4, 24, 9, 9), (2, 24, 9, 9), dtype=np.float32)
    layer = nn.Conv2d(24, 24, 3, seed=0)
    with pytest.raises(RuntimeError, match="training=True"):
        layer.backward(np.ones((4, 24, 7, 7), np.float32))
    layer.forward(x, training=True)
    layer.forward(other, training=True)
    with pytest.raises(ValueError, match=r"\(2, 24, 7, 7\)"):
        layer.backward(np.ones((4, 24, 7, 7), np.float32))
    layer.backward(np.ones((2, 24, 7, 7), np.float32))
    with pytest.raises(RuntimeError, match="uses up"):
        layer.backward(np.ones((2, 24, 7, 7), np.float32))


def test_the_first_layer_may_skip_its_input_gradient():
    (x,) = drawn((3, 24, 9, 9), dtype=np.float32)
    for kernel in (1, 2, 3):
        layer = nn.Conv2d(24, 24, kernel, seed=0)
        dout = np.ones_like(layer.forward(x, training=True))
        layer.backward(dout)
        full = layer.gradients["w"]
        layer.forward(x, training=True)
        assert layer.backward(dout, input_gradient=False) is None
        np.testing.assert_array_equal(layer.gradients["w"], full)


@pytest.mark.parametrize("options", [{}, {"winograd": False}, {"stride": 2}])
def test_the_workspace_is_bounded(options):
    """By 3 times the input and 16 MB, whatever the batch."""
    (x,) = drawn((256, 16, 32, 32), dtype=np.float32)
    layer = nn.Conv2d(16, 16, 3, padding=1, **options)
    layer.backward(layer.forward(x, training=True))
    assert layer._workspace.nbytes < 3 * x.nbytes + 16e6


@pytest.mark.parametrize(("kernel", "times"), [(3, 6), (5, 30)])
def test_one_large_image_needs_a_stated_multiple_of_its_memory(kernel, times):
    (x,) = drawn((1, 16, 256, 256), dtype=np.float32)
    layer = nn.Conv2d(16, 16, kernel, padding=kernel // 2)
    out = layer.forward(x, training=True)
    layer.backward(out)
    assert layer._workspace.nbytes < times * (x.nbytes + out.nbytes)


def test_a_copied_layer_has_its_own_workspace_and_parameters():
    (x,) = drawn((3, 24, 9, 9), dtype=np.float32)
    layer = nn.Conv2d(24, 24, 3, seed=0)
    out = layer.forward(x)
    twin = copy.deepcopy(layer)
    assert twin._workspace.nbytes == 0
    twin.parameters["w"] *= 0
    np.testing.assert_array_equal(layer.forward(x), out)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "must divide"),
        (lambda: nn.Conv2d(3, 4, 0), "kernel"),
        (lambda: nn.Conv2d(3, 4, 3, stride=0), "stride"),
        (lambda: nn.Conv2d(0, 4, 3), "channels"),
        (lambda: nn.Conv2d(3, 4, 3).forward(np.ones((1, 2, 5, 5), np.float32)), "N, 3, H, W"),
        (lambda: nn.Conv2d(3, 4, 3).forward(np.ones((1, 3, 2, 5), np.float32)), "spans 3"),
        (lambda: nn.Conv2d(3, 4, 3).forward(np.ones((3, 5, 5), np.float32)), "N, C, H, W"),
        (lambda: nn.Conv2d(3, 4, 3).forward(np.ones((1, 3, 5, 5))), "float64"),
        (lambda: nn.Conv2d(3, 4, 3).forward(np.ones((1, 3, 5, 5), np.uint8)), "uint8"),
        (lambda: nn.Conv2d(3, 4, 3, backward=print), "forward="),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
