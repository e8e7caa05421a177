"""A wire between a browser and the site that a test can cut: a relay of TCP connections."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_BYTES = 65_536
BACKLOG = 64


class Wire:
    """``address`` leads to ``target`` (host and port) while the wire is whole."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._whole = True
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Resets every connection, and each new one until ``mend``."""
        with self._lock:
            self._whole = False
            ends, self._open = self._open, set()
        for end in ends:
            _reset(end)

    def mend(self) -> None:
        with self._lock:
            self._whole = True

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                self._join(here)

    def _join(self, here: socket.socket) -> None:
        with self._lock:
            if not self._whole:
                _reset(here)
                return
            try:
                there = socket.create_connection(self._target)
            except OSError:
                _reset(here)
                return
            self._open |= {here, there}
        for source, sink in ((here, there), (there, here)):
            threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                sink.sendall(data)
        with self._lock:
            self._open -= {source, sink}
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def wire_to(address: str) -> Iterator[Wire]:
    host, _, port = address.removeprefix("http://").rstrip("/").partition(":")
    wire = Wire((host, int(port)))
    try:
        yield wire
    finally:
        wire.close()


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
