"""Lesson 00: images are arrays."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("00_start_here")


def _photo(rng, *shape):
    return rng.integers(0, 240, size=shape, dtype=np.uint8)  # no white: its maximum is not 255


# ------------------------------------------------------------------------------ scale_to_unit


@lesson.exercise(
    reference.scale_to_unit,
    hints=(
        "Which number must become exactly 1? The largest that 8 bits can hold.",
        "uint8 / 255 gives floats by itself; uint8 // 255 stays with whole numbers.",
    ),
)
def scale_to_unit(rng):
    yield case("black, white and greys", np.array([[0, 255, 51, 102, 7]], np.uint8))
    yield case("a grey image", _photo(rng, 4, 5))
    yield case("a colour image", _photo(rng, 3, 5, 3))


@scale_to_unit.mistake(
    "You divided by 256, so white becomes 0.996. 8 bits hold 256 values, but the largest is 255."
)
def divides_by_256(image):
    return image / 256


@scale_to_unit.mistake(
    "The result is still whole numbers, so every grey becomes 0. Divide with / and keep the floats."
)
def stays_integer(image):
    return (image / 255).astype(np.uint8)


@scale_to_unit.mistake(
    "You divided by the brightest value of this image. Two photos then no longer share one scale: "
    "divide by the largest value that is possible."
)
def divides_by_own_maximum(image):
    return image / image.max()


@scale_to_unit.mistake(
    "the result lies between −1 and 1. Here black is 0 and white is 1.",
    convention=True,
)
def centres_on_zero(image):
    return image / 127.5 - 1


# -------------------------------------------------------------------------- to_channels_first


@lesson.exercise(
    reference.to_channels_first,
    hints=(
        "reshape only cuts the same row of numbers anew. Which NumPy function moves axes?",
        "np.transpose takes the old axes in their new order: the old axis 2 comes first.",
    ),
)
def to_channels_first(rng):
    yield case("4 rows, 5 columns, 3 channels", rng.normal(size=(4, 5, 3)))
    yield case("a single row", rng.normal(size=(1, 6, 3)))
    yield case("a tall image with 2 channels", rng.normal(size=(7, 3, 2)))


@to_channels_first.mistake(
    "The shape is right, but the pixels are scrambled: reshape cuts the numbers anew instead of "
    "moving the axes. Use transpose."
)
def reshapes(image):
    return image.reshape(image.shape[2], image.shape[0], image.shape[1])


@to_channels_first.mistake(
    "Rows and columns have changed places: the result is (C, W, H). A plain .T reverses all axes."
)
def swaps_rows_and_columns(image):
    return image.T


@to_channels_first.mistake("The axes went the other way: the result is (W, C, H), not (C, H, W).")
def rotates_the_wrong_way(image):
    return image.transpose(1, 2, 0)


# --------------------------------------------------------------------------- dense_parameters


@lesson.exercise(
    reference.dense_parameters,
    hints=(
        "Take one unit alone. How many numbers come into it?",
        "Every unit has as many weights as the image has numbers, and one bias more.",
    ),
)
def dense_parameters(rng):
    yield case("a small grey image", 8, 9, 1, 10)
    yield case("a colour image", 32, 24, 3, 7)
    yield case("one unit", 5, 4, 3, 1)
    height, width, units = (int(n) for n in rng.integers(20, 400, size=3))
    yield case("an image of a random size", height, width, 3, units)
    yield case("a photo of 1920 × 1080", 1080, 1920, 3, 1000)


@dense_parameters.mistake("The biases are missing: every unit also learns one bias.")
def forgets_biases(height, width, channels, units):
    return height * width * channels * units


@dense_parameters.mistake(
    "The channels are missing: a colour image has three numbers in every pixel."
)
def forgets_channels(height, width, channels, units):
    return height * width * units + units


@dense_parameters.mistake(
    "There is one bias for every weight in your count. A unit has many weights, but one bias."
)
def bias_per_weight(height, width, channels, units):
    return 2 * height * width * channels * units


@dense_parameters.mistake(
    "You counted one bias for the whole layer. Every unit has a bias of its own."
)
def one_bias_for_all(height, width, channels, units):
    return height * width * channels * units + 1


# -------------------------------------------------------------------------------- shift_image


@lesson.exercise(
    reference.shift_image,
    points=2,
    hints=(
        "Draw a row of five pixels on paper and move it by two. Which pixels stay in view, and "
        "where do they land?",
        "Start from np.zeros_like(image) and copy one rectangle of the image into it.",
        "For dy ≥ 0, the rows 0 … H − dy of the image land in the rows dy … H. And for dy < 0?",
    ),
)
def shift_image(rng):
    yield case("down and right", rng.normal(size=(5, 7)), 1, 2)
    yield case("up and left", rng.normal(size=(6, 4)), -2, -1)
    yield case("down and left", rng.normal(size=(4, 6)), 2, -3)
    yield case("down only, in colour", rng.normal(size=(5, 4, 3)), 2, 0)
    yield case("right only", rng.normal(size=(4, 5)), 0, 1)
    yield case("no shift at all", rng.normal(size=(3, 4)), 0, 0)
    yield case("an 8-bit image", _photo(rng, 6, 5), -1, 2)
    yield case("out of view", rng.normal(size=(3, 5)), 4, 1)


@shift_image.mistake(
    "What leaves the image on one side comes back on the other: that is np.roll. The places left "
    "empty must be 0."
)
def wraps_round(image, dy, dx):
    return np.roll(image, (dy, dx), axis=(0, 1))


@shift_image.mistake("dy and dx have changed places: dy moves along the rows, axis 0.")
def swaps_axes(image, dy, dx):
    return reference.shift_image(image, dx, dy)


@shift_image.mistake(
    "The image moves the wrong way: a positive dy moves it down, a positive dx to the right."
)
def wrong_sign(image, dy, dx):
    return reference.shift_image(image, -dy, -dx)


@shift_image.mistake(
    "The places left empty repeat the border of the image. Here they must be 0, as if the picture "
    "lay on black."
)
def repeats_the_border(image, dy, dx):
    rows = np.clip(np.arange(image.shape[0]) - dy, 0, image.shape[0] - 1)
    columns = np.clip(np.arange(image.shape[1]) - dx, 0, image.shape[1] - 1)
    return image[rows][:, columns]


@shift_image.mistake(
    "A place such as −1 is not outside for NumPy: it is the last one. So what leaves above or on "
    "the left comes back on the other side. Ask for 0 ≤ y + dy, too."
)
def negative_places_wrap(image, dy, dx):
    shifted = np.zeros_like(image)
    for y, x in np.ndindex(image.shape[:2]):
        if y + dy < image.shape[0] and x + dx < image.shape[1]:
            shifted[y + dy, x + dx] = image[y, x]
    return shifted
