"""The Docker API of a node's own engine, asked through one exec in the node: no network in between.

``docker system dial-stdio`` would do, but costs the node 10 MiB for each stream. Here a shell and
the curl that hears the events are all there is while nothing happens, some 2 MiB together; each
batch of questions is a short curl of its own.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from app.sandboxes.exec_stream import STDERR, ExecStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path
    from typing import Literal

    from app.sandboxes.docker_shell import Call

# What a picture of a node can change by; an exec in a container or a health check is none of it.
EVENTS = {
    "type": ["container", "network", "service", "node"],
    "event": [
        *("create", "start", "die", "stop", "kill", "pause", "unpause", "rename", "restart"),
        *("update", "destroy", "remove", "connect", "disconnect"),
    ],
}
# Answers go to stdout, events to stderr; a line of stdin is a batch of addresses. When the engine
# hangs up on the events, or when stdin ends, be it because the app was killed, all of it ends.
SCRIPT = r"""
set -f
engine=/run/docker.sock
(
  curl -sNG --unix-socket $engine "http://engine/events?since=$(date +%s)" \
    --data-urlencode "filters=$EVENTS" >&2 2>/dev/null &
  events=$!
  trap 'kill $events' TERM
  wait $events
  kill $$
) </dev/null &
hearing=$!
while read -r addresses; do
  curl -gsi --raw --unix-socket $engine $addresses </dev/null 2>/dev/null || break
done
kill $hearing
"""


class DockerNodeApi:
    """Keeps the contract of ``app.sandboxes.engine.NodeApi``."""

    def __init__(self, stream: ExecStream) -> None:
        self._stream = stream

    @classmethod
    async def open(cls, call: Call, socket_path: Path, container: str) -> DockerNodeApi:
        made = await call(
            lambda client: client.api.exec_create(
                container,
                ["sh", "-c", SCRIPT],
                stdin=True,
                environment={"EVENTS": json.dumps(EVENTS), "HOME": "/root"},
                workdir="/",
            )
        )
        return cls(await ExecStream.start(socket_path, made["Id"], tty=False))

    async def ask(self, paths: Sequence[str]) -> None:
        addresses = " ".join(f"http://engine{path}" for path in paths)
        with contextlib.suppress(OSError):  # it has ended; chunks() says so
            await self._stream.write(f"{addresses}\n".encode())

    async def chunks(self) -> AsyncIterator[tuple[Literal["answer", "event"], bytes]]:
        async for data in self._stream.frames():
            yield ("event" if self._stream.frame_of == STDERR else "answer"), data

    def close(self) -> None:
        self._stream.close()
