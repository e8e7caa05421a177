"""A student's program for previews: answers any method, drips, sends much, and talks back.

It runs in a container, so it needs nothing but Python.
"""

from __future__ import annotations

import base64
import hashlib
import http.server
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


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match self.path.rpartition("/")[2]:
            case "echo":
                self.say(f"{self.command} {len(body)}".encode())
            case "big":
                self.say(b"x" * BIG_BYTES)
            case "drip":
                self.drip()
            case "talk":
                self.talk()
            case _:
                self.say(PAGE, "text/html")

    # The names that http.server looks for.
    do_GET = do_PUT = do_PATCH = do_DELETE = do_PROPFIND = answer  # noqa: N815

    def say(self, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def drip(self) -> None:
        """The beginning of something that never ends."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"first")
        threading.Event().wait()

    def talk(self) -> None:
        """RFC 6455, for one short message."""
        key = self.headers["Sec-WebSocket-Key"] + ACCEPT
        digest = hashlib.sha1(key.encode(), usedforsecurity=False).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(digest).decode())
        self.end_headers()
        length = self.rfile.read(2)[1] & 127
        mask = self.rfile.read(4)
        said = bytes(byte ^ mask[at % 4] for at, byte in enumerate(self.rfile.read(length)))
        self.wfile.write(bytes([0x81, length]) + said)
        threading.Event().wait()


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 80), Handler).serve_forever()
