"""A browser's end of a terminal's WebSocket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from websockets.sync.connection import Connection

WAIT_S = 60


class Tty:
    """Collects output by its sequence numbers, and notes the frames that end a terminal."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.output = b""
        self.first_seq: int | None = None
        self.shell = ""
        self.exit: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None

    @property
    def next_seq(self) -> int:
        return (self.first_seq or 0) + len(self.output)

    def hello(self, last_seq: int = 0, rows: int = 24, cols: int = 80, shell: str = "") -> Tty:
        body = {"last_seq": last_seq, "rows": rows, "cols": cols, "shell": shell}
        self.send(b"H" + json.dumps(body).encode())
        return self

    def type(self, text: str) -> None:
        self.send(b"I" + text.encode())

    def resize(self, rows: int, cols: int) -> None:
        self.send(b"Z" + json.dumps({"rows": rows, "cols": cols}).encode())

    def send(self, frame: bytes | str) -> None:
        self.connection.send(frame)

    def wait_for(self, wanted: str) -> None:
        """Reads until the output holds ``wanted``."""
        while wanted.encode() not in self.output:
            self.read_frame()

    def read_frame(self) -> None:
        frame = self.connection.recv(timeout=WAIT_S)
        assert isinstance(frame, bytes)
        match frame[:1]:
            case b"O":
                seq = int.from_bytes(frame[1:9], "big")
                if self.first_seq is None:
                    self.first_seq = seq
                assert seq == self.next_seq, "a byte was skipped or sent twice"
                self.output += frame[9:]
            case b"R":
                self.shell = json.loads(frame[1:])["shell"]
            case b"X":
                self.exit = json.loads(frame[1:])
            case b"E":
                self.error = json.loads(frame[1:])

    def read_frames(self) -> NoReturn:
        while True:
            self.read_frame()

    def close_code(self) -> int:
        """Reads whatever still comes, until the server closes."""
        with pytest.raises(ConnectionClosed) as closed:
            self.read_frames()
        assert closed.value.rcvd, "the server closed without a word"
        return closed.value.rcvd.code
