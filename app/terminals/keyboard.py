"""What is typed into a shell: in its order, bounded, and counted by who has typed it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from app.errors import TerminalRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from app.sandboxes.engine import Shell
    from app.terminals.ring import Ring
    from app.terminals.viewer import Viewer

MAX_PENDING_INPUT_BYTES = 262_144


class Keyboard:
    """``run`` has to be running for what the shell does not take at once. ``writers`` tells who
    is attached, and must not be forgotten for others.
    """

    def __init__(self, shell: Shell, ring: Ring, writers: Callable[[], Collection[str]]) -> None:
        self._shell = shell
        self._ring = ring
        self._writers = writers
        self._waiting: deque[tuple[Viewer, bytes]] = deque()
        self._waiting_bytes = 0
        self._typed = asyncio.Event()

    def type(self, viewer: Viewer, data: bytes) -> None:
        """Raises ``TerminalRefused`` when the shell has stopped taking any."""
        if self._waiting_bytes + len(data) > MAX_PENDING_INPUT_BYTES:
            raise TerminalRefused(
                "The program in this terminal does not read what is typed.",
                "Wait until it does, or end it with Ctrl-C.",
            )
        viewer.typed += len(data)
        # A key is on its way before any other task has had its turn.
        rest = data
        if not self._waiting:
            rest = data[self._note(viewer, self._shell.write_now(data)) :]
        if rest:
            self._waiting.append((viewer, rest))
            self._waiting_bytes += len(rest)
            self._typed.set()

    def typed_by(self, writer: str) -> int:
        """What this writer has typed so far, that which still waits in line included."""
        if not writer:
            return 0
        waiting = sum(len(data) for who, data in self._waiting if who.writer == writer)
        return self._ring.typed(writer) + waiting

    async def run(self) -> None:
        while True:
            await self._typed.wait()
            self._typed.clear()
            while self._waiting:
                viewer, data = self._waiting[0]
                await self._shell.write(data)
                self._waiting.popleft()
                self._waiting_bytes -= len(data)
                self._note(viewer, len(data))

    def _note(self, viewer: Viewer, count: int) -> int:
        if count and viewer.writer:
            total = self._ring.typed(viewer.writer) + count
            self._ring.note_typed(viewer.writer, total, keep=self._writers())
            viewer.has_typed(total)
        return count
