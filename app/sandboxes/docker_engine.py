"""Sandboxes in a Docker engine: control by the SDK in worker threads, streams by asyncio."""

from __future__ import annotations

import contextlib
import secrets
import time
from typing import TYPE_CHECKING

from app.errors import EngineUnavailable, NodeUnavailable
from app.sandboxes import docker_calls
from app.sandboxes import spec as specs
from app.sandboxes.docker_connection import DockerConnection, Node
from app.sandboxes.docker_node_api import DockerNodeApi
from app.sandboxes.docker_program import DockerProgram
from app.sandboxes.docker_shell import REAP_OTHERS, REAP_TIMEOUT_S, DockerShell
from app.sandboxes.docker_watch import disk_bytes, memory_free_bytes, node_events
from app.sandboxes.engine import EngineHealth, EngineInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from app.sandboxes.engine import NodeEvent, NodeStatus, RunResult, Sandbox, ShellHandle
    from app.settings import Settings

STOP_TIMEOUT_S = 2
OLDEST_MAJOR = 26
HEALTH_TIMEOUT_S = 4
# Asked in the registry's container: where it keeps its images, sandboxes are kept too.
LOOK = """
df -Pk /var/lib/registry | awk 'NR == 2 { print $4 }'
curl -fs -m 2 -o /dev/null http://127.0.0.1:5000/v2/ && echo serves
"""
REGISTRY_STRIKES = 2
WAIT_FOR_ENGINE = "exec /usr/lib/slipway/ready"


def new_sandbox() -> str:
    """An id that no sandbox has had."""
    return secrets.token_hex(6)


class DockerEngine:
    """Talks to the class engine over its unix socket; connects on first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._docker = DockerConnection(settings.engine_socket)
        self._subnets = docker_calls.Subnets()
        self._listed_at = time.time()
        self._disk_free_bytes = 0
        self._registry_strikes = 0

    async def info(self) -> EngineInfo:
        found = await self._docker.call(lambda client: client.info())
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

    async def health(self) -> EngineHealth:
        registry = Node("registry", f"{self._settings.instance}-registry")
        said = ""
        with contextlib.suppress(NodeUnavailable):
            said = (await self._docker.run(registry, LOOK, timeout_s=HEALTH_TIMEOUT_S)).output
        kilobytes, _, serves = said.strip().partition("\n")
        if kilobytes.isdecimal():
            self._disk_free_bytes = int(kilobytes) * 1024
        self._registry_strikes = 0 if serves else self._registry_strikes + 1
        if self._registry_strikes >= REGISTRY_STRIKES:
            self._registry_strikes = 0
            await self._docker.call(lambda client: docker_calls.restart(client, registry.container))
        return EngineHealth(memory_free_bytes(), self._disk_free_bytes, bool(serves))

    async def sandboxes(self) -> list[Sandbox]:
        self._listed_at = time.time()
        return await self._docker.call(
            lambda client: docker_calls.list_sandboxes(client, self._settings)
        )

    async def make(self, sandbox: str, on_stage: Callable[[str], None]) -> None:
        on_stage("network")
        await self._make_network(sandbox)
        on_stage("nodes")
        await self._ensure_node(sandbox, self._free_node(sandbox))
        on_stage("engines")
        await self.wait_until_ready(sandbox)

    async def wait_until_ready(self, sandbox: str) -> None:
        await self._wait_for_engine(self._free_node(sandbox))

    async def claim(self, sandbox: str, student: str) -> list[NodeStatus]:
        node = self._free_node(sandbox)
        await self._docker.call(
            lambda client: docker_calls.claim(client, self._settings, sandbox, student), node
        )
        return await self._nodes_of(sandbox)

    async def retire(self, sandbox: str) -> bool:
        return await self._docker.call(
            lambda client: docker_calls.retire(client, self._settings, sandbox)
        )

    async def create(
        self, student: str, nodes: int, on_stage: Callable[[str], None]
    ) -> list[NodeStatus]:
        wanted = [self._node(student, f"node{number}") for number in range(1, nodes + 1)]
        on_stage("network")
        sandbox = await self._docker.call(
            lambda client: docker_calls.sandbox_of(client, self._settings, student)
        )
        if not sandbox:
            sandbox = new_sandbox()
            await self._make_network(sandbox)
        on_stage("nodes")
        for node in wanted:
            await self._ensure_node(sandbox, node)
        on_stage("engines")
        for node in wanted:
            await self._wait_for_engine(node)
        return await self._nodes_of(sandbox)

    async def restart(self, student: str, node: str) -> NodeStatus:
        found = self._node(student, node)
        await self._docker.call(
            lambda client: client.api.restart(found.container, STOP_TIMEOUT_S), found
        )
        return await self._ready(student, found)

    async def renew(self, student: str, node: str) -> NodeStatus:
        found = self._node(student, node)
        sandbox = await self._docker.call(
            lambda client: docker_calls.remove_node(client, self._settings, student, node)
        )
        await self._ensure_node(sandbox, found)
        return await self._ready(student, found)

    async def remove_node(self, student: str, node: str) -> None:
        await self._docker.call(
            lambda client: docker_calls.remove_node(client, self._settings, student, node)
        )

    async def stop(self, student: str, node: str) -> None:
        found = self._node(student, node)
        await self._docker.call(lambda client: docker_calls.stop(client, found.container))

    async def give_back(self, student: str) -> None:
        await self._docker.call(
            lambda client: docker_calls.give_back(client, self._settings, student)
        )

    async def remove(self, student: str) -> None:
        sandbox = await self._docker.call(
            lambda client: docker_calls.sandbox_of(client, self._settings, student)
        )
        if sandbox:
            await self.discard(sandbox)

    async def discard(self, sandbox: str) -> None:
        await self._docker.call(
            lambda client: docker_calls.discard(client, self._settings, sandbox)
        )

    async def processor_seconds(self, student: str) -> float:
        return await self._docker.call(
            lambda client: docker_calls.processor_seconds(client, self._settings, student)
        )

    async def disk_bytes(self) -> dict[tuple[str, str], int]:
        return await disk_bytes(self._settings)

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
        return await self._docker.run(
            self._node(student, node),
            script,
            environment=environment,
            timeout_s=timeout_s,
            output_bytes=output_bytes,
        )

    async def start_program(self, student: str, node: str, command: Sequence[str]) -> DockerProgram:
        found = self._node(student, node)
        return await DockerProgram.start(
            lambda call: self._docker.call(call, found),
            self._settings.engine_socket,
            found.container,
            command,
        )

    async def open_shell(self, student: str, node: str, rows: int, cols: int) -> DockerShell:
        found = self._node(student, node)
        return await DockerShell.open(
            lambda call: self._docker.call(call, found),
            self._settings.engine_socket,
            found.container,
            rows,
            cols,
        )

    def resume_shell(self, handle: ShellHandle) -> DockerShell:
        node = Node("the node", handle.about["container"])
        return DockerShell.resume(
            lambda call: self._docker.call(call, node), self._settings.engine_socket, handle
        )

    async def end_shells(self, student: str, node: str, but: Sequence[ShellHandle]) -> None:
        markers = " ".join(handle.about["marker"] for handle in but)
        await self._docker.run(
            self._node(student, node),
            REAP_OTHERS,
            timeout_s=REAP_TIMEOUT_S,
            environment={"MARKERS": markers},
        )

    async def open_api(self, student: str, node: str) -> DockerNodeApi:
        found = self._node(student, node)
        return await DockerNodeApi.open(
            lambda call: self._docker.call(call, found),
            self._settings.engine_socket,
            found.container,
        )

    async def events(self) -> AsyncIterator[NodeEvent]:
        # From the last listing on, so that nothing falls between the two.
        async for event in node_events(self._settings, self._listed_at):
            yield event

    async def aclose(self) -> None:
        await self._docker.aclose()

    def _node(self, student: str, node: str) -> Node:
        return Node(node, specs.students_container(self._settings, student, node))

    def _free_node(self, sandbox: str) -> Node:
        name = specs.nobodys_container(self._settings, "free", sandbox, "node1")
        return Node("node1", name)

    async def _make_network(self, sandbox: str) -> None:
        await self._docker.call(
            lambda client: docker_calls.make_network(client, self._settings, self._subnets, sandbox)
        )

    async def _ensure_node(self, sandbox: str, node: Node) -> None:
        await self._docker.call(
            lambda client: docker_calls.ensure_node(
                client, self._settings, sandbox, node.name, node.container
            )
        )

    async def _nodes_of(self, sandbox: str) -> list[NodeStatus]:
        return await self._docker.call(
            lambda client: docker_calls.nodes_of(client, self._settings, sandbox)
        )

    async def _ready(self, student: str, node: Node) -> NodeStatus:
        await self._wait_for_engine(node)
        sandbox = await self._docker.call(
            lambda client: docker_calls.sandbox_of(client, self._settings, student)
        )
        return next(row for row in await self._nodes_of(sandbox or "") if row.name == node.name)

    async def _wait_for_engine(self, node: Node) -> None:
        timeout_s = self._settings.start_timeout_s
        result = await self._docker.run(node, WAIT_FOR_ENGINE, timeout_s=timeout_s)
        if result.exit_code:
            raise NodeUnavailable(
                f"The Docker engine on {node.name} did not start.", "Reset the sandbox."
            )
