"""What a typing student sees: from key to glyph in Chromium, beside the screen fed directly."""

from __future__ import annotations

import asyncio
import random
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.figures import Figure
from bench.page import a_chromium
from tests.support.browser import DESKTOP

if TYPE_CHECKING:
    from playwright.async_api import Page

    from bench.terminal.ways import Ways

PAGE = "/lessons/first-service"
SCRIPT = Path(__file__).with_suffix(".js")
SEED = 7
WAIT_S = 30
LEAST_PAUSE_S, MOST_PAUSE_S = 0.04, 0.07
WARM_UP = 10
# Output is stamped when it reaches the page, before the page's own listener has it.
STAMP = """
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      if (new Uint8Array(data)[0] === 0x4f) window.watch?.arm();
    });
  }
};
"""
PROMPTED = "document.querySelector('lab-terminal').screenText().includes('student@node1')"
ECHOING = "document.querySelector('lab-terminal').screenText().includes('ready')"
WATCH = """async () => {
  const host = document.querySelector("lab-terminal .terminal-host");
  window.watch = glyphs.watched(host);
  const page = document.querySelector("script[type=module][src]");
  const module = new URL("terminal-screen.js", page.src).href;
  window.direct = await glyphs.direct(module);
}"""
TURN = """(way) => {
  direct.host.style.display = way === "direct" ? "" : "none";
  if (way === "direct") direct.screen.terminal.focus();
  else document.querySelector("lab-terminal .xterm-helper-textarea").focus();
}"""
TAKE = """(way) => {
  const watch = way === "direct" ? direct.watch : window.watch;
  return [watch.keys.splice(0), watch.writes.splice(0)];
}"""


async def keystrokes(ways: Ways, blocks: int, keys: int) -> list[Figure]:
    """Each block's p50 and p95, the ways by turns in one page."""
    found: dict[str, list[tuple[list[float], list[float]]]] = {"site": [], "direct": []}
    async with a_chromium() as chromium:
        context = await chromium.new_context(
            base_url=str(ways.browser.base_url),
            viewport=DESKTOP,  # type: ignore[arg-type]
        )
        await context.add_cookies(
            [
                {"name": name, "value": value, "url": str(ways.browser.base_url)}
                for name, value in ways.browser.cookies.items()
            ]
        )
        await context.add_init_script(STAMP)
        page = await context.new_page()
        await _ready(page)
        chance = random.Random(SEED)  # noqa: S311 - the same pauses every time
        for _ in range(blocks):
            for way, blocks_of_way in found.items():
                await page.evaluate(TURN, way)
                await _press(page, chance, WARM_UP)
                await page.evaluate(TAKE, way)
                await _press(page, chance, keys)
                pressed, written = await page.evaluate(TAKE, way)
                assert len(pressed) > keys / 2, f"keys without a glyph: {len(pressed)} of {keys}"
                blocks_of_way.append((pressed, written))
        await context.close()
    return [
        *_figures("key to glyph", {way: [row[0] for row in rows] for way, rows in found.items()}),
        *_figures(
            "write to render", {way: [row[1] for row in rows] for way, rows in found.items()}
        ),
    ]


async def _ready(page: Page) -> None:
    """A program that echoes runs in the page's terminal, and a second screen lies above it."""
    await page.goto(PAGE)
    await _until(page, PROMPTED)
    await page.locator("lab-terminal .terminal-host").first.click()
    await page.keyboard.type("stty raw -echo; echo rea''dy; exec cat\n")
    await _until(page, ECHOING)
    await page.evaluate(SCRIPT.read_text())
    await page.evaluate(WATCH)


async def _until(page: Page, condition: str) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await page.evaluate(condition):  # noqa: ASYNC110 - it is in another process
            await asyncio.sleep(0.05)


async def _press(page: Page, chance: random.Random, count: int) -> None:
    for _ in range(count):
        await page.keyboard.press("x")
        await asyncio.sleep(chance.uniform(LEAST_PAUSE_S, MOST_PAUSE_S))


def _figures(name: str, found: dict[str, list[list[float]]]) -> list[Figure]:
    figures = []
    values: dict[str, Any] = {}
    for part, value in (("p50", statistics.median), ("p95", _p95)):
        for way, blocks in found.items():
            values[way] = [value(block) for block in blocks]
            figures.append(Figure(f"{name}: {part}, {way}", "ms", values[way]))
        more = [a - b for a, b in zip(values["site"], values["direct"], strict=True)]
        figures.append(Figure(f"{name}: {part}, site - direct", "ms", more, goal=2))
    return figures


def _p95(samples: list[float]) -> float:
    return sorted(samples)[int(0.95 * len(samples))]
