"""The app's side of the holder: starts it, hands it shells, asks for those of an earlier app."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from app.sandboxes.engine import ShellHandle
from app.settings import ROOT
from app.terminals.holder import DESCRIPTORS, MESSAGE_BYTES
from app.terminals.ring import Ring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.settings import Settings
    from app.terminals.session import Session

ANSWER_TIMEOUT_S = 2
START_TIMEOUT_S = 10

log = structlog.get_logger()
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """A shell that an earlier app has left; whoever takes it owns its descriptors."""

    key: Key
    handle: ShellHandle
    ring: Ring


class Holding:
    """Calls are short exchanges with a process of ours; without it shells just don't outlive us."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection: socket.socket | None = None
        self._connecting = threading.Lock()
        self._losses = 0

    def look(self) -> int:
        """How often a holder has gone so far, and with it what it held."""
        if self._connection:
            # It says nothing unasked, so there is something to read only when it has ended.
            watch = select.poll()
            watch.register(self._connection, select.POLLIN)
            if watch.poll(0):
                self._lose(ConnectionResetError("it has ended"))
        return self._losses

    def put(self, key: Key, session: Session) -> bool:
        """Starts the holder if it is not there, and tells whether it has the shell now."""
        # The first may find that the holder of before has gone, and the second its successor.
        return self._put(key, session) or self._put(key, session)

    def _put(self, key: Key, session: Session) -> bool:
        handle = session.handle()
        if not handle or handle.fd < 0 or session.ended:  # a shell may end before it is held
            return False
        try:
            with self._connecting:
                connection = self._connected() or self._started()
            message = {"do": "put", "key": _joined(key), "about": dict(handle.about)}
            data = json.dumps(message).encode()
            socket.send_fds(connection, [data], [handle.fd, session.ring_fd])
        except (OSError, subprocess.SubprocessError) as error:
            self._lose(error)
            return False
        return True

    def drop(self, key: Key) -> None:
        if self._connection:
            try:
                self._connection.send(json.dumps({"do": "drop", "key": _joined(key)}).encode())
            except OSError as error:
                self._lose(error)

    def take(self) -> list[Held]:
        """What is held; the holder keeps it too."""
        try:
            connection = self._connected()
            return list(self._rows(connection)) if connection else []
        except (OSError, ValueError, KeyError) as error:
            self._lose(error)
            return []

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _connected(self) -> socket.socket | None:
        """Nothing where no holder is running."""
        if not self._connection:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            connection.settimeout(ANSWER_TIMEOUT_S)
            try:
                connection.connect(str(self._settings.holder_socket))
            except OSError:
                connection.close()
                return None
            self._connection = connection
        return self._connection

    def _started(self) -> socket.socket:
        if self._settings.shells_socket:
            raise ConnectionRefusedError("nobody answers on SLIPWAY_SHELLS_SOCKET")
        command = [
            sys.executable,
            "-m",
            "app.terminals.holder",
            str(self._settings.holder_socket),
            f"{self._settings.terminal_idle_s:g}",
        ]
        # In a session of its own, so that a Ctrl-C for the app does not reach it.
        with subprocess.Popen(
            ["/bin/sh", "-c", '"$@" &', "holder", *command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as starter:
            if starter.stdout:
                starter.stdout.readline()
        connection = self._connected()
        if not connection:
            raise ConnectionRefusedError("the holder of shells did not start")
        return connection

    def _rows(self, connection: socket.socket) -> Iterator[Held]:
        connection.send(b'{"do": "list"}')
        while True:
            data, descriptors, _, _ = socket.recv_fds(connection, MESSAGE_BYTES, DESCRIPTORS)
            row = json.loads(data)
            if "end" in row:
                return
            stream, memory = descriptors
            student, node, name = row["key"].split("/")
            try:
                ring = Ring.found(memory)
            except (ValueError, OSError) as error:
                log.warning("shell could not be taken over", reason=str(error))
                os.close(stream)
                os.close(memory)
                continue
            yield Held((student, node, name), ShellHandle(stream, row["about"]), ring)

    def _lose(self, error: Exception) -> None:
        log.warning("holder of shells lost", reason=str(error))
        self._losses += 1
        self.close()


def stop_holder(path: Path) -> None:
    """Ends the process and lets go of everything it holds; nothing to stop is fine."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        try:
            connection.connect(str(path))
            connection.send(b'{"do": "stop"}')
        except OSError:
            return


def _joined(key: Key) -> str:
    return "/".join(key)
