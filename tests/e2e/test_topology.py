"""The live picture in Chromium: it follows the engine, is worked by keys, and obeys no name."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import serious_findings
from tests.support.browser import Visitor
from tests.support.lesson_page import COMMAND_MS, LessonPage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

# Names that Docker allows are harmless; aliases, images and labels may be anything.
HOSTILE = "<img src=x onerror=document.title=1>"


def picture(lesson: LessonPage) -> Locator:
    return lesson.page.locator("lab-topology")


def item(lesson: LessonPage, label: str) -> Locator:
    """Something in the picture, by what its spoken name begins with."""
    return picture(lesson).locator(f'[role=button][aria-label^="{label}"]')


def make(lesson: LessonPage) -> None:
    """A network with a published and a stopped container on it."""
    lesson.type("docker network create --internal dev; docker network create prod")
    lesson.type("docker run -d --name web --network prod -p 8080:80 nginx")
    lesson.type("docker create --name rest --network dev alpine; docker network connect dev web")
    expect(item(lesson, "Container rest")).to_have_count(1, timeout=COMMAND_MS)
    expect(item(lesson, "Container web on node1, running")).to_have_count(1, timeout=COMMAND_MS)


def test_a_created_network_appears_without_a_reload_and_goes_again(lesson: LessonPage) -> None:
    invitation = picture(lesson).get_by_text("Your first network will appear here")
    expect(invitation).to_be_visible()
    expect(item(lesson, "Network bridge")).to_be_visible()
    lesson.type("docker network create dev")
    expect(item(lesson, "Network dev on node1, bridge")).to_be_visible()
    expect(invitation).to_be_hidden()
    expect(picture(lesson).locator("[data-spoken]")).to_have_text("New: network dev.")
    lesson.type("docker network rm dev")
    expect(item(lesson, "Network dev")).to_have_count(0)


def test_containers_are_drawn_with_addresses_ports_and_cables(lesson: LessonPage) -> None:
    make(lesson)
    web = item(lesson, "Container web")
    expect(web).to_have_attribute("aria-label", re.compile("published 8080→80"))
    expect(web).to_have_attribute("aria-label", re.compile(r"on dev 172\."))
    # At home on the network that it was made for, with a cable to the other one.
    expect(picture(lesson).locator("[data-key^='cable card node1']")).to_have_count(1)
    lesson.type("docker stop -t 0 web")
    expect(item(lesson, "Container web on node1, exited")).to_have_count(1)


def test_a_published_port_is_a_way_to_the_page_behind_it(lesson: LessonPage) -> None:
    make(lesson)
    door = picture(lesson).get_by_role("link", name="node1:8080")
    with lesson.page.expect_popup() as opened:
        door.click()
    expect(opened.value.get_by_role("heading")).to_contain_text("nginx")
    opened.value.close()
    lesson.type("docker stop -t 0 web")
    expect(door).to_have_count(0)


def test_it_is_worked_by_keys_and_types_at_the_prompt(lesson: LessonPage) -> None:
    make(lesson)
    detail = picture(lesson).locator("[data-detail]")
    item(lesson, "Network bridge").focus()
    lesson.page.keyboard.press("End")
    lesson.page.keyboard.press("Home")
    expect(item(lesson, "Network bridge")).to_be_focused()
    lesson.page.keyboard.press("ArrowDown")
    expect(item(lesson, "Network dev")).to_be_focused()
    expect(detail).to_contain_text("docker network inspect dev")
    lesson.page.keyboard.press("Enter")
    lesson.page.keyboard.press("ArrowDown")
    expect(item(lesson, "Container rest")).to_be_focused()
    # One stop in the tab order, and then what can be typed.
    expect(picture(lesson).locator("svg [tabindex='0']")).to_have_count(1)
    lesson.page.keyboard.press("Tab")
    expect(detail.get_by_role("button", name="rest", exact=True)).to_be_focused()
    detail.get_by_role("button", name="docker inspect rest").click()
    lesson.page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    lesson.wait_for_text("$ devdocker inspect rest")
    # What lies under the resting pointer now has not been pointed at.
    expect(detail).to_be_hidden()


def test_a_focused_thing_keeps_the_focus_while_others_come_and_go(lesson: LessonPage) -> None:
    make(lesson)
    item(lesson, "Container rest").focus()
    place = item(lesson, "Container rest").bounding_box()
    node_script(lesson, "docker network create later")
    expect(item(lesson, "Network later")).to_have_count(1)
    expect(item(lesson, "Container rest")).to_be_focused()
    assert item(lesson, "Container rest").bounding_box() == place


def node_script(lesson: LessonPage, script: str) -> None:
    """Typed by a paste into the shell, so that the focus stays where it is."""
    lesson.terminal.evaluate(
        "(terminal, line) => { const focused = document.activeElement;"
        " void terminal.run([line], {}); focused.focus({ preventScroll: true }); }",
        script,
    )


def test_hostile_names_are_text_and_nothing_else(lesson: LessonPage) -> None:
    quoted = json.dumps(HOSTILE)
    lesson.type("docker network create dev")
    lesson.type(
        f"docker run -d --name evil --network dev --network-alias {quoted} -l a={quoted} "
        "alpine sleep 600"
    )
    evil = item(lesson, "Container evil")
    expect(evil).to_have_count(1, timeout=COMMAND_MS)
    evil.hover(force=True)
    detail = picture(lesson).locator("[data-detail]")
    expect(detail).to_contain_text(HOSTILE)
    picture(lesson).get_by_role("button", name="As text").click()
    expect(picture(lesson).locator("[data-text]")).to_contain_text(HOSTILE)
    assert picture(lesson).locator("img, script, foreignObject").count() == 0
    assert lesson.page.title() != "1"


def test_it_can_be_read_as_tables_folded_and_found_so_again(lesson: LessonPage) -> None:
    make(lesson)
    picture(lesson).get_by_role("button", name="As text").click()
    row = picture(lesson).get_by_role("row").filter(has=lesson.page.get_by_text("dev", exact=True))
    expect(row).to_contain_text("bridge, internal")
    expect(row).to_contain_text("rest created")
    fold = picture(lesson).get_by_role("button", name="Your networks")
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "false")
    lesson.page.reload()
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(picture(lesson).locator("#topology-body")).to_be_hidden()
    fold.click()
    expect(picture(lesson).get_by_role("table")).to_be_visible()


def test_it_zooms_by_buttons_and_keys(lesson: LessonPage) -> None:
    svg = picture(lesson).locator("[data-view] svg")
    expect(item(lesson, "Network bridge")).to_be_visible()

    def width() -> float:
        return float(svg.get_attribute("width") or 0)

    first = width()
    picture(lesson).get_by_role("button", name="Zoom in").click()
    assert width() > first
    item(lesson, "Network bridge").focus()
    lesson.page.keyboard.press("-")
    lesson.page.keyboard.press("-")
    assert width() < first
    lesson.page.keyboard.press("0")
    assert width() == first


def test_it_is_saved_as_a_file_that_stands_alone(lesson: LessonPage, tmp_path: Path) -> None:
    make(lesson)
    with lesson.page.expect_download() as saved:
        picture(lesson).get_by_role("button", name="Save as an SVG file").click()
    path = tmp_path / saved.value.suggested_filename
    saved.value.save_as(path)
    assert path.suffix == ".svg"
    text = path.read_text()
    root = ET.fromstring(text)  # noqa: S314 - our own file
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = {element.text for element in root.iter() if element.text}
    assert {"web", "dev", "8080→80"} <= words
    assert "var(" not in text
    assert "class=" not in text
    assert "rgb(" in text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_picture(browser: Browser, site: str, theme: str) -> None:
    visitor = Visitor(browser, site, theme)
    lesson = LessonPage(visitor.page)
    lesson.open("first-service")
    make(lesson)
    item(lesson, "Container web").focus()
    seen = serious_findings(visitor.page)
    picture(lesson).get_by_role("button", name="As text").click()
    seen += serious_findings(visitor.page)
    assert [finding for finding in seen if "topology" in finding or " g" in finding] == []
    visitor.close()
    assert visitor.complaints == []
