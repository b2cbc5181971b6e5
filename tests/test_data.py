"""The data sets: what they promise, and that nobody can spoil them."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from coursekit import data

FOLDER = Path(data.__file__).parent
FILES = FOLDER / "files"
LOADERS = (data.fashion_mnist, data.digits, data.faces, data.sentences)
SPLIT = (data.fashion_mnist, data.digits, data.sentences)


def array_fields(record):
    return [name for name in record._fields if isinstance(getattr(record, name), np.ndarray)]


def rows(x):
    return {row.tobytes() for row in x}


@pytest.mark.parametrize(
    ("load", "shape", "n_train", "n_test", "top"),
    [(data.fashion_mnist, (28, 28), 5000, 1000, 255), (data.digits, (8, 8), 1437, 360, 16)],
)
def test_pictures_have_the_promised_shapes_types_and_values(load, shape, n_train, n_test, top):
    pictures = load()
    for x, y, n in (
        (pictures.x_train, pictures.y_train, n_train),
        (pictures.x_test, pictures.y_test, n_test),
    ):
        assert x.shape == (n, *shape)
        assert x.dtype == np.uint8
        assert (x.min(), x.max()) == (0, top)
        assert y.shape == (n,)
        assert y.dtype == np.int64
        assert set(y) == set(range(10)) == set(range(len(pictures.class_names)))


def test_fashion_mnist_is_balanced():
    clothes = data.fashion_mnist()
    assert set(Counter(clothes.y_train).values()) == {500}
    assert set(Counter(clothes.y_test).values()) == {100}


def test_digits_test_part_is_balanced_and_training_part_nearly_so():
    scans = data.digits()
    assert set(Counter(scans.y_test).values()) == {36}
    counts = Counter(scans.y_train).values()
    assert (min(counts), max(counts)) == (138, 147)


@pytest.mark.parametrize("load", SPLIT)
def test_no_sample_is_in_both_parts(load):
    parts = load()
    assert not rows(parts.x_train) & rows(parts.x_test)


@pytest.mark.parametrize("load", [data.fashion_mnist, data.digits])
def test_labels_belong_to_their_pictures(load):
    """The nearest mean picture names the class far more often than chance (0.1) would."""
    parts = load()
    x_train, x_test = (x.reshape(len(x), -1) / 16 for x in (parts.x_train, parts.x_test))
    means = np.array([x_train[parts.y_train == label].mean(axis=0) for label in range(10)])
    distances = ((x_test[:, None] - means) ** 2).sum(axis=-1)
    assert (distances.argmin(axis=1) == parts.y_test).mean() > 0.65


@pytest.mark.parametrize("load", [data.fashion_mnist, data.digits])
def test_classes_are_mixed(load):
    assert len(set(load().y_train[:100])) == 10


def test_faces_come_first_then_backgrounds():
    crops = data.faces()
    assert crops.x.shape == (200, 25, 25)
    assert crops.x.dtype == np.uint8
    assert crops.y.dtype == np.int64
    assert (crops.y[:100] == 1).all()
    assert (crops.y[100:] == -1).all()
    assert len(rows(crops.x)) == 200
    # Faces have detail, most of the backgrounds are smooth.
    detail = np.abs(np.diff(crops.x.astype(float), axis=2)).mean(axis=(1, 2))
    assert np.median(detail[:100]) > 2 * np.median(detail[100:])


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("astronaut", (512, 512, 3)),
        ("chelsea", (300, 451, 3)),
        ("coffee", (200, 300, 3)),
        ("grace_hopper", (300, 256, 3)),
    ],
)
def test_photos_are_color_pictures_in_bytes(name, shape):
    image = data.photo(name)
    assert image.shape == shape
    assert image.dtype == np.uint8
    assert image.max() - image.min() > 200
    assert not np.array_equal(image[..., 0], image[..., 2])
    assert name in data.PHOTOS


def test_photo_channels_are_red_green_blue():
    """The space suit is orange: much red, some green, little blue."""
    red, green, blue = data.photo("astronaut")[350:450, 50:120].reshape(-1, 3).mean(axis=0)
    assert red > green + 40
    assert green > blue


@pytest.mark.parametrize("name", ["lena", "", "Astronaut", "../files/coffee", None, 3, ["coffee"]])
def test_unknown_photo_is_refused_and_the_known_ones_named(name):
    with pytest.raises(ValueError, match="no photo is named") as caught:
        data.photo(name)
    assert all(known in str(caught.value) for known in data.PHOTOS)


@pytest.mark.parametrize("load", [*LOADERS, lambda: (data.photo("coffee"),)])
def test_changing_what_a_loader_returned_leaves_the_next_call_alone(load):
    def arrays():
        return [value for value in load() if isinstance(value, np.ndarray)]

    before = [array.copy() for array in arrays()]
    for array in arrays():
        array[...] = 7
    for kept, again in zip(before, arrays(), strict=True):
        np.testing.assert_array_equal(again, kept)
        assert not (again == 7).all()


@pytest.mark.parametrize("load", LOADERS)
def test_a_data_set_shows_shapes_not_numbers(load):
    record = load()
    lines = repr(record).splitlines()
    assert len(lines) == 1 + len(record._fields)
    for name in array_fields(record):
        assert any(name in line and str(getattr(record, name).shape) in line for line in lines)


def test_sentences_are_balanced_numbered_and_padded_at_the_end():
    mood = data.sentences()
    assert (len(mood.text_train), len(mood.text_test)) == (360, 120)
    assert mood.vocabulary[0] == "<pad>"
    assert len(set(mood.vocabulary)) == len(mood.vocabulary)
    assert mood.class_names == ("negative", "positive")
    for x, y, text in (
        (mood.x_train, mood.y_train, mood.text_train),
        (mood.x_test, mood.y_test, mood.text_test),
    ):
        assert len(set(text)) == len(text)
        assert y.mean() == 0.5
        assert x.dtype == y.dtype == np.int64
        assert x.shape == (len(text), max(map(len, map(str.split, mood.text_train))))
        for ids, sentence in zip(x, text, strict=True):
            words = sentence.split()
            assert [mood.vocabulary[i] for i in ids[: len(words)]] == words
            assert (ids[len(words) :] == 0).all()
            np.testing.assert_array_equal(mood.encode(sentence), ids)
            assert mood.decode(ids) == sentence


def test_moods_follow_from_negation():
    """Read each judgement by hand, in another way than the templates write it."""
    good = {"good", "lovely", "clever", "funny", "charming"}
    bad = {"bad", "dull", "boring", "silly", "clumsy"}
    mood = data.sentences()
    texts, labels = mood.text_train + mood.text_test, [*mood.y_train, *mood.y_test]
    for text, label in zip(texts, labels, strict=True):
        clauses = [clause for clause in text.split(" and ") if (good | bad) & set(clause.split())]
        assert len(clauses) == 1
        words = set(clauses[0].split())
        negated = bool(words & {"not", "never"})
        assert label == (bool(words & good) != negated)


def test_any_single_word_stands_in_as_many_positive_as_negative_sentences():
    mood = data.sentences()
    for word in mood.vocabulary[1:]:
        labels = [
            label
            for text, label in zip(mood.text_train, mood.y_train, strict=True)
            if word in text.split()
        ]
        assert np.mean(labels) == 0.5, word


@pytest.mark.parametrize(
    ("width", "low", "high"),
    [(1, 0.35, 0.65), (2, 0.55, 0.8), (3, 0.97, 1.0)],
)
def test_three_words_in_a_row_tell_the_mood_and_single_words_do_not(width, low, high):
    """Ridge regression on counts of n words in a row, fitted to one part, tried on the other."""
    mood = data.sentences()

    def windows(text):
        words = text.split()
        return [tuple(words[i : i + width]) for i in range(len(words) - width + 1)]

    known = sorted({window for text in mood.text_train for window in windows(text)})

    def counts(texts):
        bags = [Counter(windows(text)) for text in texts]
        return np.array([[bag[window] for window in known] + [1] for bag in bags], float)

    a, target = counts(mood.text_train), 2.0 * mood.y_train - 1
    weights = np.linalg.solve(a.T @ a + 0.1 * np.eye(a.shape[1]), a.T @ target)
    accuracy = ((counts(mood.text_test) @ weights > 0) == mood.y_test).mean()
    assert low <= accuracy <= high


def test_encode_refuses_unknown_words_and_too_many():
    mood = data.sentences()
    with pytest.raises(ValueError, match="'wonderful'") as caught:
        mood.encode("the film was wonderful")
    assert "charming" in str(caught.value)
    with pytest.raises(ValueError, match="at most"):
        mood.encode("the film was good and " * 5)


def test_encode_takes_capitals():
    mood = data.sentences()
    assert mood.decode(mood.encode("The film was NOT good")) == "the film was not good"


def test_import_reads_no_file_and_pulls_in_no_picture_library():
    program = """
import builtins, io, sys
import numpy
opened = []
real = io.open
def watch(path, *args, **kwargs):
    opened.append(str(path))
    return real(path, *args, **kwargs)
builtins.open = io.open = watch
import coursekit.data
assert not [path for path in opened if path.endswith((".npz", ".png"))], opened
heavy = {"PIL", "matplotlib", "skimage", "sklearn", "torch"} & set(sys.modules)
assert not heavy, heavy
coursekit.data.digits(), coursekit.data.sentences()
assert [path for path in opened if path.endswith("digits.npz")], "the watch sees nothing"
coursekit.data.photo("coffee")
assert not {"matplotlib", "skimage", "sklearn"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_files_are_small_and_each_has_its_licence():
    files = [path for path in FILES.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 4_500_000
    overview = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    licences = {path.name: path for path in files if path.name.endswith(".LICENSE.txt")}
    for path in files:
        if path.suffix in (".npz", ".png"):
            assert f"`{path.name}`" in overview
            own = "photos" if path.suffix == ".png" else path.stem
            licence = licences[f"{own}.LICENSE.txt"].read_text(encoding="utf-8")
            assert path.name in licence
    assert all(f"files/{name}" in overview for name in licences)
