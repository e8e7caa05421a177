"""Several terminals: opened, named, found again, split, closed, and refused at the limit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import serious_findings
from tests.support.browser import Visitor
from tests.support.lesson_page import READY_MS, LessonPage
from tests.support.serving import serving
from tests.support.terminal_tabs import TerminalTabs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Dialog

COURSE = str(Path(__file__).parent / "course")


@pytest.fixture(scope="module")
def course() -> Iterator[str]:
    with serving(content_dir=COURSE, terminals_per_student="4") as address:
        yield address


@pytest.fixture
def student(browser: Browser, course: str) -> Iterator[Visitor]:
    visitor = Visitor(browser, course)
    yield visitor
    visitor.close()
    assert visitor.complaints == []


@pytest.fixture
def tabs(student: Visitor) -> TerminalTabs:
    """A lesson with one node, its terminal ready."""
    lesson = LessonPage(student.page)
    lesson.open("one-node")
    return TerminalTabs(lesson)


def test_another_terminal_is_another_shell_and_both_survive_a_reload(tabs: TerminalTabs) -> None:
    tabs.type("node1", "mine=first")
    tabs.another("node1 · 2")
    tabs.type("node1 · 2", "mine=second; echo =$mine=")
    tabs.wait_for("node1 · 2", "=second=")
    tabs.page.reload()
    expect(tabs.tab("node1 · 2")).to_have_attribute("aria-selected", "true")
    tabs.wait_for("node1 · 2", "=second=")
    tabs.show("node1")
    tabs.type("node1", "echo still=$mine")
    tabs.wait_for("node1", "still=first")


def test_a_terminal_is_renamed_by_key_or_double_click_and_other_tabs_see_it(
    tabs: TerminalTabs,
) -> None:
    tabs.another("node1 · 2")
    second = TerminalTabs(LessonPage(tabs.page.context.new_page()))
    second.lesson.page.goto("/lessons/one-node")
    expect(second.tab("node1 · 2")).to_be_visible()
    tabs.tab("node1 · 2").focus()
    tabs.page.keyboard.press("F2")
    tabs.page.keyboard.type("logs")
    tabs.page.keyboard.press("Enter")
    expect(tabs.tab("logs")).to_be_focused()
    expect(second.tab("logs")).to_be_visible()
    second.tab("node1").dblclick()
    second.page.keyboard.type("web")
    second.page.keyboard.press("Enter")
    expect(tabs.tab("web")).to_be_visible()
    tabs.page.reload()
    expect(tabs.tab("logs")).to_be_visible()
    assert tabs.labels() == ["web", "logs"]
    second.page.close()


def test_tabs_are_walked_with_arrows_and_one_is_in_the_tab_order(tabs: TerminalTabs) -> None:
    for label in ("node1 · 2", "node1 · 3"):
        tabs.another(label)
    assert serious_findings(tabs.page) == []
    tabs.tab("node1 · 3").focus()
    for key, label in (
        ("ArrowRight", "node1"),
        ("ArrowRight", "node1 · 2"),
        ("ArrowLeft", "node1"),
        ("End", "node1 · 3"),
        ("Home", "node1"),
    ):
        tabs.page.keyboard.press(key)
        expect(tabs.tab(label)).to_be_focused()
        expect(tabs.tab(label)).to_have_attribute("aria-selected", "true")
        expect(tabs.terminal(label)).to_be_visible()
    assert tabs.page.locator("[role=tab][tabindex='0']").count() == 1
    tabs.page.keyboard.press("Enter")
    expect(tabs.terminal("node1").locator("textarea")).to_be_focused()
    expect(tabs.terminal("node1 · 3")).to_be_hidden()


def test_closing_a_terminal_ends_its_shell(tabs: TerminalTabs) -> None:
    tabs.another("node1 · 2")
    tabs.type("node1 · 2", "sleep 4321 & echo begu''n")
    tabs.wait_for("node1 · 2", "begun")
    tabs.tab("node1 · 2").focus()
    tabs.page.keyboard.press("Delete")
    expect(tabs.tab("node1 · 2")).to_have_count(0)
    expect(tabs.terminal("node1").locator("textarea")).to_be_focused()
    tabs.type(
        "node1", "until ! pgrep -f '[s]leep 4321' >/dev/null; do sleep 0.1; done; echo go''ne"
    )
    tabs.wait_for("node1", "gone")
    # It is the only one now, and stays.
    tabs.tab("node1").focus()
    tabs.page.keyboard.press("Delete")
    expect(tabs.tab("node1")).to_be_visible()


def test_only_a_running_program_is_asked_about(tabs: TerminalTabs) -> None:
    questions: list[str] = []

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.message)
        if len(questions) == 1:
            dialog.dismiss()
        else:
            dialog.accept()

    tabs.page.on("dialog", answer)
    tabs.another("node1 · 2")
    tabs.tab("node1 · 2").locator(".tab-close").click()
    expect(tabs.tab("node1 · 2")).to_have_count(0)
    assert questions == []
    tabs.another("node1 · 2")
    tabs.type("node1 · 2", "top")
    tabs.wait_for("node1 · 2", "Load average")
    tabs.tab("node1 · 2").locator(".tab-close").click()
    assert questions == ["A program is running in node1 · 2. End it and close the terminal?"]
    expect(tabs.tab("node1 · 2")).to_be_visible()
    tabs.tab("node1 · 2").locator(".tab-close").click()
    expect(tabs.tab("node1 · 2")).to_have_count(0)
    assert len(questions) == 2


def test_one_terminal_too_many_says_so_and_closing_one_makes_room(tabs: TerminalTabs) -> None:
    for label in ("node1 · 2", "node1 · 3", "node1 · 4"):
        tabs.another(label)
    tabs.half(0).get_by_role("button", name="Another terminal").click()
    refused = tabs.terminal("node1 · 5")
    expect(refused).to_have_attribute("data-phase", "stopped", timeout=READY_MS)
    expect(refused.locator(".terminal-status")).to_contain_text(
        "You have 4 terminals open, which is the limit. Close one of them."
    )
    tabs.tab("node1 · 2").locator(".tab-close").click()
    tabs.tab("node1 · 5").click()
    refused.get_by_role("button", name="Connect again").click()
    tabs.wait_for("node1 · 5", "student@node1")


def test_two_are_seen_at_once_and_the_line_between_them_moves(tabs: TerminalTabs) -> None:
    tabs.type("node1", "echo abo''ve")
    tabs.wait_for("node1", "above")
    tabs.half(0).get_by_role("button", name="Split below").click()
    tabs.wait_for("node1 · 2", "student@node1")
    for label in ("node1", "node1 · 2"):
        expect(tabs.terminal(label)).to_be_visible()
    assert "above" in tabs.text("node1")
    divider = tabs.page.get_by_role("separator", name="Height of the upper half")
    before = height(tabs, "node1")
    divider.focus()
    tabs.page.keyboard.press("ArrowDown")
    expect(divider).to_have_attribute("aria-valuenow", "55")
    assert height(tabs, "node1") > before
    box = divider.bounding_box()
    assert box
    tabs.page.mouse.move(box["x"] + 50, box["y"] + 2)
    tabs.page.mouse.down()
    tabs.page.mouse.move(box["x"] + 50, box["y"] - 150, steps=4)
    tabs.page.mouse.up()
    dragged = height(tabs, "node1")
    assert dragged < before
    tabs.page.reload()
    tabs.wait_for("node1 · 2", "student@node1")
    assert abs(height(tabs, "node1") - dragged) < 2
    assert serious_findings(tabs.page) == []
    tabs.half(1).get_by_role("button", name="Close the split").click()
    expect(tabs.terminal("node1")).to_be_hidden()
    tabs.show("node1")
    # Moved about, it is still the same shell and the same screen.
    assert "above" in tabs.text("node1")
    expect(tabs.half(1)).to_be_hidden()


def height(tabs: TerminalTabs, label: str) -> float:
    box = tabs.terminal(label).bounding_box()
    assert box
    return box["height"]


def test_a_lesson_of_three_nodes_shows_two_and_the_third_is_a_tab_away(student: Visitor) -> None:
    lesson = LessonPage(student.page)
    lesson.open("three-nodes")
    tabs = TerminalTabs(lesson)
    assert tabs.labels() == ["node1", "node2", "node3"]
    expect(tabs.terminal("node2")).to_be_visible()
    expect(tabs.terminal("node3")).to_be_hidden()
    tabs.wait_for("node3", "student@node3")
    lesson.step("third").get_by_role("button", name="Run in node3").click()
    expect(tabs.terminal("node3")).to_be_visible()
    tabs.wait_for("node3", "hostname\nnode3")
    tabs.half(1).get_by_role("button", name="Another terminal").click()
    student.page.get_by_role("menuitem", name="On node1").click()
    tabs.wait_for("node1 · 2", "student@node1")
    student.page.goto("/lessons/one-node")
    assert tabs.labels() == ["node1", "node1 · 2"]
