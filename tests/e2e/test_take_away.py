"""What a student did, and what is worth keeping, can be taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.accessibility import serious_findings

if TYPE_CHECKING:
    from tests.support.browser import Visitor
    from tests.support.lesson_page import LessonPage


def test_commands_and_steps_are_in_the_transcript_and_on_paper(
    lesson: LessonPage, visitor: Visitor
) -> None:
    page = visitor.page
    lesson.run("start-it")
    lesson.expect_done("start-it")
    lesson.type("dcker ps")
    lesson.wait_until(
        lambda: "not found" in lesson.text() and lesson.text().rstrip().endswith("$"),
        "the prompt after a command that failed",
    )
    page.get_by_role("link", name="what you did here").click()
    events = page.locator(".event")
    expect(events).to_have_count(3)
    expect(events.nth(0)).to_contain_text("docker run -d -P --name web nginx")
    expect(events.nth(1)).to_contain_text("Done: Start a web server")
    expect(events.nth(2)).to_contain_text("dcker ps")
    expect(events.nth(2)).to_contain_text("node1, status 127")
    assert serious_findings(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as Markdown").click()
    assert download.value.suggested_filename == "slipway-transcript-first-service.md"
    text = download.value.path().read_text()
    assert "docker run -d -P --name web nginx\n```\n\n" in text

    page.goto("/cheat-sheet/first-service")
    expect(page.locator(".sheet-done")).to_contain_text("1 of ")
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    assert serious_findings(page) == []
    page.emulate_media(media="print")
    expect(page.locator(".takeaway-actions")).to_be_hidden()
    expect(page.get_by_text("docker port web 80").first).to_be_visible()
