"""Questions to the reader: a prediction before a result, a quiz at the end, a bug to spot.

Quiz and bug are plain HTML: every choice unfolds its own answer, by mouse or by keyboard, with or
without a kernel.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources

import numpy as np

from coursekit.display import Card, panel
from coursekit.exercise import Exercise

LETTERS = "abcdefgh"
FROM_EARLIER = 2
OFFERED = 4


@dataclass(frozen=True)
class Choice:
    """One answer to choose, what is said to it, and whether it is the right one."""

    text: str
    reply: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question with its choices; exactly one is right."""

    text: str
    choices: tuple[Choice, ...]
    lesson: str = ""

    def __post_init__(self):
        if sum(choice.right for choice in self.choices) != 1:
            raise ValueError(f"exactly one choice must be right in “{self.text}”")


@cache
def questions() -> dict[str, tuple[Question, ...]]:
    """Return the quiz questions of every lesson, lessons in the order of the course."""
    found = {}
    folder = resources.files("coursekit") / "quizzes"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            lesson = file.name.removesuffix(".toml")
            content = tomllib.loads(file.read_text(encoding="utf-8"))
            found[lesson] = tuple(
                Question(
                    entry["text"],
                    tuple(Choice(**choice) for choice in entry["choices"]),
                    lesson,
                )
                for entry in content["question"]
            )
    return found


def quiz_of(lesson: str) -> list[Question]:
    """Return the questions of a lesson's quiz: its own, and two from earlier lessons.

    Which two is fixed for each lesson, so that a notebook shows the same ones each time.

    Raises:
        ValueError: if the lesson has no quiz; the message lists those that have one.
    """
    known = questions()
    if lesson not in known:
        raise ValueError(f"no quiz for {lesson!r}; there are {', '.join(known)}")
    earlier = [each for name, group in known.items() if name < lesson for each in group]
    rng = np.random.default_rng(sorted(known).index(lesson))
    count = min(FROM_EARLIER, len(earlier))
    again = rng.choice(len(earlier), count, replace=False) if count else []
    return [*known[lesson], *(earlier[index] for index in again)]


def quiz_card(lesson: str) -> Card:
    """Return the quiz of a lesson; every choice unfolds its answer."""
    texts, bodies = [], []
    for number, question in enumerate(quiz_of(lesson), 1):
        again = f" (from {question.lesson})" if question.lesson != lesson else ""
        text, body = _question(f"{number}. {question.text}{again}", question.choices)
        texts.append(text)
        bodies.append(body)
    head = "Quiz: choose, and read the answer to your choice"
    return Card("\n".join([head, *texts]), panel("?", head, "question", "".join(bodies)))


def bug_card(exercise: Exercise, number: int = 0) -> Card:
    """Show one of the known mistakes as code, and ask which sentence is true of it."""
    mistakes = exercise.mistakes
    shown = mistakes[number % len(mistakes)]
    source = _renamed(shown.implementation, exercise.name)
    head = f"Spot the bug: this {exercise.name} is wrong. Which sentence is true of it?"
    rng = np.random.default_rng(number)
    others = [each for each in mistakes if each is not shown]
    offered = [shown, *(others[index] for index in rng.permutation(len(others))[: OFFERED - 1])]
    choices = [
        Choice(
            each.diagnosis,
            "Yes, that is it. Now say how you would mend it."
            if each is shown
            else "No. Run it in your head on a small input, and compare.",
            each is shown,
        )
        for each in offered
    ]
    text, body = _question("", [choices[index] for index in rng.permutation(len(choices))])
    code = f'<pre style="margin:.4em 0">{escape(source)}</pre>'
    return Card(f"{head}\n{source}\n{text}", panel("?", head, "question", code + body))


def _renamed(implementation, name: str) -> str:
    """Return a mistake's source as if it were the answer: its own name would tell too much."""
    source = textwrap.dedent(inspect.getsource(implementation))
    definition = ast.parse(source).body[0]
    lines = source.splitlines()[definition.lineno - 1 :]
    lines[0] = lines[0].replace(f"def {definition.name}(", f"def {name}(", 1)
    return "\n".join(line.split("  # ")[0].rstrip() for line in lines)


def _question(text: str, choices: Sequence[Choice]) -> tuple[str, str]:
    lines = [text] if text else []
    rows = []
    for letter, choice in zip(LETTERS, choices, strict=False):
        lines.append(f"   {letter}) {choice.text}")
        sign = "✓" if choice.right else "✗"
        rows.append(
            f'<details style="margin:.15em 0 .15em 1em"><summary style="cursor:pointer">{letter}) '
            f"{escape(choice.text)}</summary>"
            f'<div style="margin-left:1.5em">{sign} {escape(choice.reply)}</div></details>'
        )
    head = f'<div style="margin-top:.5em;font-weight:600">{escape(text)}</div>' if text else ""
    return "\n".join(lines), head + "".join(rows)
