"""Augmentations: small changes of a picture that leave its label as it is.

Pictures are (H, W) or (H, W, C), floats from 0 (black) to 1 (white).
"""

import numpy as np

from . import regularization_checks as check
from .images import shift_image
from .input_checks import checked


@checked(check.picture)
def flip_horizontal(image):
    """Mirror a picture: left becomes right.

    image: array (H, W) or (H, W, C).
    Result: array of the same shape, with result[y, x] = image[y, W − 1 − x].

    >>> flip_horizontal(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[2., 1.],
           [4., 3.]])
    """
    return image[:, ::-1]


@checked(check.shift)
def random_shift(image, largest, rng):
    """Move a picture by a random number of pixels down and to the right.

    image: array (H, W) or (H, W, C); largest: whole number, 0 or more; rng: a random generator.
    The two distances are drawn apart, each a whole number from −largest to largest, all equally
    likely; negative ones move up and left.  What is left empty is 0.
    Result: array of the same shape.

    >>> random_shift(np.ones((2, 2)), 0, np.random.default_rng(0))
    array([[1., 1.],
           [1., 1.]])
    """
    dy, dx = (int(n) for n in rng.integers(-largest, largest + 1, size=2))
    return shift_image(image, dy, dx)


@checked(check.places)
def sample_bilinear(image, rows, columns):
    """Read a picture at places between its pixels.

    image: array (H, W) or (H, W, C); rows, columns: arrays of one shape (OH, OW), places in
    pixels, whole or not.  Pixels outside the picture count as 0: at row −0.25, three quarters of
    row 0 are left.
    Between pixels, the four nearest are mixed, each with the share (1 − distance in rows) ·
    (1 − distance in columns).
    Result: array (OH, OW) or (OH, OW, C).

    >>> image = np.array([[0.0, 4.0], [8.0, 12.0]])
    >>> sample_bilinear(image, np.array([[0.0, 0.5]]), np.array([[0.25, 0.5]]))
    array([[1., 6.]])
    """
    height, width = image.shape[:2]
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    result = np.zeros((*rows.shape, *image.shape[2:]))
    for r in (top, top + 1):
        for c in (left, left + 1):
            share = (1 - np.abs(rows - r)) * (1 - np.abs(columns - c))
            share = share * ((r >= 0) & (r < height) & (c >= 0) & (c < width))
            pixels = image[np.clip(r, 0, height - 1), np.clip(c, 0, width - 1)]
            result += pixels * share.reshape(share.shape + (1,) * (image.ndim - 2))
    return result


@checked(check.angle)
def rotate_image(image, degrees):
    """Turn a picture about its middle.

    image: array (H, W) or (H, W, C); degrees: the angle, positive against the clock.
    The middle is at row (H − 1)/2 and column (W − 1)/2.  Seen from it, the pixel of the result at
    (dy, dx) shows what the picture has at

        (dx · sin φ + dy · cos φ,  dx · cos φ − dy · sin φ)     rows first, rows count downwards

    read between pixels by ``sample_bilinear``; what comes from outside is 0.
    Result: array of the same shape.

    >>> rotate_image(np.array([[1.0, 2.0], [3.0, 4.0]]), 90).round(6)
    array([[2., 4.],
           [1., 3.]])
    """
    height, width = image.shape[:2]
    y, x = (height - 1) / 2, (width - 1) / 2
    dy, dx = np.mgrid[:height, :width] - np.array([y, x]).reshape(2, 1, 1)
    sin, cos = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    return sample_bilinear(image, y + dx * sin + dy * cos, x + dx * cos - dy * sin)


@checked(check.homography)
def perspective_image(image, matrix):
    """Show a picture in perspective, as if it were seen at a slant.

    image: array (H, W) or (H, W, C).
    matrix: (3, 3), leads from a place in the *result* to the place in the picture that it shows:

        (u, v, s) = matrix · (column, row, 1)     the place is column u/s, row v/s

    It is read between pixels by ``sample_bilinear``; what comes from outside is 0.  For all pixels
    of the result, s is above 0.
    Result: array of the same shape.

    >>> moved = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> perspective_image(np.array([[1.0, 2.0], [3.0, 4.0]]), moved)
    array([[2., 0.],
           [4., 0.]])
    """
    rows, columns = np.indices(image.shape[:2])
    places = np.stack([columns, rows, np.ones_like(rows)])
    u, v, s = np.tensordot(matrix, places, axes=1)
    return sample_bilinear(image, v / s, u / s)


@checked(check.noise)
def gaussian_noise(image, std, rng):
    """Add Gaussian noise to a picture.

    image: array (H, W) or (H, W, C), values in [0, 1]; std: the standard deviation of the noise;
    rng: a random generator.  Every number gets its own draw, with mean 0.
    Result: array of the same shape; values below 0 or above 1 are cut to 0 and 1.

    >>> gaussian_noise(np.array([[0.25, 1.0]]), 0.0, np.random.default_rng(0))
    array([[0.25, 1.  ]])
    """
    return np.clip(image + rng.normal(0, std, image.shape), 0, 1)


@checked(check.square)
def cutout(image, size, rng):
    """Put a black square over a random place of a picture.

    image: array (H, W) or (H, W, C); size: the side of the square in pixels; rng: a random
    generator.  The square's middle is any pixel of the picture, all equally likely.  With the
    middle at (row, column), it covers ``size`` rows from row − size // 2 on, and ``size`` columns
    from column − size // 2 on.  What sticks out of the picture is left out.
    Result: array of the same shape, 0 under the square (in all channels).

    Source: DeVries and Taylor, "Improved regularization of convolutional neural networks with
    cutout", 2017.

    >>> cutout(np.ones((1, 1)), 1, np.random.default_rng(0))
    array([[0.]])
    """
    row, column = rng.integers(0, image.shape[:2])
    top, left = row - size // 2, column - size // 2
    result = image.copy()
    result[max(top, 0) : top + size, max(left, 0) : left + size] = 0
    return result


@checked(check.colours)
def jitter_color(image, brightness, contrast, saturation):
    """Change a picture's brightness, contrast and saturation, in this order.

    image: array (H, W, 3), values in [0, 1]; brightness, contrast, saturation: factors, 1 for no
    change.  Each is drawn by the caller, for the whole picture.

        image ← brightness · image
        image ← m + contrast · (image − m)       m: the mean of the whole image so far, one number
        image ← g + saturation · (image − g)     g: each pixel's mean over its three channels

    Result: array of the same shape; at the very end, values are cut to [0, 1].

    >>> jitter_color(np.array([[[0.2, 0.4, 0.6]]]), 0.5, 1.0, 0.0)
    array([[[0.2, 0.2, 0.2]]])
    """
    image = brightness * image
    mean = image.mean()
    image = mean + contrast * (image - mean)
    grey = image.mean(axis=2, keepdims=True)
    return np.clip(grey + saturation * (image - grey), 0, 1)


@checked(check.batch)
def random_flips(x, training, rng):
    """Mirror the pictures of a batch at random, as a training loop needs it.

    x: (N, C, H, W); training: whether we learn from this batch; rng: a random generator.
    While training, each picture is mirrored left to right with probability ½, on its own.
    Without training, nothing is changed.
    Result: (N, C, H, W).

    >>> x = np.arange(4.0).reshape(1, 1, 2, 2)
    >>> random_flips(x, False, np.random.default_rng(0))[0, 0]
    array([[0., 1.],
           [2., 3.]])
    """
    if not training:
        return x
    flipped = rng.random(len(x)) < 0.5
    return np.where(flipped[:, None, None, None], x[..., ::-1], x)


@checked(check.box)
def flip_box(box, width):
    """Move a box along when its picture is mirrored left to right.

    box: (left, top, right, bottom), the edges of the box in pixels, counted from the picture's
    left and upper edge; left < right.  width: of the picture.
    Result: array (4,), the edges of the mirrored box in the same order.

    >>> flip_box(np.array([1, 2, 4, 6]), 10)
    array([6, 2, 9, 6])
    """
    left, top, right, bottom = box
    return np.array([width - right, top, width - left, bottom])


@checked(check.splits)
def normalize_splits(x_train, x_test):
    """Bring every channel to mean 0 and standard deviation 1, as measured on the training data.

    x_train: (N, C, H, W); x_test: (M, C, H, W).

        mean[c], std[c]: over all images and pixels of channel c in x_train
        x[n, c] ← (x[n, c] − mean[c]) / std[c]     for both parts, with the same numbers

    The standard deviation divides by the number of values, as ``np.std`` does.
    Result: (x_train, x_test), normalized.

    >>> pictures = np.array([1.0, 3.0]).reshape(2, 1, 1, 1)
    >>> train, test = normalize_splits(pictures, np.ones((1, 1, 1, 1)))
    >>> train.ravel(), test.ravel()
    (array([-1.,  1.]), array([-1.]))
    """
    mean = x_train.mean(axis=(0, 2, 3), keepdims=True)
    std = x_train.std(axis=(0, 2, 3), keepdims=True)
    return (x_train - mean) / std, (x_test - mean) / std
