"""Authors see what they write, and the last good lesson while it is broken."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from app.settings import ROOT
from tests.support.checks import CheckingEngine
from tests.support.events import listening
from tests.support.site import serving

if TYPE_CHECKING:
    from pathlib import Path

TOP = "---\ntitle: Hello\nsummary: S\nminutes: 1\nnodes: 1\n---\n"
STEP = ':::: step one "One"\n```sh run\ntrue\n```\n```sh check\ntrue\n```\n::::\n'


def test_a_lesson_that_changes_is_shown_anew(tmp_path: Path) -> None:
    content = tmp_path / "content"
    lesson = content / "01-hello" / "lesson.md"
    lesson.parent.mkdir(parents=True)
    shutil.copy(ROOT / "content" / "checks.sh", content)
    lesson.write_text(TOP + "Before.\n" + STEP)
    engine = CheckingEngine(0)
    with serving(tmp_path, engine, rereads=True, content_dir=content) as site:
        student = site.student().start()
        with listening(student) as events:
            assert next(events)[0] == "sandbox"
            lesson.write_text(TOP + "After.\n" + STEP)
            assert next(events) == ("content", {"findings": []})
            assert "After." in student.http.get("/lessons/hello").text

            lesson.write_text(TOP + "Broken.\n" + STEP.replace("check", "chekc"))
            kind, data = next(events)
            assert (kind, len(data["findings"])) == ("content", 2)
            assert "lesson.md:12: unknown fence role 'chekc'" in data["findings"][1]
            assert "After." in student.http.get("/lessons/hello").text

            (content / "checks.sh").write_text("engine_answers() { true; }\n")
            lesson.write_text(TOP + "Mended.\n" + STEP)
            while next(events) != ("content", {"findings": []}):
                pass
            assert "Mended." in student.http.get("/lessons/hello").text
            student.http.post("/api/lessons/hello/steps/one/check", json={})
            assert engine.scripts[-1].startswith("engine_answers() { true; }")


def test_a_site_for_students_does_not_look(tmp_path: Path) -> None:
    content = tmp_path / "content"
    lesson = content / "01-hello" / "lesson.md"
    lesson.parent.mkdir(parents=True)
    shutil.copy(ROOT / "content" / "checks.sh", content)
    lesson.write_text(TOP + "Before.\n" + STEP)
    with serving(tmp_path, content_dir=content) as site:
        lesson.write_text(TOP + "After.\n" + STEP)
        assert "Before." in site.student().http.get("/lessons/hello").text
