"""A shell that is no program: it echoes, and knows a handful of words."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PROMPT = b"student@node1:~$ "
NOT_FOUND = 127
MISUSED = 2


class EchoShell:
    """Echoes what is typed; at Enter, understands ``echo``, ``stty size``, ``sleep``, ``exit``."""

    def __init__(self, rows: int, cols: int) -> None:
        self._output: asyncio.Queue[bytes] = asyncio.Queue()
        self._size = f"{rows} {cols}"
        self._line = b""
        self._rest = b""
        self._code: int | None = None
        self._output.put_nowait(PROMPT)

    async def read_into(self, room: memoryview, came: Callable[[int], None] | None = None) -> int:
        if not self._rest:
            if self._code is not None and self._output.empty():
                return 0
            self._rest = await self._output.get()
        count = min(len(room), len(self._rest))
        room[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        if came and count:
            came(count)
        return count

    def write_now(self, data: bytes) -> int:
        """Nothing: it answers in a coroutine."""
        del data
        return 0

    async def write(self, data: bytes) -> None:
        for byte in data:
            character = bytes([byte])
            if character in (b"\r", b"\n"):
                await self._enter()
            else:
                self._line += character
                self._output.put_nowait(character)

    async def resize(self, rows: int, cols: int) -> None:
        self._size = f"{rows} {cols}"

    async def exit_code(self) -> int | None:
        return self._code

    async def close(self) -> None:
        self._end(self._code or 0)

    def leave(self) -> None:
        """Nobody else could go on with it."""

    def handle(self) -> None:
        """It is no program of the machine's."""

    async def _enter(self) -> None:
        line, self._line = self._line.decode(errors="replace"), b""
        self._output.put_nowait(b"\r\n")
        words = line.split()
        if words[:1] == ["exit"]:
            self._end(int(words[1]) if words[1:] and words[1].isdecimal() else 0)
            return
        said = f"{self._size}\n" if words == ["stty", "size"] else (await understand(line, {}))[0]
        self._output.put_nowait(said.replace("\n", "\r\n").encode() + PROMPT)

    def _end(self, code: int) -> None:
        self._code = code
        self._output.put_nowait(b"")


class EchoProgram:
    """Whatever the command is, it says what it is told, as ``cat`` does."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command
        self._output: asyncio.Queue[bytes] = asyncio.Queue()
        self._rest = b""
        self._closed = False

    async def read(self, most: int) -> bytes:
        while not self._rest:
            if self._closed:
                return b""
            self._rest = await self._output.get()
        said, self._rest = self._rest[:most], self._rest[most:]
        return said

    async def write(self, data: bytes) -> None:
        self._output.put_nowait(data)

    def close(self) -> None:
        self._closed = True
        self._output.put_nowait(b"")


async def understand(line: str, environment: Mapping[str, str]) -> tuple[str, int]:
    """Output and exit status of ``echo``, ``true``, ``false``, ``exit`` and ``sleep``."""
    for name, value in environment.items():
        line = line.replace(f"${name}", value)
    try:
        match shlex.split(line):
            case ["false"]:
                return "", 1
            case ["echo", *words]:
                return " ".join(words) + "\n", 0
            case ["exit", code]:
                return "", int(code)
            case ["sleep", seconds]:
                await asyncio.sleep(float(seconds))
            case [word, *_] if word != "true":
                return f"{word}: not found\n", NOT_FOUND
    except ValueError as error:  # an open quote, or a number that is none
        return f"sh: {error}\n", MISUSED
    return "", 0
