"""A prediction before the result: choose, run on, and see the two side by side.

The result is kept back until something is predicted.
"""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from coursekit import store
from coursekit.display import Card, panel, show
from coursekit.explorers.still import bundle

FIRST = "Make your prediction above first, then run this cell again."


class Prediction:
    """Radio buttons that record what the reader expects; shown where it ends a cell."""

    def __init__(self, question: str, choices: list[str]):
        if len(choices) < 2:
            raise ValueError("a prediction needs two choices or more")
        self.question = question
        self.choices = list(choices)
        earlier = store.predictions().get(question)
        self._buttons = widgets.RadioButtons(
            options=self.choices,
            value=earlier if earlier in self.choices else None,
            layout=widgets.Layout(width="max-content"),
        )
        self._buttons.observe(self._record, names="value")
        head = widgets.HTML(f"<b>Predict.</b> {escape(question)}")
        self.widget = widgets.VBox([head, self._buttons])

    @property
    def chosen(self) -> str | None:
        """What the reader chose, or None."""
        return self._buttons.value

    def choose(self, choice: str) -> None:
        """Choose as a click does (for tests, and for readers who prefer to type)."""
        if choice not in self.choices:
            raise ValueError(f"choose one of {', '.join(map(repr, self.choices))}")
        self._buttons.value = choice

    def compare(self, right: str, why: str = "") -> None:
        """Show the prediction beside what came out; without a prediction, ask for one."""
        if right not in self.choices:
            raise ValueError(f"{right!r} is none of the choices: {self.choices}")
        if self.chosen is None:
            # no frame: the first line of the HTML is what JupyterLab shows of folded outputs
            show(Card(f"? {FIRST}", FIRST))
            return
        if self.chosen == right:
            head = f"You predicted: {self.chosen}. So it is."
            state, sign = "passed", "✓"
        else:
            head = f"You predicted: {self.chosen}. It is: {right}"
            state, sign = "failed", "✗"
        body = f"<div>{escape(why)}</div>" if why else ""
        text = f"{sign} {head}" + (f"\n  {why}" if why else "")
        show(Card(text, panel(sign, head, state, body)))

    def _record(self, change):
        if change["new"] is not None:
            store.predict(self.question, change["new"])

    def _repr_mimebundle_(self, **_):
        text = "\n".join([f"Predict. {self.question}", *(f"  ( ) {each}" for each in self.choices)])
        rows = "".join(f"<li>{escape(each)}</li>" for each in self.choices)
        html = panel("?", f"Predict. {self.question}", "question", f"<ul>{rows}</ul>")
        return bundle(self.widget, text, html=html)
