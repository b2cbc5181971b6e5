"""Pick an input pixel: which outputs it touched, by which weight, and the sum that is its gradient."""

from __future__ import annotations

import numpy as np
import traitlets

from coursekit.explorers.stage import Stage
from coursekit.plots.convolution_backward import matrices
from coursekit.reference import conv2d_input_gradient, output_size

SIZE = 6
KERNEL = [[1, 4, 1], [1, 4, 3], [3, 3, 1]]
# No zeros: a gradient of 0 then means that no window came.
DOUT = np.random.default_rng(4).choice([-3, -2, -1, 1, 2, 3, 4], (10, 10)).tolist()


class ConvolutionBackward(Stage):
    """Stride, padding; pick an input pixel by mouse or arrow keys, and read its gradient."""

    title = traitlets.Unicode(
        "A pixel's gradient: every output it touched, times the weight it touched it by"
    ).tag(sync=True)
    stride = traitlets.Int(1, min=1, max=3).tag(sync=True)
    padding = traitlets.Int(0, min=0, max=2).tag(sync=True)
    row = traitlets.Int(2, min=0, max=SIZE - 1).tag(sync=True)
    column = traitlets.Int(2, min=0, max=SIZE - 1).tag(sync=True)
    numbers = traitlets.Dict({"w": KERNEL, "dout": DOUT}).tag(sync=True)

    def arrays(self):
        """Return dout (OH, OW), w (3, 3) and dx (6, 6) as they are chosen now."""
        w = np.array(self.numbers["w"], float)
        side = output_size(SIZE, 3, self.stride, self.padding)
        dout = np.array(self.numbers["dout"], float)[:side, :side]
        shape = (1, 1, SIZE, SIZE)
        dx = conv2d_input_gradient(
            dout[None, None], w[None, None], shape, self.stride, self.padding
        )
        return dout, w, dx[0, 0]

    def touched(self):
        """Return (output row, output column, kernel row, kernel column) for the chosen pixel."""
        side = output_size(SIZE, 3, self.stride, self.padding)
        found = []
        for r in range(side):
            for q in range(side):
                i = self.row + self.padding - r * self.stride
                j = self.column + self.padding - q * self.stride
                if 0 <= i < 3 and 0 <= j < 3:
                    found.append((r, q, i, j))
        return found

    def still(self):
        """Show one pixel's gradient, the outputs it touched and the weights between."""
        dout, w, dx = self.arrays()
        touched = self.touched()
        axes = matrices(
            [dx, w, dout],
            ["gradient of the input", "kernel", "gradient of\nthe output"],
            self.title.replace(", ", ",\n"),
            marks={
                0: [(self.row, self.column)],
                1: [(i, j) for _, _, i, j in touched],
                2: [(r, q) for r, q, _, _ in touched],
            },
        )
        return axes[0].figure

    script = r"""
function play(stage, model) {
  const get = (name) => model.get(name), SIZE = 6, K = 3;
  stage.slider("stride", "stride", 1, 3);
  stage.slider("padding", "padding", 0, 2);
  stage.slider("row", "pixel row", 0, 5);
  stage.slider("column", "pixel column", 0, 5);
  for (const name of ["stride", "padding", "row", "column"]) stage.on(name, () => {});
  const side = () => Math.floor((SIZE + 2 * get("padding") - K) / get("stride")) + 1;
  const touched = (y, x) => {
    const found = [], n = side();
    for (let r = 0; r < n; r++) for (let q = 0; q < n; q++) {
      const i = y + get("padding") - r * get("stride"), j = x + get("padding") - q * get("stride");
      if (i >= 0 && j >= 0 && i < K && j < K) found.push([r, q, i, j]);
    }
    return found;
  };
  const gradient = (y, x) => touched(y, x).reduce((sum, [r, q, i, j]) =>
    sum + get("numbers").w[i][j] * get("numbers").dout[r][q], 0);
  const cell = 44, xIn = 14, xW = 340, top = 36;

  stage.draw = () => {
    const ink = stage.colours, {w, dout} = get("numbers"), n = side(), p = get("padding");
    const y = get("row"), x = get("column"), mine = touched(y, x), small = Math.min(44, 352 / n), xOut = 510;
    stage.resize(860, 400);
    stage.text("gradient of the input", xIn, 16, {align: "left", bold: true});
    stage.text("kernel", xW, 16, {align: "left", bold: true});
    stage.text(`gradient of the output (${n} × ${n})`, xOut, 16, {align: "left", bold: true});
    for (let a = 0; a < SIZE; a++) for (let b = 0; b < SIZE; b++)
      stage.cell(xIn + b * cell, top + a * cell, cell, signed(gradient(a, b)), {
        fill: a === y && b === x ? "rgba(0,114,178,0.35)" : null,
        edge: a === y && b === x ? ink.blue : null, wide: a === y && b === x ? 3 : 1});
    for (let i = 0; i < K; i++) for (let j = 0; j < K; j++) {
      const used = mine.some(([, , a, b]) => a === i && b === j);
      stage.cell(xW + j * cell, top + i * cell, cell, w[i][j],
                 {fill: used ? "rgba(213,94,0,0.3)" : null, edge: used ? ink.orange : null, wide: used ? 2 : 1});
    }
    for (let r = 0; r < n; r++) for (let q = 0; q < n; q++) {
      const hit = mine.find(([a, b]) => a === r && b === q);
      stage.cell(xOut + q * small, top + r * small, small, signed(dout[r][q]),
                 {fill: hit ? "rgba(0,158,115,0.3)" : null, edge: hit ? ink.green : null, wide: hit ? 2.5 : 1});
    }
    const turned = mine.length === 9 ? " Read along the outputs, the weights come in reverse: the kernel is turned by 180°." : "";
    stage.say(mine.length
      ? `gradient[${y}, ${x}] = ` + mine.map(([r, q, i, j]) => {
          const d = dout[r][q]; return `${d < 0 ? `(${signed(d)})` : d}·${w[i][j]}`; }).join(" + ")
        + ` = ${signed(gradient(y, x))}.${turned}`
      : `No window covers pixel [${y}, ${x}] at stride ${get("stride")}: its gradient is 0.`);
  };
  const go = (y, x) => { stage.set("row", Math.max(0, Math.min(5, y))); stage.set("column", Math.max(0, Math.min(5, x))); };
  stage.key = (name) => go(get("row") + ({up: -1, down: 1}[name] || 0), get("column") + ({left: -1, right: 1}[name] || 0));
  stage.click = (x, y) => {
    const a = Math.floor((y - top) / cell), b = Math.floor((x - xIn) / cell);
    if (a >= 0 && b >= 0 && a < SIZE && b < SIZE) go(a, b);
  };
}
"""


def explore(**settings) -> ConvolutionBackward:
    """Return the explorer, started with ``settings`` such as ``stride=2``."""
    return ConvolutionBackward(**settings)
