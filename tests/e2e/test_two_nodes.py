"""A lesson with two nodes: each is shown, reached, restarted and reset by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import serious_findings
from tests.support.browser import Visitor
from tests.support.lesson_page import READY_MS, LessonPage
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
def pair(browser: Browser, course: str) -> Iterator[LessonPage]:
    """The lesson with both of its terminals ready."""
    visitor = Visitor(browser, course)
    page = LessonPage(visitor.page)
    page.open("two-nodes")
    page.wait_for_prompt("node2")
    yield page
    visitor.close()
    assert visitor.complaints == []


def test_both_nodes_come_and_reach_each_other(pair: LessonPage) -> None:
    for node in ("node1", "node2"):
        pair.expect_node(node, "ready")
        expect(pair.head_of(node).locator("[data-ip]")).to_contain_text("198.18.")
    expect(pair.sandbox).to_contain_text("Your 2 nodes are ready.")
    pair.run("reach-it")
    pair.wait_for_text("1 packets received")
    pair.expect_done("reach-it")
    assert serious_findings(pair.page) == []


def test_where_there_are_several_nodes_a_button_says_in_which_it_runs(pair: LessonPage) -> None:
    command = pair.step("reach-it").locator("lab-command").first
    choice = command.get_by_role("combobox", name="Node to run it in")
    expect(command.get_by_role("button", name="Run in node1")).to_have_text("Run in")
    expect(choice).to_have_value("node1")
    choice.select_option("node2")
    command.get_by_role("button", name="Run in node2").click()
    expect(command.locator(".command-notice")).to_have_text("Sent to node2")


def test_a_lesson_with_two_nodes_lets_a_sandbox_of_one_grow(browser: Browser, course: str) -> None:
    visitor = Visitor(browser, course)
    page = LessonPage(visitor.page)
    page.open("one-node")
    page.type("kept=yes")
    page.open("two-nodes")
    page.wait_for_prompt("node2")
    page.type("echo still=$kept")
    page.wait_for_text("still=yes")
    visitor.close()
    assert visitor.complaints == []


def test_a_node_that_stops_leaves_the_other_alone_and_restarts_with_a_click(
    pair: LessonPage,
) -> None:
    pair.type("mine=kept")
    pair.type("kill -TERM 1", "node2")
    pair.expect_node("node2", "stopped")
    pair.expect_state("stopped")
    expect(pair.head_of("node2")).to_contain_text("It was shut down from within.")
    status = pair.terminal_of("node2").locator(".terminal-status")
    expect(status).to_have_text("Connects when node2 is running again.")
    assert serious_findings(pair.page) == []
    pair.type("echo still=$mine")
    pair.wait_for_text("still=kept")
    pair.head_of("node2").get_by_role("button", name="Restart node2").click()
    pair.wait_for_prompt("node2")
    expect(pair.head_of("node2").locator(".node-notice")).to_be_hidden()
    # It is the shell from before: nothing of it was touched.
    pair.type("echo same=$mine")
    pair.wait_for_text("same=kept")


def test_one_node_can_be_reset_alone(pair: LessonPage) -> None:
    for node in ("node1", "node2"):
        pair.type("touch /root/made && echo do''ne", node)
        pair.wait_for_text("done", node)
    pair.sandbox.get_by_role("button", name="Reset", exact=True).click()
    dialog = pair.page.get_by_role("dialog")
    expect(dialog.get_by_role("radio")).to_have_count(3)
    expect(dialog).to_contain_text("node1 stays as it is.")
    assert serious_findings(pair.page) == []
    dialog.get_by_role("radio", name="Only node2").check()
    dialog.get_by_role("button", name="Reset").click()
    pair.wait_until(lambda: "done" not in pair.text("node2"), "a fresh node2", "node2")
    pair.wait_for_prompt("node2")
    for node, wanted in (("node1", "made"), ("node2", "fresh")):
        pair.type("ls /root/made >/dev/null 2>&1 && echo =ma''de || echo =fre''sh", node)
        pair.wait_for_text(f"={wanted}", node)


def test_the_keyboard_alone_resets_a_node(pair: LessonPage) -> None:
    keyboard = pair.page.keyboard
    pair.sandbox.get_by_role("button", name="Reset", exact=True).focus()
    keyboard.press("Enter")
    dialog = pair.page.get_by_role("dialog")
    # What loses nothing has the focus.
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(pair.sandbox.get_by_role("button", name="Reset", exact=True)).to_be_focused()
    keyboard.press("Enter")
    keyboard.press("Shift+Tab")
    keyboard.press("ArrowDown")
    expect(dialog.get_by_role("radio", name="Only node1")).to_be_checked()
    keyboard.press("Enter")
    expect(dialog).to_be_hidden()


def test_nothing_is_cut_off_on_a_phone(pair: LessonPage) -> None:
    pair.page.set_viewport_size({"width": 390, "height": 844})
    for node in ("node1", "node2"):
        pair.terminal_of(node).scroll_into_view_if_needed()
        expect(pair.head_of(node)).to_be_in_viewport(timeout=READY_MS)
    width = pair.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
