"""Lesson 07: worked numbers, references against finite differences and PyTorch, and its figures."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from coursekit import data, functions, nn, reference
from coursekit.exercises import load
from coursekit.explorers import augmentation, soft_labels
from coursekit.plots import regularization as plots

RNG = np.random.default_rng(0)
PHOTO = data.photo("chelsea")[::5, ::5] / 255


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def whole(ticks):
    """Tell whether all are whole numbers: there is no epoch 2.5."""
    return np.array_equal(ticks, np.round(ticks))


# ---------------------------------------------------------------- worked numbers


def test_smoothed_targets_of_both_conventions():
    ours = reference.smooth_labels(np.array([1]), 5, 0.1)[0]
    np.testing.assert_allclose(ours, [0.025, 0.9, 0.025, 0.025, 0.025])
    widespread = 0.9 * np.eye(5)[1] + 0.1 / 5
    np.testing.assert_allclose(widespread, [0.02, 0.92, 0.02, 0.02, 0.02])
    np.testing.assert_allclose(reference.smooth_labels(np.array([1]), 5, 0.08)[0], widespread)
    assert pytest.approx(0.98) == 0.9 + 4 * 0.1 / 5  # the mixture of both


def test_the_smoothed_loss_is_lowest_where_the_network_says_what_is_asked():
    target = reference.smooth_labels(np.array([0]), 10, 0.1)
    logits = np.zeros((1, 10))
    logits[0, 0] = np.log(81)
    np.testing.assert_allclose(reference.soft_cross_entropy_gradient(logits, target), 0, atol=1e-12)


def test_penalties_by_hand():
    layers = [(np.array([[1.0, -2.0]]), np.array([7.0, 7.0]))]
    assert reference.l2_penalty(layers, 0.1) == pytest.approx(0.25)
    assert reference.l1_penalty(layers, 0.1) == pytest.approx(0.3)


def test_dropout_keeps_the_mean_and_two_unscaled_layers_lose_three_quarters():
    x = np.full((2000, 50), 3.0)
    first, second = (reference.dropout_mask(x.shape, 0.5, RNG) for _ in range(2))
    assert reference.dropout_forward(x, first, 0.5, True).mean() == pytest.approx(3, rel=0.02)
    assert (x * first * second).mean() == pytest.approx(0.75, rel=0.04)


@pytest.mark.parametrize("a", [0.2, 0.5, 1.0, 4.0])
def test_the_variance_of_the_mixing_share(a):
    assert RNG.beta(a, a, 100_000).var() == pytest.approx(1 / (4 * (2 * a + 1)), rel=0.03)


def test_two_weights_where_l1_gives_zero_and_l2_does_not():
    axis = np.linspace(-1, 3, 401)
    w1, w2 = np.meshgrid(axis, axis)
    loss = (w1 - 2) ** 2 + (w1 - 2) * (w2 - 0.3) + (w2 - 0.3) ** 2
    for penalty, is_zero in ((np.abs(w1) + np.abs(w2), True), ((w1**2 + w2**2) / 2, False)):
        row, _ = np.unravel_index(np.argmin(loss + 1.2 * penalty), loss.shape)
        assert (abs(axis[row]) < 1e-9) == is_zero


# ---------------------------------------------------------------- gradients


@pytest.mark.parametrize("kind", ["l1", "l2"])
def test_penalty_gradients_fit_the_penalties(kind):
    w, b = RNG.normal(size=(3, 4)), RNG.normal(size=4)
    penalty, gradient = (getattr(reference, f"{kind}_{what}") for what in ("penalty", "gradient"))
    measured = reference.numerical_gradient(lambda w: float(penalty([(w, b)], 0.3)), w)
    dw, db = gradient([(w, b)], 0.3)[0]
    np.testing.assert_allclose(dw, measured, rtol=1e-6)
    assert not db.any()


def test_the_penalised_gradient_is_that_of_the_whole_loss():
    x, w, b, t = (RNG.normal(size=shape) for shape in ((5, 3), (3, 2), 2, (5, 2)))

    def loss(w, b):
        data_loss = 0.5 * np.sum((x @ w + b - t) ** 2) / len(x)
        return float(data_loss + reference.l2_penalty([(w, b)], 0.4))

    dw, db = reference.penalised_gradient((x @ w + b - t) / len(x), x, w, b, 0.4)
    np.testing.assert_allclose(dw, reference.numerical_gradient(lambda w: loss(w, b), w), rtol=1e-6)
    np.testing.assert_allclose(db, reference.numerical_gradient(lambda b: loss(w, b), b), rtol=1e-6)


def test_dropout_and_the_soft_loss_pass_a_gradient_check():
    x = RNG.normal(size=(4, 6))
    keep = reference.dropout_mask(x.shape, 0.3, RNG)
    error = reference.gradient_check(
        lambda x: reference.dropout_forward(x, keep, 0.3, True),
        lambda dout, x: reference.dropout_backward(dout, x, keep, 0.3, True),
        [x],
    )
    assert error < 1e-9
    targets = RNG.dirichlet(np.ones(6), size=4)
    measured = reference.numerical_gradient(
        lambda z: float(reference.soft_cross_entropy(z, targets)), x
    )
    np.testing.assert_allclose(
        reference.soft_cross_entropy_gradient(x, targets), measured, atol=1e-9
    )


# ---------------------------------------------------------------- against others


def test_the_optimizers_of_nn_take_the_same_step():
    w, gradient = RNG.normal(size=(2, 3, 4))
    ours, update, theirs = w, np.zeros_like(w), {"w": w.copy()}
    optimizer = nn.SGD(0.1, momentum=0.9, weight_decay=0.3)
    for _ in range(3):
        ours, update = reference.weight_decay_step(ours, gradient, update, 0.1, 0.9, 0.3)
        optimizer.step(theirs, {"w": gradient})
    np.testing.assert_allclose(theirs["w"], ours, rtol=1e-12)


def test_coupled_and_decoupled_decay_agree_at_first_and_differ_later():
    w, gradient = RNG.normal(size=(2, 3, 4))
    both = {}
    for decoupled in (False, True):
        parameters, optimizer = {"w": w.copy()}, None
        optimizer = nn.SGD(0.1, momentum=0.9, weight_decay=0.3, decoupled=decoupled)
        both[decoupled] = []
        for _ in range(2):
            optimizer.step(parameters, {"w": gradient})
            both[decoupled].append(parameters["w"].copy())
    np.testing.assert_allclose(both[False][0], both[True][0], atol=0.1 * 0.1 * 0.3 * 3)
    assert np.abs(both[False][1] - both[True][1]).max() > 1e-3


def test_soft_cross_entropy_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    logits, labels = RNG.normal(size=(5, 4)), RNG.integers(0, 4, 5)
    z = torch.tensor(logits, requires_grad=True)
    targets = RNG.dirichlet(np.ones(4), size=5)
    loss = torch.nn.functional.cross_entropy(z, torch.tensor(targets))
    loss.backward()
    assert reference.soft_cross_entropy(logits, targets) == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(
        reference.soft_cross_entropy_gradient(logits, targets), z.grad.numpy(), rtol=1e-9
    )
    # PyTorch spreads ε over all K classes: that is our ε · (K − 1)/K
    theirs = torch.nn.functional.cross_entropy(
        torch.tensor(logits), torch.tensor(labels), label_smoothing=0.2
    )
    ours = reference.smoothed_loss(logits, labels, 0.2 * 3 / 4, training=True)
    assert ours == pytest.approx(theirs.item(), rel=1e-12)


def test_bilinear_reading_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    image = RNG.random((6, 9))
    rows, columns = RNG.uniform(-2, 8, (2, 4, 5))
    grid = np.stack([2 * columns / 8 - 1, 2 * rows / 5 - 1], axis=-1)  # −1 … 1, x first
    theirs = torch.nn.functional.grid_sample(
        torch.tensor(image)[None, None], torch.tensor(grid)[None],
        mode="bilinear", padding_mode="zeros", align_corners=True,
    )  # fmt: skip
    np.testing.assert_allclose(
        reference.sample_bilinear(image, rows, columns), theirs[0, 0].numpy(), atol=1e-12
    )


# ---------------------------------------------------------------- properties


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_quarter_turns_of_a_square(turns):
    square = PHOTO[:50, :50]
    turned = reference.rotate_image(square, 90 * turns)
    np.testing.assert_allclose(turned, np.rot90(square, turns), atol=1e-9)


def test_a_turn_and_back_returns_the_middle():
    back = reference.rotate_image(reference.rotate_image(PHOTO, 20), -20)
    middle = np.s_[20:40, 30:60]
    assert np.abs(back[middle] - PHOTO[middle]).mean() < 0.03


def test_perspective_keeps_straight_lines_and_its_inverse_leads_back():
    matrix = augmentation.tilt_matrix(0.4)
    image = np.kron(RNG.random((10, 10)), np.ones((8, 8)))
    back = reference.perspective_image(
        reference.perspective_image(image, matrix), np.linalg.inv(matrix)
    )
    middle = np.s_[20:60, 20:60]
    assert np.abs(back[middle] - image[middle]).mean() < 0.05
    np.testing.assert_allclose(reference.perspective_image(image, np.eye(3)), image)


@pytest.mark.parametrize(
    "change",
    [
        reference.flip_horizontal,
        lambda image: reference.random_shift(image, 9, np.random.default_rng(1)),
        lambda image: reference.rotate_image(image, 33),
        lambda image: reference.gaussian_noise(image, 0.3, np.random.default_rng(2)),
        lambda image: reference.cutout(image, 15, np.random.default_rng(3)),
        lambda image: reference.jitter_color(image, 1.5, 1.5, 1.5),
        lambda image: reference.perspective_image(image, np.diag([1.2, 0.9, 1.0])),
    ],
)
def test_augmentations_stay_in_range_keep_the_shape_and_leave_the_photo_alone(change):
    before = PHOTO.copy()
    changed = change(PHOTO)
    assert changed.shape == PHOTO.shape
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert not np.array_equal(changed, PHOTO)
    np.testing.assert_array_equal(PHOTO, before)


def test_a_box_follows_its_pixels():
    image = np.zeros((6, 10))
    image[2:5, 1:4] = 1
    left, top, right, bottom = reference.flip_box(np.array([1, 2, 4, 5]), 10)
    assert reference.flip_horizontal(image)[top:bottom, left:right].sum() == image.sum()


def test_test_data_are_normalized_by_the_training_part():
    x_train, x_test = RNG.normal(3, 2, (8, 3, 5, 4)), RNG.normal(0, 1, (6, 3, 5, 4))
    train, test = reference.normalize_splits(x_train, x_test)
    np.testing.assert_allclose(train.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(train.std(axis=(0, 2, 3)), 1)
    assert np.abs(test.mean(axis=(0, 2, 3))).min() > 0.5


def test_mixtures_keep_their_targets_sums():
    x, y = RNG.random((6, 1, 4, 5)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    _, mixed = reference.mixup_batch(x, y, 0.4, RNG)
    np.testing.assert_allclose(mixed.sum(axis=1), 1)
    for place in ((0, 0, 3), (3, 4, 4), (2, 2, 99)):
        picture, target = reference.cutmix(x[0], y[0], 0 * x[0], y[1], *place)
        assert target.sum() == pytest.approx(1)
        assert target[1] == pytest.approx((picture == 0).mean())


def test_early_stopping_never_looks_behind_the_stop():
    losses = RNG.random(50).tolist()
    for patience in (1, 3, 7):
        best = reference.early_stopping(losses, patience)
        seen = losses[: best + patience + 1]
        assert losses[best] == min(seen)
        assert reference.early_stopping([*seen, -1.0], patience) == best


def test_the_best_weights_are_a_copy():
    start = np.zeros(2)
    best = reference.train_and_keep_best(
        start,
        functions.bowl_gradient(center=[4.0, 2.0], curvature=1.0),
        functions.bowl(center=[2.0, 1.0], curvature=1.0),
        0.05,
        200,
    )
    np.testing.assert_allclose(best, [2, 1], atol=0.1)
    assert not start.any()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: reference.l2_penalty(np.ones(3), 0.1), "pairs"),
        (lambda: reference.dropout_mask((2, 3), 1.0, RNG), "dropped"),
        (lambda: reference.dropout_forward(np.ones(3), np.ones(3), 0.5, True), "booleans"),
        (lambda: reference.jitter_color(np.ones((4, 4)), 1, 1, 1), "red, green, blue"),
        (lambda: reference.soft_cross_entropy(np.ones((1, 3)), np.ones((1, 3))), "sum to 1"),
        (lambda: reference.smooth_labels(np.array([3]), 3, 0.1), "between 0 and 2"),
        (lambda: reference.perspective_image(np.ones((3, 3)), np.eye(2)), "(3, 3)"),
        (lambda: reference.early_stopping([1.0], 0), "patience"),
        (lambda: reference.mixup_batch(np.ones((2, 3)), np.ones((2, 2)), 0, RNG), "a must be"),
        (lambda: reference.random_shift(np.ones((3, 3)), 2, 7), "default_rng"),
    ],
)
def test_bad_input_is_named(call, says):
    with pytest.raises((TypeError, ValueError), match=says.replace("(", r"\(").replace(")", r"\)")):
        call()


# ---------------------------------------------------------------- judged by what must hold


@pytest.mark.parametrize(
    "name",
    [
        "dropout_mask", "spatial_dropout_mask", "random_shift", "gaussian_noise", "cutout",
        "random_flips", "mixup_batch",
    ],
)  # fmt: skip
def test_right_answers_that_draw_in_another_way_pass_at_many_seeds(name):
    def dropout_mask(shape, rate, rng):
        return rng.uniform(0, 1, shape) < 1 - rate

    def spatial_dropout_mask(shape, rate, rng):
        return rng.binomial(1, 1 - rate, (*shape[:2], 1, 1)) == 1

    def random_shift(image, largest, rng):
        dy = rng.choice(np.arange(-largest, largest + 1))
        dx = rng.choice(np.arange(-largest, largest + 1))
        return reference.shift_image(image, int(dy), int(dx))

    def gaussian_noise(image, std, rng):
        noise = std * rng.standard_normal(image.shape)
        return np.minimum(np.maximum(image + noise, 0), 1)

    def cutout(image, size, rng):
        column, row = rng.integers(image.shape[1]), rng.integers(image.shape[0])
        rows, columns = (np.arange(n) for n in image.shape[:2])
        inside = (rows >= row - size // 2) & (rows < row - size // 2 + size)
        across = (columns >= column - size // 2) & (columns < column - size // 2 + size)
        hole = inside[:, None] & across
        return np.where(hole.reshape(hole.shape + (1,) * (image.ndim - 2)), 0, image)

    def random_flips(x, training, rng):
        return np.stack([p[:, :, ::-1] if training and rng.integers(2) else p for p in x])

    def mixup_batch(x, y, a, rng):
        order, m = rng.permutation(len(x)), rng.beta(a, a)
        return (1 - m) * x + m * x[order], (1 - m) * y + m * y[order]

    for seed in range(8):
        verdict = load()[name].judge(locals()[name], seed)
        assert verdict.passed, (seed, verdict.message)


def _shift_by(draw):
    def answer(image, largest, rng):
        dy, dx = draw(largest, rng)
        return reference.shift_image(image, int(dy), int(dx))

    return answer


def _cutout_by(draw):
    def answer(image, size, rng):
        row, column = draw(*image.shape[:2], rng)
        result, top, left = image.copy(), row - size // 2, column - size // 2
        result[max(top, 0) : max(top + size, 0), max(left, 0) : max(left + size, 0)] = 0
        return result

    return answer


def _cutout_two_wide(image, size, rng):
    (row, column), half = rng.integers(0, image.shape[:2]), size // 2
    result = image.copy()
    result[max(row - half, 0) : row + half, max(column - half, 0) : column + half] = 0
    return result


def _flips_in_the_test_only(x, training, rng):
    coins = rng.random(len(x)) < 0.5
    return x if training else np.where(coins[:, None, None, None], x[..., ::-1], x)


def _steps_from_the_best(w, gradient, validation_loss, learning_rate, steps):
    best, lowest = w.copy(), validation_loss(w)
    for _ in range(steps):
        w = best - learning_rate * gradient(best)
        if validation_loss(w) < lowest:
            best, lowest = w, validation_loss(w)
    return best


@pytest.mark.parametrize(
    ("name", "answer", "mistake", "says"),
    [
        (
            "random_shift",
            _shift_by(lambda most, rng: rng.integers(0, most + 1, 2) * rng.choice([-1, 1], 2)),
            "zero_too_often",
            "0 comes too often",
        ),
        (
            "random_shift",
            _shift_by(lambda most, rng: (rng.integers(-most, most + 1), 0)),
            "one_direction_at_a_time",
            "apart",
        ),
        (
            "random_shift",
            _shift_by(lambda most, rng: np.clip(rng.normal(0, most / 2, 2).round(), -most, most)),
            None,
            "expected",
        ),
        (
            "cutout",
            _cutout_by(lambda high, wide, rng: rng.integers(0, high, 2)),
            "sides_mixed_up",
            "height and width",
        ),
        ("cutout", _cutout_two_wide, None, "the square is 2 wide, expected 3"),
        (
            "gaussian_noise",
            lambda image, std, rng: np.clip(image - abs(rng.normal(0, std, image.shape)), 0, 1),
            None,
            "black pixels stay exactly black",
        ),
        (
            "gaussian_noise",
            lambda image, std, rng: np.clip(image + rng.normal(0, std, image.shape[2:]), 0, 1),
            "one_draw_for_all",
            "brighter or darker as a whole",
        ),
        (
            "spatial_dropout_mask",
            lambda shape, rate, rng: rng.random((*shape[2:], 1, 1)) >= rate,
            None,
            "the shape is (4, 5, 1, 1), expected (9, 7, 1, 1)",
        ),
        ("random_flips", _flips_in_the_test_only, None, "no picture is ever mirrored"),
        ("train_and_keep_best", _steps_from_the_best, "stops_at_the_first_rise", "over a hill"),
    ],
)
def test_wrong_answers_get_the_card_that_is_true_of_them(name, answer, mistake, says):
    for seed in range(3):
        verdict = load()[name].judge(answer, seed)
        assert not verdict.passed
        assert verdict.mistake == mistake, verdict.message
        assert says in verdict.message


# ---------------------------------------------------------------- figures and explorers


def test_figures_are_labelled():
    axes = plots.bars({"a": [0.1, 0.9], "b": [0.2, 0.8]}, ["x", "y"], ylabel="share", title="t")
    assert axes.get_ylabel() == "share"
    assert len(axes.patches) == 4
    first, *_ = plots.weight_histograms({"one": RNG.normal(size=50), "two": RNG.normal(size=50)})
    assert first.get_ylabel() == "how many weights"
    axes = plots.stopping({"training": [3, 2, 1], "validation": [3, 2, 4]}, "validation", 1, 2)
    assert whole(axes.get_xticks())
    assert "kept: epoch 1" in [text.get_text() for text in axes.get_legend().get_texts()]
    left, *_ = plots.boxed([PHOTO[..., 0]] * 2, [np.array([1, 2, 9, 8])] * 2, ["a", "b"])
    assert left.patches[0].get_width() == 8
    axis = np.linspace(-1, 1, 21)
    bowl = axis[:, None] ** 2 + axis**2
    (ring,) = plots.rings(axis, bowl, {"L2": bowl}, {"L2": (0.5, 0.5)})
    assert ring.get_xlabel() == "$w_1$"
    rows = {"a": [1, 2], "b": [3, 4]}
    runs = plots.runs({"p": (rows, "x"), "q": (rows, "y")})
    assert [each.get_xlabel() for each in runs] == ["x", "y"]


def test_explorers_compute_by_the_references():
    shown = soft_labels.explore(epsilon=0.1, mix=1.0)
    np.testing.assert_allclose(shown.target(), [0.9, 0.025, 0.025, 0.025, 0.025])
    shown.convention = soft_labels.CONVENTIONS[1]
    np.testing.assert_allclose(shown.target(), [0.92, 0.02, 0.02, 0.02, 0.02])
    shown.mix = 0.5
    assert shown.target().sum() == pytest.approx(1)
    cat = augmentation.explore(angle=20, tilt=0.5).picture()
    assert cat.shape == (80, 80, 3)
    assert (cat[0, 0] == 0).all()
