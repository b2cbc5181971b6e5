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
    channels = image.reshape(*image.shape[:2], -1)
    if all(_even(channels, picture.reshape(channels.shape)) for picture in pictures):
        return Symptom("all pixels get the same number.", "one_draw_for_all")
    if not both:
        for axis, lines, name in (
            (1, "rows", "one_row_for_all"),
            (2, "columns", "one_column_for_all"),
        ):
            if (np.ptp(pictures - image, axis=axis) < 1e-12).all():
                return Symptom(f"all {lines} get the same noise.", name)
    if both and not pictures[:, image == 0].any():
        cut = (pictures[:, image == 1] == 1).mean()  # half of it, if darker is as likely as lighter
        text = "black pixels stay exactly black."
        return Symptom(text, "noise_times_the_pixel" if 0.3 < cut < 0.7 else None)
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
    reach, even = np.abs(noise).max(), spread * np.sqrt(3)  # ±even has this spread
    if reach < 2.2 * spread < 2.7 * std:  # wider noise is cut off at black and white
        found = f"the noise never goes beyond {reach:.3f}; its standard deviation is {spread:.3f}."
        return Symptom(found, "uniform_noise" if abs(reach - even) < 0.05 * even else None)
    if abs(spread - std) > 0.2 * std:
        found = f"the noise has the standard deviation {spread:.3f}, expected about {std:g}."
        other = any(abs(spread - power) < 0.3 * power for power in (np.sqrt(std), std**2))
        return Symptom(found, "std_as_variance" if other else None)
    return None


def _even(image, picture):
    """Tell whether in each channel all pixels of one brightness were changed alike."""
    for before, after in zip(np.moveaxis(image, 2, 0), np.moveaxis(picture, 2, 0), strict=True):
        if len(np.unique(before)) > 3:  # greys: none is cut off
            before, after = np.zeros_like(before), after - before
        if any(np.ptp(after[before == level]) > 1e-12 for level in np.unique(before)):
            return False
    return True


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


@gaussian_noise.mistake(
    "All rows get the same noise. rng.normal needs the whole shape of the picture."
)
def one_row_for_all(image, std, rng):
    return np.clip(image + rng.normal(0, std, image.shape[1:]), 0, 1)


@gaussian_noise.mistake(
    "One draw serves all pixels of a row. rng.normal needs the whole shape of the picture."
)
def one_column_for_all(image, std, rng):
    draws = rng.normal(0, std, (image.shape[0], 1, *image.shape[2:]))
    return np.clip(image + draws, 0, 1)


@gaussian_noise.mistake(
    "The noise is multiplied by the pixel, so black stays black. Add it: dark pixels get as much "
    "as light ones."
)
def noise_times_the_pixel(image, std, rng):
    return np.clip(image * (1 + rng.normal(0, std, image.shape)), 0, 1)


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
    rows, columns = holes[..., 0].any(axis=2), holes[..., 0].any(axis=1)
    if (holes[..., 0] != rows[:, :, None] & columns[:, None, :]).any():
        return "what is covered is no rectangle."
    seen = [(_covered(row), _covered(column)) for row, column in zip(rows, columns, strict=True)]
    return _judge_places(seen, size, *image.shape[:2], all_alike(pictures))


def _covered(line):
    """Return (start, stop) of what is covered along one axis, or None."""
    (places,) = np.nonzero(line)
    return (int(places[0]), int(places[-1]) + 1) if len(places) else None


def _judge_places(seen, size, height, width, alike):
    """Judge the squares by (rows, columns) that they cover; None, None where nothing is."""

    def spans(length, middles):
        found = {_span(middle, size, length) for middle in range(middles)}
        return {(start, stop) for start, stop in found if start < stop}

    if alike:
        (row, column), text = seen[0], "every call covers the same place."
        # else squares add up in one array, call after call
        once = row in spans(height, height) and column in spans(width, width)
        return Symptom(text, "same_place_every_time" if once else None)
    covered = [place for place in seen if None not in place]
    bare = len(seen) - len(covered)
    sizes = {stop - start for place in covered for start, stop in place}
    if max(sizes) != size:
        found = f"the square is {max(sizes)} wide, expected {size}."
        return Symptom(found, "size_as_radius" if max(sizes) > size + 1 else None)
    if sizes == {size} and not bare:
        return Symptom("the square never sticks out of the picture.", "always_inside")
    rows, columns = ({place[axis] for place in covered} for axis in (0, 1))
    for high, wide in ((width, height), (height, height), (width, width)):
        if (rows, columns) == (spans(height, high), spans(width, wide)):
            text = f"middles come from {high} rows and {wide} columns; there are {height}, {width}."
            return Symptom(text, "sides_mixed_up")
    if bare:
        cut_below = any(stop == height and stop - start < size for start, stop in rows)
        text = f"in {bare} of {len(seen)} calls nothing is covered."
        return Symptom(text, "negative_start" if cut_below else None)
    for name, found, length in (("row", rows, height), ("column", columns, width)):
        wanted = spans(length, length)
        if found == wanted:
            continue
        if all(stop - start == size for start, stop in found if start == 0):
            text = f"at {name} 0 the square is never cut off."
            return Symptom(text, "pushed_inside")
        if found - wanted:
            start, stop = min(found - wanted)
            return f"no middle gives a square over the {name}s {start} to {stop - 1}."
        return f"some {name}s are never the middle of a square: draw from all of them."
    if len(set(seen)) <= height + width:
        return Symptom("row and column of the middle go together.", "one_draw_for_both")
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


@cutout.mistake(
    "You mixed up height and width. The middle's row is below image.shape[0], its column below "
    "image.shape[1]."
)
def sides_mixed_up(image, size, rng):
    column, row = rng.integers(0, image.shape[:2])
    top, left = row - size // 2, column - size // 2
    result = image.copy()
    result[max(top, 0) : max(top + size, 0), max(left, 0) : max(left + size, 0)] = 0
    return result


@cutout.mistake(
    "The square is pushed inside at the upper and left border. It must be cut off there: only the "
    "start becomes max(top, 0), the end stays top + size."
)
def pushed_inside(image, size, rng):
    row, column = rng.integers(0, image.shape[:2])
    top, left = max(row - size // 2, 0), max(column - size // 2, 0)
    result = image.copy()
    result[top : top + size, left : left + size] = 0
    return result


@cutout.mistake(
    "One draw serves row and column, so the middle lies on a diagonal. Draw two numbers."
)
def one_draw_for_both(image, size, rng):
    share = rng.random()
    row, column = (int(share * length) for length in image.shape[:2])
    result = image.copy()
    top, left = row - size // 2, column - size // 2
    result[max(top, 0) : top + size, max(left, 0) : left + size] = 0
    return result


@cutout.mistake("You draw from a generator of your own, with a fixed seed. Draw from rng.")
def same_place_every_time(image, size, rng):
    return reference.cutout(image, size, np.random.default_rng(0))
