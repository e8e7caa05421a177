"""A WebSocket client without manners: sends what it likes, and reads only what it is told to."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.terminals.protocol import SUBPROTOCOL
from app.web.identity import COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.site import Student

BINARY, CONTINUED, PING = 0x2, 0x0, 0x9
FIN = 0x80
MASKED = 0x80
LONG, LONGEST_SHORT = 126, 125
SMALL_BUFFER_BYTES = 4096
WAIT_S = 60
STUCK_S = 2


class RudePeer:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, opcode: int, data: bytes = b"", *, final: bool = True) -> None:
        """A frame of RFC 6455, masked with zeros."""
        length = len(data)
        head = struct.pack(">BB", opcode | (FIN if final else 0), MASKED | min(length, LONG))
        if length > LONGEST_SHORT:
            head += struct.pack(">H", length)
        self._connection.sendall(head + bytes(4) + data)

    def pour(self, opcode: int, data: bytes, most_bytes: int) -> int:
        """The same frame again and again, until it is not taken any more; how many bytes were."""
        frame = struct.pack(">BB", opcode | FIN, MASKED | len(data)) + bytes(4) + data
        sent = 0
        self._connection.settimeout(STUCK_S)
        while sent < most_bytes:
            try:
                sent += self._connection.send(frame * 64)
            except OSError:
                break
        self._connection.settimeout(WAIT_S)
        return sent

    def hello(self) -> None:
        self.send(BINARY, b'H{"last_seq": 0, "rows": 24, "cols": 80}')

    def is_cut(self) -> bool:
        """Reads what there is until the end; false if it would go on."""
        try:
            while self._connection.recv(65_536):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True


@contextmanager
def rude_peer(student: Student) -> Iterator[RudePeer]:
    """Attached to the student's terminal, as far as the handshake goes."""
    address = student.site.url.removeprefix("http://")
    host, _, port = address.partition(":")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        connection.settimeout(WAIT_S)
        connection.connect((host, int(port)))
        lines = [
            "GET /ws/terminals/node1/main HTTP/1.1",
            f"Host: {address}",
            f"Origin: {student.site.url}",
            f"Cookie: {COOKIE}={student.http.cookies[COOKIE]}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {os.urandom(12).hex()[:22]}==",
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1)
        assert b" 101 " in head
        yield RudePeer(connection)
