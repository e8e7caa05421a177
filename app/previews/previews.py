"""Asks a port of a student's node for something, by HTTP or WebSocket, within bounds."""

from __future__ import annotations

import contextlib
import socket
from collections import Counter
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import anyio
import httpcore
from anyio.abc import UNIXSocketStream
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from app.errors import PortSilent, TooManyRequests
from app.previews.wire import NodeBackend, dial, host_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from websockets.asyncio.client import ClientConnection

    from app.sandboxes.engine import Program, SandboxEngine

Headers = list[tuple[bytes, bytes]]

CONNECTIONS = 512
CONNECTIONS_PER_STUDENT = 16
KEPT_S = 4
CONNECT_TIMEOUT_S = 10
HEAD_TIMEOUT_S = 60
MESSAGE_BYTES = 1024 * 1024
# Read from the program and not yet taken by the browser.
MESSAGES_WAITING = 1
PIECE_BYTES = 65_536
REPEATABLE = ("GET", "HEAD")


class Previews:
    """Run it with ``async with``; it keeps idle connections for a moment."""

    def __init__(self, engine: SandboxEngine) -> None:
        self._engine = engine
        self._busy: Counter[str] = Counter()
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=CONNECTIONS,
            keepalive_expiry=KEPT_S,
            network_backend=NodeBackend(engine),
        )

    async def aclose(self) -> None:
        await self._pool.aclose()

    @asynccontextmanager
    async def fetch(
        self,
        student: str,
        node: str,
        port: int,
        *,
        method: str,
        target: bytes,
        headers: Headers,
        body: AsyncIterator[bytes] | None,
    ) -> AsyncIterator[httpcore.Response]:
        """The answer, its body still to be read.

        Raises ``PortSilent`` where none comes, ``TooManyRequests``, and what the engine raises.
        """
        timeouts: dict[str, float | None] = {
            "connect": CONNECT_TIMEOUT_S,
            "pool": CONNECT_TIMEOUT_S,
            "read": HEAD_TIMEOUT_S,
            "write": HEAD_TIMEOUT_S,
        }
        request = httpcore.Request(
            method,
            httpcore.URL(
                scheme=b"http", host=host_of(student, node).encode(), port=port, target=target
            ),
            headers=headers,
            content=body,
            extensions={"timeout": timeouts},
        )
        with self._turn(student):
            response = await self._ask(request, node, port)
            timeouts["read"] = None  # an event stream may be silent for long
            try:
                yield response
            finally:
                with anyio.CancelScope(shield=True):
                    await response.aclose()

    @asynccontextmanager
    async def websocket(
        self, student: str, node: str, port: int, *, target: str, subprotocols: Sequence[str]
    ) -> AsyncIterator[ClientConnection]:
        """Raises the same as ``fetch``."""
        with self._turn(student):
            program = await dial(self._engine, student, node, port)
            ours, theirs = socket.socketpair()
            try:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(_carry, theirs, program)
                    async with connect(
                        f"ws://{node}:{port}{target}",
                        sock=ours,
                        subprotocols=[*subprotocols] or None,  # type: ignore[list-item]
                        compression=None,
                        max_size=MESSAGE_BYTES,
                        max_queue=MESSAGES_WAITING,
                        open_timeout=CONNECT_TIMEOUT_S,
                        user_agent_header=None,
                        proxy=None,
                    ) as connection:
                        yield connection
                    tasks.cancel_scope.cancel()
            except* (WebSocketException, OSError, TimeoutError) as group:
                raise _silent(node, port) from group
            finally:
                program.close()
                theirs.close()

    async def _ask(self, request: httpcore.Request, node: str, port: int) -> httpcore.Response:
        """A kept connection may have ended unnoticed: what can be asked twice is."""
        tries = 2 if request.method.decode() in REPEATABLE else 1
        for left in reversed(range(tries)):
            try:
                return await self._pool.handle_async_request(request)
            except httpcore.TimeoutException as error:
                raise PortSilent(
                    f"Port {port} of {node} took the connection and has said nothing since.",
                    "Look at the program's output with 'docker logs'.",
                ) from error
            except (httpcore.NetworkError, httpcore.ProtocolError) as error:
                if not left:
                    raise _silent(node, port) from error
        raise AssertionError

    @contextmanager
    def _turn(self, student: str) -> Iterator[None]:
        if self._busy[student] >= CONNECTIONS_PER_STUDENT:
            raise TooManyRequests(
                f"{CONNECTIONS_PER_STUDENT} requests to your nodes are under way.",
                "Wait for one of them.",
            )
        self._busy[student] += 1
        try:
            yield
        finally:
            self._busy[student] -= 1
            if not self._busy[student]:
                del self._busy[student]


def _silent(node: str, port: int) -> PortSilent:
    return PortSilent(
        f"Nothing speaks HTTP on port {port} of {node}.",
        f"Type 'docker ps' on {node}: is {port} published, and does the program run?",
    )


async def _carry(end: socket.socket, program: Program) -> None:
    """Between a socket and a program, until one of them ends."""
    stream = await UNIXSocketStream.from_socket(end)
    async with stream, anyio.create_task_group() as tasks:

        async def in_() -> None:
            async for data in stream:
                await program.write(data)
            tasks.cancel_scope.cancel()

        tasks.start_soon(in_)
        with contextlib.suppress(anyio.BrokenResourceError):
            while data := await program.read(PIECE_BYTES):
                await stream.send(data)
        tasks.cancel_scope.cancel()
