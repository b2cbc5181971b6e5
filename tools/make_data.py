"""Rebuild the files in coursekit/data/files from the public data that they were cut from.

Needs what the course itself does not: scikit-image, scikit-learn, and the four Fashion-MNIST files
(Debian's package ``dataset-fashion-mnist``, or the project's own page).

    python tools/make_data.py            # write the files
    python tools/make_data.py --check    # compare what would be written with what is there
"""

import argparse
import gzip
import io
import sys
from pathlib import Path

import numpy as np
from matplotlib import cbook
from PIL import Image
from skimage import data as skimage_data
from sklearn.datasets import load_digits

FILES = Path(__file__).resolve().parents[1] / "coursekit" / "data" / "files"
FASHION = Path("/usr/share/datasets/fashion-mnist")
SEED = 0


def read_idx(path):
    """An array from a gzipped IDX file: two zeros, type, number of axes, lengths, bytes."""
    raw = gzip.decompress(path.read_bytes())
    if raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path} is not an IDX file of unsigned bytes")
    axes = raw[3]
    shape = np.frombuffer(raw, ">u4", axes, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)


def draw_balanced(labels, per_class, rng):
    """Positions of `per_class` samples of every class, in random order."""
    drawn = [
        rng.choice(np.flatnonzero(labels == label), per_class, replace=False)
        for label in np.unique(labels)
    ]
    return rng.permutation(np.concatenate(drawn))


def fashion_mnist(source):
    """500 of 6,000 training images of each class, and 100 of 1,000 test images."""
    rng = np.random.default_rng(SEED)
    arrays = {}
    for part, prefix, per_class in [("train", "train", 500), ("test", "t10k", 100)]:
        images = read_idx(source / f"{prefix}-images-idx3-ubyte.gz")
        labels = read_idx(source / f"{prefix}-labels-idx1-ubyte.gz")
        chosen = draw_balanced(labels, per_class, rng)
        arrays[f"x_{part}"], arrays[f"y_{part}"] = images[chosen], labels[chosen]
    return arrays


def digits():
    """All 1,797 scans: 36 of each digit for testing, the other 1,437 for training."""
    scans = load_digits()
    images, labels = scans.images.astype(np.uint8), scans.target.astype(np.uint8)
    rng = np.random.default_rng(SEED)
    test = draw_balanced(labels, 36, rng)
    train = rng.permutation(np.setdiff1d(np.arange(len(labels)), test))
    return {
        "x_train": images[train],
        "y_train": labels[train],
        "x_test": images[test],
        "y_test": labels[test],
    }


def faces():
    """The 200 crops in their order, float in [0, 1] rounded to 8 bits."""
    crops = skimage_data.lfw_subset()
    labels = np.repeat(np.array([1, -1], np.int8), 100)
    return {"x": np.rint(255 * crops).astype(np.uint8), "y": labels}


def halve(image):
    """Half the height and width: the mean of each 2×2 block. An odd last row or column goes."""
    height, width = image.shape[0] // 2, image.shape[1] // 2
    blocks = image[: 2 * height, : 2 * width].reshape(height, 2, width, 2, -1)
    return np.rint(blocks.mean(axis=(1, 3))).astype(np.uint8)


def photos():
    with Image.open(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)) as image:
        hopper = np.asarray(image.convert("RGB"))
    return {
        "astronaut": skimage_data.astronaut(),
        "chelsea": skimage_data.chelsea(),
        "coffee": halve(skimage_data.coffee()),
        "grace_hopper": halve(hopper),
    }


def as_npz(arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def as_png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def contents(name, raw):
    """The arrays in a file: two libraries may pack the same pixels into different bytes."""
    if name.endswith(".npz"):
        with np.load(io.BytesIO(raw)) as arrays:
            return dict(arrays)
    return {"image": np.asarray(Image.open(io.BytesIO(raw)))}


def same(a, b):
    return a.keys() == b.keys() and all(
        a[key].dtype == b[key].dtype and np.array_equal(a[key], b[key]) for key in a
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fashion", type=Path, default=FASHION, help="folder of the IDX files")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()

    files = {
        "fashion_mnist.npz": as_npz(fashion_mnist(options.fashion)),
        "digits.npz": as_npz(digits()),
        "faces.npz": as_npz(faces()),
        **{f"{name}.png": as_png(image) for name, image in photos().items()},
    }
    stale = []
    for name, raw in files.items():
        path = FILES / name
        if options.check:
            fits = path.exists() and same(contents(name, raw), contents(name, path.read_bytes()))
            stale += [] if fits else [name]
        else:
            path.write_bytes(raw)
        print(f"{name:20} {len(raw) / 1e6:6.3f} MB")
    if stale:
        sys.exit(f"not what this script makes: {', '.join(stale)}; run it without --check")


if __name__ == "__main__":
    main()
