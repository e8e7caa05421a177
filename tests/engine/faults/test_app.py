"""The app is killed while a class is starting; the next one finds everything and loses nothing."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from app.web.identity import COOKIE
from tests.support.engine import output_of
from tests.support.serving import started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
CLASS = 12
# They come in the moment before the end, more than the stock can have.
LATE = 4
WARM = 2
WAIT_S = 120


async def a_browser(
    stack: AsyncExitStack, address: str, cookie: str | None = None
) -> httpx.AsyncClient:
    """With the cookie it had before, or a new student."""
    client = httpx.AsyncClient(base_url=address, headers={"Origin": address}, timeout=60)
    await stack.enter_async_context(client)
    if cookie:
        client.cookies.set(COOKIE, cookie)
    else:
        (await client.get("/")).raise_for_status()
    return client


async def state_of(browser: httpx.AsyncClient) -> str:
    return str((await browser.get("/api/sandbox")).json()["state"])


async def until_ready(browser: httpx.AsyncClient) -> None:
    while await state_of(browser) != "ready":
        await anyio.sleep(0.05)


async def warm_in(browser: httpx.AsyncClient) -> int:
    return int((await browser.get("/healthz")).json()["sandboxes"]["warm"])


async def test_killed_in_the_middle_of_a_rush_it_loses_and_forgets_nothing(
    engine: DockerEngine,
) -> None:
    cookies: list[str] = []
    async with removed_afterwards(engine, cookies), AsyncExitStack() as stack:
        with started(warm_sandboxes=str(WARM), log_level="warning") as (address, process):
            before = [await a_browser(stack, address) for _ in range(CLASS)]
            cookies += [browser.cookies[COOKIE] for browser in before]
            for browser in before:
                (await browser.post("/api/sandbox")).raise_for_status()
            with anyio.fail_after(WAIT_S):
                for browser in before[: CLASS // 2]:
                    await until_ready(browser)
            kept = [browser for browser in before if await state_of(browser) == "ready"]
            for browser in kept:
                await output_of(engine, student_of(browser), "echo kept >/root/mine")
            before += [await a_browser(stack, address) for _ in range(LATE)]
            cookies += [browser.cookies[COOKIE] for browser in before[CLASS:]]
            states = [(await browser.post("/api/sandbox")).json()["state"] for browser in before]
            process.kill()
            assert states[-1] != "ready", "nobody was waiting, so nothing was interrupted"
            process.wait()
        with started(warm_sandboxes=str(WARM), log_level="warning") as (address, _):
            after = [await a_browser(stack, address, cookie) for cookie in cookies]
            for browser in after[: CLASS // 2]:
                assert await state_of(browser) == "ready"
            with anyio.fail_after(WAIT_S):
                for browser in after:
                    (await browser.post("/api/sandbox")).raise_for_status()
                for browser in after:
                    await until_ready(browser)
                while await warm_in(after[0]) < WARM:
                    await anyio.sleep(0.1)
            for browser in kept:
                mine = await output_of(engine, student_of(browser), "cat /root/mine; docker ps -q")
                assert mine == "kept"
            with anyio.fail_after(WAIT_S):
                await until_tidy(engine, after)


async def until_tidy(engine: DockerEngine, browsers: list[httpx.AsyncClient]) -> None:
    """One sandbox for each student, warm ones that the pool knows, and nothing that is nobody's."""
    students = {student_of(browser) for browser in browsers}
    while True:
        found = await engine.sandboxes()
        owners = [sandbox.student for sandbox in found if sandbox.student in students]
        assert len(owners) == len(set(owners))
        free = [sandbox for sandbox in found if sandbox.free]
        litter = [row for row in found if row.left_over and row.nodes]
        if len(owners) == CLASS + LATE and len(free) == await warm_in(browsers[0]) and not litter:
            return
        await anyio.sleep(0.2)


def student_of(browser: httpx.AsyncClient) -> str:
    """The cookie is signed, not secret: the student stands first in it."""
    return browser.cookies[COOKIE].partition(".")[0]


@asynccontextmanager
async def removed_afterwards(engine: DockerEngine, cookies: list[str]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        students = {cookie.partition(".")[0] for cookie in cookies}
        for sandbox in await engine.sandboxes():
            if sandbox.student in students or not sandbox.student:
                await engine.discard(sandbox.id)
