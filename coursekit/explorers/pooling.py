"""Pooling: a window lights up, its winner goes on, and the gradient goes back."""

from __future__ import annotations

import numpy as np
import traitlets

from coursekit import reference
from coursekit.explorers.stage import Stage
from coursekit.plots.convolution_backward import matrices

# A map with a tie (two 7s in the first window of 2×2) and with negative values.
MAP = np.array(
    [
        [7, 2, 0, -3, 1, 4],
        [7, 5, -1, -2, 3, 4],
        [1, 8, 6, 6, 0, 2],
        [0, 3, 6, 9, 5, 1],
        [-4, -2, 2, 0, 3, 3],
        [-1, -5, 1, 4, 2, 8],
    ]
)
KINDS = ("max", "average", "sum")


class Pooling(Stage):
    """Kind, window, stride; play through the windows, forward or with the gradient going back."""

    title = traitlets.Unicode(
        "Maximum: the winner takes the gradient. Average: all share it. Sum: each gets a copy"
    ).tag(sync=True)
    kind = traitlets.Enum(KINDS, "max").tag(sync=True)
    window = traitlets.Int(2, min=2, max=4).tag(sync=True)
    stride = traitlets.Int(2, min=1, max=3).tag(sync=True)
    position = traitlets.Int(0, min=0).tag(sync=True)
    numbers = traitlets.List(MAP.tolist()).tag(sync=True)

    def gradient(self):
        """Return dx for the dout that is shown (1, 2, 3, … in reading order), up to here."""
        x = np.array(self.numbers, float)[None, None]
        forward, backward = (
            getattr(reference, f"{self.kind.replace('average', 'avg')}_pool2d_{way}")
            for way in ("forward", "backward")
        )
        out = forward(x, self.window, self.stride)
        dout = 1.0 + np.arange(out.size).reshape(out.shape)
        dout[dout > self.position + 1] = 0
        return backward(dout, x, self.window, self.stride)[0, 0]

    def still(self):
        """Show the map, its pooled form, and the gradient after the last window."""
        whole = Pooling(kind=self.kind, window=self.window, stride=self.stride, position=10**6)
        x = np.array(self.numbers)
        forward = getattr(reference, f"{self.kind.replace('average', 'avg')}_pool2d_forward")
        out = forward(x[None, None].astype(float), self.window, self.stride)[0, 0]
        winners = np.argwhere(whole.gradient()) if self.kind == "max" else []
        axes = matrices(
            [x, out, whole.gradient()],
            ["the map", f"{self.kind} of each window", "its gradient 1, 2, 3, … comes back"],
            self.title,
            marks={0: winners, 2: winners},
        )
        return axes[0].figure

    script = r"""
function play(stage, model) {
  const get = (name) => model.get(name);
  stage.choice("kind", "kind", ["max", "average", "sum"]);
  stage.slider("window", "window", 2, 4);
  stage.slider("stride", "stride", 1, 3);
  const side = () => Math.floor((6 - get("window")) / get("stride")) + 1;
  const total = () => side() ** 2;
  stage.animate(() => stage.set("position", (get("position") + 1) % total()), 700);
  stage.button("Back", () => { stage.stop();
    stage.set("position", (get("position") + total() - 1) % total()); });
  for (const name of ["kind", "window", "stride"])
    stage.on(name, () => { if (get("position") >= total()) stage.set("position", 0); });
  stage.on("position", () => {});

  const cells = (r, q) => {  // the window's cells in reading order
    const found = [], k = get("window"), s = get("stride");
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++)
      found.push([r * s + i, q * s + j, get("numbers")[r * s + i][q * s + j]]);
    return found;
  };
  const winner = (all) => all.reduce((best, each) => each[2] > best[2] ? each : best);
  const pooled = (all) => {
    if (get("kind") === "max") return winner(all)[2];
    const sum = all.reduce((a, each) => a + each[2], 0);
    return get("kind") === "sum" ? sum : sum / all.length;
  };
  const tell = (v) => String(+v.toFixed(3)).replace("-", "−");
  const cell = 46, xIn = 14, xOut = 330, xBack = 560, top = 34;

  stage.draw = () => {
    const ink = stage.colours, n = side(), now = get("position") % total(), k = get("window");
    const row = Math.floor(now / n), column = now % n, here = cells(row, column);
    const small = 40;
    stage.resize(860, top + 6 * cell + 12);
    const back = Array.from({length: 6}, () => Array(6).fill(0));
    for (let index = 0; index <= now; index++) {
      const all = cells(Math.floor(index / n), index % n), d = index + 1;
      if (get("kind") === "max") { const [y, x] = winner(all); back[y][x] += d; }
      else for (const [y, x] of all) back[y][x] += get("kind") === "sum" ? d : d / (k * k);
    }
    stage.text("the map", xIn, 14, {align: "left", bold: true});
    stage.text("pooled (and its gradient)", xOut, 14, {align: "left", bold: true});
    stage.text("the gradient that comes back", xBack, 14, {align: "left", bold: true});
    const best = winner(here);
    for (let y = 0; y < 6; y++) for (let x = 0; x < 6; x++) {
      const inside = here.some(([a, b]) => a === y && b === x);
      const wins = get("kind") === "max" && best[0] === y && best[1] === x;
      stage.cell(xIn + x * cell, top + y * cell, cell, tell(get("numbers")[y][x]), {
        fill: wins ? "rgba(213,94,0,0.45)" : inside ? "rgba(0,114,178,0.25)" : null,
        edge: inside ? ink.blue : null, wide: wins ? 3 : inside ? 2 : 1});
      stage.cell(xBack + x * cell, top + y * cell, cell, back[y][x] ? tell(back[y][x]) : "0", {
        fill: back[y][x] ? "rgba(213,94,0,0.22)" : null, edge: inside ? ink.blue : null,
        wide: inside ? 2 : 1});
    }
    for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) {
      const at = y * n + x, done = at <= now;
      stage.cell(xOut + x * small, top + y * small, small, done ? tell(pooled(cells(y, x))) : "", {
        fill: at === now ? "rgba(0,158,115,0.35)" : null, edge: at === now ? ink.green : null,
        wide: at === now ? 2.5 : 1});
      if (done) stage.text(`(${at + 1})`, xOut + x * small + small / 2, top + (y + 1) * small - 7,
                           {size: 9, colour: ink.orange});
    }
    const d = now + 1, ties = here.filter((each) => each[2] === best[2]).length;
    const how = {
      max: `the winner ${tell(best[2])} at [${best[0]}, ${best[1]}] gets the whole gradient ${d}`
           + (ties > 1 ? `; ${ties} cells tie, the first one wins` : ""),
      average: `each of ${k * k} cells gets ${d}/${k * k} = ${tell(d / (k * k))}`,
      sum: `each of ${k * k} cells gets the whole gradient ${d}`,
    }[get("kind")];
    stage.say(`window [${row}, ${column}]: ${get("kind")} = ${tell(pooled(here))}; going back, ${how}.`);
  };
  stage.key = (name) => {
    const by = {left: -1, right: 1, up: -side(), down: side()}[name];
    stage.set("position", (get("position") + by + total()) % total());
  };
  stage.click = (x, y) => {
    const column = Math.floor((x - xOut) / 40), row = Math.floor((y - top) / 40);
    if (column >= 0 && column < side() && row >= 0 && row < side())
      stage.set("position", row * side() + column);
  };
}
"""


def explore(**settings) -> Pooling:
    """Return the explorer, started with ``settings`` such as ``kind="average"``."""
    return Pooling(**settings)
