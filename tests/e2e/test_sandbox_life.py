"""What a student sees of a sandbox's life: its end and how to put it off, the queue, trouble."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest
from playwright.sync_api import expect

from tests.support.accessibility import serious_findings
from tests.support.browser import Visitor
from tests.support.engine import remove_all_sandboxes, remove_sandboxes, stopped_registry
from tests.support.lesson_page import READY_MS, LessonPage
from tests.support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

COURSE = str(Path(__file__).parent / "course")
# The engine is looked after every five seconds, and believed the second time.
NOTICED_MS = 90_000
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """None beside those of the tests: two on one class engine take each other's sandboxes."""
    yield ""
    anyio.run(remove_all_sandboxes)


@contextmanager
def small_site(**settings: str) -> Iterator[str]:
    with serving(content_dir=COURSE, warm_sandboxes="0", **settings) as address:
        yield address


@contextmanager
def visiting(browser: Browser, address: str) -> Iterator[LessonPage]:
    visitor = Visitor(browser, address)
    try:
        yield LessonPage(visitor.page)
    finally:
        visitor.close()


@pytest.fixture
def impatient() -> Iterator[str]:
    """A site whose sandboxes end soon, and say so early enough to do something about it."""
    with small_site(sandbox_idle_s="36", idle_warning_s="18") as address:
        yield address


@pytest.fixture
def idle(browser: Browser, impatient: str) -> Iterator[LessonPage]:
    """A page whose sandbox is about to end."""
    with visiting(browser, impatient) as page:
        page.open("one-node")
        expect(page.ending).to_be_visible(timeout=READY_MS)
        yield page


def test_an_idle_sandbox_counts_down_and_one_click_keeps_it(idle: LessonPage) -> None:
    expect(idle.ending).to_contain_text("Nothing has happened here for a while.")
    expect(idle.ending).to_contain_text(re.compile(r"in 0:\d\d"))
    expect(idle.page.locator("lab-ending [role=status]")).to_contain_text("This sandbox ends in")
    assert serious_findings(idle.page) == []
    idle.ending.get_by_role("button", name="Keep it").click()
    expect(idle.ending).to_be_hidden()
    # The button is gone, and the focus is on what it was about.
    expect(idle.page.locator(".sandbox-state")).to_be_focused()
    idle.expect_state("ready")


def test_typing_keeps_a_sandbox_too(idle: LessonPage) -> None:
    idle.type("")
    expect(idle.ending).to_be_hidden()


def test_the_tab_says_so_while_it_is_hidden(idle: LessonPage) -> None:
    expect(idle.page).to_have_title("One host · Slipway")
    idle.page.evaluate(HIDE, True)
    expect(idle.page).to_have_title("Ends soon \N{EN DASH} One host · Slipway")
    idle.page.evaluate(HIDE, False)
    expect(idle.page).to_have_title("One host · Slipway")


def test_a_sandbox_that_has_ended_says_why_and_starts_again(idle: LessonPage) -> None:
    idle.expect_state("ended")
    expect(idle.ending).to_be_hidden()
    expect(idle.sandbox).to_contain_text("Nothing happened in it for")
    expect(idle.terminal.locator(".terminal-status")).to_have_text("The sandbox has ended.")
    idle.sandbox.get_by_role("button", name="Start again").click()
    idle.wait_for_prompt()


def test_who_waits_sees_the_place_in_the_queue_and_why(browser: Browser) -> None:
    remove_sandboxes()
    with (
        small_site(max_sandboxes="1") as address,
        visiting(browser, address) as first,
        visiting(browser, address) as second,
        visiting(browser, address) as third,
    ):
        first.open("one-node")
        second.page.goto("/lessons/one-node")
        expect(second.sandbox).to_contain_text("You are next in the queue.")
        third.page.goto("/lessons/one-node")
        expect(third.sandbox).to_contain_text("You are number 2 in the queue.")
        expect(third.sandbox).to_contain_text("places of this machine are taken.")
        expect(third.sandbox).to_contain_text("The lesson can be read meanwhile.")
        expect(third.terminal).to_contain_text("Connects when it is your turn.")
        assert serious_findings(third.page) == []


def test_too_many_resets_are_refused_with_the_servers_sentence(browser: Browser) -> None:
    with (
        small_site(resets_per_minute="1") as address,
        visiting(browser, address) as page,
    ):
        page.open("one-node")
        page.reset()
        page.wait_for_prompt()
        page.reset()
        expect(page.sandbox).to_contain_text("That was a lot of resets. Wait a minute")
        page.expect_state("ready")


def test_trouble_of_the_registry_is_told_and_goes_by_itself(browser: Browser) -> None:
    with small_site() as address, visiting(browser, address) as page:
        page.open("one-node")
        with stopped_registry():
            expect(page.trouble).to_contain_text("The registry of this machine", timeout=NOTICED_MS)
            expect(page.terminal.locator(".terminal-trouble")).to_contain_text("The registry")
            assert serious_findings(page.page) == []
        expect(page.trouble).to_be_hidden(timeout=NOTICED_MS)
        expect(page.terminal.locator(".terminal-status")).to_be_visible()
