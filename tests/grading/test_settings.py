"""The instructor's settings: points, late days, which exercises count."""

import os
import time

import pytest

from coursekit.grading.settings import EXAMPLE, SettingsError, read_settings
from tests.grading.handing_in import grades, hand_in, run
from tests.submissions.notebooks import lesson


class TestSettings:
    def read(self, tmp_path, text):
        path = tmp_path / "course.toml"
        path.write_text(text, encoding="utf-8")
        return read_settings(path)

    def test_the_example_is_right(self, tmp_path):
        text = "\n".join(
            line for line in EXAMPLE.splitlines()
            if not any(name in line for name in ("escape_local", "conv2d_forward", "04_conv"))
        )  # fmt: skip
        found = self.read(tmp_path, text)
        assert found.penalty == 0.1
        assert found.days == 5
        assert found.extra_days == {"Anna Petrova": 3}

    def test_a_byte_order_mark(self, tmp_path):
        assert self.read(tmp_path, '\ufefftitle = "Nets"').title == "Nets"

    def test_the_end_of_time(self, tmp_path):
        hand_in(tmp_path, Ada=b"")
        found = self.read(
            tmp_path,
            "[late]\ndue = 9999-12-31\npenalty = 1\ngrace_minutes = 1000000\n"
            "[late.extra_days]\nAda = 1000000",
        )
        assert found.late(tmp_path / "Ada.ipynb", "Ada") == 0

    def test_points_and_what_counts(self, tmp_path):
        hand_in(tmp_path / "s", Ada=lesson())
        (tmp_path / "course.toml").write_text(
            'skip = ["scale_to_unit"]\noptional = ["to_channels_first"]\n'
            "[points]\nshift_image = 7.5\n"
        )
        run(tmp_path / "s", "--out", tmp_path / "out", "--config", tmp_path / "course.toml")
        rows = {row["exercise"]: row for row in grades(tmp_path / "out")}
        assert "scale_to_unit" not in rows
        assert rows["to_channels_first"]["max_points"] == "0"
        assert rows["shift_image"]["points"] == "7.5"

    def test_late_days(self, tmp_path):
        hand_in(tmp_path / "s", Ada=lesson(), Bob=lesson(), Eve=lesson())
        (tmp_path / "course.toml").write_text(
            "[late]\ndue = 2026-03-01T12:00:00\npenalty = 0.1\ndays = 3\n"
            "[late.extra_days]\nBob = 2\n"
        )
        day = 86_400
        due = time.mktime((2026, 3, 1, 12, 0, 0, 0, 0, -1))
        for name, late in (("Ada", 1.5 * day), ("Bob", 1.5 * day), ("Eve", 9 * day)):
            os.utime(tmp_path / "s" / f"{name}.ipynb", (due + late,) * 2)
        run(tmp_path / "s", "--out", tmp_path / "out", "--config", tmp_path / "course.toml")
        points = {
            r["student"]: r["points"]
            for r in grades(tmp_path / "out")
            if r["exercise"] == "shift_image"
        }
        assert points == {"Ada": "1.6", "Bob": "2", "Eve": "0"}
        page = next((tmp_path / "out" / "feedback").glob("Ada*")).read_text()
        assert "Handed in late: 20 % of the points are taken off" in page

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("titel = 1", "did you mean “title”"),
            ("title = 1", "must be a text"),
            ("[late]\npenalti = 1", "did you mean “penalty”"),
            ("[late]\npenalty = 1", "no late.due"),
            ("[late]\npenalty = 3\ndue = 2026-01-01", "0 to 1"),
            ("[late]\ndue = 'soon'", "must be a date"),
            ("[points]\nshift_imag = 3", "did you mean “shift_image”"),
            ("[points]\nshift_image = 'x'", "must be a number"),
            ("[points]\nshift_image = -1", "0 or more"),
            ("skip = 'shift_image'", "a list of names"),
            ("skip = ['nothing at all']", "is no exercise"),
            ("points = 3", "a table"),
            ("x = = 2", "can't be read"),
            ("[points]\nshift_image = inf", "1,000,000 at the most; not inf"),
            ("[points]\nshift_image = nan", "not nan"),
            ("[late]\ndue = 2026-01-01\ndays = 1e400", "late.days"),
            (f"[late]\ndue = 2026-01-01\ngrace_minutes = {10**30}", "late.grace_minutes"),
            ("[late.extra_days]\nAda = 1e300", "late.extra_days.Ada"),
            ("[late]\ndue = 0001-01-01T00:00:00+14:00", "must be a date"),
            ("[late]\ndue = 2026-13-45", "can't be read"),
            (f"x = {'[' * 5000}", "can't be read"),
        ],
    )
    def test_a_wrong_key_is_named(self, tmp_path, text, says):
        with pytest.raises(SettingsError, match=r"course\.toml") as caught:
            self.read(tmp_path, text)
        assert says in str(caught.value)
