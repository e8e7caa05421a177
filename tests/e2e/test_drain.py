"""A drain as students see it: a countdown with its reason, a place in line, an end, a way back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import serious_findings
from tests.support.browser import Visitor
from tests.support.command import slipway
from tests.support.lesson_page import READY_MS, LessonPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

REASON = "At five we change to <b>new</b> machines."
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def drain() -> Iterator[Callable[..., dict[str, object]]]:
    """The command; what it has begun is taken back in the end."""

    def run(*arguments: str) -> dict[str, object]:
        done = slipway("drain", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    try:
        yield run
    finally:
        slipway("drain", "--cancel")


def test_a_drain_is_announced_with_its_reason_and_newcomers_wait_until_it_is_taken_back(
    browser: Browser, site: str, lesson: LessonPage, drain: Callable[..., dict[str, object]]
) -> None:
    assert drain("--minutes", "60", "--reason", REASON)["state"] == "draining"
    banner = lesson.page.locator(".drain")
    expect(banner).to_be_visible(timeout=READY_MS)
    expect(banner).to_contain_text(REASON)
    expect(banner.locator("[data-at]")).to_contain_text(":")
    expect(banner.locator("[data-when]")).to_contain_text("in ")
    expect(lesson.page.locator("lab-drain [role=status]")).to_contain_text("This sandbox ends in")
    assert [found for found in serious_findings(lesson.page) if "drain" in found] == []
    lesson.type("echo still''here")
    lesson.wait_for_text("stillhere")

    lesson.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    expect(banner).to_be_in_viewport()
    banner.get_by_role("button", name="Got it").click()
    expect(banner).to_be_hidden()

    newcomer = Visitor(browser, site)
    try:
        page = LessonPage(newcomer.page)
        newcomer.page.goto("/lessons/first-service")
        page.expect_state("queued")
        expect(page.sandbox).to_contain_text("No sandboxes are given out at the moment.")
        expect(page.sandbox).to_contain_text(REASON)
        newcomer.page.goto("/")
        announced = newcomer.page.locator(".drain")
        expect(announced).to_contain_text(REASON)
        expect(announced.locator("time")).not_to_contain_text("T")
        assert serious_findings(newcomer.page) == []
        newcomer.page.go_back()
        page.expect_state("queued")
        assert drain("--cancel") == {"state": "none"}
        page.wait_for_prompt()
        expect(newcomer.page.locator(".drain")).to_be_hidden()
        assert newcomer.complaints == []
    finally:
        newcomer.close()


def test_at_its_time_sandboxes_end_and_the_command_returns(
    browser: Browser, site: str, drain: Callable[..., dict[str, object]]
) -> None:
    # Steps that look by themselves are refused in between, which the browser complains of.
    visitor = Visitor(browser, site)
    lesson = LessonPage(visitor.page)
    lesson.open("first-service")
    told = drain("--minutes", "0", "--reason", REASON, "--wait")
    assert (told["state"], told["students"]) == ("over", 0)
    lesson.expect_state("ended")
    expect(lesson.sandbox).to_contain_text(REASON)
    expect(lesson.page.locator(".drain")).to_be_hidden()
    lesson.sandbox.get_by_role("button", name="Start again").click()
    lesson.expect_state("queued")
    drain("--cancel")
    lesson.wait_for_prompt()
    visitor.close()
