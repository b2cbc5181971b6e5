"""Lesson 04: its worked numbers, its two layers that learn, its figures, its questions."""

import inspect

import numpy as np
import pytest

from coursekit import asking, reference
from coursekit.exercises import load
from coursekit.plots import convolution_backward as plots

X = np.array([[4, 5, 8, 7], [1, 8, 8, 8], [3, 6, 6, 4], [6, 5, 7, 8]], float)
W = np.array([[1, 4, 1], [1, 4, 3], [3, 3, 1]], float)
DOUT = np.array([[2, 1], [4, 4]], float)


@pytest.fixture(autouse=True)
def closed_figures():
    import matplotlib

    matplotlib.use("Agg")
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def layer(seed=0, size=(2, 3, 6, 7), kernels=(4, 3, 3, 2), stride=2, padding=1):
    rng = np.random.default_rng(seed)
    x, w, b = (rng.normal(size=shape) for shape in (size, kernels, kernels[0]))
    out = reference.conv2d_forward(x, w, b, stride, padding)
    return rng.normal(size=out.shape), x, w, b, {"stride": stride, "padding": padding}


# ---------------------------------------------------------------- worked numbers


def test_the_vector_example():
    x, w, dout = np.array([1.0, 2, 3]), np.array([4.0, 5]), np.array([1.0, 10])
    assert np.correlate(x, w).tolist() == [14, 23]
    dx, dw = reference.conv1d_backward(dout, x, w)
    assert dx.tolist() == [4, 45, 50]
    assert dw.tolist() == [21, 32]


def test_the_4x4_example_by_the_roads_of_the_lesson():
    """Gathered, scattered, and by the layer's own functions."""
    expected = [[2, 9, 6, 1], [6, 29, 30, 7], [10, 29, 33, 13], [12, 24, 16, 4]]
    framed = reference.zero_pad(DOUT, 2)
    gathered = reference.correlate2d(framed, reference.rotate180(W))
    scattered = np.zeros((4, 4))
    for r, c in np.ndindex(2, 2):
        scattered[r : r + 3, c : c + 3] += DOUT[r, c] * W
    assert reference.correlate2d(X, W).tolist() == [[122, 148], [126, 134]]
    assert gathered.tolist() == scattered.tolist() == expected
    assert reference.correlate2d(X, DOUT).tolist() == [[49, 82, 87], [46, 72, 64], [56, 66, 76]]
    assert reference.conv2d_bias_gradient(DOUT[None, None]).tolist() == [11]


def test_the_handbooks_product_is_the_gradient_over_the_input():
    matrix = reference.conv1d_matrix(np.array([1.0, 2, 3]), 6)
    row = np.random.default_rng(0).normal(size=6)
    error = reference.gradient_check(lambda x: x @ matrix, lambda d, x: d @ matrix.T, [row])
    assert error < 1e-9
    np.testing.assert_array_equal(matrix.T, reference.conv1d_matrix(np.array([3.0, 2, 1]), 6))


def test_the_index_in_the_weight_gradient_must_move_with_the_place():
    """The printed formula has one pixel for all places; the right one moves along."""
    fixed = DOUT.sum() * X[:3, :3]
    moving = [[np.sum(DOUT * X[a : a + 2, b : b + 2]) for b in range(3)] for a in range(3)]
    dw = reference.conv2d_weight_gradient(DOUT[None, None], X[None, None], (3, 3))[0, 0]
    np.testing.assert_array_equal(dw, moving)
    assert not np.allclose(dw, fixed)


def test_the_answers_of_the_unpadded_case_hold_on_numbers():
    answers = reference.unpadded_case()
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=6), rng.normal(size=3)
    out = np.correlate(x, w)
    assert len(out) == answers["output length"]
    dout = rng.normal(size=len(out))
    kernel = w[::-1] if answers["kernel is turned"] else w
    dx = np.correlate(np.pad(dout, answers["zeros at each end of dout"]), kernel)
    assert len(dx) == answers["length of dx"]
    np.testing.assert_allclose(dx, reference.conv1d_backward(dout, x, w)[0])


def test_the_frame_is_negative_where_padding_exceeds_the_kernel():
    """Loops that skip what lies outside survive it; the array version crops."""
    _, x, w, b, options = layer(kernels=(4, 3, 2, 2), stride=1, padding=3)
    error = reference.gradient_check(
        lambda x: reference.conv2d_forward(x, w, b, **options),
        lambda dout, x: reference.conv2d_input_gradient(dout, w, x.shape, **options),
        [x],
    )
    assert error < 1e-9


def test_the_sum_of_dx_cannot_see_the_turn():
    dout, x, w, _, _ = layer(stride=1, padding=0)
    right = reference.conv2d_input_gradient(dout, w, x.shape)
    wrong = reference.conv2d_input_gradient(dout, w[..., ::-1, ::-1].copy(), x.shape)
    np.testing.assert_allclose(right.sum(), wrong.sum())
    assert not np.allclose(right, wrong)


# ---------------------------------------------------------------- the layers that learn


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), ((2, 3), (1, 2)), (1, 3)])
def test_gradients_to_1e_9_with_the_check_of_lesson_02(stride, padding):
    _, x, w, b, _ = layer(stride=stride, padding=padding)
    for forward, backward in (
        (reference.conv2d_forward, reference.conv2d_backward),
        (
            lambda *args: np.maximum(reference.conv2d_forward(*args), 0),
            reference.conv_relu_backward,
        ),
    ):
        error = reference.gradient_check(
            lambda x, w, b, forward=forward: forward(x, w, b, stride, padding),
            lambda d, x, w, b, backward=backward: backward(d, x, w, b, stride, padding),
            [x, w, b],
        )
        assert error < 1e-9


def test_conv_relu_backward_equals_pytorch():
    torch = pytest.importorskip("torch")
    dout, *arrays, options = layer()
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    torch.nn.functional.conv2d(*tensors, **options).relu().backward(torch.tensor(dout))
    found = reference.conv_relu_backward(dout, *arrays, **options)
    for gradient, tensor in zip(found, tensors, strict=True):
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), atol=1e-12)


def test_a_step_goes_back_with_the_old_weights_and_leaves_them_alone():
    dout, x, w, b, options = layer()
    kept = w.copy(), b.copy()
    dx, new_w, new_b = reference.conv2d_step(dout, x, w, b, 0.1, **options)
    np.testing.assert_array_equal(w, kept[0])
    np.testing.assert_array_equal(b, kept[1])
    right, dw, db = reference.conv2d_backward(dout, x, w, b, **options)
    np.testing.assert_allclose(dx, right)
    np.testing.assert_allclose([np.abs(new_w - w + 0.1 * dw).max()], 0, atol=1e-12)
    np.testing.assert_allclose(new_b, b - 0.1 * db)


def test_steps_find_a_hidden_kernel():
    rng = np.random.default_rng(0)
    x, hidden = rng.normal(size=(2, 3, 12, 11)), rng.normal(size=(2, 3, 3, 2))
    target = reference.conv2d_forward(x, hidden, np.array([0.5, -1.0]))
    w, b = np.zeros(hidden.shape), np.zeros(2)
    for _ in range(200):
        error = reference.conv2d_forward(x, w, b) - target
        _, w, b = reference.conv2d_step(error / error[0].size, x, w, b, 0.5)
    np.testing.assert_allclose(w, hidden, atol=1e-6)
    np.testing.assert_allclose(b, [0.5, -1.0], atol=1e-6)


@pytest.mark.parametrize(
    ("function", "args", "message"),
    [
        (reference.conv2d_step, (0.1,), "dout has shape"),
        (reference.conv_relu_backward, (), "dout has shape"),
    ],
)
def test_a_gradient_of_another_shape_is_refused(function, args, message):
    dout, x, w, b, _ = layer()  # made at stride 2; the call below says stride 1
    with pytest.raises(ValueError, match=message):
        function(dout, x, w, b, *args)


# ---------------------------------------------------------------- what hides a mistake


def _blind(name, images=2, stride=2, padding=1, symmetric=False):
    """Tell whether the gradient check lets the mistake pass."""
    mistakes = {each.name: each.implementation for each in load()["conv2d_backward"].mistakes}
    _, x, w, b, _ = layer(2, (images, 2, 6, 6), (3, 2, 3, 3), stride, padding)
    if symmetric:
        w = w + reference.rotate180(w)
    error = reference.gradient_check(
        lambda x, w, b: reference.conv2d_forward(x, w, b, stride, padding),
        lambda d, x, w, b: mistakes[name](d, x, w, b, stride, padding),
        [x, w, b],
    )
    return error < 1e-6


@pytest.mark.parametrize(
    ("name", "hides"),
    [
        ("kernel_not_rotated", {"symmetric": True}),
        ("averages_over_the_batch", {"images": 1}),
        ("ignores_the_stride_everywhere", {"stride": 1}),
        ("ignores_the_padding_everywhere", {"padding": 0}),
    ],
)
def test_each_mistake_has_its_hiding_place_and_is_seen_outside(name, hides):
    assert _blind(name, **hides)
    assert not _blind(name)


def test_no_case_of_the_layer_hides_the_classic_mistakes():
    """Of every property that hides a mistake, at least two cases are free."""
    cases = load()["conv2d_backward"].cases(0)
    strided = [case for case in cases if np.max(case.options["stride"]) > 1]
    padded = [case for case in cases if np.max(case.options["padding"]) > 0]
    crowded = [case for case in cases if case.inputs[1].shape[0] > 1]
    uneven = [case for case in cases if case.inputs[2].shape[0] != case.inputs[2].shape[1]]
    beyond = [
        case
        for case in cases
        if np.any(np.array(case.options["padding"]) > np.array(case.inputs[2].shape[2:]) - 1)
    ]
    left_over = [
        case
        for case in cases
        if np.any(
            (
                np.array(case.inputs[1].shape[2:])
                + 2 * np.array(case.options["padding"])
                - np.array(case.inputs[2].shape[2:])
            )
            % np.array(case.options["stride"])
        )
    ]
    for group in (strided, padded, crowded, uneven, beyond, left_over):
        assert len(group) >= 2


# ---------------------------------------------------------------- figures and questions


def test_shared_weights_draws_a_link_for_each_product():
    axes = plots.shared_weights(6, 3, title="links")
    assert sum(len(line.get_xdata()) == 2 for line in axes.lines) == 12
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["w[0]", "w[1]", "w[2]"]
    labels = [text.get_text() for text in plots.shared_weights(6, 3, only_input=3).texts]
    assert [label for label in labels if label.startswith("w")] == ["w[0]", "w[1]", "w[2]"][::-1]


def test_matrices_writes_every_number():
    left, right = plots.matrices([DOUT, [[-1.5]]], ["dout", "one"], "two", marks={0: [(0, 1)]})
    assert [text.get_text() for text in left.texts] == ["2", "1", "4", "4"]
    assert [text.get_text() for text in right.texts] == ["−1.5"]
    assert left.get_title() == "dout"
    assert left.figure.get_suptitle() == "two"
    assert len(left.patches) == 1


@pytest.mark.parametrize("stride", [1, 2])
def test_pixel_and_windows_names_the_weights_of_the_gradient(stride):
    """Setting one output's gradient to 1 gives dx at the pixel: the weight that is written."""
    size, kernel, pixel = (6, 8), (3, 3), (2, 4)
    _, right = plots.pixel_and_windows(size, kernel, pixel, stride)
    assert right.get_xlabel() == "column"
    w = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    rows, columns = ((n - k) // stride + 1 for n, k in zip(size, kernel, strict=True))
    expected = []
    for r, c in np.ndindex(rows, columns):
        dout = np.zeros((1, 1, rows, columns))
        dout[0, 0, r, c] = 1
        value = reference.conv2d_input_gradient(dout, w, (1, 1, *size), stride)[0, 0][pixel]
        if value:
            i, j = np.argwhere(w[0, 0] == value)[0]
            expected.append(f"× w[{i},{j}]")
    assert [text.get_text() for text in right.texts] == expected


def test_the_other_figures_have_labels():
    axes = plots.gradient_errors({"stride 1": {"dx": 1e-11, "dw": 0.0, "db": 1e-12}}, "right")
    assert "relative error" in axes.get_xlabel()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["stride 1"]
    axes = plots.descents({"a": [1, 0.1], "b": [1, 2]}, title="t")
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("step", "loss", "log")
    axes = plots.lines([0, 1], {"a": [1, 2]}, xlabel="x (px)", ylabel="y (%)", title="t")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x (px)", "y (%)")
    *panels, bar = plots.kernels([W, W], ["one", "two"], "kernels")
    assert [panel.get_title() for panel in panels] == ["one", "two"]
    assert bar.get_ylabel() == "weight"


def test_learning_shows_both_sides_of_a_history():
    from coursekit.nn import History

    left, right = plots.learning(History([1.0, 0.5], [0.5, 0.8], [1.1, 0.6], [0.4, 0.7]), "t")
    assert left.get_ylabel() == "loss"
    assert right.get_ylabel() == "accuracy (%)"
    np.testing.assert_allclose(right.lines[1].get_ydata(), [40, 70])
    for ticks in (left.get_xticks(), right.get_xticks()):
        assert np.array_equal(ticks, np.round(ticks))  # there is no epoch 1.5


def test_the_quiz_knows_what_the_course_computes():
    """The answers that are numbers, computed."""
    questions = asking.questions()["04_convolution_backward"]
    right = {q.text[:20]: next(c.text for c in q.choices if c.right) for q in questions}
    assert right["A 5×5 kernel slides "] == str(30 * 30)
    dout, x, w, _, _ = layer(size=(1, 1, 8, 8), kernels=(1, 1, 3, 3), stride=2, padding=0)
    dx = reference.conv2d_input_gradient(dout, w, x.shape, 2)
    assert right["Kernel 3×3, stride 2"] == "0"
    assert not dx[..., 7, :].any()
    assert dx[..., 6, :].any()


def test_stubs_say_nothing_of_the_solution():
    for exercise in load().values():
        if exercise.lesson == "04_convolution_backward":
            assert "einsum" not in exercise.stub()
            assert inspect.getdoc(exercise.reference)


# ---------------------------------------------------------------- other right answers


def by_numpy_alone(dout, x, w):
    return np.convolve(dout, w), np.correlate(x, dout)


def weight_gradient_by_loops(dout, x, kernel, stride=1, padding=0):
    """Every product by itself, skipping what lies outside of the unpadded x."""
    (sy, sx), (py, px) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    dw = np.zeros((dout.shape[1], x.shape[1], *kernel))
    for f, k, i, j in np.ndindex(dw.shape):
        for r, c in np.ndindex(dout.shape[2:]):
            y, z = sy * r + i - py, sx * c + j - px
            if 0 <= y < x.shape[2] and 0 <= z < x.shape[3]:
                dw[f, k, i, j] += dout[:, f, r, c] @ x[:, k, y, z]
    return dw


def input_gradient_by_scatter(dout, w, input_shape, stride=1, padding=0):
    """Stamp the kernels as they are on a padded sheet; return a view of its middle, in float32."""
    (sy, sx), (py, px) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    n, channels, height, width = input_shape
    dxp = np.zeros((n, channels, height + 2 * py, width + 2 * px), np.float32)
    for r, c in np.ndindex(dout.shape[2:]):
        window = dxp[:, :, sy * r : sy * r + w.shape[2], sx * c : sx * c + w.shape[3]]
        window += np.tensordot(dout[:, :, r, c], w, 1)
    return dxp[:, :, py : py + height, px : px + width]


def layer_as_list(dout, x, w, b, stride=1, padding=0):
    return [
        input_gradient_by_scatter(dout, w, x.shape, stride, padding),
        weight_gradient_by_loops(dout, x, w.shape[2:], stride, padding),
        dout.sum((0, 2, 3)).tolist(),
    ]


def enlarge_by_scatter(x, w, b, stride=1, padding=0):
    (sy, sx), (py, px) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    height, width = x.shape[2:]
    size = sy * (height - 1) + w.shape[2] - 2 * py, sx * (width - 1) + w.shape[3] - 2 * px
    out = input_gradient_by_scatter(x, w, (len(x), w.shape[1], *size), stride, padding)
    return out + b.reshape(1, -1, 1, 1)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("conv1d_backward", by_numpy_alone),
        ("rotate180", lambda w: np.rot90(w, 2, axes=(-2, -1))),
        ("conv2d_bias_gradient", lambda dout: np.einsum("nfrc->f", dout)),
        ("conv2d_weight_gradient", weight_gradient_by_loops),
        ("conv2d_input_gradient", input_gradient_by_scatter),
        ("conv2d_backward", layer_as_list),
        ("transposed_conv2d", enlarge_by_scatter),
        ("sgd_update", lambda ps, gs, rate: tuple(p - rate * g for p, g in zip(ps, gs))),  # noqa: B905
    ],
)
def test_other_right_answers_pass(name, answer):
    exercise = load()[name]
    parameters = inspect.signature(exercise.reference).parameters
    assert len(inspect.signature(answer).parameters) == len(parameters)
    assert exercise.judge(answer).message in ("All cases are right.", "Right.")


def test_filters_and_channels_swapped_stop_with_the_students_own_line():
    """Where F and C differ the swap cannot even be summed: the crash names the line."""

    def swapped(dout, w, input_shape, stride=1, padding=0):
        return input_gradient_by_scatter(dout, w.swapaxes(0, 1), input_shape, stride, padding)

    verdict = load()["conv2d_input_gradient"].judge(swapped)
    assert verdict.outcome == "errored"
    assert "np.tensordot" in verdict.message


def test_a_gradient_divided_by_the_stride_is_not_blamed_on_the_length_of_an_axis():
    def shared(dout, stride):
        return load()["dilate_gradient"].reference(dout, stride) / np.prod(
            np.broadcast_to(stride, 2)
        )

    verdict = load()["dilate_gradient"].judge(shared)
    assert "1/4 times the right one" in verdict.message
    assert "axis" not in verdict.message
