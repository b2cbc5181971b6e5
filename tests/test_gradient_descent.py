"""Lesson 01: worked numbers, references against formulas and PyTorch, and its figures."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from coursekit import reference
from coursekit.exercises import load, momentum
from coursekit.functions import (
    bowl,
    bowl_gradient,
    cubic,
    double_well,
    double_well_gradient,
    wave,
)
from coursekit.plots import gradient_descent as plots

OUTPUT, TARGET = np.array([0.9, 0.2]), np.array([0.5, 0.6])
TABLE = np.array([[1.0, 4.0], [2.0, 7.0], [3.0, 5.0], [1000.0, 1500.0]])
SUMS = np.array([5.0, 9.0, 8.0, 2500.0])


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


# ---------------------------------------------------------------- worked numbers


def test_signed_differences_cancel_and_squares_do_not():
    assert np.sum(TARGET - OUTPUT) == pytest.approx(0)
    assert reference.half_squared_error(OUTPUT, TARGET) == pytest.approx(0.16)
    np.testing.assert_allclose(
        reference.half_squared_error_gradient(OUTPUT, TARGET), [0.4, -0.4], rtol=1e-12
    )
    face = reference.half_squared_error_gradient(np.array([0.73]), np.array([1.0]))
    assert face == pytest.approx(-0.27)


def test_the_slope_of_the_plain_square_has_a_factor_two():
    measured = reference.numerical_gradient(lambda o: float((0.5 - o[0]) ** 2), np.array([0.9]))
    assert measured[0] == pytest.approx(-2 * (0.5 - 0.9), rel=1e-9)


def test_measured_by_hand():
    def square(x):
        return float(x[0] ** 2)

    assert reference.numerical_gradient(square, np.array([3.0]), h=0.1)[0] == pytest.approx(6.0)
    assert (square(np.array([3.1])) - square(np.array([3.0]))) / 0.1 == pytest.approx(6.1)


def test_one_step_down_the_parabola():
    path = reference.gradient_descent(lambda w: 14 / 3 * (w - 1), np.array([4.0]), 0.1, 1)
    np.testing.assert_allclose(path[:, 0], [4.0, 2.6])
    for rate, factor in ((0.02, 0.91), (0.2, 0.07), (0.4, -0.87), (0.45, -1.10)):
        path = reference.gradient_descent(lambda w: 14 / 3 * (w - 1), np.array([2.0]), rate, 1)
        assert path[1, 0] - 1 == pytest.approx(factor, abs=0.005)


def test_momentum_by_hand():
    w = update = np.zeros(1)
    places = []
    for slope in (1.0, 0.5, -0.2):
        w, update = reference.momentum_step(w, np.array([slope]), update, 0.1, 0.9)
        places.append(w[0])
    np.testing.assert_allclose(places, [-0.1, -0.24, -0.346], rtol=1e-12)


def test_first_slopes_of_the_sum_1_plus_4():
    w, b, errors = reference.train_linear_neuron(
        TABLE[:1], SUMS[:1], np.zeros(2), 0.0, learning_rate=1.0, epochs=1
    )
    np.testing.assert_allclose([*-w, -b], [-5, -20, -5])
    np.testing.assert_allclose(errors, [12.5])


def test_the_table_of_sums_explodes_and_a_scaled_thousand_does_not():
    zero = np.zeros(2)
    _, _, errors = reference.train_linear_neuron(TABLE, SUMS, zero, 0.0, 0.1, 5)
    assert (errors[1:] > 1e9 * errors[:-1]).all()
    w, b, _ = reference.train_linear_neuron(TABLE, SUMS, zero, 0.0, 1e-6, 1000)
    np.testing.assert_allclose(TABLE @ w + b, [5.4, 9.6, 8.1, 2500.0], atol=0.05)

    rng = np.random.default_rng(1)  # as in the lesson
    numbers = rng.integers(0, 2001, size=(1000, 2)).astype(float)
    x, t, _, _ = reference.split_train_test(numbers, numbers.sum(axis=1), 0.1, rng)
    assert not (x[:, None] == TABLE).all(axis=2).any(), "the lesson says: no row of the table"
    mean, spread = x.mean(axis=0), x.std(axis=0)
    w, b, _ = reference.train_linear_neuron((x - mean) / spread, t, zero, 0.0, 0.3, 60)
    np.testing.assert_allclose(w / spread, [1, 1], rtol=1e-6)
    np.testing.assert_allclose((TABLE - mean) / spread @ w + b, SUMS, atol=1e-3)


def test_adaptive_steps_by_hand():
    one, zero = np.ones(1), np.zeros(1)
    w, cache = reference.adagrad_step(zero, 3 * one, 16 * one, 0.5)
    assert (w[0], cache[0]) == pytest.approx((-0.3, 25))
    w, cache = reference.rmsprop_step(zero, 4 * one, 2 * one, 0.375, decay=0.5)
    assert (w[0], cache[0]) == pytest.approx((-0.5, 9))
    for slope in (4.0, 0.0004):
        w, m, v = reference.adam_step(zero, slope * one, zero, zero, 1, 0.1)
        np.testing.assert_allclose([w[0], m[0], v[0]], [-0.1, 0.1 * slope, 0.001 * slope**2], 1e-4)


def test_batches_of_32_from_285():
    x, y = np.arange(285.0)[:, None], np.arange(285)
    batches = reference.minibatches(x, y, 32, np.random.default_rng(0))
    assert [len(x_batch) for x_batch, _ in batches] == [32] * 8 + [29]


# ---------------------------------------------------------------- slopes and steps


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (
            bowl(center=[1.0, -2.0], curvature=np.array([3.0, 0.5])),
            bowl_gradient(center=[1.0, -2.0], curvature=np.array([3.0, 0.5])),
        ),
        (double_well(tilt=0.7), double_well_gradient(tilt=0.7)),
        (cubic(coefficients=[2.0, -1.0]), lambda x: 3 * np.array([2.0, -1.0]) * x**2 + x.sum()),
        (wave(frequency=1.5), lambda x: 1.5 * np.cos(1.5 * x)),
    ],
)
def test_measured_slopes_are_the_slopes(function, slope):
    x = np.random.default_rng(0).normal(size=2)
    measured = reference.numerical_gradient(function, x)
    np.testing.assert_allclose(measured, slope(x), rtol=1e-8, atol=1e-9)


def test_error_gradients_are_the_slopes_of_their_errors():
    rng = np.random.default_rng(0)
    output, target = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    measured = reference.numerical_gradient(
        lambda o: reference.half_squared_error(o, target), output
    )
    formula = reference.half_squared_error_gradient(output, target)
    np.testing.assert_allclose(measured, formula, atol=1e-9)
    measured = reference.numerical_gradient(lambda o: np.abs(target - o).sum(), output)
    formula = reference.absolute_error_gradient(output, target)
    np.testing.assert_allclose(measured, formula, atol=1e-9)


def test_column_and_row_hold_the_same_numbers():
    output, target = np.array([[1.0], [2.0], [4.0]]), np.array([1.0, 2.0, 3.0])
    assert reference.half_squared_error(output, target) == 0.5
    np.testing.assert_array_equal(
        reference.half_squared_error_gradient(output, target), [[0], [0], [1]]
    )


def test_central_differences_err_with_h_squared():
    x = np.array([1.0])

    def error(h):
        return abs(reference.numerical_gradient(lambda x: float(np.exp(x[0])), x, h)[0] - np.e)

    assert error(0.1) / error(0.01) == pytest.approx(100, rel=0.02)
    np.testing.assert_array_equal(x, [1.0])


def test_the_neuron_walks_against_its_measured_slope():
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(6, 3)), rng.normal(size=6)
    start = rng.normal(size=4)

    def error(wb):
        return 0.5 * float(np.mean((t - x @ wb[:3] - wb[3]) ** 2))

    w, b, errors = reference.train_linear_neuron(x, t, start[:3], float(start[3]), 0.1, 1)
    expected = start - 0.1 * reference.numerical_gradient(error, start)
    np.testing.assert_allclose([*w, b], expected, atol=1e-9)
    assert errors[0] == pytest.approx(error(start))
    long = reference.train_linear_neuron(x, t, start[:3], float(start[3]), 0.1, 5000)
    best = np.linalg.lstsq(np.column_stack([x, np.ones(6)]), t)[0]
    np.testing.assert_allclose([*long[0], long[1]], best, atol=1e-6)


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam"])
def test_steps_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    start, slopes = rng.normal(size=(2, 3)), rng.normal(size=(7, 2, 3))
    parameter = torch.tensor(start.copy(), requires_grad=True)
    options = {
        "SGD": {"momentum": 0.8},
        "Adagrad": {"eps": 1e-8},
        "RMSprop": {"alpha": 0.9, "eps": 1e-8},
        "Adam": {},
    }[name]
    optimizer = getattr(torch.optim, name)([parameter], lr=0.05, **options)
    step, states = {
        "SGD": (lambda w, g, u, t: reference.momentum_step(w, g, u, 0.05, 0.8), 1),
        "Adagrad": (lambda w, g, c, t: reference.adagrad_step(w, g, c, 0.05), 1),
        "RMSprop": (lambda w, g, c, t: reference.rmsprop_step(w, g, c, 0.05), 1),
        "Adam": (lambda w, g, m, v, t: reference.adam_step(w, g, m, v, t, 0.05), 2),
    }[name]
    w, memory = start, [np.zeros_like(start)] * states
    for t, slope in enumerate(slopes, 1):
        w, *memory = step(w, slope, *memory, t)
        parameter.grad = torch.tensor(slope)
        optimizer.step()
        np.testing.assert_allclose(w, parameter.detach().numpy(), rtol=1e-12)


def test_decay_falls_once_an_epoch():
    rates = [reference.decayed_learning_rate(0.8, 0.5, step, 10) for step in range(30)]
    assert rates == [0.8] * 10 + [0.4] * 10 + [0.2] * 10


def test_the_split_is_drawn_from_the_generator_alone():
    x, y = np.arange(20.0)[:, None], np.arange(20)
    one, other = (
        reference.split_train_test(x, y, 0.25, np.random.default_rng(7)) for _ in range(2)
    )
    assert all(map(np.array_equal, one, other))
    np.testing.assert_array_equal(np.sort(np.concatenate([one[1], one[3]])), y)
    np.testing.assert_array_equal(one[0][:, 0], one[1])


# ---------------------------------------------------------------- two valleys


def test_no_learning_rate_escapes_without_momentum():
    # the lesson says so; a dense scan, at the tolerance of the exercise
    rates = np.geomspace(1e-4, 3, 4001)
    slope = double_well_gradient(tilt=momentum.TILT)
    w, near = np.full(rates.shape, momentum.START), np.ones(rates.shape, bool)
    with np.errstate(all="ignore"):
        for step in range(momentum.STEPS):
            w = w - rates * slope(w)
            if step >= momentum.STEPS - 10:
                near &= np.abs(w - momentum.VALLEYS[2]) < 0.1
    assert not near.any()


@pytest.mark.parametrize(
    "pair", [(0.05, 0.9), (0.1, 0.8), (0.02, 0.93), (0.15, 0.7), (0.3, 0.5), [0.07, 0.85]]
)
def test_every_pair_that_works_is_right(pair):
    assert load()["escape_local_minimum"].judge(lambda: pair).passed


@pytest.mark.parametrize("pair", [(0.116, 0.42), (0.05, 0.4), (0.2, 0.3)])
def test_a_ball_that_stays_is_never_called_swapped(pair):
    verdict = load()["escape_local_minimum"].judge(lambda: pair)
    assert verdict.mistake == "stays_in_the_first_valley"


# ---------------------------------------------------------------- answers that must pass


def test_other_ways_to_write_it_are_right():
    def split_by_mask(x, y, test_fraction, rng):
        chosen = np.zeros(len(x), bool)
        chosen[rng.choice(len(x), round(test_fraction * len(x)), replace=False)] = True
        return [x[~chosen], y[~chosen], x[chosen], y[chosen]]

    def batches_in_a_loop(x, y, batch_size, rng):
        order, batches = list(rng.permutation(len(x))), []
        while order:
            batches.append([x[order[:batch_size]], y[order[:batch_size]]])
            del order[:batch_size]
        return tuple(batches)

    def flat_gradient(f, x, h=1e-5):
        x = x.astype(float)
        gradient = np.empty(x.shape)
        for i in range(x.size):
            up, down = x.copy(), x.copy()
            up.flat[i] += h
            down.flat[i] -= h
            gradient.flat[i] = (f(up) - f(down)) / h / 2
        return gradient

    def list_of_points(gradient, w, learning_rate, steps):
        path = [w.tolist()]
        for _ in range(steps):
            path.append(
                (np.array(path[-1]) - learning_rate * gradient(np.array(path[-1]))).tolist()
            )
        return path

    for name, answer in (
        ("split_train_test", split_by_mask),
        ("minibatches", batches_in_a_loop),
        ("numerical_gradient", flat_gradient),
        ("gradient_descent", list_of_points),
    ):
        for seed in range(5):
            verdict = load()[name].judge(answer, seed)
            assert verdict.passed, (name, seed, verdict.message)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reference.half_squared_error(np.zeros((3, 1)), np.zeros(4)), "target has shape"),
        (lambda: reference.absolute_error_gradient(np.zeros(3), np.zeros(2)), "target has shape"),
        (
            lambda: reference.numerical_gradient(bowl(center=[0.0], curvature=1.0), np.ones(1), 0),
            "h",
        ),
        (lambda: reference.gradient_descent(lambda w: w, np.ones(1), 0.1, -1), "steps"),
        (lambda: reference.momentum_step(*[np.ones(2)] * 3, 0.1, 1.0), "momentum"),
        (lambda: reference.adagrad_step(np.ones(2), np.ones(2), -np.ones(2), 0.1), "cache"),
        (lambda: reference.rmsprop_step(*[np.ones(2)] * 3, 0.1, decay=1.5), "decay"),
        (lambda: reference.adam_step(*[np.ones(2)] * 4, 0, 0.1), "t must be"),
        (
            lambda: reference.split_train_test(
                np.ones((3, 2)), np.ones(3), 1.5, np.random.default_rng(0)
            ),
            "test_fraction",
        ),
        (
            lambda: reference.minibatches(np.ones((3, 2)), np.ones(2), 2, np.random.default_rng(0)),
            "one target for every sample",
        ),
        (lambda: reference.decayed_learning_rate(0.1, 0, 1, 10), "decay"),
        (
            lambda: reference.train_linear_neuron(
                np.ones((3, 2)), np.ones(3), np.ones(3), 0.0, 0.1, 1
            ),
            "x has shape",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_seed_is_no_generator():
    with pytest.raises(TypeError, match="default_rng"):
        reference.minibatches(np.ones((3, 2)), np.ones(3), 2, 0)


# ---------------------------------------------------------------- figures

GRID = np.linspace(-2, 2, 9)
SURFACE = bowl(center=[0.5, 0.5], curvature=1.0)


def test_samples_are_numbered_and_named():
    axes = plots.samples({"training": [3, 0, 1], "test": [2]}, "four", columns=2)
    assert [text.get_text() for text in axes.texts] == ["3", "0", "1", "2"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training", "test"]


def test_class_counts_are_drawn_as_heights():
    first, _ = plots.class_counts(
        {"a": {"training": [4, 1], "test": [0, 2]}, "b": {"training": [3, 2], "test": [1, 0]}},
        ["faces", "background"],
        "counts",
    )
    assert [bar.get_height() for bar in first.patches] == [4, 0, 1, 2]
    assert first.get_ylabel() == "samples"


def test_errors_and_slopes():
    axes = plots.errors_and_slopes(GRID, {"square": (GRID**2, 2 * GRID)}, "title")
    assert axes[0].get_xlabel() == "output − target"
    np.testing.assert_array_equal(axes[0].lines[2].get_ydata(), 2 * GRID)


def test_surface_and_cut():
    above, beside = plots.surface_and_cut(SURFACE, GRID, GRID, 0.5, "title")
    assert above.get_ylabel() == "second weight $w_2$"
    np.testing.assert_allclose(beside.lines[0].get_ydata(), 0.5 * (GRID - 0.5) ** 2)


def test_slopes_are_written_with_their_sign():
    axes = plots.slopes(lambda w: w**2, lambda w: 2 * w, GRID, [-1.0, 0.0, 1.0], "title")
    texts = [text.get_text() for text in axes.texts]
    assert [text for text in texts if text] == ["−2.0", "0", "+2.0"]
    assert axes.get_xlabel() == "weight w"


def test_lines_may_be_logarithmic():
    axes = plots.lines(
        [1, 10], {"a": [1, 2], "b": [3, 4]}, xlabel="h", ylabel="error", title="t", log="xy"
    )
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("h", "error")


def test_a_path_that_leaves_the_curve_is_cut():
    (axes,) = plots.ways_on_a_curve(lambda w: float(w**2), GRID, {"wild": [1.0, -1.5, 5.0]}, "t")
    np.testing.assert_array_equal(axes.lines[1].get_xdata(), [1.0, -1.5])


def test_ways_over_contours_has_a_panel_for_each():
    path = np.array([[0.0, 0.0], [1.0, 1.0]])
    axes = plots.ways_over_contours(SURFACE, GRID, GRID, {str(i): path for i in range(5)}, "t")
    assert [each.get_title() for each in axes[:5]] == list("01234")
    assert axes[0].get_xlabel() == "first weight $w_1$"


def test_map_of_success_marks_the_choice():
    axes = plots.map_of_success([0.1, 1.0], [0.0, 0.9], np.eye(2, dtype=bool), "t", mark=(0.1, 0.9))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("learning rate", "momentum")
    assert axes.lines[0].get_xydata().tolist() == [[0.1, 0.9]]


def test_inks_show_pictures_beside_weights():
    axes = plots.inks({"mean": np.full((2, 2), 0.5)}, np.array([[1.0, -3.0], [0.0, 2.0]]), "t")
    assert [each.get_title() for each in axes[:2]] == ["mean", "weights"]
    assert axes[1].images[0].get_clim() == (-3.0, 3.0)
