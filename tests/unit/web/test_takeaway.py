"""What is taken away is the caller's own, as a page and as Markdown."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from tests.support.checks import CheckingEngine
from tests.support.site import LESSON, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.site import Site, Student


def test_a_cheat_sheet_is_a_page_and_a_file(student: Student) -> None:
    page = student.http.get(f"/cheat-sheet/{LESSON}")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "docker run -d -P --name web nginx" in re.sub(r"<[^>]*>", "", page.text)
    assert f'href="/cheat-sheet/{LESSON}?format=markdown"' in page.text
    file = student.http.get(f"/cheat-sheet/{LESSON}", params={"format": "markdown"})
    assert file.headers["content-type"].startswith("text/markdown")
    assert file.headers["content-disposition"].endswith(f'"slipway-cheat-sheet-{LESSON}.md"')
    assert f"({student.site.url}/lessons/{LESSON})" in file.text


def test_the_courses_cheat_sheet_has_every_lesson(student: Student) -> None:
    course = student.http.get("/").text
    assert 'href="/cheat-sheet"' in course
    assert 'href="/transcript"' in course
    whole = student.http.get("/cheat-sheet").text
    assert whole.count('<article class="sheet"') == course.count('<li class="lesson-card"')


def test_a_transcript_tells_of_steps(tmp_path: Path) -> None:
    with serving(tmp_path, CheckingEngine(0)) as site:
        transcripts_of(site.student())


def transcripts_of(student: Student) -> None:
    student.start()
    student.http.get(f"/lessons/{LESSON}")
    assert student.check().json()["passed"]
    page = html.unescape(student.http.get("/transcript").text)
    assert "<strong>Done:</strong> Start a web server" in page
    assert "Nothing yet" not in page
    file = student.http.get(f"/transcript/{LESSON}", params={"format": "markdown"})
    assert file.headers["content-disposition"].endswith(f'"slipway-transcript-{LESSON}.md"')
    assert "**Done:** Start a web server" in file.text
    assert "Nothing yet" in student.http.get("/transcript/welcome").text


def test_a_stranger_has_nothing_to_take_away_and_stays_one(site: Site) -> None:
    stranger = site.client()
    for _ in range(20):
        assert "Nothing yet" in stranger.get("/transcript").text
    assert "0 of" in stranger.get("/cheat-sheet").text
    assert not stranger.cookies


def test_there_is_none_of_a_lesson_that_is_not_there(student: Student) -> None:
    for path in ("/cheat-sheet/nowhere", "/transcript/nowhere"):
        assert student.http.get(path).status_code == 404
    assert student.http.get("/transcript", params={"format": "pdf"}).status_code == 422


def test_every_lesson_leads_to_its_take_away(student: Student) -> None:
    page = student.http.get(f"/lessons/{LESSON}").text
    assert f'href="/cheat-sheet/{LESSON}"' in page
    assert f'href="/transcript/{LESSON}"' in page


def test_asking_without_end_is_refused(student: Student) -> None:
    answers = [student.http.get("/transcript").status_code for _ in range(20)]
    assert answers[0] == 200
    assert answers[-1] == 429
