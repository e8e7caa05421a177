"""The course in this repository, and the lesson in the author's guide, are fit to be taught."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.lessons.directives import KINDS, NAMES, ROLES
from app.lessons.lint.coverage import coverage_table, read_notes
from app.lessons.load import find_problems, load_course
from app.lessons.model import Lesson, Prose
from tests.support.guide import GUIDE, ROOT, guides_example

COURSE = load_course(ROOT / "content").lessons


def test_the_course_has_no_findings() -> None:
    assert [str(finding) for finding in find_problems(ROOT / "content")] == []


def test_the_coverage_table_in_the_docs_is_current() -> None:
    notes = read_notes(ROOT / "content")
    assert notes
    table = coverage_table(notes, load_course(ROOT / "content").lessons)
    written = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert written == table, "run: slipway lessons coverage >docs/coverage.md"


def test_publishing_a_port_is_practised_from_every_side() -> None:
    lesson = load_course(ROOT / "content").lesson("first-service")
    assert lesson is not None
    kinds = [step.kind for step in lesson.steps]
    assert len(kinds) >= 7
    assert kinds.count("input") >= 2
    assert kinds[-1] == "challenge"
    assert len(lesson.quizzes) >= 2
    assert all(step.hints and step.mistakes for step in lesson.steps)


@pytest.mark.parametrize("lesson", COURSE, ids=lambda lesson: lesson.slug)
def test_every_lesson_helps_asks_back_and_lets_go(lesson: Lesson) -> None:
    assert all(step.hints and step.mistakes for step in lesson.steps)
    assert [step.kind for step in lesson.steps].count("challenge") == 1
    assert any(step.predictions for step in lesson.steps) or lesson.number == 0
    assert "<img " in "".join(block.html for block in lesson.blocks if isinstance(block, Prose))
    recalled = {quiz.recall for quiz in lesson.quizzes if quiz.recall}
    assert len(recalled) >= min(lesson.number, 2)


def test_the_guides_example_is_a_lesson(write: Callable[..., Path]) -> None:
    write("Hello.", "00-welcome")
    content = write(guides_example(), "01-hello")
    assert find_problems(content) == []
    lesson = load_course(content).lessons[1]
    assert {step.kind for step in lesson.steps} == set(KINDS)
    assert lesson.quizzes
    assert any(step.hints for step in lesson.steps)
    assert any(step.mistakes for step in lesson.steps)


def test_the_guide_names_every_directive_role_and_check_function() -> None:
    library = (ROOT / "content" / "checks.sh").read_text(encoding="utf-8")
    functions = re.findall(r"^([a-z_]+)\(\)", library, re.MULTILINE)
    assert functions
    for word in (*NAMES, *ROLES, *functions):
        assert f"`{word}" in GUIDE or f"`sh {word}" in GUIDE, word
    for kind in KINDS:
        assert f"`kind={kind}`" in GUIDE
