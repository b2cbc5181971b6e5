"""Run an answer on its cases and write down what happened, as plain data.

This is the only module that calls a student's function.  It knows nothing of right and wrong, and
so it is all that a grading worker needs of the course.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import linecache
import os
import signal
import sysconfig
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coursekit.exercise import Case, Rng
from coursekit.plain import NotPlain, dumps, plain

PRINTED_LIMIT = 2_000
SOON = (100_000, 3, 5, 8, 13, 21, 34, 55)  # microseconds until an exception is raised again
STATES = ("answered", "not attempted", "signature", "crashed", "not plain", "timed out")


def clean(text: Any, length: int) -> str:
    """Return text of at most ``length`` characters that any file and any terminal can take."""
    text = str(text)[:length].encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "·" for letter in text)


@dataclass(frozen=True)
class Crash:
    """An exception that left the answer: its type, its text, and the student's own line."""

    type: str
    text: str
    line_number: int | None = None
    line: str = ""

    @classmethod
    def from_plain(cls, record: dict) -> Crash:
        """Rebuild a crash from a record that student code may have written."""
        number = record.get("line_number")
        return cls(
            type=clean(record.get("type", ""), 100),
            text=clean(record.get("text", ""), 500),
            line_number=number if type(number) is int and 0 <= number < 10**6 else None,
            line=clean(record.get("line", ""), 200),
        )


@dataclass(frozen=True)
class Observation:
    """What happened in one case.

    Attributes:
        state: "answered", "not attempted", "signature" (cannot be called so), "crashed",
            "not plain" (the answer is of a type that no answer has) or "timed out".
        answer: the result, as plain data.
        detail: the type's name for "not plain", the parameters for "signature".
        crash: set where the state is "crashed" or "not attempted": where it stopped.
        mutated: the positions or names of the inputs that the answer changed in place.
        undrawn: those of the random generators from which it drew nothing.
    """

    state: str
    answer: Any = None
    detail: str = ""
    crash: Crash | None = None
    mutated: tuple[int | str, ...] = ()
    undrawn: tuple[int | str, ...] = ()

    def to_plain(self) -> dict:
        return {**vars(self), "crash": self.crash and vars(self.crash)}

    @classmethod
    def from_plain(cls, record: dict) -> Observation:
        """Rebuild what ``to_plain`` gave; raises ``ValueError`` for a record of another form."""
        try:
            state, crash, mutated = record["state"], record["crash"], record["mutated"]
            allowed = {"crashed": (dict,), "not attempted": (dict, type(None))}
            if state not in STATES or not isinstance(crash, allowed.get(state, type(None))):
                raise ValueError(f"not an observation: state {state!r:.40}")
            return cls(
                state=state,
                answer=record["answer"],
                detail=clean(record["detail"], 300),
                crash=Crash.from_plain(crash) if crash else None,
                mutated=_keys(mutated),
                undrawn=_keys(record["undrawn"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not an observation: {error!r:.100}") from None


class TimedOut(BaseException):
    """Raised inside an answer that runs too long; no ``except Exception`` swallows it."""


def observe(
    function: Callable, case: Case, signature: inspect.Signature | None = None
) -> Observation:
    """Call ``function`` on fresh copies of the case's inputs and return what happened.

    ``signature`` is the function's, where it is known already.
    """
    inputs, options = _fresh(case.inputs), _fresh(case.options)
    signature = signature or _signature(function)
    try:
        if signature is not None:
            signature.bind(*inputs, **options)
    except TypeError:
        return Observation("signature", detail=str(signature))
    try:
        with np.errstate(all="warn", under="ignore"):  # NumPy's own, whatever np.seterr says
            results = _call(function, inputs, options, case.calls)
        try:
            answers = [plain(result) for result in results]
        except NotPlain as error:
            return Observation("not plain", detail=str(error))
    except NotImplementedError as error:
        return Observation("not attempted", crash=describe_crash(error))
    except KeyboardInterrupt:
        raise
    except TimedOut:
        return Observation("timed out")
    except BaseException as error:
        return Observation("crashed", crash=describe_crash(error))
    answer = answers[0] if case.calls == 1 else answers
    pairs = _pairs(case, inputs, options)
    return Observation(
        "answered",
        answer,
        mutated=tuple(key for key, old, new in pairs if not _unchanged(old, new)),
        undrawn=tuple(key for key, old, new in pairs if _undrawn(old, new)),
    )


def _signature(function: Callable) -> inspect.Signature | None:
    """Return how a function is called; None where only the call itself tells (some builtins)."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _call(function, inputs, options, times) -> list:
    """Call the answer.  What runs below this frame is the student's."""
    results = []
    for _ in range(times):
        results.append(function(*inputs, **options))
    return results


def observe_all(
    function: Callable,
    cases: Iterable[Case],
    seconds: float,
    tell: Callable[[Observation], None] = lambda observation: None,
) -> tuple[list[Observation], str]:
    """Observe every case, all together within ``seconds``; also return what was printed.

    ``tell`` is called with each observation as soon as it is made.

    Once a case has timed out, the rest is not run and is recorded alike.
    """
    observations: list[Observation] = []
    printed = _Printed()
    stopped = signature = None
    with contextlib.redirect_stdout(printed), time_limit(seconds) as limit:
        for each in cases:
            if stopped is None:
                try:
                    signature = signature or _signature(function)  # takes as long as a small case
                    observation = observe(function, each, signature)
                except TimedOut:  # between two cases
                    observation = Observation("timed out")
                if limit.reached:
                    observation = Observation("timed out")
                if observation.state == "timed out":
                    stopped = observation
            else:
                observation = replace(stopped)
            observations.append(observation)
            tell(observation)
    return observations, printed.text()


class _Printed(io.TextIOBase):
    """Keeps the beginning of what is printed and counts the rest."""

    def __init__(self):
        self.kept = ""
        self.dropped = 0

    def writable(self):
        return True

    def write(self, text):
        room = PRINTED_LIMIT - len(self.kept)
        self.kept += text[:room]
        self.dropped += max(0, len(text) - room)
        return len(text)

    def text(self) -> str:
        if self.dropped:
            return f"{self.kept}\n… and {self.dropped} more characters"
        return self.kept


class time_limit:
    """Raise ``TimedOut`` in the running code once ``seconds`` have passed.

    It is raised again and again, for code that swallows every exception: at once, while a bare
    ``except`` is being left, where nothing catches it, or else a tenth of a second later.  Works in
    the main thread, where notebooks run cells; elsewhere there is no limit.
    """

    def __init__(self, seconds: float):
        self.seconds = seconds
        self.reached = False
        self.raised = 0

    def __enter__(self):
        self.armed = threading.current_thread() is threading.main_thread()
        if not self.armed:
            return self
        if hasattr(signal, "setitimer"):
            self.previous = signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, self.seconds, 0.1)
        else:  # Windows has no alarm: a thread interrupts the main one, as Ctrl-C would
            self.previous = signal.signal(signal.SIGINT, self._interrupt)
            self.timer = threading.Timer(self.seconds, self._from_thread)
            self.timer.daemon = True
            self.timer.start()
        return self

    def __exit__(self, *_):
        if not self.armed:
            return
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.previous)
        else:
            self.timer.cancel()
            signal.signal(signal.SIGINT, self.previous)

    def _ring(self, _, frame):
        self.reached = True
        self.raised += 1
        if self.raised > 1 and not _in_the_answer(frame):
            return  # it got out: nothing has swallowed it
        microseconds = SOON[self.raised % len(SOON)]
        signal.setitimer(signal.ITIMER_REAL, microseconds / 1e6, 0.1)
        raise TimedOut

    def _from_thread(self):
        self.reached = True
        signal.raise_signal(signal.SIGINT)

    def _interrupt(self, *_):
        raise TimedOut if self.reached else KeyboardInterrupt


def _in_the_answer(frame) -> bool:
    """Tell whether the code that runs was called by an answer, or is one."""
    while frame := frame.f_back:
        if frame.f_code is _call.__code__:
            return True
    return False


def as_text(case: Case) -> str:
    """Return a call as text: the same text is the same call."""
    return dumps([case.inputs, case.options, case.calls])


def _fresh(value):
    """Return a copy for the student to use: arrays are copied, seeds become generators."""
    if isinstance(value, Rng):
        return value.fresh()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, (tuple, list)):
        return type(value)(_fresh(item) for item in value)
    if isinstance(value, dict):
        return {key: _fresh(item) for key, item in value.items()}
    return value


def _keys(record) -> tuple[int | str, ...]:
    return tuple(key if type(key) is int else clean(key, 60) for key in record[:20])


def _pairs(case: Case, inputs, options) -> list[tuple]:
    """Return of every argument its position or name, its value, and the copy that was given."""
    places = [(place, old, inputs[place]) for place, old in enumerate(case.inputs)]
    return places + [(name, old, options[name]) for name, old in case.options.items()]


def _undrawn(old, new) -> bool:
    """Tell whether this is a random generator that stands where it stood."""
    return isinstance(old, Rng) and old.fresh().bit_generator.state == new.bit_generator.state


def _unchanged(old, new) -> bool:
    try:
        return _identical(old, new)
    except Exception:  # something of another kind was put into a list
        return False


def _identical(old, new) -> bool:
    if isinstance(old, Rng):
        return True  # drawing from a generator changes it; that is what it is for
    if isinstance(old, np.ndarray):
        if type(new) is not type(old) or old.shape != new.shape or old.dtype != new.dtype:
            return False
        same = old == new
        if old.dtype.kind in "fc":
            same = same | ((old != old) & (new != new))  # nan
        return bool(same.all())
    if isinstance(old, (tuple, list)):
        return len(old) == len(new) and all(map(_identical, old, new))
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(_identical(old[key], new[key]) for key in old)
    return old is new or old == new


_LIBRARIES = tuple(
    {
        os.path.realpath(path)
        for path in (
            *(sysconfig.get_paths()[key] for key in ("stdlib", "purelib", "platlib")),
            os.path.dirname(__file__),
            os.path.dirname(np.__file__),
        )
    }
)


def describe_crash(error: BaseException) -> Crash:
    """Describe an exception by the deepest line that the student wrote; never raises."""
    line_number, line = None, ""
    with contextlib.suppress(Exception):
        if isinstance(error, SyntaxError) and error.lineno:
            line_number, line = error.lineno, (error.text or "").strip()
        for frame, number in traceback.walk_tb(error.__traceback__):
            filename = frame.f_code.co_filename
            library = os.path.realpath(filename).startswith(_LIBRARIES)
            if not library and not filename.startswith("<frozen"):
                line_number, line = number, linecache.getline(filename, number).strip()
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException:
        text = ""
    return Crash(type(error).__name__, f"{text}"[:500], line_number, line[:200])
