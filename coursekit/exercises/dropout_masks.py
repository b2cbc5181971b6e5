"""Lesson 07, second part: what dropout keeps, judged by what must hold."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, Rng, Symptom, case

lesson = Lesson("07_regularization")


def _seed(rng):
    return Rng(int(rng.integers(2**31)))


# ------------------------------------------------------------------------------- dropout_mask


@lesson.exercise(
    reference.dropout_mask,
    hints=(
        "rng.random(shape) gives numbers from 0 to 1, all equally likely. What share of them lies "
        "below 0.3?",
        "True is for what is kept: that is the share 1 − rate.",
    ),
)
def dropout_mask(rng):
    yield case("rate 0.3", (20, 31), 0.3, _seed(rng), calls=12)
    yield case("rate 0.8", (16, 5, 7), 0.8, _seed(rng), calls=12)
    yield case("rate 0.1, one row", (600,), 0.1, _seed(rng), calls=12)


@dropout_mask.property
def judge_mask(case, answer):
    shape, rate, _ = case.inputs
    masks = [np.asarray(mask) for mask in answer]
    for mask in masks:
        if mask.shape != tuple(shape):
            return f"the shape is {mask.shape}, expected {tuple(shape)}."
    booleans = all(mask.dtype == bool for mask in masks)
    masks = np.array(masks, float)
    values = np.unique(masks)
    if not np.isin(values, (0, 1)).all():
        scaled = np.allclose(values, (0, 1 / (1 - rate)))
        found = f"the mask holds {values.max():.4g}, not only True and False."
        return Symptom(found, "scaled_already" if scaled else None)
    if masks.all() or not masks.any():
        return f"{'nothing' if masks.all() else 'everything'} is dropped in {len(masks)} calls."
    if (masks == masks[0]).all():
        return Symptom("two calls in a row gave the very same mask.", "same_mask_every_time")
    kept, n = masks.mean(), masks.size
    if (masks == masks[:, *[slice(1)] * (masks.ndim - 1)]).all():
        several = masks[0].ndim > 1  # in a single row, more than one mistake looks so
        text = "all numbers of a mask are kept or dropped together."
        return Symptom(text, "one_draw_for_everything" if several else None)
    if masks[0].ndim > 1 and (masks == masks[:, :, *[slice(1)] * (masks.ndim - 2)]).all():
        return Symptom("each row is kept or dropped as a whole.", "one_draw_per_sample")
    if masks[0].ndim > 1 and (masks == masks[:, :1]).all():
        return Symptom("all rows of a mask are alike.", "one_mask_for_the_batch")
    counts = masks.reshape(len(masks), -1).sum(axis=1)
    if (counts == counts[0]).all():
        return Symptom(f"every mask keeps exactly {counts[0]:.0f} numbers.", "exact_count")
    spread = 5 * np.sqrt(0.25 / n)
    if abs(kept - (1 - rate)) > spread:
        found = f"{100 * kept:.0f} % are kept, expected about {100 * (1 - rate):.0f} %."
        if abs(kept - rate) < spread:
            return Symptom(found, "rate_as_keep")
        if abs(kept - _normal_above(rate)) < spread:
            return Symptom(found, "normal_for_uniform")
        return found
    if not booleans:
        return Symptom("the mask holds numbers.", "numbers_for_booleans")
    return None


def _normal_above(z):
    """The share of normal numbers at or above z."""
    from math import erfc, sqrt

    return 0.5 * erfc(z / sqrt(2))


@dropout_mask.mistake(
    "rate is the share that is kept in your mask. Some articles count like that; here, as in most "
    "libraries, rate is the share that is dropped.",
    convention=True,
)
def rate_as_keep(shape, rate, rng):  # D3
    return rng.random(shape) < rate


@dropout_mask.mistake(
    "You drew from the normal distribution (standard_normal, randn). To compare with a share, draw "
    "from 0 to 1, all equally likely: rng.random."
)
def normal_for_uniform(shape, rate, rng):  # D10
    return rng.standard_normal(shape) >= rate


@dropout_mask.mistake(
    "There is one draw for each row, so a whole sample is switched off. Every number has a draw of "
    "its own."
)
def one_draw_per_sample(shape, rate, rng):  # D7
    keep = rng.random((shape[0],) + (1,) * (len(shape) - 1)) >= rate
    return np.broadcast_to(keep, shape)


@dropout_mask.mistake(
    "You draw from a generator of your own, with a fixed seed, so every step drops the same units. "
    "Draw from rng: it goes on from call to call."
)
def same_mask_every_time(shape, rate, rng):  # D11
    return np.random.default_rng(0).random(shape) >= rate


@dropout_mask.mistake(
    "Every mask keeps exactly the same number. Here each number is drawn on its own, so that the "
    "count varies a little.",
    convention=True,
)
def exact_count(shape, rate, rng):  # D12
    size = int(np.prod(shape))
    return (rng.permutation(size) >= round(rate * size)).reshape(shape)


@dropout_mask.mistake(
    "Your mask is divided by 1 − rate already. Many libraries do so; here the mask holds True and "
    "False, and the division stands in dropout_forward.",
    convention=True,
)
def scaled_already(shape, rate, rng):
    return (rng.random(shape) >= rate) / (1 - rate)


@dropout_mask.mistake(
    "All samples of the batch lose the same units. Each number has its own draw: rng.random needs "
    "the whole shape."
)
def one_mask_for_the_batch(shape, rate, rng):
    return np.broadcast_to(rng.random(shape[1:]) >= rate, shape)


@dropout_mask.mistake(
    "There is one draw for everything. Each number has its own: rng.random needs the shape."
)
def one_draw_for_everything(shape, rate, rng):
    return np.full(shape, rng.random() >= rate)


@dropout_mask.mistake(
    "The mask holds 1 and 0. True and False are wanted, as the comparison gives them: ~keep must "
    "turn them round."
)
def numbers_for_booleans(shape, rate, rng):
    return (rng.random(shape) >= rate).astype(float)


# ----------------------------------------------------------------------- spatial_dropout_mask


@lesson.exercise(
    reference.spatial_dropout_mask,
    hints=(
        "How many draws do you need for 2 images with 3 maps each?",
        "rng.random takes a shape. Which axes must have length 1, so that one draw serves a whole "
        "map?",
    ),
)
def spatial_dropout_mask(rng):
    yield case("rate 0.3", (9, 7, 4, 5), 0.3, _seed(rng), calls=20)
    yield case("rate 0.75", (6, 12, 3, 2), 0.75, _seed(rng), calls=20)
    yield case("rate 0.1", (5, 16, 6, 8), 0.1, _seed(rng), calls=20)


@spatial_dropout_mask.property
def judge_spatial(case, answer):
    shape, rate, _ = case.inputs
    masks = [np.asarray(mask) for mask in answer]
    n, c = shape[:2]
    wanted = (n, c, 1, 1)
    for mask in masks:
        if mask.shape == (n, c):
            return "the shape is (N, C): two axes of length 1 are missing at the end."
        fits = len(mask.shape) == 4 and all(
            length in (1, whole) for length, whole in zip(mask.shape, shape, strict=True)
        )
        if not fits:
            return f"the shape is {mask.shape}, expected {wanted}."
    came, booleans = masks[0].shape, all(mask.dtype == bool for mask in masks)
    masks = np.array([np.broadcast_to(mask, shape) for mask in masks], float)
    if not np.isin(masks, (0, 1)).all():
        scaled = np.allclose(np.unique(masks), (0, 1 / (1 - rate)))
        return Symptom(
            "the mask holds more than True and False.", "maps_scaled" if scaled else None
        )
    if (masks != masks[..., :1, :1]).any():
        return Symptom("inside one map, pixels are kept and dropped.", "per_pixel")
    maps = masks[..., 0, 0]
    if maps.all() or not maps.any():
        return f"{'nothing' if maps.all() else 'everything'} is dropped in {len(maps)} calls."
    if (maps == maps[0]).all():
        return Symptom("two calls in a row gave the very same mask.", "same_maps_every_time")
    if (maps == maps[:, :, :1]).all():
        return Symptom("all maps of an image share one draw.", "whole_images")
    if (maps == maps[:, :1]).all():
        return Symptom("all images lose the same maps.", "same_maps_for_all_images")
    kept, spread = maps.mean(), 5 * np.sqrt(0.25 / maps.size)
    if abs(kept - (1 - rate)) > spread:
        swapped = abs(kept - rate) < spread
        found = f"{100 * kept:.0f} % are kept, expected about {100 * (1 - rate):.0f} %."
        return Symptom(found, "keeps_the_rate" if swapped else None)
    counts = maps.sum(axis=2)
    if (counts == counts[0, 0]).all():
        text = f"every image keeps exactly {counts[0, 0]:.0f} maps."
        return Symptom(text, "exact_count_of_maps")
    if came != wanted:
        text = f"the shape is {came}, expected {wanted}."
        return Symptom(text, "spread_over_the_pixels" if came == tuple(shape) else None)
    if not booleans:
        return Symptom("the mask holds numbers.", "numbers_for_kept_maps")
    return None


@spatial_dropout_mask.mistake(
    "Every pixel has a draw of its own: that is plain dropout. A map is kept or dropped as a whole."
)
def per_pixel(shape, rate, rng):
    return rng.random(shape) >= rate


@spatial_dropout_mask.mistake(
    "There is one draw for an image, and it takes all of its maps. Each map has its own draw."
)
def whole_images(shape, rate, rng):  # D7
    return np.broadcast_to(rng.random((shape[0], 1, 1, 1)) >= rate, (*shape[:2], 1, 1))


@spatial_dropout_mask.mistake(
    "All images of the batch lose the same maps. The draws are made for each image anew."
)
def same_maps_for_all_images(shape, rate, rng):
    return np.broadcast_to(rng.random((1, shape[1], 1, 1)) >= rate, (*shape[:2], 1, 1))


@spatial_dropout_mask.mistake(
    "rate is the share that is dropped. In your mask it is the share that is kept.",
    convention=True,
)
def keeps_the_rate(shape, rate, rng):  # D3
    return rng.random((*shape[:2], 1, 1)) < rate


@spatial_dropout_mask.mistake(
    "You draw from a generator of your own, with a fixed seed. Draw from rng."
)
def same_maps_every_time(shape, rate, rng):  # D11
    return np.random.default_rng(1).random((*shape[:2], 1, 1)) >= rate


@spatial_dropout_mask.mistake(
    "Your mask is divided by 1 − rate already. Here it holds True and False; dropout_forward "
    "divides.",
    convention=True,
)
def maps_scaled(shape, rate, rng):
    return (rng.random((*shape[:2], 1, 1)) >= rate) / (1 - rate)


@spatial_dropout_mask.mistake(
    "The draws are right, and then repeated for every pixel. One value for each map is enough: "
    "(N, C, 1, 1)."
)
def spread_over_the_pixels(shape, rate, rng):
    return np.broadcast_to(rng.random((*shape[:2], 1, 1)) >= rate, shape)


@spatial_dropout_mask.mistake(
    "Every image keeps the same number of maps. Here each map is drawn on its own, so that the "
    "count varies.",
    convention=True,
)
def exact_count_of_maps(shape, rate, rng):  # D12
    order = np.argsort(rng.random(shape[:2]), axis=1)
    return (order >= round(rate * shape[1]))[..., None, None]


@spatial_dropout_mask.mistake(
    "The mask holds 1 and 0. True and False are wanted, as the comparison gives them: ~keep must "
    "turn them round."
)
def numbers_for_kept_maps(shape, rate, rng):
    return (rng.random((*shape[:2], 1, 1)) >= rate).astype(float)
