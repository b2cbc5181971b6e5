"""How much of the input one number deep in the network sees."""

from __future__ import annotations

import numpy as np
import traitlets

from coursekit import reference
from coursekit.explorers.stage import Stage
from coursekit.plots.style import BLUE, ORANGE, figure

LAYERS_MAX = 5


class ReceptiveField(Stage):
    """Depth, kernel, stride, dilation: watch the field of one output number grow downwards."""

    title = traitlets.Unicode(
        "Every layer widens the view: by k − 1 steps, and a stride makes all later steps longer"
    ).tag(sync=True)
    layers = traitlets.Int(3, min=1, max=LAYERS_MAX).tag(sync=True)
    kernel = traitlets.Int(3, min=1, max=5).tag(sync=True)
    stride = traitlets.Int(1, min=1, max=2).tag(sync=True)
    dilation = traitlets.Int(1, min=1, max=2).tag(sync=True)

    def fields(self):
        """Return the field on the input (pixels) after 0, 1, 2, … layers."""
        layer = (self.kernel, self.stride, self.dilation)
        return [1, *(reference.receptive_field([layer] * n) for n in range(1, self.layers + 1))]

    def still(self):
        """Show one output number's view, layer by layer, in one dimension."""
        made, axes = figure(size=(7.2, 3.2), title=self.title)
        layer = (self.kernel, self.stride, self.dilation)
        for depth in range(self.layers + 1):
            seen = reference.receptive_field([layer] * (self.layers - depth))
            width = seen if depth < self.layers else 1
            places = np.arange(width) - (width - 1) / 2
            axes.plot(places, np.full(width, depth), "s", color=ORANGE if width == 1 else BLUE)
            axes.text(places[-1] + 0.8, depth, f"{width} seen", va="center", fontsize=9)
        axes.set(
            xlabel="place along one axis (steps of that layer)",
            ylabel="layer (0 is the input)",
            yticks=range(self.layers + 1),
        )
        return made

    script = r"""
function play(stage, model) {
  const get = (name) => model.get(name);
  stage.slider("layers", "layers", 1, 5);
  stage.slider("kernel", "kernel", 1, 5);
  stage.slider("stride", "stride", 1, 2);
  stage.slider("dilation", "dilation", 1, 2);
  for (const name of ["layers", "kernel", "stride", "dilation"]) stage.on(name, () => {});

  stage.draw = (pen) => {
    const ink = stage.colours, L = get("layers"), k = get("kernel"), s = get("stride"), d = get("dilation");
    // Places of every layer in input pixels: place = centre + index · jump.
    const jump = Array.from({length: L + 1}, (_, l) => s ** l), sees = [new Map([[0, 1]])];
    for (let l = L; l > 0; l--) {  // from the top down: which places of layer l − 1 are seen
      const below = new Map();
      for (const [place, ways] of sees[0]) for (let i = 0; i < k; i++) {
        const at = place + (i - (k - 1) / 2) * d * jump[l - 1];
        below.set(at, (below.get(at) || 0) + ways);
      }
      sees.unshift(below);
    }
    const bottom = [...sees[0].keys()], field = Math.max(...bottom) - Math.min(...bottom) + 1;
    const rows = 56, unit = Math.min(26, 780 / (field + 2));
    stage.resize(860, 40 + (L + 1) * rows);
    const X = (place) => 430 + place * unit, Y = (l) => 24 + (L - l) * rows;
    pen.lineWidth = 0.7;
    for (let l = L; l > 0; l--) for (const place of sees[l].keys()) for (let i = 0; i < k; i++) {
      pen.strokeStyle = ink.faint; pen.beginPath();
      pen.moveTo(X(place), Y(l)); pen.lineTo(X(place + (i - (k - 1) / 2) * d * jump[l - 1]), Y(l - 1)); pen.stroke();
    }
    for (let l = 0; l <= L; l++) {
      const most = Math.max(...sees[l].values()), size = Math.max(4, Math.min(18, unit * 0.8));
      for (const [place, ways] of sees[l]) {
        pen.globalAlpha = l === L ? 1 : 0.25 + 0.75 * ways / most;
        pen.fillStyle = l === L ? ink.orange : ink.blue;
        pen.fillRect(X(place) - size / 2, Y(l) - size / 2, size, size);
        pen.globalAlpha = 1;
      }
      stage.text(l ? "layer " + l : "input", 8, Y(l), {align: "left", size: 12});
      stage.text(String(sees[l].size), 852, Y(l), {align: "right", size: 12});
    }
    const steps = Array.from({length: L}, (_, l) => `${k - 1}·${d}·${jump[l]}`).join(" + ");
    const holes = bottom.length < field ? ` It has holes: only ${bottom.length} of them count.` : "";
    stage.say(`Receptive field: 1 + ${steps} = ${field} pixels.${holes} Dark places count in more ways.`);
  };
  stage.key = (name) => stage.set("layers", Math.max(1, Math.min(5, get("layers") + ({right: 1, up: 1, left: -1, down: -1})[name])));
}
"""


def explore(**settings) -> ReceptiveField:
    """Return the explorer, started with ``settings`` such as ``stride=2``."""
    return ReceptiveField(**settings)
