"""Run types a lesson's commands at a prompt; elsewhere it never presses Enter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browser import Visitor
from tests.support.lesson_page import LessonPage
from tests.support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

COURSE = str(Path(__file__).parent / "course")


@pytest.fixture(scope="module")
def course() -> Iterator[str]:
    with serving(content_dir=COURSE) as address:
        yield address


@pytest.fixture
def lesson(browser: Browser, course: str) -> Iterator[LessonPage]:
    visitor = Visitor(browser, course)
    page = LessonPage(visitor.page)
    page.open("one-node")
    yield page
    visitor.close()
    assert visitor.complaints == []


def wait_for_program(lesson: LessonPage) -> None:
    lesson.wait_until(lesson.is_busy, "a running program")


def expect_notice(lesson: LessonPage, step: str, said: str) -> None:
    expect(lesson.step(step).locator(".command-notice")).to_have_text(said)


def test_several_lines_run_one_after_the_other(lesson: LessonPage) -> None:
    lesson.run("several")
    lesson.wait_for_text("last=42\n")
    expect_notice(lesson, "several", "Sent to node1")
    text = lesson.text()
    # Each was typed when its turn had come, so none stands above the output of the one before.
    assert text.index("first=42") < text.index("$ for n in 1 2; do") < text.index("turn-2-")
    assert text.index("turn-2-") < text.index("$ cat <<END") < text.index("last=42")


def test_in_a_running_program_it_is_inserted_without_enter(lesson: LessonPage) -> None:
    lesson.type("cat > /root/typed")
    wait_for_program(lesson)
    lesson.run("look", into_a_program=True)
    expect_notice(lesson, "look", "A program is running in node1: inserted without Enter")
    lesson.wait_for_text("\nhostname")
    lesson.page.keyboard.press("Enter")
    lesson.page.keyboard.press("Control+D")
    lesson.type("echo =$(cat /root/typed)=")
    lesson.wait_for_text("\n=hostname=")


def test_a_line_that_was_begun_is_left_to_the_student(lesson: LessonPage) -> None:
    lesson.page.keyboard.press("Escape")
    lesson.terminal.locator("textarea").focus()
    lesson.page.keyboard.type("echo mi''ne ")
    lesson.wait_for_text("echo mi''ne")
    lesson.run("look")
    expect_notice(lesson, "look", "There is a line at node1's prompt: inserted without Enter")
    lesson.wait_for_text("echo mi''ne hostname")
    lesson.page.keyboard.press("Enter")
    lesson.wait_for_text("\nmine hostname")
    lesson.run("look")
    lesson.wait_for_text("$ hostname\nnode1\n")


def test_a_reload_forgets_neither_the_program_nor_the_prompt(lesson: LessonPage) -> None:
    lesson.type("sleep 600")
    wait_for_program(lesson)
    lesson.page.reload()
    wait_for_program(lesson)
    lesson.run("look", into_a_program=True)
    expect_notice(lesson, "look", "A program is running in node1: inserted without Enter")
    lesson.page.keyboard.press("Control+C")
    lesson.wait_until(lambda: lesson.text().count("student@node1") == 2, "the prompt")
    lesson.page.reload()
    lesson.wait_until(lambda: lesson.text().count("student@node1") == 2, "the prompt")
    lesson.run("look")
    lesson.wait_for_text("$ hostname\nnode1\n")


def test_a_shell_inside_the_shell_is_a_running_program(lesson: LessonPage) -> None:
    lesson.type("PS1='inner# ' sh")
    lesson.wait_for_text("\ninner#")
    lesson.run("look", into_a_program=True)
    expect_notice(lesson, "look", "A program is running in node1: inserted without Enter")
    lesson.wait_for_text("inner# hostname")
    lesson.page.keyboard.press("Control+C")
    lesson.type("exit")
    lesson.wait_until(lambda: lesson.text().count("student@node1") == 2, "the prompt")
    lesson.run("look")
    lesson.wait_for_text("$ hostname\nnode1\n")


def test_nothing_is_typed_into_an_editor(lesson: LessonPage) -> None:
    lesson.type("vim /root/note")
    lesson.wait_for_text("note")
    lesson.wait_for_text("[New")
    lesson.run("look", into_a_program=True)
    expect_notice(
        lesson, "look", "A program has node1's whole screen: leave it first. Nothing was typed."
    )
    lesson.type(":q")
    lesson.wait_until(lambda: lesson.text().count("student@node1") == 2, "the prompt")
    assert "hostname" not in lesson.text()


def test_a_failing_line_stops_a_block_that_says_so(lesson: LessonPage) -> None:
    block = lesson.step("several").locator("lab-command")
    block.evaluate("block => { block.dataset.stop = ''; }")
    block.locator("pre").evaluate("pre => { pre.textContent = 'false\\necho on'; }")
    lesson.run("several")
    expect_notice(lesson, "several", "That ended with status 1: 1 of 2 lines was not typed.")
    assert "echo on" not in lesson.text()
