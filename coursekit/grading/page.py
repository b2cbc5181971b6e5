"""What the grader's pages share: one file each, no script, no network; light, dark, any width."""

from __future__ import annotations

from html import escape

# A sign and a word go with every colour; the colours are told apart by colour-blind eyes too.
OUTCOMES = {
    "passed": ("✓", "passed"),
    "partly": ("◐", "partly right"),
    "failed": ("✗", "not right"),
    "errored": ("!", "stopped with an error"),
    "timed out": ("∞", "took too long"),
    "not attempted": ("○", "not attempted"),
}

STYLE = """
:root { color-scheme: light dark;
  --page: #ffffff; --card: #f6f7f9; --text: #1b1f24; --soft: #57606a; --line: #d6dbe1;
  --passed: #00735c; --partly: #7a5c00; --failed: #b3470f; --errored: #a4133c;
  --timed-out: #7b2d8b; --not-attempted: #6b7280; --link: #0550ae; --bar: #0072b2; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14171c; --card: #1f242b; --text: #e8eaed; --soft: #a7b0bb; --line: #39414c;
  --passed: #3fc7a3; --partly: #e2b93d; --failed: #f2935c; --errored: #ff8fa3;
  --timed-out: #d79be6; --not-attempted: #9aa3af; --link: #7ab7ff; --bar: #56b4e9; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem; max-width: 70rem; background: var(--page);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0; } p { margin: .3rem 0; } .soft { color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .7rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .7rem .9rem; }
.big { font-size: 1.5rem; font-weight: 650; }
.row { border-left: .3rem solid var(--edge, var(--line)); margin: .6rem 0; }
.head { display: flex; flex-wrap: wrap; gap: .2rem 1rem; align-items: baseline; }
.head .points { margin-left: auto; font-variant-numeric: tabular-nums; white-space: nowrap; }
.passed { --edge: var(--passed); } .partly { --edge: var(--partly); }
.failed { --edge: var(--failed); } .errored { --edge: var(--errored); }
.timed-out { --edge: var(--timed-out); } .not-attempted { --edge: var(--not-attempted); }
.word { color: var(--edge); font-weight: 600; }
code, pre { font: .92em/1.45 ui-monospace, monospace; }
pre { white-space: pre-wrap; margin: .4rem 0; }
details { margin: .2rem 0; } summary { cursor: pointer; color: var(--link); }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
a { color: var(--link); }
.wide { overflow: auto; max-width: 100%; max-height: 90vh; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
.bars { display: grid; gap: .55rem; }
.bar { display: grid; grid-template-columns: minmax(8rem, 15rem) 1fr 4.5rem; gap: .2rem .8rem;
  align-items: center; }
.bar > :last-child { text-align: right; font-variant-numeric: tabular-nums; }
.track { display: flex; height: 1.15rem; border-radius: .25rem; overflow: hidden;
  background: var(--line); }
.track span { background: var(--edge); height: 100%; color: var(--page); font-size: .75rem;
  line-height: 1.15rem; text-align: center; overflow: hidden; }
.track span + span { border-left: 2px solid var(--page); }
.thin { height: .45rem; margin: .3rem 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr));
  gap: .7rem; align-items: start; margin: .6rem 0; } .tiles .row { margin: 0; }
ul { padding-left: 1.2rem; margin: .4rem 0; } li { margin: .25rem 0; }
.bar .soft { font-size: .85rem; }
.strip { position: relative; height: 3rem; border-bottom: 2px solid var(--soft); display: flex;
  align-items: flex-end; gap: 1px; }
.strip i { flex: 1; background: var(--bar); }
.strip b { position: absolute; top: 0; width: .2rem; height: 100%; margin-left: -.1rem;
  background: var(--text); }
.grid { border-collapse: separate; border-spacing: 1px; }
.grid td { padding: 0; border: 0; width: 1.5rem; min-width: 1.5rem; height: 1.5rem;
  text-align: center; background: var(--edge, transparent); color: var(--page); font-size: .8rem; }
.grid td.share { color: var(--soft); background: none; text-align: right;
  padding: 0 .5rem 0 0; white-space: nowrap; }
.grid td.first, .grid th.first { border-left: 2px solid var(--soft); }
.grid th { border: 0; font-weight: 400; white-space: nowrap; padding: .1rem .5rem .1rem 0;
  text-align: left; background: var(--page); }
.grid tbody th { position: sticky; left: 0; z-index: 1; }
.grid thead { position: sticky; top: 0; z-index: 2; background: var(--page); }
.grid thead tr:first-child th { padding: 0 .3rem; font-size: .8rem; }
.grid thead tr + tr th { padding: .3rem 0; vertical-align: bottom; }
.grid thead tr + tr th span { writing-mode: vertical-rl; transform: rotate(180deg); }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: .4rem 0; }
@media (max-width: 34rem) { body { padding: .9rem; } .bar { grid-template-columns: 1fr 4.5rem; }
  .bar > :first-child { grid-column: 1 / -1; } .grid tbody th { max-width: 8.5rem;
  overflow: hidden; text-overflow: ellipsis; } }
@media print { body { max-width: none; } .wide { max-height: none; }
  details > * { display: block; } }
"""


def page(title: str, body: str) -> str:
    """Return a whole page."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def kind(outcome: str, score: float) -> str:
    """Return the outcome as the pages tell it: a failure with some cases right is “partly”."""
    return "partly" if outcome == "failed" and score > 0 else outcome


def style(name: str) -> str:
    """Return the class of an outcome's colour."""
    return name.replace(" ", "-")


def plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def spoken(name: str) -> str:
    """Return a mistake's name as words."""
    return name.replace("_", " ")
