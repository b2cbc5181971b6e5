"""An exercise is declared once, and everything else is derived from the declaration.

A declaration has three parts: a *reference* (the right answer, as code), a generator of *cases*
(inputs drawn afresh for every seed), and *mistakes* (wrong answers that students classically give,
as code, each with the sentence that the student reads).  The stub in the notebook, the check, the
diagnosis, the grade, the class report and the tests of the course itself all come from here::

    lesson = Lesson("04_convolution_backward")

    @lesson.exercise(reference.rotate180, hints=("What does w[..., ::-1] do?",))
    def rotate180(rng):
        yield case("a kernel of 3×2", rng.normal(size=(5, 4, 3, 2)))
        yield case("a kernel of 2×5", rng.normal(size=(3, 1, 2, 5)))

    @rotate180.mistake("Only one axis is turned. A turn by 180° reverses rows and columns.")
    def flips_one_axis(w):
        return w[..., ::-1]
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """One call of the function under test: what is special about it, and its arguments.

    With ``calls`` above 1 the function is called so many times in a row on the *same* arguments
    (a random generator goes on where it stood), and the answer is the list of all results.
    """

    label: str
    inputs: tuple
    options: dict[str, Any]
    calls: int = 1


def case(label: str, *inputs, calls: int = 1, **options) -> Case:
    """Return the case ``function(*inputs, **options)``, labelled by what is special about it."""
    return Case(label, inputs, options, calls)


@dataclass(frozen=True)
class Rng:
    """A random generator as plain data: it crosses to the worker as its seed."""

    seed: int

    def fresh(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)


@dataclass(frozen=True)
class Mistake:
    """A wrong implementation that students classically write, and the sentence that names it.

    ``convention`` marks what is right elsewhere and only not what this course uses: the student is
    told so, and never that it is wrong.
    """

    name: str
    implementation: Callable
    diagnosis: str
    convention: bool = False


@dataclass(frozen=True)
class Symptom:
    """What a property check found: a message and, where it is certain, the mistake's name."""

    message: str
    mistake: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What is known of an answer.

    Attributes:
        outcome: "passed", "failed", "errored", "not attempted" or "timed out".
        score: the passed share of the cases, in [0, 1].
        mistake: the name of the recognised mistake, or None.
        message: at most three lines: which case, what differs, why.
        cases: pairs (label, passed).
        printed: the beginning of what the answer printed while it was judged.
    """

    outcome: str
    score: float
    mistake: str | None
    message: str
    cases: tuple[tuple[str, bool], ...] = ()
    printed: str = ""

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


OUTCOMES = ("passed", "failed", "errored", "not attempted", "timed out")


@dataclass(eq=False)
class Exercise:
    """The one declaration of an exercise; see the module's docstring for how to write one.

    Attributes:
        reference: the right answer.  Its signature and docstring are the student's stub.
        make_cases: a function of a ``numpy.random.Generator`` that yields ``Case`` objects.
        outputs: the names of the results where there are several, such as ("dx", "dw", "db").
        tolerance: largest accepted error, relative to the largest expected value of an output.
        integers: whether an array of floats is refused where whole numbers are expected, because
            the result serves as indices.
        seconds: time limit of one check.
        verifier: judges one answer by its properties where no single answer is the right one.
    """

    reference: Callable
    lesson: str
    make_cases: Callable
    points: int = 1
    hints: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    tolerance: float = 1e-7
    integers: bool = False
    seconds: float = 10.0
    mistakes: list[Mistake] = field(default_factory=list)
    verifier: Callable[[Case, Any], str | Symptom | None] | None = None

    @property
    def name(self) -> str:
        return self.reference.__name__

    @property
    def signature(self) -> str:
        return f"{self.name}{inspect.signature(self.reference)}"

    def mistake(self, diagnosis: str, *, convention: bool = False) -> Callable:
        """Register the decorated wrong implementation under its own name."""

        def register(implementation):
            name = implementation.__name__
            if any(name == known.name for known in self.mistakes):
                raise ValueError(f"{self.name} has two mistakes of the name {name}: rename one")
            self.mistakes.append(Mistake(name, implementation, diagnosis, convention))
            return implementation

        return register

    def property(self, verifier: Callable) -> Callable:
        """Judge answers by ``verifier(case, answer)`` in place of comparing with the reference.

        It returns None where the answer is right, else a sentence, or a ``Symptom`` that names the
        mistake whose presence the answer proves.
        """
        self.verifier = verifier
        return verifier

    def cases(self, seed: int = 0) -> list[Case]:
        """Return the cases of this seed: fresh random inputs, the same for the same seed."""
        return list(_cases(self, seed))

    def stub(self) -> str:
        """Return what the student finds in the notebook: signature, docstring, nothing done."""
        doc = inspect.getdoc(self.reference) or ""
        body = "\n".join(f"    {line}".rstrip() for line in doc.splitlines())
        quoted = f'    """{body.lstrip()}{chr(10) + "    " if chr(10) in body else ""}"""'
        return f"def {self.signature}:\n{quoted}\n    raise NotImplementedError\n"

    def solution(self) -> str:
        """Return the source text of the reference, without the decorators that check its input."""
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(self.reference)))
        definition = ast.parse(source).body[0]
        return "".join(source.splitlines(keepends=True)[definition.lineno - 1 :])

    def judge(self, function: Callable, seed: int = 0) -> Verdict:
        """Run ``function`` on the cases of ``seed`` in this process and say what is known of it."""
        from coursekit import judging

        return judging.judge(self, judging.observe_all(self, function, self.cases(seed)), seed=seed)


@lru_cache(maxsize=4096)
def _cases(exercise: Exercise, seed: int) -> tuple[Case, ...]:
    rng = np.random.default_rng([seed, zlib.crc32(exercise.name.encode())])
    return tuple(exercise.make_cases(rng))


class Lesson:
    """The exercises of one notebook; modules of ``coursekit.exercises`` each declare one."""

    def __init__(self, name: str):
        self.name = name
        self.exercises: list[Exercise] = []

    def exercise(
        self,
        reference: Callable,
        *,
        hints: Iterable[str],
        points: int = 1,
        outputs: Iterable[str] = (),
        tolerance: float = 1e-7,
        integers: bool = False,
        seconds: float = 10.0,
    ) -> Callable[[Callable], Exercise]:
        """Turn the decorated generator of cases into an ``Exercise`` of this lesson."""

        def declare(make_cases):
            exercise = Exercise(
                reference=reference,
                lesson=self.name,
                make_cases=make_cases,
                points=points,
                hints=tuple(hints),
                outputs=tuple(outputs),
                tolerance=tolerance,
                integers=integers,
                seconds=seconds,
            )
            self.exercises.append(exercise)
            return exercise

        return declare
