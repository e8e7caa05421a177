"""One shell and the browsers that look at it, independent of how they are connected.

The session reads the shell into a ring of bytes that are numbered from 0; each viewer has a place
of its own in the numbering. A shell with viewers is read no faster than the fastest of them
takes it in, so a flood waits in the engine and not here.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from typing import TYPE_CHECKING

import anyio

from app.errors import SlipwayError, TerminalRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from app.sandboxes.engine import Shell

LEAD_BYTES = 131_072
CHUNK_BYTES = 65_536
MAX_PENDING_INPUT_BYTES = 262_144
CLOSE_TIMEOUT_S = 5


class Viewer:
    """A place in the session's output; ``seq`` is the number of the next byte wanted."""

    def __init__(self, session: Session, seq: int) -> None:
        self._session = session
        self.seq = seq

    async def chunks(self) -> AsyncIterator[tuple[int, bytes]]:
        """Numbered output, oldest first, until the shell has ended and all of it was given."""
        while found := await self._session.next_chunk(self.seq):
            seq, data = found
            yield seq, data
            self.seq = seq + len(data)
            self._session.moved()


class Session:
    """Opened around a shell, which it closes. ``run`` has to be running for it to live."""

    def __init__(self, shell: Shell, replay_bytes: int) -> None:
        self._shell = shell
        self._replay_bytes = max(replay_bytes, LEAD_BYTES)
        self._ring = bytearray()
        self._start = 0
        self._viewers: set[Viewer] = set()
        self._input: deque[bytes] = deque()
        self._input_bytes = 0
        self._changed = asyncio.Event()
        self._typed = asyncio.Event()
        self._ended = False
        self._hung_up = False
        self._size: tuple[int, int] | None = None
        self._resized = asyncio.Event()
        self.id = secrets.token_hex(8)
        self._tasks = anyio.create_task_group()
        self.exit_code: int | None = None
        self.viewers_left_at: float = asyncio.get_running_loop().time()

    @property
    def ended(self) -> bool:
        return self._ended

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    async def run(self) -> None:
        """Moves bytes until the shell ends or the task is cancelled; then closes the shell."""
        try:
            async with anyio.create_task_group() as self._tasks:
                self._tasks.start_soon(self._fit)
                self._tasks.start_soon(self._type)
                if not self._hung_up:  # it may have been before anything ran
                    await self._read()
                self._tasks.cancel_scope.cancel()
        finally:
            try:
                with anyio.CancelScope(shield=True), anyio.move_on_after(CLOSE_TIMEOUT_S):
                    if not self._hung_up:
                        self.exit_code = await self._shell.exit_code()
                    await self._shell.close()
            finally:
                self._ended = True
                self._signal()

    def hang_up(self) -> None:
        """Ends the shell and everything started from it."""
        self._hung_up = True
        self._tasks.cancel_scope.cancel()

    async def _read(self) -> None:
        while data := await self._shell.read():
            self._ring += data
            excess = len(self._ring) - self._replay_bytes
            if excess > 0:
                del self._ring[:excess]
                self._start += excess
            self._signal()
            await self._wait_for_viewers()

    @contextlib.contextmanager
    def attach(self, last_seq: int, shell: str = "") -> Iterator[Viewer]:
        """A viewer that goes on at ``last_seq`` of this shell; of another one, from the beginning.

        Either way it starts no earlier than the ring does.
        """
        known = shell == self.id and last_seq <= self._end
        viewer = Viewer(self, max(last_seq if known else 0, self._start))
        self._viewers.add(viewer)
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)
            self.viewers_left_at = asyncio.get_running_loop().time()
            self._signal()

    def type(self, data: bytes) -> None:
        """Queues input. Raises ``TerminalRefused`` when the shell has stopped taking any."""
        if self._input_bytes + len(data) > MAX_PENDING_INPUT_BYTES:
            raise TerminalRefused(
                "The program in this terminal does not read what is typed.",
                "Wait until it does, or end it with Ctrl-C.",
            )
        if not data:  # it would wait in line without counting
            return
        self._input.append(data)
        self._input_bytes += len(data)
        self._typed.set()

    def resize(self, rows: int, cols: int) -> None:
        """Notes the size wanted; of several in a row only the last may take effect."""
        self._size = rows, cols
        self._resized.set()

    async def next_chunk(self, seq: int) -> tuple[int, bytes] | None:
        """Bytes from ``seq`` on, waiting for some; nothing once the shell has ended."""
        while seq >= self._end:
            if self._ended:
                return None
            await self._changed.wait()
        seq = max(seq, self._start)
        at = seq - self._start
        return seq, bytes(self._ring[at : at + CHUNK_BYTES])

    def moved(self) -> None:
        """A viewer has taken bytes in."""
        self._signal()

    @property
    def _end(self) -> int:
        return self._start + len(self._ring)

    def _signal(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _wait_for_viewers(self) -> None:
        while self._viewers and self._end - max(v.seq for v in self._viewers) > LEAD_BYTES:
            await self._changed.wait()

    async def _fit(self) -> None:
        while True:
            await self._resized.wait()
            self._resized.clear()
            if self._size:
                with contextlib.suppress(SlipwayError):  # a wrong size is no reason to end
                    await self._shell.resize(*self._size)

    async def _type(self) -> None:
        while True:
            await self._typed.wait()
            self._typed.clear()
            while self._input:
                data = self._input.popleft()
                await self._shell.write(data)
                self._input_bytes -= len(data)
