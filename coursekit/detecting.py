"""What a face detector learns from and looks at: faces in many poses, backgrounds, photos in sizes.

Grey images are floats from −0.5 (black) to 0.5 (white).  Boxes are (y0, x0, y1, x1) in pixels of
the photo; y1 and x1 are exclusive.  A crop is 25×25 pixels, as in ``data.faces()``.
"""

from __future__ import annotations

import numpy as np

from coursekit import data, nn
from coursekit.nn.losses import Loss
from coursekit.reference.binary import binary_cross_entropy, binary_cross_entropy_gradient
from coursekit.reference.detection import resize_image

CROP = 25
STRIDE = 4  # of the whole network: two poolings of 2
EYE = (0.299, 0.587, 0.114)  # how bright an eye sees red, green, blue (ITU-R BT.601)
AGREES = 0.4  # intersection over union from which on a box has found a face
LEARNED_FROM = ("chelsea", "coffee")  # none of the photos that the detector is tried on

# Marked by hand, cut as in ``data.faces()``: from the middle of the forehead to the chin.
TRUE_FACES = {"astronaut": (66, 165, 176, 275), "grace_hopper": (60, 75, 165, 180)}


def gray(pictures, weights=EYE):
    """Return ``uint8`` pictures as grey floats: (…, H, W), or one in colour, (H, W, 3)."""
    if pictures.ndim == 3 and pictures.shape[-1] == 3:
        pictures = pictures @ np.array(weights)
    return pictures / 255 - 0.5


def pyramid(image, smallest, factor=1.15):
    """Return [(scale, smaller image), …]: the photo in ever smaller sizes.

    In the first one, a face of ``smallest`` pixels is as large as a crop; then each one is smaller
    by ``factor``, down to the size of a crop.
    """
    scales, scale = [], CROP / smallest
    while round(min(image.shape) * scale) >= CROP:
        scales.append(scale)
        scale /= factor
    sizes = [tuple(round(n * scale) for n in image.shape) for scale in scales]
    return [(s, resize_image(image, *size)) for s, size in zip(scales, sizes, strict=True)]


# ------------------------------------------------------------------------------ to learn from


def in_many_poses(faces, copies, rng):
    """Return copies of faces (N, 25, 25), each moved, turned, zoomed a little; half are mirrored.

    Moves go up to 2 pixels, half of ``STRIDE``; zooms up to 10 %; turns up to 7°.  A window that
    slides over a photo meets a face no more exactly than that.  Copy c of face n is c·N + n.
    """
    n = copies * len(faces)
    turn, zoom = rng.uniform(-0.12, 0.12, n), rng.uniform(0.9, 1.1, n)
    middle = (CROP - 1) / 2
    down, right = rng.uniform(-2, 2, (2, n)) + middle
    mirror = rng.choice([-1, 1], n)
    rows, columns = np.mgrid[:CROP, :CROP] - middle

    def per_image(values):
        return values[:, None, None]

    cos, sin = per_image(np.cos(turn) / zoom), per_image(np.sin(turn) / zoom)
    across = columns * per_image(mirror)
    y = np.clip(per_image(down) + cos * rows - sin * across, 0, CROP - 1.001)
    x = np.clip(per_image(right) + sin * rows + cos * across, 0, CROP - 1.001)
    top, left = y.astype(int), x.astype(int)
    u, v = y - top, x - left  # between four pixels: their mean, weighted by nearness
    image = np.tile(np.arange(len(faces)), copies)[:, None, None]
    upper = (1 - v) * faces[image, top, left] + v * faces[image, top, left + 1]
    lower = (1 - v) * faces[image, top + 1, left] + v * faces[image, top + 1, left + 1]
    return (1 - u) * upper + u * lower


def cut_backgrounds(count, rng):
    """Return crops (count, 25, 25) from random places and sizes of photos without a face."""
    levels = [each for name in LEARNED_FROM for each in pyramid(gray(data.photo(name)), CROP)]
    crops = []
    for number in rng.integers(len(levels), size=count):
        image = levels[number][1]
        y, x = (rng.integers(n - CROP + 1) for n in image.shape)
        crops.append(image[y : y + CROP, x : x + CROP])
    return np.array(crops)


def not_quite_faces(faces, count, rng):
    """Return (count, 25, 25): faces on their head or on a side, and pieces of faces, enlarged.

    A detector that has not seen such crops takes a cheek, or one eye, for a face.
    """
    crops = []
    for number, kind in zip(*rng.integers([len(faces), 6], size=(count, 2)).T, strict=True):
        face = faces[number]
        if kind < 3:
            crops.append(np.rot90(face, 1 + kind))
        else:
            y, x = rng.integers(CROP - 12, size=2)
            crops.append(resize_image(face[y : y + 12, x : x + 12], CROP, CROP))
    return np.array(crops)


def clothes(count):
    """Return (count, 25, 25): pictures of clothes, which are no faces either."""
    pictures = gray(data.fashion_mnist().x_train[:count])
    return np.array([resize_image(each, CROP, CROP) for each in pictures])


def change_light(x, y, rng):
    """Give each crop (N, 1, 25, 25) of a batch another contrast and brightness, and some noise."""
    per_crop = (len(x), 1, 1, 1)
    mean = x.mean(axis=(1, 2, 3), keepdims=True)
    contrast = np.exp(rng.uniform(-0.5, 0.5, per_crop)).astype(x.dtype)
    level = mean + rng.uniform(-0.25, 0.25, per_crop).astype(x.dtype)
    noise = rng.standard_normal(x.shape, np.float32)
    return (x - mean) * contrast + level + x.dtype.type(0.02) * noise, y


class LossOf(Loss):
    """A loss made of two functions of (logits (N,), y (N,)): its value and its gradient.

    Outputs of any shape count as so many single answers: one a crop, or one a pixel.
    """

    def __init__(self, value, gradient):
        super().__init__()
        self.value, self.gradient = value, gradient

    def _value_and_gradient(self, outputs, targets):
        logits, y = outputs.ravel().astype(float), targets.ravel()
        gradient = self.gradient(logits, y).reshape(outputs.shape)
        return float(self.value(logits, y)), gradient.astype(outputs.dtype)

    correct = staticmethod(nn.MSE.correct)


# ---------------------------------------------------------------------------------- the network


def network(seed=0):
    """Return the detector's network, made for crops: (N, 1, 25, 25) → (N, 1), one logit each.

    Two convolutions, each with ReLU and max pooling, and two dense layers.
    Source of the design: LeCun, Bottou, Bengio and Haffner, 1998.
    """
    return nn.Sequential(
        nn.Conv2d(1, 8, 6),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 4 * 4, 32),
        nn.ReLU(),
        nn.Linear(32, 1),
        seed=seed,
    )


def fully_convolutional(model):
    """Return ``network`` with its dense layers written as convolutions: it takes any size.

    The first layers of both are the same objects; the weights of the dense ones are copied.
    """
    hidden, last = model.layers[7].parameters, model.layers[9].parameters
    first, second = nn.Conv2d(16, 32, 4), nn.Conv2d(32, 1, 1)
    first.parameters["w"][...] = hidden["w"].T.reshape(32, 16, 4, 4)
    first.parameters["b"][...] = hidden["b"]
    second.parameters["w"][...] = last["w"].T.reshape(1, 32, 1, 1)
    second.parameters["b"][...] = last["b"]
    return nn.Sequential(*model.layers[:6], first, nn.ReLU(), second)


def score_windows(model, image):
    """Return the logit of every window of a grey image, (R, C).

    Entry [r, c] belongs to the crop with its top left corner at row 4r, column 4c.
    """
    wide = fully_convolutional(model)
    return wide.forward(np.ascontiguousarray(image, np.float32)[None, None])[0, 0]


def score_photo(model, image, smallest):
    """Return [(scale, map), …] of a grey photo, for windows from ``smallest`` pixels up.

    Each window is asked twice, as it is and mirrored, and the two logits are averaged.
    """
    maps = []
    for scale, small in pyramid(image, smallest):
        width = small.shape[1]
        small = small[:, : width - (width - CROP) % STRIDE]  # so that windows meet their mirrors
        both = score_windows(model, small), score_windows(model, small[:, ::-1])[:, ::-1]
        maps.append((scale, (both[0] + both[1]) / 2))
    return maps


# ------------------------------------------------------------------------------ hard negatives


def mine(model, count, rng, threshold=-1.0):
    """Look for backgrounds that the model takes for faces, or nearly.

    Every window of photos without a face is tried.  Each photo comes twice, made new: with other
    weights of its colours, light or dark turned round, mirrored, on its head or on a side.

    Returns (crops, met): at most ``count`` of them, (n, 25, 25), and how many there were.
    Source: Sung and Poggio, "Example-based learning for view-based human face detection", 1998.
    """
    found = []
    for name in (*LEARNED_FROM, *LEARNED_FROM):
        photo = gray(data.photo(name), rng.dirichlet([1, 1, 1])) * rng.choice([-1, 1])
        for _, image in pyramid(photo, CROP, 1.25):
            image = np.rot90(image, rng.integers(4))[:, :: rng.choice([-1, 1])]
            for y, x in STRIDE * np.argwhere(score_windows(model, image) > threshold):
                found.append(image[y : y + CROP, x : x + CROP])
    chosen = rng.permutation(len(found))[:count]
    crops = np.array([found[number] for number in chosen]).reshape(-1, CROP, CROP)
    return crops, len(found)


def train_detector(faces, backgrounds, *, rounds=6, seed=0, loss=None):
    """Train ``network`` on crops (N, 25, 25) and on the backgrounds that it gets wrong.

    Returns (model, met): how many hard backgrounds there were after each round but the last; at
    most 300 of them are learned from.
    """
    rng = np.random.default_rng(seed)
    loss = loss or LossOf(binary_cross_entropy, binary_cross_entropy_gradient)
    model, met = network(seed), []
    positive = in_many_poses(faces, 16, rng)
    negative = [
        backgrounds,
        cut_backgrounds(800, rng),
        not_quite_faces(faces, 200, rng),
        clothes(200),
    ]
    for number in range(rounds):
        last = number == rounds - 1
        against = np.concatenate(negative)
        nn.fit(
            model,
            np.concatenate([positive, against])[:, None],
            np.repeat([1, -1], [len(positive), len(against)]),
            loss=loss,
            optimizer=nn.Adam(0.001 if last else 0.003, weight_decay=1e-3, decoupled=True),
            epochs=6 if not number else 4 if last else 2,
            batch_size=64,
            augment=change_light,
            seed=number,
            progress=False,
        )
        if not last:
            crops, count = mine(model, 300, rng)
            negative.append(crops)
            met.append(count)
    return model, met


def split_crops(seed=0, test=25):
    """Return ``data.faces()`` as (faces, backgrounds, test faces, test backgrounds), grey floats.

    Backgrounds that are alike stay on one side: a copy of a training crop is no test.
    """
    crops, rng = gray(data.faces().x), np.random.default_rng(seed)
    faces, backgrounds = crops[:100], crops[100:]
    order, kinds = rng.permutation(100), alike(backgrounds)
    chosen = np.isin(kinds, rng.permutation(np.unique(kinds))[:test])
    return faces[order[test:]], backgrounds[~chosen], faces[order[:test]], backgrounds[chosen]


def alike(crops, distance=0.04):
    """Return a group number for each crop: crops that hardly differ share one.

    Two crops are alike if their pixels differ by less than ``distance`` (1 = from black to white)
    on average, or if a chain of such pairs links them.
    """
    flat = crops.reshape(len(crops), -1)
    near = np.abs(flat[:, None] - flat).mean(axis=2) < distance
    group = np.arange(len(crops))
    for _ in range(len(crops)):
        smallest = np.where(near, group, len(crops)).min(axis=1)
        if np.array_equal(smallest, group):
            break
        group = smallest
    return group
