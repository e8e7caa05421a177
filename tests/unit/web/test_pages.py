"""The pages read on their own, give no answer away, and have a way back."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from app.lessons.load import load_course
from app.settings import ROOT
from tests.support.site import LESSON, serving

if TYPE_CHECKING:
    from pathlib import Path

    from app.lessons.model import Quiz, Step
    from tests.support.site import Student

LESSONS = load_course(ROOT / "content").lessons


def text_of(student: Student, path: str) -> str:
    answer = student.http.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def test_the_course_page_links_every_lesson(student: Student) -> None:
    page = text_of(student, "/")
    for lesson in LESSONS:
        assert f'href="/lessons/{lesson.slug}"' in page
        assert lesson.title in page


@pytest.mark.parametrize("slug", [lesson.slug for lesson in LESSONS])
def test_a_lesson_page_shows_every_step_and_quiz(student: Student, slug: str) -> None:
    page = text_of(student, f"/lessons/{slug}")
    lesson = next(lesson for lesson in LESSONS if lesson.slug == slug)
    blocks: list[Step | Quiz] = [*lesson.steps, *lesson.quizzes]
    for block in blocks:
        assert f'-{block.id}"' in page
        assert html.unescape(block.title) in page


@pytest.mark.parametrize("slug", [lesson.slug for lesson in LESSONS])
def test_a_lesson_page_gives_no_answer_away(student: Student, slug: str) -> None:
    page = text_of(student, f"/lessons/{slug}")
    lesson = next(lesson for lesson in LESSONS if lesson.slug == slug)
    secrets = [step.check for step in lesson.steps]
    secrets += [step.answer.text for step in lesson.steps if step.answer]
    hidden = [step for step in lesson.steps if step.kind in ("challenge", "fix")]
    secrets += [line.text for step in hidden for line in step.solution]
    secrets += [script.text for step in lesson.steps for script in step.setup]
    secrets += [mistake.when or mistake.said for s in lesson.steps for mistake in s.mistakes]
    for secret in secrets:
        assert secret.strip() not in page
    raw = student.http.get(f"/lessons/{slug}").text
    for quiz in lesson.quizzes:
        assert not [option for option in quiz.options if option.explanation.strip() in raw]


def test_a_missing_page_has_a_way_back(student: Student) -> None:
    answer = student.http.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert 'href="/"' in answer.text


def test_a_missing_lesson_is_a_page_with_a_way_back(student: Student) -> None:
    answer = student.http.get("/lessons/nowhere")
    assert answer.status_code == 404
    assert "There is no such lesson." in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize(
    "picture", ["lesson.md", "..%2f..%2fREADME.md", "%2e%2e", "none.svg", "a%00.svg"]
)
def test_only_pictures_of_a_lesson_are_served(student: Student, picture: str) -> None:
    assert student.http.get(f"/lessons/{LESSON}/{picture}").status_code == 404


def test_a_lessons_picture_has_its_type(tmp_path: Path) -> None:
    content = tmp_path / "content"
    lesson = content / "01-drawn" / "lesson.md"
    lesson.parent.mkdir(parents=True)
    lesson.write_text("---\ntitle: Drawn\nsummary: A drawing.\nminutes: 1\nnodes: 1\n---\nText.\n")
    (lesson.parent / "net.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (content / "checks.sh").write_text("")
    with serving(tmp_path / "state", content_dir=content) as site:
        answer = site.client().get("/lessons/drawn/net.svg")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/svg+xml")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("js/main.js", "text/javascript"),
        ("js/protocol.js", "text/javascript"),
        ("vendor/xterm/xterm.mjs", "text/javascript"),
        ("vendor/xterm/xterm.css", "text/css"),
        ("css/tokens.css", "text/css"),
    ],
)
def test_static_files_have_the_type_that_browsers_insist_on(
    student: Student, path: str, kind: str
) -> None:
    answer = student.http.get(f"/static/{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)


def test_every_file_a_page_names_is_there(student: Student) -> None:
    page = student.http.get(f"/lessons/{LESSON}").text
    names = {part.partition('"')[0] for part in page.split('"/static/')[1:]}
    assert names
    for name in names:
        assert student.http.get(f"/static/{name}").status_code == 200, name


def test_nothing_outside_the_static_folder_is_served(student: Student) -> None:
    assert student.http.get("/static/%2e%2e/pyproject.toml").status_code == 404


def test_search_finds_parts_of_lessons_without_javascript(student: Student) -> None:
    page = student.http.get("/search", params={"q": "nginx port"})
    assert page.status_code == 200
    assert "<mark>" in page.text
    assert re.search(r'href="/lessons/[a-z-]+#(step|quiz)-', page.text)


def test_what_is_searched_for_is_only_text(student: Student) -> None:
    page = student.http.get("/search", params={"q": "<script>alert(1)</script>\x00"})
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_every_part_of_a_lesson_is_in_its_list(student: Student) -> None:
    """But for the questions that are asked within a step."""
    lesson = student.http.get(f"/lessons/{LESSON}").text
    targets = set(re.findall(r'<lab-(?:step|quiz) [^>]*id="([a-z0-9-]+)"', lesson))
    listed = set(re.findall(r'<a href="#((?:step|quiz)-[a-z0-9-]+)"', lesson))
    assert listed <= targets
    assert {target for target in targets if target.startswith("step-")} <= listed
