"""The connection to the class engine: SDK calls in worker threads, failures in our words."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread
import docker
import docker.errors
import requests.exceptions

from app.errors import EngineUnavailable, NodeUnavailable, SandboxUnavailable
from app.sandboxes.docker_shell import run_script

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from app.sandboxes.engine import RunResult

CALL_TIMEOUT_S = 20
CALLS_AT_ONCE = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Node:
    """A node's name, and that of its container at the moment."""

    name: str
    container: str


class DockerConnection:
    """Opened on first use; whoever made it closes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._client: docker.DockerClient | None = None
        self._connecting = threading.Lock()
        self._limiter = anyio.CapacityLimiter(CALLS_AT_ONCE)

    async def call(self, call: Callable[[docker.DockerClient], T], node: Node | None = None) -> T:
        """One SDK call; it may raise ``EngineUnavailable``, ``SandboxUnavailable``, and for a node
        ``NodeUnavailable``.

        A call that is cancelled is left to end by itself; CALL_TIMEOUT_S bounds it.
        """
        try:
            return await anyio.to_thread.run_sync(
                lambda: call(self._connected()), limiter=self._limiter, abandon_on_cancel=True
            )
        except docker.errors.APIError as error:
            if node and error.status_code in (404, 409):
                raise NodeUnavailable(
                    f"{node.name} is not running.", "Restart it, or reset the sandbox."
                ) from error
            said = error.explanation or str(error)
            raise SandboxUnavailable(f"The class engine refused: {said}") from error
        except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
            raise EngineUnavailable(
                "The class engine does not answer.",
                "Start it with 'slipway engine up'.",
            ) from error

    async def run(
        self,
        node: Node,
        script: str,
        *,
        timeout_s: float,
        environment: Mapping[str, str] | None = None,
        output_bytes: int = 1024,
    ) -> RunResult:
        """A script under the node's sh, within limits of time and output."""
        return await run_script(
            lambda call: self.call(call, node),
            self._path,
            node.container,
            script,
            environment=environment or {},
            timeout_s=timeout_s,
            output_bytes=output_bytes,
        )

    async def aclose(self) -> None:
        if self._client:
            await anyio.to_thread.run_sync(self._client.close)

    def _connected(self) -> docker.DockerClient:
        # The first calls come from several threads at once, and only one client is closed.
        with self._connecting:
            if self._client is None:
                self._client = docker.DockerClient(
                    base_url=f"unix://{self._path}",
                    timeout=CALL_TIMEOUT_S,
                    max_pool_size=CALLS_AT_ONCE,
                )
            return self._client
