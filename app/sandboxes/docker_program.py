"""A program in a Docker node that is spoken to by its standard input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import NodeUnavailable
from app.sandboxes.exec_stream import ExecStream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.sandboxes.docker_shell import Call


class DockerProgram:
    """An exec without a TTY; keeps the contract of ``app.sandboxes.engine.Program``."""

    def __init__(self, stream: ExecStream) -> None:
        self._stream = stream

    @classmethod
    async def start(
        cls, call: Call, socket_path: Path, container: str, command: Sequence[str]
    ) -> DockerProgram:
        made = await call(
            lambda client: client.api.exec_create(
                container, list(command), stdin=True, stderr=False, workdir="/root"
            )
        )
        return cls(await ExecStream.start(socket_path, made["Id"], tty=False))

    async def read(self, most: int) -> bytes:
        return await self._stream.read_frame(most)

    async def write(self, data: bytes) -> None:
        try:
            await self._stream.write(data)
        except OSError as error:
            raise NodeUnavailable("The program in the node has ended.") from error

    def close(self) -> None:
        self._stream.close()
