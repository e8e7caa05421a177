"""What holds for every page, whatever runs in a sandbox; so the echo engine will do.

Accessible in both themes, at home on a small and on an enlarged screen, readable without
JavaScript and on paper, worked by keys, and complete without the Internet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import findings
from tests.support.browser import Visitor, chromium
from tests.support.site import Site, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Request

# One with quizzes and inputs, one with three nodes and drawings, and one to mend things.
LESSONS = ("first-service", "overlay", "clinic")
PATHS = (
    "/",
    *(f"/lessons/{slug}" for slug in LESSONS),
    "/search",
    "/search?q=port",
    "/search?q=zz",
)
LOST = "/lessons/nowhere"
# Of 765, which is white.
DARK, LIGHT = 200, 700
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])
# Twice as large on a screen of 1440 by 900, and WCAG 2.2, 1.4.10: no scrolling to the side at 320.
WIDTHS = (720, 320)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("alone")) as site:
        yield site


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:  # noqa: ARG001 - it must end after the browser
    with chromium() as browser:
        yield browser


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Visitor]:
    visitor = Visitor(browser, site.url)
    yield visitor
    visitor.close()
    # A page that is not there is one of them, and the browser says so.
    assert [said for said in visitor.complaints if "404" not in said] == []


@pytest.fixture
def page(visitor: Visitor) -> Page:
    return visitor.page


def is_ready(page: Page) -> None:
    expect(page.locator("lab-terminal").first).to_have_attribute("data-phase", "open")


@THEMES
def test_axe_finds_nothing_on_any_page(browser: Browser, site: Site, theme: str) -> None:
    visitor = Visitor(browser, site.url, theme)
    found = {}
    for path in (*PATHS, LOST):
        visitor.page.goto(path)
        if path.startswith("/lessons") and path != LOST:
            is_ready(visitor.page)
        found[path] = findings(visitor.page)
    visitor.close()
    assert {path: said for path, said in found.items() if said} == {}


@THEMES
def test_axe_finds_nothing_in_what_opens(browser: Browser, site: Site, theme: str) -> None:
    visitor = Visitor(browser, site.url, theme)
    page = visitor.page
    found = {}
    page.goto("/lessons/overlay")
    is_ready(page)

    def look(what: str) -> None:
        found[what] = findings(page)
        page.keyboard.press("Escape")

    page.locator(".contents-button").click()
    look("contents")
    page.get_by_role("button", name="Reset", exact=True).click()
    look("reset")
    page.get_by_role("button", name="More").first.click()
    look("menu")
    page.get_by_role("button", name="Search", exact=True).first.click()
    look("search in the terminal")
    page.get_by_role("button", name="As text").click()
    look("picture as text")
    page.get_by_role("button", name="Catch me up to here").first.click()
    look("catch up")
    for hint in page.locator("details").all()[:6]:
        hint.evaluate("hint => { hint.open = true; }")
    quiz = page.locator("lab-quiz").first
    quiz.get_by_role("radio").first.check()
    quiz.get_by_role("button", name="Answer").click()
    expect(quiz.locator(".quiz-explanation")).to_be_visible()
    look("hints and an answer")
    visitor.close()
    assert {what: said for what, said in found.items() if said} == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_has_to_be_scrolled_to_the_side(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 450})
    wide = {}
    for path in (*PATHS, LOST):
        page.goto(path)
        wide[path] = page.evaluate("document.documentElement.scrollWidth")
    assert {path: found for path, found in wide.items() if found > width} == {}


def test_no_request_leaves_the_site(page: Page, site: Site) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    for path in PATHS:
        page.goto(path)
    page.goto("/lessons/overlay")
    is_ready(page)
    own = (f"{site.url}/", "data:image/svg+xml,")
    assert [address for address in asked if not address.startswith(own)] == []
    assert len(asked) > len(PATHS)


def test_without_javascript_a_lesson_reads_and_offers_nothing_that_does_nothing(
    browser: Browser, site: Site
) -> None:
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/lessons/first-service")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".lesson-offline")).to_contain_text("need JavaScript")
    for hidden in ("lab-terminals", "lab-topology", "lab-theme", ".step-check", ".quiz-actions"):
        expect(page.locator(hidden).locator("visible=true")).to_have_count(0)
    buttons = page.get_by_role("button").locator("visible=true")
    # It opens without a script.
    assert buttons.all_inner_texts() == [page.locator(".contents-button").inner_text()]
    buttons.click()
    page.get_by_role("link", name="Leave the door out").click()
    expect(page.get_by_role("heading", name="Leave the door out")).to_be_in_viewport()
    hint = page.locator("details.hint").first
    hint.locator("summary").click()
    expect(hint.locator(".prose")).to_be_visible()
    page.goto("/search")
    page.get_by_role("main").get_by_role("searchbox").fill("nginx")
    page.keyboard.press("Enter")
    expect(page.locator(".search-found li").first).to_be_visible()
    context.close()


@THEMES
def test_paper_gets_the_text_dark_on_light(browser: Browser, site: Site, theme: str) -> None:
    visitor = Visitor(browser, site.url, theme)
    page = visitor.page
    page.goto("/lessons/first-service")
    page.emulate_media(media="print", color_scheme=theme)  # type: ignore[arg-type]
    expect(page.locator(".lesson-side")).to_be_hidden()
    expect(page.locator(".command-bar").first).to_be_hidden()
    expect(page.locator("lab-command pre").first).to_be_visible()
    expect(page.locator(".quiz-option").first).to_be_visible()
    ink, paper = (
        page.evaluate(f"getComputedStyle(document.body).{name}.match(/[0-9]+/g).map(Number)")
        for name in ("color", "backgroundColor")
    )
    assert sum(ink) < DARK
    assert sum(paper) > LIGHT
    assert page.pdf().startswith(b"%PDF")
    visitor.close()


def test_the_keyboard_finds_its_way_and_runs_a_command(page: Page) -> None:
    page.goto("/lessons/first-service")
    is_ready(page)
    for name in ("Skip to the content", "Skip to the terminal"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name=name)).to_be_focused()
        expect(page.get_by_role("link", name=name)).to_be_in_viewport()
    run = page.get_by_role("button", name="Run in node1").first
    run.focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Copy the command").first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".command-notice").first).to_have_text("Sent to node1")


def test_the_picture_s_edge_moves_by_keys_and_pointer_and_is_remembered(page: Page) -> None:
    height = "document.querySelector('lab-topology').getBoundingClientRect().height"
    page.goto("/lessons/first-service")
    edge = page.get_by_role("separator", name="Height of the picture")
    first = page.evaluate(height)
    edge.press("ArrowDown")
    page.wait_for_function(f"{height} > {first}")
    box = edge.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, 260)
    page.mouse.up()
    page.wait_for_function(f"{height} < {first}")
    low = page.evaluate(height)
    page.reload()
    assert page.evaluate(height) == pytest.approx(low, abs=2)
    edge.dblclick()
    page.wait_for_function(f"{height} == {first}")
