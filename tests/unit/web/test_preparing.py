"""A lesson's page offers what its author wrote beside steps: setups, predictions, languages."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from app.settings import ROOT
from tests.support.checks import CheckingEngine
from tests.support.french import FRENCH
from tests.support.guide import guides_example
from tests.support.site import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.site import Site

TOP = "---\ntitle: Welcome\nsummary: S\nminutes: 1\nnodes: 1\n---\n"
LOOK = ':::: step look "Look" unchecked="it is only read"\nLook.\n::::\n'
PAGE = "/lessons/hello"
API = "/api/lessons/hello"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    content = tmp_path_factory.mktemp("content")
    for folder, text in {"00-welcome": TOP + LOOK, "01-hello": guides_example()}.items():
        (content / folder).mkdir()
        (content / folder / "lesson.md").write_text(text)
    (content / "01-hello" / "lesson.fr.md").write_text(FRENCH)
    shutil.copy(ROOT / "content" / "checks.sh", content)
    return content


@pytest.fixture(scope="module")
def guided(content: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that teaches the guide's example, on which every script succeeds."""
    with serving(tmp_path_factory.mktemp("s"), CheckingEngine(0), content_dir=content) as site:
        yield site


def test_a_lesson_and_a_step_can_be_prepared(guided: Site) -> None:
    student = guided.student().start()
    for path in (f"{API}/setup", f"{API}/steps/mend-it/setup"):
        answer = student.http.post(path)
        assert (answer.status_code, answer.json()) == (200, {"prepared": True})
    engine = guided.engine
    assert isinstance(engine, CheckingEngine)
    assert "docker rm -f web" in engine.scripts[-2]
    assert "docker stop -t 1 web" in engine.scripts[-1]


@pytest.mark.parametrize("path", [f"{API}/steps/start-it/setup", "/api/lessons/welcome/setup"])
def test_where_there_is_no_setup_there_is_nothing_to_prepare(guided: Site, path: str) -> None:
    assert guided.student().start().http.post(path).status_code == 404


def test_preparing_needs_a_sandbox_and_our_own_page(guided: Site) -> None:
    student = guided.student()
    answer = student.http.post(f"{API}/setup")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "sandbox_unavailable")
    student.http.headers["Origin"] = "https://example.org"
    assert student.http.post(f"{API}/setup").status_code == 403


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        (CheckingEngine(1, "one\nno such container\n"), "could not be prepared: no such container"),
        (CheckingEngine(124, timed_out=True), "was not prepared within 30 s"),
        (CheckingEngine(42), "engine on node1 is stopped"),
    ],
)
def test_a_setup_that_fails_says_why_and_what_to_do(
    content: Path, tmp_path: Path, engine: CheckingEngine, said: str
) -> None:
    with serving(tmp_path, engine, content_dir=content) as site:
        error = site.student().start().http.post(f"{API}/setup").json()["error"]
    assert said in error["message"]
    assert error["hint"]


def test_the_page_offers_both(guided: Site) -> None:
    page = guided.student().http.get(PAGE).text
    assert f'data-path="{API}/setup"' in page
    assert f'data-path="{API}/steps/mend-it/setup"' in page
    assert 'Do <a href="/lessons/welcome">Welcome</a> before this one.' in page


def test_predictions_stand_in_their_steps_and_are_answered_like_quizzes(guided: Site) -> None:
    student = guided.student()
    step = (
        student.http.get(PAGE).text.partition('id="step-start-it"')[2].partition("</lab-step>")[0]
    )
    assert 0 < step.index("Predict") < step.index("<lab-command")
    answer = student.http.post(f"{API}/quizzes/which-number", json={"option": 1}).json()
    assert answer["right"]
    assert "lets Docker choose" in answer["explanation"]


def test_a_recall_question_says_that_it_is_one(guided: Site) -> None:
    page = guided.student().http.get(PAGE).text
    assert page.count("From an earlier lesson") == 1


def test_an_unchecked_step_is_marked_by_the_student(guided: Site) -> None:
    student = guided.student().start()
    assert "Mark as done" in student.http.get("/lessons/welcome").text
    assert student.http.post("/api/lessons/welcome/steps/look/check", json={}).json()["passed"]
    assert "Mark as done" in student.http.get("/lessons/welcome").text
    assert "data-done" in student.http.get("/lessons/welcome").text


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("?lang=fr", "", "fr"),
        ("", "fr-CH, en;q=0.8", "fr"),
        ("", "de, en;q=0.5, fr;q=0.7", "fr"),
        ("", "en, fr;q=0.5", "en"),
        ("?lang=en", "fr", "en"),
        ("?lang=xx", "", "en"),
        ("", "fr;q=nonsense, ,;;", "en"),
    ],
)
def test_a_lesson_is_shown_in_the_reader_s_language(
    guided: Site, query: str, header: str, language: str
) -> None:
    student = guided.student()
    answer = student.http.get(f"{PAGE}{query}", headers={"Accept-Language": header})
    assert f'<article lang="{language}">' in answer.text
    assert ("Bonjour, nginx" in answer.text) == (language == "fr")
    assert "Accept-Language" in answer.headers["Vary"]


def test_reasons_and_mistakes_are_told_in_the_reader_s_language(
    content: Path, tmp_path: Path
) -> None:
    engine = CheckingEngine(1, "slipway-mistake:0\n")
    with serving(tmp_path, engine, content_dir=content) as site:
        student = site.student().start()
        student.http.headers["Accept-Language"] = "fr"
        verdict = student.http.post(f"{API}/steps/start-it/check", json={}).json()
        assert "aucun port" in verdict["hint"]
        quiz = student.http.post(f"{API}/quizzes/which-number", json={"option": 1}).json()
        assert "Docker choisit" in quiz["explanation"]
