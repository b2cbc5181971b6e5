"""One page for each student: verdicts, messages, what to do next; never the answer."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from coursekit.exercises import load
from coursekit.grading.classroom import Row
from coursekit.grading.exports import by_student, file_name, number
from coursekit.grading.page import OUTCOMES, kind, page, plural, spoken, style


def write_feedback(folder: Path, rows: Sequence[Row], title: str) -> dict[str, Path]:
    """Write a page for each student; return student → page."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for student, lessons in by_student(rows).items():
        written[student] = folder / f"{file_name(student)}.html"
        text = student_page(student, lessons, title)
        if not written[student].exists() or written[student].read_text("utf-8") != text:
            written[student].write_text(text, encoding="utf-8")
    return written


def student_page(student: str, lessons: dict[str, list[Row]], title: str) -> str:
    """Return the page of one student, by lesson."""
    rows = [row for part in lessons.values() for row in part]
    passed = sum(row.result.outcome == "passed" for row in rows)
    parts = [
        f"<h1>{escape(student)}</h1><p class=soft>{escape(title)}</p>",
        '<div class="cards">',
        _card(f"{_points(rows)} of {_most(rows)}", "points"),
        _card(f"{passed} of {len(rows)}", "exercises passed"),
        "</div>",
    ]
    for lesson, mine in lessons.items():
        points = f"{_points(mine)} of {_most(mine)} points"
        head = f"{escape(lesson)} · {points}" if lesson else "A file that can't be read"
        parts.append(f"<h2>{head}</h2>")
        if mine[0].late:
            parts.append(
                f"<p>Handed in late: {number(100 * mine[0].late)} % of the points are "
                "taken off.</p>"
            )
        parts += [_exercise(row) for row in mine]
    return page(f"{student}: {title}", "\n".join(parts))


def _exercise(row: Row) -> str:
    result = row.result
    name = kind(result.outcome, result.score)
    sign, word = OUTCOMES[name]
    share = f" · {result.passed} of {plural(result.cases, 'case')} right" if result.cases else ""
    lines = [f"<p>{escape(line)}</p>" for line in result.message.split("\n") if line]
    if name in ("passed", "not attempted"):
        lines = []
    if result.mistake:
        lines.append(f"<p class=soft>Recognised: {escape(spoken(result.mistake))}.</p>")
    if result.notes:
        notes = "; ".join(note for note in result.notes if "reference's own" not in note)
        lines += [f"<p class=soft>{escape(notes)}.</p>"] if notes else []
    if name not in ("passed", "not attempted") and result.exercise in load():
        lines.append(f"<p class=soft>In the notebook, hint({escape(result.exercise)}) helps.</p>")
    return (
        f'<section class="card row {style(name)}"><div class=head>'
        f"<h3><code>{escape(result.exercise)}</code></h3>"
        f"<span class=word>{sign} {word}</span><span class=soft>{share.lstrip(' ·')}</span>"
        f"<span class=points>{number(row.points)} / {number(row.max_points)}</span></div>"
        f"{''.join(lines)}</section>"
    )


def _card(big: str, small: str) -> str:
    big, small = escape(big), escape(small)
    return f"<div class=card><div class=big>{big}</div><div class=soft>{small}</div></div>"


def _points(rows: Sequence[Row]) -> str:
    return number(sum(row.points for row in rows))


def _most(rows: Sequence[Row]) -> str:
    return number(sum(row.max_points for row in rows))
