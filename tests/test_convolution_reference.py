"""The reference convolutions: numeric gradients, worked numbers, properties, PyTorch."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.reference import convolution as forward
from coursekit.reference import convolution_backward as backward
from coursekit.reference import convolution_counts as counts
from coursekit.reference import convolution_general as general
from coursekit.reference import convolution_relatives as relatives


def drawn(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def numeric_gradient(loss, x, h=1.0):
    """Central differences; a loss linear in x is exact at any h, and a large one rounds least."""
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        kept = x[place]
        x[place] = kept + h
        above = loss()
        x[place] = kept - h
        gradient[place] = (above - loss()) / (2 * h)
        x[place] = kept
    return gradient


def numeric_input_gradient(function, x, dout, h=1.0):
    """The same for a batch x, with all moved copies of it in one batch."""
    steps = h * np.eye(x.size).reshape(-1, *x.shape)
    moved = np.concatenate([x + steps, x - steps]).reshape(-1, *x.shape[1:])
    above, below = function(moved).reshape(2, x.size, -1) @ dout.ravel()
    return ((above - below) / (2 * h)).reshape(x.shape)


def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


# ---------------------------------------------------------------- numeric gradients

KERNELS = [(1, 1), (2, 2), (3, 3), (3, 2), (1, 4)]


def assert_gradients_equal_the_numeric_ones(forward, backward, x, w, b, options):
    def out(x=x):
        return forward(x, w, b, *options)

    (dout,) = drawn(out().shape, seed=1)

    def loss():
        return np.vdot(out(), dout)

    numeric = (
        numeric_input_gradient(out, x, dout),
        numeric_gradient(loss, w),
        numeric_gradient(loss, b),
    )
    found = backward(dout, x, w, b, *options)
    for name, gradient, expected in zip(("dx", "dw", "db"), found, numeric, strict=True):
        assert gradient.shape == expected.shape
        error = relative_error(gradient, expected)
        assert error < 1e-9, (name, w.shape, error)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("padding", [0, 1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_gradients_equal_the_numeric_ones(stride, padding, dilation, groups):
    """At every stride, padding (beyond the kernel too), dilation and group count."""
    options = stride, padding, dilation, groups
    forward, backward = general.conv2d_general_forward, general.conv2d_general_backward
    for kernel in KERNELS:
        arrays = drawn((2, 2, 6, 7), (2, 2 // groups, *kernel), (2,))
        assert_gradients_equal_the_numeric_ones(forward, backward, *arrays, options)


@pytest.mark.parametrize("options", [*itertools.product([1, 2, 3], [0, 1, 3], [1, 2], [1, 2])])
def test_1d_gradients_equal_the_numeric_ones(options):
    forward, backward = general.conv1d_general_forward, general.conv1d_general_backward
    arrays = drawn((2, 4, 9), (2, 4 // options[-1], 3), (2,))
    assert_gradients_equal_the_numeric_ones(forward, backward, *arrays, options)


def test_gradients_with_different_options_on_the_two_axes():
    arrays = drawn((2, 4, 6, 8), (6, 2, 3, 2), (6,))
    assert_gradients_equal_the_numeric_ones(
        general.conv2d_general_forward,
        general.conv2d_general_backward,
        *arrays,
        ((2, 3), (0, 2), (2, 1), 2),
    )


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 0), ((2, 3), (1, 2))])
def test_gradients_of_the_relatives_equal_the_numeric_ones(stride, padding):
    x, w, b = drawn((2, 3, 6, 7), (3, 3, 4), (3,))
    forward_, backward_ = forward.depthwise_conv2d, relatives.depthwise_conv2d_backward
    assert_gradients_equal_the_numeric_ones(forward_, backward_, x, w, b, (stride, padding))
    x, w, b = drawn((2, 3, 4, 5), (3, 2, 3, 4), (2,))
    forward_, backward_ = backward.transposed_conv2d, relatives.transposed_conv2d_backward
    assert_gradients_equal_the_numeric_ones(forward_, backward_, x, w, b, (stride, padding))


def test_one_channel_backward_equals_the_numeric_gradient():
    x, w, dout = drawn((8,), (3,), (6,))
    dx, dw = backward.conv1d_backward(dout, x, w)

    def loss():
        return np.correlate(x, w, "valid") @ dout

    assert relative_error(dx, numeric_gradient(loss, x)) < 1e-8
    assert relative_error(dw, numeric_gradient(loss, w)) < 1e-8


# ---------------------------------------------------------------- worked numbers


def test_worked_example_with_stride_2_and_padding_1():
    x = """1 2 0 1 0  2 0 0 0 1  1 2 2 0 2  2 2 2 0 1  2 0 1 0 1
           1 2 2 1 2  0 2 2 0 2  1 2 2 1 1  2 2 0 1 0  2 2 1 0 0
           0 2 0 1 1  2 0 2 1 1  2 0 1 2 1  0 1 0 1 2  1 0 1 2 1"""
    w = """-1 1 1 -1 1 1 0 0 1   0 -1 1 -1 0 -1 1 0 0   1 -1 0 -1 0 -1 0 1 -1
           0 0 -1 1 0 0 0 -1 0   1 -1 0 -1 1 0 -1 1 1   1 0 1 1 -1 1 -1 0 0"""
    x = np.array(x.split(), float).reshape(1, 3, 5, 5)
    w = np.array(w.split(), float).reshape(2, 3, 3, 3)
    out = forward.conv2d_forward(x, w, np.array([1.0, 0.0]), stride=2, padding=1)
    np.testing.assert_array_equal(out[0, 0], [[2, -3, -1], [5, -7, 2], [5, 0, 0]])
    np.testing.assert_array_equal(out[0, 1], [[3, 5, 2], [1, 0, -3], [-2, 4, 3]])


def test_worked_example_forward_and_backward():
    x = np.array([[4, 5, 8, 7], [1, 8, 8, 8], [3, 6, 6, 4], [6, 5, 7, 8]], float)[None, None]
    w = np.array([[1, 4, 1], [1, 4, 3], [3, 3, 1]], float)[None, None]
    dout = np.array([[2, 1], [4, 4]], float)[None, None]
    out = forward.conv2d_forward(x, w, np.zeros(1))
    np.testing.assert_array_equal(out[0, 0], [[122, 148], [126, 134]])
    dx, dw, db = backward.conv2d_backward(dout, x, w, np.zeros(1))
    np.testing.assert_array_equal(
        dx[0, 0], [[2, 9, 6, 1], [6, 29, 30, 7], [10, 29, 33, 13], [12, 24, 16, 4]]
    )
    np.testing.assert_array_equal(dw[0, 0], [[49, 82, 87], [46, 72, 64], [56, 66, 76]])
    np.testing.assert_array_equal(db, [11])


def test_sizes_of_the_two_window_rule():
    """A 5×5 window turns H×W into (H−4)×(W−4), a 3×3 window into (H−2)×(W−2)."""
    assert [forward.output_size(30, k) for k in (5, 3)] == [26, 28]


# ---------------------------------------------------------------- properties


@st.composite
def configurations(draw):
    """A random convolution that fits: its arrays (x, w, b) and its options."""
    number = lambda low, high: draw(st.integers(low, high))  # noqa: E731
    pair = lambda low, high: (number(low, high), number(low, high))  # noqa: E731
    groups = number(1, 3)
    kernel, stride, padding, dilation = pair(1, 4), pair(1, 4), pair(0, 4), pair(1, 3)
    fits = [d * (k - 1) + 1 - 2 * p for k, p, d in zip(kernel, padding, dilation, strict=True)]
    x_shape = (number(1, 3), groups * number(1, 2), *(number(max(1, n), 10) for n in fits))
    w_shape = (groups * number(1, 2), x_shape[1] // groups, *kernel)
    options = stride, padding, dilation, groups
    return drawn(x_shape, w_shape, (w_shape[0],), seed=number(0, 2**32 - 1)), options


@settings(max_examples=100, deadline=None)
@given(configurations())
def test_dx_and_dw_are_the_adjoints_of_forward(configuration):
    """⟨conv(x), dy⟩ = ⟨x, dx⟩ and the same for w: an identity for linear maps."""
    (x, w, b), options = configuration
    out = general.conv2d_general_forward(x, w, 0 * b, *options)
    (dout,) = drawn(out.shape, seed=1)
    dx, dw, _ = general.conv2d_general_backward(dout, x, w, b, *options)
    np.testing.assert_allclose(np.vdot(x, dx), np.vdot(out, dout), atol=1e-10)
    np.testing.assert_allclose(np.vdot(w, dw), np.vdot(out, dout), atol=1e-10)


@settings(max_examples=50, deadline=None)
@given(configurations(), st.floats(-3, 3))
def test_forward_is_linear_in_x_and_in_w(configuration, factor):
    (x, w, b), options = configuration
    other_x, other_w = drawn(x.shape, w.shape, seed=1)

    def conv(x, w):
        return general.conv2d_general_forward(x, w, 0 * b, *options)

    np.testing.assert_allclose(
        conv(x + factor * other_x, w), conv(x, w) + factor * conv(other_x, w), atol=1e-10
    )
    np.testing.assert_allclose(
        conv(x, w + factor * other_w), conv(x, w) + factor * conv(x, other_w), atol=1e-10
    )


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 2))
def test_a_moved_picture_gives_a_moved_map(dy, dx, stride):
    x, w, b = drawn((1, 2, 5, 6), (3, 2, 3, 2), (3,))
    moved = np.zeros((1, 2, 24, 26))
    still = moved.copy()
    still[:, :, 6:11, 6:12] = x
    moved[:, :, 6 + stride * dy : 11 + stride * dy, 6 + stride * dx : 12 + stride * dx] = x
    before = forward.conv2d_forward(still, w, b, stride)
    after = forward.conv2d_forward(moved, w, b, stride)
    np.testing.assert_allclose(np.roll(before, (dy, dx), (2, 3)), after, atol=1e-12)


def test_the_forms_of_convolution_agree():
    x, w, b = drawn((2, 3, 7, 8), (4, 3, 3, 2), (4,))
    out = forward.conv2d_forward(x, w, b, (2, 1), (1, 2))
    columns = forward.im2col(x, (3, 2), (2, 1), (1, 2))
    product = w.reshape(4, -1) @ columns + b[:, None]
    np.testing.assert_allclose(product.reshape(out.shape), out, atol=1e-12)
    np.testing.assert_allclose(
        forward.depthwise_conv2d(x, w[:3, 0], b[:3], 2, 1),
        general.conv2d_general_forward(x, w[:3, :1], b[:3], 2, 1, groups=3),
        atol=1e-12,
    )
    np.testing.assert_allclose(
        forward.correlate2d(x[0, 0], w[0, 0]),
        forward.conv2d_forward(x[:1, :1], w[:1, :1], np.zeros(1))[0, 0],
        atol=1e-12,
    )


def test_conv1d_matrix_is_the_padded_convolution_and_its_transpose_the_input_gradient():
    x, w, dout = drawn((7,), (3,), (7,))
    matrix = forward.conv1d_matrix(w, 7)
    out = forward.conv1d_forward(x[None, None], w[None, None], np.zeros(1), padding=1)
    np.testing.assert_allclose(x @ matrix, out[0, 0], atol=1e-12)
    dx, _, _ = general.conv1d_general_backward(
        dout[None, None], x[None, None], w[None, None], np.zeros(1), padding=1
    )
    np.testing.assert_allclose(dout @ matrix.T, dx[0, 0], atol=1e-12)
    assert forward.conv1d_matrix(np.ones(5), 1).shape == (1, 1)


def test_transposed_convolution_is_the_input_gradient():
    w, dout = drawn((4, 3, 3, 2), (2, 4, 5, 6))
    enlarged = backward.transposed_conv2d(dout, w, np.zeros(3), stride=(2, 3), padding=1)
    shape = (2, 3, *enlarged.shape[2:])
    gradient = backward.conv2d_input_gradient(dout, w, shape, stride=(2, 3), padding=1)
    np.testing.assert_allclose(enlarged, gradient, atol=1e-12)


def test_pixels_left_over_by_the_stride_get_gradient_zero():
    dout, w = drawn((1, 1, 2, 2), (1, 1, 2, 2))
    dx = backward.conv2d_input_gradient(dout, w, (1, 1, 6, 7), stride=3)
    assert np.all(dx[:, :, 5:] == 0)
    assert np.all(dx[:, :, :, 5:] == 0)
    assert np.all(dx[:, :, :2, :2] != 0)


def test_the_named_kernels():
    (x,) = drawn((6, 7))
    framed = forward.zero_pad(x, 1)
    for dy, dx in itertools.product([-1, 0, 1], repeat=2):
        moved = forward.correlate2d(framed, forward.shift_kernel(dy, dx))
        expected = np.roll(framed, (dy, dx), (0, 1))[1:-1, 1:-1]
        np.testing.assert_array_equal(moved, expected)
    flat = np.full((5, 5), 0.3)
    np.testing.assert_allclose(forward.correlate2d(flat, forward.blur_kernel()), 0.3)
    np.testing.assert_allclose(forward.correlate2d(flat, forward.edge_kernel()), 0, atol=1e-12)


def test_sgd_update_returns_new_arrays():
    parameters, gradients = drawn((2, 3), (3,)), drawn((2, 3), (3,), seed=1)
    kept = [p.copy() for p in parameters]
    updated = backward.sgd_update(parameters, gradients, 0.5)
    for new, old, p, g in zip(updated, kept, parameters, gradients, strict=True):
        np.testing.assert_array_equal(p, old)
        np.testing.assert_allclose(new, old - 0.5 * g)


# ---------------------------------------------------------------- counts


def test_growth_is_what_the_counts_give():
    n = counts.conv_parameters(3, 5, 4, bias=False)
    grown = {
        "parameters, kernel doubled": counts.conv_parameters(3, 5, 8, bias=False) / n,
        "parameters, channels doubled": counts.conv_parameters(6, 10, 4, bias=False) / n,
        "parameters, input doubled": 1,
        "multiply-adds, input doubled": counts.conv_multiply_adds(16, 12, 3, 5, 4)
        / counts.conv_multiply_adds(8, 6, 3, 5, 4),
    }
    assert counts.conv_growth() == grown
    assert counts.conv_parameters(3, 5, (2, 4)) == 2 * 4 * 3 * 5 + 5


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.integers(1, 3)] * 3), min_size=1, max_size=3))
def test_receptive_field_is_where_the_gradient_reaches(layers):
    """Backward from one output, with positive weights, touches exactly the receptive field."""
    sizes = [200]
    for kernel, stride, dilation in layers:
        sizes.append(forward.output_size(sizes[-1], kernel, stride, 0, dilation))
    gradient = np.zeros((1, 1, sizes[-1]))
    gradient[:, :, sizes[-1] // 2] = 1
    for (kernel, stride, dilation), size in zip(layers[::-1], sizes[-2::-1], strict=True):
        gradient, _, _ = general.conv1d_general_backward(
            gradient, np.zeros((1, 1, size)), np.ones((1, 1, kernel)), np.zeros(1),
            stride, 0, dilation,
        )  # fmt: skip
    touched = np.flatnonzero(gradient)
    assert touched[-1] - touched[0] + 1 == counts.receptive_field(layers)


def test_stacked_receptive_field_is_the_special_case():
    for n, kernel in itertools.product(range(5), range(1, 6)):
        assert counts.stacked_receptive_field(n, kernel) == counts.receptive_field(
            [(kernel, 1, 1)] * n
        )


# ---------------------------------------------------------------- PyTorch


@settings(max_examples=300, deadline=None)
@given(configurations())
def test_equal_to_pytorch(configuration):
    torch = pytest.importorskip("torch")
    arrays, options = configuration
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    expected = torch.nn.functional.conv2d(*tensors, *options)
    out = general.conv2d_general_forward(*arrays, *options)
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=0, atol=1e-10)
    (dout,) = drawn(out.shape, seed=1)
    expected.backward(torch.tensor(dout))
    found = general.conv2d_general_backward(dout, *arrays, *options)
    for gradient, tensor in zip(found, tensors, strict=True):
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=0, atol=1e-10)


@settings(max_examples=100, deadline=None)
@given(configurations())
def test_1d_columns_and_volume_shapes_equal_to_pytorch(configuration):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    (x, w, b), ((sy, sx), (py, px), _, groups) = configuration
    w = np.repeat(w, groups, axis=1)
    tensors = [torch.tensor(array) for array in (x, w, b)]
    line = forward.conv1d_forward(x[:, :, 0], w[:, :, 0], b, sx, px)
    expected = functional.conv1d(tensors[0][:, :, 0], tensors[1][:, :, 0], tensors[2], sx, px)
    np.testing.assert_allclose(line, expected.numpy(), rtol=0, atol=1e-10)

    columns = forward.im2col(x, w.shape[2:], (sy, sx), (py, px))
    expected = functional.unfold(tensors[0], w.shape[2:], 1, (py, px), (sy, sx))
    np.testing.assert_array_equal(columns, expected.numpy())

    volume = (*x.shape[:2], 4, *x.shape[2:])
    video = torch.zeros(volume)
    kernel = torch.zeros(*w.shape[:2], 2, *w.shape[2:])
    expected = functional.conv3d(video, kernel, None, (2, sy, sx), (1, py, px)).shape
    assert counts.conv3d_output_shape(
        volume, (2, *w.shape[2:]), len(w), (2, sy, sx), (1, py, px)
    ) == tuple(expected)


@st.composite
def transposed(draw):
    """A random transposed convolution, (x, w, b), stride and padding, that cuts off less than all.

    It cuts 2P off each axis of S·(n − 1) + K.
    """
    number = lambda low, high: draw(st.integers(low, high))  # noqa: E731
    axes, kernel, stride = [(number(1, top), number(1, top)) for top in (9, 4, 4)]
    whole = [s * (n - 1) + k for n, k, s in zip(axes, kernel, stride, strict=True)]
    padding = tuple(number(0, min(4, (length - 1) // 2)) for length in whole)
    channels, filters = number(1, 6), number(1, 6)
    shapes = (number(1, 3), channels, *axes), (channels, filters, *kernel), (filters,)
    return drawn(*shapes, seed=number(0, 2**32 - 1)), stride, padding


@settings(max_examples=100, deadline=None)
@given(transposed())
def test_transposed_equals_pytorch(configuration):
    torch = pytest.importorskip("torch")
    arrays, *options = configuration
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    expected = torch.nn.functional.conv_transpose2d(*tensors, *options)
    found = backward.transposed_conv2d(*arrays, *options)
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=0, atol=1e-10)
    (dout,) = drawn(found.shape, seed=1)
    expected.backward(torch.tensor(dout))
    gradients = relatives.transposed_conv2d_backward(dout, *arrays, *options)
    for gradient, tensor in zip(gradients, tensors, strict=True):
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=0, atol=1e-10)
