"""Sandboxes in a Docker engine: control by the SDK in worker threads, streams by asyncio."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread
import docker
import docker.errors
import httpx
import requests.exceptions

from app.errors import EngineUnavailable, NodeUnavailable, SandboxUnavailable
from app.sandboxes import docker_calls
from app.sandboxes import spec as specs
from app.sandboxes.docker_shell import DockerShell, run_script
from app.sandboxes.engine import EngineInfo, NodeEvent, NodeStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from app.sandboxes.engine import RunResult
    from app.settings import Settings

CALL_TIMEOUT_S = 20
CALLS_AT_ONCE = 16
STOP_TIMEOUT_S = 2
OLDEST_MAJOR = 26
# An event stream is silent for as long as nothing happens.
EVENTS_TIMEOUT = httpx.Timeout(CALL_TIMEOUT_S, read=None)
WAIT_FOR_ENGINE = """
until curl -fs -m 2 -o /dev/null --unix-socket /var/run/docker.sock http://engine/_ping; do
  sleep 0.02
done
"""

T = TypeVar("T")


class DockerEngine:
    """Talks to the class engine over its unix socket; connects on first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: docker.DockerClient | None = None
        self._limiter = anyio.CapacityLimiter(CALLS_AT_ONCE)
        self._subnets = anyio.Lock()
        self._listed_at = time.time()

    async def info(self) -> EngineInfo:
        found = await self._call(lambda client: client.info())
        version = str(found["ServerVersion"])
        isolation = docker_calls.isolation(found.get("SecurityOptions") or [])
        if not isolation:
            raise EngineUnavailable(
                "The class engine runs without user namespaces, so a student's root would be "
                "root on this machine. Sandboxes are not started on it.",
                "Start the class engine with 'slipway engine up', or give it "
                "--userns-remap=default.",
            )
        if int(version.partition(".")[0]) < OLDEST_MAJOR:
            raise EngineUnavailable(
                f"The class engine is Docker {version}; sandboxes need {OLDEST_MAJOR} or later.",
                "Start the class engine with 'slipway engine up'.",
            )
        return EngineInfo(version, isolation)

    async def sandboxes(self) -> dict[str, list[NodeStatus]]:
        self._listed_at = time.time()
        found = await self._call(lambda client: docker_calls.list_nodes(client, self._settings))
        by_student: dict[str, list[NodeStatus]] = {}
        for student, status in found:
            by_student.setdefault(student, []).append(status)
        return by_student

    async def create(
        self, student: str, nodes: int, on_stage: Callable[[str], None]
    ) -> list[NodeStatus]:
        spec = specs.sandbox_spec(self._settings, student, nodes)
        on_stage("network")
        await self._ensure_network(spec)
        on_stage("nodes")
        for node in spec.nodes:
            make = partial(docker_calls.ensure_node, settings=self._settings, spec=spec, node=node)
            await self._call(make)
        on_stage("engines")
        for node in spec.nodes:
            await self._wait_for_engine(node)
        return (await self.sandboxes()).get(student, [])

    async def restart(self, student: str, node: str) -> NodeStatus:
        found = self._node(student, node)
        await self._call(lambda client: client.api.restart(found.container, STOP_TIMEOUT_S), found)
        await self._wait_for_engine(found)
        rows = (await self.sandboxes()).get(student, [])
        return next(row for row in rows if row.name == node)

    async def remove(self, student: str) -> None:
        spec = specs.sandbox_spec(self._settings, student)
        await self._call(lambda client: docker_calls.remove(client, spec))

    async def run(
        self,
        student: str,
        node: str,
        script: str,
        *,
        environment: Mapping[str, str],
        timeout_s: float,
        output_bytes: int,
    ) -> RunResult:
        found = self._node(student, node)
        return await run_script(
            lambda call: self._call(call, found),
            self._settings.engine_socket,
            found.container,
            script,
            environment=environment,
            timeout_s=timeout_s,
            output_bytes=output_bytes,
        )

    async def open_shell(self, student: str, node: str, rows: int, cols: int) -> DockerShell:
        found = self._node(student, node)
        return await DockerShell.open(
            lambda call: self._call(call, found),
            self._settings.engine_socket,
            found.container,
            rows,
            cols,
        )

    async def events(self) -> AsyncIterator[NodeEvent]:
        wanted = {
            "type": ["container"],
            "event": ["start", "die"],
            "label": [f"{specs.LABEL_INSTANCE}={self._settings.instance}", specs.LABEL_NODE],
        }
        transport = httpx.AsyncHTTPTransport(uds=str(self._settings.engine_socket))
        async with httpx.AsyncClient(transport=transport, timeout=EVENTS_TIMEOUT) as client:
            # From the last listing on, so that nothing falls between the two.
            parameters = {"filters": json.dumps(wanted), "since": f"{self._listed_at:.9f}"}
            try:
                async with client.stream(
                    "GET", "http://engine/events", params=parameters
                ) as response:
                    async for line in response.aiter_lines():
                        event = json.loads(line)
                        labels = event["Actor"]["Attributes"]
                        yield NodeEvent(
                            student=labels[specs.LABEL_STUDENT],
                            node=labels[specs.LABEL_NODE],
                            running=event["Action"] == "start",
                        )
            except httpx.HTTPError as error:
                raise EngineUnavailable("The class engine went away.") from error

    async def aclose(self) -> None:
        if self._client:
            await anyio.to_thread.run_sync(self._client.close)

    def _node(self, student: str, node: str) -> specs.NodeSpec:
        spec = specs.sandbox_spec(self._settings, student)
        return specs.NodeSpec(node, f"{spec.network}-{node}")

    async def _call(
        self, call: Callable[[docker.DockerClient], T], node: specs.NodeSpec | None = None
    ) -> T:
        """One SDK call in a worker thread, its failures in our words.

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

    def _connected(self) -> docker.DockerClient:
        if self._client is None:
            self._client = docker.DockerClient(
                base_url=f"unix://{self._settings.engine_socket}",
                timeout=CALL_TIMEOUT_S,
                max_pool_size=CALLS_AT_ONCE,
            )
        return self._client

    async def _ensure_network(self, spec: specs.SandboxSpec) -> None:
        # One at a time: two students must not be offered the same free subnet.
        async with self._subnets:
            await self._call(
                lambda client: docker_calls.ensure_network(client, self._settings, spec)
            )

    async def _wait_for_engine(self, node: specs.NodeSpec) -> None:
        result = await run_script(
            lambda call: self._call(call, node),
            self._settings.engine_socket,
            node.container,
            WAIT_FOR_ENGINE,
            environment={},
            timeout_s=self._settings.start_timeout_s,
            output_bytes=1024,
        )
        if result.exit_code:
            raise NodeUnavailable(
                f"The Docker engine on {node.name} did not start.", "Reset the sandbox."
            )
