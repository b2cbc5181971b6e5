"""A small network learns one example: forward, errors backward, new weights, number by number."""

from __future__ import annotations

import numpy as np
import traitlets

from coursekit import reference
from coursekit.explorers.stage import Stage
from coursekit.plots.style import BLUE, ORANGE, figure

INPUTS, TARGET = [0.6, 0.7], 0.9
WEIGHTS = [
    [[-1.0, 2.5, 1.0], [1.0, 0.4, -1.5]],
    [[2.2, 0.34], [-1.4, 1.05], [0.56, 3.1]],
    [[0.75], [-0.22]],
]
LAYERS = [[1, 2], [3, 4, 5], [6, 7], [8]]


class Network(Stage):
    """A 2-3-2-1 network of sigmoids: step forward, backward, update, and see the output move."""

    title = traitlets.Unicode(
        "Forward the outputs light up, backward the errors δ; then every weight moves a little"
    ).tag(sync=True)
    position = traitlets.Int(0, min=0).tag(sync=True)
    learning_rate = traitlets.Float(0.3).tag(sync=True)
    momentum = traitlets.Float(0.1).tag(sync=True)
    start = traitlets.Dict({"inputs": INPUTS, "target": TARGET, "weights": WEIGHTS}).tag(sync=True)

    def outputs(self):
        """Return the outputs of all layers before the first update, input first."""
        found = [np.array(self.start["inputs"])]
        for w in self.start["weights"]:
            found.append(reference.sigmoid(found[-1] @ np.array(w)))
        return found

    def still(self):
        """Show the network with its outputs and its errors δ, before the weights move."""
        outputs, weights = self.outputs(), [np.array(w) for w in self.start["weights"]]
        deltas = [reference.output_delta(outputs[-1], np.array([self.start["target"]]))]
        for w, out in zip(weights[:0:-1], outputs[-2:0:-1], strict=True):
            deltas.insert(0, reference.hidden_delta(deltas[0], w, out))
        made, axes = figure(size=(7.4, 4.0), title=self.title)
        places = {
            number: (3 * column, -(row - (len(layer) - 1) / 2) * 1.2)
            for column, layer in enumerate(LAYERS)
            for row, number in enumerate(layer)
        }
        for column, w in enumerate(weights):
            for (i, j), value in np.ndenumerate(w):
                (x0, y0), (x1, y1) = places[LAYERS[column][i]], places[LAYERS[column + 1][j]]
                axes.plot([x0, x1], [y0, y1], color="0.75", zorder=0)
                axes.text(
                    x0 + 0.25 * (x1 - x0),
                    y0 + 0.25 * (y1 - y0),
                    f"{value:g}".replace("-", "−"),
                    fontsize=8,
                    ha="center",
                    backgroundcolor="white",
                )
        for column, layer in enumerate(LAYERS):
            for row, number in enumerate(layer):
                x, y = places[number]
                axes.plot(x, y, "o", markersize=26, color="white", markeredgecolor=BLUE)
                axes.text(x, y, str(number), ha="center", va="center")
                axes.text(x, y + 0.38, f"{outputs[column][row]:.4f}", ha="center", color=BLUE)
                if column:
                    delta = f"δ {deltas[column - 1][row]:+.4f}".replace("-", "−")
                    axes.text(x, y - 0.52, delta, ha="center", color=ORANGE)
        axes.set(xlim=(-0.8, 9.8), ylim=(-2, 2))
        axes.set_axis_off()
        return made

    script = r"""
function play(stage, model) {
  const layers = [[1, 2], [3, 4, 5], [6, 7], [8]];
  const start = model.get("start");
  const sigmoid = (z) => 1 / (1 + Math.exp(-z));
  stage.slider("learning_rate", "learning rate", 0, 2, 0.1);
  stage.slider("momentum", "momentum", 0, 0.9, 0.1);
  // One cycle has 8 moments: inputs, 3 layers forward, 3 layers backward, update.
  const CYCLE = 8;
  stage.animate(() => stage.set("position", model.get("position") + 1), 900);
  stage.button("Back", () => { stage.stop(); stage.set("position", Math.max(0, model.get("position") - 1)); });
  stage.button("Start again", () => { stage.stop(); stage.set("position", 0); });
  for (const name of ["position", "learning_rate", "momentum"]) stage.on(name, () => {});

  const forward = (weights) => {
    const outputs = [start.inputs];
    for (const w of weights)
      outputs.push(w[0].map((_, j) => sigmoid(w.reduce((sum, row, i) => sum + row[j] * outputs.at(-1)[i], 0))));
    return outputs;
  };
  const state = () => {  // run all whole cycles before this moment
    const cycles = Math.floor(model.get("position") / CYCLE);
    let weights = start.weights, updates = start.weights.map((w) => w.map((row) => row.map(() => 0)));
    let before = null, outputs, deltas;
    for (let cycle = 0; cycle <= cycles; cycle++) {
      outputs = forward(weights);
      deltas = [outputs.at(-1).map((o) => (start.target - o) * o * (1 - o))];
      for (let l = weights.length - 1; l > 0; l--)
        deltas.unshift(outputs[l].map((o, i) =>
          weights[l][i].reduce((sum, w, j) => sum + w * deltas[0][j], 0) * o * (1 - o)));
      updates = weights.map((w, l) => w.map((row, i) => row.map((_, j) =>
        model.get("learning_rate") * deltas[l][j] * outputs[l][i] + model.get("momentum") * updates[l][i][j])));
      before = weights;
      weights = weights.map((w, l) => w.map((row, i) => row.map((v, j) => v + updates[l][i][j])));
    }
    return {cycle: cycles, moment: model.get("position") % CYCLE, outputs, deltas, before, after: weights};
  };
  const place = (column, row) => [90 + column * 220, 205 - (row - (layers[column].length - 1) / 2) * -125];

  const onPaper = (pen, words, x, y, colour) => {  // no link runs through it
    pen.font = "12px sans-serif";
    const wide = pen.measureText(words).width + 4;
    pen.fillStyle = stage.colours.paper;
    pen.fillRect(x - wide / 2, y - 8, wide, 15);
    stage.text(words, x, y, {colour, size: 12});
  };

  stage.draw = (pen) => {
    const ink = stage.colours, {cycle, moment, outputs, deltas, before, after} = state();
    stage.resize(860, 410);
    const updated = moment === 7, weights = updated ? after : before;
    const litForward = Math.min(moment, 3), litBackward = moment >= 4 ? 7 - Math.min(moment, 6) : 9;
    weights.forEach((w, l) => w.forEach((row, i) => row.forEach((v, j) => {
      const [x0, y0] = place(l, i), [x1, y1] = place(l + 1, j);
      const busy = (moment === l + 1 && moment <= 3) || (moment >= 5 && moment <= 6 && l === 7 - moment);
      pen.strokeStyle = updated ? ink.green : busy ? (moment <= 3 ? ink.blue : ink.orange) : ink.faint;
      pen.lineWidth = busy || updated ? 2 : 1;
      pen.beginPath(); pen.moveTo(x0, y0); pen.lineTo(x1, y1); pen.stroke();
      const t = l ? 0.28 : 0.25, x = x0 + t * (x1 - x0), y = y0 + t * (y1 - y0);
      const words = updated ? v.toFixed(4) : String(+v.toFixed(4));
      onPaper(pen, signed(words), x, y, updated ? ink.green : ink.ink);
    })));
    layers.forEach((layer, column) => layer.forEach((number, row) => {
      const [x, y] = place(column, row), lit = column <= litForward, back = column >= litBackward && column > 0;
      pen.beginPath(); pen.arc(x, y, 19, 0, 2 * Math.PI);
      pen.fillStyle = ink.paper; pen.fill();
      pen.lineWidth = 2.5; pen.strokeStyle = back ? ink.orange : lit ? ink.blue : ink.faint; pen.stroke();
      stage.text(String(number), x, y, {bold: true});
      if (lit) onPaper(pen, outputs[column][row].toFixed(column ? 7 : 1), x, y - 30, ink.blue);
      if (back) onPaper(pen, "δ " + signed(deltas[column - 1][row].toFixed(7)), x, y + 31, ink.orange);
    }));
    stage.text("target " + start.target, place(3, 0)[0], 80, {bold: true});
    const out = outputs.at(-1)[0];
    const words = ["The inputs are set.",
      "Forward: layer 3, 4, 5 = sigmoid of the weighted sum.", "Forward: layer 6, 7.",
      `Forward: O8 = ${out.toFixed(7)}; the target is ${start.target}.`,
      `Backward: δ8 = (target − O8) · O8 · (1 − O8) = ${deltas[2][0].toFixed(7)}.`,
      "Backward: δ6 and δ7 = weighted δ8 · slope of the sigmoid.",
      `Backward: δ3, δ4, δ5. δ3 = ${deltas[0][0].toFixed(7)}.`,
      `Every weight moves by learning rate · δ · O + momentum · last move. O8 becomes ${forward(after).at(-1)[0].toFixed(7)}.`];
    stage.say(`Cycle ${cycle + 1}, step ${moment + 1} of ${CYCLE}. ${words[moment]}`);
  };
  stage.key = (name) => stage.set("position",
    Math.max(0, model.get("position") + ({right: 1, down: 1, left: -1, up: -1})[name]));
}
"""


def explore(**settings) -> Network:
    """Return the explorer, started with ``settings`` such as ``learning_rate=0.5``."""
    return Network(**settings)
