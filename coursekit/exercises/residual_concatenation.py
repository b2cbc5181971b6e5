"""Lesson 06: channels side by side in place of a sum: the way back, and the cost."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("06_residual_and_gap")


# ---------------------------------------------------------------------------- concat_backward


@lesson.exercise(
    reference.concat_backward,
    hints=(
        "Which channels of the result came from the first input? Which from the second?",
        "Input i begins where the sizes before it end: at their sum.",
        "np.split takes the places where to cut, not the lengths. np.cumsum makes the one of the "
        "other, and its last value is not a cut.",
    ),
)
def concat_backward(rng):
    yield case("three inputs", rng.normal(size=(2, 6, 4, 5)), [2, 3, 1])
    yield case("two inputs", rng.normal(size=(3, 5, 2, 4)), [1, 4])
    yield case("four inputs, one image", rng.normal(size=(1, 12, 3, 2)), [6, 1, 3, 2])
    yield case("a large batch", rng.normal(size=(8, 7, 1, 3)), [5, 2])


def _pieces(dout, sizes):
    return np.split(dout, np.cumsum(sizes)[:-1], axis=1)


@concat_backward.mistake(
    "The sizes are used as places to cut. The second cut comes after the first two inputs together."
)
def sizes_as_places(dout, sizes):
    return np.split(dout, sizes, axis=1)


@concat_backward.mistake(
    "The batch is cut. np.split cuts axis 0, unless you say axis=1: the channels."
)
def cuts_the_batch(dout, sizes):
    return np.split(dout, np.cumsum(sizes)[:-1])


@concat_backward.mistake(
    "An empty piece comes last: the end of the channels is not a place to cut."
)
def one_cut_too_many(dout, sizes):
    return np.split(dout, np.cumsum(sizes), axis=1)


@concat_backward.mistake(
    "Every input gets the whole gradient. That is the rule for a sum; here each input gets the "
    "channels that came from it."
)
def copies_to_all(dout, sizes):
    return [dout.copy() for _ in sizes]


@concat_backward.mistake(
    "The pieces are equally long. Each input has a length of its own: the one in sizes."
)
def equal_pieces(dout, sizes):
    return np.array_split(dout, len(sizes), axis=1)


@concat_backward.mistake(
    "The pieces are cut from the end: the first input's channels come first in dout."
)
def from_the_end(dout, sizes):
    return _pieces(dout[:, ::-1], sizes)


@concat_backward.mistake("The pieces are right, but in the opposite order.")
def opposite_order(dout, sizes):
    return _pieces(dout, sizes)[::-1]


@concat_backward.mistake(
    "The channels are dealt out in turn, like cards. In a concatenation the channels of one input "
    "stand together."
)
def deals_out_in_turn(dout, sizes):
    return [dout[:, number :: len(sizes)] for number in range(len(sizes))]


@concat_backward.mistake(
    "Each piece is divided by the number of inputs. Nothing was averaged: a channel's gradient "
    "comes back as it is."
)
def divides_by_the_inputs(dout, sizes):
    return [piece / len(sizes) for piece in _pieces(dout, sizes)]


# ------------------------------------------------------------------------ depth_multiply_adds


@lesson.exercise(
    reference.depth_multiply_adds,
    outputs=("sum", "concatenation"),
    hints=(
        "Write down how many channels the first three layers of a concatenation read. And how many "
        "do they write?",
        "The layers read C, C + growth, C + 2·growth, … Each writes growth channels. Where does "
        "the last layer stand in that row?",
        "Σ (C + growth · i) for i from 0 to layers − 1 is all that the concatenation reads; times "
        "K² · growth. For the sum, all layers cost the same.",
    ),
)
def depth_multiply_adds(rng):
    yield case("24 layers of 3 × 3", 16, 12, 24, 3)
    yield case("kernels of 1 × 1", 5, 3, 4, 1)
    yield case("a single layer", 7, 2, 1, 5)
    yield case("a growth above the channels", 4, 9, 6, 3)
    channels, growth = int(rng.integers(20, 60)), int(rng.integers(2, 15))
    yield case("random lengths", channels, growth, int(rng.integers(3, 20)), 5)


def _read(channels, growth, layers):
    """Return how many channels each layer of the concatenation reads."""
    return channels + growth * np.arange(layers)


def _counts(summed, beside):
    return int(summed), int(beside)


def _summed(channels, layers, kernel):
    return layers * kernel**2 * channels**2


@depth_multiply_adds.mistake(
    "Each layer of your concatenation reads C channels. It also reads what the layers before it "
    "put beside them."
)
def width_stays(channels, growth, layers, kernel):
    beside = layers * kernel**2 * channels * growth
    return _counts(_summed(channels, layers, kernel), beside)


@depth_multiply_adds.mistake(
    "You count each layer of the concatenation as wide as the last. The first reads C channels, "
    "and each one growth more than the one before."
)
def all_as_wide_as_the_last(channels, growth, layers, kernel):
    beside = layers * kernel**2 * _read(channels, growth, layers)[-1] * growth
    return _counts(_summed(channels, layers, kernel), beside)


@depth_multiply_adds.mistake(
    "Each layer of your concatenation reads growth channels too many. The first reads C: its own "
    "channels stand behind it."
)
def reads_its_own_channels(channels, growth, layers, kernel):
    beside = kernel**2 * growth * (_read(channels, growth, layers) + growth).sum()
    return _counts(_summed(channels, layers, kernel), beside)


@depth_multiply_adds.mistake(
    "The reads of your concatenation add up to C + growth · (layers − 1) channels. That many the "
    "last layer reads alone: add up what all layers read."
)
def counts_the_last_width_once(channels, growth, layers, kernel):
    beside = kernel**2 * growth * (channels + growth * (layers - 1))
    return _counts(_summed(channels, layers, kernel), beside)


@depth_multiply_adds.mistake(
    "Each layer of your concatenation writes all channels anew. It writes growth new ones; the "
    "others are handed on as they are."
)
def writes_all_channels(channels, growth, layers, kernel):
    read = _read(channels, growth, layers)
    return _counts(_summed(channels, layers, kernel), kernel**2 * (read * (read + growth)).sum())


@depth_multiply_adds.mistake(
    "The last layer of your concatenation is missing: it reads C + growth · (layers − 1)."
)
def misses_the_last_layer(channels, growth, layers, kernel):
    beside = kernel**2 * growth * _read(channels, growth, layers)[:-1].sum()
    return _counts(_summed(channels, layers, kernel), beside)


@depth_multiply_adds.mistake(
    "A layer of your sum writes growth channels. x and F(x) are added, so F(x) has as many as x: C."
)
def sum_writes_growth(channels, growth, layers, kernel):
    _, beside = reference.depth_multiply_adds(channels, growth, layers, kernel)
    return _counts(layers * kernel**2 * channels * growth, beside)


@depth_multiply_adds.mistake("You multiply by K. A kernel of K×K meets K² pixels in each channel.")
def kernel_not_squared(channels, growth, layers, kernel):
    summed, beside = reference.depth_multiply_adds(channels, growth, layers, kernel)
    return summed // kernel, beside // kernel


@depth_multiply_adds.mistake("These are the counts of the last layer. Add up those of all layers.")
def last_layer_only(channels, growth, layers, kernel):
    beside = kernel**2 * growth * _read(channels, growth, layers)[-1]
    return _counts(kernel**2 * channels**2, beside)


@depth_multiply_adds.mistake(
    "The two counts have changed places: first the sum, then the concatenation."
)
def swaps_the_counts(channels, growth, layers, kernel):
    return reference.depth_multiply_adds(channels, growth, layers, kernel)[::-1]


@depth_multiply_adds.mistake(
    "you count the multiplication and the addition apart, as FLOPs do. Here the two together are "
    "one.",
    convention=True,
)
def counts_both(channels, growth, layers, kernel):
    summed, beside = reference.depth_multiply_adds(channels, growth, layers, kernel)
    return 2 * summed, 2 * beside
