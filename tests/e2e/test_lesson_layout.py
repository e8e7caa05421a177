"""The frame around a lesson: its list of parts, the edge between text and terminals, search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import serious_findings

if TYPE_CHECKING:
    from tests.support.browser import Visitor

PANEL_WIDTH = "document.querySelector('.panel').getBoundingClientRect().width"
PHONE = {"width": 390, "height": 844}


def test_the_header_says_which_step_is_being_read_and_leads_to_others(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/lessons/first-service#step-find-the-port")
    button = page.locator(".contents-button")
    expect(button).to_contain_text("Find the door")
    button.evaluate("button => button.click()")  # a pointer's way there would scroll the page
    here = page.get_by_role("navigation", name="This lesson").locator("[aria-current=location]")
    expect(here).to_have_text("Find the door")
    page.get_by_role("link", name="Leave the door out").click()
    expect(page.locator("#contents")).to_be_hidden()
    expect(page.get_by_role("heading", name="Leave the door out")).to_be_in_viewport()
    expect(button).to_contain_text("Leave the door out")


def test_the_edge_moves_by_keys_and_by_pointer_and_is_remembered(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/lessons/first-service")
    before = page.evaluate(PANEL_WIDTH)
    edge = page.get_by_role("separator", name="Width of the terminals")
    edge.press("ArrowLeft")
    page.wait_for_function(f"{PANEL_WIDTH} > {before}")
    box = edge.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, 400)
    page.mouse.down()
    page.mouse.move(1000, 400)
    page.mouse.up()
    page.wait_for_function(f"Math.abs({PANEL_WIDTH} - 440) < 8")
    page.reload()
    assert page.evaluate(PANEL_WIDTH) == pytest.approx(440, abs=8)
    edge.press("Enter")
    page.wait_for_function(f"{PANEL_WIDTH} == {before}")


def test_search_leads_from_any_page_to_the_step(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/")
    page.get_by_role("searchbox", name="Search all lessons").fill("door taken")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Search the lessons")).to_be_visible()
    assert serious_findings(page) == []
    page.get_by_role("link", name="Ask for a door that is taken").click()
    expect(page.get_by_role("heading", name="Ask for a door that is taken")).to_be_in_viewport()


def test_on_a_phone_the_list_is_as_near(visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/lessons/first-service")
    page.locator(".contents-button").click()
    expect(page.get_by_role("link", name="Leave the door out")).to_be_visible()
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
