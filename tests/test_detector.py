"""The detector: references, worked numbers, PyTorch, the face in the photo, figures, explorer."""

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import data, detecting, nn
from coursekit.exercises import detector_training
from coursekit.explorers import detector as explorer
from coursekit.plots import detector as plots
from coursekit.reference import (
    binary,
    convolution_backward,
    detection,
    face_training,
    similarity,
)
from coursekit.reference.dense import dense_forward
from coursekit.reference.gradient_checks import gradient_check

matplotlib.use("Agg")

BOX = st.tuples(*[st.integers(0, 30)] * 2, *[st.integers(1, 20)] * 2).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@pytest.fixture(scope="module")
def crops():
    return detecting.split_crops()


@pytest.fixture(scope="module")
def trained(crops):
    return detecting.train_detector(*crops[:2])


# ---------------------------------------------------------------- boxes


@given(BOX, BOX)
@settings(max_examples=150, deadline=None)
def test_iou_equals_counted_pixels(a, b):
    first, second = np.zeros((2, 51, 51), bool)
    first[a[0] : a[2], a[1] : a[3]] = True
    second[b[0] : b[2], b[1] : b[3]] = True
    counted = (first & second).sum() / (first | second).sum()
    assert detection.intersection_over_union(a, b) == pytest.approx(counted)
    assert detection.intersection_over_union(b, a) == detection.intersection_over_union(a, b)


@given(st.lists(BOX, min_size=1, max_size=12), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_suppression_keeps_the_best_and_nothing_that_overlaps(boxes, overlap):
    boxes = np.array(boxes, float)
    scores = np.random.default_rng(0).permutation(len(boxes)).astype(float)
    kept = detection.non_maximum_suppression(boxes, scores, overlap)
    assert kept[0] == scores.argmax()
    assert list(scores[kept]) == sorted(scores[kept], reverse=True)
    iou = detection.intersection_over_union
    for n in range(len(boxes)):
        pushed = any(scores[k] > scores[n] and iou(boxes[n], boxes[k]) > overlap for k in kept)
        assert (n in kept) != pushed


def test_worked_boxes():
    scores = np.full((5, 8), -1.0)
    scores[3, 5] = 2.0
    boxes, kept = detection.boxes_from_scores(scores, 0.0, 4, 25, 0.5)
    assert boxes.tolist() == [[24, 40, 74, 90]]
    assert kept.tolist() == [2.0]
    assert detection.intersection_over_union((0, 0, 2, 4), (0, 2, 2, 6)) == pytest.approx(1 / 3)
    moved = detection.intersection_over_union((66, 165, 176, 275), (96, 195, 206, 305))
    assert moved == pytest.approx(0.36, abs=0.005)
    empty = detection.boxes_from_scores(scores, 9.0, 4, 25, 0.5)
    assert empty[0].shape == (0, 4)
    assert detection.non_maximum_suppression(*empty, 0.3) == []


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 12), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_resizing_keeps_the_mean_and_whole_steps_are_block_means(h, w, new_h, new_w):
    image = np.random.default_rng(h * w).normal(size=(h, w))
    assert detection.resize_image(image, new_h, new_w).mean() == pytest.approx(image.mean())
    larger = np.kron(image, np.ones((3, 2)))
    np.testing.assert_allclose(detection.resize_image(larger, h, w), image, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: detection.intersection_over_union((5, 0, 2, 4), (0, 0, 1, 1)), "empty"),
        (lambda: detection.intersection_over_union((0, 0, 2), (0, 0, 1, 1)), "four numbers"),
        (lambda: detection.non_maximum_suppression(np.ones((2, 4)), np.ones(3), 0.5), "2 boxes"),
        (lambda: detection.boxes_from_scores(np.ones((2, 2)), 0, 0, 25, 1), "stride"),
        (lambda: binary.binary_cross_entropy(np.ones(2), np.array([0, 1])), "−1"),
        (lambda: binary.precision_recall(np.ones(4)), "2, 2"),
        (lambda: binary.split_groups(np.arange(4), 1.5, None), "test_fraction"),
        (lambda: similarity.cosine_similarity(np.ones(3), np.ones((2, 3))), "vectors"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# ---------------------------------------------------------------- loss, counts, groups


def test_binary_cross_entropy_and_its_gradient():
    assert binary.binary_cross_entropy(np.array([2.0]), np.array([1])) == pytest.approx(
        0.1269, abs=1e-4
    )
    assert binary.binary_cross_entropy(np.array([2.0]), np.array([-1])) == pytest.approx(
        2.1269, abs=1e-4
    )
    logits, y = np.random.default_rng(0).normal(size=9), np.tile([1, -1, -1], 3)
    error = gradient_check(
        lambda z: np.array(binary.binary_cross_entropy(z, y)),
        lambda dout, z: dout * binary.binary_cross_entropy_gradient(z, y),
        [logits],
    )
    assert error < 1e-8
    huge = np.array([1000.0, -1000.0])
    assert binary.binary_cross_entropy(huge, np.array([-1, 1])) == pytest.approx(1000)
    assert np.isfinite(binary.binary_cross_entropy_gradient(huge, np.array([-1, 1]))).all()


def test_binary_cross_entropy_equals_torch():
    torch = pytest.importorskip("torch")
    logits, y = 3 * np.random.default_rng(1).normal(size=20), np.tile([1, -1], 10)
    z = torch.tensor(logits, requires_grad=True)
    t = torch.tensor((y + 1) / 2)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, t)
    loss.backward()
    assert binary.binary_cross_entropy(logits, y) == pytest.approx(loss.item())
    np.testing.assert_allclose(binary.binary_cross_entropy_gradient(logits, y), z.grad, atol=1e-12)


def test_accuracy_flatters_where_faces_are_rare():
    y = np.repeat([1, -1], [5, 95])
    counts = binary.confusion_matrix(np.full(100, -3.0), y)
    assert counts.tolist() == [[0, 5], [0, 95]]
    assert np.trace(counts) / 100 == 0.95
    assert binary.precision_recall(counts) == (1.0, 0.0)
    assert binary.precision_recall(np.array([[3, 2], [7, 88]])) == (0.3, 0.6)


def test_no_group_is_on_both_sides_and_like_backgrounds_are_one_group(crops):
    faces, backgrounds, test_faces, test_backgrounds = crops
    assert len(faces) + len(backgrounds) + len(test_faces) + len(test_backgrounds) == 200
    for one, other in ((faces, test_faces), (backgrounds, test_backgrounds)):
        a, b = one.reshape(len(one), -1), other.reshape(len(other), -1)
        assert np.abs(a[:, None] - b).mean(axis=2).min() > 0.0
    a, b = (each.reshape(len(each), -1) for each in (backgrounds, test_backgrounds))
    assert np.abs(a[:, None] - b).mean(axis=2).min() >= 0.04


# ---------------------------------------------------------------- sliding


def test_score_map_equals_the_classifier_on_every_crop():
    rng = np.random.default_rng(0)
    crop, stride, image = (9, 12), 2, rng.normal(size=(15, 22))
    w1, b1 = rng.normal(size=(3, 1, 3, 4)), rng.normal(size=3)
    w2, b2 = rng.normal(size=(3 * 4 * 5, 1)), rng.normal(size=1)
    found = face_training.score_map(image, crop, w1, b1, w2, b2, stride)
    assert found.shape == (4, 6)
    for r, c in np.ndindex(found.shape):
        window = image[r * stride :, c * stride :][: crop[0], : crop[1]][None, None]
        maps = np.tanh(face_training.conv2d_forward(window, w1, b1, stride=stride))
        assert found[r, c] == pytest.approx(dense_forward(maps.reshape(1, -1), w2, b2)[0, 0])


def test_fully_convolutional_scores_equal_those_of_crops():
    rng = np.random.default_rng(1)
    model = detecting.network(3)
    for value in model.parameters.values():
        value += 0.05 * rng.normal(size=value.shape)
    image = rng.normal(size=(58, 71))  # rows and columns are left over
    found = detecting.score_windows(model, image)
    assert found.shape == ((58 - 25) // 4 + 1, (71 - 25) // 4 + 1)
    windows = [image[4 * r : 4 * r + 25, 4 * c : 4 * c + 25] for r, c in np.ndindex(found.shape)]
    scores = nn.predict(model, np.array(windows)[:, None]).reshape(found.shape)
    assert np.abs(scores - found).max() < 1e-5 * np.abs(scores).max()


def test_mirrored_windows_meet_their_mirrors():
    model, photo = detecting.network(1), np.random.default_rng(2).normal(size=(60, 83))
    for (scale, one), (_, other) in zip(
        detecting.score_photo(model, photo[:, :81], 25),
        detecting.score_photo(model, photo[:, :81][:, ::-1], 25),
        strict=True,
    ):
        if scale == 1:  # 81 − 25 is a multiple of 4: no column is dropped
            np.testing.assert_allclose(one, other[:, ::-1], atol=1e-4)


# ---------------------------------------------------------------- learning


def test_the_small_classifier_holds_for_unseen_crops(crops):
    faces, backgrounds, test_faces, test_backgrounds = crops
    x = np.concatenate([faces, backgrounds])[:, None]
    weights = face_training.train_face_classifier(
        x, np.repeat([1, -1], [len(faces), len(backgrounds)])
    )
    for unseen, target in ((test_faces, 1), (test_backgrounds, -1)):
        signs = [
            np.sign(face_training.score_map(crop, (25, 25), *weights, 3)[0, 0]) for crop in unseen
        ]
        assert np.mean(np.array(signs) == target) >= 0.85


def test_the_small_classifier_asks_for_no_gradient_of_the_crops(monkeypatch):
    """It was the larger half of the work, and nothing lies before the first layer."""

    def refuse(*_, **__):
        raise AssertionError("dx of the first layer is computed and thrown away")

    monkeypatch.setattr(convolution_backward, "conv2d_input_gradient", refuse)
    each = detector_training.train_face_classifier.cases(0)[0]
    assert len(face_training.train_face_classifier(*each.inputs)) == 4


def test_the_check_of_the_classifier_draws_few_crops_of_every_kind():
    for seed in range(3):
        for each in detector_training.train_face_classifier.cases(seed):
            assert len(each.inputs[0]) == len(each.inputs[1]) == 60
    crops = np.zeros((6, 1, 2, 2))
    crops[3] += 5.0
    crops[5] -= 9.0
    chosen = detector_training._of_every_kind(crops, np.arange(6), 3)
    assert set(chosen) >= {3, 5}, "the two that are unlike all others"


def test_mining_takes_no_more_than_asked_and_counts_all():
    crops, met = detecting.mine(detecting.network(1), 7, np.random.default_rng(0), threshold=-9.0)
    assert crops.shape == (7, 25, 25)
    assert met > 7


def test_the_detector_finds_the_face_in_photos_that_it_has_not_seen(trained, crops):
    model, met = trained
    assert met[-1] < met[0] / 3
    for unseen, target in zip(crops[2:], (1, -1), strict=True):
        assert np.mean(np.sign(nn.predict(model, unseen[:, None])[:, 0]) == target) >= 0.8
    for name, truth in detecting.TRUE_FACES.items():
        maps = detecting.score_photo(model, detecting.gray(data.photo(name)), 64)
        parts = [detection.boxes_from_scores(scores, 0.0, 4, 25, scale) for scale, scores in maps]
        boxes, scores = (np.concatenate(part) for part in zip(*parts, strict=True))
        kept = detection.non_maximum_suppression(boxes, scores, 0.3)
        overlap = [detection.intersection_over_union(boxes[k], truth) for k in kept]
        above = scores[kept] > scores[kept[0]] / 2
        assert max(np.array(overlap)[above]) >= 0.4, name
        assert sum(np.array(overlap)[above] < 0.4) <= 2, name
        if name == "astronaut":
            assert overlap[0] >= 0.4, "the best box is the face"


def test_nothing_is_learned_from_the_photos_of_the_test():
    assert not set(detecting.LEARNED_FROM) & set(detecting.TRUE_FACES)


def test_embedding_reference():
    a = np.array([[3.0, 4.0]])
    b = np.array([[6.0, 8.0], [-4.0, 3.0], [-3.0, -4.0]])
    np.testing.assert_allclose(similarity.cosine_similarity(a, b), [[1, 0, -1]], atol=1e-12)
    assert similarity.nearest_face(a, b).tolist() == [0]
    rng = np.random.default_rng(0)
    lengths = rng.uniform(0.1, 9, (6, 1))
    query, gallery = rng.normal(size=(8, 5)), rng.normal(size=(6, 5))
    np.testing.assert_array_equal(
        similarity.nearest_face(query, gallery), similarity.nearest_face(query, lengths * gallery)
    )


# ---------------------------------------------------------------- figures and explorer


def test_figures_say_what_they_show():
    rng = np.random.default_rng(0)
    panels = plots.rows({"faces": rng.normal(size=(3, 5, 5)), "none": rng.normal(size=(2, 5, 5))})
    assert panels.shape == (2, 3)
    assert panels[0, 0].texts[0].get_text() == "faces"
    axes = plots.confusion(np.array([[3, 1], [2, 9]]), "counts")
    assert axes.get_xlabel() == "the answer"
    assert [t.get_text() for t in axes.texts] == ["3\nright", "1\nwrong", "2\nwrong", "9\nright"]
    axes = plots.score_histogram(rng.normal(2, 1, 9), rng.normal(-2, 1, 9), "scores")
    assert axes.get_xlabel() == "logit"
    panels = plots.heat_maps([(0.5, rng.normal(size=(4, 5))), (0.25, rng.normal(size=(2, 3)))])
    assert [p.get_xlabel() for p in panels] == ["windows of 50 pixels", "windows of 100 pixels"]
    photo = data.photo("coffee")
    axes = plots.photo_with_boxes(photo, [(1, 2, 30, 40)], [3.25], truth=(0, 0, 9, 9), title="t")
    assert len(axes.patches) == 2
    assert axes.texts[0].get_text() == "3.2"
    drawn = plots.photos_with_boxes([("one", photo, [], [], [], None)] * 2, "two")
    assert [a.get_title() for a in drawn] == ["one", "one"]
    axes = plots.photo_with_boxes(
        photo, [(1, 2, 30, 40), (50, 60, 80, 90)], [3.25, 2.0], hits=[True, False]
    )
    right, false = (patch.get_edgecolor() for patch in axes.patches)
    assert right != false, "a false box has a colour of its own"
    axes = plots.photo_with_boxes(photo, [(1, 2, 30, 40)] * 40, np.ones(40))
    assert not axes.texts, "forty scores would hide the photo"
    axes = plots.lines(range(1, 6), {"p": [1, 0, 1, 0, 1]}, xlabel="x", ylabel="y", title="t")
    assert all(tick == int(tick) for tick in axes.get_xticks()), "no half rounds"
    axes = plots.lines([0, 1], {"p": [1, 0]}, xlabel="x", ylabel="y", title="t", log=True)
    assert axes.get_yscale() == "symlog"


def test_no_title_is_wider_than_its_figure():
    title = "A title of many words that would be cut off at both ends of a figure of this width"
    photo = data.photo("coffee")
    for axes in (
        plots.lines([0, 1], {"p": [1, 0]}, xlabel="x", ylabel="y", title=title),
        plots.rows({"one": np.zeros((4, 5, 5))}, title)[0, 0],
        plots.photos_with_boxes([("one", photo, [], [], [], None)], title)[0],
    ):
        made = axes.figure
        made.canvas.draw()
        words = made._suptitle.get_window_extent()
        assert words.x0 >= 0
        assert words.x1 <= made.bbox.width
    matplotlib.pyplot.close("all")


def test_the_explorer_counts_as_the_reference_does():
    maps = [(0.5, np.full((6, 8), -3.0)), (0.25, np.full((3, 4), -3.0))]
    maps[0][1][2, 3], maps[0][1][2, 4], maps[1][1][0, 0] = 2.0, 1.5, 1.0
    truth = (16.0, 24.0, 66.0, 74.0)
    shown = explorer.explore(data.photo("coffee"), maps, [truth])
    assert shown.boxes[0] == list(truth)
    assert shown.counts() == (1, 1, 0)
    shown.threshold = 1.2
    assert shown.counts() == (1, 0, 0)
    shown.overlap = 1.0
    assert len(shown.found()) == 2
    assert shown.counts() == (1, 1, 0), "a second box on the same face is false"
    shown.threshold = 2.0
    assert shown.counts() == (0, 0, 1)
    shown.threshold, shown.overlap = 0.5, 0.3
    assert len({patch.get_edgecolor() for patch in shown.still().axes[0].patches}) == 3
    axes = shown.still().axes[0]
    assert "true face" in axes.get_title()
    height, width = data.photo("coffee").shape[:2]
    assert axes.images[0].get_array().shape[:2] == (height, width), "the axes count its pixels"
    matplotlib.pyplot.close("all")
