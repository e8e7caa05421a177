"""What a class waits for: a prompt from the warm stock, and thirty prompts at once from none."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import anyio

from app.sandboxes.docker_engine import DockerEngine
from app.settings import Settings
from bench.figures import Figure
from bench.sandbox import (
    PROMPT,
    a_browser,
    a_site,
    a_terminal,
    receive_until,
    remove,
    the_student,
    until_ready,
)

if TYPE_CHECKING:
    import httpx

STOCK = 3
STOCK_TIMEOUT_S = 60
RUSH_TIMEOUT_S = 120


async def warm_starts(count: int) -> list[Figure]:
    """From asking for a sandbox to its prompt arriving, with sandboxes made ahead."""
    seconds = []
    async with a_site(warm_sandboxes=STOCK) as (address, _):
        for _ in range(count):
            async with a_browser(address) as browser:
                await until_stocked(browser)
                started = time.perf_counter()
                await until_ready(browser)
                async with a_terminal(browser) as socket:
                    await receive_until(socket, PROMPT)
                seconds.append(time.perf_counter() - started)
                await remove(browser)
    await clear_stock()
    name = "warm start to the first prompt"
    return [Figure(name, "s", seconds, goal=0.25, judged="p95")]


async def rush(students: int) -> list[Figure]:
    """So many students ask at the same moment and nothing is made ahead."""
    waits: list[float] = []
    places: list[int] = []
    async with a_site(warm_sandboxes=0) as (address, _), AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(a_browser(address)) for _ in range(students)]
        started = time.perf_counter()

        async def one(browser: httpx.AsyncClient) -> None:
            asked = (await browser.post("/api/sandbox")).json()
            places.append(asked["position"] or 0)
            await until_ready(browser)
            async with a_terminal(browser) as socket:
                await receive_until(socket, PROMPT)
            waits.append(time.perf_counter() - started)

        with anyio.fail_after(RUSH_TIMEOUT_S):
            async with anyio.create_task_group() as tasks:
                for browser in browsers:
                    tasks.start_soon(one, browser)
        engine = DockerEngine(Settings())
        for browser in browsers:
            await engine.remove(the_student(browser))
        await engine.aclose()
    return [
        Figure(f"{students} students at once: the last prompt", "s", [max(waits)], goal=20),
        Figure(f"{students} students at once: each prompt", "s", waits),
        Figure(f"{students} students at once: places in line shown", "", [max(places)]),
    ]


async def until_stocked(browser: httpx.AsyncClient) -> None:
    with anyio.fail_after(STOCK_TIMEOUT_S):
        while await warm_in(browser) < STOCK:  # noqa: ASYNC110 - it is in another process
            await anyio.sleep(0.1)


async def warm_in(browser: httpx.AsyncClient) -> int:
    return int((await browser.get("/healthz")).json()["sandboxes"]["warm"])


async def clear_stock() -> None:
    engine = DockerEngine(Settings())
    for sandbox in await engine.sandboxes():
        if sandbox.free:
            await engine.discard(sandbox.id)
    await engine.aclose()
