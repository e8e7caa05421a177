"""Reading a program's stream over a real socket: nothing is lost, and nobody turns round for it."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from app.sandboxes.exec_stream import READ_BYTES, ExecStream

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio
A_WHILE_S = 0.05


class CountingStream(ExecStream):
    """Counts how often the loop comes to it."""

    calls = 0

    def _readable(self) -> None:
        self.calls += 1
        super()._readable()


@pytest.fixture
def ends() -> Iterator[tuple[CountingStream, socket.socket]]:
    """A stream, and the socket of whoever it comes from."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    stream = CountingStream(ours)
    yield stream, theirs
    stream.close()
    theirs.close()


async def test_what_came_is_told_even_if_the_reader_is_cancelled_over_it(
    ends: tuple[CountingStream, socket.socket],
) -> None:
    stream, program = ends
    room = memoryview(bytearray(READ_BYTES))
    told: list[bytes] = []

    def came(count: int) -> None:
        told.append(bytes(room[:count]))
        reader.cancel()

    reader = asyncio.create_task(stream.read_into(room, came))
    await asyncio.sleep(0)
    program.send(b"kept")
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert told == [b"kept"]


async def test_what_nobody_reads_waits_and_the_loop_has_peace(
    ends: tuple[CountingStream, socket.socket],
) -> None:
    stream, program = ends
    room = memoryview(bytearray(READ_BYTES))
    program.send(b"first")
    assert await stream.read_into(room) == len(b"first")
    program.send(b"second")
    await asyncio.sleep(A_WHILE_S)
    assert stream.calls == 2  # the second time it let go
    assert await stream.read_into(room) == len(b"second")
    assert bytes(room[: len(b"second")]) == b"second"


async def a_reader(stream: ExecStream, room: memoryview) -> asyncio.Task[int]:
    """It waits already."""
    reader = asyncio.create_task(stream.read_into(room))
    await asyncio.sleep(0)
    return reader


async def test_who_stops_waiting_leaves_the_output_to_the_next(
    ends: tuple[CountingStream, socket.socket],
) -> None:
    stream, program = ends
    room = memoryview(bytearray(READ_BYTES))
    (await a_reader(stream, room)).cancel()
    program.send(b"x")
    await asyncio.sleep(A_WHILE_S)
    assert stream.calls == 1
    assert await stream.read_into(room) == 1


async def test_its_closing_says_0(ends: tuple[CountingStream, socket.socket]) -> None:
    stream, _ = ends
    room = memoryview(bytearray(READ_BYTES))
    reader = await a_reader(stream, room)
    stream.close()
    assert await reader == 0
    assert await stream.read_into(room) == 0


async def test_its_end_says_0(ends: tuple[CountingStream, socket.socket]) -> None:
    stream, program = ends
    program.close()
    assert await stream.read_into(memoryview(bytearray(READ_BYTES))) == 0
