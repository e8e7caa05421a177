"""A student's program for previews: answers any method, drips, sends much, and talks back.

It runs in a container, and needs nothing beyond Python's smallest installation.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import threading

BIG_BYTES = 20_000_000
ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PAGE = b"""<script>
const told = [];
const tell = (word) => { told.push(word); document.title = told.join(" | "); };
const at = (path) => new URL(path, location.href);
const body = "x".repeat(3000000);
const go = async () => {
  for (const method of ["PUT", "PATCH", "DELETE", "PROPFIND"])
    tell(await (await fetch(at("echo"), { method, body })).text());
  tell("big " + (await (await fetch(at("big"))).arrayBuffer()).byteLength);
  const reader = (await fetch(at("drip"))).body.getReader();
  tell(new TextDecoder().decode((await reader.read()).value));
  await reader.cancel();
  const socket = new WebSocket(at("talk").href.replace(/^http/, "ws"));
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => tell(data);
};
go().catch((error) => tell("failed: " + error));
</script>"""


def serve(connection: socket.socket) -> None:
    """One request after the other (RFC 9112)."""
    with connection, connection.makefile("rb") as said:
        while line := said.readline():
            method, path, _ = line.decode().split()
            headers = {}
            while field := said.readline().decode().strip():
                name, _, value = field.partition(":")
                headers[name.lower()] = value.strip()
            body = said.read(int(headers.get("content-length", 0)))
            match path.rpartition("/")[2]:
                case "echo":
                    connection.sendall(answer(f"{method} {len(body)}".encode()))
                case "big":
                    connection.sendall(answer(b"x" * BIG_BYTES))
                case "drip":
                    # The beginning of something that never ends.
                    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfirst")
                    threading.Event().wait()
                case "talk":
                    connection.sendall(greeting(headers["sec-websocket-key"]))
                    length = said.read(2)[1] & 127
                    mask = said.read(4)
                    word = bytes(byte ^ mask[at % 4] for at, byte in enumerate(said.read(length)))
                    connection.sendall(bytes([0x81, length]) + word)
                case _:
                    connection.sendall(answer(PAGE, "text/html"))


def answer(body: bytes, kind: str = "text/plain") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def greeting(key: str) -> bytes:
    """Of RFC 6455, before one short message each way."""
    digest = hashlib.sha1((key + ACCEPT).encode(), usedforsecurity=False).digest()
    lines = (
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def main() -> None:
    with socket.create_server(("", 80)) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
