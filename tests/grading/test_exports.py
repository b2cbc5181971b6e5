"""Each file against the rules of the program that reads it; pages that say all but the answer."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import jsonschema
import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.exercises import load
from coursekit.grading import exports
from coursekit.grading.classroom import Row
from coursekit.grading.feedback import write_feedback
from coursekit.grading.grade import Result
from coursekit.grading.report import class_page
from coursekit.grading.settings import Settings
from coursekit.grading.troubles import MISTAKE, copies_of, to_say, troubles
from tests.submissions.notebooks import RIGHT, lesson

LESSON = "00_start_here"


def row(student, exercise, score=1.0, outcome="passed", mistake="", message="Right.", **more):
    points = load()[exercise].points
    late = more.pop("late", 0.0)
    result = Result(exercise, LESSON, outcome, score, mistake, message, 1, 2, **more)
    return Row(
        student,
        result,
        score * points * (1 - late),
        points,
        "nb.ipynb",
        late,
        "2026-01-02 03:04:05",
    )


NASTY = "<script>alert('x')</script>"
ROWS = [
    *(
        row(student, name)
        for student in ("ada", "bob")
        for name in ("scale_to_unit", "shift_image")
    ),
    row("eve", "scale_to_unit", 0.5, "failed", "divides_by_256", "Case “a”: wrong.\nBecause."),
    row("eve", "shift_image", 0.0, "errored", "", f"=cmd() {NASTY}", notes=("defined 2 times",)),
    row(NASTY, "shift_image", 0.0, "not attempted", "", "Not attempted yet.", late=0.2),
]


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(
        f"Student,ID,SIS User ID,SIS Login ID,Section,{LESSON} (4711),email\n"
        "    Points Possible,,,,,5,\n"
        '"Lovelace, Ada",101,u1,ADA,S1,,ada@example.org\n'
        '"Builder, Bob",102,u2,bob,S1,,bob@example.org\n'
        '"Twin, A",103,u3,twin,S1,,a@example.org\n"Twin, B",104,u4,twin,S1,,b@example.org\n',
        encoding="utf-8-sig",
    )
    return exports.Roster(path)


class TestCanvas:
    def test_the_rules(self, tmp_path):
        exports.write_canvas(tmp_path / "c.csv", ROWS, exports.Roster())
        header, possible, *lines = read(tmp_path / "c.csv")
        assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", LESSON]
        assert possible[0] == "    Points Possible"
        assert possible[5] == "3"
        assert all(len(line) == len(header) for line in lines)
        assert {line[3]: line[5] for line in lines}["ada"] == "3"
        assert all(line[5] in ("", "EX") or float(line[5]) >= 0 for line in lines)

    def test_with_the_platforms_own_list(self, tmp_path, roster):
        exports.write_canvas(tmp_path / "c.csv", ROWS, roster)
        header, _, *lines = read(tmp_path / "c.csv")
        assert header[5] == f"{LESSON} (4711)"
        assert lines[0] == ["Lovelace, Ada", "101", "u1", "ADA", "S1", "3"]
        assert len(lines) == 2  # eve is not on the list
        assert roster.missing(ROWS) == ["eve", NASTY]
        assert roster.find("twin") is None


class TestMoodle:
    def test_the_rules(self, tmp_path, roster):
        exports.write_moodle(tmp_path / "m.csv", ROWS, roster)
        header, *lines = read(tmp_path / "m.csv")
        assert header == ["username", "email", "idnumber", LESSON, f"{LESSON} feedback"]
        assert [line[1] for line in lines] == ["ada@example.org", "bob@example.org"]
        assert lines[0][0] == "ADA"
        assert lines[0][3] == "3"
        assert "scale_to_unit: 1/1" in lines[0][4]
        # every feedback column has its grade column, and no user is without a key
        for name in header:
            if name.endswith(" feedback"):
                assert name.removesuffix(" feedback") in header
        assert all(any(line[:3]) for line in lines)


def test_nbgrader(tmp_path):
    late = [row("ada", "shift_image", late=0.5)]
    exports.write_nbgrader(tmp_path / "n.csv", [*late, *ROWS[2:]], exports.Roster(), Settings())
    header, *lines = read(tmp_path / "n.csv")
    assert header == [
        *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
        *("raw_score", "late_submission_penalty", "score", "max_score"),
    ]
    first = dict(zip(header, lines[1], strict=True))
    assert lines == sorted(lines)
    assert first["student_id"] == "ada"
    assert (first["raw_score"], first["late_submission_penalty"], first["score"]) == ("2", "1", "1")
    for line in lines:
        entry = dict(zip(header, line, strict=True))
        assert float(entry["raw_score"]) - float(entry["late_submission_penalty"]) == float(
            entry["score"]
        )
        assert float(entry["score"]) <= float(entry["max_score"])


VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
RESULTS = {  # https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
    "type": "object",
    "additionalProperties": False,
    "anyOf": [{"required": ["score"]}, {"required": ["tests"]}],
    "properties": {
        "score": {"type": "number"}, "execution_time": {"type": "number"},
        "output": {"type": "string"}, "output_format": FORMAT, "test_output_format": FORMAT,
        "test_name_format": FORMAT, "visibility": VISIBILITY, "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"}, "leaderboard": {"type": "array"},
        "tests": {"type": "array", "items": {
            "type": "object", "additionalProperties": False, "properties": {
                "score": {"type": "number"}, "max_score": {"type": "number"},
                "status": {"enum": ["passed", "failed"]}, "name": {"type": "string"},
                "name_format": FORMAT, "number": {"type": "string"}, "output": {"type": "string"},
                "output_format": FORMAT, "tags": {"type": "array", "items": {"type": "string"}},
                "visibility": VISIBILITY, "extra_data": {"type": "object"}}}},
    },
}  # fmt: skip


class TestGradescope:
    def test_the_rules(self):
        mine = [each for each in ROWS if each.student == "eve"]
        results = exports.gradescope(mine)
        jsonschema.validate(results, RESULTS)
        assert results["score"] == 0.5
        assert [test["status"] for test in results["tests"]] == ["failed", "failed"]

    def test_what_was_not_handed_in_counts_nothing(self):
        results = exports.gradescope(ROWS[:2], LESSON)
        jsonschema.validate(results, RESULTS)
        assert {test["name"] for test in results["tests"]} == {
            "scale_to_unit", "shift_image", "to_channels_first", "dense_parameters"
        }  # fmt: skip
        assert results["score"] == 3

    def test_the_zip_grades_a_submission(self, tmp_path):
        target = tmp_path / "autograder.zip"
        result = CliRunner().invoke(
            app, ["gradescope", str(target), "--lesson", "00", "--seed", "4"]
        )
        assert result.exit_code == 0, result.output
        with zipfile.ZipFile(target) as archive:
            names = archive.namelist()
            assert {"setup.sh", "run_autograder", "coursekit/grading/worker.py"} <= set(names)
            modes = {i.filename: i.external_attr >> 16 & 0o777 for i in archive.infolist()}
            assert modes["setup.sh"] == modes["run_autograder"] == 0o755
            scripts = {name: archive.read(name).decode() for name in ("setup.sh", "run_autograder")}
            archive.extractall(tmp_path / "autograder" / "source")
        for text in scripts.values():
            assert (
                subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0
            )
        # the script itself, in a folder that stands for Gradescope's /autograder
        place = tmp_path / "autograder"
        (place / "submission").mkdir()
        (place / "submission" / "my work.ipynb").write_bytes(lesson())
        script = scripts["run_autograder"].replace("/autograder/venv/bin/python", sys.executable)
        script = script.replace("/autograder/", f"{place}/")
        subprocess.run(["bash", "-c", script], check=True, stdout=subprocess.DEVNULL, cwd=tmp_path)
        results = json.loads((place / "results" / "results.json").read_text())
        jsonschema.validate(results, RESULTS)
        assert results["score"] == 5
        # an answer that builds on another one: what the grader lends is in the zip too
        leaning = RIGHT["shift_image"].replace(
            "result = np.zeros_like(image)",
            "result = np.zeros_like(image) + 0 * scale_to_unit(0)",
        )
        text = lesson(
            scale_to_unit="def scale_to_unit(image):\n    return 1 / 0", shift_image=leaning
        )
        (place / "submission" / "my work.ipynb").write_bytes(text)
        subprocess.run(["bash", "-c", script], check=True, stdout=subprocess.DEVNULL, cwd=tmp_path)
        results = json.loads((place / "results" / "results.json").read_text())
        assert results["score"] == 4
        # a machine without a sandbox grades nothing, says so, and runs nothing
        (place / "results" / "results.json").unlink()
        (tmp_path / "bin").mkdir()
        for tool in ("bash", "mktemp", "mkdir", "cp", "find"):
            (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
        bare = {**os.environ, "PATH": str(tmp_path / "bin")}
        subprocess.run(["bash", "-c", script], check=True, cwd=tmp_path, env=bare,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        results = json.loads((place / "results" / "results.json").read_text())
        jsonschema.validate(results, RESULTS)
        assert results["score"] == 0
        assert "this machine has no sandbox" in results["output"]
        assert "--isolation process" in results["output"]
        # unless the instructor chose so
        script = script.replace("--isolation sandbox", "--isolation process")
        subprocess.run(["bash", "-c", script], check=True, cwd=tmp_path, env=bare,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        assert json.loads((place / "results" / "results.json").read_text())["score"] == 4
        # and nothing handed in
        (place / "submission" / "my work.ipynb").unlink()
        subprocess.run(["bash", "-c", script], check=True, cwd=tmp_path,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        results = json.loads((place / "results" / "results.json").read_text())
        jsonschema.validate(results, RESULTS)
        assert results["score"] == 0


FORMULAS = ("=1+1", "+1", "-1", "@x", "\tx", "  =1", "＝1", "＋1", "－1", "＠x", "\u00a0=1", "\r=1")


def test_the_zip_drops_the_sandbox_only_when_told(tmp_path):
    for isolation in ("sandbox", "process"):
        target = tmp_path / f"{isolation}.zip"
        options = [] if isolation == "sandbox" else ["--isolation", isolation]
        result = CliRunner().invoke(app, ["gradescope", str(target), *options])
        assert result.exit_code == 0, result.output
        with zipfile.ZipFile(target) as archive:
            script = archive.read("run_autograder").decode()
        assert re.findall(r"--isolation (\w+)", script.split('say "')[0]) == [isolation]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_is_never_a_formula(tmp_path, text):
    rows = [row(text, "shift_image", message=text), *ROWS]
    roster = tmp_path / "roster.csv"
    roster.write_text("Student,email\nx,y\n", encoding="utf-8")
    students = exports.Roster(roster)
    students.students, students.header = [{"Student": text, "email": text}], [LESSON, "email"]
    students.find = lambda name: students.students[0]
    exports.write_grades(tmp_path / "g.csv", rows)
    exports.write_canvas(tmp_path / "c.csv", rows, students)
    exports.write_moodle(tmp_path / "m.csv", rows, students)
    exports.write_nbgrader(tmp_path / "n.csv", rows, students, Settings())
    for name in "gcmn":
        for line in read(tmp_path / f"{name}.csv"):
            assert text not in line
            assert not any(each.lstrip().startswith(("=", "@", "＝")) for each in line)


def test_students_do_not_read_what_is_for_the_instructor(tmp_path, roster):
    notes = ("defined 2 times: the last one counts", "the code is the reference's own")
    rows = [row("ada", "shift_image", notes=notes)]
    assert "reference's own" in rows[0].message
    exports.write_moodle(tmp_path / "m.csv", rows, roster)
    for text in ((tmp_path / "m.csv").read_text(), json.dumps(exports.gradescope(rows))):
        assert "reference's own" not in text
        assert "defined 2 times" in text


def test_file_names_are_safe_and_their_own():
    names = [
        "ada",
        "../../etc/passwd",
        "a b",
        "a_b",
        "Анна",
        "",
        "..",
        "x" * 300,
        "CON/AUX",
        "a\nb",
    ]
    made = [exports.file_name(name) for name in names]
    assert len(set(made)) == len(names)
    assert all(re.fullmatch(r"[\w.-]{1,100}", name) and not name.startswith(".") for name in made)


class Strict(HTMLParser):
    """Collects what a page loads and runs, and whether every element is closed."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})

    def __init__(self):
        super().__init__()
        self.open, self.outside, self.scripts = [], [], 0

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script" or any(name.startswith("on") for name, _ in attrs)
        self.outside += [value for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check_page(text):
    parser = Strict()
    parser.feed(text)
    assert parser.open == []
    assert parser.outside == []
    assert parser.scripts == 0
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text


class TestPages:
    def test_feedback(self, tmp_path):
        pages = write_feedback(tmp_path, ROWS, "A course")
        assert len(pages) == 4
        for path in pages.values():
            check_page(path.read_text(encoding="utf-8"))
        text = pages["eve"].read_text(encoding="utf-8")
        assert "partly right" in text
        assert "Recognised: divides by 256." in text
        assert "defined 2 times" in text
        assert "&lt;script&gt;" in text
        assert "return image / 255" not in text  # never the answer

    def test_report(self):
        copied = [row(s, "shift_image", print="same", size=80) for s in ("ada", "bob")] + [
            row("eve", "shift_image", print="ref", size=80, own=False)
        ]
        text = class_page([*ROWS, *copied], "A course")
        check_page(text)
        assert "divides by 256" in text
        assert "The largest" in text or "255" in text
        assert "<strong>ada, bob</strong>: shift_image" in text
        assert "reference's own" in text
        heights = [int(height) for height in re.findall(r'<i style="height:(\d+)%', text)]
        assert len(heights) == 20  # a column for every 5 %
        assert heights[0] == 50  # one of four has none
        assert heights[-1] == 100  # two have all

    def test_an_empty_class(self):
        check_page(class_page([], "Nobody"))

    def test_what_was_not_handed_in_is_lacking(self):
        other = row("ada", "gradient_descent")
        text = class_page(
            [*ROWS, Row("ada", replace(other.result, lesson="01_gradient_descent"), 1, 1)],
            "A course",
        )
        assert "4 of 4 handed in" in text
        assert "1 of 4 handed in" in text
        most = sum(load()[name].points for name in ("scale_to_unit", "shift_image")) + 1
        assert f"bob: {100 * (most - 1) / most:.4g}" in text

    def test_what_to_begin_the_next_lecture_with(self):
        assert to_say([row("ada", "shift_image")]) == []
        alike = {"outcome": "failed", "message": "Case “a”: expected 1, got 2."}
        stops = {"outcome": "errored", "message": "Case “a”: your code stops with TypeError: x"}
        rows = [
            *(row(name, "scale_to_unit", 0, **alike) for name in "abc"),
            *(row(name, "shift_image", 0, **stops) for name in "abcd"),
            row("d", "scale_to_unit", 0.5, "failed", "divides_by_256"),
            row("e", "dense_parameters", 0, "failed", "", "Case “b”: alone."),
        ]
        first, second = to_say(rows)
        assert (first.exercise, first.kind, first.students) == (
            "scale_to_unit",
            "alike",
            ("a", "b", "c"),
        )
        assert "expected 1, got 2" in first.words
        assert (second.title, len(second.students)) == ("stops with TypeError", 4)
        text = class_page(rows, "A course")
        assert "<strong>3 of 5 students</strong> in <code>scale_to_unit</code>" in text
        assert "Shared, and not known by name" in text
        (alone,) = to_say([rows[-1]])
        assert alone.students == ("e",)

    def test_a_file_that_cannot_be_read_is_no_trouble_of_an_exercise(self):
        unread = row("a", "shift_image", 0, "errored", message="a.ipynb can't be graded: empty.")
        unread = replace(unread, result=replace(unread.result, cases=0))
        assert troubles([unread]) == []
        assert "Files that can't be read" in class_page([unread], "A course")
        nowhere = replace(unread, result=replace(unread.result, exercise="", lesson=""))
        text = class_page([*ROWS, nowhere], "A course")
        assert "Files that can't be read" in text
        assert "5 of 5 handed in" not in text
        assert "<code></code>" not in text

    def test_mistakes_and_copies(self):
        rows = [*ROWS, row("zoe", "scale_to_unit", 0, "failed", "divides_by_256")]
        made = [each for each in troubles(rows) if each.kind == MISTAKE]
        assert [(each.name, each.students) for each in made] == [("divides_by_256", ("eve", "zoe"))]
        assert "256" in made[0].words
        small = [row(s, "scale_to_unit", print="same", size=12) for s in ("ada", "bob")]
        assert copies_of(small) == []
