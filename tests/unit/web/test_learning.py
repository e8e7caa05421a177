"""Checks, quizzes and progress: what is done stays done, for its student and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.lessons.load import load_course
from app.settings import ROOT
from tests.support.checks import CheckingEngine
from tests.support.site import LESSON, QUIZ, STEP, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.site import Site, Student

lesson = load_course(ROOT / "content").lesson(LESSON)
assert lesson
quiz = lesson.quiz(QUIZ)
assert quiz
RIGHT = next(at for at, option in enumerate(quiz.options) if option.right)
WRONG = next(at for at, option in enumerate(quiz.options) if not option.right)
OPTIONS = quiz.options
NOTHING = {"hint": None, "wanted": "", "saw": ""}


@pytest.fixture(scope="module")
def passing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site on which every check passes."""
    with serving(tmp_path_factory.mktemp("passing"), CheckingEngine(0)) as site:
        yield site


def is_done(student: Student, step: str = STEP) -> bool:
    page = student.http.get(f"/lessons/{LESSON}").text
    head = page.partition(f'id="step-{step}"')[2].partition(">")[0]
    assert head
    return "data-done" in head


def test_a_check_that_passes(passing: Site) -> None:
    answer = passing.student().start().check()
    assert answer.status_code == 200
    assert answer.json() == {"passed": True, "message": "Done.", **NOTHING}


def test_a_step_that_passed_is_done_after_a_reload(passing: Site) -> None:
    student = passing.student().start()
    assert not is_done(student)
    student.check()
    assert is_done(student)
    assert not is_done(student, "find-the-port")
    assert f"1 of {len(lesson.steps) if lesson else 0}" in student.http.get("/").text


def test_a_step_stays_done_after_a_reset(passing: Site) -> None:
    student = passing.student().start()
    student.check()
    student.http.delete("/api/sandbox")
    student.wait_for("ready")
    assert is_done(student)


def test_one_students_step_is_not_anothers(passing: Site) -> None:
    one, two = passing.student().start(), passing.student().start()
    one.check()
    assert is_done(one)
    assert not is_done(two)


def test_a_check_that_fails_is_an_answer_and_no_error(tmp_path: Path) -> None:
    with serving(tmp_path, CheckingEngine(1)) as site:
        student = site.student().start()
        answer = student.check()
        assert answer.status_code == 200
        assert answer.json() == {"passed": False, "message": "Not yet.", **NOTHING}
        assert not is_done(student)


def test_a_check_that_cant_look_is_an_error_and_no_verdict(tmp_path: Path) -> None:
    with serving(tmp_path, CheckingEngine(42)) as site:
        answer = site.student().start().check()
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "node_unavailable"


def test_more_checks_than_a_student_needs_are_refused(tmp_path: Path) -> None:
    with serving(tmp_path, CheckingEngine(1), checks_per_minute=3) as site:
        one, two = site.student().start(), site.student().start()
        assert [one.check().status_code for _ in range(4)] == [200, 200, 200, 429]
        assert two.check().status_code == 200


def test_progress_outlives_a_restart_of_the_site(tmp_path: Path) -> None:
    with serving(tmp_path, CheckingEngine(0)) as site:
        student = site.student().start()
        student.check()
        cookies = dict(student.http.cookies)
    with serving(tmp_path) as site:
        again = site.student()
        again.http.cookies.clear()
        again.http.cookies.update(cookies)
        assert is_done(again)


@pytest.mark.parametrize("option", [RIGHT, WRONG])
def test_a_quiz_answer_is_explained(student: Student, option: int) -> None:
    answer = student.answer(option)
    assert answer.status_code == 200
    assert answer.json() == {
        "right": option == RIGHT,
        "explanation": OPTIONS[option].explanation,
    }


def test_the_last_quiz_answer_is_marked_after_a_reload(site: Site) -> None:
    one, two = site.student(), site.student()
    one.answer(WRONG)
    one.answer(RIGHT)
    page = one.http.get(f"/lessons/{LESSON}").text
    assert page.count(" checked") == 1
    assert f'value="{RIGHT}" checked' in page
    assert " checked" not in two.http.get(f"/lessons/{LESSON}").text
