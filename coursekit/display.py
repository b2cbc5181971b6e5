"""Turn what is known into cards: HTML for JupyterLab, text for everything else.

Nothing here runs or judges anything.  Every state has a sign and a word besides its colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from coursekit.exercise import Exercise, Verdict

SIGNS = {
    "passed": ("✓", "right", "#1b7f5c"),
    "failed": ("✗", "not yet right", "#c2410c"),
    "errored": ("!", "stops with an error", "#b91c1c"),
    "not attempted": ("○", "not attempted yet", "#6b7280"),
    "timed out": ("∞", "takes too long", "#b91c1c"),
}
BLUE = "#1d4ed8"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Card:
    """A small panel with two faces: text and HTML."""

    text: str
    html: str

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        return self.html


def show(card: Card) -> None:
    """Show a card under the cell, or print its text outside Jupyter."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        get_ipython = lambda: None  # noqa: E731
    if get_ipython() is None:
        print(card.text)
    else:
        display(card)


def verdict_card(exercise: Exercise, verdict: Verdict) -> Card:
    """Return the card of a verdict: sign, name, share of the cases, message, what to do next."""
    sign, word, _ = SIGNS[verdict.outcome]
    passed = sum(ok for _, ok in verdict.cases)
    share = ""
    if verdict.outcome in ("failed", "errored", "timed out") and len(verdict.cases) > 1:
        share = f" · {passed} of {len(verdict.cases)} cases right"
    lines = verdict.message.split("\n")
    if verdict.outcome == "not attempted":
        lines = []
    following = ""
    if not verdict.passed:
        following = (
            f"hint({exercise.name}) gives a hint. "
            "Until it passes, the lesson goes on with the reference."
        )
    head = f"{exercise.name}: {word}"
    text = "\n".join([f"{sign} {head}{share}", *(f"  {line}" for line in lines)])
    if following:
        text += f"\n  {following}"
    body = "".join(f"<div>{escape(line)}</div>" for line in lines)
    if following:
        body += f'<div style="opacity:.7;font-size:90%">{escape(following)}</div>'
    return Card(text, panel(sign, f"{head}{share}", verdict.outcome, body))


def hint_card(exercise: Exercise, number: int) -> Card:
    """Return the card of one hint."""
    head = f"{exercise.name}: hint {number + 1} of {len(exercise.hints)}"
    hint = exercise.hints[number]
    body = f"<div>{escape(hint)}</div>"
    return Card(f"? {head}\n  {hint}", panel("?", head, "question", body))


def solution_card(exercise: Exercise) -> Card:
    """Return the card with the reference's source text."""
    source = exercise.solution()
    head = f"{exercise.name}: the reference"
    body = f'<pre style="margin:.4em 0 0;white-space:pre-wrap">{escape(source)}</pre>'
    return Card(f"{head}\n{source}", panel("=", head, "question", body))


def refusal_card(exercise: Exercise) -> Card:
    """Return the card that keeps the reference back until the exercise has passed."""
    head = f"{exercise.name} has not passed yet"
    advice = (
        f"hint({exercise.name}) helps you find it yourself. "
        f"To see the reference all the same: solution({exercise.name}, insist=True)"
    )
    body = f"<div>{escape(advice)}</div>"
    return Card(f"? {head}\n  {advice}", panel("?", head, "question", body))


def progress_card(
    lessons: Mapping[str, Sequence[Exercise]], records: Mapping[str, Mapping]
) -> Card:
    """Return the picture of the whole road: a square an exercise, a row a lesson."""
    rows, lines = [], []
    earned_all = points_all = 0
    for lesson, exercises in lessons.items():
        squares, signs = [], ""
        earned = 0
        for exercise in exercises:
            entry = records.get(exercise.name, {})
            state = "passed" if entry.get("passed") else entry.get("outcome", "not attempted")
            sign, word, colour = SIGNS[state]
            earned += exercise.points * bool(entry.get("passed"))
            signs += sign
            squares.append(
                f'<span title="{escape(exercise.name)}: {word}" style="display:inline-block;'
                f"width:1.5em;text-align:center;margin:1px;border-radius:3px;color:#fff;"
                f'background:{colour}">{sign}</span>'
            )
        points = sum(exercise.points for exercise in exercises)
        earned_all, points_all = earned_all + earned, points_all + points
        lines.append(f"  {lesson:<26} {earned:>3} of {points:>3} points  {signs}")
        rows.append(
            f'<tr><td style="text-align:left">{escape(lesson)}</td>'
            f'<td style="text-align:right;white-space:nowrap">{earned} of {points}</td>'
            f'<td style="text-align:left">{"".join(squares)}</td></tr>'
        )
    met = [
        (name, mistake, mended)
        for name, entry in records.items()
        for mistake, mended in entry.get("mistakes", {}).items()
    ]
    mended = sum(ok for *_, ok in met)
    head = f"{earned_all} of {points_all} points"
    footer = f"Mistakes met: {len(met)}, mended: {mended}." if met else ""
    listing = "".join(
        f"<li>{escape(name)}: {escape(mistake.replace('_', ' '))}{' ✓ mended' if ok else ''}</li>"
        for name, mistake, ok in met
    )
    body = (
        '<table style="margin:.3em 0"><thead><tr><th style="text-align:left">lesson</th>'
        '<th>points</th><th style="text-align:left">exercises</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table><div>{escape(footer)}</div>"
    )
    if listing:
        body += f'<ul style="margin:.2em 0">{listing}</ul>'
    text = "\n".join([f"Progress: {head}", *lines, *([f"  {footer}"] if footer else [])])
    return Card(text, panel("◆", f"Progress: {head}", "question", body))


def panel(sign: str, head: str, state: str, body: str) -> str:
    """Return a panel with a coloured edge; ``state`` is an outcome, or "question"."""
    colour = SIGNS[state][2] if state in SIGNS else BLUE
    return (
        f'<div style="border-left:4px solid {colour};padding:.4em .8em;margin:.3em 0;'
        'background:var(--jp-layout-color2, #f5f5f5);color:var(--jp-ui-font-color1, #111)">'
        f'<div style="font-weight:600"><span style="display:inline-block;min-width:1.4em;'
        f'color:#fff;background:{colour};border-radius:3px;text-align:center;margin-right:.5em">'
        f"{sign}</span>{escape(head)}</div>{body}</div>"
    )
