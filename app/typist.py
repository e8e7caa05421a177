"""Types lines into shells as a student would: each when the prompt is back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

import anyio

from app.terminals.heard import lines_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from anyio.abc import TaskGroup

    from app.filling import Filling
    from app.lessons.model import Line
    from app.sandboxes.engine import SandboxEngine, Shell

ROWS, COLS = 50, 200
BEGIN_TIMEOUT_S = 15
READ_BYTES = 65_536
# The longest that a prompt of another shell may stand there before it counts as one.
QUIET_S = 0.3
# A program that is to be interrupted has said all it had to say for now.
SPOKEN_S = 1.0
INTERRUPT = "^C"
# bash announces every line that it wants to read, the further ones of a command too.
# Our own shells mark the prompt's end besides (OSC 133;B).
WAITING = re.compile(rb"\x1b\[\?2004h[^\r\n]*[$>] (?:\x1b\[[0-9;]*[mK]|\x1b\]133;B\x07)*$")
# Whoever has opened a shell in a container is asked by that one.
ELSEWHERE = re.compile(r"(?:^|\n)[^\n]*[#$>] $")


class Stuck(Exception):
    """A command did not come back to the prompt, or its shell ended."""


class Typist:
    """``listen`` has to run meanwhile. ``fill`` puts the student's own values into a line."""

    def __init__(
        self, shell: Shell, timeout_s: float, fill: Callable[[str], Awaitable[str]]
    ) -> None:
        self._shell = shell
        self._fill = fill
        self._timeout_s = timeout_s
        self._seen = bytearray()
        self._more = anyio.Event()
        self._ended = False

    @property
    def heard(self) -> str:
        """The lines since the last Enter."""
        return lines_of(bytes(self._seen))

    async def listen(self) -> None:
        """Reads until the shell ends."""
        room = memoryview(bytearray(READ_BYTES))
        while count := await self._shell.read_into(room):
            self._seen += room[:count]
            self._tell()
        self._ended = True
        self._tell()

    async def begin(self) -> None:
        """Until the shell answers: at its start it may draw the prompt more than once."""
        await self._shell.write(b"echo beg''un\r")
        with anyio.move_on_after(BEGIN_TIMEOUT_S):
            while b"begun" not in self._seen or not WAITING.search(self._seen):
                await self._next()
            return
        raise Stuck(f"the shell does not answer: {self.heard[-300:]!r}")

    async def type(self, lines: Sequence[str]) -> None:
        """Raises ``Stuck`` after an attempt to interrupt what would not end, and
        ``SandboxUnavailable`` where nobody knows a value that a line needs.
        """
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            if line.strip() == INTERRUPT:
                await self._send(b"\x03")
            else:
                await self._send((await self._fill(line)).encode() + b"\r")
            if following.strip() == INTERRUPT:
                await self._until_quiet(SPOKEN_S)
            else:
                await self._until_prompt(line)

    async def close(self) -> None:
        await self._shell.close()

    async def _send(self, data: bytes) -> None:
        self._seen.clear()
        await self._shell.write(data)

    async def _until_prompt(self, line: str) -> None:
        with anyio.move_on_after(self._timeout_s):
            while not WAITING.search(self._seen):
                if ELSEWHERE.search(self.heard) and await self._is_quiet(QUIET_S):
                    return
                await self._next()
            return
        said = self.heard[-300:]
        await self._send(b"\x03")
        with anyio.move_on_after(QUIET_S):
            while not WAITING.search(self._seen):
                await self._next()
        raise Stuck(f"no prompt within {self._timeout_s:g} s after {line!r}: {said!r}")

    async def _until_quiet(self, seconds: float) -> None:
        with anyio.move_on_after(self._timeout_s):
            while not await self._is_quiet(seconds):
                pass

    async def _is_quiet(self, seconds: float) -> bool:
        """Whether nothing came for so long; returns as soon as something does."""
        with anyio.move_on_after(seconds):
            await self._next()
            return False
        return True

    async def _next(self) -> None:
        if self._ended:
            raise Stuck(f"the shell ended: {self.heard[-300:]!r}")
        await self._more.wait()

    def _tell(self) -> None:
        self._more.set()
        self._more = anyio.Event()


class Typists:
    """One for each node of a student's sandbox; run it with ``async with``."""

    def __init__(
        self, engine: SandboxEngine, student: str, timeout_s: float, filling: Filling
    ) -> None:
        self._engine = engine
        self._student = student
        self._timeout_s = timeout_s
        self._filling = filling
        self._typists: dict[str, Typist] = {}
        self._tasks: TaskGroup = anyio.create_task_group()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Nobody listens any more by the time that the shells are closed."""
        self._tasks.cancel_scope.cancel()
        try:
            await self._tasks.__aexit__(None, None, None)
        finally:
            with anyio.CancelScope(shield=True):
                for typist in self._typists.values():
                    await typist.close()

    async def type(self, lines: Sequence[Line]) -> None:
        """Lines for the same node in one go. Raises as a typist does."""
        at = 0
        while at < len(lines):
            node = lines[at].node
            end = at
            while end < len(lines) and lines[end].node == node:
                end += 1
            typist = await self._typist(node)
            await typist.type([line.text for line in lines[at:end]])
            at = end

    def heard(self, node: str = "") -> str:
        """What that node's shell, or the first there is, has said since the last Enter."""
        found = self._typists.get(node) if node else next(iter(self._typists.values()), None)
        return found.heard if found else ""

    async def _typist(self, node: str) -> Typist:
        if node not in self._typists:
            shell = await self._engine.open_shell(self._student, node, ROWS, COLS)
            typist = self._typists[node] = Typist(shell, self._timeout_s, self._filling.fill)
            self._tasks.start_soon(typist.listen)
            await typist.begin()
        return self._typists[node]
