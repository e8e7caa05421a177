"""A translation brings sentences; steps, commands and checks are the original's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.lessons.load import find_problems, load_course
from tests.support.french import FRENCH
from tests.support.guide import guides_example

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.lessons.model import Course, Lesson

HERE = "01-hello/lesson.fr.md"


@pytest.fixture
def put(write: Callable[..., Path]) -> Callable[[str], Path]:
    """The guide's example with this translation beside it."""
    write("Hello.", "00-welcome")
    content = write(guides_example(), "01-hello")

    def put(text: str) -> Path:
        (content / HERE).write_text(text)
        return content

    return put


def both(content: Path) -> tuple[Lesson, Lesson, Course]:
    course = load_course(content)
    lesson = course.lesson("hello")
    assert lesson
    return lesson, course.translated(lesson, ["fr"]), course


def test_only_sentences_differ(put: Callable[[str], Path]) -> None:
    content = put(FRENCH)
    assert find_problems(content) == []
    english, french, _ = both(content)
    assert (french.language, french.title) == ("fr", "Bonjour, nginx")
    assert (french.slug, french.setup, french.after) == (
        english.slug,
        english.setup,
        english.after,
    )
    for here, there in zip(english.steps, french.steps, strict=True):
        assert here.title != there.title
        assert len(here.hints) == len(there.hints)
        same = replace(
            there,
            title=here.title,
            body=here.body,
            hints=here.hints,
            answer_label=here.answer_label,
            mistakes=tuple(
                replace(it, html=other.html)
                for it, other in zip(there.mistakes, here.mistakes, strict=True)
            ),
        )
        assert same == here
    assert [quiz.title for quiz in french.quizzes] == [
        "Avant de commencer",
        "Quel côté est l'hôte ?",
    ]


def test_the_original_s_commands_stand_where_the_translation_wants_them(
    put: Callable[[str], Path],
) -> None:
    step = both(put(FRENCH))[1].steps[0]
    assert step.html.index("arrière-plan") < step.html.index("<lab-command")
    assert step.html.index("<lab-command") < step.html.index("identifiant")
    assert step.html.count("<lab-command") == 1
    assert step.commands[0] in step.html
    assert "\x00" not in step.html
    assert [quiz.title for quiz in step.predictions] == ["Quel port de l'hôte ?"]


def test_languages_are_tried_in_order_and_the_original_is_always_there(
    put: Callable[[str], Path],
) -> None:
    english, french, course = both(put(FRENCH))
    for languages, expected in {
        (): english,
        ("de", "fr", "en"): french,
        ("de", "en", "fr"): english,
        ("de",): english,
    }.items():
        assert course.translated(english, languages) == expected


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("step mend-it", "step mend{}", "has no step 'mend'"),
        ("quiz what-is-it", "quiz what{}", "has no quiz 'what'"),
        ("title: Bonjour", "minutes: 3{}\ntitle: Bonjour", "'minutes' comes from lesson.md"),
        ("[démarré](#start-it)", "[démarré](#commencer){}", "no step or quiz 'commencer'"),
        ("[démarré](#start-it)", "[démarré](javascript:x){}", "bad link"),
        ("Un serveur web attend", "```sh run{}\n```\nUn serveur", "belongs in a step"),
        ("Que dit", "```sh check{}\nrunning web\n```\nQue dit", "belongs in a step"),
        ("La page a", "```sh check{}\n```\nLa page a", "come from lesson.md"),
        ("---\ntitle", "title{}", "start with ---"),
        ("summary: ", "# {}", "no 'summary'"),
    ],
)
def test_a_translation_that_is_wrong_is_not_shown(
    put: Callable[[str], Path], old: str, new: str, message: str
) -> None:
    marked = FRENCH.replace(old, new.format("<<<"), 1)
    line = 1 if "summary" in old else marked[: marked.index("<<<")].count("\n") + 1
    content = put(marked.replace("<<<", ""))
    found = [row for row in find_problems(content) if message in row.message]
    assert [(row.path, row.line) for row in found] == [(f"content/{HERE}", line)]
    assert both(content)[1].language == "en"


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        (FRENCH[FRENCH.index(":::: step mend-it") : FRENCH.index(":::: quiz left")], "step 'mend"),
        (FRENCH[FRENCH.index(":::: quiz left") : FRENCH.index(":::: step tidy")], "quiz 'left"),
        (FRENCH[FRENCH.index("::: predict") : FRENCH.index("```sh run")], "prediction 'which"),
        ("::: mistake\nUn seul `docker` suffit.\n:::\n", "2 of mistake here, this has 1"),
        ("::: hint\nIl faut l'arrêter d'abord.\n:::\n", "1 of hint here, this has 0"),
        (' answer-label="Port de l\'hôte"', "the answer-label"),
        ("```sh run\n```\n", "1 of the step's commands"),
        ("Un serveur web attend des requêtes.\n", "the text before 'what-is-it'"),
        ("- [ ] Un petit ordinateur\n  > Ce serait une machine virtuelle.\n", "options"),
    ],
)
def test_what_a_translation_lacks_stays_as_it_was_written(
    put: Callable[[str], Path], cut: str, message: str
) -> None:
    assert cut in FRENCH
    content = put(FRENCH.replace(cut, "", 1))
    found = find_problems(content)
    assert [row.path for row in found] == [f"content/{HERE}"] * len(found)
    assert any(message in row.message for row in found)
    if "options" not in message:
        english, french, _ = both(content)
        assert french.language == "fr"
        assert [step.id for step in french.steps] == [step.id for step in english.steps]
        assert len(french.steps[0].mistakes) == 2
        assert french.steps[0].html.count("<lab-command") == 1


@pytest.mark.parametrize("name", ["lesson.french.md", "lesson.en.md"])
def test_a_translation_is_named_by_its_language(put: Callable[[str], Path], name: str) -> None:
    content = put(FRENCH)
    (content / HERE).rename(content / "01-hello" / name)
    assert ["a language of two letters" in row.message for row in find_problems(content)] == [True]
