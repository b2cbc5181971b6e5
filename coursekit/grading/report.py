"""The class on one page: scores, difficulty, and which mistake to speak of in the next lecture."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from coursekit.exercises import load
from coursekit.grading.classroom import Row
from coursekit.grading.copies import SMALL
from coursekit.grading.exports import by_student, number
from coursekit.grading.page import OUTCOMES, kind, page, plural, spoken, style

ORDER = tuple(OUTCOMES)


@dataclass(frozen=True)
class MadeMistake:
    """A recognised mistake, and who made it."""

    exercise: str
    name: str
    diagnosis: str
    students: tuple[str, ...]


def mistakes_of(rows: Iterable[Row]) -> list[MadeMistake]:
    """Return the mistakes of a class, the most frequent first."""
    made: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.result.mistake:
            made.setdefault((row.result.exercise, row.result.mistake), []).append(row.student)
    found = [
        MadeMistake(exercise, name, _diagnosis(exercise, name), tuple(students))
        for (exercise, name), students in made.items()
    ]
    return sorted(found, key=lambda each: (-len(each.students), each.exercise, each.name))


def _diagnosis(exercise: str, name: str) -> str:
    known = load().get(exercise)
    return (
        next((each.diagnosis for each in known.mistakes if each.name == name), "") if known else ""
    )


def copies_of(rows: Iterable[Row]) -> list[tuple[tuple[str, ...], list[str]]]:
    """Return groups of students whose code is the same but for names, and in which exercises.

    Short answers are alike by nature, and so are those that are the reference's own: neither count.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        result = row.result
        if result.print and result.own and result.size >= SMALL:
            groups.setdefault((result.exercise, result.print), []).append(row.student)
    shared: dict[tuple[str, ...], list[str]] = {}
    for (exercise, _), students in groups.items():
        if len(set(students)) > 1:
            shared.setdefault(tuple(sorted(set(students))), []).append(exercise)
    return sorted(shared.items(), key=lambda item: (-len(item[1]), item[0]))


def write_report(path: Path, rows: Sequence[Row], title: str, footer: str) -> None:
    path.write_text(class_page(rows, title, footer), encoding="utf-8")


def class_page(rows: Sequence[Row], title: str, footer: str = "") -> str:
    """Return the report on a class."""
    students = by_student(rows)
    totals = {
        student: [row for part in lessons.values() for row in part]
        for student, lessons in students.items()
    }
    shares = [_share(mine) for mine in totals.values()]
    outcomes = Counter(kind(row.result.outcome, row.result.score) for row in rows)
    median = f"{100 * statistics.median(shares):.0f} %" if shares else "–"
    body = [
        f"<h1>{escape(title)}</h1><p class=soft>The class at a glance</p>",
        '<div class="cards">',
        *(
            f"<div class=card><div class=big>{big}</div><div class=soft>{small}</div></div>"
            for big, small in (
                (len(students), "students"),
                (median, "median of the points"),
                (f"{outcomes['passed']} of {len(rows)}", "exercises passed"),
                (sum(outcomes[name] for name in ("errored", "timed out")), "stopped or too slow"),
            )
        ),
        "</div>",
        _first_sentence(rows),
        _lessons(rows),
        _difficulty(rows),
        _mistakes(rows),
        _map(rows, totals),
        _alike(rows),
        _unread(rows),
        f"<p class=soft>{escape(footer)}</p>" if footer else "",
    ]
    return page(title, "\n".join(body))


def _share(rows: Sequence[Row]) -> float:
    most = sum(row.max_points for row in rows)
    return sum(row.points for row in rows) / most if most else 0.0


def _first_sentence(rows: Sequence[Row]) -> str:
    """Return what to say at the beginning of the next lecture."""
    made = mistakes_of(rows)
    if not made:
        return ""
    top = made[0]
    return (
        '<h2>Begin the next lecture with</h2><div class="card row failed">'
        f"<p><strong>{plural(len(top.students), 'student')}</strong> in "
        f"<code>{escape(top.exercise)}</code>: <em>{escape(spoken(top.name))}</em></p>"
        f"<p>{escape(top.diagnosis)}</p></div>"
    )


def _lessons(rows: Sequence[Row]) -> str:
    parts = [
        "<h2>Scores by lesson</h2><p class=soft>A dot is a student, the line the median, "
        "from 0 to 100 % of the points.</p><div class=bars>"
    ]
    for lesson in sorted({row.result.lesson for row in rows}):
        each: dict[str, list[Row]] = {}
        for row in rows:
            if row.result.lesson == lesson:
                each.setdefault(row.student, []).append(row)
        shares = {student: _share(mine) for student, mine in each.items()}
        median = 100 * statistics.median(shares.values())
        dots = "".join(
            f'<i style="left:{100 * share:.1f}%" title="{escape(name)}: {100 * share:.0f} %"></i>'
            for name, share in sorted(shares.items(), key=lambda item: item[1])[:400]
        )
        parts.append(
            f"<div class=bar><span>{escape(lesson)}</span><span class=strip role=img "
            f'aria-label="{len(shares)} students, median {median:.0f} %">{dots}'
            f'<b style="left:{median:.1f}%"></b></span><span>{median:.0f} %</span></div>'
        )
    return "".join(parts) + "</div>"


def _key(names: Iterable[str] = ORDER) -> str:
    items = (
        f'<span class="{style(name)}"><span class=word>{OUTCOMES[name][0]}</span> '
        f"{OUTCOMES[name][1]}</span>"
        for name in names
    )
    return f"<div class=key>{''.join(items)}</div>"


def _difficulty(rows: Sequence[Row]) -> str:
    counts: dict[str, Counter] = {}
    scores: dict[str, list[float]] = {}
    for row in rows:
        name = row.result.exercise
        counts.setdefault(name, Counter())[kind(row.result.outcome, row.result.score)] += 1
        scores.setdefault(name, []).append(row.result.score)
    hardest = sorted(counts, key=lambda name: (statistics.mean(scores[name]), name))
    bars = (_bar(name, counts[name], statistics.mean(scores[name])) for name in hardest)
    return (
        "<h2>Exercises, the hardest first</h2><p class=soft>The number is the mean score.</p>"
        f"{_key()}<div class=bars>{''.join(bars)}</div>"
    )


def _bar(exercise: str, counts: Counter, mean: float) -> str:
    total = sum(counts.values())
    there = [outcome for outcome in ORDER if counts[outcome]]
    pieces = "".join(
        f'<span class="{style(outcome)}" style="width:{100 * counts[outcome] / total:.2f}%" '
        f'title="{counts[outcome]} {OUTCOMES[outcome][1]}">'
        f"{counts[outcome] if counts[outcome] >= 0.06 * total else ''}</span>"
        for outcome in there
    )
    said = ", ".join(f"{counts[outcome]} {OUTCOMES[outcome][1]}" for outcome in there)
    return (
        f"<div class=bar><code>{escape(exercise)}</code>"
        f'<span class=track role=img aria-label="{said}">{pieces}</span>'
        f"<span>{100 * mean:.0f} %</span></div>"
    )


def _mistakes(rows: Sequence[Row]) -> str:
    made = mistakes_of(rows)
    if not made:
        return "<h2>Map of mistakes</h2><p>No known mistake was recognised.</p>"
    often = [each for each in made if len(each.students) > 1]
    once = [each for each in made if len(each.students) == 1]
    most = len(made[0].students)
    parts = [
        "<h2>Map of mistakes</h2><p class=soft>Which mistake, in which exercise, how many "
        "students, and who.</p>",
        f"<div class=tiles>{''.join(_mistake(each, most) for each in often)}</div>",
    ]
    if once:
        tiles = "".join(_mistake(each, most) for each in once)
        opened = "" if often else " open"
        parts.append(
            f"<details{opened}><summary>{plural(len(once), 'mistake')} more, each made by one "
            f"student</summary><div class=tiles>{tiles}</div></details>"
        )
    return "".join(parts)


def _mistake(each: MadeMistake, most: int) -> str:
    names = ", ".join(escape(student) for student in each.students)
    who = f"<p class=soft>{names}</p>"
    if len(each.students) > 3:
        who = f"<details><summary>who</summary>{who}</details>"
    return (
        f'<section class="card row failed"><div class=head><h3>{escape(spoken(each.name))}</h3>'
        f"<code class=soft>{escape(each.exercise)}</code>"
        f"<span class=points>{plural(len(each.students), 'student')}</span></div>"
        f'<div class="track thin"><span style="width:{100 * len(each.students) / most:.1f}%">'
        f"</span></div><p>{escape(each.diagnosis)}</p>{who}</section>"
    )


def _map(rows: Sequence[Row], totals: dict[str, list[Row]], most: int = 250) -> str:
    order = {name: number for number, name in enumerate(load())}
    names = sorted({row.result.exercise for row in rows}, key=lambda name: order.get(name, 0))
    heads = "".join(f"<th>{escape(name)}</th>" for name in names)
    lines = []
    ranked = sorted(totals, key=lambda student: (-_share(totals[student]), student))
    for student in ranked[:most]:
        cells = {row.result.exercise: row for row in totals[student]}
        line = "".join(_square(cells.get(name)) for name in names)
        share = f"{number(100 * _share(totals[student]))} %"
        lines.append(
            f'<tr><th title="{escape(student)}: {share}">{escape(student)}</th>{line}</tr>'
        )
    more = (
        f"<p class=soft>… and {len(ranked) - most} students more.</p>" if len(ranked) > most else ""
    )
    return (
        f"<h2>Every student, every exercise</h2>{_key()}"
        "<div class=wide tabindex=0><table class=grid>"
        f"<thead><tr><th></th>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>{more}"
    )


def _square(row: Row | None) -> str:
    if row is None:
        return "<td></td>"
    name = kind(row.result.outcome, row.result.score)
    mistake = f": {spoken(row.result.mistake)}" if row.result.mistake else ""
    said = f"{row.result.exercise}, {OUTCOMES[name][1]}{mistake}"
    return f'<td class="{style(name)}" title="{escape(said)}">{OUTCOMES[name][0]}</td>'


def _alike(rows: Sequence[Row]) -> str:
    parts = []
    shared = copies_of(rows)
    if shared:
        items = "".join(
            f"<li><strong>{', '.join(map(escape, students))}</strong>: "
            f"{', '.join(map(escape, exercises))}</li>"
            for students, exercises in shared
        )
        parts.append(
            "<h2>Answers that are the same but for names</h2><p class=soft>A reason to ask, not a "
            "proof: people learn together. Short answers are alike by nature and are left out.</p>"
            f"<ul>{items}</ul>"
        )
    own: dict[str, list[str]] = {}
    for row in rows:
        if row.result.print and not row.result.own and row.result.size >= SMALL:
            own.setdefault(row.student, []).append(row.result.exercise)
    if own:
        items = "".join(
            f"<li><strong>{escape(student)}</strong>: {plural(len(names), 'exercise')}"
            f"<span class=soft> · {', '.join(map(escape, names))}</span></li>"
            for student, names in sorted(own.items(), key=lambda item: (-len(item[1]), item[0]))
        )
        parts.append(
            "<h2>Answers that are the reference's own code</h2><p class=soft>The notebook shows "
            "the reference after a pass, and before it to who insists.</p>"
            f"<details{' open' if len(own) <= 8 else ''}><summary>{plural(len(own), 'student')}"
            f"</summary><ul>{items}</ul></details>"
        )
    return "".join(parts)


def _unread(rows: Sequence[Row]) -> str:
    found = {
        (row.student, row.result.message)
        for row in rows
        if row.result.outcome == "errored"
        and not row.result.cases
        and "can't be graded" in row.result.message
    }
    if not found:
        return ""
    items = "".join(
        f"<li><strong>{escape(student)}</strong>: {escape(why)}</li>"
        for student, why in sorted(found)
    )
    return f"<h2>Files that can't be read</h2><ul>{items}</ul>"
