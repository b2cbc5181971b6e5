"""How large a gradient arrives at each layer of a deep stack: measured, not drawn from a theory."""

from __future__ import annotations

from functools import cache

import numpy as np
import traitlets

from coursekit import data
from coursekit.explorers.stage import Stage
from coursekit.nn import BatchNorm2d
from coursekit.nn.deep_stack import deep_stack, gradient_norms
from coursekit.plots.style import BLUE, ORANGE, figure

DEPTHS = (4, 10, 20, 30)
INITS = {"small (0.05)": 0.05, "Kaiming": None, "large (0.3)": 0.3}


@cache
def measured() -> dict[str, list[float]]:
    """Measure every setting on the same 8 pictures of clothes; keys as in the browser."""
    clothes = data.fashion_mnist()
    x = clothes.x_train[:8, None].astype(np.float32) / 255
    y = clothes.y_train[:8]
    found = {}
    for depth in DEPTHS:
        for name, std in INITS.items():
            for skip in (False, True):
                for norm in (False, True):
                    model = deep_stack(
                        depth, skip=skip, norm=BatchNorm2d if norm else None, weight_std=std,
                        stride=2,
                    )  # fmt: skip
                    norms = gradient_norms(model, x, y)
                    key = f"{depth} {name} {skip} {norm}".replace("T", "t").replace("F", "f")
                    found[key] = [float(f"{value:.3g}") for value in norms]
    return found


class GradientFlow(Stage):
    """Depth, first weights, skip paths, batch norm: the gradient's length layer by layer."""

    title = traitlets.Unicode(
        "Does the gradient reach the first layers? Skip paths and batch norm keep it alive"
    ).tag(sync=True)
    depth = traitlets.Enum(DEPTHS, 20).tag(sync=True)
    init = traitlets.Enum(tuple(INITS), "small (0.05)").tag(sync=True)
    skip = traitlets.Bool(False).tag(sync=True)
    norm = traitlets.Bool(False).tag(sync=True)
    depths = traitlets.List(list(DEPTHS)).tag(sync=True)
    inits = traitlets.List(list(INITS)).tag(sync=True)
    norms = traitlets.Dict().tag(sync=True)

    @traitlets.default("norms")
    def _measure(self):
        return measured()

    def still(self):
        """Show small first weights at depth 20: plain, and with skip paths."""
        made, axes = figure(size=(6.4, 3.2), title=self.title)
        for skip, colour, mark in (("false", ORANGE, "s-"), ("true", BLUE, "o-")):
            norms = self.norms[f"20 small (0.05) {skip} false"]
            label = "with skip paths" if skip == "true" else "plain"
            axes.semilogy(range(len(norms)), norms, mark, color=colour, ms=4, label=label)
        axes.set(xlabel="block (0 is nearest to the picture)", ylabel="length of the gradient")
        axes.set_title("20 layers, small first weights, no batch norm", fontsize=9)
        axes.legend()
        return made

    script = r"""
function play(stage, model) {
  const get = (name) => model.get(name);
  stage.choice("depth", "depth", get("depths"));
  stage.choice("init", "first weights", get("inits"));
  stage.toggle("skip", "skip paths");
  stage.toggle("norm", "batch norm");
  let before = null, shown = null;
  const key = () => `${get("depth")} ${get("init")} ${get("skip")} ${get("norm")}`;
  for (const name of ["depth", "init", "skip", "norm"]) stage.on(name, () => {});
  // One scale for all settings, so that the eye may compare them.
  const lengths = Object.values(get("norms")).flat().filter((v) => v > 0).map(Math.log10);
  const LOW = Math.floor(Math.min(...lengths)), HIGH = Math.ceil(Math.max(...lengths));
  const MOST = Math.max(...Object.values(get("norms")).map((norms) => norms.length));
  const top = 24, bottom = 300, left = 90, right = 840;
  const Y = (v) => bottom - (v > 0 ? Math.log10(v) - LOW : 0) / (HIGH - LOW) * (bottom - top);
  const X = (i) => left + 12 + i / (MOST - 1) * (right - left - 24);
  const tell = (v) => {
    const [digits, exponent] = v.toExponential(1).split("e");
    return v === 0 ? "0" : `${digits} · ${power(+exponent)}`;
  };

  stage.draw = (pen) => {
    const ink = stage.colours;
    if (key() !== shown) { before = shown; shown = key(); }
    stage.resize(860, 350);
    for (let exponent = 4 * Math.ceil(LOW / 4); exponent <= HIGH; exponent += 4) {
      const y = Y(10 ** exponent);
      pen.strokeStyle = ink.faint; pen.lineWidth = 1;
      pen.beginPath(); pen.moveTo(left, y); pen.lineTo(right, y); pen.stroke();
      stage.text(power(exponent), left - 8, y, {align: "right"});
    }
    for (let i = 0; i < MOST; i++) stage.text(String(i), X(i), bottom + 14, {size: 12});
    const line = (norms, colour, dashed, radius) => {
      pen.strokeStyle = colour; pen.lineWidth = dashed ? 1.2 : 2.5; pen.setLineDash(dashed ? [5, 4] : []);
      pen.beginPath();
      norms.forEach((v, i) => i ? pen.lineTo(X(i), Y(v)) : pen.moveTo(X(i), Y(v)));
      pen.stroke(); pen.setLineDash([]);
      if (radius) norms.forEach((v, i) => { pen.fillStyle = colour; pen.beginPath();
        pen.arc(X(i), Y(v), radius, 0, 7); pen.fill(); });
    };
    if (before) line(get("norms")[before], ink.orange, true, 0);
    const norms = get("norms")[shown];
    line(norms, ink.blue, false, 4);
    stage.text("block: 0 is nearest to the picture, the last is nearest to the loss", 465, 337);
    stage.text("length of the gradient", left - 60, 10, {align: "left"});
    const ratio = norms[0] / norms.at(-1), d = get("depth");
    const word = ratio < 1e-3 ? "It starves on the way." : ratio > 1e3 ? "It explodes on the way." : "It arrives.";
    stage.say(`Depth ${d}: at the last block ${tell(norms.at(-1))}, at the first ${tell(norms[0])}. ${word}`
              + (before ? " Dashed: the setting before." : ""));
  };
}
"""


def explore(**settings) -> GradientFlow:
    """Return the explorer, started with ``settings`` such as ``skip=True``."""
    return GradientFlow(**settings)
