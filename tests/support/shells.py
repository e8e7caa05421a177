"""Shells whose every byte a test decides."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.errors import NodeUnavailable
from app.sandboxes.echo_engine import EchoEngine

if TYPE_CHECKING:
    from collections.abc import Callable


class ScriptedShell:
    """Says what it is told to; takes input unless ``deaf``; counts what is done to it."""

    def __init__(self) -> None:
        self.reads = 0
        self.closed = 0
        self.typed = b""
        self.sizes: list[tuple[int, int]] = []
        self.deaf = False
        self.takes_at_once = 2
        self.broken: Exception | None = None
        self._output: asyncio.Queue[bytes] = asyncio.Queue()
        self._code: int | None = None
        self._rest = b""

    def say(self, *chunks: bytes) -> None:
        for chunk in chunks:
            self._output.put_nowait(chunk)

    def end(self, code: int = 0) -> None:
        self._code = code
        self._output.put_nowait(b"")

    async def read_into(self, room: memoryview, came: Callable[[int], None] | None = None) -> int:
        if not self._rest:
            self._rest = await self.next_chunk()
            self.reads += 1
        count = min(len(room), len(self._rest))
        room[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        if came and count:
            came(count)
        return count

    async def next_chunk(self) -> bytes:
        return await self._output.get()

    def write_now(self, data: bytes) -> int:
        if self.broken or self.deaf:
            return 0
        taken = data[: self.takes_at_once]
        self.typed += taken
        return len(taken)

    async def write(self, data: bytes) -> None:
        if self.broken:
            raise self.broken
        if self.deaf:
            await asyncio.Event().wait()
        self.typed += data

    async def resize(self, rows: int, cols: int) -> None:
        self.sizes.append((rows, cols))

    async def exit_code(self) -> int | None:
        return self._code

    async def close(self) -> None:
        self.closed += 1

    def leave(self) -> None:
        """Nobody else could go on with it."""

    def handle(self) -> None:
        """It is no program of the machine's."""


class FloodingShell(ScriptedShell):
    """Always has another chunk, like ``yes``; until it is interrupted."""

    CHUNK = b"y\n" * 16_384

    async def next_chunk(self) -> bytes:
        await asyncio.sleep(0)
        if b"\x03" in self.typed:
            await asyncio.Event().wait()
        return self.CHUNK


class ScriptedEngine(EchoEngine):
    """An echo engine that hands out scripted shells, and keeps them for the test to see."""

    def __init__(self) -> None:
        super().__init__()
        self.shells: list[ScriptedShell] = []
        self.refuses = False

    async def open_shell(  # type: ignore[override]
        self, student: str, node: str, rows: int, cols: int
    ) -> ScriptedShell:
        if self.refuses:
            raise NodeUnavailable(f"{node} of {student} is not running.")
        shell = ScriptedShell()
        shell.sizes.append((rows, cols))
        self.shells.append(shell)
        return shell
