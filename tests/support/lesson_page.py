"""A lesson page as a student sees it: its terminal's text, its steps, its sandbox."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

READY_MS = 30_000
COMMAND_MS = 60_000


class LessonPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.sandbox = page.locator("lab-sandbox")
        self.terminal = page.locator("lab-terminal[data-node=node1]")

    def open(self, slug: str) -> None:
        self.page.goto(f"/lessons/{slug}")
        self.wait_for_prompt()

    def wait_for_prompt(self) -> None:
        expect(self.terminal).to_have_attribute("data-phase", "open", timeout=READY_MS)
        self.wait_for_text("student@node1")

    def step(self, step_id: str) -> Locator:
        return self.page.locator(f"lab-step[data-step={step_id}]")

    def run(self, step_id: str, number: int = 0) -> None:
        """Clicks a step's runnable block."""
        self.step(step_id).get_by_role("button", name="Run in node1").nth(number).click()

    def expect_done(self, step_id: str) -> None:
        expect(self.step(step_id)).to_have_attribute("data-done", "", timeout=COMMAND_MS)

    def type(self, line: str) -> None:
        self.terminal.locator("textarea").focus()
        self.page.keyboard.type(line)
        self.page.keyboard.press("Enter")

    def text(self) -> str:
        return str(self.terminal.evaluate("terminal => terminal.screenText()"))

    def wait_for_text(self, wanted: str) -> None:
        self.wait_until(lambda: wanted in self.text(), f"{wanted!r} in the terminal")

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + COMMAND_MS / 1000
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come; terminal:\n{self.text()}"
            self.page.wait_for_timeout(50)
