"""Lesson 02: the worked cycle, the references against outside proof, what the judge accepts."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from coursekit import data, functions, plain, reference
from coursekit.exercises import load, mlp_training
from coursekit.plots import mlp as plots
from coursekit.plots import network as drawn

# ---------------------------------------------------------------- the worked cycle of 2-3-2-1

WEIGHTS = [
    np.array([[-1.0, 2.5, 1.0], [1.0, 0.4, -1.5]]),
    np.array([[2.2, 0.34], [-1.4, 1.05], [0.56, 3.1]]),
    np.array([[0.75], [-0.22]]),
]
X, TARGET, LEARNING_RATE, MOMENTUM = np.array([0.6, 0.7]), np.array([0.9]), 0.3, 0.1
DELTA3, DELTA4, DELTA5 = 0.0086553, -0.0029758, 0.0009617
NEW_WEIGHTS = [
    [[-0.9984420, 2.4994643, 1.0001731], [1.0018176, 0.3993751, -1.4997980]],
    [[2.2025234, 0.3397497], [-1.3958870, 1.0495920], [0.5618715, 3.0998143]],
    [[0.7640434], [-0.1965563]],
]
SEVEN_DIGITS = {"rtol": 0, "atol": 0.5e-7 + 1e-12}


def outputs_of(weights, x=X):
    outputs = [x]
    for w in weights:
        outputs.append(reference.sigmoid(outputs[-1] @ w))
    return outputs


def first_step():
    updates = [np.zeros_like(w) for w in WEIGHTS]
    return reference.backprop_step(WEIGHTS, updates, X, TARGET, LEARNING_RATE, MOMENTUM)


def test_cycle_forward():
    _, first, second, last = outputs_of(WEIGHTS)
    np.testing.assert_allclose(first, [0.5249792, 0.8556969, 0.3893608], **SEVEN_DIGITS)
    np.testing.assert_allclose(first @ WEIGHTS[1], [0.1750206, 2.2839930], **SEVEN_DIGITS)
    np.testing.assert_allclose(second, [0.5436438, 0.9075426], **SEVEN_DIGITS)
    np.testing.assert_allclose(second @ WEIGHTS[2], [0.2080735], **SEVEN_DIGITS)
    np.testing.assert_allclose(last, [0.5518315], **SEVEN_DIGITS)


def test_cycle_deltas():
    _, first, second, last = outputs_of(WEIGHTS)
    delta8 = reference.output_delta(last, TARGET)
    delta67 = reference.hidden_delta(delta8, WEIGHTS[2], second)
    delta345 = reference.hidden_delta(delta67, WEIGHTS[1], first)
    np.testing.assert_allclose(delta8, [0.0861068], **SEVEN_DIGITS)
    np.testing.assert_allclose(delta67, [0.0160220, -0.0015895], **SEVEN_DIGITS)
    np.testing.assert_allclose(delta345, [DELTA3, DELTA4, DELTA5], **SEVEN_DIGITS)


def test_cycle_update_and_new_output():
    weights, updates = first_step()
    for new, expected, old, update in zip(weights, NEW_WEIGHTS, WEIGHTS, updates, strict=True):
        np.testing.assert_allclose(new, expected, **SEVEN_DIGITS)
        np.testing.assert_allclose(new, old + update, rtol=1e-15)
    np.testing.assert_allclose(updates[0][:, 0], [0.0015580, 0.0018176], **SEVEN_DIGITS)
    np.testing.assert_allclose(outputs_of(weights)[-1], [0.5592961], **SEVEN_DIGITS)


def test_printed_slips_are_slips():
    """The sign of δ₃ and the slope in the δ₅ line, decided by measuring the error itself."""

    def error(weights):
        return 0.5 * np.sum((TARGET - outputs_of(weights)[-1]) ** 2)

    slopes = [np.zeros_like(w) for w in WEIGHTS]
    for layer, slope in enumerate(slopes):
        for place in np.ndindex(slope.shape):
            moved = [w.copy() for w in WEIGHTS]
            moved[layer][place] += 1e-5
            above = error(moved)
            moved[layer][place] -= 2e-5
            slope[place] = (above - error(moved)) / 2e-5
    _, updates = first_step()
    for slope, update in zip(slopes, updates, strict=True):
        np.testing.assert_allclose(update, -LEARNING_RATE * slope, atol=1e-10)
    assert -slopes[0][0, 0] == pytest.approx(DELTA3 * 0.6, abs=1e-7)  # and not −0.0087 · 0.6
    assert -0.0016 * 0.34 + 0.016 * 2.2 > 0
    _, first, second, _ = outputs_of(WEIGHTS)
    back = -0.0015895 * 3.1 + 0.0160220 * 0.56
    assert back * first[2] * (1 - first[2]) == pytest.approx(DELTA5, abs=1e-7)
    assert back * second[1] * (1 - second[1]) == pytest.approx(0.00034, abs=1e-5)


def test_second_step_carries_the_momentum_on():
    weights, updates = first_step()
    later, _ = reference.backprop_step(weights, updates, X, TARGET, LEARNING_RATE, MOMENTUM)
    still = [np.zeros_like(u) for u in updates]
    without, _ = reference.backprop_step(weights, still, X, TARGET, LEARNING_RATE, MOMENTUM)
    for a, b, update in zip(later, without, updates, strict=True):
        np.testing.assert_allclose(a - b, MOMENTUM * update, atol=1e-15)


# ---------------------------------------------------------------- other worked numbers


def test_worked_numbers_of_the_lesson():
    two = np.array([2.0])
    assert reference.sigmoid(two)[0] == pytest.approx(0.8808, abs=5e-5)
    assert reference.sigmoid_gradient(two)[0] == pytest.approx(0.1050, abs=5e-5)
    assert reference.sigmoid_gradient(reference.sigmoid(two))[0] == pytest.approx(0.2072, abs=2e-4)
    assert reference.swish_backward(np.ones(1), two)[0] == pytest.approx(1.0908, abs=5e-5)
    p = reference.softmax(np.array([[2.0, 1.0, 0.1]]))
    np.testing.assert_allclose(p, [[0.659, 0.242, 0.099]], atol=5e-4)
    zero = np.array([0])
    assert reference.cross_entropy(np.array([[2.0, 1.0, 0.1]]), zero) == pytest.approx(
        0.417, abs=1e-3
    )
    floor = np.log((np.e + 2) / np.e)  # softmax applied to (1, 0, 0)
    assert reference.cross_entropy(np.eye(3)[:1], zero) == pytest.approx(floor)
    assert floor == pytest.approx(0.5514, abs=5e-5)
    assert reference.cross_entropy(np.zeros((4, 10)), np.arange(4)) == pytest.approx(np.log(10))
    x, w = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [10.0]])
    np.testing.assert_allclose(reference.dense_forward(x, w, np.array([0.5])), [[21.5], [43.5]])
    dx, dw, db = reference.dense_backward(np.array([[1.0], [2.0]]), x, w, np.array([0.5]))
    np.testing.assert_allclose(dx, [[1, 10], [2, 20]])
    np.testing.assert_allclose(dw, [[7], [10]])
    np.testing.assert_allclose(db, [3])


@pytest.mark.parametrize(
    ("deviation", "expected"),
    [(0.01, 2.6e-10), (1.0, 2e10), (np.sqrt(1 / 256), 0.025), (np.sqrt(2 / 256), 0.8)],
)
def test_signal_after_ten_layers_of_256(deviation, expected):
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        signal = rng.normal(size=(200, 256))
        for _ in range(10):
            signal = reference.relu(signal @ rng.normal(0, deviation, size=(256, 256)))
        found.append(signal.std())
    assert expected / 2 < np.median(found) < 2 * expected


# ---------------------------------------------------------------- proof from outside


def test_nothing_overflows_and_nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        z = np.array([-1e308, -1000.0, -0.0, 0.0, 1000.0, 1e308])
        np.testing.assert_array_equal(reference.sigmoid(z), [0, 0, 0.5, 0.5, 1, 1])
        assert np.isfinite(reference.sigmoid_gradient(z)).all()
        assert np.isfinite(reference.swish_backward(np.ones(6), z)).all()
        logits = np.array([[1000.0, -1000.0], [-1e5, 1e5]])
        np.testing.assert_allclose(reference.softmax(logits), [[1, 0], [0, 1]])
        assert reference.cross_entropy(logits, np.array([1, 0])) == pytest.approx((2000 + 2e5) / 2)
        assert reference.relative_error(np.zeros(3), np.zeros(3)) == 0


def test_gradients_equal_those_of_torch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)

    def gradients(forward, dout, *inputs):
        tensors = [torch.tensor(value, requires_grad=True) for value in inputs]
        forward(*tensors).backward(torch.tensor(dout))
        return [tensor.grad.numpy() for tensor in tensors]

    z, dout = rng.normal(size=(4, 5)) * 3, rng.normal(size=(4, 5))
    ones = np.ones_like(z)
    nn = torch.nn.functional
    for forward, found, upstream in (
        (torch.sigmoid, reference.sigmoid_gradient(z), ones),
        (torch.tanh, reference.tanh_gradient(z), ones),
        (torch.relu, reference.relu_backward(dout, z), dout),
        (lambda t: nn.leaky_relu(t, 0.2), reference.leaky_relu_backward(dout, z, 0.2), dout),
        (nn.silu, reference.swish_backward(dout, z), dout),
    ):
        np.testing.assert_allclose(found, gradients(forward, upstream, z)[0], atol=1e-14)

    x, w, b = rng.normal(size=(4, 3)), rng.normal(size=(3, 5)), rng.normal(size=5)
    found = reference.dense_backward(dout, x, w, b)
    expected = gradients(lambda x, w, b: x @ w + b, dout, x, w, b)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)

    labels = rng.integers(0, 5, size=4)
    score = torch.tensor(z, requires_grad=True)
    loss = nn.cross_entropy(score, torch.tensor(labels))
    loss.backward()
    assert reference.cross_entropy(z, labels) == pytest.approx(loss.item())
    np.testing.assert_allclose(
        reference.cross_entropy_gradient(z, labels), score.grad.numpy(), atol=1e-15
    )


def test_backprop_step_follows_the_gradient_of_torch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=shape) for shape in ((4, 3), (3, 5), (5, 2))]
    updates = [rng.normal(size=w.shape) for w in weights]
    x, target = rng.normal(size=4), rng.uniform(size=2)
    tensors = [torch.tensor(w, requires_grad=True) for w in weights]
    out = torch.tensor(x)
    for w in tensors:
        out = torch.sigmoid(out @ w)
    (0.5 * (torch.tensor(target) - out).square().sum()).backward()
    _, found = reference.backprop_step(weights, updates, x, target, 0.7, 0.4)
    for update, before, tensor in zip(found, updates, tensors, strict=True):
        np.testing.assert_allclose(update, -0.7 * tensor.grad.numpy() + 0.4 * before, atol=1e-14)


NUMBERS = st.floats(-50, 50, width=32)
TABLES = arrays_of.arrays(
    np.float64, arrays_of.array_shapes(min_dims=2, max_dims=2), elements=NUMBERS
)


@given(TABLES, st.floats(-1e4, 1e4))
@settings(max_examples=60, deadline=None)
def test_softmax_is_a_distribution_that_shifts_leave_alone(logits, shift):
    p = reference.softmax(logits)
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(reference.softmax(logits + shift), p, atol=1e-9)
    labels = np.arange(len(logits)) % logits.shape[1]
    gradient = reference.cross_entropy_gradient(logits, labels)
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-12)
    assert reference.cross_entropy(logits, labels) >= 0


@given(TABLES, st.floats(1e-6, 1e6))
@settings(max_examples=60, deadline=None)
def test_relative_error_has_no_scale_and_no_direction(a, scale):
    b = a[::-1] + 1
    error = reference.relative_error(a, b)
    assert 0 <= error <= 2
    assert reference.relative_error(b, a) == error
    assert reference.relative_error(scale * a, scale * b) == pytest.approx(error, rel=1e-9)


# ---------------------------------------------------------------- gradient_check, for the course


def test_gradient_check_serves_layers_with_several_axes_and_options():
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(2, 2, 5, 6)), rng.normal(size=(3, 2, 3, 2)), rng.normal(size=3)]
    error = reference.gradient_check(
        lambda x, w, b: reference.conv2d_forward(x, w, b, 2, 1),
        lambda dout, x, w, b: reference.conv2d_backward(dout, x, w, b, 2, 1),
        inputs,
    )
    assert error < 1e-9
    flipped = reference.gradient_check(
        lambda x: reference.correlate2d(x, inputs[1][0, 0]),
        lambda dout, x: reference.conv2d_input_gradient(
            dout[None, None], inputs[1][:1, :1, ::-1, ::-1], (1, 1, *x.shape)
        )[0, 0],
        [inputs[0][0, 0]],
    )
    assert flipped > 1e-3


def test_gradient_check_restores_its_inputs_and_names_missing_gradients():
    x, w, b = (np.random.default_rng(0).normal(size=shape) for shape in ((4, 3), (3, 2), (2,)))
    kept = [x.copy(), w.copy(), b.copy()]
    reference.gradient_check(reference.dense_forward, reference.dense_backward, [x, w, b])
    for now, before in zip((x, w, b), kept, strict=True):
        np.testing.assert_array_equal(now, before)
    with pytest.raises(ValueError, match="3 inputs, but backward returns 2 gradients"):
        reference.gradient_check(
            reference.dense_forward, lambda *a: reference.dense_backward(*a)[:2], [x, w, b]
        )
    with pytest.raises(ValueError, match="must be the same"):
        reference.gradient_check(
            reference.dense_forward,
            lambda dout, x, w, b: (*reference.dense_backward(dout, x, w, b)[:2], dout),
            [x, w, b],
        )


def test_layers_to_check_cross_as_plain_data():
    inputs = [np.random.default_rng(0).normal(size=(3, 2))]
    pair = functions.tanh_layer(gain=3.0), functions.tanh_layer_backward(gain=3.0, factor=1.1)
    there, back = plain.loads(plain.dumps(pair))
    assert reference.gradient_check(there, back, inputs) == pytest.approx(1 - 1 / 1.1)


# ---------------------------------------------------------------- clear words for bad input


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: reference.sigmoid("2"), "z must be a number"),
        (lambda: reference.relu(np.array([True])), "astype"),
        (lambda: reference.relu_backward(np.ones(3), np.ones(4)), "must be the same"),
        (
            lambda: reference.dense_forward(np.ones((2, 3)), np.ones((4, 5)), np.ones(5)),
            r"\(3, 5\)",
        ),
        (lambda: reference.dense_forward(np.ones((2, 3)), np.ones((3, 5)), np.ones(3)), "5 units"),
        (
            lambda: reference.dense_backward(
                np.ones((2, 4)), np.ones((2, 3)), np.ones((3, 5)), np.ones(5)
            ),
            "dout has shape",
        ),
        (lambda: reference.cross_entropy(np.ones((2, 3)), np.array([0, 3])), "between 0 and 2"),
        (lambda: reference.cross_entropy(np.ones((2, 3)), np.eye(3)[:2]), "one-hot"),
        (lambda: reference.cross_entropy(np.ones((2, 3)), np.array([0])), "1 labels"),
        (lambda: reference.softmax(np.ones(3)), "N, K"),
        (lambda: reference.hidden_delta(np.ones(2), np.ones((2, 3)), np.ones(2)), "must be 3"),
        (
            lambda: reference.backprop_step(
                [np.ones((2, 1))], [], np.ones(2), np.ones(1), 1.0, 0.0
            ),
            "as many updates",
        ),
        (lambda: reference.he_weights(0, 3, np.random.default_rng(0)), "fan_in"),
        (lambda: reference.he_weights(3, 3, 0), "random generator"),
        (lambda: reference.gradient_check(np.tanh, np.tanh, np.ones(3)), "list of arrays"),
        (lambda: reference.gradient_check(np.tanh, np.tanh, [np.ones(3, int)]), "astype"),
        (
            lambda: reference.train_mlp(
                np.ones((3, 2)), np.zeros(3), 4, 1, 0.1, np.random.default_rng(0)
            ),
            "y must be an array",
        ),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()


# ---------------------------------------------------------------- what the judge accepts


def naive_sigmoid(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def two_branch_sigmoid(z):
    out = np.empty(z.shape)
    positive = z >= 0
    out[positive] = 1 / (1 + np.exp(-z[positive]))
    out[~positive] = np.exp(z[~positive]) / (1 + np.exp(z[~positive]))
    return out


def dense_backward_with_loops(dout, x, w, b):
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for n in range(len(x)):
        for m in range(len(b)):
            db[m] += dout[n, m]
            dw[:, m] += dout[n, m] * x[n]
            dx[n] += dout[n, m] * w[:, m]
    return [dx, dw, db]


def backprop_step_layer_by_layer(weights, updates, x, target, learning_rate, momentum):
    outputs = outputs_of(weights, x)
    delta = (target - outputs[-1]) * outputs[-1] * (1 - outputs[-1])
    new_weights, new_updates = [], []
    for layer in range(len(weights) - 1, -1, -1):
        update = learning_rate * outputs[layer][:, None] * delta + momentum * updates[layer]
        new_updates.insert(0, update)
        new_weights.insert(0, weights[layer] + update)
        delta = (weights[layer] @ delta) * outputs[layer] * (1 - outputs[layer])
    return new_weights, new_updates


def cross_entropy_by_logaddexp(logits, labels):
    losses = np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(labels)), labels]
    return float(losses.mean())


def uniform_he(fan_in, fan_out, rng):
    reach = np.sqrt(6 / fan_in)  # of a uniform distribution with the same standard deviation
    return rng.uniform(-reach, reach, size=(fan_in, fan_out)).astype(np.float32)


def number_by_number_check(forward, backward, inputs, h=1e-5):
    """Another dout, another measure, and an h of its own."""
    dout = 1.0 + np.arange(np.size(forward(*inputs))).reshape(np.shape(forward(*inputs)))
    gradients = backward(dout, *inputs)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    worst = 0.0
    for x, gradient in zip(inputs, gradients, strict=True):
        numerical = np.zeros_like(x)
        for place in np.ndindex(x.shape):
            kept = x[place]
            sums = []
            for moved in (kept + 1e-5, kept - 1e-5):
                x[place] = moved
                sums.append(np.sum(dout * forward(*inputs)))
            x[place] = kept
            numerical[place] = (sums[0] - sums[1]) / 2e-5
        scale = np.linalg.norm(gradient) + np.linalg.norm(numerical)
        worst = max(worst, np.linalg.norm(gradient - numerical) / scale)
    return worst


def train_with(batch=32, gradient_scale=1.0, weights=reference.he_weights, keep=0.0):
    """Return a trainer with another batch size, gradient, start or momentum."""

    def train_mlp(x, y, hidden, epochs, learning_rate, rng):
        sizes, k = (x.shape[1], hidden), int(y.max()) + 1
        p = [weights(*sizes, rng), np.zeros(hidden), weights(hidden, k, rng), np.zeros(k)]
        moves = [np.zeros_like(each) for each in p]
        for _ in range(epochs):
            for rows in np.array_split(rng.permutation(len(x)), -(-len(x) // batch)):
                z = x[rows] @ p[0] + p[1]
                a = np.maximum(z, 0)
                d = reference.cross_entropy_gradient(a @ p[2] + p[3], y[rows]) * gradient_scale
                da, dw2, db2 = reference.dense_backward(d, a, p[2], p[3])
                _, dw1, db1 = reference.dense_backward(da * (z > 0), x[rows], p[0], p[1])
                for k, g in enumerate((dw1, db1, dw2, db2)):
                    moves[k] = keep * moves[k] - learning_rate * g
                    p[k] = p[k] + moves[k]
        return tuple(p)

    return train_mlp


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("sigmoid", naive_sigmoid),
        ("sigmoid", two_branch_sigmoid),
        ("relu", lambda z: np.where(z > 0, z, 0).tolist()),
        ("relu_backward", lambda dout, z: np.where(z <= 0, 0, dout)),
        ("leaky_relu_backward", lambda dout, z, slope=0.01: dout * np.where(z >= 0, 1, slope)),
        ("hidden_delta", lambda d, w, o: np.einsum("jk,...k->...j", w, d) * (o - o**2)),
        ("backprop_step", backprop_step_layer_by_layer),
        ("dense_backward", dense_backward_with_loops),
        ("dense_forward", lambda x, w, b: np.einsum("nd,dm->nm", x, w).astype(np.float32) + b),
        ("cross_entropy", cross_entropy_by_logaddexp),
        ("he_weights", uniform_he),
        ("gradient_check", number_by_number_check),
        ("train_mlp", train_with(batch=30)),
        ("train_mlp", train_with(weights=uniform_he)),
    ],
)
def test_other_right_answers_pass(name, answer):
    for seed in range(2):
        verdict = load()[name].judge(answer, seed)
        assert verdict.passed, verdict.message


@pytest.mark.parametrize(
    ("name", "answer", "outcome"),
    [
        ("hidden_delta", lambda d, w, o: d @ w * o * (1 - o), "errored"),
        ("accuracy", lambda logits, labels: np.mean(logits.argmax(axis=0) == labels), "errored"),
        ("train_mlp", train_with(batch=10_000), "failed"),
        ("train_mlp", train_with(gradient_scale=32), "failed"),
        ("train_mlp", train_with(gradient_scale=1 / 32), "failed"),
        ("he_weights", lambda i, o, rng: rng.normal(0, 0.6 * np.sqrt(2 / i), (i, o)), "failed"),
        ("he_weights", lambda i, o, rng: 1 + rng.normal(0, np.sqrt(2 / i), (i, o)), "failed"),
        ("gradient_check", lambda forward, backward, inputs, h=1e-5: 0.0, "failed"),
        ("gradient_check", lambda forward, backward, inputs, h=1e-5: [1e-9], "failed"),
        ("cross_entropy", lambda z, y: reference.cross_entropy(z, y) + 0.1, "failed"),
    ],
)
def test_what_is_wrong_in_another_way_is_not_named(name, answer, outcome):
    for seed in range(2):
        verdict = load()[name].judge(answer, seed)
        assert (verdict.outcome, verdict.mistake) == (outcome, None), verdict.message
        assert verdict.score < 1


# ---------------------------------------------------------------- training


def logits_of(x, w1, b1, w2, b2):
    return reference.dense_forward(reference.relu(reference.dense_forward(x, w1, b1)), w2, b2)


def test_digits_are_read_and_the_start_is_near_log_10():
    scans = data.digits()
    x, x_test = scans.x_train.reshape(-1, 64) / 16, scans.x_test.reshape(-1, 64) / 16
    for seed in range(3):
        rng = np.random.default_rng(seed)
        learned = reference.train_mlp(x, scans.y_train, 32, 64, 0.1, rng)
        assert reference.accuracy(logits_of(x_test, *learned), scans.y_test) > 0.95
        start = reference.train_mlp(x, scans.y_train, 32, 0, 0.1, np.random.default_rng(seed))
        loss = reference.cross_entropy(logits_of(x, *start), scans.y_train)
        assert loss == pytest.approx(np.log(10), abs=1.0)


@pytest.mark.parametrize(
    ("exchanged", "name"),
    [
        ({}, None),
        ({"mask": False}, "relu_left_out_on_the_way_back"),
        ({"moved": True}, "moves_before_all_gradients"),
        ({"divisor": 30}, "divided_by_n_twice"),
        ({"sign": -1}, "steps_uphill"),
    ],
)
def test_one_step_tells_whether_the_gradients_were_right_whatever_the_first_weights(
    exchanged, name
):
    rng = np.random.default_rng(6)
    for seed in range(100):
        x, y = rng.normal(size=(30, 4)), np.arange(30) % 3
        own = np.random.default_rng(seed)
        parts = mlp_training._train(x, y, 7, 1, 1e-4, own, start=1.5, **exchanged)
        found = mlp_training._judge_one_step(x, y, 1e-4, parts)
        assert (found and found.mistake) == name


def test_training_goes_on_where_a_shorter_one_ended():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(70, 4)), rng.integers(0, 3, size=70)
    y[:3] = (0, 1, 2)
    shorter = reference.train_mlp(x, y, 8, 3, 0.1, np.random.default_rng(5))
    longer = reference.train_mlp(x, y, 8, 6, 0.1, np.random.default_rng(5))
    losses = [reference.cross_entropy(logits_of(x, *p), y) for p in (shorter, longer)]
    assert losses[1] < losses[0]


def test_xor_needs_the_hidden_layer():
    corners, xor = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    learned = reference.train_mlp(corners, xor, 8, 2000, 0.2, np.random.default_rng(0))
    assert reference.accuracy(logits_of(corners, *learned), xor) == 1
    w, b = np.random.default_rng(3).normal(size=(2, 2)), np.zeros(2)
    for _ in range(2000):
        dlogits = reference.cross_entropy_gradient(reference.dense_forward(corners, w, b), xor)
        _, dw, db = reference.dense_backward(dlogits, corners, w, b)
        w, b = w - 0.5 * dw, b - 0.5 * db
    np.testing.assert_allclose(reference.softmax(corners @ w + b), 0.5, atol=1e-3)


# ---------------------------------------------------------------- pictures


@pytest.fixture(autouse=True)
def _close_figures():
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    yield
    plt.close("all")


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_network_figures_show_every_number():
    outputs = outputs_of(WEIGHTS)
    above, below = drawn.cycle(WEIGHTS, outputs, [None, *outputs[1:]], "a cycle")
    for value in np.concatenate(outputs):
        assert f"{value:.4f}" in texts(above)
    for weight in np.concatenate([w.ravel() for w in WEIGHTS]):
        assert f"{weight:g}".replace("-", "−") in texts(below)
    assert texts(below).count("input") == 2
    neuron = drawn.neuron([0.6, 0.7], [2.5, 0.4], -0.5, reference.sigmoid, "sigmoid", "a neuron")
    assert any("1.28" in text for text in texts(neuron))
    neuron.figure.canvas.draw()
    above.figure.canvas.draw()


@pytest.mark.parametrize("count", [2, 5, 16])
def test_epochs_are_whole_numbers(count):
    curve = {"a": np.linspace(0.9, 0.1, count)}
    for axes in plots.learning_curves(np.arange(1, count + 1), curve, curve):
        assert np.array_equal(axes.get_xticks(), np.round(axes.get_xticks()))


def test_figures_have_labels_and_titles():
    z = np.linspace(-2, 2, 11)
    points, labels = np.array([[0.0, 0], [1, 1], [1, 0]]), np.array([0, 0, 1])
    made = [
        plots.values_and_slopes(z, {"tanh": (np.tanh(z), 1 - np.tanh(z) ** 2)}, "t")[0],
        *plots.scores_and_probabilities([1.0, -2.0], [0.95, 0.05], ["a", "b"], "t"),
        plots.decision_surfaces({"m": lambda p: p[:, 0] > 0.5}, points, labels, "t")[0],
        *plots.learning_curves([1, 2], {"a": [2, 1]}, {"a": [0.5, 1]}, "t"),
        plots.confusion_matrix(np.array([[3, 1], [0, 4]]), ["a", "b"], "t"),
    ]
    for axes in made:
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        assert axes.figure.get_suptitle() == "t"
        axes.figure.canvas.draw()
    assert texts(made[-1]) == ["3", "1", "4"]  # zeros stay empty


def test_captions_stand_below_their_pictures():
    panels = plots.captioned(np.zeros((5, 8, 8)), list("abcde"), "t", columns=3)
    assert [texts(panel) for panel in panels[:5]] == [["a"], ["b"], ["c"], ["d"], ["e"]]
    assert not panels[5].axison
