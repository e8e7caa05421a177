"""A link to a part of a lesson leads to where that part is on its page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from app.lessons.load import load_course
from app.lessons.model import Quiz, Step
from tests.support.french import FRENCH
from tests.support.guide import guides_example

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.lessons.model import Lesson

QUIZ = '{0} {1} {2} "Q"\nWhich?\n\n- [x] {3}\n  > {3}\n- [ ] b\n  > c\n{0}\n'
TO_ALL = "[s](#a-step), [q](#a-quiz), [p](#a-guess), [l](second), [o](second#a-step)"
LED = ["#step-a-step", "#quiz-a-quiz", "#quiz-a-guess", "second", "second#step-a-step"]


@pytest.fixture
def lessons(write: Callable[..., Path]) -> tuple[Lesson, ...]:
    """The first links to everything from everywhere."""
    check = "```sh check\ntrue\n```\n"
    run = "```sh run\nls\n```\n"
    more = f"::: hint\n{TO_ALL}\n:::\n"
    more += f'::: mistake untried="no"\n```sh when\nfalse\n```\n{TO_ALL}\n:::\n'
    guess = QUIZ.format(":::", "predict", "a-guess", TO_ALL)
    step = f':::: step a-step "S"\n{TO_ALL}\n\n{guess}{run}{check}{more}::::\n'
    quiz = QUIZ.format("::::", "quiz", "a-quiz", TO_ALL)
    write(f"{TO_ALL}\n\n{step}\n{quiz}\n## Keep\n\n{TO_ALL} `](#a-step)`\n")
    content = write(f':::: step a-step "S"\n{run}{check}::::\n', "02-second")
    return load_course(content).lessons


def hrefs(html: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', html)


def test_links_lead_to_the_ids_that_the_page_gives(lessons: tuple[Lesson, ...]) -> None:
    lesson = lessons[0]
    [prose, step, quiz, closing] = lesson.blocks
    assert isinstance(step, Step)
    assert isinstance(quiz, Quiz)
    questions = (quiz, *step.predictions)
    for html in (prose.html, step.html, closing.html, step.hints[0], step.mistakes[0].html):
        assert hrefs(html) == LED
    for option in (question.options[0] for question in questions):
        assert hrefs(option.html) == hrefs(option.explanation) == LED
    parts: tuple[Step | Quiz, ...] = (step, *questions)
    assert [f"#{part.anchor}" for part in parts] == LED[:3]


def test_what_is_kept_leads_there_from_other_pages_too(lessons: tuple[Lesson, ...]) -> None:
    closing = lessons[0].closing
    assert hrefs(closing.html) == [
        f"/lessons/{'first' if href.startswith('#') else ''}{href}" for href in LED
    ]
    assert "[s](#step-a-step)" in closing.markdown
    assert "[o](second#step-a-step)" in closing.markdown
    assert "](#a-step)</code>" in closing.html


def test_a_translation_leads_there_as_well(write: Callable[..., Path]) -> None:
    write("Hello.", "00-welcome")
    content = write(guides_example(), "01-hello")
    (content / "01-hello" / "lesson.fr.md").write_text(FRENCH)
    course = load_course(content)
    lesson = course.lesson("hello")
    assert lesson
    for told in (lesson, course.translated(lesson, ["fr"])):
        assert hrefs(told.steps[-1].html) == ["#step-start-it"]
