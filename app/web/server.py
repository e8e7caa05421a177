"""How uvicorn serves the site: fast parts, small messages, and no patience with dead peers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    import asyncio

    from fastapi import FastAPI

MAX_SOCKET_BYTES = 131_072
STOP_TIMEOUT_S = 3
ABORT_AFTER_S = 5


class Socket(WebSocketsSansIOProtocol):
    """A close waits for what was sent before it; of a peer that reads nothing that is for ever."""

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self.loop.call_later(ABORT_AFTER_S, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """It has not answered a ping."""
        super().keepalive_timeout()
        self.transport.abort()


def configuration(app: FastAPI, *, stop_timeout_s: int = STOP_TIMEOUT_S) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws=Socket,
        ws_max_size=MAX_SOCKET_BYTES,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=stop_timeout_s,
    )
