"""Lesson 03: its worked numbers, what it accepts, its figures."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit import data, reference
from coursekit.exercises import (
    convolution_counts,
    convolution_forward,
    convolution_kernels,
    convolution_sizes,
    convolution_variants,
    convolution_views,
)
from coursekit.plots import convolution_forward as plots

matplotlib.use("Agg")

MODULES = (
    convolution_counts,
    convolution_forward,
    convolution_kernels,
    convolution_sizes,
    convolution_variants,
    convolution_views,
)
EXERCISES = {each.name: each for module in MODULES for each in module.lesson.exercises}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


# ---------------------------------------------------------------- worked numbers


def worked_layer():
    """The article's 5×5 picture with three channels and its two filters."""
    x = """1 2 0 1 0  2 0 0 0 1  1 2 2 0 2  2 2 2 0 1  2 0 1 0 1
           1 2 2 1 2  0 2 2 0 2  1 2 2 1 1  2 2 0 1 0  2 2 1 0 0
           0 2 0 1 1  2 0 2 1 1  2 0 1 2 1  0 1 0 1 2  1 0 1 2 1"""
    w = """-1 1 1 -1 1 1 0 0 1   0 -1 1 -1 0 -1 1 0 0   1 -1 0 -1 0 -1 0 1 -1
           0 0 -1 1 0 0 0 -1 0   1 -1 0 -1 1 0 -1 1 1   1 0 1 1 -1 1 -1 0 0"""
    x = np.array(x.split(), float).reshape(1, 3, 5, 5)
    return x, np.array(w.split(), float).reshape(2, 3, 3, 3), np.array([1.0, 0.0])


def test_the_article_printed_one_sign_wrong():
    x, w, b = worked_layer()
    printed = np.array([[[2, -3, 1], [5, -7, 2], [5, 0, 0]], [[3, 5, 2], [1, 0, -3], [-2, 4, 3]]])
    out = reference.conv2d_forward(x, w, b, stride=2, padding=1)[0]
    assert np.argwhere(out != printed).tolist() == [[0, 0, 2]]
    corner = reference.zero_pad(x, 1)[0, :, 0:3, 4:7]
    np.testing.assert_array_equal((corner * w[0]).sum(axis=(1, 2)), [-1, -1, 0])
    assert out[0, 0, 2] == -1


def test_a_window_of_five_takes_four_rows_and_columns():
    shapes = [reference.correlate2d(np.ones((30, 40)), np.ones((k, k))).shape for k in (3, 5)]
    assert shapes == [(28, 38), (26, 36)]


def test_the_printed_definition_reads_a_diagonal_only():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(5, 5)), rng.normal(size=(3, 3))
    taps = [(k1, k2) for k1 in (-1, 0, 1) for k2 in (-1, 0, 1)]
    printed = sum(w[1 + a, 1 + b] * x[2 + a, 2 + a] for a, b in taps)
    mended = sum(w[1 + a, 1 + b] * x[2 + a, 2 + b] for a, b in taps)
    right = reference.correlate2d(x, w)[1, 1]
    assert np.isclose(mended, right)
    assert not np.isclose(printed, right)


def test_counts_that_the_lesson_names():
    assert reference.conv_parameters(3, 64, 3) == 64 * 28 == 1792
    assert reference.conv_multiply_adds(32, 32, 3, 64, 3) == 1_769_472
    assert reference.dense_parameters(224, 224, 3, 224 * 224 * 64) == 483_388_358_656
    assert reference.stacked_receptive_field(112, 3) == 225
    assert reference.stacked_receptive_field(111, 3) == 223
    assert reference.receptive_field([(3, 2, 1), (3, 2, 1), (3, 1, 2)]) == 23
    assert reference.receptive_field([(3, 1, 2**n) for n in range(8)]) == 511
    assert reference.receptive_field([(3, 2, 1)] * 8) == 511


def test_the_growth_of_the_work_is_what_the_counts_give():
    old = reference.conv_multiply_adds(8, 6, 3, 5, 4)
    assert reference.multiply_adds_growth() == {
        "kernel doubled": reference.conv_multiply_adds(8, 6, 3, 5, 8) / old,
        "channels doubled": reference.conv_multiply_adds(8, 6, 6, 10, 4) / old,
        "input doubled": reference.conv_multiply_adds(16, 12, 3, 5, 4) / old,
    }


@pytest.mark.parametrize("kernel", [1, 3, 5, 9])
def test_the_dark_border_is_what_the_blur_gives(kernel):
    grey = np.full((21, 23), 0.4)
    blur = np.full((kernel, kernel), 1 / kernel**2)
    out = reference.correlate2d(reference.zero_pad(grey, kernel // 2), blur)
    expected = out[0, 0], out[0, 11], out[10, 11]
    np.testing.assert_allclose(reference.border_brightness(kernel, 0.4), expected, rtol=1e-12)


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 30))
def test_same_padding_keeps_the_size(kernel, dilation, size):
    before, after = reference.same_padding(kernel, dilation)
    assert 0 <= after - before <= 1
    length = reference.output_size(size + before + after, kernel, dilation=dilation)
    assert length == size


def test_same_padding_is_pytorchs():
    torch = pytest.importorskip("torch")
    x, w = np.random.default_rng(0).normal(size=(2, 9)), np.arange(1.0, 5)
    before, after = reference.same_padding(4, 2)
    framed = np.pad(x, [(0, 0), (before, after)])
    spread = reference.dilate_kernel(w[None], (1, 2))
    expected = torch.nn.functional.conv1d(
        torch.tensor(x[:, None]), torch.tensor(w[None, None]), padding="same", dilation=2
    )
    np.testing.assert_allclose(reference.correlate2d(framed, spread), expected.numpy()[:, 0])


@pytest.mark.parametrize("call", [
    lambda: reference.same_padding(0),
    lambda: reference.same_padding(3, dilation=0),
    lambda: reference.border_brightness(4, 1.0),
])  # fmt: skip
def test_bad_sizes_are_named(call):
    with pytest.raises(ValueError, match=r"kernel|dilation"):
        call()


# ---------------------------------------------------------------- every right answer is accepted


def loops(x, w, b, stride=1, padding=0):
    (sy, sx), (py, px) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    xp = np.pad(x, [(0, 0), (0, 0), (py, py), (px, px)])
    kh, kw = w.shape[2:]
    rows, cols = (xp.shape[2] - kh) // sy + 1, (xp.shape[3] - kw) // sx + 1
    return [
        [
            [
                [
                    (image[:, sy * r : sy * r + kh, sx * c : sx * c + kw] * w[f]).sum() + b[f]
                    for c in range(cols)
                ]
                for r in range(rows)
            ]
            for f in range(len(w))
        ]
        for image in xp
    ]


def views(x, kernel, stride=1, padding=0):
    (sy, sx), (py, px) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    xp = np.pad(x, [(0, 0), (0, 0), (py, py), (px, px)])
    windows = np.lib.stride_tricks.sliding_window_view(
        xp, tuple(np.broadcast_to(kernel, 2)), axis=(2, 3)
    )
    windows = windows[:, :, ::sy, ::sx].transpose(0, 1, 4, 5, 2, 3)
    return windows.reshape(len(x), -1, windows.shape[4] * windows.shape[5])


def in_float32(x, w, b, stride=1, padding=0):
    return reference.conv2d_forward(
        x.astype(np.float32), w.astype(np.float32), b.astype(np.float32), stride, padding
    )


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("conv2d_forward", loops),
        ("conv2d_forward", in_float32),
        ("im2col", views),
        ("correlate2d", lambda x, w: reference.correlate2d(x, w).tolist()),
        ("output_size", lambda size, kernel, stride=1, padding=0, dilation=1: len(
            range(0, size + 2 * padding - dilation * (kernel - 1), stride))),
        ("blur_kernel", lambda: np.outer([1, 2, 1], [1, 2, 1]) / 16),
        ("blur_kernel", lambda: [[0, 0.2, 0], [0.2, 0.2, 0.2], [0, 0.2, 0]]),
        ("edge_kernel", lambda: [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]),
        ("edge_kernel", lambda: np.array([[-1, 0, -1], [0, 4, 0], [-1, 0, -1]]) / 4),
        ("conv_growth", lambda: {key: int(n) for key, n in reference.conv_growth().items()}),
    ],
)  # fmt: skip
def test_another_right_answer_passes(name, answer):
    for seed in range(3):
        verdict = EXERCISES[name].judge(answer, seed)
        assert verdict.passed, verdict.message


@pytest.mark.parametrize(
    ("name", "answer", "part"),
    [
        ("blur_kernel", lambda: np.ones((5, 5)) / 25, "(5, 5)"),
        ("blur_kernel", lambda: np.ones((3, 3)) / 8, "1.125"),
        (
            "blur_kernel",
            lambda: np.full((3, 3), 0.01) + 0.91 * reference.shift_kernel(0, 0),
            "0.92",
        ),
        ("blur_kernel", lambda: np.full((3, 3), np.nan), "nan"),
        ("blur_kernel", lambda: "a blur", "a text, where an array of shape (3, 3)"),
        ("edge_kernel", lambda: np.zeros((3, 3)), "never"),
        ("edge_kernel", lambda: [[1, -1, 1], [-1, 0, -1], [1, -1, 1]], "middle"),
        ("edge_kernel", lambda: [[0, 0, 0], [0, 4, 0], [0, 0, -1]], "3"),
    ],
)
def test_a_kernel_without_the_property_is_told_why(name, answer, part):
    verdict = EXERCISES[name].judge(answer)
    assert verdict.outcome == "failed"
    assert verdict.mistake is None
    assert part in verdict.message


def test_turned_kernels_are_called_a_convention():
    for name in ("correlate2d", "conv2d_forward", "depthwise_conv2d", "conv1d_forward"):
        turned = [each for each in EXERCISES[name].mistakes if each.convention]
        assert turned, name
        message = EXERCISES[name].judge(turned[0].implementation).message
        assert "A convention used elsewhere" in message


# ---------------------------------------------------------------- figures


def test_the_window_is_drawn_for_each_channel():
    x, w, b = worked_layer()
    framed = reference.zero_pad(x, 1)
    out = reference.conv2d_forward(framed, w, b, stride=2)
    axes = plots.window(framed[0], w[0], out[0, 0], (0, 2), stride=2, title="One number")
    titles = [each.get_title() for each in axes]
    assert titles.count("image, channel 2") == titles.count("kernel, channel 2") == 1
    assert "output: −1 at [0, 2]" in titles
    assert axes[0].figure.get_suptitle() == "One number"


def test_places_are_those_of_output_size_and_leftovers_stand_out():
    axes = plots.places(10, 3, stride=3)
    assert len(axes.get_yticks()) == reference.output_size(10, 3, stride=3) == 3
    colours = [tuple(patch.get_facecolor()) for patch in axes.patches]
    assert len(set(colours)) == 2
    assert colours.count(colours[-1]) == 1
    axes = plots.places(7, 2, stride=2, padding=1, dilation=3)
    assert len(axes.get_yticks()) == reference.output_size(7, 2, 2, 1, 3)
    assert axes.get_xlabel().startswith("place on the axis")


def test_the_fan_sees_the_receptive_field():
    stack = [(3, 2, 1), (3, 2, 1), (3, 1, 2)]
    axes = plots.fan(stack, 33, title="A fan")
    assert axes.get_xlabel().endswith(f"seen: {reference.receptive_field(stack)}")
    assert axes.get_yticklabels()[0].get_text() == "image"
    with pytest.raises(ValueError, match="too short"):
        plots.fan(stack, 10)


def test_maps_kernels_matrix_columns_lines_and_words_have_labels():
    photo = data.photo("coffee").mean(axis=2)[::4, ::4] / 255
    maps = plots.maps([photo, -photo], ["one", "two"], title="Maps")
    assert "orange" in maps[0].get_xlabel()
    kernels = plots.kernels([reference.blur_kernel()], ["a blur"])
    assert (kernels[0].get_xlabel(), kernels[0].get_ylabel()) == ("j (column)", "i (row)")
    band = reference.conv1d_matrix(np.array([1.0, 2.0, 3.0]), 4)
    matrix = plots.matrix(band, xlabel="output", ylabel="input")
    assert len(matrix.texts) == np.count_nonzero(band)
    x = np.arange(20.0).reshape(4, 5)
    windows = reference.im2col(x[None, None], (2, 3))[0]
    left, right = plots.columns(x, (2, 3), windows, [0, 4, 8])
    assert len(left.patches) == len(right.patches) == 3
    lines = plots.lines([1, 2, 4], {"a": [1, 2, 3], "b": [3, 2, 1]}, xlabel="x", ylabel="y")
    assert [text.get_text() for text in lines.texts] == ["a", "b"]
    words = plots.words([["not good", "good"]], [[-2.0, 1.0]], title="Words")
    assert words[0].get_xlabel().endswith("negative")
