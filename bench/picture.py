"""From a change in a student's engine to its place in the picture, in Chromium."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.sandboxes.docker_engine import DockerEngine
from app.sandboxes.spec import students_container
from app.settings import Settings
from app.web.identity import COOKIE
from bench.cost import costs
from bench.figures import Figure
from bench.page import PAGE, a_chromium, a_context, a_site
from tests.support.engine import class_engine_client

if TYPE_CHECKING:
    from playwright.async_api import Page

GOAL_S = 0.3
DRAWN_S = 20
IDLE_S = 10
# After the last change, and after the last page, there is a little to do.
SETTLED_S = 8
MIB = 1 << 20
# Looks once a frame, and says at which moment of the wall clock something was first drawn.
WATCH_PICTURE = """
window.drawn = {};
const look = () => {
  for (const element of document.querySelectorAll("lab-topology [role=button]")) {
    const name = element.getAttribute("aria-label").split(" ")[1];
    window.drawn[name] ??= Date.now();
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
WHEN_DRAWN = """(name) => new Promise((resolve) => {
  const look = () => window.drawn[name] ? resolve(window.drawn[name]) : requestAnimationFrame(look);
  look();
})"""


async def pictures(count: int) -> list[Figure]:
    """The wall clock of this machine is that of the engine's events and of the browser."""
    async with a_chromium() as browser, a_site(warm_sandboxes="1") as site:
        await site.until_stocked()
        context = await a_context(browser, site)
        await context.add_init_script(WATCH_PICTURE)
        page = await context.new_page()
        await page.goto(PAGE)
        await page.evaluate("window.prompted")
        (cookie,) = [row for row in await context.cookies() if row.get("name") == COOKIE]
        student = str(cookie.get("value")).partition(".")[0]
        engine = DockerEngine(Settings())
        try:
            seconds = [
                await _delay(engine, student, page, f"net{number}") for number in range(count)
            ]
            cost = await _idle(student, page)
        finally:
            await engine.aclose()
        await site.remove_sandbox(context)
        await context.close()
    return [
        Figure("change in the engine to picture on screen", "s", seconds, GOAL_S, "p95"),
        Figure("a picture's reader, memory of the node", "MiB", [cost[0]]),
        Figure("a picture's reader, processor while idle", "ms/s", [cost[1]]),
    ]


async def _delay(engine: DockerEngine, student: str, page: Page, name: str) -> float:
    """Makes a network, and removes it so that every picture is as large as the last."""
    happened = 0.0
    script = f"docker network create {name} >/dev/null && sleep 0.5 && docker network rm {name}"
    api = await engine.open_api(student, "node1")
    making = asyncio.create_task(
        engine.run(student, "node1", script, environment={}, timeout_s=20, output_bytes=100)
    )
    async with asyncio.timeout(DRAWN_S):
        async for kind, data in api.chunks():
            if kind == "event" and b'"create"' in data and name.encode() in data:
                nanoseconds = data.partition(b'"timeNano":')[2].split(b"}")[0]
                happened = int(nanoseconds) / 1e9
                break
    api.close()
    drawn = float(await page.evaluate(WHEN_DRAWN, name)) / 1000
    await making
    item = page.locator(f'lab-topology [aria-label^="Network {name} "]')
    await item.wait_for(state="detached")
    return drawn - happened


async def _idle(student: str, page: Page) -> tuple[float, float]:
    """MiB that go with the page, and milliseconds of processor a second while nothing happens."""
    container = students_container(Settings(), student, "node1")
    with class_engine_client() as client:
        used = []
        for _ in range(2):
            await asyncio.sleep(SETTLED_S)
            before = costs(client, [container])[0]
            await asyncio.sleep(IDLE_S)
            after = costs(client, [container])[0]
            used.append((after.memory_bytes / MIB, after.processor_ns - before.processor_ns))
            await page.goto("about:blank")
    (memory, work), (less_memory, less_work) = used
    return memory - less_memory, (work - less_work) / 1e6 / IDLE_S
