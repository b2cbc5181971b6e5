"""The class on one page: scores, difficulty, and which mistake to speak of in the next lecture."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from coursekit.exercises import load
from coursekit.grading.classroom import Row
from coursekit.grading.copies import SMALL
from coursekit.grading.exports import by_student, number
from coursekit.grading.page import OUTCOMES, kind, page, plural, spoken, style
from coursekit.grading.troubles import (
    ALIKE,
    LEFT,
    MISTAKE,
    SLOW,
    STOPS,
    Trouble,
    copies_of,
    is_unread,
    to_say,
    troubles,
)

ORDER = tuple(OUTCOMES)
EDGES = {  # the outcome whose colour each kind of trouble has
    MISTAKE: style("failed"),
    ALIKE: style("failed"),
    STOPS: style("errored"),
    SLOW: style("timed out"),
    LEFT: style("not attempted"),
}


def write_report(path: Path, rows: Sequence[Row], title: str, footer: str) -> None:
    path.write_text(class_page(rows, title, footer), encoding="utf-8")


def class_page(rows: Sequence[Row], title: str, footer: str = "") -> str:
    """Return the report on a class."""
    students = by_student(rows)
    files, rows = rows, [row for row in rows if row.result.exercise]  # some stand for a file only
    totals = {
        student: [row for part in lessons.values() for row in part]
        for student, lessons in students.items()
    }
    whole = _most(rows)
    shares = {student: _points(mine) / whole for student, mine in totals.items()}
    outcomes = Counter(kind(row.result.outcome, row.result.score) for row in rows)
    median = f"{100 * statistics.median(shares.values()):.0f} %" if shares else "–"
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
        _begin_with(rows, len(students)),
        _lessons(rows, len(students)),
        _difficulty(rows),
        _mistakes(rows),
        _map(rows, totals, shares),
        _alike(rows),
        _unread(files),
        f"<p class=soft>{escape(footer)}</p>" if footer else "",
    ]
    return page(title, "\n".join(body))


def _points(rows: Sequence[Row]) -> float:
    return sum(row.points for row in rows)


def _most(rows: Sequence[Row]) -> float:
    """Return the points that a student can have who hands in all that anyone handed in."""
    return sum({row.result.exercise: row.max_points for row in rows}.values()) or 1.0


def _begin_with(rows: Sequence[Row], students: int) -> str:
    """Return what to say at the beginning of the next lecture."""
    said = to_say(rows)
    if not said:
        return ""
    cards = "".join(
        f'<div class="card row {EDGES[each.kind]}"><p><strong>{len(each.students)} of '
        f"{plural(students, 'student')}</strong> in <code>{escape(each.exercise)}</code>: "
        f"<em>{escape(each.title)}</em></p><p>{escape(each.words)}</p></div>"
        for each in said
    )
    return f"<h2>Begin the next lecture with</h2>{cards}"


BINS = 20


def _lessons(rows: Sequence[Row], students: int) -> str:
    parts = [
        "<h2>Scores by lesson</h2><p class=soft>How many students have how much of a lesson's "
        "points: each column is 5 % wide, from 0 to 100 %. The line is the median of those who "
        "handed it in.</p><div class=bars>"
    ]
    for lesson in sorted({row.result.lesson for row in rows}):
        mine = [row for row in rows if row.result.lesson == lesson]
        each: dict[str, list[Row]] = {}
        for row in mine:
            each.setdefault(row.student, []).append(row)
        whole = _most(mine)
        shares = [_points(one) / whole for one in each.values()]
        parts.append(_histogram(lesson, shares, students))
    return "".join(parts) + "</div>"


def _histogram(lesson: str, shares: Sequence[float], students: int) -> str:
    counts = Counter(min(int(BINS * share + 1e-9), BINS - 1) for share in shares)
    highest = max(counts.values())
    median = 100 * statistics.median(shares)
    columns = "".join(
        f'<i style="height:{100 * counts[place] / highest:.0f}%" title="{counts[place]} from '
        f'{100 * place // BINS} to {100 * (place + 1) // BINS} %"></i>'
        for place in range(BINS)
    )
    lower, upper = (100 * value for value in _quartiles(shares))
    said = f"{plural(len(shares), 'student')}: half lie from {lower:.0f} to {upper:.0f} %"
    return (
        f"<div class=bar><span>{escape(lesson)}<br><span class=soft>{len(shares)} of {students} "
        f'handed in</span></span><span class=strip role=img aria-label="{said}, median '
        f'{median:.0f} %">{columns}<b style="left:{median:.1f}%"></b></span>'
        f"<span>{median:.0f} %<br><span class=soft>{lower:.0f}–{upper:.0f}</span></span></div>"
    )


def _quartiles(shares: Sequence[float]) -> tuple[float, float]:
    if len(shares) < 2:
        return shares[0], shares[0]
    lower, _, upper = statistics.quantiles(shares, n=4, method="inclusive")
    return lower, upper


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
        f"{_label(outcome, counts[outcome], total)}</span>"
        for outcome in there
    )
    said = ", ".join(f"{counts[outcome]} {OUTCOMES[outcome][1]}" for outcome in there)
    return (
        f"<div class=bar><code>{escape(exercise)}</code>"
        f'<span class=track role=img aria-label="{said}">{pieces}</span>'
        f"<span>{100 * mean:.0f} %</span></div>"
    )


def _label(outcome: str, count: int, total: int) -> str:
    """Return what a piece of a bar has room for: sign and number, the sign, or nothing."""
    sign = OUTCOMES[outcome][0]
    return f"{sign} {count}" if count >= 0.1 * total else sign if count >= 0.04 * total else ""


def _mistakes(rows: Sequence[Row]) -> str:
    found = troubles(rows)
    made = [each for each in found if each.kind == MISTAKE]
    unnamed = [each for each in found if each.kind in (ALIKE, STOPS) and len(each.students) > 1]
    return _known(made) + _unnamed(unnamed)


def _unnamed(found: Sequence[Trouble]) -> str:
    """Return what several students share that no known mistake explains."""
    if not found:
        return ""
    most = len(found[0].students)
    tiles = "".join(_mistake(each, most) for each in found)
    return (
        "<h2>Shared, and not known by name</h2><p class=soft>Several students got the same "
        "message, or stopped with the same error: perhaps a mistake that the course does not know "
        "yet.</p>"
        f"<div class=tiles>{tiles}</div>"
    )


def _known(made: Sequence[Trouble]) -> str:
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


def _mistake(each: Trouble, most: int) -> str:
    names = ", ".join(escape(student) for student in each.students)
    who = f"<p class=soft>{names}</p>"
    if len(each.students) > 3:
        who = f"<details><summary>who</summary>{who}</details>"
    return (
        f'<section class="card row {EDGES[each.kind]}"><div class=head>'
        f"<h3>{escape(each.title)}</h3>"
        f"<code class=soft>{escape(each.exercise)}</code>"
        f"<span class=points>{plural(len(each.students), 'student')}</span></div>"
        f'<div class="track thin"><span style="width:{100 * len(each.students) / most:.1f}%">'
        f"</span></div><p>{escape(each.words)}</p>{who}</section>"
    )


def _map(
    rows: Sequence[Row], totals: dict[str, list[Row]], shares: dict[str, float], most: int = 250
) -> str:
    lessons: dict[str, list[str]] = {}
    there = {row.result.exercise for row in rows}
    for name, exercise in load().items():
        if name in there:
            lessons.setdefault(exercise.lesson, []).append(name)
    groups = "".join(
        f"<th colspan={len(names)} class=first>{escape(lesson)}</th>"
        for lesson, names in lessons.items()
    )
    heads = "".join(
        f"<th{_first(place)}><span>{escape(name)}</span></th>"
        for names in lessons.values()
        for place, name in enumerate(names)
    )
    ranked = sorted(totals, key=lambda student: (-shares[student], student))
    lines = []
    for student in ranked[:most]:
        cells = {row.result.exercise: row for row in totals[student]}
        line = "".join(
            _square(cells.get(name), place)
            for names in lessons.values()
            for place, name in enumerate(names)
        )
        share = f"{number(round(100 * shares[student], 1))} %"
        lines.append(
            f'<tr><th title="{escape(student)}: {share}">{escape(student)}</th>'
            f"<td class=share>{share}</td>{line}</tr>"
        )
    more = (
        f"<p class=soft>… and {len(ranked) - most} students more.</p>" if len(ranked) > most else ""
    )
    return (
        f"<h2>Every student, every exercise</h2>{_key()}"
        "<p class=soft>A blank square: the lesson was not handed in. "
        "The percentage is of the points of all lessons here.</p>"
        "<div class=wide tabindex=0><table class=grid>"
        f"<thead><tr><th></th><th></th>{groups}</tr><tr><th></th><th></th>{heads}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>{more}"
    )


def _first(place: int) -> str:
    """Mark the first exercise of a lesson."""
    return "" if place else " class=first"


def _square(row: Row | None, place: int) -> str:
    if row is None:
        return f"<td{_first(place)}></td>"
    name = kind(row.result.outcome, row.result.score)
    mistake = f": {spoken(row.result.mistake)}" if row.result.mistake else ""
    said = f"{row.result.exercise}, {OUTCOMES[name][1]}{mistake}"
    first = "" if place else " first"
    return f'<td class="{style(name)}{first}" title="{escape(said)}">{OUTCOMES[name][0]}</td>'


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
    found = {(row.student, row.result.message) for row in rows if is_unread(row)}
    if not found:
        return ""
    items = "".join(
        f"<li><strong>{escape(student)}</strong>: {escape(why)}</li>"
        for student, why in sorted(found)
    )
    return f"<h2>Files that can't be read</h2><ul>{items}</ul>"
