"""A small process that holds shells' streams and rings, so that they outlive the app.

A descriptor that two processes have stays open when one of them is killed. This one keeps a copy of
each shell's stream and ring (SCM_RIGHTS, unix(7)) and gives them to the next app that asks. It
never reads the streams: what a shell says meanwhile waits in the kernel, and the shell with it.

Run as ``python -m app.terminals.holder SOCKET ABANDONED_S``, and with the word ``stay`` behind them
where something else than the app starts and stops it: it then lets go of what is abandoned and goes
on. Nothing but Python itself is needed. Messages are JSON in one datagram:

    {"do": "put", "key": …, "about": …} with two descriptors   hold these
    {"do": "drop", "key": …}                                    close them
    {"do": "list"}                                              answers each with its descriptors
                                                                and at last {"end": true}
    {"do": "stop"}                                              close everything and end
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import sys
import time
from pathlib import Path
from typing import Any

MESSAGE_BYTES = 8192
MAX_HELD = 8192
DESCRIPTORS = 2
BACKLOG = 16


class Holder:
    """``held`` are the descriptors and what was said about them, by key."""

    def __init__(self, path: Path, abandoned_s: float, *, stays: bool = False) -> None:
        self._abandoned_s = abandoned_s
        self._stays = stays
        self._held: dict[str, tuple[list[int], Any]] = {}
        self._clients: set[socket.socket] = set()
        self._visited = False
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        self._listener.bind(str(path))
        os.umask(before)
        self._listener.listen(BACKLOG)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def run(self) -> None:
        """Until it is told to stop, or nobody has been there for ``abandoned_s``; or for ever."""
        with self._listener:
            self._run()

    def _run(self) -> None:
        alone_since = time.monotonic()
        while True:
            if self._clients:
                alone_since = time.monotonic()
            left = alone_since + self._abandoned_s - time.monotonic()
            if not self._clients and (left <= 0 or (self._visited and not self._held)):
                if not self._stays:
                    return
                self._drop_all()
                alone_since, left = time.monotonic(), self._abandoned_s
            for key, _ in self._selector.select(max(left, 0.1)):
                if key.fileobj is self._listener:
                    self._accept()
                elif not self._serve(key.fileobj):  # type: ignore[arg-type]
                    return

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        self._clients.add(client)
        self._visited = True
        self._selector.register(client, selectors.EVENT_READ)

    def _serve(self, client: socket.socket) -> bool:
        """One message; false when it is the last one ever."""
        try:
            data, descriptors, _, _ = socket.recv_fds(client, MESSAGE_BYTES, DESCRIPTORS)
            message = json.loads(data) if data else None
        except (OSError, ValueError):
            message = None
        if message is None:
            self._selector.unregister(client)
            self._clients.discard(client)
            client.close()
            return True
        match message["do"]:
            case "put" if len(self._held) < MAX_HELD:
                self._drop(message["key"])
                self._held[message["key"]] = (descriptors, message["about"])
            case "drop":
                self._drop(message["key"])
            case "list":
                self._list(client)
            case "stop":
                self._drop_all()
                return self._stays
        return True

    def _list(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for key, (descriptors, about) in self._held.items():
                row = json.dumps({"key": key, "about": about}).encode()
                socket.send_fds(client, [row], descriptors)
            client.send(b'{"end": true}')

    def _drop_all(self) -> None:
        for key in list(self._held):
            self._drop(key)

    def _drop(self, key: str) -> None:
        descriptors, _ = self._held.pop(key, ([], None))
        for descriptor in descriptors:
            os.close(descriptor)


def main() -> None:
    path, abandoned_s = Path(sys.argv[1]), float(sys.argv[2])
    holder = Holder(path, abandoned_s, stays="stay" in sys.argv[3:])
    sys.stdout.write("ready\n")
    sys.stdout.close()
    holder.run()
    path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
