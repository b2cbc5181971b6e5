"""A detector's last two knobs: from which score on a window counts, and how much boxes may overlap.

The scores are computed once, in Python.  Threshold, suppression and counts are done in the browser.
"""

from __future__ import annotations

import base64
import io
from functools import cache

import numpy as np
import traitlets

from coursekit import data, detecting, reference
from coursekit.detecting import AGREES
from coursekit.explorers.stage import Stage
from coursekit.plots.detector import photo_with_boxes

LEAST = -2.0  # windows below are not shown
MOST = 1200  # windows handed to the browser, the best ones
CELLS = 48  # of the heat map, along the longer side


class Detector(Stage):
    """A photo, the windows that a network found in it, and sliders for threshold and overlap."""

    title = traitlets.Unicode(
        "A low threshold finds every face and much besides; a high one misses faces"
    ).tag(sync=True)
    threshold = traitlets.Float(0.0).tag(sync=True)
    overlap = traitlets.Float(0.3, min=0.0, max=1.0).tag(sync=True)
    heat_shown = traitlets.Bool(True).tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)  # PNG, base64
    size = traitlets.List().tag(sync=True)  # H, W of the photo
    boxes = traitlets.List().tag(sync=True)  # (y0, x0, y1, x1), the best score first
    scores = traitlets.List().tag(sync=True)
    truth = traitlets.List().tag(sync=True)
    agrees = traitlets.Float(AGREES).tag(sync=True)
    heat = traitlets.List().tag(sync=True)
    lowest = traitlets.Float(-2.0).tag(sync=True)
    highest = traitlets.Float(5.0).tag(sync=True)

    def found(self):
        """Return the boxes kept at this threshold and overlap, the best first, (M, 4)."""
        scores = np.array(self.scores)
        boxes = np.array(self.boxes).reshape(-1, 4)[scores > self.threshold]
        scores = scores[scores > self.threshold]
        return boxes[reference.non_maximum_suppression(boxes, scores, self.overlap)]

    def hits(self, boxes):
        """Return which of the boxes found are right, (M,); a second box on a face is not.

        The best box chooses first: of the faces that no better box has, the one it covers best.
        """
        left, right = list(self.truth), []
        for box in boxes:
            ious = [reference.intersection_over_union(box, face) for face in left]
            right.append(bool(ious) and max(ious) >= self.agrees)
            if right[-1]:
                del left[int(np.argmax(ious))]
        return np.array(right, bool)

    def counts(self):
        """Return (faces found, false boxes, faces missed)."""
        hits = self.hits(self.found())
        right = int(hits.sum())
        return right, len(hits) - right, len(self.truth) - right

    def still(self):
        """Show the photo with the boxes of this threshold, and the true faces."""
        from PIL import Image

        small = Image.open(io.BytesIO(base64.b64decode(self.picture)))
        photo = np.asarray(small.resize(self.size[::-1]))  # so that the axes count its pixels
        boxes = self.found()
        axes = photo_with_boxes(photo, boxes, hits=self.hits(boxes))
        for face in self.truth:
            photo_with_boxes(photo, [], truth=face, axes=axes)
        axes.set_title(f"Threshold {self.threshold:g}: boxes, true face dashed", fontsize=10)
        return axes.figure

    script = r"""
function play(stage, model) {
  const get = (name) => model.get(name);
  stage.slider("threshold", "threshold", get("lowest"), get("highest"), 0.1);
  stage.slider("overlap", "overlap", 0, 0.9, 0.05);
  stage.toggle("heat_shown", "heat map");
  const image = new Image();
  image.onload = () => stage.redraw();
  image.src = "data:image/png;base64," + get("picture");

  const iou = (a, b) => {
    const h = Math.max(Math.min(a[2], b[2]) - Math.max(a[0], b[0]), 0);
    const w = Math.max(Math.min(a[3], b[3]) - Math.max(a[1], b[1]), 0);
    const area = (c) => (c[2] - c[0]) * (c[3] - c[1]);
    return h * w / (area(a) + area(b) - h * w);
  };
  const keep = (boxes) => {  // the best comes first
    const kept = [];
    for (const n of boxes.keys())
      if (kept.every((k) => iou(boxes[n], boxes[k]) <= get("overlap") + 1e-12)) kept.push(n);
    return kept;
  };
  const right = (boxes, kept) => {  // one box a face, the best chooses first
    const left = [...get("truth")], found = new Set();
    for (const n of kept) {
      const ious = left.map((face) => iou(boxes[n], face)), best = Math.max(...ious);
      if (best >= get("agrees")) { found.add(n); left.splice(ious.indexOf(best), 1); }
    }
    return found;
  };
  const top = 12, tall = 430;
  stage.draw = (pen) => {
    const ink = stage.colours, [height, width] = get("size"), scale = tall / height;
    const wide = width * scale, beside = wide + 40;
    stage.resize(860, tall + 2 * top);
    const threshold = get("threshold"), scores = get("scores");
    const above = scores.filter((s) => s > threshold).length;
    const boxes = get("boxes").slice(0, above), kept = keep(boxes);
    if (image.complete && image.naturalWidth) pen.drawImage(image, 0, top, wide, tall);
    if (get("heat_shown")) {
      const heat = get("heat"), span = Math.max(get("highest") - threshold, 1e-9);
      const ch = tall / heat.length, cw = wide / heat[0].length;
      heat.forEach((row, r) => row.forEach((value, q) => {
        if (value === null || value <= threshold) return;
        pen.fillStyle = `rgba(240, 228, 66, ${0.2 + 0.6 * Math.min(1, (value - threshold) / span)})`;
        pen.fillRect(q * cw, top + r * ch, cw + 0.5, ch + 0.5);
      }));
    }
    const frame = ([y0, x0, y1, x1], colour, dash, thick) => {
      pen.setLineDash(dash); pen.lineWidth = thick; pen.strokeStyle = colour;
      pen.strokeRect(x0 * scale, top + y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale);
      pen.setLineDash([]);
    };
    const truth = get("truth");
    for (const face of truth) { frame(face, "white", [], 4); frame(face, ink.green, [9, 5], 3); }
    const found = right(boxes, kept), good = found.size;
    for (const n of [...kept].reverse()) {  // the best on top
      const hit = found.has(n);
      frame(boxes[n], "white", [], 5);
      frame(boxes[n], hit ? ink.blue : ink.orange, [], 3);
      const x = boxes[n][1] * scale, y = top + boxes[n][0] * scale;
      pen.fillStyle = hit ? ink.blue : ink.orange;
      pen.fillRect(x, y, 34, 17);
      stage.text(signed(scores[n].toFixed(1)), x + 17, y + 9, {colour: "white", size: 12});
    }
    const share = (a, b) => b ? Math.round(100 * a / b) + " %" : "—";
    const lines = [
      [`${above} windows above the threshold`, ink.ink],
      [`${kept.length} boxes after suppression`, ink.ink],
      [`■ ${good} right: the best on a face`, ink.blue],
      [`■ ${kept.length - good} false: elsewhere, or a second one`, ink.orange],
      [`╌ ${good} of ${truth.length} true faces found`, ink.green],
      [`precision ${share(good, kept.length)}, recall ${share(good, truth.length)}`, ink.ink],
    ];
    lines.forEach(([words, colour], n) =>
      stage.text(words, beside, top + 16 + 24 * n, {align: "left", colour, size: 15}));
    // every window's score on a line: those right of the threshold count
    const low = get("lowest"), high = get("highest"), from = beside, to = 840, base = top + 300;
    const place = (s) => from + (to - from) * (Math.min(Math.max(s, low), high) - low) / (high - low);
    stage.text("scores of the best windows", from, base - 92, {align: "left"});
    const piles = {};
    scores.forEach((s) => {
      const at = Math.round(place(s) / 4);
      piles[at] = (piles[at] || 0) + 1;
      pen.fillStyle = s > threshold ? ink.blue : ink.faint;
      if (piles[at] <= 20) pen.fillRect(at * 4 - 1.5, base - 4 * piles[at], 3, 3);
    });
    pen.lineWidth = 1; pen.strokeStyle = ink.ink;
    pen.beginPath(); pen.moveTo(from, base); pen.lineTo(to, base); pen.stroke();
    for (let s = Math.ceil(low); s <= high; s += Math.ceil((high - low) / 10))
      stage.text(signed(s), place(s), base + 12, {size: 12});
    pen.lineWidth = 2; pen.strokeStyle = ink.orange;
    pen.beginPath(); pen.moveTo(place(threshold), base - 84); pen.lineTo(place(threshold), base);
    pen.stroke();
    const t = signed(+threshold.toFixed(2));
    stage.say(`threshold ${t}: ${above} windows above it, ${kept.length} boxes after suppression: `
      + `${good} of ${truth.length} faces found, ${kept.length - good} false.`);
  };
  for (const name of ["threshold", "overlap", "heat_shown"]) stage.on(name, () => {});
  stage.key = (name) => {
    const by = {left: -0.1, right: 0.1, up: 0.1, down: -0.1}[name];
    const next = Math.min(get("highest"), Math.max(get("lowest"), get("threshold") + by));
    stage.set("threshold", +next.toFixed(1));
  };
}
"""


def explore(photo=None, maps=None, truth=(), *, stride=detecting.STRIDE, **settings) -> Detector:
    """Return the explorer.

    Args:
        photo: (H, W, 3) or (H, W), ``uint8``; maps: [(scale, (R, C)), …], the scores of its
            windows, as from ``detecting.score_photo``.  Without them, a detector is trained for a few
            seconds, without hard backgrounds, and shown on the astronaut.
        truth: true boxes (y0, x0, y1, x1).
        stride: pixels between neighbouring windows in the shrunk photo.
        settings: ``threshold``, ``overlap``, ``heat_shown`` to start with.
    """
    if photo is None:
        photo, maps, truth = _small_example()
    kinds = [reference.boxes_from_scores(m, LEAST, stride, detecting.CROP, s) for s, m in maps]
    boxes, scores = (np.concatenate(part) for part in zip(*kinds, strict=True))
    order = np.argsort(-scores, kind="stable")[:MOST]
    least = float(np.ceil(scores[order].min())) if len(order) == MOST else LEAST
    most = float(np.ceil(scores.max())) if len(order) else 1.0
    return Detector(
        picture=_png(photo),
        size=list(photo.shape[:2]),
        boxes=np.round(boxes[order], 1).tolist(),
        scores=np.round(scores[order].astype(float), 3).tolist(),
        truth=[list(map(float, face)) for face in truth],
        heat=_heat(boxes, scores, photo.shape[:2]),
        lowest=max(least, LEAST),
        highest=max(most, 1.0),
        **settings,
    )


@cache
def _small_example():
    faces, backgrounds, *_ = detecting.split_crops()
    model, _ = detecting.train_detector(faces, backgrounds, rounds=1)
    photo = data.photo("astronaut")
    maps = detecting.score_photo(model, detecting.gray(photo), 64)
    return photo, maps, (detecting.TRUE_FACES["astronaut"],)


def _heat(boxes, scores, shape):
    """Return a coarse grid: the best score of the windows whose middle lies in a cell, or None."""
    cell = max(shape) / CELLS
    grid = np.full([int(np.ceil(n / cell)) for n in shape], -np.inf)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 // cell
    np.maximum.at(grid, tuple(middles.astype(int).T), scores)
    return [[None if v == -np.inf else round(float(v), 2) for v in row] for row in grid]


def _png(photo):
    """Return a photo as PNG in base64, at most 430 pixels high."""
    from PIL import Image

    image = Image.fromarray(photo)
    image.thumbnail((10_000, 430))
    buffer = io.BytesIO()
    image.save(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()
