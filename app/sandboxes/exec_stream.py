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
import struct
from typing import TYPE_CHECKING

from app.errors import EngineUnavailable, NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

READ_BYTES = 65_536
HEAD_BYTES = 16_384
OPEN_TIMEOUT_S = 10
FRAME_HEADER = struct.Struct(">BxxxL")
SWITCHING_PROTOCOLS = 101
OK = 200
NOT_FOUND, CONFLICT = 404, 409


class ExecStream:
    """A started exec: ``reader`` gives its output, ``writer`` takes its input."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, socket: Path, exec_id: str, *, tty: bool) -> ExecStream:
        """Raises ``EngineUnavailable`` with the engine's own words where it refuses."""
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                reader, writer = await asyncio.open_unix_connection(str(socket), limit=READ_BYTES)
                try:
                    await cls._upgrade(reader, writer, exec_id, tty=tty)
                except BaseException:
                    writer.close()
                    raise
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise EngineUnavailable("The class engine does not answer.") from error
        return cls(reader, writer)

    @staticmethod
    async def _upgrade(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, exec_id: str, *, tty: bool
    ) -> None:
        body = json.dumps({"Detach": False, "Tty": tty}).encode()
        writer.write(
            f"POST /exec/{exec_id}/start HTTP/1.1\r\nHost: engine\r\n"
            "Content-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        if status not in (SWITCHING_PROTOCOLS, OK):
            said = (await reader.read(HEAD_BYTES)).decode(errors="replace").strip()
            if status in (NOT_FOUND, CONFLICT):
                raise NodeUnavailable("The node is not running.", "Restart it, or reset.")
            raise EngineUnavailable(f"The class engine refused to start a program: {said}")

    async def read(self) -> bytes:
        """Raw output; empty at the end."""
        try:
            return await self._reader.read(READ_BYTES)
        except OSError:
            return b""

    async def frames(self) -> AsyncIterator[bytes]:
        """The data of both output streams of an exec without a TTY, in the order it came."""
        try:
            while True:
                _, length = FRAME_HEADER.unpack(await self._reader.readexactly(FRAME_HEADER.size))
                while length:
                    data = await self._reader.read(min(length, READ_BYTES))
                    if not data:
                        return
                    length -= len(data)
                    yield data
        except (OSError, asyncio.IncompleteReadError):
            return

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()
