"""Takes the pictures of the docs: pages and states, both themes, three widths, real output."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browser import Visitor
from tests.support.engine import remove_sandboxes, stopped_registry
from tests.support.lesson_page import COMMAND_MS, READY_MS, LessonPage
from tests.support.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COURSE = str(Path(__file__).parent / "course")
SIZES = {"": (1440, 900), "-tablet": (1024, 768), "-phone": (390, 844)}
PLAIN = {
    "course": "/",
    "search": "/search?q=published+port",
    "nothing": "/search?q=unicorn",
    "error": "/lessons/nowhere",
}
NETWORKS = (
    "docker network create --subnet 10.20.0.0/24 front; docker network create --internal back",
    "for n in web1 web2; do docker create --name $n --network front nginx; done >/dev/null",
    "docker run -d --name db --network back --network-alias store redis >/dev/null",
    "docker run -d --name api --network back alpine sleep 900 >/dev/null; docker start web1",
    "docker network connect front api; clear",
    "docker run -d --name web --network front -p 8080:80 nginx >/dev/null",
)
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])


def take(page: Page, path: Path, *, of: str = "") -> None:
    """One picture a width; ``of`` is brought into sight where the page is long."""
    for suffix, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        if of:
            page.locator(of).first.scroll_into_view_if_needed()
        page.screenshot(path=path.with_name(f"{path.name}{suffix}.png"))
    page.set_viewport_size({"width": 1440, "height": 900})


@THEMES
def test_pages_look_as_in_the_docs(
    browser: Browser, site: str, screenshots: Path, theme: str
) -> None:
    visitor = Visitor(browser, site, theme)
    page = visitor.page
    for name, path in PLAIN.items():
        page.goto(path)
        take(page, screenshots / f"{name}-{theme}")
    lesson = LessonPage(page)
    lesson.open("first-service")
    take(page, screenshots / f"begin-{theme}")
    lesson.run("start-it")
    lesson.expect_done("start-it")
    lesson.run("find-the-port", 0)
    lesson.wait_for_text("->80/tcp")
    take(page, screenshots / f"lesson-{theme}", of="lab-step[data-step=start-it]")
    step = lesson.step("blue-and-green")
    step.get_by_role("button", name="Check").click()
    expect(step.locator(".step-seen")).to_be_visible()
    take(page, screenshots / f"check-{theme}", of="lab-step[data-step=blue-and-green] .step-seen")
    page.locator(".contents-button").click()
    take(page, screenshots / f"contents-{theme}")
    for name in ("cheat-sheet", "transcript"):
        page.goto(f"/{name}/first-service")
        take(page, screenshots / f"{name}-{theme}")
    visitor.close()
    # Chromium complains of the page that is not there, which is among the pictures.
    assert [said for said in visitor.complaints if "404 (Not Found)" not in said] == []


@THEMES
def test_the_picture_looks_as_in_the_docs(
    browser: Browser, site: str, screenshots: Path, theme: str
) -> None:
    visitor = Visitor(browser, site, theme)
    page = visitor.page
    lesson = LessonPage(page)
    lesson.open("connect")
    for line in NETWORKS:
        lesson.type(line)
    web = page.locator('lab-topology [aria-label^="Container web on node1, running"]')
    expect(web).to_have_count(1, timeout=COMMAND_MS)
    page.keyboard.type("docker network inspect front")
    edge = page.get_by_role("separator", name="Height of the picture")
    for _ in range(3):
        edge.press("ArrowDown")
    edge.blur()
    take(page, screenshots / f"picture-{theme}", of="lab-topology")
    web.focus()
    take(page, screenshots / f"detail-{theme}", of="lab-topology")
    visitor.close()
    assert visitor.complaints == []


@THEMES
def test_nodes_look_as_in_the_docs(browser: Browser, screenshots: Path, theme: str) -> None:
    with serving(content_dir=COURSE, warm_sandboxes="0") as address:
        visitor = Visitor(browser, address, theme)
        lesson = LessonPage(visitor.page)
        lesson.open("two-nodes")
        lesson.wait_for_prompt("node2")
        lesson.run("reach-it")
        lesson.expect_done("reach-it")
        take(visitor.page, screenshots / f"nodes-{theme}", of=".panel")
        lesson.type("kill -TERM 1", "node2")
        lesson.expect_node("node2", "stopped")
        take(visitor.page, screenshots / f"stopped-{theme}", of=".panel")
        lesson.sandbox.get_by_role("button", name="Reset", exact=True).click()
        visitor.page.get_by_role("radio", name="Only node2").check()
        take(visitor.page, screenshots / f"reset-{theme}")
        visitor.close()
        assert visitor.complaints == []


@THEMES
def test_an_ending_looks_as_in_the_docs(browser: Browser, screenshots: Path, theme: str) -> None:
    with serving(sandbox_idle_s="70", idle_warning_s="35", warm_sandboxes="0") as address:
        visitor = Visitor(browser, address, theme)
        lesson = LessonPage(visitor.page)
        lesson.open("first-service")
        expect(lesson.ending).to_be_visible(timeout=2 * READY_MS)
        take(visitor.page, screenshots / f"ending-{theme}")
        visitor.close()
        assert visitor.complaints == []


@THEMES
def test_trouble_looks_as_in_the_docs(browser: Browser, screenshots: Path, theme: str) -> None:
    with serving(warm_sandboxes="0") as address:
        visitor = Visitor(browser, address, theme)
        lesson = LessonPage(visitor.page)
        lesson.open("first-service")
        with stopped_registry():
            expect(lesson.trouble).to_be_visible(timeout=READY_MS)
            take(visitor.page, screenshots / f"trouble-{theme}", of=".panel")
        expect(lesson.trouble).to_be_hidden(timeout=READY_MS)
        visitor.close()
        assert visitor.complaints == []


@THEMES
def test_the_queue_looks_as_in_the_docs(browser: Browser, screenshots: Path, theme: str) -> None:
    remove_sandboxes()
    with serving(max_sandboxes="1", warm_sandboxes="0") as address:
        first, second = Visitor(browser, address, theme), Visitor(browser, address, theme)
        LessonPage(first.page).open("first-service")
        second.page.goto("/lessons/first-service")
        lesson = LessonPage(second.page)
        expect(lesson.sandbox).to_contain_text("You are next in the queue.", timeout=READY_MS)
        take(second.page, screenshots / f"queue-{theme}", of=".panel")
        first.close()
        second.close()
