"""What a student waits for in the browser: from the page's request to the prompt on the screen."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import httpx
from playwright.async_api import async_playwright

from app.sandboxes.docker_engine import DockerEngine
from app.settings import Settings
from app.web.identity import COOKIE
from bench.figures import Figure
from tests.support.browser import ARGUMENTS, CHROMIUM, DESKTOP
from tests.support.serving import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext

PAGE = "/lessons/first-service"
PROMPT_S = 30
REFILL_S = 60
LOOKS = 3
# Until the lesson's text is there, this page has nothing to paint.
READABLE = 'performance.getEntriesByName("first-contentful-paint")[0].startTime'
# Looks once a frame, because a frame is what a student sees.
WATCH = """
window.prompted = new Promise((resolve) => {
  const look = () => {
    const text = document.querySelector("lab-terminal")?.screenText?.() ?? "";
    if (text.includes("student@node1")) resolve(performance.now());
    else requestAnimationFrame(look);
  };
  look();
});
"""


async def page_starts(count: int) -> list[Figure]:
    """Each start is a new student's; the time begins with the navigation."""
    async with a_chromium() as browser:
        async with a_site(warm_sandboxes="2") as site:
            warm = await starts(browser, site, count, cached=True)
            fresh = await starts(browser, site, count, cached=False)
        async with a_site(warm_sandboxes="0") as site:
            cold = await starts(browser, site, count, cached=True)
    words, readable = "page request to prompt on screen", "page request to readable text"
    return [
        Figure(f"{readable}, first visit", "s", readables(fresh), goal=0.5, judged="p95"),
        Figure(f"{readable}", "s", readables(warm)),
        Figure(f"{words}, warm sandbox", "s", prompts(warm), goal=0.25, judged="p95"),
        Figure(f"{words}, warm sandbox, first visit", "s", prompts(fresh), goal=1, judged="p95"),
        Figure(f"{words}, cold sandbox", "s", prompts(cold), goal=1.5, judged="p95"),
    ]


class Start(NamedTuple):
    """Seconds from the page's request to its first text on the screen, and to the prompt."""

    readable: float
    prompt: float


def readables(starts: list[Start]) -> list[float]:
    return [start.readable for start in starts]


def prompts(starts: list[Start]) -> list[float]:
    return [start.prompt for start in starts]


class Site:
    """A running site, and the engine below it."""

    def __init__(self, address: str, engine: DockerEngine, stock: int) -> None:
        self.address = address
        self._engine = engine
        self._stock = stock

    async def until_stocked(self) -> None:
        """The sandboxes of the last starts have been replaced: who comes now gets a warm one."""
        if not self._stock:
            return
        async with httpx.AsyncClient(base_url=self.address) as client, asyncio.timeout(REFILL_S):
            seen = [-1]
            while seen[-1] < self._stock or len(set(seen[-LOOKS:])) > 1 or len(seen) <= LOOKS:
                # Long enough for one to be made, had there been a need for it.
                await asyncio.sleep(1)
                seen.append((await client.get("/healthz")).json()["sandboxes"]["warm"])

    async def remove_sandbox(self, context: BrowserContext) -> None:
        """The cookie is signed, not secret: the student stands first in it."""
        for cookie in await context.cookies():
            if cookie.get("name") == COOKIE:
                await self._engine.remove(str(cookie.get("value")).partition(".")[0])


async def starts(browser: Browser, site: Site, count: int, *, cached: bool) -> list[Start]:
    """Each start; ``cached`` browsers have seen the lesson before, as other students."""
    found = []
    context = await a_context(browser, site)
    if cached:
        await start(context, site)
    for _ in range(count):
        if not cached:
            await context.close()
            context = await a_context(browser, site)
        found.append(await start(context, site, fresh=not cached))
    await context.close()
    return found


async def start(context: BrowserContext, site: Site, *, fresh: bool = False) -> Start:
    """One new student's, who leaves nothing behind.

    A new tab's own start is no part of it: students come from the course page, or from a link that
    opens in a tab that is there.
    """
    await context.clear_cookies()
    await site.until_stocked()
    page = await context.new_page()
    # Who has read the course page has given the browser a moment to finish with it.
    await page.goto("/healthz" if fresh else "/", wait_until="networkidle")
    await page.goto(PAGE, wait_until="commit")
    async with asyncio.timeout(PROMPT_S):
        prompt_ms = float(await page.evaluate("window.prompted"))
        readable_ms = float(await page.evaluate(READABLE))
    await page.close()
    await site.remove_sandbox(context)
    return Start(readable_ms / 1000, prompt_ms / 1000)


async def a_context(browser: Browser, site: Site) -> BrowserContext:
    context = await browser.new_context(
        base_url=site.address,
        viewport=DESKTOP,  # type: ignore[arg-type]
    )
    await context.add_init_script(WATCH)
    return context


@asynccontextmanager
async def a_chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def a_site(warm_sandboxes: str) -> AsyncIterator[Site]:
    """On an engine without sandboxes: one left by another site would be given to a cold start."""
    engine = DockerEngine(Settings())
    for left in await engine.sandboxes():
        await engine.discard(left.id)
    with serving(log_level="warning", warm_sandboxes=warm_sandboxes) as address:
        try:
            yield Site(address, engine, int(warm_sandboxes))
        finally:
            await engine.aclose()
