"""The sliding window: how a convolution makes its output, number by number.

Every channel of the input, every filter and every output map is in the picture, and a laptop's
screen holds it all.
"""

from __future__ import annotations

import numpy as np
import traitlets

from coursekit.explorers.stage import Stage
from coursekit.plots.convolution_forward import bands
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
        """Show the window in every channel, every filter, what each channel adds, and the maps."""
        (x,), w, b = self.arrays()
        out, p = self.output(), self.padding
        place = tuple(int(i) for i in np.unravel_index(self.position % out.size, out.shape))
        axes = bands(
            np.pad(x, ((0, 0), (p, p), (p, p))),
            w,
            b,
            out,
            place,
            stride=self.stride,
            dilation=self.dilation,
            title=self.title,
        )
        return axes.figure

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
  const part = (f, c, r, q) => {  // what channel c adds to an output
    const {k, s, d} = shape(), w = get("numbers").w[f][c];
    let sum = 0;
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++)
      sum += at(c, r * s + i * d, q * s + j * d) * w[i][j];
    return sum;
  };
  const parts = (f, r, q) => Array.from({length: shape().C}, (_, c) => part(f, c, r, q));
  const value = (f, r, q) => parts(f, r, q).reduce((a, b) => a + b, get("numbers").b[f]);
  const plus = (v) => (v < 0 ? " − " : " + ") + Math.abs(v);

  // Three bands: all channels of the input, all filters below, all output maps at the bottom.
  const GAP = 12, WIDE = 30, LEFT = 10, HIGH = 430;
  const plan = () => {
    const {n, k, p, out, C, F} = shape(), side = n + 2 * p;
    const across = (840 - WIDE * F) / Math.max(C * side, F * C * k, F * out);
    const cell = Math.floor(Math.min(30, across, HIGH / (side + k + out)));
    const filters = 26 + side * cell + 34, maps = filters + k * cell + 58;
    const right = Math.max(C * (side * cell + GAP), F * (C * (k * cell + GAP) + WIDE) + 60,
                           F * (out * cell + WIDE), 400);
    return {
      cell, filters, maps, width: Math.min(860, LEFT + right), bottom: maps + out * cell + 8,
      input: (c) => [LEFT + c * (side * cell + GAP), 26],
      filter: (f, c) => [LEFT + (f * C + c) * (k * cell + GAP) + f * (WIDE - GAP), filters],
      map: (f) => [LEFT + f * (out * cell + WIDE), maps],
    };
  };
  stage.draw = (pen) => {
    const {n, k, s, p, d, out, C, F} = shape();
    const ink = stage.colours, {w, b} = get("numbers"), side = n + 2 * p;
    if (!out) {
      stage.resize(860, 160);
      stage.text(`The window covers ${d * (k - 1) + 1} cells, but the framed input has only ${side}. `
                 + "Make the input or the padding larger.", 430, 80, {colour: ink.orange});
      stage.say(`No output: the window (${d * (k - 1) + 1}) is larger than the framed input (${side}).`);
      return;
    }
    const {cell, filters, maps, width, bottom, input, filter, map} = plan();
    stage.resize(width, bottom);
    const thick = cell < 20 ? 1 : 2;
    const now = get("position") % total(), f = Math.floor(now / (out * out));
    const r = Math.floor(now % (out * out) / out), q = now % out;
    const head = (words, y) => stage.text(words, LEFT, y, {align: "left", bold: true});
    head(`input: ${C} × ${n} × ${n}` + (p ? `, framed by ${p}` : ""), 12);
    head(`filters: ${F} × ${C} × ${k} × ${k}, bias ${b.slice(0, F).map(signed).join(", ")}`, filters - 14);
    head(`output: ${F} × ${out} × ${out}`, maps - 14);
    for (let c = 0; c < C; c++) {
      const [x0, y0] = input(c);
      for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
        const i = (y - r * s) / d, j = (x - q * s) / d;
        const hit = Number.isInteger(i) && Number.isInteger(j) && i >= 0 && j >= 0 && i < k && j < k;
        const border = y < p || x < p || y >= n + p || x >= n + p;
        stage.cell(x0 + x * cell, y0 + y * cell, cell, at(c, y, x), {
          fill: hit ? "rgba(0,114,178,0.28)" : null,
          edge: hit ? ink.blue : null, wide: hit ? thick : 1,
          colour: border && !hit ? stage.veiled(ink.ink, 0.5) : null});
      }
    }
    for (let g = 0; g < F; g++) {
      for (let c = 0; c < C; c++) {
        const [x0, y0] = filter(g, c);
        for (let i = 0; i < k; i++) for (let j = 0; j < k; j++)
          stage.cell(x0 + j * cell, y0 + i * cell, cell, signed(w[g][c][i][j]), {
            fill: g === f ? "rgba(213,94,0,0.25)" : null, edge: g === f ? ink.orange : null,
            wide: g === f ? thick : 1});
      }
      const [x0, y0] = map(g);
      for (let y = 0; y < out; y++) for (let x = 0; x < out; x++) {
        const here = g === f && y === r && x === q, done = g * out * out + y * out + x <= now;
        stage.cell(x0 + x * cell, y0 + y * cell, cell, done ? signed(value(g, y, x)) : "",
                   {fill: here ? "rgba(0,158,115,0.35)" : null, edge: here ? ink.green : null,
                    wide: here ? 2.5 : 1});
      }
    }
    const sums = parts(f, r, q), whole = signed(value(f, r, q));
    sums.forEach((sum, c) => {  // under each channel of the filter at work: what it adds
      const [x0, y0] = filter(f, c);
      stage.text((c ? plus(sum) : signed(sum)).trim(), x0 + k * cell / 2, y0 + k * cell + 14,
                 {colour: ink.orange, bold: true});
    });
    stage.text(`${plus(b[f]).trim()} = ${whole}`, filter(f, C - 1)[0] + k * cell + 10,
               filters + k * cell + 14, {align: "left", colour: ink.green, bold: true});
    const words = sums.map((sum, c) => (c ? plus(sum) : signed(sum)) + ` (channel ${c + 1})`).join("");
    stage.say(`output[${f}, ${r}, ${q}] = ${words}${plus(b[f])} (bias) = ${whole}`
              + `   from ${C * k * k} products`);
  };
  const point = (x, y) => {
    const {out, F} = shape(), {cell, map} = plan();
    for (let f = 0; f < F && out; f++) {
      const column = Math.floor((x - map(f)[0]) / cell), row = Math.floor((y - map(f)[1]) / cell);
      if (column >= 0 && column < out && row >= 0 && row < out)
        stage.set("position", (f * out + row) * out + column);
    }
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
