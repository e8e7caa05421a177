"""The tabs of a lesson page's terminals, by the names that a student reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.lesson_page import READY_MS

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.support.lesson_page import LessonPage


class TerminalTabs:
    """``half`` is 0 for the upper one and 1 for the one below."""

    def __init__(self, lesson: LessonPage) -> None:
        self.lesson = lesson
        self.page: Page = lesson.page

    def half(self, half: int) -> Locator:
        return self.page.locator(".pane").nth(half)

    def tab(self, label: str) -> Locator:
        return self.page.get_by_role("tab", name=label, exact=True)

    def labels(self) -> list[str]:
        return self.page.locator(".tab-label").all_text_contents()

    def terminal(self, label: str) -> Locator:
        panel = self.tab(label).get_attribute("aria-controls")
        return self.page.locator(f"#{panel}")

    def another(self, label: str, half: int = 0) -> None:
        """Opens one more, which gets ``label``, and waits for its prompt."""
        self.half(half).get_by_role("button", name="Another terminal").click()
        expect(self.tab(label)).to_have_attribute("aria-selected", "true")
        self.wait_for(label, "student@")

    def show(self, label: str) -> None:
        self.tab(label).click()
        expect(self.terminal(label).locator("textarea")).to_be_focused()

    def type(self, label: str, line: str) -> None:
        self.terminal(label).locator("textarea").focus()
        self.page.keyboard.type(line)
        self.page.keyboard.press("Enter")

    def text(self, label: str) -> str:
        return str(self.terminal(label).evaluate("terminal => terminal.screenText()"))

    def wait_for(self, label: str, wanted: str) -> None:
        terminal = self.terminal(label)
        expect(terminal).to_have_attribute("data-phase", "open", timeout=READY_MS)
        self.lesson.wait_until(lambda: wanted in self.text(label), f"{wanted!r} in {label}")

    def choose(self, item: str, half: int = 0) -> None:
        """From the menu of the terminal in front."""
        self.half(half).get_by_role("button", name="More").click()
        role = (
            "menuitemcheckbox"
            if self.page.get_by_role("menuitemcheckbox", name=item).count()
            else "menuitem"
        )
        self.page.get_by_role(role, name=item).click()  # type: ignore[arg-type]
