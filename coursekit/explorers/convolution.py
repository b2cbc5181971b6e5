"""The sliding window: how a convolution makes its output, number by number."""

from __future__ import annotations

import numpy as np
import traitlets

from coursekit.explorers.stage import Stage
from coursekit.plots.convolution_backward import matrices
from coursekit.reference import conv2d_dilated

# A worked example: an input of three channels, 5×5, and two filters of 3×3.
INPUT = np.array(
    [
        [[1, 2, 0, 1, 0], [2, 0, 0, 0, 1], [1, 2, 2, 0, 2], [2, 2, 2, 0, 1], [2, 0, 1, 0, 1]],
        [[1, 2, 2, 1, 2], [0, 2, 2, 0, 2], [1, 2, 2, 1, 1], [2, 2, 0, 1, 0], [2, 2, 1, 0, 0]],
        [[0, 2, 0, 1, 1], [2, 0, 2, 1, 1], [2, 0, 1, 2, 1], [0, 1, 0, 1, 2], [1, 0, 1, 2, 1]],
    ]
)
KERNELS = np.array(
    [
        [
            [[-1, 1, 1], [-1, 1, 1], [0, 0, 1]],
            [[0, -1, 1], [-1, 0, -1], [1, 0, 0]],
            [[1, -1, 0], [-1, 0, -1], [0, 1, -1]],
        ],
        [
            [[0, 0, -1], [1, 0, 0], [0, -1, 0]],
            [[1, -1, 0], [-1, 1, 0], [-1, 1, 1]],
            [[1, 0, 1], [1, -1, 1], [-1, 0, 0]],
        ],
    ]
)
BIAS = np.array([1, 0])
LARGEST = {"size": 9, "depth": 3, "filters": 3, "kernel": 5}


def _numbers() -> dict[str, list]:
    """Return arrays of the largest sizes, with the worked example in their first places."""
    rng = np.random.default_rng(7)
    depth, size, kernel = LARGEST["depth"], LARGEST["size"], LARGEST["kernel"]
    x = rng.integers(0, 3, (depth, size, size))
    w = rng.integers(-1, 2, (LARGEST["filters"], depth, kernel, kernel))
    b = rng.integers(-1, 2, LARGEST["filters"])
    x[:, :5, :5], w[:2, :, :3, :3], b[:2] = INPUT, KERNELS, BIAS
    return {"x": x.tolist(), "w": w.tolist(), "b": b.tolist()}


class Convolution(Stage):
    """Size, depth, filters, kernel, stride, padding, dilation; play, pause, step, click."""

    title = traitlets.Unicode(
        "One window makes one number: multiply cell by cell, add up, add the bias"
    ).tag(sync=True)
    size = traitlets.Int(5, min=3, max=9).tag(sync=True)
    depth = traitlets.Int(3, min=1, max=3).tag(sync=True)
    filters = traitlets.Int(2, min=1, max=3).tag(sync=True)
    kernel = traitlets.Int(3, min=1, max=5).tag(sync=True)
    stride = traitlets.Int(2, min=1, max=3).tag(sync=True)
    padding = traitlets.Int(1, min=0, max=3).tag(sync=True)
    dilation = traitlets.Int(1, min=1, max=2).tag(sync=True)
    position = traitlets.Int(0, min=0).tag(sync=True)
    numbers = traitlets.Dict(_numbers()).tag(sync=True)

    def arrays(self):
        """Return x (1, C, H, W), w (F, C, K, K) and b (F,) as they are chosen now."""
        x, w, b = (np.array(self.numbers[name], float) for name in "xwb")
        k = self.kernel
        return (
            x[None, : self.depth, : self.size, : self.size],
            w[: self.filters, : self.depth, :k, :k],
            b[: self.filters],
        )

    def output(self):
        """Return the output (F, OH, OW) as the reference computes it."""
        x, w, b = self.arrays()
        return conv2d_dilated(x, w, b, self.stride, self.padding, self.dilation)[0]

    def still(self):
        """Show the window, the kernel and the number they make, in the first channel."""
        x, w, _ = self.arrays()
        out = self.output()
        row, column = (int(i) for i in np.unravel_index(self.position % out[0].size, out[0].shape))
        top, left = row * self.stride, column * self.stride
        taps = range(0, self.dilation * self.kernel, self.dilation)
        axes = matrices(
            [np.pad(x[0, 0], self.padding), w[0, 0], out[0]],
            [
                f"input, channel 1 of {self.depth}, framed by {self.padding}",
                f"filter 1, channel 1 of {self.depth}",
                f"output, map 1 of {self.filters}",
            ],
            self.title,
            marks={0: [(top + i, left + j) for i in taps for j in taps], 2: [(row, column)]},
        )
        return axes[0].figure

    script = r"""
function play(stage, model) {
  const get = (name) => model.get(name);
  const names = ["size", "depth", "filters", "kernel", "stride", "padding", "dilation"];
  stage.slider("size", "size", 3, 9);
  stage.slider("depth", "depth", 1, 3);
  stage.slider("filters", "filters", 1, 3);
  stage.slider("kernel", "filter size", 1, 5);
  stage.slider("stride", "stride", 1, 3);
  stage.slider("padding", "padding", 0, 3);
  stage.slider("dilation", "dilation", 1, 2);

  const shape = () => {
    const [n, k, s, p, d] = ["size", "kernel", "stride", "padding", "dilation"].map(get);
    const out = Math.floor((n + 2 * p - d * (k - 1) - 1) / s) + 1;
    return {n, k, s, p, d, out: Math.max(0, out), C: get("depth"), F: get("filters")};
  };
  const total = () => { const {out, F} = shape(); return out * out * F; };
  const step = () => { if (total()) stage.set("position", (get("position") + 1) % total()); };
  stage.animate(step, 600);
  stage.button("Back", () => {
    stage.stop();
    if (total()) stage.set("position", (get("position") + total() - 1) % total());
  });
  for (const name of names) {
    stage.on(name, () => { if (get("position") >= total()) stage.set("position", 0); });
  }
  stage.on("position", () => {});

  const at = (c, y, x) => {  // the padded input
    const {n, p} = shape();
    const row = y - p, column = x - p;
    return row < 0 || column < 0 || row >= n || column >= n ? 0 : get("numbers").x[c][row][column];
  };
  const value = (f, r, q) => {
    const {k, s, d, C} = shape(), w = get("numbers").w;
    let sum = get("numbers").b[f];
    for (let c = 0; c < C; c++) for (let i = 0; i < k; i++) for (let j = 0; j < k; j++)
      sum += at(c, r * s + i * d, q * s + j * d) * w[f][c][i][j];
    return sum;
  };

  let outputAt = null;  // where the output maps were drawn, for clicks
  stage.draw = (pen) => {
    const {n, k, s, p, d, out, C, F} = shape();
    const ink = stage.colours, side = n + 2 * p, w = get("numbers").w, b = get("numbers").b;
    const cell = Math.max(16, Math.min(30, Math.floor(420 / side), Math.floor(230 / (k || 1))));
    const gap = 22, top = 30;
    const rows = Math.max(C * (side * cell + gap), C * (k * cell + gap) + gap, F * (out * cell + gap));
    stage.resize(860, top + rows + 10);
    if (!out) {
      stage.text(`The window covers ${d * (k - 1) + 1} cells, but the framed input has only ${side}. `
                 + "Make the input or the padding larger.", 430, 80, {colour: ink.orange});
      stage.say(`No output: the window (${d * (k - 1) + 1}) is larger than the framed input (${side}).`);
      outputAt = null;
      return;
    }
    const now = get("position") % total(), f = Math.floor(now / (out * out));
    const r = Math.floor(now % (out * out) / out), q = now % out;
    const xIn = 10, xFilter = xIn + side * cell + 60, xOut = Math.max(xFilter + k * cell + 90, 560);
    stage.text(`input: ${C} × ${n} × ${n}`, xIn, 12, {align: "left", bold: true});
    stage.text(`filter ${f + 1} of ${F}, bias ${b[f]}`, xFilter, 12, {align: "left", bold: true});
    stage.text(`output: ${F} × ${out} × ${out}`, xOut, 12, {align: "left", bold: true});
    let terms = [];
    for (let c = 0; c < C; c++) {
      const y0 = top + c * (side * cell + gap);
      for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
        const i = (y - r * s) / d, j = (x - q * s) / d;
        const hit = Number.isInteger(i) && Number.isInteger(j) && i >= 0 && j >= 0 && i < k && j < k;
        const border = y < p || x < p || y >= n + p || x >= n + p;
        stage.cell(xIn + x * cell, y0 + y * cell, cell, at(c, y, x), {
          fill: hit ? "rgba(0,114,178,0.28)" : null,
          edge: hit ? ink.blue : null, wide: hit ? 2 : 1,
          colour: border && !hit ? stage.veiled(ink.ink, 0.5) : null});
        if (hit) terms.push([at(c, y, x), w[f][c][i][j]]);
      }
      const yf = top + c * (k * cell + gap);
      for (let i = 0; i < k; i++) for (let j = 0; j < k; j++)
        stage.cell(xFilter + j * cell, yf + i * cell, cell, w[f][c][i][j],
                   {fill: "rgba(213,94,0,0.18)", edge: ink.orange});
    }
    for (let g = 0; g < F; g++) {
      const y0 = top + g * (out * cell + gap);
      for (let y = 0; y < out; y++) for (let x = 0; x < out; x++) {
        const here = g === f && y === r && x === q, done = g * out * out + y * out + x <= now;
        stage.cell(xOut + x * cell, y0 + y * cell, cell, done ? value(g, y, x) : "",
                   {fill: here ? "rgba(0,158,115,0.35)" : null, edge: here ? ink.green : null,
                    wide: here ? 2.5 : 1});
      }
    }
    outputAt = {xOut, top, cell, out, gap, F};
    const signed = (v) => String(v).replace('-', '−');
    const shown = terms.filter(([a, b]) => a * b !== 0).map(([a, b]) => `${a}·${b < 0 ? `(${signed(b)})` : b}`);
    const words = shown.length > 12 ? [...shown.slice(0, 12), "…"] : shown;
    stage.say(`output[${f}, ${r}, ${q}] = ${[...words, b[f]].join(" + ")} = ${signed(value(f, r, q))}`
              + `   (${terms.length} products, the zeros left out)`);
  };
  const point = (x, y) => {
    if (!outputAt) return;
    const {xOut, top, cell, out, gap, F} = outputAt;
    const column = Math.floor((x - xOut) / cell), f = Math.floor((y - top) / (out * cell + gap));
    const row = Math.floor((y - top - f * (out * cell + gap)) / cell);
    if (column >= 0 && column < out && row >= 0 && row < out && f >= 0 && f < F)
      stage.set("position", (f * out + row) * out + column);
  };
  stage.click = point;
  stage.key = (name) => {
    const {out} = shape();
    const by = {left: -1, right: 1, up: -out, down: out}[name];
    if (total()) stage.set("position", (get("position") + by + total()) % total());
  };
}
"""


def explore(**settings) -> Convolution:
    """Return the explorer, started with ``settings`` such as ``stride=1``."""
    return Convolution(**settings)
