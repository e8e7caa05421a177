"""Connections to ports of a node that are no network connections: nc in the node, over an exec."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpcore

from app.errors import SlipwayError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from app.sandboxes.engine import Program, SandboxEngine

LONGEST_S = 3600
SUFFIX = ".student"


def host_of(student: str, node: str) -> str:
    """A host name for ``NodeBackend``, which nobody else resolves."""
    return f"{node}.{student}{SUFFIX}"


class ProgramStream(httpcore.AsyncNetworkStream):
    """What httpcore reads and writes: a program's output and input."""

    def __init__(self, program: Program) -> None:
        self._program = program

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        with anyio.move_on_after(timeout):
            return await self._program.read(max_bytes)
        raise httpcore.ReadTimeout

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        with anyio.move_on_after(timeout) as scope:
            try:
                await self._program.write(buffer)
            except SlipwayError as error:
                raise httpcore.WriteError(error.message) from error
        if scope.cancelled_caught:
            raise httpcore.WriteTimeout

    async def aclose(self) -> None:
        self._program.close()

    def get_extra_info(self, info: str) -> bool | None:
        """Nothing is known about it; ``is_readable`` false means: try it."""
        return False if info == "is_readable" else None


class NodeBackend(httpcore.AsyncNetworkBackend):
    """Opens a connection per call; ``host`` is what ``host_of`` says."""

    def __init__(self, engine: SandboxEngine) -> None:
        self._engine = engine

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> ProgramStream:
        """Raises what ``start_program`` does. A refused port shows as a stream without a byte."""
        if local_address or socket_options:
            raise httpcore.UnsupportedProtocol("a program in a node has no socket to set up")
        node, _, student = host.removesuffix(SUFFIX).partition(".")
        with anyio.move_on_after(timeout):
            return ProgramStream(await dial(self._engine, student, node, port))
        raise httpcore.ConnectTimeout

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.UnsupportedProtocol(f"{path}, {timeout}, {socket_options}")

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


async def dial(engine: SandboxEngine, student: str, node: str, port: int) -> Program:
    """From inside the node, so that a port published on its loopback answers too."""
    command = ["timeout", f"{LONGEST_S}", "nc", "127.0.0.1", f"{port}"]
    return await engine.start_program(student, node, command)
