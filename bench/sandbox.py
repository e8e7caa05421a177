"""What a student waits for: the first prompt."""

from __future__ import annotations

import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from websockets.asyncio.client import connect

from app.sandboxes.docker_engine import DockerEngine
from app.settings import Settings
from app.terminals import protocol
from app.web.identity import COOKIE
from bench.figures import Figure
from tests.support.serving import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.client import ClientConnection


PROMPT = b"$ "
# A site that has just been started first finds out what there is.
ANSWER_S = 60


async def cold_starts(count: int) -> list[Figure]:
    """From asking for a sandbox to its prompt arriving at the browser, over HTTP and WebSocket."""
    seconds = []
    async with a_site() as (address, _):
        for _ in range(count):
            async with a_browser(address) as browser:
                started = time.perf_counter()
                await until_ready(browser)
                async with a_terminal(browser) as socket:
                    await receive_until(socket, PROMPT)
                seconds.append(time.perf_counter() - started)
                await remove(browser)
    return [Figure("cold start to the first prompt", "s", seconds, goal=1.5, judged="p95")]


@asynccontextmanager
async def a_site(warm_sandboxes: int = 0) -> AsyncIterator[tuple[str, DockerEngine]]:
    engine = DockerEngine(Settings())
    with serving(log_level="warning", warm_sandboxes=str(warm_sandboxes)) as address:
        try:
            yield address, engine
        finally:
            await engine.aclose()


@asynccontextmanager
async def a_browser(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A new student with a cookie."""
    headers = {"Origin": address}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=ANSWER_S) as client:
        (await client.get("/")).raise_for_status()
        yield client


async def until_ready(browser: httpx.AsyncClient) -> None:
    """Follows the events as a page does."""
    async with browser.stream("GET", "/api/events", timeout=60) as events:
        (await browser.post("/api/sandbox")).raise_for_status()
        async for line in events.aiter_lines():
            if line.startswith("data:") and json.loads(line[5:]).get("state") == "ready":
                return


@asynccontextmanager
async def a_terminal(browser: httpx.AsyncClient) -> AsyncIterator[ClientConnection]:
    address = str(browser.base_url).rstrip("/")
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    async with connect(
        f"{address.replace('http', 'ws', 1)}/ws/terminals/node1/main",
        subprotocols=[protocol.SUBPROTOCOL],  # type: ignore[list-item]
        origin=address,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookies},
        compression=None,
    ) as socket:
        await socket.send(b'H{"last_seq": 0, "rows": 24, "cols": 80}')
        yield socket


async def receive_until(socket: ClientConnection, wanted: bytes) -> None:
    seen = b""
    while wanted not in seen:
        frame = await socket.recv()
        assert isinstance(frame, bytes)
        if frame.startswith(b"O"):
            seen += frame[1 + protocol.SEQ.size :]


def the_student(browser: httpx.AsyncClient) -> str:
    """The cookie is signed, not secret: the student stands first in it."""
    return browser.cookies[COOKIE].partition(".")[0]


async def remove(browser: httpx.AsyncClient) -> None:
    """Takes the sandbox away behind the site's back, so that the next start is a cold one."""
    engine = DockerEngine(Settings())
    await engine.remove(the_student(browser))
    await engine.aclose()
    await browser.aclose()
