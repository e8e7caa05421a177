"""Shells outlive the app: killed in the middle of a command, it loses and doubles no byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from app.settings import Settings
from app.terminals.holding import stop_holder
from app.web.identity import COOKIE
from tests.support.held_page import Page
from tests.support.serving import started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
WAIT_S = 90
LINES = 3000
# Slow enough to be going on when the app dies, without a process for each line, which would take
# a busy machine for ever. Every line says which it is.
COUNT = (
    f"exec 9<> <(:); for ((i=1; i<={LINES}; i++)); do echo line-$i-; read -rt 0.002 -u 9; done; "
    "echo the''end\r"
)


@pytest.fixture(autouse=True)
async def no_holder_is_left() -> AsyncIterator[None]:
    yield
    stop_holder(Settings().holder_socket)


async def test_killed_in_the_middle_of_a_command_it_loses_nothing(engine: DockerEngine) -> None:
    student = ""
    try:
        with started(warm_sandboxes="0", log_level="warning") as (address, process):
            async with httpx.AsyncClient(
                base_url=address, headers={"Origin": address}, timeout=60
            ) as browser:
                (await browser.get("/")).raise_for_status()
                page = Page(browser.cookies[COOKIE])
                student = page.cookie.partition(".")[0]
                (await browser.post("/api/sandbox")).raise_for_status()
                with anyio.fail_after(WAIT_S):
                    while (await browser.get("/api/sandbox")).json()["state"] != "ready":
                        await anyio.sleep(0.05)
            async with page.connection(address) as socket:
                await page.hello(socket)
                await page.read_until(socket, b"$ ")
                await socket.send(b"I" + COUNT.encode())
                await page.read_until(socket, b"line-200-")
                process.kill()
                process.wait()
        with started(warm_sandboxes="0", log_level="warning") as (address, _):
            async with page.connection(address) as socket:
                await page.hello(socket)
                await page.read_until(socket, b"theend\r\n")
                assert page.first["typed"] == len(COUNT)
                await socket.send(b"Iecho st''ill\r")
                await page.read_until(socket, b"still\r\n")
        numbers = [int(number) for number in re.findall(rb"line-(\d+)-\r\n", page.output)]
        assert numbers == list(range(1, LINES + 1))
    finally:
        await engine.remove(student)
