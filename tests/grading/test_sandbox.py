"""The sandbox by itself: it starts, comes back, keeps submissions apart, and says why it can't."""

import os
import platform
import signal
import time

import pytest

from coursekit import plain
from coursekit.exercises import load
from coursekit.grading import confine, inside, sandbox
from coursekit.grading.exchange import Program
from coursekit.grading.inside import NoSandbox
from coursekit.grading.sandbox import Sandbox


def program(text, name="f", seconds=5.0, inputs=((),), **more):
    cases = plain.dumps([[each, {}, 1] for each in inputs])
    return Program(name, (("cell 1", 1, text),), cases, seconds, **more)


def answers(reply):
    records = [plain.loads(line) for line in reply.lines]
    return [record["case"]["answer"] for record in records if "case" in record]


def test_it_answers(sandbox):
    replies = sandbox.run(
        [program("def f(x): return x + 1", inputs=((1,), (2,))) for _ in range(3)]
    )
    assert [answers(reply) for reply in replies] == [[2, 3]] * 3
    assert {reply.ended for reply in replies} == {"exit 0"}
    assert sandbox.run([]) == []


def test_the_programs_of_one_submission_share_their_ancestor_and_nothing_else(sandbox):
    """Numbers count the processes below one ancestor: the first one of each has the same."""

    def number():
        (reply,) = sandbox.run([program("import os\ndef f(): return os.getpid()")])
        return answers(reply)[0]

    first = number()
    assert number() == first
    with sandbox.submission():
        assert [number(), number()] == [first, first + 1]
        sandbox.run([program("def f(): open('left', 'w').write('by the one before')")])
        looks = program("import os\ndef f(): return os.listdir('.')")
        assert answers(sandbox.run([looks])[0]) == [[]]
    assert number() == first


def test_what_breaks_in_the_middle_of_a_submission_is_begun_again(sandbox):
    right = program("def f(): return 1")
    with sandbox.submission():
        assert answers(sandbox.run([right])[0]) == [1]
        sandbox.process.kill()
        assert [answers(reply) for reply in sandbox.run([right, right])] == [[1], [1]]
        sandbox.close()
    assert answers(sandbox.run([right])[0]) == [1]


def test_together_as_apart(sandbox):
    programs = [program(f"def f(): return {number}") for number in range(5)]
    together = sandbox.try_together(programs)
    assert [answers(reply) for reply in together] == [[0], [1], [2], [3], [4]]
    # one that does not end leaves the rest to be run apart
    programs[2] = program("import os\ndef f(): os._exit(0)")
    assert [answers(reply) for reply in sandbox.try_together(programs)] == [[0], [1]]
    assert [answers(reply) for reply in sandbox.run(programs)] == [[0], [1], [], [3], [4]]


def test_what_comes_from_the_future_is_for_one_program_alone(sandbox):
    text = "def f(x: nothing = 1): return x"
    future = (("cell 1", 1, "from __future__ import annotations"), ("cell 2", 1, text))
    plain_one = program(text)
    other = Program("f", future, plain_one.cases, 5.0)
    for programs in ([plain_one, other, plain_one], [other, plain_one, other]):
        wanted = [[1] if each is other else [] for each in programs]
        assert [answers(reply) for reply in sandbox.try_together(programs)] == wanted


def test_it_comes_back_when_it_was_killed():
    with Sandbox() as box:
        assert answers(box.run([program("def f(): return 1")])[0]) == [1]
        os.kill(box.process.pid, signal.SIGKILL)
        time.sleep(0.2)
        assert answers(box.run([program("def f(): return 2")])[0]) == [2]


def test_it_ends_with_its_owner():
    box = Sandbox()
    box.run([program("def f(): return 1")])
    process = box.process
    box.close()
    assert process.returncode is not None


def test_functions_cross_by_name(sandbox):
    from coursekit.functions import bowl

    reply = sandbox.run(
        [program("def f(g): return g([1.0])", inputs=((bowl(center=[0.0], curvature=2.0),),))]
    )[0]
    assert answers(reply) == [1.0]


def test_the_worker_has_nothing_of_the_course_but_what_it_needs(sandbox):
    text = "import sys\ndef f(): return sorted(n for n in sys.modules if n.startswith('coursekit'))"
    modules = answers(sandbox.run([program(text)])[0])[0]
    assert {name for name in modules if not name.startswith("coursekit.functions")} == {
        "coursekit", "coursekit.exercise", "coursekit.observing", "coursekit.plain"
    }  # fmt: skip


def test_every_function_module_loads_in_the_worker(sandbox):
    """What exercises hand over as functions must not need the references."""
    names = sorted({type(each).__name__ for e in load().values() for each in _functions(e)})
    assert names in ([], ["Function"])
    for exercise in load().values():
        if any(True for _ in _functions(exercise)):
            cases = plain.dumps([[c.inputs, c.options, c.calls] for c in exercise.cases(1)])
            text = "def f(*inputs, **options): return 1"
            reply = sandbox.run([Program("f", (("cell 1", 1, text),), cases, 5.0)])[0]
            assert len(answers(reply)) == len(exercise.cases(1)), exercise.name


def _functions(exercise):
    from coursekit.functions import Function

    for each in exercise.cases(1):
        yield from (
            value for value in (*each.inputs, *each.options.values()) if isinstance(value, Function)
        )


def refuses(reason):
    with pytest.raises(NoSandbox, match=reason), Sandbox() as box:
        box.run([program("def f(): return 1")])


def test_a_machine_without_bubblewrap(monkeypatch):
    monkeypatch.setattr(inside.shutil, "which", lambda name: None)
    refuses("bubblewrap is not installed")


def test_another_system(monkeypatch):
    monkeypatch.setattr(confine, "supported", lambda: False)
    refuses("needs Linux")


def test_a_bubblewrap_that_may_not(monkeypatch):
    monkeypatch.setattr(
        sandbox, "bubblewrap", lambda memory: ["sh", "-c", "echo no namespaces >&2"]
    )
    refuses("does not start: no namespaces")


def test_a_sandbox_that_starts_and_runs_nothing(monkeypatch):
    ready = r"printf '\0\0\0\0\0\0\0\005ready'"
    monkeypatch.setattr(sandbox, "bubblewrap", lambda memory: ["sh", "-c", ready])
    refuses("a program in the sandbox ended with “lost”")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of this processor")
def test_the_denied_calls_bear_their_numbers():
    """Compare the table with the kernel's own header, where there is one."""
    headers = ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h")
    path = next((path for path in headers if os.path.exists(path)), None)
    if path is None:
        pytest.skip("no kernel headers")
    with open(path) as file:
        lines = [line.split() for line in file if line.startswith("#define __NR_")]
    numbers = {line[1].removeprefix("__NR_"): int(line[2]) for line in lines}
    for name, (number, _) in confine.DENIED.items():
        if name in numbers:
            assert numbers[name] == number, name
    assert numbers["prlimit64"] == confine.PRLIMIT64["x86_64"]


def test_no_secret_in_what_the_sandbox_is_started_with():
    command = " ".join(inside.bubblewrap(2**30))
    assert "seed" not in command.lower().replace("hashseed", "")
    assert "judging" not in command
    assert "/reference" not in command
    assert "exercises" not in command
