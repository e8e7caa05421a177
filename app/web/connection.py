"""One connection's HTTP: it has to get on, and may not say more than anybody needs to.

uvicorn's own waits for ever for the rest of a request, and keeps whatever a head is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.web.crowd import Crowd

if TYPE_CHECKING:
    import asyncio
    from typing import Any

    from fastapi import FastAPI

    from app.settings import Settings
    from app.web.patience import Patience

MAX_HEAD_BYTES = 65_536
# Of a body, every time that its patience has run out.
LEAST_BODY_BYTES = 4096
REFUSAL = (
    b"HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s"
)
TOO_MANY = b"Too many connections come from your address. Close some pages.\n"
TOO_LONG = b"The request's head is too long.\n"


class SiteConfig(uvicorn.Config):
    """What connections need to know beside uvicorn's own settings."""

    def __init__(self, app: FastAPI, settings: Settings, **rest: Any) -> None:  # noqa: ANN401 - uvicorn's
        self.patience: Patience = app.state.patience
        self.crowd = Crowd(settings.connections_per_address, settings.trusted_proxies)
        super().__init__(app, **rest)


class Connection(HttpToolsProtocol):
    """Counted until it is lost; one that becomes a WebSocket is counted on by ``Socket``."""

    config: SiteConfig

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._reads_head = True
        self._head_bytes = 0
        self._body_bytes = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._let_in = self.config.crowd.enter(peer_of(self))
        if not self._let_in:
            self._refuse(b"503 Service Unavailable", TOO_MANY)
            return
        self._wait(self.config.patience.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._going()
        if self._let_in:
            self._let_in = False
            self.config.crowd.leave(peer_of(self))
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        was_head = self._reads_head
        super().data_received(data)
        if was_head and self._reads_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(b"431 Request Header Fields Too Large", TOO_LONG)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reads_head = True
        self._head_bytes = 0
        if not self._waiting:
            self._wait(self.config.patience.head_s)

    def on_headers_complete(self) -> None:
        self._reads_head = False
        self._body_bytes = 0
        self._wait(self.config.patience.body_s)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_waiting()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._stop_waiting()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        super().pause_writing()
        if not self._stalled:
            self._stalled = self.loop.call_later(self.config.patience.take_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._going()
        super().resume_writing()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._waiting = self.loop.call_later(seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None

    def _going(self) -> None:
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None

    def _too_slow(self) -> None:
        self._waiting = None
        if self._is_our_turn():
            self._wait(self.config.patience.body_s)
        elif self._reads_head or self._body_bytes < LEAST_BODY_BYTES:
            self.transport.abort()
        else:
            self._body_bytes = 0
            self._wait(self.config.patience.body_s)

    def _is_our_turn(self) -> bool:
        """Whether the peer could not have gone on: it is not read, or has yet to be told to."""
        told = not (self.cycle and self.cycle.waiting_for_100_continue)
        return self.flow.read_paused or not told

    def _refuse(self, status: bytes, sentence: bytes) -> None:
        self._stop_waiting()
        self.transport.write(REFUSAL % (status, len(sentence), sentence))
        self.transport.close()


def peer_of(connection: Any) -> str:  # noqa: ANN401 - both of uvicorn's protocols have it
    """The address at the connection's other end, whoever that speaks for."""
    return connection.client[0] if connection.client else ""
