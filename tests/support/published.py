"""A program of a student's, and an engine whose nodes are this machine: nc leads to loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute

from app.sandboxes.echo_engine import EchoEngine
from tests.support.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from starlette.requests import Request
    from starlette.websockets import WebSocket

PIECE = b"0123456789abcdef" * 4096
PIECES = 320


class LoopbackProgram:
    """What ``nc 127.0.0.1 PORT`` does in a node."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, most: int) -> bytes:
        try:
            return await self._reader.read(most)
        except OSError:
            return b""

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        with contextlib.suppress(OSError):
            await self._writer.drain()

    def close(self) -> None:
        self._writer.close()


class DeadProgram:
    """What nc does where nobody listens."""

    async def read(self, most: int) -> bytes:
        return b""[:most]

    async def write(self, data: bytes) -> None:
        """To nobody."""

    def close(self) -> None:
        """It has ended already."""


class LoopbackEngine(EchoEngine):
    """Counts the programs that were started."""

    def __init__(self) -> None:
        super().__init__()
        self.started = 0

    async def start_program(  # type: ignore[override]
        self, student: str, node: str, command: Sequence[str]
    ) -> LoopbackProgram | DeadProgram:
        await super().start_program(student, node, command)
        self.started += 1
        try:
            return LoopbackProgram(*await asyncio.open_connection("127.0.0.1", int(command[-1])))
        except OSError:
            return DeadProgram()


async def tell(request: Request) -> Response:
    """What arrived, for the test to see."""
    headers = {name.decode(): value.decode() for name, value in request.headers.raw}
    path = request.scope["raw_path"].decode()
    body = {"method": request.method, "path": path, "query": request.url.query, "headers": headers}
    return JSONResponse(body)


async def count(request: Request) -> Response:
    length = 0
    async for piece in request.stream():
        length += len(piece)
    return JSONResponse({"length": length})


async def big(_: Request) -> Response:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(PIECES):
            yield PIECE

    return StreamingResponse(body())


async def steal(_: Request) -> Response:
    headers = {
        "Set-Cookie": "slipway_session=mine",
        "Clear-Site-Data": '"*"',
        "Service-Worker-Allowed": "/",
        "Content-Security-Policy": "default-src *",
        "Content-Type": "text/html",
    }
    return Response("<script>1</script>", headers=headers)


async def move(request: Request) -> Response:
    return Response(status_code=302, headers={"Location": request.query_params["to"]})


async def drip(_: Request) -> Response:
    """One event, and then nothing for as long as anybody listens."""

    async def body() -> AsyncIterator[bytes]:
        yield b"data: first\n\n"
        await asyncio.Event().wait()

    return StreamingResponse(body(), media_type="text/event-stream")


async def echo(socket: WebSocket) -> None:
    await socket.accept(subprotocol=(socket.scope["subprotocols"] or [None])[0])
    await socket.send_text(json.dumps({"origin": socket.headers.get("origin")}))
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        await socket.send({**message, "type": "websocket.send"})


@contextmanager
def published() -> Iterator[int]:
    """The port where the student's program listens."""
    every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]
    routes = [
        Route("/count", count, methods=every),
        Route("/big", big),
        Route("/steal", steal),
        Route("/move", move),
        Route("/drip", drip),
        WebSocketRoute("/echo", echo),
        Route("/{rest:path}", tell, methods=every),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes), port=0, log_level="error", ws="websockets-sansio"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
