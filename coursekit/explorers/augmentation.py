"""One photo, many pictures: turn it, move it, tilt it, add noise, cover it, change its colours."""

from __future__ import annotations

import base64

import numpy as np
import traitlets

from coursekit.data import photo
from coursekit.explorers.stage import Stage
from coursekit.plots.images import side_by_side
from coursekit.reference import (
    flip_horizontal,
    jitter_color,
    perspective_image,
    rotate_image,
    shift_image,
)

SIDE = 80  # pixels of the small photo


def _small_photo() -> np.ndarray:
    """Return Chelsea's face, (80, 80, 3) uint8: means of blocks of 3×3 pixels."""
    face = photo("chelsea")[10:250, 132:372].astype(float)
    return face.reshape(SIDE, 3, SIDE, 3, 3).mean(axis=(1, 3)).round().astype(np.uint8)


def tilt_matrix(tilt: float) -> np.ndarray:
    """Return the matrix of ``perspective_image`` for a picture tilted about its upright middle.

    The right edge comes nearer for tilt > 0, the left edge for tilt < 0.
    """
    middle = (SIDE - 1) / 2
    to_middle = np.array([[1.0, 0, -middle], [0, 1, -middle], [0, 0, 1]])
    lean = np.array([[1.0, 0, 0], [0, 1, 0], [tilt / SIDE, 0, 1]])
    return np.linalg.inv(to_middle) @ lean @ to_middle


class Augmentation(Stage):
    """A slider for each augmentation, and a button that draws all of them at random."""

    title = traitlets.Unicode("Many pictures from one: the numbers change, the cat does not").tag(
        sync=True
    )
    angle = traitlets.Int(0, min=-45, max=45).tag(sync=True)
    down = traitlets.Int(0, min=-30, max=30).tag(sync=True)
    right = traitlets.Int(0, min=-30, max=30).tag(sync=True)
    tilt = traitlets.Float(0.0, min=-0.9, max=0.9).tag(sync=True)
    flip = traitlets.Bool(False).tag(sync=True)
    brightness = traitlets.Float(1.0, min=0.0, max=2.0).tag(sync=True)
    contrast = traitlets.Float(1.0, min=0.0, max=2.0).tag(sync=True)
    saturation = traitlets.Float(1.0, min=0.0, max=2.0).tag(sync=True)
    noise = traitlets.Float(0.0, min=0.0, max=0.4).tag(sync=True)
    cutout = traitlets.Int(0, min=0, max=50).tag(sync=True)
    draw = traitlets.Int(1, min=1).tag(sync=True)
    pixels = traitlets.Unicode(base64.b64encode(_small_photo().tobytes()).decode()).tag(sync=True)

    def picture(self):
        """Return the picture (80, 80, 3) as the references make it, without noise and square."""
        image = _small_photo() / 255
        if self.flip:
            image = flip_horizontal(image)
        image = rotate_image(image, self.angle)
        image = perspective_image(image, tilt_matrix(self.tilt))
        image = shift_image(image, self.down, self.right)
        return jitter_color(image, self.brightness, self.contrast, self.saturation)

    def still(self):
        """Show the photo, and five pictures that augmentations make of it."""
        settings = {
            "the photo": {},
            "turned by 20°": {"angle": 20},
            "moved": {"down": 12, "right": -15},
            "tilted": {"tilt": 0.7},
            "flipped": {"flip": True},
            "other light": {"brightness": 1.3, "contrast": 1.3, "saturation": 0.4},
        }
        pictures = [Augmentation(**each).picture() for each in settings.values()]
        return side_by_side(pictures, list(settings), self.title)[0].figure

    script = r"""
function play(stage, model) {
  const get = (name) => model.get(name), N = 80, ZOOM = 4;
  stage.slider("angle", "angle", -45, 45, 5);
  stage.slider("down", "down", -30, 30);
  stage.slider("right", "right", -30, 30);
  stage.slider("tilt", "tilt", -0.9, 0.9, 0.1);
  stage.toggle("flip", "flip");
  stage.slider("brightness", "brightness", 0, 2, 0.1);
  stage.slider("contrast", "contrast", 0, 2, 0.1);
  stage.slider("saturation", "saturation", 0, 2, 0.1);
  stage.slider("noise", "noise", 0, 0.4, 0.02);
  stage.slider("cutout", "cutout", 0, 50, 2);
  const start = {angle: 0, down: 0, right: 0, tilt: 0, flip: false, brightness: 1, contrast: 1,
                 saturation: 1, noise: 0, cutout: 0};
  for (const name of [...Object.keys(start), "draw"]) stage.on(name, () => {});
  stage.button("Draw", () => {
    const next = get("draw") + 1, random = numbers(7919 * next);
    const between = (low, high, step) => {
      const steps = Math.round((high - low) / step);
      return +(low + step * Math.floor(random() * (steps + 1))).toFixed(2);
    };
    for (let n = 0; n < 5; n++) random();
    stage.set("draw", next);
    stage.set("angle", between(-20, 20, 5)); stage.set("down", between(-10, 10, 1));
    stage.set("right", between(-10, 10, 1)); stage.set("tilt", between(-0.4, 0.4, 0.1));
    stage.set("flip", random() < 0.5); stage.set("brightness", between(0.7, 1.3, 0.1));
    stage.set("contrast", between(0.7, 1.3, 0.1)); stage.set("saturation", between(0.5, 1.5, 0.1));
    stage.set("noise", between(0, 0.1, 0.02)); stage.set("cutout", between(0, 24, 2));
  });
  stage.button("Back to the photo", () => {
    for (const [name, value] of Object.entries(start)) stage.set(name, value);
  });

  const bytes = atob(get("pixels")), photo = new Float64Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) photo[i] = bytes.charCodeAt(i) / 255;
  const at = (y, x, c) => y < 0 || x < 0 || y >= N || x >= N ? 0 : photo[(y * N + x) * 3 + c];
  const between = (y, x, c) => {  // bilinear, 0 outside
    const top = Math.floor(y), left = Math.floor(x), a = y - top, b = x - left;
    return (1 - a) * ((1 - b) * at(top, left, c) + b * at(top, left + 1, c))
           + a * ((1 - b) * at(top + 1, left, c) + b * at(top + 1, left + 1, c));
  };

  const picture = () => {
    const out = new Float64Array(N * N * 3), m = (N - 1) / 2, phi = get("angle") * Math.PI / 180;
    const sin = Math.sin(phi), cos = Math.cos(phi), tilt = get("tilt") / N;
    for (let y = 0; y < N; y++) for (let x = 0; x < N; x++) {
      // from the result back to the photo: shift, tilt, turn, flip
      const row = y - get("down"), column = x - get("right");
      if (row < 0 || column < 0 || row >= N || column >= N) continue;
      const s = 1 + tilt * (column - m), dy = (row - m) / s, dx = (column - m) / s;
      const py = m + dx * sin + dy * cos, px = m + dx * cos - dy * sin;
      for (let c = 0; c < 3; c++)
        out[(y * N + x) * 3 + c] = between(py, get("flip") ? N - 1 - px : px, c);
    }
    let mean = 0;
    for (let i = 0; i < out.length; i++) { out[i] *= get("brightness"); mean += out[i]; }
    mean /= out.length;
    const random = numbers(104729 * get("draw"));
    for (let n = 0; n < 9; n++) random();
    const half = Math.floor(get("cutout") / 2);
    const cy = Math.floor(random() * N), cx = Math.floor(random() * N);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    for (let p = 0; p < N * N; p++) {
      const y = Math.floor(p / N), x = p % N;
      const under = y >= cy - half && y < cy - half + get("cutout")
                    && x >= cx - half && x < cx - half + get("cutout");
      const v = [0, 1, 2].map((c) => mean + get("contrast") * (out[3 * p + c] - mean));
      const grey = (v[0] + v[1] + v[2]) / 3;
      for (let c = 0; c < 3; c++) {
        const coloured = Math.min(1, Math.max(0, grey + get("saturation") * (v[c] - grey)));
        const noisy = get("noise") ? coloured + get("noise") * normal() : coloured;
        out[3 * p + c] = under ? 0 : Math.min(1, Math.max(0, noisy));
      }
    }
    return out;
  };
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = N;
  const small = canvas.getContext("2d");
  const show = (pen, values, x, y) => {
    const image = small.createImageData(N, N);
    for (let p = 0; p < N * N; p++) {
      for (let c = 0; c < 3; c++) image.data[4 * p + c] = Math.round(255 * values[3 * p + c]);
      image.data[4 * p + 3] = 255;
    }
    small.putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(canvas, x, y, N * ZOOM, N * ZOOM);
    pen.lineWidth = 1;
    pen.strokeStyle = stage.colours.faint;
    pen.strokeRect(x - 0.5, y - 0.5, N * ZOOM + 1, N * ZOOM + 1);
  };

  stage.draw = (pen) => {
    stage.resize(860, 24 + N * ZOOM + 34);
    const now = picture(), xNow = 400;
    stage.text("the photo", 20, 10, {align: "left", bold: true});
    stage.text("what the network sees", xNow, 10, {align: "left", bold: true});
    show(pen, photo, 20, 24);
    show(pen, now, xNow, 24);
    let changed = 0;
    for (let p = 0; p < N * N; p++)
      if ([0, 1, 2].some((c) => Math.abs(now[3 * p + c] - photo[3 * p + c]) > 0.5 / 255)) changed++;
    const words = [];
    if (get("flip")) words.push("flipped");
    if (get("angle")) words.push(`turned by ${signed(get("angle"))}°`);
    if (get("tilt")) words.push(`tilted by ${signed(get("tilt"))}`);
    if (get("down") || get("right"))
      words.push(`moved ${signed(get("down"))} down and ${signed(get("right"))} right`);
    for (const name of ["brightness", "contrast", "saturation"])
      if (get(name) !== 1) words.push(`${name} × ${get(name)}`);
    if (get("noise")) words.push(`noise ${get("noise")}`);
    if (get("cutout")) words.push(`a square of ${get("cutout")} covered`);
    const share = Math.round(100 * changed / (N * N));
    stage.say(words.length ? `${words.join(", ")}: ${share} % of the pixels have changed. Label: cat.`
                           : "Nothing changed yet. Label: cat.");
    stage.text(`${share} % have changed`, xNow, 24 + N * ZOOM + 18, {align: "left"});
    stage.text("label: cat", 20, 24 + N * ZOOM + 18, {align: "left"});
    stage.text("label: still cat?", xNow + N * ZOOM, 24 + N * ZOOM + 18, {align: "right"});
  };
  stage.key = (name) => {
    const [trait, by] = {left: ["right", -1], right: ["right", 1], up: ["down", -1],
                         down: ["down", 1]}[name];
    stage.set(trait, Math.max(-30, Math.min(30, get(trait) + by)));
  };
}
"""


def explore(**settings) -> Augmentation:
    """Return the explorer, started with ``settings`` such as ``angle=20``."""
    return Augmentation(**settings)
