"""A line to a shell: what is typed goes in, what is printed comes out, by three ways.

The site's line does what a page does: it acknowledges what it has taken in, and follows the
numbers.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, Protocol

from app.terminals import protocol

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from app.sandboxes.docker_shell import DockerShell

READ_BYTES = 65_536
# As often as static/js/tty-connection.js does.
ACK_BYTES = 16_384


class ShellEnded(Exception):
    """There is nothing more to read."""


class Line(Protocol):
    async def send(self, data: bytes) -> None: ...

    async def receive(self) -> bytes:
        """The next output; whoever asks again has taken in what came before."""


class SiteLine:
    """``output`` counts what came, ``skipped`` what the server said would not."""

    def __init__(self, socket: ClientConnection, shell: str = "", wanted: int = 0) -> None:
        self._socket = socket
        self._acked = wanted
        self._writer = secrets.token_hex(12)
        self.shell = shell
        self.wanted = wanted
        self.skipped = 0
        self.wrong = 0

    async def hello(self) -> None:
        hello: dict[str, Any] = {
            "last_seq": self.wanted,
            "rows": 24,
            "cols": 80,
            "shell": self.shell,
        }
        hello["writer"] = self._writer
        await self._socket.send(b"H" + json.dumps(hello).encode())

    async def send(self, data: bytes) -> None:
        await self._socket.send(b"I" + data)

    async def receive(self) -> bytes:
        if self.wanted - self._acked >= ACK_BYTES:
            await self._acknowledge()
        while True:
            frame = await self._socket.recv()
            assert isinstance(frame, bytes)
            match frame[:1]:
                case b"O":
                    (seq,) = protocol.SEQ.unpack_from(frame, 1)
                    data = frame[1 + protocol.SEQ.size :]
                    self.wrong += abs(seq - self.wanted)
                    self.wanted = seq + len(data)
                    return data
                case b"G":
                    told: dict[str, Any] = json.loads(frame[1:])
                    self.skipped += told["seq"] - self.wanted
                    self.wanted = told["seq"]
                case b"R":
                    told = json.loads(frame[1:])
                    self.shell, self.wanted = told["shell"], told["seq"]
                    await self._acknowledge()

    def cut(self) -> None:
        """As a lost network does: without a word."""
        self._socket.transport.abort()

    async def _acknowledge(self) -> None:
        self._acked = self.wanted
        await self._socket.send(b"A" + protocol.SEQ.pack(self.wanted))


class RawLine:
    """The engine's own stream of an exec."""

    def __init__(self, shell: DockerShell) -> None:
        self._shell = shell
        self._room = memoryview(bytearray(READ_BYTES))

    async def send(self, data: bytes) -> None:
        await self._shell.write(data)

    async def receive(self) -> bytes:
        count = await self._shell.read_into(self._room)
        if not count:
            raise ShellEnded
        return bytes(self._room[:count])


class TerminadoLine:
    """JSON lists: a word for what it is, and text."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, data: bytes) -> None:
        await self._socket.send(json.dumps(["stdin", data.decode()]))

    async def receive(self) -> bytes:
        while True:
            kind, *rest = json.loads(await self._socket.recv())
            if kind == "disconnect":
                raise ShellEnded
            if kind == "stdout":
                return str(rest[0]).encode()


async def receive_until(line: Line, wanted: bytes) -> int:
    """How many bytes came until ``wanted`` was there."""
    tail, count = b"", 0
    while True:
        data = await line.receive()
        count += len(data)
        tail += data
        if wanted in tail:
            return count
        tail = tail[-len(wanted) :]
