"""Soft targets: what label smoothing and mixup ask for, and what that does to loss and gradient."""

from __future__ import annotations

import numpy as np
import traitlets

from coursekit.explorers.stage import Stage
from coursekit.plots.regularization import bars
from coursekit.reference import (
    smooth_labels,
    soft_cross_entropy,
    soft_cross_entropy_gradient,
    softmax,
)

NAMES = ("bag", "boot", "coat", "dress", "shirt")
OTHER = 3  # the class that is mixed in
CONVENTIONS = ("ε/(K−1) on the others", "ε/K on every class")


class SoftLabels(Stage):
    """Epsilon, the share of mixup, and how sure the network is; both conventions of smoothing."""

    title = traitlets.Unicode(
        "A soft target: where the network is surer than its target, the gradient holds it back"
    ).tag(sync=True)
    epsilon = traitlets.Float(0.1, min=0.0, max=0.8).tag(sync=True)
    mix = traitlets.Float(1.0, min=0.0, max=1.0).tag(sync=True)
    score = traitlets.Float(6.0, min=-2.0, max=12.0).tag(sync=True)
    convention = traitlets.Enum(CONVENTIONS, CONVENTIONS[0]).tag(sync=True)

    def target(self):
        """Return the target (5,) as it is chosen now: smoothed, then mixed."""
        classes = len(NAMES)
        # ε/K on every class takes ε·(K − 1)/K from the right one
        share = 1.0 if self.convention == CONVENTIONS[0] else (classes - 1) / classes
        first, second = smooth_labels(np.array([0, OTHER]), classes, self.epsilon * share)
        return self.mix * first + (1 - self.mix) * second

    def results(self):
        """Return p (5,), the loss, and the gradient (5,) for one picture."""
        logits = np.zeros((1, len(NAMES)))
        logits[0, 0] = self.score
        target = self.target()[None]
        gradient = soft_cross_entropy_gradient(logits, target)[0]
        return softmax(logits)[0], float(soft_cross_entropy(logits, target)), gradient

    def still(self):
        """Show the target and what the network says as bars, for the five classes."""
        p, loss, _ = self.results()
        axes = bars(
            {"target": self.target(), f"network: loss {loss:.2f}": p},
            NAMES,
            ylabel="share",
            title=self.title,
        )
        return axes.figure

    script = r"""
function play(stage, model) {
  const get = (name) => model.get(name), K = 5, OTHER = 3;
  const NAMES = ["bag", "boot", "coat", "dress", "shirt"];
  const CONVENTIONS = ["ε/(K−1) on the others", "ε/K on every class"];
  stage.slider("epsilon", "epsilon", 0, 0.8, 0.05);
  stage.slider("mix", "mix", 0, 1, 0.05);
  stage.slider("score", "score", -2, 12, 0.5);
  stage.choice("convention", "convention", CONVENTIONS);
  for (const name of ["epsilon", "mix", "score", "convention"]) stage.on(name, () => {});

  const smoothed = (label) => NAMES.map((_, k) => {
    const e = get("epsilon");
    if (get("convention") === CONVENTIONS[0]) return k === label ? 1 - e : e / (K - 1);
    return e / K + (k === label ? 1 - e : 0);
  });
  const signed = (v, digits = 3) => (v < 0 ? "−" : "+") + Math.abs(v).toFixed(digits);

  stage.draw = (pen) => {
    const ink = stage.colours, mix = get("mix"), other = smoothed(OTHER);
    const target = smoothed(0).map((v, k) => mix * v + (1 - mix) * other[k]);
    const powers = NAMES.map((_, k) => Math.exp((k === 0 ? get("score") : 0) - Math.max(0, get("score"))));
    const sum = powers.reduce((a, b) => a + b, 0), p = powers.map((v) => v / sum);
    const loss = -target.reduce((total, t, k) => total + (t ? t * Math.log(p[k]) : 0), 0);
    const floor = -target.reduce((total, t) => total + (t ? t * Math.log(t) : 0), 0);
    const gradient = p.map((v, k) => v - target[k]);
    stage.resize(860, 350);

    const base = 280, tall = 200, left = 50, wide = 88;
    stage.text("share", left - 8, 20, {align: "right", size: 12});
    stage.text("target", left + 40, 20, {align: "left", colour: ink.blue, bold: true});
    stage.text("what the network says", left + 110, 20, {align: "left", colour: ink.orange, bold: true});
    for (const level of [0, 0.5, 1]) {
      pen.strokeStyle = ink.faint; pen.lineWidth = 1;
      pen.beginPath(); pen.moveTo(left, base - level * tall); pen.lineTo(left + K * wide, base - level * tall);
      pen.stroke();
      stage.text(String(level), left - 8, base - level * tall, {align: "right", size: 12});
    }
    const x0 = 560, zero = 150, scale = 110;
    stage.text("gradient of the scores: p − target", x0, 20, {align: "left", bold: true});
    pen.strokeStyle = ink.ink; pen.lineWidth = 1;
    pen.beginPath(); pen.moveTo(x0, zero); pen.lineTo(x0 + 290, zero); pen.stroke();
    NAMES.forEach((name, k) => {
      const x = left + k * wide + 10;
      pen.fillStyle = ink.blue; pen.fillRect(x, base - target[k] * tall, 32, target[k] * tall);
      pen.fillStyle = ink.orange; pen.fillRect(x + 34, base - p[k] * tall, 32, p[k] * tall);
      stage.text(target[k].toFixed(3), x + 16, base - target[k] * tall - 9, {size: 11});
      stage.text(p[k].toFixed(3), x + 50, base - p[k] * tall - (Math.abs(p[k] - target[k]) < 0.05 ? 22 : 9), {size: 11});
      stage.text(name, x + 33, base + 16, {bold: k === 0 || (k === OTHER && mix < 1)});
      const gx = x0 + k * 58 + 8, h = gradient[k] * scale;
      pen.fillStyle = gradient[k] > 0 ? ink.green : ink.purple;
      pen.fillRect(gx, Math.min(zero, zero - h), 40, Math.abs(h));
      stage.text(signed(gradient[k]), gx + 20, h > 0 ? zero - h - 10 : zero - h + 12, {size: 11});
      stage.text(name, gx + 20, 300, {size: 12});
    });
    stage.text("a step lowers a score where the bar goes up, raises it where it goes down",
               x0 + 292, 325, {align: "right", size: 11});
    stage.text(`loss ${loss.toFixed(3)}; the least that this target allows is ${floor.toFixed(3)}`,
               left, 325, {align: "left"});
    const g = gradient[0];
    const way = Math.abs(g) < 0.0005 ? "the score stays" : g < 0 ? "the score still rises" : "the score is held back";
    stage.say(`bag: target ${target[0].toFixed(3)}, network ${p[0].toFixed(3)}, gradient ${signed(g)}: `
              + `${way}. Loss ${loss.toFixed(3)}.`);
  };
  stage.key = (name) => {
    const by = {left: -0.5, right: 0.5, up: 0.5, down: -0.5}[name];
    stage.set("score", Math.max(-2, Math.min(12, get("score") + by)));
  };
}
"""


def explore(**settings) -> SoftLabels:
    """Return the explorer, started with ``settings`` such as ``epsilon=0.3``."""
    return SoftLabels(**settings)
