"""A wrong call of a reference is named by what came and what would fit, never by NumPy."""

import inspect

import numpy as np
import pytest

from coursekit import reference as ref
from coursekit.exercise import Rng
from coursekit.exercises import load

RNG = np.random.default_rng(0)
X, W, B = np.ones((2, 3, 5, 6)), np.ones((4, 3, 3, 2)), np.ones(4)
IMAGE = np.ones((5, 6))
CROPS, FACES = np.zeros((4, 1, 25, 25)), np.array([1, -1, 1, -1])
LAYERS = [("conv", 6, 5, 1, 0)]
# a classifier of crops (7, 8): kernels 3×2 at stride 2 make maps of 3×4
SCORED = (np.ones((9, 10)), (7, 8), np.ones((2, 1, 3, 2)), np.ones(2), np.ones((24, 1)), np.ones(1))


def scored(place, value, stride=2):
    arguments = list(SCORED)
    arguments[place] = value
    return ref.score_map(*arguments, stride)


WRONG_CALLS = [
    # images
    (lambda: ref.shift_image([[1, 2]], 1, 0), "image must be a NumPy array, not list"),
    (lambda: ref.shift_image(np.ones(3), 1, 0), "image must be (H, W) or (H, W, C)"),
    (lambda: ref.shift_image(IMAGE, 0.5, 0), "dy must be one whole number, not 0.5"),
    (lambda: ref.scale_to_unit([0, 255]), "image must be a NumPy array, not list"),
    (lambda: ref.scale_to_unit(IMAGE), "whole numbers 0 … 255 are scaled"),
    (lambda: ref.to_channels_first(IMAGE), "image must have the axes (H, W, C)"),
    (lambda: ref.dense_parameters(2, "a", 1, 3), "width must be one whole number, not 'a'"),
    # convolution
    (lambda: ref.zero_pad([[1.0]], 1), "x must be a NumPy array, not list"),
    (lambda: ref.rotate180([[1.0]]), "w must be a NumPy array, not list"),
    (lambda: ref.rotate180(np.ones(3)), "w must end in the axes (KH, KW)"),
    (lambda: ref.dilate_kernel(np.ones((3, 0)), 2), "each of length 1 or more"),
    (lambda: ref.dilate_gradient([[1.0]], 2), "dout must be a NumPy array, not list"),
    (lambda: ref.output_size([5], 3), "size must be one whole number, not [5]"),
    (lambda: ref.conv1d_forward(np.ones((1, 1, 5)), np.ones((1, 1, 3)), np.ones(1), [2]), "stride"),
    (lambda: ref.conv2d_input_gradient(np.ones((2, 4, 3, 5)), W, None), "tuple of 4 whole numbers"),
    (lambda: ref.receptive_field(None), "layers must be a list of tuples (kernel, stride, dil"),
    (lambda: ref.receptive_field([3]), "must be a tuple of 3 whole numbers, not 3"),
    (lambda: ref.conv3d_output_shape(5, 3, 2), "shape (N, C, T, H, W) must be a tuple of 5"),
    (lambda: ref.border_brightness(3, "a"), "grey must be a finite number, not 'a'"),
    (lambda: ref.sgd_update(None, [B], 0.1), "parameters must be a list of arrays"),
    (lambda: ref.sgd_update([B], [[1.0] * 4], 0.1), "gradients[0] must be a NumPy array, not list"),
    (lambda: ref.sgd_update([B], [B], "a"), "learning_rate must be a finite number, not 'a'"),
    (lambda: ref.sgd_update([B], [B], np.nan), "learning_rate must be a finite number, not nan"),
    (
        lambda: ref.conv2d_step(np.ones((2, 4, 3, 5)), X, W, B, None),
        "learning_rate must be a finite number, not None",
    ),
    # dense networks and steps
    (lambda: ref.backprop_step(None, [], B, B, 0.1, 0.9), "weights must be a list of matrices"),
    (
        lambda: ref.backprop_step([np.ones((4, 4))], [np.ones((4, 4))], B, B, "a", 0.9),
        "learning_rate must be a finite number, not 'a'",
    ),
    (lambda: ref.hidden_delta(np.ones(2) * 1j, np.ones((3, 2)), np.ones(3)), "complex128"),
    (lambda: ref.gradient_check(abs, abs, [B], None), "h must be a finite number, not None"),
    (lambda: ref.train_mlp(IMAGE, np.arange(5), 3, 1, "a", RNG), "learning_rate"),
    # penalties, dropout, early stopping
    (lambda: ref.dropout_mask(3, 0.5, RNG), "shape must be a tuple of whole numbers, not 3"),
    (lambda: ref.spatial_dropout_mask((2, 3), 0.5, RNG), "tuple of 4 whole numbers, not (2, 3)"),
    (lambda: ref.early_stopping([1.0, "a"], 2), "that of epoch 1 is 'a'"),
    (lambda: ref.flip_box((1, 2, None, 4), 9), "left, top, right, bottom"),
    # pooling, residual blocks, architectures
    (lambda: ref.max_unpool2d(X, np.zeros(X.shape, int), None), "shape (N, C, H, W) must be a tu"),
    (lambda: ref.shape_after(None, (3, 8, 8)), "layers must be a list"),
    (lambda: ref.concat_backward(X, 3), "sizes must be a tuple of whole numbers, not 3"),
    (lambda: ref.kaiming_std([8]), "fan_in must be one whole number, not [8]"),
    (lambda: ref.count_parameters(LAYERS, None), "shape (C, H, W) must be a tuple of 3"),
    (lambda: ref.count_parameters([("dense", [3])], (1, 5, 5)), "units of layer 1"),
    (lambda: ref.inception_block_parameters(10, 1, 3, (1, 1), 4), "threes (reduced, filters)"),
    # the detector
    (lambda: ref.resize_image([[1.0]], 1, 1), "image must be a NumPy array, not list"),
    (lambda: ref.resize_image(IMAGE, 2.5, 1), "height must be one whole number, not 2.5"),
    (lambda: ref.boxes_from_scores([[1.0]], 0, 4, 25, 1), "scores must be a NumPy array, not list"),
    (lambda: ref.boxes_from_scores(IMAGE, None, 4, 25, 1), "threshold must be a finite number"),
    (lambda: ref.boxes_from_scores(IMAGE, 0, 1.5, 25, 1), "stride must be one whole number"),
    (lambda: ref.intersection_over_union((0, 0, 1, "a"), (0, 0, 1, 1)), "y0, x0, y1, x1"),
    (lambda: ref.binary_cross_entropy(B, [1] * 4), "y must be a NumPy array, not list"),
    (lambda: ref.confusion_matrix([1.0], np.ones(1)), "logits must be a NumPy array, not list"),
    (lambda: ref.precision_recall(-np.ones((2, 2))), "four counts"),
    (lambda: ref.non_maximum_suppression(np.ones((1, 4)), [1.0], 0.5), "scores must be a NumPy"),
    (lambda: ref.split_groups(np.arange(4), 0.5, None), "rng must be a random generator"),
    (lambda: ref.nearest_face(np.ones((1, 2)), np.ones((0, 2))), "there is nobody to recognise"),
    (lambda: ref.cosine_similarity(np.zeros((1, 2)), np.ones((1, 2))), "no direction"),
    (lambda: ref.train_face_classifier(CROPS[..., :24], FACES), "crops (N, 1, 25, 25)"),
    (lambda: ref.train_face_classifier(CROPS, FACES * 2), "+1 (face) or −1 (background)"),
    (lambda: scored(0, [[1.0]]), "image must be a NumPy array, not list"),
    (lambda: scored(0, np.ones((9, 10), int)), "int64, which would wrap round"),
    (lambda: scored(0, np.ones((6, 10))), "smaller than a crop (7, 8)"),
    (lambda: scored(1, 7), "crop (h, w) must be a tuple of 2 whole numbers, not 7"),
    (lambda: scored(1, (2, 8)), "spans 3"),
    (lambda: scored(2, np.ones((2, 3, 3, 2))), "a grey image needs (F, 1, KH, KW)"),
    (lambda: scored(3, np.ones(3)), "b1 has shape (3,)"),
    (lambda: scored(4, np.ones((23, 1))), "2 maps of 3×4"),
    (lambda: scored(5, np.ones(2)), "b2 has shape (2,)"),
    (lambda: scored(0, SCORED[0], stride=0), "stride must be a whole number ≥ 1, not 0"),
]


@pytest.mark.parametrize(("call", "words"), WRONG_CALLS, ids=[words for _, words in WRONG_CALLS])
def test_a_wrong_call_says_what_would_fit(call, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert words in str(caught.value)


def test_a_call_with_too_few_arguments_is_named_after_the_function():
    with pytest.raises(TypeError, match=r"dilate_kernel: missing a required argument: 'dilation'"):
        ref.dilate_kernel(W)


NAMED = [e for e in load().values() if not e.name.startswith("train_")]  # which takes long


@pytest.mark.parametrize("exercise", NAMED, ids=lambda exercise: exercise.name)
def test_arguments_may_be_given_by_name(exercise):
    """The checks stand in front of the references and must know their arguments' names."""
    case = exercise.cases(0)[0]
    bound = inspect.signature(exercise.reference).bind(*case.inputs, **case.options)
    fresh = {n: v.fresh() if isinstance(v, Rng) else v for n, v in bound.arguments.items()}
    exercise.reference(**fresh)


def test_images_of_whole_numbers_can_still_be_moved():
    whole = np.array([[1, 2], [3, 4]], np.uint8)
    assert ref.rotate180(whole).tolist() == [[4, 3], [2, 1]]
    assert ref.zero_pad(whole, 1).dtype == np.uint8
    assert ref.shift_image(whole > 1, 1, 0).tolist() == [[False, False], [False, True]]


def test_a_gradient_of_nan_is_never_called_right():
    assert np.isnan(ref.relative_error(np.array([np.nan]), np.ones(1)))
    wrong = ref.gradient_check(
        lambda x, y: x + y, lambda dout, x, y: (dout, dout * np.nan), [np.ones(2), np.ones(2)]
    )
    assert not wrong < 1e-6
