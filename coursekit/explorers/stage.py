"""The stage on which an explorer plays: controls around one canvas, drawn in the browser.

Moving a control redraws at once, without a trip to the kernel.  What is chosen is also kept in the
widget's traits, so that Python sees it and a test can set it.  An explorer is one file: a subclass
of ``Stage`` with its traits, a ``script`` (the JavaScript below, then its own), and ``still``, the
picture that stands in its place where no kernel is alive.

The explorer's own script defines ``play(stage, model)``.  It may use:

``stage.slider(trait, label, min, max, step)``, ``stage.choice(trait, label, options)``,
``stage.button(label, action)``: controls, each with a label, each usable by keyboard;
``stage.animate(step, milliseconds)``: Play, Pause and Step buttons around ``step()``;
``stage.draw = (pen, width, height) => …``: called to redraw, with a 2-D context;
``stage.resize(width, height)``, ``stage.redraw()``, ``stage.say(text)``: a line above the picture,
which screen readers read too; ``stage.click = (x, y) => …``; ``stage.key = (name) => …`` for arrow
keys on the canvas; ``stage.colours``: blue, orange, green, purple, sky, ink, paper, faint.
"""

from __future__ import annotations

from abc import abstractmethod

import anywidget
import traitlets

from coursekit.explorers.still import bundle, png_of

SCRIPT = r"""
const COLOURS = {blue: "#0072B2", orange: "#D55E00", green: "#009E73", purple: "#CC79A7",
                 sky: "#56B4E9", yellow: "#F0E442"};
// The same hues, brighter: on black paper the ones above are too dark to read.
const ON_BLACK = {...COLOURS, blue: "#4AA8E0", orange: "#F0803C", green: "#22C597", sky: "#A6DCF7"};
const READABLE = 0.9;  // of its size, below which a picture's numbers are too small

function makeStage(el, model) {
  const root = document.createElement("div");
  root.className = "coursekit-explorer";
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", model.get("title"));
  const title = document.createElement("div");
  title.className = "coursekit-title";
  title.textContent = model.get("title");
  const controls = document.createElement("div");
  controls.className = "coursekit-controls";
  const canvas = document.createElement("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const line = document.createElement("div");
  line.className = "coursekit-line";
  line.setAttribute("aria-live", "polite");
  const frame = document.createElement("div");
  frame.className = "coursekit-frame";
  frame.append(canvas);
  root.append(title, controls, line, frame);
  el.append(root);

  let width = 860, height = 360, timer = null, waiting = false;
  const pen = canvas.getContext("2d");
  // The keys of a focused control are its own: JupyterLab would move to the next cell.
  const ownKeys = (control) => { control.dataset.lmSuppressShortcuts = "true"; return control; };
  ownKeys(canvas);
  const listeners = [];

  const settle = () => {  // a resized canvas has forgotten all of it
    Object.assign(pen, {textAlign: "center", textBaseline: "middle", font: "13px sans-serif"});
  };
  // The ink of a theme may have an alpha of its own: rgba(0, 0, 0, 0.87).
  const veiled = (ink, alpha) =>
    ink.replace(/rgba?\(([^,]+),([^,]+),([^,)]+).*/, "rgba($1,$2,$3, " + alpha + ")");
  const stage = {
    root, canvas, model, veiled, draw: null, click: null, key: null,
    get colours() {
      const ink = getComputedStyle(root).color;
      const bright = +ink.match(/[\d.]+/)[0] > 127;  // its red
      return {...(bright ? ON_BLACK : COLOURS), ink, paper: getComputedStyle(root).backgroundColor,
              faint: veiled(ink, 0.18)};
    },
    resize(w, h) {
      if (w === width && h === height && canvas.width) return;
      width = w; height = h;
      const scale = window.devicePixelRatio || 1;
      canvas.width = Math.round(w * scale);
      canvas.height = Math.round(h * scale);
      canvas.style.width = w + "px";
      canvas.style.minWidth = READABLE * w + "px";  // on a narrow screen the frame scrolls
      canvas.style.aspectRatio = w + " / " + h;
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      settle();
    },
    redraw() {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        pen.clearRect(0, 0, width, height);
        settle();
        if (stage.draw) stage.draw(pen, width, height);
      });
    },
    say(text) {
      if (line.textContent !== text) line.textContent = text;
      canvas.setAttribute("aria-label", text);
    },
    set(trait, value) {
      if (model.get(trait) === value) return;
      model.set(trait, value);
      model.save_changes();
    },
    slider(trait, label, min, max, step = 1) {
      const input = document.createElement("input");
      Object.assign(input, {type: "range", min, max, step, value: model.get(trait)});
      input.setAttribute("aria-label", label);
      const shown = document.createElement("output");
      const show = () => { shown.textContent = +(+model.get(trait)).toPrecision(4); };
      input.addEventListener("input", () => { stage.set(trait, +input.value); });
      stage.on(trait, () => { input.value = model.get(trait); show(); });
      show();
      return labelled(label, input, shown);
    },
    choice(trait, label, options) {
      const input = document.createElement("select");
      input.setAttribute("aria-label", label);
      for (const option of options) input.append(new Option(option, option));
      input.value = model.get(trait);
      input.addEventListener("change", () => {
        stage.set(trait, options.find((option) => String(option) === input.value));
      });
      stage.on(trait, () => { input.value = model.get(trait); });
      return labelled(label, input);
    },
    toggle(trait, label) {
      const input = document.createElement("input");
      input.type = "checkbox";
      input.checked = model.get(trait);
      input.addEventListener("change", () => { stage.set(trait, input.checked); });
      stage.on(trait, () => { input.checked = model.get(trait); });
      return labelled(label, input);
    },
    button(label, action) {
      const button = ownKeys(document.createElement("button"));
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", () => action(button));
      controls.append(button);
      return button;
    },
    animate(step, milliseconds = 500) {
      const stop = () => { clearInterval(timer); timer = null; play.textContent = "Play"; };
      const play = stage.button("Play", () => {
        if (timer) return stop();
        play.textContent = "Pause";
        timer = setInterval(() => { if (step() === false) stop(); }, milliseconds);
      });
      stage.button("Step", () => { stop(); step(); });
      stage.stop = stop;
    },
    stop() {},
    on(trait, action) {
      const heard = () => { action(); stage.redraw(); };
      model.on("change:" + trait, heard);
      listeners.push(["change:" + trait, heard]);
    },
    close() {
      clearInterval(timer);
      for (const [name, heard] of listeners) model.off(name, heard);
    },
    cell(x, y, size, text, {fill = null, edge = null, wide = 1, colour = null} = {}) {
      if (fill) { pen.fillStyle = fill; pen.fillRect(x, y, size, size); }
      pen.lineWidth = wide;
      pen.strokeStyle = edge || stage.colours.faint;
      pen.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
      if (text !== null && text !== "") {
        pen.fillStyle = colour || stage.colours.ink;
        pen.font = Math.max(9, Math.min(15, size * 0.42)) + "px sans-serif";
        pen.fillText(String(text), x + size / 2, y + size / 2 + 1);
      }
    },
    text(words, x, y, {colour = null, align = "center", size = 13, bold = false} = {}) {
      pen.fillStyle = colour || stage.colours.ink;
      pen.textAlign = align;
      pen.font = (bold ? "600 " : "") + size + "px sans-serif";
      pen.fillText(words, x, y);
      pen.textAlign = "center";
    },
    arrow(x0, y0, x1, y1, {colour = null, wide = 1.5} = {}) {
      const angle = Math.atan2(y1 - y0, x1 - x0), head = 4 + 2 * wide;
      pen.strokeStyle = pen.fillStyle = colour || stage.colours.ink;
      pen.lineWidth = wide;
      pen.beginPath(); pen.moveTo(x0, y0); pen.lineTo(x1, y1); pen.stroke();
      pen.beginPath(); pen.moveTo(x1, y1);
      pen.lineTo(x1 - head * Math.cos(angle - 0.45), y1 - head * Math.sin(angle - 0.45));
      pen.lineTo(x1 - head * Math.cos(angle + 0.45), y1 - head * Math.sin(angle + 0.45));
      pen.fill();
    },
  };

  function labelled(label, input, shown) {
    const box = document.createElement("label");
    ownKeys(input);
    box.append(label + " ", input);
    if (shown) box.append(" ", shown);
    controls.append(box);
    return input;
  }

  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    if (stage.click) stage.click((event.clientX - box.left) * width / box.width,
                                 (event.clientY - box.top) * height / box.height);
  });
  canvas.addEventListener("keydown", (event) => {
    const names = {ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down"};
    if (stage.key && names[event.key]) {
      stage.key(names[event.key]);
      event.preventDefault();
      event.stopPropagation();
    }
  });
  // The stylesheet lets the ink of a new theme come by a transition: at its end it is drawn with.
  // JupyterLab may cut it short, when it takes the old theme's stylesheet away.
  for (const end of ["transitionend", "transitioncancel"]) {
    root.addEventListener(end, (event) => {
      if (event.target === root && event.propertyName === "color") {
        requestAnimationFrame(() => stage.redraw());
      }
    });
  }
  stage.resize(860, 360);
  return stage;
}

// A number as it is printed: with a true minus sign.
function signed(value) { return String(value).replace("-", "−"); }

// A power of ten as it is written: 10⁻³.
function power(exponent) {
  return "10" + [...String(exponent)].map((c) => c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]).join("");
}

// Numbers that are the same in every browser: a small linear congruential generator.
function numbers(seed) {
  let state = seed >>> 0;
  return () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32; };
}

export default {
  render({model, el}) {
    const stage = makeStage(el, model);
    play(stage, model);
    stage.redraw();
    return () => stage.close();
  },
};
"""

STYLE = """
.coursekit-explorer { color: var(--jp-ui-font-color1, #111); padding: .4em 0;
  background: var(--jp-layout-color0, #fff); max-width: 900px; transition: color 20ms;
  font-family: var(--jp-ui-font-family, sans-serif); }
.coursekit-title { font-weight: 600; margin-bottom: .3em; }
.coursekit-controls { display: flex; flex-wrap: wrap; gap: .35em 1.1em; align-items: center;
  margin-bottom: .5em; }
.coursekit-controls label { display: inline-flex; align-items: center; gap: .3em; }
.coursekit-controls input[type=range] { width: 7em; }
.coursekit-controls output { min-width: 2.6em; font-variant-numeric: tabular-nums; }
.coursekit-controls button, .coursekit-controls select { font: inherit; padding: .15em .7em;
  color: inherit; background: var(--jp-layout-color2, #eee);
  border: 1px solid var(--jp-border-color1, #bbb); border-radius: 3px; cursor: pointer; }
.coursekit-frame { overflow-x: auto; padding: 3px; }
.coursekit-explorer canvas { max-width: 100%; height: auto; }
.coursekit-explorer :focus-visible { outline: 2px solid #0072B2; outline-offset: 2px; }
.coursekit-line { min-height: 1.4em; font-variant-numeric: tabular-nums; }
"""


class Stage(anywidget.AnyWidget):
    """Controls around one canvas; see the module's docstring for how to write an explorer."""

    _css = STYLE
    title = traitlets.Unicode().tag(sync=True)
    script = ""

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "script" in cls.__dict__:  # not for the classes that traitlets makes on the way
            cls._esm = SCRIPT + cls.script

    @abstractmethod
    def still(self):
        """Return a matplotlib figure of a telling moment, for places without a live kernel."""

    def _repr_mimebundle_(self, **_):
        return bundle(self, f"[explorer] {self.title}", png=png_of(self.still()))
