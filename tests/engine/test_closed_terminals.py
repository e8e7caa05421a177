"""Terminals that are closed leave nothing on their node, however many there were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from app.terminals.holding import stop_holder
from app.terminals.hub import TerminalHub
from app.terminals.protocol import Hello
from app.terminals.viewer import Output
from tests.support.engine import a_student, engine_settings, output_of
from tests.support.eventually import soon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
CYCLES = 200
AT_ONCE = 4
WAIT_S = 60
# busybox's timeout leaves a watchman behind, who looks once a second whether to go home.
# Whoever counts more often than that counts their own.
COUNT_EVERY_S = 2
HELLO = Hello(last_seq=0, rows=24, cols=80)
# Shells, and what they have started; not the program that counts.
COUNT = "grep -l SLIPWAY_SHELL= /proc/[0-9]*/environ 2>/dev/null | wc -l"
PROCESSES = "ls -d /proc/[0-9]* 2>/dev/null | wc -l"


@pytest.fixture(autouse=True)
async def no_holder_is_left() -> AsyncIterator[None]:
    yield
    stop_holder(engine_settings().holder_socket)


async def open_and_close(hub: TerminalHub, student: str, name: str) -> None:
    async with hub.attached(student, "node1", name, HELLO) as (session, viewer):
        session.type(viewer, b"sleep 4321 & echo sta''rted\r")
        said = b""
        async for event in viewer.events():
            said += event.data if isinstance(event, Output) else b""
            if b"\r\nstarted" in said:
                break
    hub.end(student, "node1", name)
    await soon(lambda: session.ended)


async def test_two_hundred_terminals_leave_no_process_behind(engine: DockerEngine) -> None:
    settings = engine_settings().model_copy(update={"terminals_per_minute": CYCLES})
    async with a_student(engine) as student, TerminalHub(engine, settings) as hub:
        before = int(await output_of(engine, student, PROCESSES))

        async def some(first: int) -> None:
            for number in range(first, CYCLES, AT_ONCE):
                await open_and_close(hub, student, f"{number}-x")

        async with anyio.create_task_group() as tasks:
            for first in range(AT_ONCE):
                tasks.start_soon(some, first)
        assert await output_of(engine, student, COUNT) == "0"
        # Process 1 has yet to bury the last of them.
        with anyio.fail_after(WAIT_S):
            while int(await output_of(engine, student, PROCESSES)) > before:
                await anyio.sleep(COUNT_EVERY_S)
