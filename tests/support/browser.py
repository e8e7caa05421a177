"""Debian's Chromium, and what a page may not do: log an error or break its own security policy."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage

CHROMIUM = "/usr/bin/chromium"
# Tests run as root, without a screen and without a way out.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"width": 1440, "height": 900}
# What a page shows may be waited for much longer than it ever takes: machines are busy.
WAIT_MS = 60_000
expect.set_options(timeout=WAIT_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def could_not_look(message: ConsoleMessage) -> bool:
    """Whether it is about a look at a step that was refused: the node may have stopped that moment,
    or be busier than the look has patience. The page tells it who has asked; Chromium logs it.
    """
    return message.location["url"].endswith("/check") and "409 (Conflict)" in message.text


class Visitor:
    """One browser profile, which is one student; ``complaints`` must stay empty."""

    def __init__(self, browser: Browser, address: str, theme: str = "light") -> None:
        self.context: BrowserContext = browser.new_context(
            base_url=address,
            viewport=DESKTOP,  # type: ignore[arg-type]
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(WAIT_MS)
        self.complaints: list[str] = []
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not could_not_look(message):
            self.complaints.append(message.text)

    def close(self) -> None:
        self.context.close()
