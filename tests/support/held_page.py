"""A page whose terminal goes on over connections that come and go, and that counts every byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
from websockets.asyncio.client import connect

from app.terminals import protocol
from app.web.identity import COOKIE

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

WAIT_S = 90


class Page:
    """What a browser keeps of a terminal while connections come and go."""

    def __init__(self, cookie: str, terminal: str = "main") -> None:
        self.cookie = cookie
        self.terminal = terminal
        self.shell = ""
        self.output = b""
        self.first: dict[str, Any] = {}

    def connection(self, address: str) -> connect:
        return connect(
            f"{address.replace('http', 'ws', 1)}/ws/terminals/node1/{self.terminal}",
            subprotocols=[protocol.SUBPROTOCOL],  # type: ignore[list-item]
            origin=address,  # type: ignore[arg-type]
            additional_headers={"Cookie": f"{COOKIE}={self.cookie}"},
            compression=None,
            max_size=None,
        )

    async def hello(self, socket: ClientConnection) -> None:
        hello: dict[str, Any] = {"last_seq": len(self.output), "rows": 24, "cols": 80}
        hello |= {"shell": self.shell, "writer": f"page-{self.terminal}"}
        await socket.send(b"H" + json.dumps(hello).encode())

    async def read_until(self, socket: ClientConnection, wanted: bytes) -> None:
        with anyio.fail_after(WAIT_S):
            while wanted not in self.output:
                frame = await socket.recv()
                assert isinstance(frame, bytes)
                if frame[:1] == b"R":
                    self.first = json.loads(frame[1:])
                    assert self.shell in ("", self.first["shell"]), "it is another shell"
                    self.shell = self.first["shell"]
                if frame[:1] == b"O":
                    seq = int.from_bytes(frame[1:9], "big")
                    assert seq == len(self.output), "bytes were lost or said twice"
                    self.output += frame[9:]
