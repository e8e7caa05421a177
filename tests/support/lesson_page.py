"""A lesson page as a student sees it: its terminals' text, its steps, its sandbox."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

READY_MS = 60_000
COMMAND_MS = 90_000


class LessonPage:
    """``terminal`` is node1's; the methods take another node's name where that is meant."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sandbox = page.locator("lab-sandbox")
        self.ending = page.locator(".ending")
        self.trouble = page.locator(".sandbox-trouble")
        self.terminal = self.terminal_of("node1")

    def open(self, slug: str) -> None:
        self.page.goto(f"/lessons/{slug}")
        self.wait_for_prompt()

    def terminal_of(self, node: str) -> Locator:
        return self.page.locator(f"lab-terminal[data-node={node}]")

    def head_of(self, node: str) -> Locator:
        return self.page.locator(f"lab-node[data-node={node}]")

    def wait_for_prompt(self, node: str = "node1") -> None:
        expect(self.terminal_of(node)).to_have_attribute("data-phase", "open", timeout=READY_MS)
        self.wait_for_text(f"student@{node}", node)

    def expect_state(self, state: str) -> None:
        expect(self.sandbox).to_have_attribute("data-state", state, timeout=READY_MS)

    def expect_node(self, node: str, mark: str) -> None:
        expect(self.head_of(node)).to_have_attribute("data-mark", mark, timeout=READY_MS)

    def step(self, step_id: str) -> Locator:
        return self.page.locator(f"lab-step[data-step={step_id}]")

    def is_busy(self, node: str = "node1") -> bool:
        return bool(self.terminal_of(node).evaluate("terminal => terminal.isBusy"))

    def run(self, step_id: str, number: int = 0, *, into_a_program: bool = False) -> None:
        """Clicks a step's runnable block, once the prompt is there unless a program is meant."""
        if not into_a_program:
            self.wait_until(lambda: not self.is_busy(), "the prompt")
        self.step(step_id).get_by_role("button", name="Run in node1").nth(number).click()

    def expect_done(self, step_id: str) -> None:
        expect(self.step(step_id)).to_have_attribute("data-done", "", timeout=COMMAND_MS)

    def type(self, line: str, node: str = "node1") -> None:
        self.terminal_of(node).locator("textarea").focus()
        self.page.keyboard.type(line)
        self.page.keyboard.press("Enter")

    def reset(self, what: str = "") -> None:
        """Through the dialog; ``what`` begins the label of a choice."""
        self.sandbox.get_by_role("button", name="Reset", exact=True).click()
        dialog = self.page.get_by_role("dialog")
        if what:
            dialog.get_by_role("radio", name=what).check()
        dialog.get_by_role("button", name="Reset").click()

    def text(self, node: str = "node1") -> str:
        return str(self.terminal_of(node).evaluate("terminal => terminal.screenText()"))

    def wait_for_text(self, wanted: str, node: str = "node1") -> None:
        self.wait_until(lambda: wanted in self.text(node), f"{wanted!r} in {node}'s terminal", node)

    def wait_until(self, condition: Callable[[], bool], what: str, node: str = "node1") -> None:
        deadline = time.monotonic() + COMMAND_MS / 1000
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come; terminal:\n{self.text(node)}"
            self.page.wait_for_timeout(50)
