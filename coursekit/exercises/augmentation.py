"""Lesson 07, third part: mirrors, boxes that go along, colours, and one scale for channels."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("07_regularization")


def _picture(rng, *shape):
    return rng.uniform(0.05, 0.95, size=shape)


# ---------------------------------------------------------------------------- flip_horizontal


@lesson.exercise(
    reference.flip_horizontal,
    hints=(
        "Which axis runs from left to right? In a colour picture it is not the last one.",
        "A slice with step −1 reverses an axis: a[::-1] reverses the first one.",
    ),
)
def flip_horizontal(rng):
    yield case("a grey picture", _picture(rng, 4, 5))
    yield case("a colour picture", _picture(rng, 5, 6, 3))
    yield case("two rows", _picture(rng, 2, 7))
    yield case("another colour picture", _picture(rng, 6, 4, 3))


@flip_horizontal.mistake(
    "The picture stands on its head: you reversed the rows. Left and right are the columns, axis 1."
)
def flips_vertically(image):  # D30
    return image[::-1]


@flip_horizontal.mistake(
    "You reversed the last axis. In a colour picture those are the channels: red and blue change "
    "places. The columns are axis 1."
)
def flips_the_last_axis(image):  # D30
    return image[..., ::-1]


@flip_horizontal.mistake("Rows and columns are both reversed: that is a turn by 180°.")
def turns_by_180(image):
    return image[::-1, ::-1]


@flip_horizontal.mistake("Columns and channels are both reversed: the colours have changed, too.")
def flips_columns_and_channels(image):  # D30
    return image[:, ::-1] if image.ndim == 2 else image[:, ::-1, ::-1]


# ----------------------------------------------------------------------------------- flip_box


@lesson.exercise(
    reference.flip_box,
    hints=(
        "Draw a box near the left edge of a picture that is 10 wide, and mirror it. Which old edge "
        "becomes the new left edge?",
        "The distance of an edge from the left becomes its distance from the right.",
    ),
)
def flip_box(rng):
    for width in (10, 64, 21, 300):
        left = rng.integers(1, 2 + width // 20)
        right = rng.integers(left + 2, width // 2)
        top, bottom = sorted(rng.choice(50, 2, replace=False))
        yield case(f"a picture {width} wide", np.array([left, top, right, bottom]), width)


@flip_box.mistake(
    "The box stays where it was, but the object has moved. What changes places must change its "
    "labels, too."
)
def box_unchanged(box, width):  # D31
    return box.copy()


@flip_box.mistake(
    "Left and right have changed places: your left edge lies right of the right one. The old right "
    "edge becomes the new left one."
)
def left_right_of_right(box, width):
    left, top, right, bottom = box
    return np.array([width - left, top, width - right, bottom])


@flip_box.mistake(
    "Each edge is one too small. width − 1 − x mirrors pixel numbers. Edges lie between pixels: "
    "the right edge of the picture is width.",
    convention=True,
)
def mirrors_pixel_numbers(box, width):
    left, top, right, bottom = box
    return np.array([width - 1 - right, top, width - 1 - left, bottom])


@flip_box.mistake("Top and bottom stay where they are when a picture is mirrored left to right.")
def moves_top_and_bottom(box, width):  # D30
    left, top, right, bottom = box
    return np.array([left, width - bottom, right, width - top])


# ------------------------------------------------------------------------------- jitter_color


@lesson.exercise(
    reference.jitter_color,
    points=2,
    hints=(
        "Three lines, one after another, each working on what the last one gave. Mind that the "
        "mean m belongs to the picture after the first line.",
        "g has one number a pixel: mean(axis=2, keepdims=True) keeps the axis, so that it fits.",
        "np.clip(…, 0, 1) once, at the end.",
    ),
)
def jitter_color(rng):
    yield case("brighter", _picture(rng, 4, 5, 3), 1.5, 1.0, 1.0)
    yield case("all three", _picture(rng, 5, 6, 3), 0.8, 1.3, 0.6)
    yield case("strong contrast", _picture(rng, 6, 4, 3), 1.0, 1.8, 1.0)
    yield case("strong colours", _picture(rng, 3, 7, 3), 1.1, 0.9, 2.0)
    yield case("all three, far", _picture(rng, 7, 5, 3), 1.3, 1.6, 1.7)
    yield case("darker and flat", _picture(rng, 5, 4, 3), 0.6, 0.5, 0.8)


def _jittered(image, brightness, contrast, saturation, *, mean=np.mean, grey=None, cut=None):
    between = cut or (lambda image: image)
    image = between(brightness * image)
    m = mean(image)
    image = between(m + contrast * (image - m))
    g = image.mean(axis=2, keepdims=True) if grey is None else grey(image)
    return g + saturation * (image - g)


@jitter_color.mistake(
    "Some values leave [0, 1]. Brighter than white is nothing: cut them with np.clip at the end."
)
def leaves_the_range(image, brightness, contrast, saturation):
    return _jittered(image, brightness, contrast, saturation)


@jitter_color.mistake(
    "You cut to [0, 1] after every step, and lose what a later step would have brought back. Cut "
    "once, at the end."
)
def cuts_too_early(image, brightness, contrast, saturation):
    def cut(image):
        return np.clip(image, 0, 1)

    return cut(_jittered(image, brightness, contrast, saturation, cut=cut))


@jitter_color.mistake(
    "The contrast is stretched round 0.5. Here it is round the mean of the picture, so that the "
    "brightness stays.",
    convention=True,
)
def contrast_round_a_half(image, brightness, contrast, saturation):
    changed = _jittered(image, brightness, contrast, saturation, mean=lambda image: 0.5)
    return np.clip(changed, 0, 1)


@jitter_color.mistake(
    "Every channel has a mean of its own in your contrast, so the colours shift. m is one number "
    "for the whole picture."
)
def mean_of_each_channel(image, brightness, contrast, saturation):
    changed = _jittered(
        image, brightness, contrast, saturation, mean=lambda image: image.mean(axis=(0, 1))
    )
    return np.clip(changed, 0, 1)


@jitter_color.mistake(
    "Your grey weighs the channels by 0.299, 0.587 and 0.114, as the eye does. Here it is their "
    "plain mean.",
    convention=True,
)
def grey_as_the_eye_sees(image, brightness, contrast, saturation):
    changed = _jittered(
        image, brightness, contrast, saturation,
        grey=lambda image: image @ np.array([[0.299], [0.587], [0.114]]),
    )  # fmt: skip
    return np.clip(changed, 0, 1)


@jitter_color.mistake(
    "m is the mean of the picture that came in. The contrast works on the brightened one: take its "
    "mean."
)
def mean_before_brightness(image, brightness, contrast, saturation):
    before = image.mean()
    changed = _jittered(image, brightness, contrast, saturation, mean=lambda image: before)
    return np.clip(changed, 0, 1)


@jitter_color.mistake(
    "The brightness is added. It is a factor, as if there were more light: dark stays dark."
)
def adds_the_brightness(image, brightness, contrast, saturation):
    return np.clip(_jittered(image + brightness - 1, 1, contrast, saturation), 0, 1)


@jitter_color.mistake(
    "Every pixel has a mean of its own in your contrast. m is one number for the whole picture."
)
def mean_of_each_pixel(image, brightness, contrast, saturation):
    changed = _jittered(
        image, brightness, contrast, saturation,
        mean=lambda image: image.mean(axis=2, keepdims=True),
    )  # fmt: skip
    return np.clip(changed, 0, 1)


@jitter_color.mistake(
    "g is the grey of the picture that came in. Take it after brightness and contrast."
)
def grey_of_the_old_picture(image, brightness, contrast, saturation):
    grey = image.mean(axis=2, keepdims=True)
    changed = _jittered(image, brightness, contrast, saturation, grey=lambda image: grey)
    return np.clip(changed, 0, 1)


@jitter_color.mistake(
    "g is the mean of the whole picture in your saturation. Each pixel has its own grey."
)
def one_grey_for_all(image, brightness, contrast, saturation):
    changed = _jittered(image, brightness, contrast, saturation, grey=np.mean)
    return np.clip(changed, 0, 1)


# --------------------------------------------------------------------------- normalize_splits


@lesson.exercise(
    reference.normalize_splits,
    outputs=("x_train", "x_test"),
    hints=(
        "The test pictures stand for what the future brings. Which numbers do you have when you "
        "train?",
        "mean(axis=(0, 2, 3), keepdims=True) gives one number a channel, in a shape that fits.",
    ),
)
def normalize_splits(rng):
    for label, n, m, c, height, width in (
        ("5 and 4 colour pictures", 5, 4, 3, 4, 6),
        ("grey", 6, 2, 1, 5, 3),
        ("one test picture", 3, 1, 2, 4, 5),
        ("one training picture", 1, 4, 3, 6, 2),
    ):
        scale = rng.uniform(0.5, 3, (c, 1, 1))
        x_train = 2 + scale * rng.normal(size=(n, c, height, width))
        yield case(label, x_train, 1 + 2 * scale * rng.normal(size=(m, c, height, width)))


def _normalized(x, by, axes, ddof=0):
    return (x - by.mean(axes, keepdims=True)) / by.std(axes, keepdims=True, ddof=ddof)


@normalize_splits.mistake(
    "The test part is measured by its own mean and spread. Then one picture's result depends on "
    "its neighbours in the test. Use the numbers of the training part."
)
def test_by_itself(x_train, x_test):  # D33
    return tuple(_normalized(x, x, (0, 2, 3)) for x in (x_train, x_test))


@normalize_splits.mistake(
    "You measured training and test data together. So something of the test leaks into training."
)
def measured_on_all(x_train, x_test):  # D33
    both = np.concatenate([x_train, x_test])
    return tuple(_normalized(x, both, (0, 2, 3)) for x in (x_train, x_test))


@normalize_splits.mistake(
    "Every picture is measured by itself, so a dark one and a bright one look alike. The numbers "
    "belong to a channel, over all training pictures."
)
def each_picture_by_itself(x_train, x_test):  # D34
    return tuple(_normalized(x, x, (2, 3)) for x in (x_train, x_test))


@normalize_splits.mistake(
    "There is one mean for all channels together. Each channel has its own: sum over axes 0, 2, 3."
)
def one_for_all_channels(x_train, x_test):  # D34
    return tuple(_normalized(x, x_train, (0, 1, 2, 3)) for x in (x_train, x_test))


@normalize_splits.mistake(
    "There is a mean for every pixel. In pictures the place means little: average over rows and "
    "columns, too.",
    convention=True,
)
def each_pixel_by_itself(x_train, x_test):  # D34
    with np.errstate(all="ignore"):  # with one training picture, all spreads are 0
        return tuple(_normalized(x, x_train, 0) for x in (x_train, x_test))


@normalize_splits.mistake("You divided by the variance. The standard deviation is its root.")
def divides_by_variance(x_train, x_test):
    std = x_train.std(axis=(0, 2, 3), keepdims=True)
    return tuple(_normalized(x, x_train, (0, 2, 3)) / std for x in (x_train, x_test))


@normalize_splits.mistake(
    "Your standard deviation divides by the count minus 1 (ddof=1). Here it divides by the count.",
    convention=True,
)
def count_minus_one(x_train, x_test):
    return tuple(_normalized(x, x_train, (0, 2, 3), ddof=1) for x in (x_train, x_test))


@normalize_splits.mistake(
    "x_test comes back as it was. Is it left out, or was x_train normalized already when you "
    "measured it for the test? Measure once, then change both."
)
def test_not_scaled(x_train, x_test):
    return _normalized(x_train, x_train, (0, 2, 3)), x_test.copy()


@normalize_splits.mistake(
    "Without brackets, only the mean is divided by the spread: write (x - mean) / std."
)
def divides_the_mean_only(x_train, x_test):
    mean = x_train.mean(axis=(0, 2, 3), keepdims=True)
    std = x_train.std(axis=(0, 2, 3), keepdims=True)
    return x_train - mean / std, x_test - mean / std
