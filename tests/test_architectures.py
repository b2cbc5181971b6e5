"""Landmark architectures: printed figures, layer lists against layers and PyTorch, figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit import nn
from coursekit import reference as ref
from coursekit.nn import landmarks
from coursekit.nn.layer_lists import build, count
from coursekit.nn.published import (
    ENSEMBLES,
    FIGURES,
    GOOGLENET_TABLE,
    NETWORKS,
    TEN_CROPS,
    YEARS,
    counted,
)
from coursekit.plots import architectures as plots

IMAGE = (1, 32, 32)

# ---------------------------------------------------------------- printed figures


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f"{f.network} {f.quantity}")
def test_a_printed_figure_agrees_or_has_its_difference_explained(figure):
    assert figure.agrees == (figure.why == "")
    assert abs(figure.computed / figure.printed - 1) < 0.06, "the difference is never large"
    if figure.why.startswith("cut off"):
        assert figure.computed // figure.unit == figure.printed // figure.unit


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("LeNet-5", 61_706),
        ("AlexNet", 60_965_224),
        ("Network in network", 966_986),
        ("VGG-16", 138_357_544),
        ("VGG-19", 143_667_240),
        ("GoogLeNet", 6_998_552),
        ("ResNet-18", 11_689_512),
        ("ResNet-34", 21_797_672),
        ("ResNet-50", 25_557_032),
        ("ResNet-152", 60_192_808),
        ("MobileNet", 4_231_976),
        ("EfficientNet-B0", 5_288_548),
        ("EfficientNet-B7", 66_347_960),
    ],
)
def test_parameters_are_those_of_the_well_known_programs(name, parameters):
    assert counted(name).parameters == parameters


def test_every_landmark_ends_with_its_classes_and_has_a_year():
    for name in NETWORKS:
        assert counted(name).shape == ((10,) if NETWORKS[name][1][1] == 32 else (1000,))
    assert set(YEARS) <= set(NETWORKS)
    assert all(together < alone for alone, together, _ in ENSEMBLES.values())
    assert set(TEN_CROPS) <= set(NETWORKS)


def test_layers_by_the_size_of_their_maps():
    found = counted("ResNet-18").by_size()
    assert [shape for _, shape in found] == [
        (64, 112, 112), (64, 56, 56), (128, 28, 28), (256, 14, 14), (512, 7, 7), (1000,),
    ]  # fmt: skip
    assert [number for number, _ in found] == [1, 4, 5, 5, 5, 1], "18 and three shortcuts"


def test_explanations_of_the_differences():
    def work(name, *kinds):
        return counted(name).of(*kinds).multiply_adds

    assert round(work("VGG-16", "conv") / 1e8) == 153
    assert round(work("VGG-19", "conv") / 1e8) == 195  # so the printed 196 has the dense layers
    assert round(work("MobileNet, plain", "conv") / 1e6) == 4866
    projections = sum(
        row.multiply_adds
        for row in counted("ResNet-34").leaves
        if row.layer[0] == "conv" and row.layer[2] == 1
    )
    assert round((counted("ResNet-34").multiply_adds - projections) / 1e8) == 36
    assert round(sum(k for k, _ in GOOGLENET_TABLE.values()) / 100) == 68
    stride_in_3x3 = count(landmarks.resnet(50, stride_in="3x3"), landmarks.IMAGE)
    assert stride_in_3x3.parameters == counted("ResNet-50").parameters
    assert round(stride_in_3x3.multiply_adds / 1e8) == 41
    whole = count(landmarks.alexnet(groups=1), (3, 227, 227))
    assert whole.parameters == 62_378_344


def test_the_layers_of_b7_are_more_than_3_1_times_those_of_b0():
    layers = [
        sum(-int(-times * depth // 1) for *_, times in landmarks.STAGES) for depth in (1.0, 3.1)
    ]
    assert layers == [16, 55]


def test_googlenet_row_by_row():
    channels, sides = 192, {"3": 28, "4": 14, "5": 7}
    for name, block in landmarks.INCEPTION.items():
        weights = ref.inception_block_parameters(channels, *block)[0]
        printed = GOOGLENET_TABLE[name][1]
        assert weights * sides[name[0]] ** 2 / 1e6 == pytest.approx(printed, rel=0.06), name
        row = count([landmarks.inception(*block)], (channels, sides[name[0]], sides[name[0]]))
        biases = sum(leaf.shape[0] for leaf in row.of("conv").rows)
        assert row.parameters == weights + biases
        channels = row.shape[0]
    assert channels == 1024


def test_the_first_row_of_googlenets_table_fits_another_kernel():
    printed_k, printed_m = GOOGLENET_TABLE["7×7"]
    assert round((2 * 7 * 3 * 64 + 64) / 1024, 1) == printed_k  # with biases
    assert round(2 * 7 * 3 * 64 * 112**2 / 1e6) == printed_m


# ---------------------------------------------------------------- the lesson's worked numbers


def test_worked_numbers():
    assert ref.count_parameters([("conv", 2, 3, 1, 0), ("average", 2, 2), ("dense", 10)],
                                (1, 6, 6)) == 110  # fmt: skip
    assert ref.vgg_equivalent(5) == (2, pytest.approx(0.28))
    assert ref.inception_block_parameters(192, 64, (96, 128), (16, 32), 32) == (163_328, 387_072)
    assert ref.bottleneck_parameters(8, 2) == (68, 1152)
    assert ref.depthwise_separable_ratio(4, 2) == 0.5
    assert ref.compound_scaling(1)[3] == pytest.approx(1.92, abs=0.001)


def test_lenet_by_its_own_table_has_60000_parameters_and_340908_connections():
    c1, c3 = ref.conv_parameters(1, 6, 5), 60 * 25 + 16
    c5, f6 = ref.conv_parameters(16, 120, 5), ref.conv_parameters(120, 84, 1)
    assert c1 + 12 + c3 + 32 + c5 + f6 == 60_000
    pooled = 14 * 14 * 6 * 5 + 5 * 5 * 16 * 5
    assert 28 * 28 * c1 + 100 * c3 + pooled + c5 + f6 + 840 == 340_908
    ours = ref.count_parameters(ref.lenet(), IMAGE)
    assert ours == 60_000 + 900 - 44 + 850


@given(st.integers(1, 20))
def test_the_3x3_stack_sees_as_much_and_saves_more_with_size(half):
    kernel = 2 * half + 1
    layers, saved = ref.vgg_equivalent(kernel)
    assert ref.stacked_receptive_field(layers, 3) == kernel
    assert 0 <= saved < ref.vgg_equivalent(kernel + 2)[1]


@given(st.integers(1, 64), st.integers(1, 6), st.integers(1, 64))
def test_the_ratio_is_that_of_two_layer_lists(c_out, kernel, channels):
    shape = (channels, 9, 7)
    whole = count([("conv", c_out, kernel, 1, 0)], shape).multiply_adds
    parts = [("depthwise", kernel, 1, 0), ("conv", c_out, 1, 1, 0)]
    assert count(parts, shape).multiply_adds / whole == pytest.approx(
        ref.depthwise_separable_ratio(c_out, kernel)
    )


def test_scaling_a_stack_of_equal_layers_grows_the_work_as_promised():
    def work(depth, width, side):
        stack = [("conv", width, 3, 1, 1)] * depth
        return count(stack, (width, side, side)).multiply_adds

    *_, growth = ref.compound_scaling(1, alpha=2, beta=3, gamma=1.5)
    assert work(8, 30, 48) / work(4, 10, 32) == growth == 2 * 9 * 2.25


def test_bottleneck_and_plain_weights_are_those_of_the_layer_lists():
    for body, place, channels in (
        (landmarks.bottleneck_body(16), 0, 64),
        (landmarks.plain_body(64), 1, 64),
    ):
        convolutions = count(body, (channels, 5, 5)).of("conv")
        assert convolutions.parameters == ref.bottleneck_parameters(64, 16)[place]


# ---------------------------------------------------------------- lists and layers

LISTS = {
    "lenet": (ref.lenet(), IMAGE),
    "no bias before a norm": (
        [("conv", 4, 3, 2, 1), ("norm",), ("relu",), ("dense", 3)],
        (2, 9, 8),
    ),
    "residual": (
        [
            ("conv", 4, 3, 1, 1),
            ("residual", landmarks.plain_body(4), []),
            ("residual", landmarks.plain_body(8, 2), [("conv", 8, 1, 2, 0), ("norm",)]),
            ("relu",),
            ("global average",),
            ("dense", 5),
        ],
        (3, 12, 10),
    ),
    "branches": (
        [
            ("branches", [("conv", 2, 1, 1, 0)], [("conv", 3, 5, 1, 2), ("relu",)], []),
            ("max", 2, 2),
            ("dense", 4),
        ],
        (3, 8, 6),
    ),
    "a padded pooling": ([("conv", 4, 3, 2, 1), ("max", 3, 2, 1), ("relu",)], (3, 14, 11)),
    "depthwise and groups": (
        [("depthwise", 3, 2, 1), ("conv", 6, 3, 1, 0, 2), ("tanh",), ("average", 2, 1)],
        (4, 11, 13),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_counts_as_its_layers_do(name):
    layers, shape = LISTS[name]
    found, network = count(layers, shape), build(layers, shape, seed=0)
    table = network.summary(shape, show=False)
    assert found.parameters == table.parameters
    assert found.multiply_adds == table.multiply_adds
    assert found.shape == tuple(table.output_shape)
    fields = [row.field[0] for row in table.rows if row.field and not row.layer.startswith(" ")]
    assert found.field == max(fields)
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(np.float32)
    assert network.forward(x).shape == (2, *found.shape)


@pytest.mark.parametrize("shape", [(3, 5, 7), (1, 4, 4)])
def test_count_parameters_agrees_with_the_larger_counter(shape):
    layers = [("conv", 4, 3, 1, 1), ("tanh",), ("average", 2, 2), ("dense", 6), ("dense", 2)]
    assert ref.count_parameters(layers, shape) == count(layers, shape).parameters


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([("pool", 2, 2)], "is no layer"),
        ([("conv", 2, 3)], "takes 4 to 5 numbers"),
        ([("conv", 2, 9, 1, 0)], "larger than its map"),
        ([("conv", 2, 3, 0, 0)], "stride must be a whole number ≥ 1, not 0"),
        ([("conv", 2, 3, 1, -1)], "padding must be a whole number ≥ 0, not -1"),
        ([("conv", 2.0, 3, 1, 0)], "filters must be one whole number"),
        ([("conv", 4, 3, 1, 0, 2)], "groups must divide the 3 channels"),
        ([("max", (2, 2), 2)], "size must be one whole number"),
        ([("relu", 1)], "relu takes 0 numbers"),
        ([(["conv"], 2)], "is no layer"),
        ([("residual", [("relu",)], 3)], "residual takes 2 lists"),
        ([("dense", 3), ("conv", 2, 1, 1, 0)], "needs maps"),
        ([("residual", [("conv", 2, 1, 1, 0)], [])], "do not fit together"),
    ],
)
def test_a_list_that_does_not_fit_is_named(layers, message):
    with pytest.raises(ValueError, match=message):
        count(layers, (3, 5, 5))


@pytest.mark.parametrize("layer", [("gate", 1), ("swish",)])
def test_what_has_no_layer_is_counted_and_not_built(layer):
    assert count([layer], (4, 8, 8)).shape[0] == 4
    with pytest.raises(ValueError, match="only be counted"):
        build([layer], (4, 8, 8))


def test_landmarks_are_what_torch_builds_of_their_numbers():
    """An independent count: PyTorch's own layers, made of a list, hold as many numbers."""
    torch = pytest.importorskip("torch")

    def size(layers, channels):
        total = 0
        for layer, after in zip(layers, [*layers, ("end",)][1:], strict=True):
            if layer[0] == "conv":
                groups = layer[5] if len(layer) > 5 else 1
                made = torch.nn.Conv2d(
                    channels, layer[1], layer[2], groups=groups, bias=after[0] != "norm"
                )
                channels = layer[1]
            elif layer[0] == "depthwise":
                made = torch.nn.Conv2d(
                    channels, channels, layer[1], groups=channels, bias=after[0] != "norm"
                )
            elif layer[0] == "norm":
                made = torch.nn.BatchNorm2d(channels)
            elif layer[0] == "residual":
                total += size(layer[1], channels)[0] + size(layer[2], channels)[0]
                channels = size(layer[1], channels)[1]
                continue
            elif layer[0] == "dense":
                made = torch.nn.Linear(channels, layer[1])
                channels = layer[1]
            else:
                continue
            total += sum(p.numel() for p in made.parameters())
        return total, channels

    for layers in (landmarks.mobilenet(), landmarks.resnet(18), landmarks.resnet(50)):
        assert size(layers, 3)[0] == count(layers, landmarks.IMAGE).parameters


# ---------------------------------------------------------------- a dense head as a convolution


def test_the_kernels_give_what_the_dense_layer_gave():
    rng = np.random.default_rng(0)
    maps, weights = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(60, 7))
    kernels = ref.fully_convolutional(weights, 3, 4, 5)
    out = ref.conv2d_forward(maps, kernels, np.zeros(7))
    np.testing.assert_allclose(out[:, :, 0, 0], maps.reshape(2, -1) @ weights, atol=1e-12)


def test_a_lenet_that_slides_scores_as_it_does_on_crops():
    network = build(ref.lenet(), IMAGE, seed=0)
    layers, maps = [], (1, *IMAGE)
    for layer in network.layers:
        if isinstance(layer, nn.Linear):
            new = nn.Conv2d(maps[1], layer.outputs, maps[2:])
            new.parameters["w"][...] = ref.fully_convolutional(layer.parameters["w"], *maps[1:])
            new.parameters["b"][...] = layer.parameters["b"]
            layers.append(new)
            maps = (1, layer.outputs, 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(layer)
            maps = layer.output_shape(maps)
    x = np.random.default_rng(1).random((1, 1, 40, 36)).astype(np.float32)
    scores = nn.Sequential(*layers).forward(x)
    assert scores.shape == (1, 10, 3, 2)
    for row, column in np.ndindex(3, 2):
        crop = x[..., 4 * row : 4 * row + 32, 4 * column : 4 * column + 32]
        np.testing.assert_allclose(scores[0, :, row, column], network.forward(crop)[0], atol=1e-5)


# ---------------------------------------------------------------- pictures


@pytest.fixture(autouse=True)
def _closed_figures():
    import matplotlib

    matplotlib.use("Agg")
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def texts(axes):
    return {text.get_text() for text in axes.texts}


def test_the_diagram_shows_every_shape():
    axes = plots.diagram([("image", (1, 32, 32)), ("C1", (6, 28, 28)), ("out", (4096,))])
    assert {"image", "1\n32 × 32", "C1", "6\n28 × 28", "out", "4,096", "→"} <= texts(axes)
    assert len(axes.patches) == 3
    image, c1, _ = axes.patches
    assert image.get_height() > c1.get_height()
    assert image.get_width() < c1.get_width()


def test_blocks_show_their_ways():
    left, right = plots.ways({"a": ([["1×1 conv"], []], "+"), "b": ([["3×3 conv"]], "")})
    assert {"x", "1×1 conv", "x as it is", "+"} <= texts(left)
    assert {"3×3 conv", "out"} <= texts(right)
    assert (left.get_title(), right.get_title()) == ("a", "b")


def test_the_landscape_names_all_and_is_logarithmic():
    axes = plots.landscape(
        {"a": (1e5, 1e6, 1998), "b": (1.2e5, 1.3e6, 2012), "c": (1e8, 1e9, 2014)}
    )
    assert {"a, 1998", "b, 2012", "c, 2014"} <= texts(axes)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_the_other_figures_are_labelled():
    shares = plots.shares({"n": {"dense": (3, 1), "conv": (1, 3)}})
    assert "parameters" in shares[0].get_xlabel()
    assert [patch.get_width() for patch in shares[0].patches] == [75, 25]
    ratios = plots.ratios(["a", "b"], {"parameters": [1, 2]}, xlabel="row")
    assert ratios.get_ylabel() == "computed / printed"
    table = plots.connections(np.eye(6, 16))
    assert (table.get_xlabel(), table.get_ylabel()) == ("filter of C3", "map of S2")
    picture, scores, _ = plots.strip(np.ones((4, 20)), np.ones((3, 5)), "abc", step=4, window=4)
    assert picture.get_xlim() == scores.get_xlim()
    assert [label.get_text() for label in scores.get_yticklabels()] == ["a", "b", "c"]
    four = plots.accuracy_by_epoch({name: [0.1, 0.2] for name in "abcd"})
    assert len(four.lines) == 4
    shifted = plots.accuracy_by_shift([0, 4], [0.8, 0.2])
    assert list(shifted.lines[0].get_ydata()) == [80, 20]
    errors = plots.error_by_work({"n": (1e9, 18.2)})
    assert "n" in texts(errors)
    assert "%" in errors.get_ylabel()
    pairs = plots.alone_and_together({"n": (18.2, 16.4)})
    assert "%" in pairs.get_xlabel()
