"""One browser's look at a shell: its place in the output, its size, and what it is to be told."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.errors import TerminalRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.terminals.session import Session

# What may be on its way to a browser that acknowledges: sent, but not on its screen yet.
WINDOW_BYTES = 131_072
MAX_NOTES = 256
# What has been typed is told a little later, so that the echo goes first.
TYPED_AFTER_S = 0.02


@dataclass(frozen=True, slots=True)
class Output:
    seq: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """``skipped`` bytes will not come, the next one is ``seq``; ``modes`` are what they set.

    ``skipped`` is None where nobody knows how many there were.
    """

    seq: int
    skipped: int | None
    why: Literal["interrupted", "too slow"]
    modes: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """The shell's size, and whether this browser is the one that sets it."""

    rows: int
    cols: int
    mine: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """So many bytes of this browser's have been given to the shell."""

    count: int


@dataclass(frozen=True, slots=True)
class Pong:
    payload: bytes


Note = Gap | Size | Typed | Pong
Event = Output | Note


class Viewer:
    """``seq`` is the number of the next byte to send, ``acked`` of the next one to be parsed."""

    def __init__(self, session: Session, seq: int, size: tuple[int, int], writer: str) -> None:
        self._session = session
        self._notes: deque[Note] = deque()
        self._acknowledges = False
        self.seq = seq
        self.acked = seq
        self.size = size
        self.writer = writer
        self.typed = 0
        self._arrived = 0
        # Set when its page has come back over another connection, and this one is a leftover.
        self.replaced = asyncio.Event()
        self._telling: asyncio.TimerHandle | None = None

    @property
    def place(self) -> int:
        """How far the browser has got, as far as it tells."""
        return self.acked if self._acknowledges else self.seq

    @property
    def is_full(self) -> bool:
        """Whether more would only wait on its way."""
        return self._acknowledges and self.seq - self.acked >= WINDOW_BYTES

    def acknowledge(self, seq: int) -> None:
        self._acknowledges = True
        self.acked = max(self.acked, min(seq, self.seq))
        self._session.moved()

    def skip_to(self, seq: int, why: Literal["interrupted", "too slow"], modes: str = "") -> None:
        """The bytes up to ``seq`` will not be sent."""
        if seq <= self.seq:
            return
        self.tell(Gap(seq, seq - self.seq, why, modes))
        self.seq = self.acked = seq

    def has_typed(self, count: int) -> None:
        """The shell has been given so many bytes of this browser's."""
        self._arrived = count
        if not self._telling:
            loop = asyncio.get_running_loop()
            self._telling = loop.call_later(TYPED_AFTER_S, self._tell_typed)

    def leave(self) -> None:
        if self._telling:
            self._telling.cancel()

    def _tell_typed(self) -> None:
        self._telling = None
        with contextlib.suppress(TerminalRefused):  # its next ping or key will meet it
            self.tell(Typed(self._arrived))

    def tell(self, note: Note) -> None:
        """Raises ``TerminalRefused`` for a browser that asks for more than it reads."""
        if len(self._notes) >= MAX_NOTES:
            raise TerminalRefused("This page does not read what it asks for.", "Reload it.")
        if isinstance(note, (Size, Typed)):  # only the last one matters
            self._notes = deque(row for row in self._notes if not isinstance(row, type(note)))
        self._notes.append(note)
        self._session.moved()

    async def events(self) -> AsyncIterator[Event]:
        """What to send, in order, until the shell has ended and all of it was given."""
        while event := await self._next():
            yield event
            if isinstance(event, Output):
                self.seq = max(self.seq, event.seq + len(event.data))
                self._session.moved()

    async def _next(self) -> Event | None:
        while True:
            if self._notes:
                return self._notes.popleft()
            if self._session.draining:  # it will say where to go on
                await self._session.changed()
                continue
            start, end = self._session.kept
            if self.seq < start:
                self.skip_to(start, "too slow")
                continue
            if self.seq < end and not self.is_full:
                return Output(self.seq, self._session.bytes_from(self.seq))
            if self._session.ended and self.seq >= end:
                return None
            await self._session.changed()
