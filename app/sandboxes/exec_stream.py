"""Starts an exec over the engine's socket and hands its bytes to asyncio.

The SDK's own stream is a blocking socket; pumped by a thread it grows without bound under a flood.
Here the kernel's socket buffer is the only queue: who does not read, stops the program.
After the 101 head the connection is raw for a TTY; without one, output comes in frames of an
eight-byte header (stream, 0, 0, 0, length as u32 big-endian) and data.
Source: Docker Engine API 1.44, ExecStart and ContainerAttach ("Stream format").
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import TYPE_CHECKING, NamedTuple

from app.errors import EngineUnavailable, NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

READ_BYTES = 65_536
HEAD_BYTES = 16_384
OPEN_TIMEOUT_S = 20
END_OF_HEAD = b"\r\n\r\n"
FRAME_HEADER = struct.Struct(">BxxxL")
SWITCHING_PROTOCOLS = 101
OK = 200
STDERR = 2
NOT_FOUND, CONFLICT = 404, 409


class Reading(NamedTuple):
    """Who waits for output, where it goes, and who hears of it first."""

    waiter: asyncio.Future[int]
    room: memoryview
    came: Callable[[int], None] | None

    def end(self, count: int) -> None:
        """Tells everybody; ``came`` may well end who waits, and so may others have."""
        if count and self.came:
            self.came(count)
        if not self.waiter.done():
            self.waiter.set_result(count)


class ExecStream:
    """A started exec over a socket of the engine's; ``early`` came together with the head."""

    def __init__(self, connection: socket.socket, early: bytes = b"") -> None:
        self._socket = connection
        self._early = early
        self._left_of_frame = 0
        self.frame_of = 0
        self._watched_by: asyncio.AbstractEventLoop | None = None
        self._reading: Reading | None = None

    @classmethod
    async def start(cls, path: Path, exec_id: str, *, tty: bool) -> ExecStream:
        """Raises ``EngineUnavailable`` with the engine's own words where it refuses."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.setblocking(False)
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await asyncio.get_running_loop().sock_connect(connection, str(path))
                return cls(connection, await _upgrade(connection, exec_id, tty=tty))
        except (OSError, TimeoutError) as error:
            connection.close()
            raise EngineUnavailable("The class engine does not answer.") from error
        except BaseException:
            connection.close()
            raise

    @property
    def fd(self) -> int:
        return self._socket.fileno()

    async def read_into(self, room: memoryview, came: Callable[[int], None] | None = None) -> int:
        """Raw output; 0 at the end, and once it is closed. ``came`` hears how much it is before
        any other task has its turn, and even if whoever waits here is cancelled meanwhile.
        """
        if self._early:
            count = min(len(room), len(self._early))
            room[:count] = self._early[:count]
            self._early = self._early[count:]
            if came:
                came(count)
            return count
        if self.fd < 0:
            return 0
        loop = asyncio.get_running_loop()
        if not self._watched_by:
            loop.add_reader(self.fd, self._readable)
            self._watched_by = loop
        self._reading = Reading(loop.create_future(), room, came)
        return await self._reading.waiter

    def _readable(self) -> None:
        """The loop goes on watching between reads: starting and stopping cost as much as a read."""
        if not self._reading or self._reading.waiter.done():
            # Nobody wants it now, so it stays in the kernel.
            self._unwatch()
            return
        try:
            count = self._socket.recv_into(self._reading.room)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        self._reading.end(count)

    def _unwatch(self) -> None:
        if self._watched_by:
            self._watched_by.remove_reader(self.fd)
            self._watched_by = None

    async def frames(self) -> AsyncIterator[bytes]:
        """The data of both output streams of an exec without a TTY, in the order it came."""
        while data := await self.read_frame(READ_BYTES):
            yield data

    async def read_frame(self, most: int) -> bytes:
        """The next of these data; empty at the end. ``frame_of`` is then the stream's number."""
        while not self._left_of_frame:
            header = await self._exactly(FRAME_HEADER.size)
            if not header:
                return b""
            self.frame_of, self._left_of_frame = FRAME_HEADER.unpack(header)
        data = await self._some(min(self._left_of_frame, most))
        self._left_of_frame -= len(data)
        return data

    def write_now(self, data: bytes) -> int:
        """How much the kernel takes at once; nothing of a stream that has ended."""
        try:
            return self._socket.send(data)
        except OSError:
            return 0

    async def write(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    def close(self) -> None:
        self._unwatch()
        self._socket.close()
        if self._reading:
            self._reading.end(0)

    async def _some(self, most: int) -> bytes:
        if self._early:
            data, self._early = self._early[:most], self._early[most:]
            return data
        try:
            return await asyncio.get_running_loop().sock_recv(self._socket, most)
        except OSError:
            return b""

    async def _exactly(self, count: int) -> bytes:
        """Empty where the stream ends before so many bytes have come."""
        said = b""
        while len(said) < count:
            data = await self._some(count - len(said))
            if not data:
                return b""
            said += data
        return said


async def _upgrade(connection: socket.socket, exec_id: str, *, tty: bool) -> bytes:
    """Asks for the exec's stream, and returns what has come of it already."""
    loop = asyncio.get_running_loop()
    body = json.dumps({"Detach": False, "Tty": tty}).encode()
    await loop.sock_sendall(
        connection,
        f"POST /exec/{exec_id}/start HTTP/1.1\r\nHost: engine\r\n"
        "Content-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body,
    )
    said = b""
    while END_OF_HEAD not in said:
        data = await loop.sock_recv(connection, HEAD_BYTES)
        if not data or len(said) > HEAD_BYTES:
            raise EngineUnavailable("The class engine does not answer.")
        said += data
    head, _, rest = said.partition(END_OF_HEAD)
    status = int(head.split(b" ", 2)[1])
    if status in (SWITCHING_PROTOCOLS, OK):
        return rest
    if status in (NOT_FOUND, CONFLICT):
        raise NodeUnavailable("The node is not running.", "Restart it, or reset.")
    raise EngineUnavailable(
        f"The class engine refused to start a program: {rest.decode(errors='replace').strip()}"
    )
