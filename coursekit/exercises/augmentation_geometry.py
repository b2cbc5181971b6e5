"""Lesson 07, third part: pictures turned, tilted, and read between pixels."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("07_regularization")


def _picture(rng, *shape):
    return rng.uniform(0.05, 0.95, size=shape)


# ---------------------------------------------------------------------------- sample_bilinear


@lesson.exercise(
    reference.sample_bilinear,
    points=3,
    hints=(
        "Take one place, (1.3, 2.6). Which four pixels lie round it, and which shares have "
        "they? They sum to 1.",
        "top = np.floor(rows).astype(int) is the row above. The row below is top + 1, and its "
        "share is rows − top.",
        "For pixels outside: index with np.clip(r, 0, H − 1), and set the share to 0 where r is "
        "not in 0 … H − 1. For colours the share needs one more axis: share[..., None].",
    ),
)
def sample_bilinear(rng):
    def places(rows, columns, *shape):
        return rng.uniform(0, rows - 1, shape), rng.uniform(0, columns - 1, shape)

    yield case("inside a grey picture", _picture(rng, 5, 7), *places(5, 7, 3, 4))
    yield case("inside a colour picture", _picture(rng, 6, 4, 3), *places(6, 4, 2, 5))
    rows, columns = rng.uniform(-2, 7, (6, 5)), rng.uniform(-2, 6, (6, 5))
    rows[0, 0], columns[0, 0], rows[0, 1], columns[0, 1] = -0.5, 1.25, 4.5, 3.75
    yield case("partly outside", _picture(rng, 5, 5), rows, columns)
    rows, columns = rng.uniform(-3, 6, (4, 6)), rng.uniform(-3, 8, (4, 6))
    rows[0, 0], columns[0, 0], rows[0, 1], columns[0, 1] = 1.5, -0.25, 2.25, 5.5
    yield case("partly outside, in colour", _picture(rng, 4, 6, 3), rows, columns)
    rows, columns = rng.integers(0, 4, (3, 2)), rng.integers(0, 6, (3, 2))
    yield case("whole places", _picture(rng, 4, 6), rows.astype(float), columns.astype(float))
    rows, columns = rng.integers(0, 6, (2, 4)).astype(float), rng.uniform(0, 3, (2, 4))
    yield case("whole rows, in colour", _picture(rng, 6, 4, 3), rows, columns)


def _bilinear(image, rows, columns, pick, shares=lambda a: (1 - a, a), floor=np.floor):
    """Bilinear reading with another rule for pixels (``pick``), for shares, or for rounding."""
    top, left = floor(rows).astype(int), floor(columns).astype(int)
    result = np.zeros((*rows.shape, *image.shape[2:]))
    for r, in_rows in zip((top, top + 1), shares(rows - top), strict=True):
        for c, in_columns in zip((left, left + 1), shares(columns - left), strict=True):
            share = (in_rows * in_columns).reshape(rows.shape + (1,) * (image.ndim - 2))
            result += share * pick(image, r, c)
    return result


def _or_zero(image, r, c):
    inside = (r >= 0) & (r < image.shape[0]) & (c >= 0) & (c < image.shape[1])
    pixels = image[np.clip(r, 0, image.shape[0] - 1), np.clip(c, 0, image.shape[1] - 1)]
    return pixels * inside.reshape(inside.shape + (1,) * (image.ndim - 2))


def _edge(image, r, c):
    return image[np.clip(r, 0, image.shape[0] - 1), np.clip(c, 0, image.shape[1] - 1)]


def _wrapped(image, r, c):
    return image[r % image.shape[0], c % image.shape[1]]


@sample_bilinear.mistake(
    "You took the nearest pixel alone. Mix the four round the place, by their nearness.",
    convention=True,
)
def takes_the_nearest(image, rows, columns):
    return _or_zero(image, np.rint(rows).astype(int), np.rint(columns).astype(int))


@sample_bilinear.mistake("Outside, the border is repeated. Here everything outside is 0.")
def repeats_the_border(image, rows, columns):
    return _bilinear(image, rows, columns, _edge)


@sample_bilinear.mistake(
    "A negative index counts from the other end, so the picture wraps round. Outside it is 0."
)
def wraps_round(image, rows, columns):
    return _bilinear(image, rows, columns, _wrapped)


@sample_bilinear.mistake("rows and columns have changed places: image[row, column].")
def swaps_rows_and_columns(image, rows, columns):
    return reference.sample_bilinear(image, columns, rows)


@sample_bilinear.mistake(
    "The shares are turned round: the nearer pixel must get the larger one. At 1.3, the row 1 gets "
    "0.7 and the row 2 gets 0.3."
)
def shares_turned_round(image, rows, columns):
    return _bilinear(image, rows, columns, _or_zero, shares=lambda a: (a, 1 - a))


@sample_bilinear.mistake("You always take the pixel above and to the left: the fractions are lost.")
def rounds_down(image, rows, columns):
    return _or_zero(image, np.floor(rows).astype(int), np.floor(columns).astype(int))


def _rounded_up(image, rows, columns, shares):
    """Bilinear reading with np.ceil for the second pixel; shares(place, first, second)."""
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    bottom, right = np.ceil(rows).astype(int), np.ceil(columns).astype(int)
    result = np.zeros((*rows.shape, *image.shape[2:]))
    for r, in_rows in zip((top, bottom), shares(rows, top, bottom), strict=True):
        for c, in_columns in zip((left, right), shares(columns, left, right), strict=True):
            share = (in_rows * in_columns).reshape(rows.shape + (1,) * (image.ndim - 2))
            result += share * _or_zero(image, r, c)
    return result


@sample_bilinear.mistake(
    "At whole places floor and ceil are the same pixel, and it is counted twice. The other one is "
    "floor + 1; its share is 0 there."
)
def ceil_counts_twice(image, rows, columns):
    def shares(place, first, second):
        return 1 - np.abs(place - first), 1 - np.abs(place - second)

    return _rounded_up(image, rows, columns, shares)


@sample_bilinear.mistake(
    "At whole places floor and ceil are the same pixel, and both of your shares are 0. The other "
    "pixel is floor + 1."
)
def ceil_counts_nothing(image, rows, columns):
    def shares(place, first, second):
        return second - place, place - first

    return _rounded_up(image, rows, columns, shares)


@sample_bilinear.mistake(
    "astype(int) cuts towards 0: −0.3 becomes 0, but the pixel above is −1. Take np.floor first."
)
def cuts_towards_zero(image, rows, columns):
    return _bilinear(image, rows, columns, _or_zero, floor=np.trunc)


@sample_bilinear.mistake(
    "A place just outside becomes 0 at once. Only the pixels outside count as 0: at row −0.25, "
    "three quarters of row 0 are left."
)
def outside_is_black_at_once(image, rows, columns):
    height, width = image.shape[:2]
    inside = (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)
    inside = inside.reshape(inside.shape + (1,) * (image.ndim - 2))
    return reference.sample_bilinear(image, rows, columns) * inside


# ------------------------------------------------------------------------------- rotate_image


@lesson.exercise(
    reference.rotate_image,
    points=2,
    hints=(
        "Don't move pixels: ask for every pixel of the result where it comes from. np.mgrid or "
        "np.indices gives all rows and columns at once.",
        "Subtract the middle, turn by the formula, add the middle again, and read the picture "
        "there.",
        "np.sin and np.cos want radians: np.radians(degrees).",
    ),
)
def rotate_image(rng):
    yield case("30° in grey", _picture(rng, 6, 9), 30.0)
    yield case("−50° in colour", _picture(rng, 7, 5, 3), -50.0)
    yield case("a quarter turn of a square", _picture(rng, 5, 5), 90.0)
    yield case("200°", _picture(rng, 4, 7), 200.0)
    yield case("5°, a tall picture", _picture(rng, 9, 4), 5.0)


def _places(dy, dx, sin, cos):
    return dx * sin + dy * cos, dx * cos - dy * sin


def _turned(image, degrees, places=_places, *, middle=None, read=reference.sample_bilinear):
    """Turn a picture by a rule of its own: for the places, the middle, or for reading."""
    height, width = image.shape[:2]
    y, x = ((height - 1) / 2, (width - 1) / 2) if middle is None else middle
    rows, columns = np.indices((height, width))
    sin, cos = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    v, u = places(rows - y, columns - x, sin, cos)
    return read(image, y + v, x + u)


@rotate_image.mistake(
    "The picture turns with the clock. A positive angle turns against it; mind that rows count "
    "downwards."
)
def turns_with_the_clock(image, degrees):
    return reference.rotate_image(image, -degrees)


@rotate_image.mistake("np.sin and np.cos take radians. Your angle is still in degrees.")
def degrees_as_radians(image, degrees):
    return reference.rotate_image(image, np.degrees(degrees))


@rotate_image.mistake(
    "The picture turns about its upper left corner, and leaves the frame. Subtract the middle "
    "first, and add it again."
)
def turns_about_the_corner(image, degrees):
    return _turned(image, degrees, middle=(0, 0))


@rotate_image.mistake(
    "The middle is half a pixel off: of 5 pixels, numbered 0 to 4, the middle is 2, that is "
    "(5 − 1)/2."
)
def middle_half_a_pixel_off(image, degrees):
    return _turned(image, degrees, middle=(image.shape[0] / 2, image.shape[1] / 2))


@rotate_image.mistake("What leaves the picture comes back on the other side. Outside it is 0.")
def rotates_and_wraps(image, degrees):
    return _turned(image, degrees, read=lambda *place: _bilinear(*place, _wrapped))


@rotate_image.mistake("The empty corners repeat the border of the picture. Here they are 0.")
def rotates_and_repeats(image, degrees):
    return _turned(image, degrees, read=lambda *place: _bilinear(*place, _edge))


@rotate_image.mistake(
    "H // 2 is the middle only if H is odd. Of 4 pixels, numbered 0 to 3, the middle is 1.5: "
    "(H − 1)/2."
)
def middle_of_whole_pixels(image, degrees):
    return _turned(image, degrees, middle=(image.shape[0] // 2, image.shape[1] // 2))


@rotate_image.mistake("The middle was subtracted, and never added again before you read.")
def middle_not_added(image, degrees):
    y, x = (image.shape[0] - 1) / 2, (image.shape[1] - 1) / 2
    return _turned(
        image, degrees, read=lambda image, v, u: reference.sample_bilinear(image, v - y, u - x)
    )


@rotate_image.mistake(
    "The new dy is in use before dx is computed. Both formulas want the old ones: compute both "
    "first, under new names."
)
def new_dy_too_soon(image, degrees):
    def places(dy, dx, sin, cos):
        dy = dx * sin + dy * cos
        return dy, dx * cos - dy * sin

    return _turned(image, degrees, places)


@rotate_image.mistake(
    "One sign is wrong: the columns are dx · cos φ − dy · sin φ. Yours distorts, it does not turn."
)
def sign_of_the_columns(image, degrees):
    return _turned(
        image, degrees, lambda dy, dx, sin, cos: (dx * sin + dy * cos, dx * cos + dy * sin)
    )


@rotate_image.mistake(
    "One sign is wrong: the rows are dx · sin φ + dy · cos φ. Yours distorts, it does not turn."
)
def sign_of_the_rows(image, degrees):
    return _turned(
        image, degrees, lambda dy, dx, sin, cos: (dy * cos - dx * sin, dx * cos - dy * sin)
    )


@rotate_image.mistake("You read at (columns, rows). sample_bilinear takes rows first.")
def columns_first(image, degrees):
    return _turned(image, degrees, read=lambda image, v, u: reference.sample_bilinear(image, u, v))


@rotate_image.mistake(
    "You take the nearest pixel. Keep the fractions, and read between pixels with sample_bilinear."
)
def turns_to_the_nearest(image, degrees):
    return _turned(image, degrees, read=takes_the_nearest)


# -------------------------------------------------------------------------- perspective_image


@lesson.exercise(
    reference.perspective_image,
    points=2,
    hints=(
        "matrix @ (column, row, 1) for one pixel first. In which order come the results, and what "
        "is still to be done to them?",
        "np.indices gives rows and columns. For all pixels at once, write the three lines of the "
        "product out: u = m[0, 0] * columns + m[0, 1] * rows + m[0, 2], and so on.",
    ),
)
def perspective_image(rng):
    def matrix(tilt_x, tilt_y, scale=0.1):
        m = np.eye(3) + rng.uniform(-scale, scale, (3, 3))
        m[:2, 2] = rng.uniform(-1, 1, 2)
        m[2] = tilt_x, tilt_y, 1.0
        return m

    yield case("tilted sideways", _picture(rng, 6, 8), matrix(0.1, 0.0))
    yield case("tilted back, in colour", _picture(rng, 7, 5, 3), matrix(0.0, 0.08))
    yield case("tilted both ways", _picture(rng, 5, 9), matrix(0.06, 0.11))
    yield case("turned, not tilted", _picture(rng, 6, 7), matrix(0.0, 0.0, 0.4))


def _projected(image, matrix, divide=True, swapped=False, read=reference.sample_bilinear):
    rows, columns = np.indices(image.shape[:2])
    first, second = (rows, columns) if swapped else (columns, rows)
    u, v, s = np.tensordot(matrix, np.stack([first, second, np.ones_like(rows)]), axes=1)
    if not divide:
        s = np.ones_like(s)
    return read(image, u / s, v / s) if swapped else read(image, v / s, u / s)


@perspective_image.mistake(
    "The division by s is missing. Without it far things are as large as near ones, and there is "
    "no perspective."
)
def no_division(image, matrix):
    return _projected(image, matrix, divide=False)


@perspective_image.mistake(
    "You used the inverse of the matrix. It leads from the result to the picture already, and that "
    "is the way we ask."
)
def uses_the_inverse(image, matrix):
    return reference.perspective_image(image, np.linalg.inv(matrix))


@perspective_image.mistake(
    "Rows and columns have changed places: the matrix takes (column, row, 1), x before y."
)
def row_before_column(image, matrix):
    return _projected(image, matrix, swapped=True)


@perspective_image.mistake("The matrix is transposed: row times column, matrix @ place.")
def matrix_transposed(image, matrix):
    return reference.perspective_image(image, matrix.T.copy())


@perspective_image.mistake("The places left empty repeat the border. Here they are 0.")
def perspective_repeats(image, matrix):
    return _projected(image, matrix, read=lambda *place: _bilinear(*place, _edge))


@perspective_image.mistake("What leaves the picture comes back on the other side. Outside it is 0.")
def perspective_wraps(image, matrix):
    return _projected(image, matrix, read=lambda *place: _bilinear(*place, _wrapped))


@perspective_image.mistake(
    "You read at row u/s and column v/s. u belongs to the column, v to the row."
)
def u_as_the_row(image, matrix):
    return _projected(
        image, matrix, read=lambda image, v, u: reference.sample_bilinear(image, u, v)
    )


@perspective_image.mistake(
    "You measure places from the middle of the picture. Here (column, row) counts from the upper "
    "left pixel."
)
def measured_from_the_middle(image, matrix):
    y, x = (image.shape[0] - 1) / 2, (image.shape[1] - 1) / 2
    middle = np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
    return reference.perspective_image(image, middle @ matrix @ np.linalg.inv(middle))
