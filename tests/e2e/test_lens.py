"""The packet lens in Chromium: chosen in the picture, told in words, drawn, by keys alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.accessibility import serious_findings
from tests.support.lesson_page import COMMAND_MS, READY_MS

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.support.lesson_page import LessonPage


def item(lesson: LessonPage, label: str) -> Locator:
    return lesson.page.locator(f'lab-topology [role=button][aria-label^="{label}"]')


def test_a_packet_is_sent_from_the_picture_and_its_way_is_drawn_and_told(
    lesson: LessonPage, screenshots: Path
) -> None:
    page = lesson.page
    lesson.type("docker network create dev; docker run -d --name web --network dev nginx")
    lesson.type("docker run -d --name client --network dev alpine sleep 900")
    for name in ("web", "client"):
        expect(item(lesson, f"Container {name} on node1, running")).to_have_count(
            1, timeout=COMMAND_MS
        )
    lens = page.locator("lab-lens")
    told = lens.locator("[data-told]")
    expect(lens).to_be_hidden()

    # By keys alone: open it, choose both ends in the picture, send.
    opener = page.get_by_role("button", name="Packet lens")
    opener.focus()
    page.keyboard.press("Enter")
    expect(lens.get_by_label("From")).to_be_focused()
    item(lesson, "Container client").focus()
    page.keyboard.press("Enter")
    item(lesson, "Container web").focus()
    page.keyboard.press("Enter")
    expect(lens.get_by_role("status")).to_have_text("To web.")
    lens.locator("select[name=probe]").select_option("http")
    lens.get_by_label("to port").focus()
    page.keyboard.press("Enter")

    expect(lens.get_by_role("status")).to_contain_text("It arrives.", timeout=READY_MS)
    expect(told.locator("li")).to_have_count(7)
    expect(told).to_contain_text("client asks 127.0.0.11 for web")
    expect(told).to_contain_text("Flags [S]")
    way = page.locator("lab-topology .way")
    expect(way.locator(".way-arrived")).to_have_count(1)
    expect(way.locator(".way-goal")).to_have_count(1)
    told.get_by_role("button", name="bridge fdb show").click()
    lesson.wait_for_text("$ bridge fdb show br")

    # A port that nobody listens on: it stops at the container, with the line that shows it.
    lens.get_by_label("to port").fill("81")
    lens.get_by_role("button", name="Send").click()
    expect(lens.get_by_role("status")).to_contain_text("nothing listens there", timeout=READY_MS)
    expect(told).to_contain_text("Flags [R")
    expect(told).to_contain_text("It listens on 0.0.0.0:80")
    expect(way.locator(".way-cross")).to_have_count(1)

    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.screenshot(path=screenshots / f"lens-{theme}.png")
        assert [row for row in serious_findings(page) if "lens" in row or "topology" in row] == []
        page.set_viewport_size({"width": 390, "height": 844})
        lens.scroll_into_view_if_needed()
        page.screenshot(path=screenshots / f"lens-{theme}-phone.png")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, wide
    page.set_viewport_size({"width": 1440, "height": 900})

    # Escape closes it, takes the way out of the picture, and gives the focus back.
    lens.get_by_label("From").focus()
    page.keyboard.press("Escape")
    expect(lens).to_be_hidden()
    expect(opener).to_be_focused()
    expect(way.locator("path")).to_have_count(0)
