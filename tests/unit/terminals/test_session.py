"""A session numbers its shell's bytes, gives each viewer all of them, and holds a flood back."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

from app.errors import NodeUnavailable, TerminalRefused
from app.terminals.session import LEAD_BYTES, MAX_PENDING_INPUT_BYTES, Session
from tests.support.eventually import soon
from tests.support.shells import FloodingShell, ScriptedShell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.terminals.session import Viewer

pytestmark = pytest.mark.anyio
TURNS = 50


@asynccontextmanager
async def running(shell: ScriptedShell, replay_bytes: int = LEAD_BYTES) -> AsyncIterator[Session]:
    session = Session(shell, replay_bytes)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(session.run)
        await anyio.lowlevel.checkpoint()
        try:
            yield session
        finally:
            session.hang_up()


async def take(viewer: Viewer, count: int) -> list[tuple[int, bytes]]:
    """The next chunks until ``count`` bytes are there."""
    taken: list[tuple[int, bytes]] = []
    with anyio.fail_after(10):
        async for chunk in viewer.chunks():
            taken.append(chunk)
            if sum(len(data) for _, data in taken) >= count:
                break
    return taken


async def text(viewer: Viewer, count: int) -> bytes:
    return b"".join(data for _, data in await take(viewer, count))


async def settled(shell: ScriptedShell) -> int:
    """How often the shell has been read once that does not change any more."""
    before = -1
    while before != shell.reads:
        before = shell.reads
        for _ in range(TURNS):
            await anyio.lowlevel.checkpoint()
    return before


async def test_bytes_are_numbered_from_zero_without_a_gap() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(0) as viewer:
            shell.say(b"one")
            assert await take(viewer, 3) == [(0, b"one")]
            viewer.seq = 3
            shell.say(b"two")
            assert await take(viewer, 3) == [(3, b"two")]


async def test_a_late_viewer_gets_what_was_said_before() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        shell.say(b"before")
        await soon(lambda: shell.reads)
        with session.attach(0) as viewer:
            assert await text(viewer, 6) == b"before"


async def test_a_viewer_that_comes_back_starts_where_it_left() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        shell.say(b"0123456789")
        await soon(lambda: shell.reads)
        with session.attach(4, session.id) as viewer:
            assert await take(viewer, 6) == [(4, b"456789")]


@pytest.mark.parametrize("last_seq", [1, 10**6])
async def test_a_number_from_another_shell_gets_everything(last_seq: int) -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        shell.say(b"all")
        await soon(lambda: shell.reads)
        with session.attach(last_seq, "another") as viewer:
            assert await take(viewer, 3) == [(0, b"all")]


async def test_what_no_longer_is_in_the_ring_is_skipped() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        shell.say(b"old", b"n" * LEAD_BYTES)
        await soon(lambda: shell.reads == 2)
        with session.attach(0) as viewer:
            chunks = await take(viewer, LEAD_BYTES)
    assert chunks[0][0] == len(b"old")
    assert b"".join(data for _, data in chunks) == b"n" * LEAD_BYTES


async def test_a_shell_that_nobody_looks_at_is_read_on() -> None:
    shell = FloodingShell()
    async with running(shell):
        await soon(lambda: shell.reads * len(shell.CHUNK) > 10 * LEAD_BYTES)


async def test_a_flood_waits_for_a_viewer_that_takes_nothing() -> None:
    shell = FloodingShell()
    async with running(shell) as session:
        with session.attach(0):
            reads = await settled(shell)
            assert LEAD_BYTES < reads * len(shell.CHUNK) <= LEAD_BYTES + len(shell.CHUNK)


async def test_a_flood_goes_on_when_the_stalled_viewer_leaves() -> None:
    shell = FloodingShell()
    async with running(shell) as session:
        with session.attach(0):
            reads = await settled(shell)
        await soon(lambda: shell.reads > 10 * reads)


async def test_a_stalled_viewer_does_not_stop_the_other() -> None:
    shell = FloodingShell()
    async with running(shell) as session:
        with session.attach(0), session.attach(0) as eager:
            chunks = await take(eager, 8 * LEAD_BYTES)
    numbers = [seq for seq, _ in chunks]
    assert numbers == [sum(len(data) for _, data in chunks[:at]) for at in range(len(chunks))]


async def test_two_viewers_get_the_same_bytes() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(0) as one, session.attach(0) as two:
            shell.say(b"for both")
            assert await text(one, 8) == await text(two, 8) == b"for both"


async def test_the_end_is_told_after_the_last_byte_and_with_the_code() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(0) as viewer:
            shell.say(b"bye")
            shell.end(3)
            with anyio.fail_after(10):
                assert [data async for _, data in viewer.chunks()] == [b"bye"]
    assert session.ended
    assert session.exit_code == 3
    assert shell.closed == 1


async def test_input_arrives_in_order() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        for piece in (b"ab", b"", b"c", b"d"):
            session.type(piece)
        await soon(lambda: shell.typed == b"abcd")


async def test_a_program_that_reads_nothing_bounds_what_can_be_typed() -> None:
    shell = ScriptedShell()
    shell.deaf = True
    async with running(shell) as session:
        session.type(b"x" * MAX_PENDING_INPUT_BYTES)
        with pytest.raises(TerminalRefused) as refused:
            session.type(b"y")
        assert refused.value.hint


async def test_a_deaf_program_is_still_shown() -> None:
    shell = ScriptedShell()
    shell.deaf = True
    async with running(shell) as session:
        session.type(b"x")
        with session.attach(0) as viewer:
            shell.say(b"busy")
            assert await text(viewer, 4) == b"busy"


async def test_hanging_up_closes_the_shell_once() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        session.hang_up()
        session.hang_up()
        await soon(lambda: session.ended)
    assert shell.closed == 1
    assert session.exit_code is None


async def test_viewers_of_a_shell_that_is_hung_up_are_let_go() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(0) as viewer:
            session.hang_up()
            with anyio.fail_after(10):
                assert [chunk async for chunk in viewer.chunks()] == []


async def test_a_shell_that_breaks_is_closed_and_ended() -> None:
    shell = ScriptedShell()
    shell.broken = NodeUnavailable("node1 is not running.")
    session = Session(shell, LEAD_BYTES)
    session.type(b"x")
    with pytest.raises(ExceptionGroup), anyio.fail_after(10):
        await session.run()
    assert session.ended
    assert shell.closed == 1


async def test_a_resize_is_passed_on() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        session.resize(24, 80)
        await soon(lambda: shell.sizes == [(24, 80)])
