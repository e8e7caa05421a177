"""Steps turn done without a click, ask sparingly, and help who is stuck."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Request

    from tests.support.lesson_page import LessonPage

FLOOD_S = 12
# A look may begin every two seconds; one may be on its way at the beginning, and one at the end.
EVERY_S = 2


def test_a_typed_command_makes_its_step_done(lesson: LessonPage) -> None:
    lesson.type("docker run -d --name web -P nginx")
    lesson.expect_done("start-it")


def test_what_changes_without_a_command_is_seen_too(lesson: LessonPage) -> None:
    lesson.type("docker pull -q nginx; (sleep 8; docker run -d --name web -P nginx) > /dev/null &")
    lesson.wait_for_text("library/nginx:latest")
    lesson.wait_until(lambda: lesson.text().rstrip().endswith("$"), "the prompt")
    lesson.expect_done("start-it")


def test_however_much_happens_the_page_asks_sparingly(lesson: LessonPage) -> None:
    asked: list[str] = []

    def count(request: Request) -> None:
        if request.url.endswith("/check"):
            asked.append(request.url)

    lesson.page.on("request", count)
    lesson.type("while true; do docker network create n; docker network rm n; done")
    lesson.wait_for_text("\nn\n")
    began, before = time.monotonic(), len(asked)
    while time.monotonic() < began + FLOOD_S or len(asked) == before:
        lesson.page.wait_for_timeout(200)
    most = (time.monotonic() - began) / EVERY_S + 2
    assert len(asked) - before <= most
    lesson.page.keyboard.press("Control+C")


def test_hints_unfold_for_who_tries_in_vain_and_the_solution_does_not(lesson: LessonPage) -> None:
    step = lesson.step("blue-and-green")
    hints = step.locator("details.hint:not(.solution)")
    check = step.get_by_role("button", name="Check")
    expect(hints.first).not_to_have_attribute("open", "")
    for tries in range(1, 3):
        check.click()
        expect(step.locator(".step-result")).to_have_attribute("data-outcome", "failed")
        expect(check).not_to_have_attribute("aria-disabled", "true")
        assert hints.first.evaluate("hint => hint.open") == (tries == 2)
    expect(step.locator(".step-result")).to_contain_text("Perhaps the hint above helps.")
    assert not step.locator(".solution").evaluate("hint => hint.open")


def test_the_solution_can_be_shown_and_run(lesson: LessonPage) -> None:
    step = lesson.step("blue-and-green")
    step.get_by_text("Show the solution").click()
    step.locator(".solution").get_by_role("button", name="Run in node1").first.click()
    lesson.expect_done("blue-and-green")
