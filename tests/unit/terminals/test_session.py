"""A session numbers its shell's bytes, gives each viewer all of them, and holds a flood back."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

from app.errors import NodeUnavailable, TerminalRefused
from app.terminals.keyboard import MAX_PENDING_INPUT_BYTES
from app.terminals.ring import Ring
from app.terminals.session import DRAIN_KEEP_BYTES, Session
from app.terminals.viewer import MAX_NOTES, WINDOW_BYTES, Gap, Output, Pong, Size, Typed
from tests.support.eventually import soon
from tests.support.shells import FloodingShell, ScriptedShell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.terminals.viewer import Event, Viewer

pytestmark = pytest.mark.anyio
TURNS = 50
SIZE = 24, 80


def a_session(shell: ScriptedShell, replay_bytes: int = WINDOW_BYTES) -> Session:
    return Session(shell, Ring.made(secrets.token_hex(8), replay_bytes), SIZE)


@asynccontextmanager
async def running(shell: ScriptedShell, replay_bytes: int = WINDOW_BYTES) -> AsyncIterator[Session]:
    session = a_session(shell, replay_bytes)
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
    with anyio.fail_after(60):
        async for event in viewer.events():
            if isinstance(event, Output):
                taken.append((event.seq, event.data))
                if sum(len(data) for _, data in taken) >= count:
                    break
    return taken


async def told(viewer: Viewer, kind: type[Event]) -> Event:
    """The next event of that kind."""
    with anyio.fail_after(60):
        async for event in viewer.events():
            if isinstance(event, kind):
                return event
    raise AssertionError("the shell ended")


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
        with session.attach(SIZE) as viewer:
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
        with session.attach(SIZE) as viewer:
            assert await text(viewer, 6) == b"before"


async def test_a_viewer_that_comes_back_starts_where_it_left() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        shell.say(b"0123456789")
        await soon(lambda: shell.reads)
        with session.attach(SIZE, 4, session.id) as viewer:
            assert await take(viewer, 6) == [(4, b"456789")]


@pytest.mark.parametrize("last_seq", [1, 10**6])
async def test_a_number_from_another_shell_gets_everything(last_seq: int) -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        shell.say(b"all")
        await soon(lambda: shell.reads)
        with session.attach(SIZE, last_seq, "another") as viewer:
            assert await take(viewer, 3) == [(0, b"all")]


async def test_what_no_longer_is_in_the_ring_is_skipped() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        shell.say(b"old", b"n" * WINDOW_BYTES)
        await soon(lambda: session.kept[1] == len(b"old") + WINDOW_BYTES)
        with session.attach(SIZE) as viewer:
            chunks = await take(viewer, WINDOW_BYTES)
    assert chunks[0][0] == len(b"old")
    assert b"".join(data for _, data in chunks) == b"n" * WINDOW_BYTES


async def test_a_shell_that_nobody_looks_at_is_read_on() -> None:
    shell = FloodingShell()
    async with running(shell):
        await soon(lambda: shell.reads * len(shell.CHUNK) > 10 * WINDOW_BYTES)


async def test_a_flood_waits_for_a_viewer_that_takes_nothing() -> None:
    shell = FloodingShell()
    async with running(shell) as session:
        with session.attach(SIZE):
            reads = await settled(shell)
            assert WINDOW_BYTES < reads * len(shell.CHUNK) <= WINDOW_BYTES + len(shell.CHUNK)


async def test_a_flood_goes_on_when_the_stalled_viewer_leaves() -> None:
    shell = FloodingShell()
    async with running(shell) as session:
        with session.attach(SIZE):
            reads = await settled(shell)
        await soon(lambda: shell.reads > 10 * reads)


async def test_a_stalled_viewer_does_not_stop_the_other() -> None:
    shell = FloodingShell()
    async with running(shell) as session:
        with session.attach(SIZE), session.attach(SIZE) as eager:
            chunks = await take(eager, 8 * WINDOW_BYTES)
    numbers = [seq for seq, _ in chunks]
    assert numbers == [sum(len(data) for _, data in chunks[:at]) for at in range(len(chunks))]


async def test_two_viewers_get_the_same_bytes() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(SIZE) as one, session.attach(SIZE) as two:
            shell.say(b"for both")
            assert await text(one, 8) == await text(two, 8) == b"for both"


async def test_the_end_is_told_after_the_last_byte_and_with_the_code() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(SIZE) as viewer:
            shell.say(b"bye")
            shell.end(3)
            with anyio.fail_after(60):
                said = [event async for event in viewer.events() if isinstance(event, Output)]
                assert said == [Output(0, b"bye")]
    assert session.ended
    assert session.exit_code == 3
    assert shell.closed == 1


async def test_input_arrives_in_order() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(SIZE) as viewer:
            for piece in (b"ab", b"", b"c", b"d"):
                session.type(viewer, piece)
            await soon(lambda: shell.typed == b"abcd")


async def test_a_key_is_typed_before_anybody_else_has_a_turn() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(SIZE) as viewer:
            session.type(viewer, b"a")
            assert shell.typed == b"a"


async def test_what_is_not_taken_at_once_is_typed_in_order() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(SIZE, writer="tab") as viewer:
            session.type(viewer, b"abcd")
            session.type(viewer, b"ef")
            assert shell.typed == b"ab"
            await soon(lambda: shell.typed == b"abcdef")
            assert await told(viewer, Typed) == Typed(6)


async def test_a_program_that_reads_nothing_bounds_what_can_be_typed() -> None:
    shell = ScriptedShell()
    shell.deaf = True
    async with running(shell) as session:
        with session.attach(SIZE) as viewer:
            session.type(viewer, b"x" * MAX_PENDING_INPUT_BYTES)
            with pytest.raises(TerminalRefused) as refused:
                session.type(viewer, b"y")
        assert refused.value.hint


async def test_a_deaf_program_is_still_shown() -> None:
    shell = ScriptedShell()
    shell.deaf = True
    async with running(shell) as session:
        with session.attach(SIZE) as viewer:
            session.type(viewer, b"x")
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
        with session.attach(SIZE) as viewer:
            session.hang_up()
            with anyio.fail_after(60):
                said = [event async for event in viewer.events() if isinstance(event, Output)]
                assert said == []


async def test_a_shell_that_breaks_is_closed_and_ended() -> None:
    shell = ScriptedShell()
    shell.broken = NodeUnavailable("node1 is not running.")
    session = a_session(shell)
    with session.attach(SIZE) as viewer:
        session.type(viewer, b"x")
        with pytest.raises(ExceptionGroup), anyio.fail_after(60):
            await session.run()
    assert session.ended
    assert shell.closed == 1


async def test_the_first_browser_s_size_is_the_shell_s() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach((30, 100)) as first, session.attach((40, 120)) as second:
            assert await told(first, Size) == Size(30, 100, mine=True)
            assert await told(second, Size) == Size(30, 100, mine=False)
            session.resize(first, 31, 101)
            session.resize(second, 41, 121)
            await soon(lambda: shell.sizes and shell.sizes[-1] == (31, 101))
            assert await told(second, Size) == Size(31, 101, mine=False)


async def test_another_browser_can_take_control_of_the_size() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach((30, 100)) as first, session.attach((40, 120)) as second:
            session.take_control(second)
            await soon(lambda: shell.sizes and shell.sizes[-1] == (40, 120))
            assert await told(first, Size) == Size(40, 120, mine=False)
            assert await told(second, Size) == Size(40, 120, mine=True)


async def test_sizes_that_come_faster_than_they_are_set_collapse_into_the_last() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(SIZE) as viewer:
            for number in range(100):
                session.resize(viewer, 10 + number, 80)
            await soon(lambda: shell.sizes)
            assert shell.sizes == [(109, 80)]
            assert await told(viewer, Size) == Size(109, 80, mine=True)


async def test_who_asks_for_more_than_is_read_is_refused() -> None:
    async with running(ScriptedShell()) as session:
        with session.attach(SIZE) as viewer:
            for _ in range(MAX_NOTES - 1):  # its size is one of them
                viewer.tell(Pong(b"12345678"))
            with pytest.raises(TerminalRefused):
                viewer.tell(Pong(b"12345678"))


async def test_who_is_left_alone_sets_the_size() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach((40, 120)) as stays:
            session.take_control(stays)
            with session.attach((30, 100)) as leaves:
                session.take_control(leaves)
                await soon(lambda: shell.sizes and shell.sizes[-1] == (30, 100))
            await soon(lambda: shell.sizes[-1] == (40, 120))


async def test_a_browser_that_acknowledges_is_sent_no_more_than_a_window_ahead() -> None:
    shell = FloodingShell()
    async with running(shell, 8 * WINDOW_BYTES) as session:
        with session.attach(SIZE) as viewer:
            viewer.acknowledge(0)
            await take(viewer, WINDOW_BYTES)
            viewer.seq = WINDOW_BYTES
            assert viewer.is_full
            reads = await settled(shell)
            assert reads * len(shell.CHUNK) <= WINDOW_BYTES + 65_536
            viewer.acknowledge(WINDOW_BYTES)
            await soon(lambda: shell.reads > reads)


async def test_an_interrupt_lets_a_flood_be_skipped_but_its_last_lines() -> None:
    shell = FloodingShell()
    async with running(shell) as session:
        with session.attach(SIZE) as viewer:
            viewer.acknowledge(0)
            await settled(shell)
            session.type(viewer, b"\x03")
            gap = await told(viewer, Gap)
            assert isinstance(gap, Gap)
            assert gap.why == "interrupted"
            assert gap.skipped
            assert gap.seq == session.kept[1] - DRAIN_KEEP_BYTES
            assert (await take(viewer, DRAIN_KEEP_BYTES))[0][0] == gap.seq


async def test_without_an_interrupt_nothing_is_skipped() -> None:
    shell = FloodingShell()
    async with running(shell) as session:
        with session.attach(SIZE) as viewer:
            viewer.acknowledge(0)
            await settled(shell)
            session.type(viewer, b"q")
            await settled(shell)
            assert viewer.seq == 0


async def test_who_types_learns_what_has_arrived() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(SIZE, writer="tab") as viewer:
            session.type(viewer, b"abc")
            assert await told(viewer, Typed) == Typed(3)
        with session.attach(SIZE, writer="tab") as viewer:
            assert viewer.typed == 3
        with session.attach(SIZE, writer="other") as viewer:
            assert viewer.typed == 0


async def test_what_still_waits_to_be_typed_counts_as_arrived() -> None:
    shell = ScriptedShell()
    shell.deaf = True
    async with running(shell) as session:
        with session.attach(SIZE, writer="tab") as viewer:
            session.type(viewer, b"abc")
        with session.attach(SIZE, writer="tab") as viewer:
            assert viewer.typed == 3


async def test_who_comes_back_leaves_no_connection_behind_that_could_type_its_keys_twice() -> None:
    """Keys that were under way on the old one may arrive late; they are sent again over the new."""
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach((30, 100), writer="tab") as old, session.attach(SIZE, writer="other"):
            session.type(old, b"a")
            assert session.viewers_but("tab") == 1
            with session.attach((40, 120), writer="tab") as new:
                assert new.typed == 1
                assert old.replaced.is_set()
                session.type(old, b"b")
                session.type(new, b"b")
                # The size was its own before, and is again.
                assert await told(new, Size) == Size(40, 120, mine=True)
                await soon(lambda: shell.typed == b"ab")
                await soon(lambda: shell.sizes and shell.sizes[-1] == (40, 120))


async def test_who_does_not_say_who_it_is_replaces_nobody() -> None:
    async with running(ScriptedShell()) as session:
        with session.attach(SIZE) as one, session.attach(SIZE):
            assert not one.replaced.is_set()
            assert session.viewers_but("") == 2


async def test_what_the_last_command_printed_can_be_read_without_its_colours() -> None:
    shell = ScriptedShell()
    async with running(shell) as session:
        with session.attach(SIZE) as viewer:
            shell.say(b"before$ ")
            await text(viewer, 8)
            session.type(viewer, b"docker docker ps\r")
            said = b"docker docker ps\r\n\x1b[1;31munknown\x1b[0m flag\r\nbefore$ "
            shell.say(said)
            await text(viewer, len(said))
            session.type(viewer, b"\r")
            assert session.heard() == "docker docker ps\nunknown flag\nbefore$ "
            session.type(viewer, b"ls\r")
            assert session.heard() == ""
