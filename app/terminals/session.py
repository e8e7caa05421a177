"""One shell and the browsers that look at it, independent of how they are connected.

The session reads the shell into a ring of numbered bytes; each viewer has a place of its own in it.
A shell with viewers is read no faster than the fastest of them takes it in, so a flood waits in the
engine and not here. Only an interrupt (Ctrl-C) lets output be skipped: what has piled up before it
is nobody's wish any more.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import anyio

from app.errors import SlipwayError
from app.terminals.bulk import Bulk
from app.terminals.heard import MAX_HEARD_BYTES, lines_of
from app.terminals.keyboard import Keyboard
from app.terminals.modes import Modes
from app.terminals.recording import Recording
from app.terminals.viewer import WINDOW_BYTES, Size, Viewer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.sandboxes.engine import Shell, ShellHandle
    from app.terminals.ring import Ring

SEND_BYTES = 65_536
CLOSE_TIMEOUT_S = 5
INTERRUPT = b"\x03"
ENTER = b"\r"
# More than this on its way is worth skipping when the student wants it to stop.
DRAIN_FROM_BYTES = 32_768
DRAIN_MOST_BYTES = 8 * 1024 * 1024
DRAIN_QUIET_S = 0.04
DRAIN_KEEP_BYTES = 4096


class Session:
    """Opened around a shell, which it closes. ``run`` has to be running for it to live."""

    def __init__(self, shell: Shell, ring: Ring, size: tuple[int, int]) -> None:
        self._shell = shell
        self._ring = ring
        self._viewers: list[Viewer] = []
        self._owner: Viewer | None = None
        self._keyboard = Keyboard(shell, ring, lambda: {row.writer for row in self._viewers})
        self._changed = asyncio.Event()
        self._entered = ring.end
        self.entered_at: float = 0
        self._ended = False
        self._hung_up = False
        self._left = False
        self.draining = False
        # Opened ahead of the page that will ask for it; until then it is nobody's business.
        self.unclaimed = False
        self._size = size
        self._resized = asyncio.Event()
        self._tasks = anyio.create_task_group()
        self.exit_code: int | None = None
        self.viewers_left_at: float = asyncio.get_running_loop().time()

    @property
    def id(self) -> str:
        """The shell's: no other one has had it."""
        return self._ring.shell

    @property
    def ended(self) -> bool:
        return self._ended

    @property
    def left(self) -> bool:
        """Whether the shell goes on without us."""
        return self._left

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    def viewers_but(self, writer: str) -> int:
        """How many there are beside those that this writer has left behind."""
        return sum(not writer or other.writer != writer for other in self._viewers)

    @property
    def kept(self) -> tuple[int, int]:
        """The numbers of the oldest byte that is kept, and of the next one."""
        return self._ring.start, self._ring.end

    @property
    def ring_fd(self) -> int:
        return self._ring.fd

    def handle(self) -> ShellHandle | None:
        return self._shell.handle()

    async def run(self) -> None:
        """Moves bytes until the shell ends or the task is cancelled; then closes the shell."""
        try:
            async with anyio.create_task_group() as self._tasks:
                self._tasks.start_soon(self._fit)
                self._tasks.start_soon(self._keyboard.run)
                if not self._hung_up:  # it may have been before anything ran
                    await self._read()
                self._tasks.cancel_scope.cancel()
        finally:
            try:
                with anyio.CancelScope(shield=True), anyio.move_on_after(CLOSE_TIMEOUT_S):
                    if self._left:
                        self._shell.leave()
                    else:
                        if not self._hung_up:
                            self.exit_code = await self._shell.exit_code()
                        await self._shell.close()
            finally:
                self._ended = True
                self.moved()
                self._close_ring()

    def hang_up(self) -> None:
        """Ends the shell and everything started from it."""
        self._hung_up = True
        self._tasks.cancel_scope.cancel()

    def leave(self) -> None:
        """Ends the session but not the shell, with which another process will go on."""
        self._left = True
        self.hang_up()

    @contextlib.contextmanager
    def attach(
        self, size: tuple[int, int], last_seq: int = 0, shell: str = "", writer: str = ""
    ) -> Iterator[Viewer]:
        """A viewer that goes on at ``last_seq`` of this shell; of another one, from the beginning.

        Either way it starts no earlier than the ring does. A connection that the same writer had
        before is let go: what is still under way on it is sent again over this one.
        """
        known = shell == self.id and last_seq <= self._ring.end
        viewer = Viewer(self, max(last_seq if known else 0, self._ring.start), size, writer)
        viewer.typed = self._keyboard.typed_by(writer)
        leftovers = [other for other in self._viewers if writer and other.writer == writer]
        for leftover in leftovers:
            leftover.replaced.set()
        self._viewers.append(viewer)
        self.unclaimed = False
        if not self._owner or self._owner in leftovers:
            self._own(viewer)
        self._tell_size(viewer)
        try:
            yield viewer
        finally:
            self._viewers.remove(viewer)
            viewer.leave()
            if self._owner is viewer:
                self._owner = None
                if self._viewers:
                    self._own(self._viewers[-1])
            self.viewers_left_at = asyncio.get_running_loop().time()
            self.moved()
            self._close_ring()

    def type(self, viewer: Viewer, data: bytes) -> None:
        """Queues input. Raises ``TerminalRefused`` when the shell has stopped taking any."""
        # Nothing would wait in line without counting; a leftover's keys come over another way.
        if not data or viewer.replaced.is_set():
            return
        self._keyboard.type(viewer, data)
        # An Enter alone runs nothing: what the last command said is still what matters.
        if ENTER in data and (data != ENTER or self._ring.read(self._ring.end - 1, 1) != b" "):
            self._entered = self._ring.end
            self.entered_at = asyncio.get_running_loop().time()
        behind = max((self._ring.end - other.place for other in self._viewers), default=0)
        if INTERRUPT in data and behind > DRAIN_FROM_BYTES and not self.draining:
            self.draining = True
            self._tasks.start_soon(self._drain)
            self.moved()

    def resize(self, viewer: Viewer, rows: int, cols: int) -> None:
        """Notes the browser's size, which is the shell's if the browser owns it."""
        viewer.size = rows, cols
        if viewer is self._owner:
            self._own(viewer)

    def take_control(self, viewer: Viewer) -> None:
        """From now on this browser's size is the shell's."""
        if viewer is not self._owner:
            self._own(viewer)

    def recording(self) -> Recording:
        """A copy of everything that is kept, which stays as it is."""
        return Recording(self._ring.everything(), self._ring.start, self._ring.marks(), self._size)

    def bytes_from(self, seq: int) -> bytes:
        return self._ring.read(seq, SEND_BYTES)

    def heard(self) -> str:
        """The lines that came since the last Enter."""
        start = max(self._entered, self._ring.start, self._ring.end - MAX_HEARD_BYTES)
        first = self._ring.read(start, MAX_HEARD_BYTES)
        return lines_of(first + self._ring.read(start + len(first), MAX_HEARD_BYTES))

    async def changed(self) -> None:
        """Waits until there is more to see, or somebody has moved."""
        await self._changed.wait()

    def moved(self) -> None:
        """Lets everything look again that waits."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _read(self) -> None:
        bulk = Bulk(asyncio.get_running_loop().time)
        while True:
            with self._ring.room() as room:
                count = await self._shell.read_into(room, self._came)
            if not count:
                return
            if pause_s := bulk.pause_s(count, watched=bool(self._viewers)):
                await asyncio.sleep(pause_s)
            while not self.draining and self._is_ahead():
                await self._changed.wait()

    def _came(self, count: int) -> None:
        self._ring.wrote(count)
        self.moved()

    def _is_ahead(self) -> bool:
        places = [viewer.place for viewer in self._viewers]
        return bool(places) and self._ring.end - max(places) > WINDOW_BYTES

    async def _drain(self) -> None:
        """Reads on at full speed until it is quiet, then lets viewers skip to the last lines."""
        begun = self._ring.end
        modes = {viewer: Modes() for viewer in self._viewers}
        places = {viewer: viewer.seq for viewer in self._viewers}
        quiet_at = begun
        while self._ring.end - begun < DRAIN_MOST_BYTES:
            for viewer, seen in modes.items():
                places[viewer] = self._feed(seen, max(places[viewer], self._ring.start))
            with anyio.move_on_after(DRAIN_QUIET_S):
                while self._ring.end == quiet_at:
                    await self._changed.wait()
            if self._ring.end == quiet_at:
                break
            quiet_at = self._ring.end
        self.draining = False
        keep_from = max(self._ring.end - DRAIN_KEEP_BYTES, self._ring.start)
        for viewer in [row for row in modes if row in self._viewers]:
            if keep_from - viewer.seq > 0:
                viewer.skip_to(keep_from, "interrupted", modes[viewer].sequence)
        self.moved()

    def _feed(self, modes: Modes, seq: int) -> int:
        while data := self._ring.read(seq, SEND_BYTES):
            modes.feed(data)
            seq += len(data)
        return seq

    def _close_ring(self) -> None:
        """Once nobody can ask for a byte of it any more."""
        if self._ended and not self._viewers:
            self._ring.close()

    def _own(self, viewer: Viewer) -> None:
        self._owner = viewer
        if viewer.size != self._size:
            self._size = viewer.size
            self._resized.set()
        for other in self._viewers:
            self._tell_size(other)

    def _tell_size(self, viewer: Viewer) -> None:
        viewer.tell(Size(*self._size, mine=viewer is self._owner))

    async def _fit(self) -> None:
        while True:
            await self._resized.wait()
            self._resized.clear()
            size = self._size
            with contextlib.suppress(SlipwayError):  # a wrong size is no reason to end
                await self._shell.resize(*size)
            self._ring.note_size(*size)
