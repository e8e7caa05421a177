"""Takes the pictures of the docs: every page, both themes, three widths, with real output in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser import Visitor
from tests.support.lesson_page import LessonPage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

SIZES = {"": (1440, 900), "-tablet": (1024, 768), "-phone": (390, 844)}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_look_as_in_the_docs(
    browser: Browser, site: str, screenshots: Path, theme: str
) -> None:
    visitor = Visitor(browser, site, theme)
    page = visitor.page
    page.goto("/")
    for suffix, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=screenshots / f"course-{theme}{suffix}.png")
    page.set_viewport_size({"width": 1440, "height": 900})
    lesson = LessonPage(page)
    lesson.open("publish-a-port")
    lesson.run("start-it")
    lesson.expect_done("start-it")
    lesson.run("find-the-port", 0)
    lesson.wait_for_text("->80/tcp")
    for suffix, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        lesson.step("start-it").scroll_into_view_if_needed()
        page.screenshot(path=screenshots / f"lesson-{theme}{suffix}.png")
    assert len(list(screenshots.glob(f"*-{theme}*.png"))) == 2 * len(SIZES)
    visitor.close()
    assert visitor.complaints == []
