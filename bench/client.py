"""A browser's side of HTTP/1.1 that costs next to nothing, so that a server is what is measured."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

READ_BYTES = 262_144
ANSWER_S = 60


class Connection:
    """Asks for one thing after the other over one connection."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        path: str,
        headers: Mapping[str, str],
    ) -> None:
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self._request = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._reader = reader
        self._writer = writer

    async def get(self) -> int:
        """The length of the answer's body; it has to be a good one, and to say its length."""
        self._writer.write(self._request)
        async with asyncio.timeout(ANSWER_S):
            head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200"), head
            length = left = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
            while left:
                left -= len(await self._reader.read(min(left, READ_BYTES)))
        return length


@asynccontextmanager
async def connected(url: str, **headers: str) -> AsyncIterator[Connection]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=READ_BYTES)
    try:
        known = {"Host": parts.netloc, **headers}
        yield Connection(reader, writer, parts.path or "/", known)
    finally:
        writer.close()


async def a_second(url: str, connections: int, seconds: float, **headers: str) -> float:
    """How many answers a second so many connections get, each asking without a pause."""
    answers = 0
    end = time.perf_counter() + seconds

    async def ask() -> None:
        nonlocal answers
        async with connected(url, **headers) as connection:
            while time.perf_counter() < end:
                await connection.get()
                answers += 1

    async with asyncio.TaskGroup() as tasks:
        for _ in range(connections):
            tasks.create_task(ask())
    return answers / seconds
