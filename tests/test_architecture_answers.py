"""Landmark architectures: input that is refused, and answers that a student may write."""

import numpy as np
import pytest

from coursekit import reference as ref
from coursekit.exercises import load

IMAGE = (1, 32, 32)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ref.count_parameters([("pool", 2, 2)], IMAGE), ValueError, "known are conv"),
        (lambda: ref.count_parameters([("conv", 2, 3)], IMAGE), ValueError, "'conv', filters"),
        (lambda: ref.count_parameters([("conv", 2, 33, 1, 0)], IMAGE), ValueError, "window of 33"),
        (
            lambda: ref.count_parameters([("dense", 2), ("average", 2, 2)], IMAGE),
            ValueError,
            "dense layer stands before",
        ),
        (lambda: ref.vgg_equivalent(4), ValueError, "odd"),
        (lambda: ref.inception_block_parameters(3, 1, (2,), (1, 1), 1), ValueError, "threes"),
        (lambda: ref.bottleneck_parameters(0, 1), ValueError, "channels"),
        (lambda: ref.depthwise_separable_ratio(4, 0), ValueError, "kernel"),
        (lambda: ref.compound_scaling("1"), ValueError, "phi"),
        (lambda: ref.compound_scaling(1, alpha=0), ValueError, "alpha"),
        (lambda: ref.fully_convolutional(np.ones((7, 2)), 2, 2, 2), ValueError, "D = 7 rows"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    "wrong",
    [lambda n, size, stride: n // stride, lambda n, size, stride: -(-(n - size) // stride) + 1],
    ids=["the side divided by the stride", "rounded up"],
)
@pytest.mark.parametrize("kind", ["conv", "average"])
def test_wrong_sizes_of_maps_do_not_pass(kind, wrong):
    """One kind of layer alone may be wrong: the cases see each."""

    def count_parameters(layers, shape):
        total = 0
        for name, *numbers in layers:
            if name == "conv":
                filters, kernel, stride, padding = numbers
                total += filters * shape[0] * kernel**2 + filters
                window = (kernel, stride, padding)
            elif name == "average":
                window, filters = (*numbers, 0), shape[0]
            elif name == "dense":
                total += int(np.prod(shape)) * numbers[0] + numbers[0]
                shape = (numbers[0],)
            if name in ("conv", "average"):
                size, stride, padding = window
                new = [
                    wrong(n + 2 * padding, size, stride)
                    if name == kind
                    else (n + 2 * padding - size) // stride + 1
                    for n in shape[1:]
                ]
                shape = (filters, *new)
        return total

    assert not load()["count_parameters"].judge(count_parameters).passed


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        (lambda layer: ("conv", layer[1], 5, 0, 1), "stride_and_padding_swapped"),
        (lambda layer: ("conv", 5, layer[1], 1, 0), "filters_and_kernel_swapped"),
    ],
)
def test_one_convolution_with_numbers_swapped_is_named(change, mistake):
    first, *rest = ref.lenet()
    assert load()["lenet"].judge(lambda: [change(first), *rest]).mistake == mistake


def test_a_softmax_after_the_output_is_named():
    verdict = load()["lenet"].judge(lambda: [*ref.lenet(), ("softmax",)])
    assert verdict.mistake == "activation_after_the_output"


def test_lenet_is_right_with_c5_as_a_convolution_and_with_lists():
    exercise = load()["lenet"]
    convolution = [("conv", 120, 5, 1, 0) if x == ("dense", 120) else x for x in ref.lenet()]
    assert exercise.judge(lambda: convolution).passed
    assert exercise.judge(lambda: [list(layer) for layer in ref.lenet()]).passed
    verdict = exercise.judge(lambda: ["tanh" if x == ("tanh",) else x for x in ref.lenet()])
    assert "needs a comma" in verdict.message
    doubled = [
        x for layer in ref.lenet() for x in ([layer, layer] if x_is_tanh(layer) else [layer])
    ]
    assert "right after it" in exercise.judge(lambda: doubled).message


def x_is_tanh(layer):
    return layer == ("tanh",)
