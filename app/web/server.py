"""How uvicorn serves the site: fast parts, small messages, and no patience with dead peers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.web.connection import Connection, SiteConfig, peer_of

if TYPE_CHECKING:
    import asyncio

    from fastapi import FastAPI
    from websockets.frames import Frame

    from app.settings import Settings

MAX_SOCKET_BYTES = 131_072
STOP_TIMEOUT_S = 3
ABORT_AFTER_S = 2
MAX_FRAGMENTS = 64
MAX_WAITING_MESSAGES = 4


class Socket(WebSocketsSansIOProtocol):
    """Bounds what a peer that keeps to the protocol, but not to manners, can have us hold.

    A close waits for what was sent before it; of a peer that reads nothing that is for ever.
    Answers to its pings would pile up, and so would the fragments of a message without end.
    """

    config: SiteConfig

    def connection_lost(self, exc: Exception | None) -> None:
        self.config.crowd.leave(peer_of(self))
        super().connection_lost(exc)

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """Stops reading when several messages wait, not at each: that costs as much as the key."""
        if self.read_paused or self.queue.qsize() >= MAX_WAITING_MESSAGES:
            super().send_receive_event_to_app()
            return
        self.read_paused = True
        super().send_receive_event_to_app()
        self.read_paused = False

    def handle_cont(self, event: Frame) -> None:
        super().handle_cont(event)
        if len(self.frames) > MAX_FRAGMENTS:
            self.transport.abort()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self.loop.call_later(ABORT_AFTER_S, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """It has not answered a ping."""
        super().keepalive_timeout()
        self.transport.abort()


def configuration(
    app: FastAPI, settings: Settings, *, stop_timeout_s: int = STOP_TIMEOUT_S
) -> SiteConfig:
    return SiteConfig(
        app,
        settings,
        loop="uvloop",
        http=Connection,
        ws=Socket,
        ws_max_size=MAX_SOCKET_BYTES,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies.split(),
        timeout_graceful_shutdown=stop_timeout_s,
    )
