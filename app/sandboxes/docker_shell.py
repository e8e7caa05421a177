"""Programs in a Docker node: a student's interactive shell, and short scripts with limits."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from typing import TYPE_CHECKING, Any

from app.errors import SandboxUnavailable, SlipwayError
from app.sandboxes.engine import RunResult, ShellHandle
from app.sandboxes.exec_stream import ExecStream
from app.sandboxes.spec import shell_environment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    import docker

    Call = Callable[[Callable[[docker.DockerClient], Any]], Awaitable[Any]]

SHELL = "/usr/lib/slipway/shell"
# The engine's default detach keys swallow Ctrl-P; nobody types this by accident.
DETACH_KEYS = "ctrl-^,ctrl-^,ctrl-^,ctrl-^"
RESIZE_TRIES = 20
RESIZE_PAUSE_S = 0.02
# The node's own time limit comes first, ours is for a node that no longer keeps it.
GRACE_S = 1.5
KILLED = 137
TIMED_OUT = 124
REAP_TIMEOUT_S = 5
# Hangs up everything that inherited the shell's marker; stopped processes need CONT to notice.
REAP = """
for environ in $(grep -l "SLIPWAY_SHELL=$MARKER" /proc/[0-9]*/environ 2>/dev/null); do
  process=${environ#/proc/}
  kill -HUP "${process%/environ}" && kill -CONT "${process%/environ}"
done 2>/dev/null
"""


# The same for every marker but those in MARKERS.
REAP_OTHERS = """
for environ in $(grep -l SLIPWAY_SHELL= /proc/[0-9]*/environ 2>/dev/null); do
  marker=$(tr '\\0' '\\n' <"$environ" | sed -n 's/^SLIPWAY_SHELL=//p')
  case " $MARKERS " in *" $marker "*) continue ;; esac
  process=${environ#/proc/}
  kill -HUP "${process%/environ}" && kill -CONT "${process%/environ}"
done 2>/dev/null
"""


class DockerShell:
    """An exec with a TTY in a node; keeps the contract of ``app.sandboxes.engine.Shell``."""

    def __init__(
        self,
        call: Call,
        socket_path: Path,
        container: str,
        *,
        exec_id: str,
        marker: str,
        stream: ExecStream,
    ) -> None:
        self._call = call
        self._socket = socket_path
        self._container = container
        self._exec_id = exec_id
        self._marker = marker
        self._stream = stream
        self._closed = False

    @classmethod
    async def open(
        cls, call: Call, socket_path: Path, container: str, rows: int, cols: int
    ) -> DockerShell:
        marker = secrets.token_hex(16)
        made = await call(
            lambda client: client.api.exec_create(
                container,
                [SHELL],
                stdin=True,
                tty=True,
                workdir="/root",
                environment=shell_environment(marker),
                detach_keys=DETACH_KEYS,
            )
        )
        stream = await ExecStream.start(socket_path, made["Id"], tty=True)
        shell = cls(call, socket_path, container, exec_id=made["Id"], marker=marker, stream=stream)
        await shell.resize(rows, cols)
        return shell

    @classmethod
    def resume(cls, call: Call, socket_path: Path, handle: ShellHandle) -> DockerShell:
        """The shell of a handle that ``handle`` gave to another process."""
        return cls(
            call,
            socket_path,
            handle.about["container"],
            exec_id=handle.about["exec_id"],
            marker=handle.about["marker"],
            stream=ExecStream(socket.socket(fileno=handle.fd)),
        )

    def handle(self) -> ShellHandle:
        about = {
            "container": self._container,
            "exec_id": self._exec_id,
            "marker": self._marker,
        }
        return ShellHandle(self._stream.fd, about)

    def leave(self) -> None:
        self._closed = True
        self._stream.close()

    async def read_into(self, room: memoryview, came: Callable[[int], None] | None = None) -> int:
        return await self._stream.read_into(room, came)

    def write_now(self, data: bytes) -> int:
        return self._stream.write_now(data)

    async def write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # it has ended; read() says so
            await self._stream.write(data)

    async def resize(self, rows: int, cols: int) -> None:
        """The engine refuses until the program runs, which may be a moment after the start."""
        for _ in range(RESIZE_TRIES):
            try:
                await self._call(
                    lambda client: client.api.exec_resize(self._exec_id, height=rows, width=cols)
                )
            except SandboxUnavailable:
                await asyncio.sleep(RESIZE_PAUSE_S)
            else:
                return

    async def exit_code(self) -> int | None:
        try:
            found = await self._call(lambda client: client.api.exec_inspect(self._exec_id))
        except SlipwayError:
            return None
        code: int | None = found["ExitCode"]
        return code

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._stream.close()
        # A node that is gone has nothing left to hang up.
        with contextlib.suppress(SlipwayError):
            await run_script(
                self._call,
                self._socket,
                self._container,
                REAP,
                environment={"MARKER": self._marker},
                timeout_s=REAP_TIMEOUT_S,
                output_bytes=1024,
            )


async def run_script(
    call: Call,
    socket_path: Path,
    container: str,
    script: str,
    *,
    environment: Mapping[str, str],
    timeout_s: float,
    output_bytes: int,
) -> RunResult:
    """Runs ``script`` under the node's sh; neither reads nor waits longer than it may."""
    command = ["timeout", "-s", "KILL", f"{timeout_s:g}", "sh", "-c", script]
    made = await call(
        lambda client: client.api.exec_create(
            container, command, environment={"HOME": "/root", **environment}, workdir="/root"
        )
    )
    stream = await ExecStream.start(socket_path, made["Id"], tty=False)
    output = bytearray()
    truncated = timed_out = False
    try:
        async with asyncio.timeout(timeout_s + GRACE_S):
            async for data in stream.frames():
                room = output_bytes - len(output)
                output += data[:room]
                truncated = truncated or len(data) > room
    except TimeoutError:
        timed_out = True
    finally:
        stream.close()
    found = await call(lambda client: client.api.exec_inspect(made["Id"]))
    code = found["ExitCode"]
    timed_out = timed_out or code is None or code == KILLED
    return RunResult(
        exit_code=TIMED_OUT if timed_out else code,
        output=output.decode(errors="replace"),
        truncated=truncated,
        timed_out=timed_out,
    )
