"""Copy and paste: questions before several lines, menus by mouse and keyboard, buttons, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import serious_findings

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.support.lesson_page import LessonPage

PASTE = """(terminal, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  terminal.querySelector("textarea").dispatchEvent(paste);
}"""


def paste(lesson: LessonPage, text: str) -> None:
    lesson.terminal.locator("textarea").focus()
    lesson.terminal.evaluate(PASTE, text)


def question(lesson: LessonPage) -> Locator:
    return lesson.page.get_by_role("dialog", name="Paste")


def answer(lesson: LessonPage, button: str) -> None:
    question(lesson).get_by_role("button", name=button, exact=True).click()


def clipboard(lesson: LessonPage) -> str:
    return str(lesson.page.evaluate("navigator.clipboard.readText()"))


@pytest.fixture(autouse=True)
def clipboard_is_allowed(lesson: LessonPage) -> None:
    lesson.page.context.grant_permissions(["clipboard-read", "clipboard-write"])


def test_several_lines_are_shown_first_and_cancel_types_nothing(lesson: LessonPage) -> None:
    paste(lesson, "".join(f"echo line-{number}\n" for number in range(1, 21)))
    expect(question(lesson)).to_contain_text("Paste 20 lines?")
    expect(question(lesson).locator("pre")).to_contain_text("echo line-12")
    expect(question(lesson).locator("pre")).not_to_contain_text("echo line-13")
    expect(question(lesson)).to_contain_text("… and 8 more lines")
    expect(question(lesson).get_by_role("button", name="Paste", exact=True)).to_be_focused()
    assert serious_findings(lesson.page) == []
    lesson.page.keyboard.press("Escape")
    expect(question(lesson)).to_be_hidden()
    expect(lesson.terminal.locator("textarea")).to_be_focused()
    lesson.type("echo no''thing")
    lesson.wait_for_text("\nnothing")
    assert "line-" not in lesson.text()


def test_pasted_lines_wait_at_the_prompt_for_enter(lesson: LessonPage) -> None:
    paste(lesson, "echo one=$((1 + 1))\necho two=$((2 + 2))\n")
    lesson.page.keyboard.press("Enter")
    lesson.wait_for_text("echo two=")
    assert "one=2" not in lesson.text()
    lesson.page.keyboard.press("Enter")
    lesson.wait_for_text("\none=2\ntwo=4")


def test_a_continued_command_is_pasted_as_one_line(lesson: LessonPage) -> None:
    paste(lesson, "echo a=$((1 + 1)) \\\n  b=$((2 + 2))\n")
    answer(lesson, "Paste as one line")
    lesson.page.keyboard.press("Enter")
    lesson.wait_for_text("$ echo a=$((1 + 1)) b=$((2 + 2))\na=2 b=4")


def test_a_single_line_is_pasted_without_a_question_and_without_enter(lesson: LessonPage) -> None:
    paste(lesson, "echo sum=$((40 + 2))\n")
    lesson.wait_for_text("echo sum=$((40 + 2))")
    assert "sum=42" not in lesson.text()
    lesson.page.keyboard.press("Enter")
    lesson.wait_for_text("\nsum=42")


def test_the_question_can_be_switched_off_and_on_again(lesson: LessonPage) -> None:
    paste(lesson, "echo x\necho y")
    question(lesson).get_by_role("checkbox").uncheck()
    answer(lesson, "Paste")
    lesson.wait_for_text("echo y")
    lesson.page.keyboard.press("Control+C")
    lesson.page.reload()
    lesson.wait_for_prompt()
    paste(lesson, "echo p\necho q")
    lesson.wait_for_text("echo q")
    expect(question(lesson)).to_be_hidden()
    lesson.page.keyboard.press("Control+C")
    lesson.page.get_by_role("button", name="More").click()
    lesson.page.get_by_role("menuitemcheckbox", name="Ask before pasting lines").click()
    paste(lesson, "echo v\necho w")
    answer(lesson, "Cancel")


def test_the_menu_copies_and_pastes(lesson: LessonPage) -> None:
    lesson.type("clear; echo cop''ied")
    lesson.wait_for_text("copied")
    screen = lesson.terminal.locator(".xterm-screen")
    screen.dblclick(position={"x": 20, "y": 8})
    screen.click(button="right", position={"x": 20, "y": 8})
    menu = lesson.page.get_by_role("menu")
    expect(menu).to_be_visible()
    menu.get_by_role("menuitem", name="Copy").click()
    expect(menu).to_be_hidden()
    lesson.wait_until(lambda: clipboard(lesson) == "copied", "the copy")
    expect(lesson.terminal.locator("textarea")).to_be_focused()
    lesson.page.keyboard.type("echo again-")
    lesson.head_of("node1").get_by_role("button", name="Paste").click()
    lesson.wait_for_text("echo again-copied")


def test_the_keyboard_opens_walks_and_leaves_the_menu(lesson: LessonPage) -> None:
    lesson.terminal.locator("textarea").focus()
    lesson.page.keyboard.press("Shift+F10")
    menu = lesson.page.get_by_role("menu")
    expect(menu.get_by_role("menuitem", name="Copy")).to_be_focused()
    lesson.page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem", name="Paste")).to_be_focused()
    lesson.page.keyboard.press("ArrowDown")
    lesson.page.keyboard.press("Enter")
    expect(menu).to_be_hidden()
    # Everything is selected now; Ctrl+C copies it instead of interrupting.
    expect(lesson.terminal.locator("textarea")).to_be_focused()
    lesson.page.keyboard.press("Control+C")
    lesson.wait_until(lambda: "student@node1" in clipboard(lesson), "the copy")
    lesson.page.keyboard.press("Shift+F10")
    lesson.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(lesson.terminal.locator("textarea")).to_be_focused()


def test_the_scrollback_is_cleared_and_the_prompt_stays(lesson: LessonPage) -> None:
    lesson.type("seq 300")
    lesson.wait_for_text("\n300\n")
    lesson.page.keyboard.press("Shift+F10")
    lesson.page.get_by_role("menuitem", name="Clear scrollback").click()
    lesson.wait_until(lambda: lesson.text().startswith("student@node1"), "a clear screen")
    lesson.type("echo st''ill")
    lesson.wait_for_text("\nstill")


def test_what_was_said_is_saved_as_a_file(lesson: LessonPage) -> None:
    lesson.type("echo ke''pt")
    lesson.wait_for_text("\nkept")
    for label, ending, wanted in (
        ("Save as text", "txt", "kept"),
        ("Save the recording", "cast", '"version":'),
    ):
        lesson.page.keyboard.press("Shift+F10")
        with lesson.page.expect_download() as saving:
            lesson.page.get_by_role("menuitem", name=label).click()
        assert saving.value.suggested_filename == f"slipway-node1-main.{ending}"
        assert wanted in saving.value.path().read_text()
