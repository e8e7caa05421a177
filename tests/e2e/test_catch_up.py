"""Who comes late is brought to a step: what the steps before make is there, and they are done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.support.lesson_page import LessonPage

ALL_MS = 120_000


def test_a_student_is_brought_to_a_step_in_a_fresh_sandbox(lesson: LessonPage) -> None:
    lesson.type("touch old; docker network create mine && echo made")
    lesson.wait_for_text("\nmade")
    late = lesson.step("blue-and-green")
    late.get_by_role("button", name="Catch me up to here").click()
    late.get_by_role("button", name="Catch up", exact=True).click()
    said = late.locator(".catch-up-said")
    expect(said).to_contain_text("Doing step", timeout=ALL_MS)
    expect(said).to_have_text("You are here. Go on.", timeout=ALL_MS)
    steps = lesson.page.locator("lab-step")
    ids = steps.evaluate_all("steps => steps.map((step) => step.dataset.step)")
    for earlier in ids[: ids.index("blue-and-green")]:
        lesson.expect_done(earlier)
    assert not late.evaluate("step => step.hasAttribute('data-done')")
    lesson.wait_for_prompt()
    lesson.type("docker network inspect mine; docker ps -a | wc -l; ls old")
    lesson.wait_for_text("network mine not found")
    lesson.wait_for_text("No such file")


def test_one_may_think_better_of_it(lesson: LessonPage) -> None:
    late = lesson.step("blue-and-green")
    late.get_by_role("button", name="Catch me up to here").click()
    late.get_by_role("button", name="Leave it as it is").click()
    expect(late.get_by_role("button", name="Catch me up to here")).to_be_focused()
    expect(late.get_by_role("button", name="Catch up", exact=True)).to_be_hidden()
    assert lesson.page.locator("lab-step").first.evaluate(
        "step => step.querySelector('lab-catch-up') === null"
    )
