"""Lesson 07, third part: noise and covered squares, judged by what must hold."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, Symptom, case
from coursekit.exercises._random_pictures import all_alike, bright, results, seed

lesson = Lesson("07_regularization")


# ----------------------------------------------------------------------------- gaussian_noise


@lesson.exercise(
    reference.gaussian_noise,
    hints=(
        "rng.normal(0, std, shape) gives an array of Gaussian draws. Which shape do you need, so "
        "that every number has its own?",
        "A white pixel with noise can be brighter than white. np.clip(…, 0, 1) mends it.",
    ),
)
def gaussian_noise(rng):
    yield case("greys", rng.uniform(0.4, 0.6, (30, 41)), 0.05, seed(rng), calls=3)
    yield case("in colour", rng.uniform(0.35, 0.65, (20, 25, 3)), 0.06, seed(rng), calls=3)
    yield case("black and white", (rng.random((25, 30)) < 0.5) * 1.0, 0.1, seed(rng), calls=3)
    edges = rng.choice([0.0, 0.5, 1.0], (18, 20, 3))
    yield case("black and white, in colour", edges, 0.1, seed(rng), calls=3)


@gaussian_noise.property
def judge_noise(case, answer):
    image, std, _ = case.inputs
    pictures = results(answer, image.shape)
    if isinstance(pictures, str):
        return pictures
    grey = np.abs(image - 0.5) < 0.2  # far enough from black and white not to be cut
    both = not grey.all()
    if all_alike(pictures):
        text = "two calls in a row gave the very same noise."
        # noise that adds up in one array, call after call, is wider
        fresh = not both and abs((pictures[0] - image).std() - std) < 0.2 * std
        return Symptom(text, "same_noise_every_time" if fresh else None)
    if pictures.min() < 0 or pictures.max() > 1:
        found = f"values run from {pictures.min():.3f} to {pictures.max():.3f}."
        return Symptom(found, "noise_leaves_the_range")
    levels = [image == level for level in np.unique(image)] if both else []
    if both:
        even = all(np.ptp(picture[level]) < 1e-12 for picture in pictures for level in levels)
    else:
        even = (np.ptp((pictures - image).reshape(len(pictures), -1), axis=1) < 1e-12).all()
    if even:
        return Symptom("all pixels get the same number.", "one_draw_for_all")
    noise = (pictures - image)[:, grey] if grey.any() else np.zeros(0)
    if both and not grey.any():  # half of the noise is cut off, the other half is left
        noise = np.where(image == 0, pictures, 1 - pictures)
        spread = np.sqrt(2 * np.mean(noise**2))
    else:
        spread = noise.std()
        if abs(noise.mean()) > 0.3 * std:
            found = f"the noise has the mean {noise.mean():.3f}, not 0."
            return Symptom(found, "only_brighter" if noise.min() > -1e-12 else None)
    if image.ndim == 3 and not both and (np.ptp(pictures - image, axis=-1) < 1e-12).all():
        return "all channels of a pixel get the same noise: draw one number for each of them."
    if abs(spread - std) > 0.2 * std:
        found = f"the noise has the standard deviation {spread:.3f}, expected about {std:g}."
        variance = abs(spread - np.sqrt(std)) < 0.3 * np.sqrt(std)
        return Symptom(found, "std_as_variance" if variance else None)
    if np.abs(noise).max() < 2.2 * std:
        reach = np.abs(noise).max() / std
        found = f"the noise never goes beyond {reach:.2f} deviations."
        return Symptom(found, "uniform_noise" if reach < 1.75 else None)
    return None


@gaussian_noise.mistake(
    "Some values leave [0, 1]. No pixel is darker than black or brighter than white: cut them with "
    "np.clip."
)
def noise_leaves_the_range(image, std, rng):
    return image + rng.normal(0, std, image.shape)


@gaussian_noise.mistake(
    "The spread is wrong: rng.normal takes the standard deviation, not the variance and not its "
    "root."
)
def std_as_variance(image, std, rng):
    return np.clip(image + rng.normal(0, np.sqrt(std), image.shape), 0, 1)


@gaussian_noise.mistake(
    "The noise is spread evenly between two bounds. Gaussian noise (rng.normal) has no bounds, and "
    "small changes are the likeliest."
)
def uniform_noise(image, std, rng):
    reach = np.sqrt(3) * std
    return np.clip(image + rng.uniform(-reach, reach, image.shape), 0, 1)


@gaussian_noise.mistake(
    "One draw serves all pixels: the picture is brighter or darker as a whole. rng.normal needs "
    "the picture's shape."
)
def one_draw_for_all(image, std, rng):
    return np.clip(image + rng.normal(0, std), 0, 1)


@gaussian_noise.mistake("The noise only adds light. Its mean must be 0: half of it darkens.")
def only_brighter(image, std, rng):
    return np.clip(image + np.abs(rng.normal(0, std, image.shape)), 0, 1)


@gaussian_noise.mistake("You draw from a generator of your own, with a fixed seed. Draw from rng.")
def same_noise_every_time(image, std, rng):
    return reference.gaussian_noise(image, std, np.random.default_rng(0))


# ------------------------------------------------------------------------------------- cutout


@lesson.exercise(
    reference.cutout,
    points=2,
    hints=(
        "Draw the middle first: a row and a column of the picture. Where does the square begin?",
        "A slice may end beyond the array, but a negative start counts from the other end: "
        "max(top, 0).",
        "Work on image.copy(), or the next epoch meets a picture full of holes.",
    ),
)
def cutout(rng):
    yield case("a square of 3", bright(rng, 8, 9), 3, seed(rng), calls=200)
    yield case("a square of 4, in colour", bright(rng, 7, 9, 3), 4, seed(rng), calls=200)
    yield case("a square of 5", bright(rng, 10, 9), 5, seed(rng), calls=200)
    yield case("a square of 3, in colour", bright(rng, 9, 7, 3), 3, seed(rng), calls=200)


def _span(middle, size, length):
    return max(middle - size // 2, 0), min(middle - size // 2 + size, length)


@cutout.property
def judge_cutout(case, answer):
    image, size, _ = case.inputs
    pictures = results(answer, image.shape)
    if isinstance(pictures, str):
        return pictures
    changed = pictures != image
    holes = changed.reshape(len(pictures), *image.shape[:2], -1)
    if not changed.any():
        return "nothing is covered."
    if (pictures[changed] != 0).any():
        return Symptom("the square is not black.", "not_black" if changed.mean() < 0.5 else None)
    if (holes.any(axis=3) != holes.all(axis=3)).any():
        return Symptom("the square does not cover all channels.", "one_channel_only")
    height, width = image.shape[:2]
    spans = {
        (*_span(row, size, height), *_span(column, size, width))
        for row in range(height)
        for column in range(width)
    }
    seen, bare = [], 0
    for hole in holes[..., 0]:
        rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
        if not len(rows):
            bare += 1
            continue
        box = (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1)
        if hole.sum() != len(rows) * len(columns):
            return "what is covered is no rectangle."
        seen.append(tuple(int(n) for n in box))
    if all_alike(pictures):
        once = seen[0] in spans  # else squares add up in one array, call after call
        text = "every call covers the same place."
        return Symptom(text, "same_place_every_time" if once else None)
    if bare:
        cut_below = any(bottom == height and bottom - top < size for top, bottom, _, _ in seen)
        text = f"in {bare} of {len(pictures)} calls nothing is covered."
        return Symptom(text, "negative_start" if cut_below else None)
    sizes = [max(bottom - top, right - left) for top, bottom, left, right in seen]
    if max(sizes) > size:
        found = f"the square is {max(sizes)} wide, expected {size}."
        return Symptom(found, "size_as_radius" if max(sizes) > size + 1 else None)
    whole = [bottom - top == size == right - left for top, bottom, left, right in seen]
    if all(whole):
        return Symptom("the square never sticks out of the picture.", "always_inside")
    if not set(seen) <= spans:
        return "the square does not begin at row − size // 2 and column − size // 2."
    tops = {(top, bottom) for top, bottom, _, _ in seen}
    wanted = {(top, bottom) for top, bottom, _, _ in spans}
    if tops != wanted:
        return "some rows are never the middle of a square: draw from all of them."
    return None


@cutout.mistake(
    "The square always lies inside. Here its middle may be any pixel, so that it is cut off at the "
    "border: else the middle of the picture would be covered more often.",
    convention=True,
)
def always_inside(image, size, rng):
    row = rng.integers(0, image.shape[0] - size + 1)
    column = rng.integers(0, image.shape[1] - size + 1)
    result = image.copy()
    result[row : row + size, column : column + size] = 0
    return result


@cutout.mistake(
    "You go size pixels to every side of the middle. size is the whole side of the square."
)
def size_as_radius(image, size, rng):
    row, column = rng.integers(0, image.shape[:2])
    result = image.copy()
    rows, columns = (
        slice(max(row - size, 0), row + size),
        slice(max(column - size, 0), column + size),
    )
    result[rows, columns] = 0
    return result


@cutout.mistake("The square is grey, or noise. Here it is black: 0.", convention=True)
def not_black(image, size, rng):
    return np.where(reference.cutout(np.ones_like(image), size, rng) == 0, image.mean(), image)


@cutout.mistake("Only some of the channels are covered: a coloured square is left.")
def one_channel_only(image, size, rng):
    result = reference.cutout(image, size, rng)
    if image.ndim == 3:
        result[..., 1:] = image[..., 1:]
    return result


@cutout.mistake(
    "Near the upper and left border nothing is covered. There the slice starts below 0, and a "
    "negative start counts from the other end: take max(top, 0)."
)
def negative_start(image, size, rng):
    row, column = rng.integers(0, image.shape[:2])
    top, left = row - size // 2, column - size // 2
    result = image.copy()
    result[top : top + size, left : left + size] = 0
    return result


@cutout.mistake("You draw from a generator of your own, with a fixed seed. Draw from rng.")
def same_place_every_time(image, size, rng):
    return reference.cutout(image, size, np.random.default_rng(0))
