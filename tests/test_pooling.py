"""Pooling: brute force, numeric gradients, properties, worked numbers, PyTorch, figures."""

import ast
import inspect
import itertools
import textwrap

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import asking
from coursekit.exercises import load
from coursekit.plots import pooling as plots
from coursekit.reference import pooling, pooling_shapes
from coursekit.reference.convolution import conv2d_forward
from coursekit.reference.convolution_counts import (
    conv_multiply_adds,
    conv_parameters,
    receptive_field,
)
from coursekit.reference.gradient_checks import gradient_check

matplotlib.use("Agg")

NAMES = ("max", "avg", "sum")
FORWARD = {name: getattr(pooling, f"{name}_pool2d_forward") for name in NAMES}
BACKWARD = {name: getattr(pooling, f"{name}_pool2d_backward") for name in NAMES}


def distinct(*shape, seed=0):
    """Numbers that all differ by 0.1 or more: no ties, also after a nudge."""
    count = int(np.prod(shape))
    numbers = np.random.default_rng(seed).permutation(count) - count // 2
    return numbers.reshape(shape) / 10


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@st.composite
def poolings(draw, padded=True):
    """Maps and (size, stride, padding) that fit: padding of half a window at most."""
    number = lambda low, high: draw(st.integers(low, high))  # noqa: E731
    size, stride = [(number(1, 4), number(1, 4)) for _ in range(2)]
    padding = tuple(number(0, k // 2) if padded else 0 for k in size)
    axes = [number(max(1, k - 2 * p), 8) for k, p in zip(size, padding, strict=True)]
    shape = (number(1, 2), number(1, 3), *axes)
    if draw(st.booleans()):  # maps with ties
        x = np.random.default_rng(number(0, 999)).integers(-2, 3, shape).astype(float)
    else:
        x = distinct(*shape, seed=number(0, 999))
    return x, size, stride, padding


# ---------------------------------------------------------------- brute force


def windows_of(x, size, stride, padding, fill):
    """Yield ((r, c), window, its pixels as flat places in the framed map), window by window."""
    py, px = padding
    framed = np.pad(x, [(0, 0), (0, 0), (py, py), (px, px)], constant_values=fill)
    places = np.arange(framed[0, 0].size).reshape(framed.shape[2:])
    for r in range((framed.shape[2] - size[0]) // stride[0] + 1):
        for c in range((framed.shape[3] - size[1]) // stride[1] + 1):
            cut = np.s_[r * stride[0] :, c * stride[1] :]
            at = places[cut][: size[0], : size[1]].ravel()
            yield (r, c), framed.reshape(*x.shape[:2], -1)[..., at], at


@settings(max_examples=150, deadline=None)
@given(poolings())
def test_forward_and_backward_equal_brute_force(configuration):
    x, size, stride, padding = configuration
    for name, fill, number in (("max", -np.inf, np.max), ("avg", 0, np.mean), ("sum", 0, np.sum)):
        out = FORWARD[name](x, size, stride, padding)
        dout = normal(*out.shape, seed=1)
        (py, px), (height, width) = padding, x.shape[2:]
        dx = np.zeros((*x.shape[:2], (height + 2 * py) * (width + 2 * px)))
        for (r, c), window, at in windows_of(x, size, stride, padding, fill):
            np.testing.assert_allclose(out[:, :, r, c], number(window, axis=2), atol=1e-12)
            for n, k in np.ndindex(x.shape[:2]):
                if name == "max":
                    dx[n, k, at[window[n, k].argmax()]] += dout[n, k, r, c]
                else:
                    dx[n, k, at] += dout[n, k, r, c] / (len(at) if name == "avg" else 1)
        dx = dx.reshape(*x.shape[:2], height + 2 * py, width + 2 * px)
        found = BACKWARD[name](dout, x, size, stride, padding)
        expected = dx[:, :, py : py + height, px : px + width]
        np.testing.assert_allclose(found, expected, atol=1e-12, err_msg=name)


# ---------------------------------------------------------------- numeric gradients


@pytest.mark.parametrize("name", NAMES)
def test_gradients_equal_the_numeric_ones_away_from_ties(name):
    x = distinct(2, 3, 6, 7)
    for size, stride, padding in itertools.product([(1, 2), (2, 2), (3, 3)], [1, 2, 3], [0, 1]):
        if 2 * padding > min(size):
            continue
        error = gradient_check(
            lambda a, o=(size, stride, padding): FORWARD[name](a, *o),
            lambda g, a, o=(size, stride, padding): BACKWARD[name](g, a, *o),
            [x],
        )
        assert error < 1e-9, (size, stride, padding)


def test_the_gradient_of_unpooling_equals_the_numeric_one():
    x = distinct(2, 3, 6, 8)
    values, places = normal(2, 3, 3, 4), pooling.max_pool2d_argmax(x, 2, 2)
    error = gradient_check(
        lambda v: pooling.max_unpool2d(v, places, x.shape),
        lambda dout, v: pooling.max_unpool2d_backward(dout, v, places, x.shape),
        [values],
    )
    assert error < 1e-9


def test_delta_before_max_pool_equals_the_numeric_gradient_and_a_mere_copy_does_not():
    z = distinct(2, 2, 6, 7) / 5

    def out(z):
        return pooling.max_pool2d_forward(np.tanh(z), 3, 2)

    def delta(dout, z):
        return pooling.delta_before_max_pool(dout, z, 3, 2)

    def copied(dout, z):
        return pooling.max_pool2d_backward(dout, np.tanh(z), 3, 2)

    assert gradient_check(out, delta, [z]) < 1e-7
    assert gradient_check(out, copied, [z]) > 0.1


# ---------------------------------------------------------------- properties


@settings(max_examples=80, deadline=None)
@given(poolings())
def test_max_pooling_loses_and_invents_no_gradient(configuration):
    x, size, stride, padding = configuration
    out = pooling.max_pool2d_forward(x, size, stride, padding)
    dout = normal(*out.shape, seed=2)
    dx = pooling.max_pool2d_backward(dout, x, size, stride, padding)
    np.testing.assert_allclose(dx.sum((2, 3)), dout.sum((2, 3)), atol=1e-12)


@settings(max_examples=80, deadline=None)
@given(poolings(), st.sampled_from(["avg", "sum"]))
def test_sum_and_average_backward_are_the_adjoints_of_forward(configuration, name):
    x, *options = configuration
    out = FORWARD[name](x, *options)
    dout = normal(*out.shape, seed=3)
    dx = BACKWARD[name](dout, x, *options)
    np.testing.assert_allclose(np.vdot(x, dx), np.vdot(out, dout), atol=1e-10)


@settings(max_examples=80, deadline=None)
@given(poolings(padded=False))
def test_argmax_finds_the_maximum_and_unpooling_puts_it_back(configuration):
    x, size, stride, _ = configuration
    out = pooling.max_pool2d_forward(x, size, stride)
    places = pooling.max_pool2d_argmax(x, size, stride)
    flat = x.reshape(*x.shape[:2], -1)
    found = np.take_along_axis(flat, places.reshape(*x.shape[:2], -1), axis=2)
    np.testing.assert_array_equal(found.reshape(out.shape), out)
    back = pooling.max_unpool2d(out, places, x.shape)
    np.testing.assert_array_equal(back[back != 0], x[back != 0])
    # with windows side by side, unpooling is the backward pass
    if stride[0] >= size[0] and stride[1] >= size[1]:
        np.testing.assert_array_equal(back, pooling.max_pool2d_backward(out, x, size, stride))


def test_ties_go_to_the_first_in_reading_order():
    x = np.zeros((1, 1, 4, 6))
    dx = pooling.max_pool2d_backward(np.ones((1, 1, 2, 3)), x, 2, 2)
    expected = np.zeros((4, 6))
    expected[::2, ::2] = 1
    np.testing.assert_array_equal(dx[0, 0], expected)


@pytest.mark.parametrize("name", NAMES)
def test_pixels_without_a_window_get_gradient_zero(name):
    x = distinct(1, 2, 5, 8)
    dx = BACKWARD[name](np.ones((1, 2, 2, 3)), x, 2, 3)
    seen = np.zeros((5, 8), bool)
    for r, c in itertools.product([0, 3], [0, 3, 6]):
        seen[r : r + 2, c : c + 2] = True
    assert np.all(dx[:, :, ~seen] == 0)


def test_a_strided_convolution_is_a_subsampled_one_and_can_average():
    x, w = normal(2, 3, 8, 9), normal(4, 3, 3, 3, seed=1)
    strided = conv2d_forward(x, w, np.zeros(4), stride=2)
    thinned = pooling.subsample(conv2d_forward(x, w, np.zeros(4)), 2)
    np.testing.assert_allclose(strided, thinned, atol=1e-12)
    mean = np.einsum("fc,hw->fchw", np.eye(3), np.full((2, 2), 0.25))
    averaged = conv2d_forward(x, mean, np.zeros(3), stride=2)
    np.testing.assert_allclose(averaged, pooling.avg_pool2d_forward(x, 2, 2), atol=1e-12)


# ---------------------------------------------------------------- worked numbers


def test_the_window_of_1_3_4_2():
    x = np.array([[1, 3, 2, 0], [4, 2, 1, 1], [0, 1, 5, 6], [2, 2, 7, 8.0]])[None, None]
    found = [pooling.subsample(x, 2), *(FORWARD[name](x, 2, 2) for name in NAMES)]
    expected = [[[1, 2], [0, 5]], [[4, 2], [2, 8]], [[2.5, 1], [1.25, 6.5]], [[10, 4], [5, 26]]]
    for out, numbers in zip(found, expected, strict=True):
        np.testing.assert_array_equal(out[0, 0], numbers)
    assert pooling.max_pool2d_argmax(x, 2, 2)[0, 0].tolist() == [[4, 2], [12, 15]]


def test_the_overlapping_example():
    x = np.array(
        [[3, 1, 0, 2, 1], [0, 6, 9, 0, 4], [1, 2, 3, 1, 0], [5, 7, 3, 2, 2], [0, 1, 2, 4, 8.0]]
    )[None, None]
    dout = np.array([[9, 18], [27, 36.0]])[None, None]
    dx = pooling.max_pool2d_backward(dout, x, 3, 2)[0, 0]
    assert {tuple(at): dx[tuple(at)] for at in np.argwhere(dx)} == {
        (1, 2): 27, (3, 1): 27, (4, 4): 36
    }  # fmt: skip
    assert pooling.sum_pool2d_backward(dout, x, 3, 2)[0, 0, 2, 2] == 90
    assert pooling.avg_pool2d_backward(dout, x, 3, 2)[0, 0, 2, 2] == pytest.approx(10)


def test_the_slope_of_tanh_at_the_winner():
    z = np.array([[0.5, -1.0, 0.1, 1.0], [2.0, -0.3, -0.5, 0.2]])[None, None]
    delta = pooling.delta_before_max_pool(np.array([[4.0, 5.0]])[None, None], z, 2, 2)
    expected = np.zeros((2, 4))
    expected[1, 0], expected[0, 3] = 0.2826, 2.0999
    np.testing.assert_allclose(delta[0, 0], expected, atol=1e-4)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20), st.integers(1, 7))
def test_halving_the_map_and_doubling_the_channels(half_height, half_width, channels, kernel):
    """The work stays; the parameters, which a handbook finds unchanged, grow fourfold."""
    height, width = 2 * half_height, 2 * half_width
    found = pooling_shapes.pooling_budget(height, width, channels, kernel)
    assert found["parameters after"] == 4 * found["parameters before"]
    assert found["multiply-adds after"] == found["multiply-adds before"]
    layer = channels, channels, kernel
    assert found["parameters before"] == conv_parameters(*layer, bias=False)
    assert found["multiply-adds before"] == conv_multiply_adds(height, width, *layer)


def test_a_pooling_doubles_the_step_and_not_at_once_the_field():
    assert receptive_field([(3, 1, 1), (3, 1, 1)]) == 5
    assert receptive_field([(3, 1, 1), (2, 2, 1), (3, 1, 1)]) == 8
    fields = [receptive_field([(3, 1, 1), (2, 2, 1)] * n) for n in range(1, 7)]
    assert fields == [4, 10, 22, 46, 94, 190]


def run(layers, x):
    """The shape that the layers really make of x, by computing them."""
    for kind, *numbers in layers:
        if kind == "conv":
            filters, kernel, stride, padding = numbers
            w = np.zeros((filters, x.shape[1], kernel, kernel))
            x = conv2d_forward(x, w, np.zeros(filters), stride, padding)
        else:
            x = pooling.max_pool2d_forward(x, *numbers)
    return x.shape[1:]


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        (pooling_shapes.shrink_to_one_pixel(), (3, 128, 128)),
        (
            [("conv", 6, 5, 1, 0), ("pool", 2, 2), ("conv", 16, 5, 1, 0), ("pool", 2, 2)],
            (1, 32, 40),
        ),
        ([("pool", 3, 2), ("conv", 4, 3, 2, 1), ("pool", 2, 3)], (2, 31, 28)),
        ([], (3, 4, 5)),
    ],
)
def test_shape_after_is_the_shape_after_running(layers, shape):
    assert pooling_shapes.shape_after(layers, shape) == run(layers, np.zeros((1, *shape)))


def test_the_reference_stack_ends_in_one_pixel():
    layers = pooling_shapes.shrink_to_one_pixel()
    assert pooling_shapes.shape_after(layers, (3, 128, 128)) == (512, 1, 1)


# ---------------------------------------------------------------- answers of students


def test_other_stacks_that_keep_the_rules_pass():
    exercise = load()["shrink_to_one_pixel"]
    for layers in (
        [("conv", 8, 11, 4, 0), ("pool", 3, 2), ("conv", 16, 5, 2, 2), ("pool", 3, 2),
         ("conv", 10, 3, 1, 0)],
        [("conv", 4, 2, 2, 0)] * 6 + [("pool", 2, 2)],
        [["conv", np.int64(5), 3, 1, 1], *[["pool", 2, 2]] * 7],
    ):  # fmt: skip
        assert exercise.judge(lambda layers=layers: layers).passed


@pytest.mark.parametrize(
    ("layers", "mistake"),
    [
        ([("pool", 2, 2)] * 6, "no_convolution"),
        ([("conv", 4, 3, 1, 1), *[("pool", 2, 2)] * 8], "window_longer_than_its_map"),
        ([("conv", 4, 3, 1, 1), *[("pool", 2, 2)] * 5], "stops_before_one_pixel"),
        ([("conv", 4, 11, 11, 0), ("pool", 11, 12)], "stride_skips_pixels"),
        ([("conv", 4, 2.0, 2, 0), ("pool", 2, 2)], None),
        ([("conv", 4, 2, 2), ("pool", 2, 2)], None),
        ([("conv", 4, 1, 1, 0), *[("pool", 2, 2)] * 7], None),  # a small window is no giant
        ([("conv", 4, 3, 0, 1), *[("pool", 2, 2)] * 7], None),  # nor is stride 0 too long
        (["conv", 4, 3, 1, 1, "pool", 2, 2], None),
        ([], None),
        (7, None),
        ([3, 4], None),
    ],
)
def test_stacks_that_break_a_rule_fail(layers, mistake):
    verdict = load()["shrink_to_one_pixel"].judge(lambda: layers)
    assert (verdict.outcome, verdict.score, verdict.mistake) == ("failed", 0, mistake)


def test_loops_in_plain_python_are_right_answers():
    def max_pool2d_forward(x, size, stride):
        n, c, h, w = x.shape
        out = np.empty((n, c, (h - size) // stride + 1, (w - size) // stride + 1))
        for a, b, i, j in np.ndindex(out.shape):
            y, z = i * stride, j * stride
            out[a, b, i, j] = max(x[a, b, y : y + size, z : z + size].ravel().tolist())
        return out.tolist()

    def max_pool2d_backward(dout, x, size, stride):
        dx = np.zeros(x.shape, np.float32)
        for a, b, i, j in np.ndindex(dout.shape):
            y, z = i * stride, j * stride
            row, column = divmod(int(np.argmax(x[a, b, y : y + size, z : z + size])), size)
            dx[a, b, y + row, z + column] += dout[a, b, i, j]
        return dx

    exercises = load()
    for function in (max_pool2d_forward, max_pool2d_backward):
        verdict = exercises[function.__name__].judge(function)
        assert verdict.passed, verdict.message


@pytest.mark.parametrize("name", ["ties_share", "last_tie_wins"])
def test_a_convention_for_ties_earns_part_of_the_points_and_no_blame(name):
    exercise = load()["max_pool2d_backward"]
    (known,) = (each for each in exercise.mistakes if each.name == name)
    verdict = exercise.judge(known.implementation)
    assert 0.5 < verdict.score < 1
    assert verdict.mistake == name
    assert "convention" in verdict.message
    assert "wrong" not in verdict.message


def test_a_wrong_answer_to_lists_of_layers_is_judged_without_a_crash():
    verdict = load()["shape_after"].judge(lambda layers, shape: (len(layers), *shape[1:]))
    assert (verdict.outcome, verdict.score) == ("failed", 0)


def test_the_quiz_has_questions_of_its_own():
    assert len(asking.questions()["05_pooling"]) >= 5


# ---------------------------------------------------------------- PyTorch


@settings(max_examples=150, deadline=None)
@given(poolings())
def test_equal_to_pytorch(configuration):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    x, size, stride, padding = configuration
    theirs = {
        "max": lambda t: functional.max_pool2d(t, size, stride, padding),
        "avg": lambda t: functional.avg_pool2d(t, size, stride, padding),
        "sum": lambda t: functional.avg_pool2d(t, size, stride, padding) * (size[0] * size[1]),
    }
    for name in NAMES:
        tensor = torch.tensor(x, requires_grad=True)
        expected = theirs[name](tensor)
        out = FORWARD[name](x, size, stride, padding)
        np.testing.assert_allclose(out, expected.detach().numpy(), rtol=0, atol=1e-12)
        dout = normal(*out.shape, seed=4)
        expected.backward(torch.tensor(dout))
        dx = BACKWARD[name](dout, x, size, stride, padding)
        np.testing.assert_allclose(dx, tensor.grad.numpy(), rtol=0, atol=1e-12, err_msg=name)


@settings(max_examples=80, deadline=None)
@given(poolings(padded=False))
def test_places_and_unpooling_equal_to_pytorch(configuration):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    x, size, stride, _ = configuration
    out, places = functional.max_pool2d(torch.tensor(x), size, stride, return_indices=True)
    np.testing.assert_array_equal(pooling.max_pool2d_argmax(x, size, stride), places.numpy())
    expected = functional.max_unpool2d(out, places, size, stride, output_size=x.shape)
    found = pooling.max_unpool2d(out.numpy(), places.numpy(), x.shape)
    np.testing.assert_array_equal(found, expected.numpy())

    values = torch.tensor(normal(*out.shape, seed=5), requires_grad=True)
    dout = normal(*x.shape, seed=6)
    functional.max_unpool2d(values, places, size, stride, output_size=x.shape).backward(
        torch.tensor(dout)
    )
    dx = pooling.max_unpool2d_backward(dout, values.detach().numpy(), places.numpy(), x.shape)
    np.testing.assert_array_equal(dx, values.grad.numpy())


def test_padded_poolings_equal_to_pytorch():
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    x = normal(2, 3, 7, 9) - 2
    expected = functional.max_pool2d(torch.tensor(x), 3, 2, 1).numpy()
    np.testing.assert_array_equal(pooling.max_pool2d_padded(x, 3, 2, 1), expected)
    expected = functional.avg_pool2d(torch.tensor(x), 3, 2, 1).numpy()
    np.testing.assert_allclose(pooling.avg_pool2d_padded(x, 3, 2, 1), expected, atol=1e-12)


# ---------------------------------------------------------------- bad input

X = np.ones((2, 3, 5, 6))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pooling.max_pool2d_forward(X[0], 2, 2), "N, C, H, W"),
        (lambda: pooling.max_pool2d_forward(X.astype(int), 2, 2), "int"),
        (lambda: pooling.max_pool2d_forward(X, 0, 2), "size must be a whole number ≥ 1"),
        (lambda: pooling.avg_pool2d_forward(X, 2, 0), "stride"),
        (lambda: pooling.sum_pool2d_forward(X, 6, 1), "longer than the map of 5"),
        (lambda: pooling.max_pool2d_forward(X, 3, 2, 2), "padding ≤ 1"),
        (lambda: pooling.max_pool2d_padded(X, 3, 2, 2), "padding ≤ 1"),
        (lambda: pooling.max_pool2d_backward(X, X, 2, 2), r"the output has \(2, 3, 2, 3\)"),
        (lambda: pooling.subsample(X, 0), "step"),
        (lambda: pooling.max_unpool2d(X, np.zeros(X.shape), X.shape), "whole number"),
        (lambda: pooling.max_unpool2d(X, np.full(X.shape, 30), X.shape), "places 0 to 29"),
        (lambda: pooling.max_unpool2d(X, np.zeros(X.shape, int), (2, 4, 5, 6)), "agree in batch"),
        (
            lambda: pooling.max_unpool2d_backward(X[:1], X, np.zeros(X.shape, int), X.shape),
            r"dout has shape \(1, 3, 5, 6\)",
        ),
        (lambda: pooling.delta_before_max_pool(X, X, 2, 2), "dout"),
        (lambda: pooling_shapes.shape_after([("flat",)], (1, 2, 3)), "layer 1 is"),
        (lambda: pooling_shapes.shape_after([("pool", 2)], (1, 2, 3)), "size, stride"),
        (lambda: pooling_shapes.shape_after([("pool", 4, 1)], (1, 2, 3)), "window of 4"),
        (lambda: pooling_shapes.shape_after([("pool", 2, 0)], (1, 2, 3)), "stride of layer 1"),
        (lambda: pooling_shapes.shape_after([], (1, 2)), "C, H, W"),
        (lambda: pooling_shapes.pooling_budget(1, 4, 3, 3), "height"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---------------------------------------------------------------- as solutions


@pytest.mark.parametrize("name", NAMES)
def test_the_exercise_shows_size_and_stride_and_the_reference_takes_padding_too(name):
    exercise = load()[f"{name}_pool2d_forward"]
    assert exercise.signature == f"{name}_pool2d_forward(x, size, stride)"
    assert FORWARD[name](X, size=3, stride=1, padding=1).shape == X.shape


@pytest.mark.parametrize("module", [pooling, pooling_shapes])
def test_each_solution_stands_on_numpy_and_its_own_lesson(module):
    names = {name for name in load() if hasattr(module, name)}
    assert names
    for name in names:
        function = inspect.unwrap(getattr(module, name))
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        tree.decorator_list = []
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert used & set(vars(module)) - {name} <= {"np", *names}, name


# ---------------------------------------------------------------- figures


@pytest.fixture
def figures():
    import matplotlib.pyplot as plt

    yield plots
    plt.close("all")


def test_maps_frame_their_windows_and_ring_their_winners(figures):
    axes = figures.maps(
        [np.eye(4), np.ones((2, 2))],
        ["x", "out"],
        title="Windows",
        windows={0: [(0, 0, 2, 2), (0, 2, 2, 2)]},
        winners={0: [(0, 0)]},
    )
    assert [each.get_title() for each in axes] == ["x", "out"]
    assert axes[0].figure.get_suptitle() == "Windows"
    assert [patch.get_width() for patch in axes[0].patches] == pytest.approx([1.92, 1.92])
    assert len(axes[0].lines) == 1
    assert not axes[1].patches


def test_windows_count_their_places_and_hatch_what_is_left_over(figures):
    axes = figures.windows(5, 7, [(2, 2), (3, 2), (2, 3)], title="Places")
    assert [each.get_title() for each in axes] == [
        "size 2, stride 2: 2 × 3 windows",
        "size 3, stride 2: 2 × 3 windows",
        "size 2, stride 3: 2 × 2 windows",
    ]
    hatched = [sum(patch.get_hatch() is not None for patch in each.patches) for each in axes]
    assert hatched == [35 - 4 * 6, 0, 35 - 4 * 4]
    assert axes[0].get_xlabel() == "7 pixels"


def test_curves_bars_stack_and_dots_are_labelled(figures):
    axes = figures.curves(
        range(3), {"a": [1, 2, 4], "b": [1, 1, 1]}, xlabel="x", ylabel="y", title="t", log=True
    )
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("x", "y", "log")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]

    bars = figures.before_and_after({"parameters": (2304, 9216), "work": (5, 5)}, title="t")
    assert [each.get_ylabel() for each in bars] == ["parameters", "work"]
    assert {text.get_text() for text in bars[0].texts} == {"2,304", "9,216"}

    axes = figures.stack([(3, 8, 8), (4, 4, 4)], ["input", "pool 2"], title="t")
    assert [label.get_text() for label in axes.get_xticklabels()] == ["input", "pool 2"]
    assert list(axes.lines[0].get_ydata()) == [8, 4]
    assert list(axes.lines[1].get_ydata()) == [3, 4]

    panels = figures.dots({"plain": {"a": [1, 3]}, "moved": {"a": [0, 1]}}, xlabel="%", title="t")
    assert [each.get_title() for each in panels] == ["plain", "moved"]
    assert panels[0].lines[1].get_xdata()[0] == 2  # the mean
