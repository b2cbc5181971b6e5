"""Grade one submission: slice it, run it in the sandbox, judge what came out.

The verdict is made here, where student code has never been.  Of the sandbox's replies only plain
data is read, and whatever is not of that form counts as no answer.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from coursekit import judging, plain
from coursekit.exercise import Exercise, Verdict
from coursekit.exercises import load
from coursekit.grading.copies import fingerprint
from coursekit.grading.exchange import ANSWER_BYTES, Program, Reply
from coursekit.grading.lending import may_lend, reference_text
from coursekit.grading.programs import Slice, slice_exercise
from coursekit.grading.submission import Submission, Unreadable, read
from coursekit.observing import Crash, Observation, clean

OWN = "the code is the reference's own"  # a note for the instructor alone
LIMITS = 30  # time limits that one notebook may use up
TOGETHER_BYTES = 8 * 2**20  # of code that is sent at once: each exercise has its own copy
USUAL = 10.0  # seconds, where no limit is set
LEAST = 1.0  # seconds that every answer has: a right one is far quicker


@dataclass(frozen=True)
class Result:
    """The grade of one exercise in one submission.

    Attributes:
        outcome, score, mistake, message: as in ``Verdict``.
        passed, cases: how many cases passed, and how many there are.
        notes: what the instructor should know beyond the verdict.
        print: the answer's code with all names made alike, as a hash; "" where there is none.
        size: how many parts that code has: small answers are alike by nature.
        own: False where the code is the reference's own.
        seconds: how long it ran.
    """

    exercise: str
    lesson: str
    outcome: str
    score: float
    mistake: str
    message: str
    passed: int = 0
    cases: int = 0
    notes: tuple[str, ...] = ()
    print: str = ""
    size: int = 0
    own: bool = True
    seconds: float = 0.0


@dataclass(frozen=True)
class Graded:
    """All that grading finds in one file: results, or the reason why there are none."""

    results: tuple[Result, ...] = ()
    unreadable: str = ""
    odd: bool = False  # the grader failed, not the student: to be tried again by the next run

    def to_plain(self) -> dict:
        return {**vars(self), "results": [vars(each) for each in self.results]}


def grade(
    content: bytes,
    sandbox,
    seed: int = 0,
    seconds: float | None = None,
    only: Iterable[str] | None = None,
) -> Graded:
    """Grade a notebook.  Never raises for anything that a student can hand in.

    ``seconds`` replaces every exercise's own time limit; ``only`` names the exercises to grade
    (default: all of the lessons that the notebook holds).  The whole notebook has ``LIMITS`` time
    limits; when they are used up, each further answer has one second.
    """
    try:
        submission = read(content)
    except Unreadable as error:
        return Graded(unreadable=clean(error, 300))
    known = load()
    wanted = list(only) if only is not None else exercises_of(submission)
    if not wanted:
        return Graded(unreadable="no exercise of the course stands in this notebook")
    return Graded(tuple(_Grading(submission, sandbox, seed, seconds, known).all(wanted)))


def exercises_of(submission: Submission) -> list[str]:
    """Return the exercises of every lesson that the notebook holds.

    A lesson is held where at least half of its exercises stand; if none is, the lesson of which
    the most stand.
    """
    names = submission.names()
    lessons: dict[str, list[str]] = {}
    for exercise in load().values():
        lessons.setdefault(exercise.lesson, []).append(exercise.name)
    share = {
        lesson: sum(name in names for name in inside) / len(inside)
        for lesson, inside in lessons.items()
    }
    held = [lesson for lesson in lessons if share[lesson] >= 0.5]
    if not held:
        best = max(lessons, key=lambda lesson: share[lesson])
        held = [best] if share[best] > 0 else []
    return [name for lesson in held for name in lessons[lesson]]


class _Grading:
    """One submission on its way: slices, verdicts, and second chances."""

    def __init__(
        self,
        submission: Submission,
        sandbox,
        seed: int,
        seconds: float | None,
        known: Mapping[str, Exercise],
    ):
        self.submission, self.sandbox, self.seed = submission, sandbox, seed
        self.seconds, self.known = seconds, known
        self.left = LIMITS * (seconds or USUAL)
        self.slices: dict[str, Slice] = {}
        self.verdicts: dict[str, Verdict] = {}
        self.taken: dict[str, float] = {}
        self.notes: dict[str, list[str]] = {}

    def all(self, wanted: list[str]) -> list[Result]:
        """Return a result for each exercise in ``wanted``, in that order."""
        self._first(wanted)
        self._second(wanted)
        return [self._result(self.known[name]) for name in wanted]

    def _first(self, names: Iterable[str]) -> None:
        """Judge each answer with what the student wrote."""
        programs: dict[str, Program] = {}
        for name in names:
            found = slice_exercise(self.submission, name, self.known)
            self.slices[name], self.notes[name] = found, list(found.notes)
            if found.broken is not None:
                self.verdicts[name] = _syntax_error(found)
            elif found.answer is None:
                self.verdicts[name] = _not_attempted()
            else:
                programs[name] = self._program(name, found)
        self._run(programs)

    def _second(self, names: Iterable[str]) -> None:
        """Judge again what builds on another exercise that is wrong, with its reference."""
        leaning = {
            name: {other for other in self.slices[name].uses if may_lend(other, to=name)}
            for name in names
            if self.slices[name].answer is not None and not self.verdicts[name].passed
        }
        self._first({other for uses in leaning.values() for other in uses} - set(self.verdicts))
        programs, before = {}, dict(self.verdicts)
        for name, uses in leaning.items():
            wrong = sorted(other for other in uses if not self.verdicts[other].passed)
            if wrong:
                found = slice_exercise(self.submission, name, self.known, given=wrong)
                programs[name] = self._program(name, found, wrong)
        self._run(programs)
        for name in programs:
            better = self.verdicts[name].score > before[name].score
            if better or before[name].outcome == "not attempted":
                wrong = ", ".join(sorted(programs[name].given.keys() & self.slices[name].uses))
                self.notes[name].append(f"judged with the reference in the place of {wrong}")
            else:
                self.verdicts[name] = before[name]

    def _program(self, name: str, found: Slice, lent: Iterable[str] = ()) -> Program:
        exercise = self.known[name]
        pairs = [*found.imports, *((other, other) for other in lent)]
        given = {
            bound: (other, reference_text(other)[0])
            for bound, other in pairs
            if may_lend(other, to=name)
        }
        return Program(
            name=name,
            statements=(
                *(("the lesson's imports", n, line) for n, line in enumerate(found.template, 1)),
                *((each.cell, each.line, each.text) for each in found.statements),
            ),
            cases=_inputs(exercise, self.seed),
            seconds=self.seconds or exercise.seconds,
            given=given,
            limit=ANSWER_BYTES + 8 * _expected_bytes(exercise, self.seed),
        )

    def _run(self, programs: Mapping[str, Program]) -> None:
        """Judge programs: together first, and apart what is not right at once."""
        # never together: a program that was lent a reference, which its neighbours would find
        alone = {name: each for name, each in programs.items() if not each.given}
        size = sum(len(text) for each in programs.values() for _, _, text in each.statements)
        if size > TOGETHER_BYTES:
            alone = {}
        replies = dict(zip(alone, self.sandbox.try_together(list(alone.values())), strict=False))
        for name, reply in replies.items():
            self._judge(programs[name], reply)
        apart = [
            program
            for name, program in programs.items()
            if name not in replies or not self.verdicts[name].passed
        ]
        if sum(each.seconds for each in apart) <= self.left and size <= TOGETHER_BYTES:
            groups = [apart]
        else:  # one by one, to see how much time each one leaves
            groups = [[each] for each in apart]
        for group in groups:
            granted = [self._granted(each) for each in group]
            for program, reply in zip(granted, self.sandbox.run(granted), strict=True):
                self.left -= reply.seconds
                self._judge(program, reply)

    def _granted(self, program: Program) -> Program:
        """Return the program with the time that is left for it."""
        if program.seconds <= self.left:
            return program
        note = "little time was left: other answers of this notebook had used it up"
        if note not in self.notes[program.name]:
            self.notes[program.name].append(note)
        return replace(program, seconds=min(program.seconds, max(LEAST, self.left)))

    def _judge(self, program: Program, reply: Reply) -> None:
        exercise = self.known[program.name]
        self.verdicts[program.name] = verdict(exercise, self.seed, reply, program.seconds)
        self.taken[program.name] = reply.seconds

    def _result(self, exercise: Exercise) -> Result:
        found, verdict = self.slices[exercise.name], self.verdicts[exercise.name]
        mark, size = fingerprint(found.answer.node) if found.answer else ("", 0)
        own = mark != _reference_mark(exercise.name)
        notes = self.notes[exercise.name]
        if not own:
            notes.append(OWN)
        return Result(
            exercise=exercise.name,
            lesson=exercise.lesson,
            outcome=verdict.outcome,
            score=verdict.score,
            mistake=verdict.mistake or "",
            message=clean(verdict.message, 1500),
            passed=sum(ok for _, ok in verdict.cases),
            cases=len(verdict.cases),
            notes=tuple(notes),
            print=mark,
            size=size,
            own=own,
            seconds=round(self.taken.get(exercise.name, 0.0), 3),
        )


@lru_cache(maxsize=4096)
def _inputs(exercise: Exercise, seed: int) -> str:
    return plain.dumps([[each.inputs, each.options, each.calls] for each in exercise.cases(seed)])


@lru_cache(maxsize=4096)
def _expected_bytes(exercise: Exercise, seed: int) -> int:
    return len(plain.dumps(list(judging.expect(exercise, seed).answers)))


@lru_cache(maxsize=4096)
def _reference_mark(name: str) -> str:
    return fingerprint(ast.parse(load()[name].solution()).body[0])[0]


def _not_attempted() -> Verdict:
    return Verdict("not attempted", 0.0, None, "Not attempted yet.")


def _syntax_error(found: Slice) -> Verdict:
    broken = found.broken
    where = f"line {broken.line_number}: {broken.line}" if broken.line_number else ""
    lines = [f"The cell with this function ({broken.cell}) is not valid Python: {broken.reason}"]
    return Verdict("errored", 0.0, None, "\n".join([*lines, *([where] if where else [])]))


# ---------------------------------------------------------------------- from reply to verdict


def verdict(exercise: Exercise, seed: int, reply: Reply, seconds: float) -> Verdict:
    """Judge what the sandbox replied; whatever is not of the agreed form counts as no answer."""
    count = len(exercise.cases(seed))
    observations, printed, failed = _observations(reply, count)
    try:
        found = judging.judge(exercise, (observations, printed), seed)
    except Exception as error:  # an answer of a form that nobody thought of
        text = f"The answer can't be compared: {type(error).__name__}."
        return Verdict("errored", 0.0, None, text)
    if found.outcome == "timed out" and seconds != exercise.seconds:
        message = found.message.replace(f"{exercise.seconds:g} s", f"{seconds:g} s", 1)
        found = replace(found, message=message)
    crashed = next((each.crash for each in observations if each.crash), None)
    if failed and found.outcome == "errored" and crashed and crashed.type == "NameError":
        first = found.message.split("\n")[0]
        cause = f"Because of an earlier line: {failed.type}: {failed.text}".split("\n")[0]
        found = replace(
            found, message="\n".join([first, cause, *([failed.line] * bool(failed.line))])
        )
    return found


def _observations(reply: Reply, count: int) -> tuple[list[Observation], str, Crash | None]:
    """Return one observation a case, what was printed, and a failure before the cases."""
    observations: list[Observation] = []
    printed, failed, rest = "", None, None
    for line in reply.lines:
        try:
            record = plain.loads(line, answer=True)
            if "case" in record and len(observations) < count:
                observations.append(Observation.from_plain(record["case"]))
            elif record.get("crash"):
                rest = _stopped(Crash.from_plain(record["crash"]))
            elif record.get("failed"):
                failed = Crash.from_plain(record["failed"])
            elif "printed" in record:
                printed = clean(record["printed"], 2_000)
        except Exception:  # whoever wrote this may have meant harm
            if reply.ended.startswith("exit"):
                rest = Observation("crashed", crash=Crash("an answer that is no plain data", ""))
            break
    if rest is None:
        rest = _ending(reply)
    observations += [rest] * (count - len(observations))
    return observations, printed, failed


def _stopped(crash: Crash) -> Observation:
    if crash.type == "TimedOut":
        return Observation("timed out")
    if crash.type == "NotImplementedError":
        return Observation("not attempted")
    return Observation("crashed", crash=crash)


SIGNALS = {4: "an illegal instruction", 6: "an abort", 7: "a bus error", 8: "a fatal division"}


def _ending(reply: Reply) -> Observation:
    """Say what a program did in place of answering."""
    kind, _, number = reply.ended.partition(" ")
    if kind == "time":
        return Observation("timed out")
    if kind == "signal":
        text = {
            9: "the system, most often for lack of memory",
            11: "a segmentation fault (endless recursion?)",
        }.get(int(number), SIGNALS.get(int(number), f"signal {number}"))
    else:
        text = {
            "exit": f"the end of the program (exit code {number})",
            "flood": "an answer that is far too large",
            "closed": "closing the way that answers take",
        }.get(kind, "the end of the sandbox")
    return Observation("crashed", crash=Crash(text, ""))
