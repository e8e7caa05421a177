"""Searching, text size, colours, keys for touch screens, wide characters, and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import serious_findings
from tests.support.browser import DESKTOP, Visitor
from tests.support.lesson_page import LessonPage
from tests.support.serving import serving
from tests.support.terminal_tabs import TerminalTabs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

COURSE = str(Path(__file__).parent / "course")
WIDTHS = (1440, 1024, 390)
BACKGROUND = """terminal => {
  const screen = terminal.querySelector(".xterm-scrollable-element");
  return getComputedStyle(screen).backgroundColor;
}"""
LIGHT = "rgb(251, 251, 249)"


@pytest.fixture(scope="module")
def course() -> Iterator[str]:
    with serving(content_dir=COURSE) as address:
        yield address


@pytest.fixture
def visitor(browser: Browser, course: str) -> Iterator[Visitor]:
    visitor = Visitor(browser, course)
    yield visitor
    visitor.close()
    assert visitor.complaints == []


@pytest.fixture
def lesson(visitor: Visitor) -> LessonPage:
    page = LessonPage(visitor.page)
    page.open("one-node")
    return page


def test_search_finds_what_has_scrolled_away(lesson: LessonPage) -> None:
    lesson.type("clear; for n in $(seq 400); do echo item-$n-; done")
    lesson.wait_for_text("item-400-\n")
    lesson.page.keyboard.press("Control+Shift+F")
    box = lesson.page.get_by_role("searchbox", name="Search in the terminal")
    expect(box).to_be_focused()
    bar = lesson.terminal.locator(".terminal-search")
    lesson.page.keyboard.type("item-1")
    # 1, 10 to 19, 100 to 199; the newest first.
    expect(bar.locator("output")).to_have_text("111 of 111")
    lesson.page.keyboard.press("Enter")
    expect(bar.locator("output")).to_have_text("110 of 111")
    assert serious_findings(lesson.page) == []
    box.fill("item-25-")
    expect(bar.locator("output")).to_have_text("1 of 1")
    expect(lesson.terminal.locator(".xterm-rows")).to_contain_text("item-25-")
    box.fill("no such thing")
    expect(bar.locator("output")).to_have_text("not found")
    lesson.page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    expect(lesson.terminal.locator("textarea")).to_be_focused()


def test_text_size_is_chosen_and_kept(lesson: LessonPage) -> None:
    tabs = TerminalTabs(lesson)
    rows = "terminal => terminal.size.rows"
    before = lesson.terminal.evaluate(rows)
    for _ in range(6):
        tabs.choose("Larger text")
    lesson.wait_until(lambda: lesson.terminal.evaluate(rows) < before, "fewer rows")
    chosen = lesson.terminal.evaluate(rows)
    lesson.page.reload()
    lesson.wait_for_prompt()
    assert lesson.terminal.evaluate(rows) == chosen
    tabs.choose("Normal text")
    lesson.wait_until(lambda: lesson.terminal.evaluate(rows) == before, "the rows from before")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_chosen_and_readable_at_every_width(
    browser: Browser, course: str, theme: str
) -> None:
    visitor = Visitor(browser, course, theme)
    lesson = LessonPage(visitor.page)
    lesson.open("one-node")
    tabs = TerminalTabs(lesson)
    tabs.another("node1 · 2")
    dark = tabs.terminal("node1 · 2").evaluate(BACKGROUND)
    assert dark != LIGHT
    for chosen in (dark, LIGHT):
        assert tabs.terminal("node1 · 2").evaluate(BACKGROUND) == chosen
        for width in WIDTHS:
            visitor.page.set_viewport_size({"width": width, "height": 900})
            assert serious_findings(visitor.page) == []
            assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
        visitor.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        tabs.choose("Light colours")
    tabs.choose("Light colours")
    visitor.page.reload()
    tabs.wait_for("node1 · 2", "student@")
    assert tabs.terminal("node1 · 2").evaluate(BACKGROUND) == LIGHT
    # Dim colours of programs are corrected until they can be read, and the policy allows it.
    tabs.type("node1 · 2", r"printf '\033[38;2;250;250;200mpale\033[0m\n'")
    tabs.wait_for("node1 · 2", "\npale")
    visitor.close()
    assert visitor.complaints == []


def test_the_menus_choices_say_whether_they_are_on(lesson: LessonPage) -> None:
    tabs = TerminalTabs(lesson)
    tabs.choose("Screen reader")
    reader = lesson.terminal.get_by_role("button", name="Screen reader")
    expect(reader).to_have_attribute("aria-pressed", "true")
    lesson.head_of("node1").get_by_role("button", name="More").click()
    item = lesson.page.get_by_role("menuitemcheckbox", name="Screen reader")
    expect(item).to_have_attribute("aria-checked", "true")
    assert serious_findings(lesson.page) == []
    lesson.page.keyboard.press("Escape")
    expect(lesson.head_of("node1").get_by_role("button", name="More")).to_be_focused()


def test_touch_screens_get_the_keys_they_lack(browser: Browser, course: str) -> None:
    context = browser.new_context(
        base_url=course, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    lesson = LessonPage(page)
    lesson.open("one-node")
    keys = lesson.terminal.get_by_role("toolbar", name="Keys")
    lesson.type("sh -c 'echo run\"ning\"; sleep 600'")
    lesson.wait_for_text("\nrunning")
    keys.get_by_role("button", name="Ctrl").tap()
    expect(keys.get_by_role("button", name="Ctrl")).to_have_attribute("aria-pressed", "true")
    page.keyboard.type("c")
    lesson.wait_for_text("^C")
    expect(keys.get_by_role("button", name="Ctrl")).to_have_attribute("aria-pressed", "false")
    expect(lesson.terminal.locator("textarea")).to_be_focused()
    page.keyboard.type("echo bar")
    keys.get_by_role("button", name="Slash").tap()
    keys.get_by_role("button", name="Tilde").tap()
    keys.get_by_role("button", name="Pipe").tap()
    page.keyboard.type("cat")
    page.keyboard.press("Enter")
    lesson.wait_for_text("\nbar/~")
    keys.get_by_role("button", name="Up").tap()
    lesson.wait_until(lambda: lesson.text().count("echo bar/~|cat") == 2, "the line from before")
    assert serious_findings(page) == []
    context.close()


def test_an_emoji_is_as_wide_as_programs_think(lesson: LessonPage) -> None:
    lesson.type(
        r"clear; printf '\xf0\x9f\x90\xb3\033[6n'; read -rsd R place; echo; echo col=${place#*;}="
    )
    lesson.wait_for_text("\ncol=3=")


def test_escape_and_tab_lead_out_of_the_terminal_both_ways(lesson: LessonPage) -> None:
    for tab in ("Tab", "Shift+Tab"):
        lesson.terminal.locator("textarea").focus()
        lesson.page.keyboard.press("Escape")
        lesson.page.keyboard.press(tab)
        expect(lesson.terminal.locator("textarea")).not_to_be_focused()
        assert lesson.page.evaluate("document.activeElement !== document.body")
