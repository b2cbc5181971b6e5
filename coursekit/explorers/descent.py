"""A ball rolls down an error curve, and five optimizers race down a surface."""

from __future__ import annotations

import numpy as np
import traitlets

from coursekit import reference
from coursekit.explorers.stage import Stage
from coursekit.functions import double_well, double_well_gradient
from coursekit.plots.style import BLUE, COLOURS, figure

TILT, START_1D = 0.7, -1.9
SURFACE = {"curvature": [1.0, 12.0], "start": [-4.0, 1.6]}
OPTIMIZERS = ("plain", "momentum", "Adagrad", "RMSprop", "Adam")
STEPS = 60


class Descent(Stage):
    """Curve or surface; learning rate, momentum; step, play, and read where the ball is."""

    title = traitlets.Unicode(
        "A step goes against the slope: too small creeps, too large leaps, momentum rolls on"
    ).tag(sync=True)
    view = traitlets.Enum(("curve", "surface"), "curve").tag(sync=True)
    learning_rate = traitlets.Float(0.05).tag(sync=True)
    momentum = traitlets.Float(0.0).tag(sync=True)
    position = traitlets.Int(0, min=0, max=STEPS).tag(sync=True)
    course = traitlets.Dict(
        {
            "tilt": TILT,
            "start": START_1D,
            "steps": STEPS,
            **{"curvature": SURFACE["curvature"], "start2": SURFACE["start"]},
        }
    ).tag(sync=True)

    def curve_path(self):
        """Return the ball's places on the curve (steps + 1,), start included."""
        slope, w, update = double_well_gradient(tilt=TILT), np.array([START_1D]), np.zeros(1)
        path = [w]
        for _ in range(self.position):
            w, update = reference.momentum_step(
                w, slope(w), update, self.learning_rate, self.momentum
            )
            path.append(w)
        return np.concatenate(path)

    def surface_paths(self):
        """Return the path (steps + 1, 2) of every optimizer on the surface, by its name."""
        curvature = np.array(SURFACE["curvature"])
        paths = {}
        for name in OPTIMIZERS:
            w = np.array(SURFACE["start"])
            m, v = np.zeros(2), np.zeros(2)
            path = [w]
            for t in range(1, self.position + 1):
                g, rate = curvature * w, self.learning_rate
                if name == "plain":
                    w = w - rate * g
                elif name == "momentum":
                    w, m = reference.momentum_step(w, g, m, rate, self.momentum)
                elif name == "Adagrad":
                    w, v = reference.adagrad_step(w, g, v, rate)
                elif name == "RMSprop":
                    w, v = reference.rmsprop_step(w, g, v, rate)
                else:
                    w, m, v = reference.adam_step(w, g, m, v, t, rate)
                path.append(w)
            paths[name] = np.stack(path)
        return paths

    def still(self):
        """Show the ball that rolls over the hill, or the race of the five optimizers."""
        made, axes = figure(size=(6.4, 3.4), title=self.title)
        if self.view == "curve":
            path = Descent(learning_rate=0.05, momentum=0.9, position=25).curve_path()
            error = double_well(tilt=TILT)
            w = np.linspace(-2.2, 2.3, 200)
            axes.plot(w, [error(np.array([x])) for x in w], color="0.6")
            axes.plot(path, [error(np.array([x])) for x in path], "o-", color=BLUE, ms=4, lw=1)
            axes.set(xlabel="weight w", ylabel="error E")
            axes.set_title("25 steps with momentum 0.9 cross the hill", fontsize=9)
            return made
        a, b = np.meshgrid(np.linspace(-5, 5, 80), np.linspace(-2.4, 2.4, 60))
        k = SURFACE["curvature"]
        axes.contour(a, b, 0.5 * (k[0] * a**2 + k[1] * b**2), levels=12, colors="0.85")
        race = Descent(learning_rate=0.12, momentum=0.6, position=25).surface_paths()
        for (name, path), colour, marker in zip(race.items(), COLOURS, "os^Dv", strict=True):
            axes.plot(*path.T, marker + "-", color=colour, ms=3, lw=1, label=name)
        axes.set(xlabel="weight 1", ylabel="weight 2", xlim=(-5, 5), ylim=(-2.4, 2.4))
        axes.set_title("five optimizers, 25 steps from one start", fontsize=9)
        axes.legend(fontsize=8, loc="upper right")
        return made

    script = r"""
function play(stage, model) {
  const get = (name) => model.get(name), course = get("course");
  stage.choice("view", "show", ["curve", "surface"]);
  stage.slider("learning_rate", "learning rate", 0.01, 0.6, 0.01);
  stage.slider("momentum", "momentum", 0, 0.95, 0.05);
  stage.slider("position", "steps", 0, course.steps);
  stage.animate(() => {
    if (get("position") >= course.steps) return false;
    stage.set("position", get("position") + 1);
  }, 160);
  stage.button("Start again", () => { stage.stop(); stage.set("position", 0); });
  for (const name of ["view", "learning_rate", "momentum", "position"]) stage.on(name, () => {});

  const error = (w) => 0.25 * (w * w - 2) ** 2 + course.tilt * (2 - w);
  const slope = (w) => w * (w * w - 2) - course.tilt;
  const curvePath = () => {
    let w = course.start, update = 0;
    const path = [w];
    for (let t = 0; t < get("position"); t++) {
      update = get("momentum") * update - get("learning_rate") * slope(w);
      w += update;
      path.push(w);
    }
    return path;
  };
  const steps = {
    plain: (w, g, s, t, a) => w.map((x, i) => x - a * g[i]),
    momentum: (w, g, s, t, a) => { s.m = s.m.map((m, i) => get("momentum") * m - a * g[i]);
      return w.map((x, i) => x + s.m[i]); },
    Adagrad: (w, g, s, t, a) => { s.v = s.v.map((v, i) => v + g[i] ** 2);
      return w.map((x, i) => x - a * g[i] / (Math.sqrt(s.v[i]) + 1e-8)); },
    RMSprop: (w, g, s, t, a) => { s.v = s.v.map((v, i) => 0.9 * v + 0.1 * g[i] ** 2);
      return w.map((x, i) => x - a * g[i] / (Math.sqrt(s.v[i]) + 1e-8)); },
    Adam: (w, g, s, t, a) => { s.m = s.m.map((m, i) => 0.9 * m + 0.1 * g[i]);
      s.v = s.v.map((v, i) => 0.999 * v + 0.001 * g[i] ** 2);
      return w.map((x, i) => x - a * (s.m[i] / (1 - 0.9 ** t)) / (Math.sqrt(s.v[i] / (1 - 0.999 ** t)) + 1e-8)); },
  };
  const surfacePaths = () => Object.entries(steps).map(([name, step]) => {
    let w = course.start2;
    const s = {m: [0, 0], v: [0, 0]}, path = [w];
    for (let t = 1; t <= get("position"); t++) {
      w = step(w, w.map((x, i) => course.curvature[i] * x), s, t, get("learning_rate"));
      path.push(w);
    }
    return [name, path];
  });
  const height = ([x, y]) => 0.5 * (course.curvature[0] * x * x + course.curvature[1] * y * y);
  const FAR = 1e6, gone = (v) => !(Math.abs(v) < FAR);  // NaN is gone, too
  const tell = (v) => gone(v) ? "diverges" : signed(v.toFixed(4));

  const drawCurve = (pen) => {
    const ink = stage.colours, X = (w) => 430 + w * 165, Y = (e) => 300 - e * 75;
    pen.strokeStyle = ink.ink; pen.lineWidth = 1.5; pen.beginPath();
    for (let w = -2.5; w <= 2.5; w += 0.02) w === -2.5 ? pen.moveTo(X(w), Y(error(w))) : pen.lineTo(X(w), Y(error(w)));
    pen.stroke();
    stage.text("weight w", 430, 348); stage.text("error E", 30, 20, {align: "left"});
    for (let w = -2; w <= 2; w++) stage.text(signed(w), X(w), 328, {size: 12});
    const path = curvePath(), last = path.at(-1);
    path.forEach((w, t) => { if (Math.abs(w) < 2.6) {
      pen.fillStyle = t === path.length - 1 ? ink.orange : "rgba(0,114,178,0.55)";
      pen.beginPath(); pen.arc(X(w), Y(error(w)), t === path.length - 1 ? 9 : 4, 0, 7); pen.fill(); } });
    if (Math.abs(last) < 2.6) {
      const push = Math.max(-120, Math.min(120, -slope(last) * 60));
      stage.arrow(X(last), Y(error(last)) - 22, X(last) + push, Y(error(last)) - 22, {colour: ink.green, wide: 2});
    }
    if (gone(error(last)))
      return stage.say(`Step ${get("position")}: it diverges. Each step is larger than the one before.`);
    const valley = !Number.isFinite(last) || Math.abs(last) > 2.6 ? "It has left the picture: the steps are too large."
      : last > 0.3 ? "It is on the side of the deeper valley." : "It is on the side of the shallow valley.";
    stage.say(`Step ${get("position")}: w = ${tell(last)}, error ${tell(error(last))}, slope ${tell(slope(last))}. ${valley}`);
  };
  const drawSurface = (pen) => {
    const ink = stage.colours, X = (x) => 350 + x * 68, Y = (y) => 185 - y * 68;
    pen.save(); pen.beginPath(); pen.rect(5, 5, 690, 345); pen.clip();
    pen.strokeStyle = ink.faint; pen.lineWidth = 1.2;
    for (const level of [0.2, 0.8, 2, 4, 7, 11, 16, 23, 32]) {
      pen.beginPath();
      pen.ellipse(X(0), Y(0), 68 * Math.sqrt(2 * level / course.curvature[0]),
                  68 * Math.sqrt(2 * level / course.curvature[1]), 0, 0, 7);
      pen.stroke();
    }
    const colours = [ink.blue, ink.orange, ink.green, ink.purple, ink.sky], marks = ["●", "■", "▲", "◆", "▼"];
    const paths = surfacePaths();
    paths.forEach(([, path], n) => {
      pen.strokeStyle = colours[n]; pen.lineWidth = 1.5; pen.beginPath();
      path.forEach(([x, y], t) => t ? pen.lineTo(X(x), Y(y)) : pen.moveTo(X(x), Y(y)));
      pen.stroke();
      stage.text(marks[n], X(path.at(-1)[0]), Y(path.at(-1)[1]), {colour: colours[n], size: 16});
    });
    pen.restore();
    stage.text("weight 1 →, weight 2 ↑, error as rings", 350, 352, {size: 12});
    paths.forEach(([name, path], n) => {
      stage.text(marks[n], 715, 60 + 34 * n, {colour: colours[n], size: 16});
      stage.text(name, 728, 54 + 34 * n, {align: "left", bold: true});
      const last = height(path.at(-1));
      stage.text((gone(last) ? "" : "error ") + tell(last), 728, 70 + 34 * n, {align: "left", size: 12});
    });
    const last = paths.map(([name, path]) => [name, height(path.at(-1))]);
    const lost = last.filter(([, error]) => gone(error)).map(([name]) => name);
    const [best, least] = last.filter(([, error]) => !gone(error)).reduce((a, b) => b[1] < a[1] ? b : a);
    stage.say(`Step ${get("position")}: ${best} is lowest, error ${tell(least)}.`
              + (lost.length ? ` Diverged: ${lost.join(", ")}.` : ""));
  };
  stage.draw = (pen) => { stage.resize(860, 362); get("view") === "curve" ? drawCurve(pen) : drawSurface(pen); };
  stage.key = (name) => { const by = {right: 1, up: 1, left: -1, down: -1}[name];
    stage.set("position", Math.max(0, Math.min(course.steps, get("position") + by))); };
}
"""


def explore(**settings) -> Descent:
    """Return the explorer, started with ``settings`` such as ``view="surface"``."""
    return Descent(**settings)
