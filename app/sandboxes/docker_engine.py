"""Sandboxes in a Docker engine: control by the SDK in worker threads, streams by asyncio."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread
import docker
import docker.errors
import httpx
import requests.exceptions

from app.errors import EngineUnavailable, NodeUnavailable, SandboxUnavailable
from app.sandboxes import spec as posture
from app.sandboxes.docker_shell import DockerShell, run_script
from app.sandboxes.engine import EngineInfo, NodeEvent, NodeStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from app.sandboxes.engine import NodeState, RunResult
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

    async def info(self) -> EngineInfo:
        found = await self._call(lambda client: client.info())
        version = str(found["ServerVersion"])
        isolation = _isolation(found.get("SecurityOptions") or [])
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
        found = await self._call(self._list_nodes)
        by_student: dict[str, list[NodeStatus]] = {}
        for row in sorted(found, key=lambda row: row["Labels"][posture.LABEL_NODE]):
            student = row["Labels"][posture.LABEL_STUDENT]
            by_student.setdefault(student, []).append(_status(row))
        return by_student

    async def create(
        self, student: str, nodes: int, on_stage: Callable[[str], None]
    ) -> list[NodeStatus]:
        spec = posture.sandbox_spec(self._settings, student, nodes)
        on_stage("network")
        await self._ensure_network(spec)
        on_stage("nodes")
        for node in spec.nodes:
            await self._call(lambda client, node=node: self._ensure_node(client, spec, node))  # type: ignore[misc]
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
        spec = posture.sandbox_spec(self._settings, student)
        await self._call(lambda client: self._remove(client, spec))

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
            "label": [f"{posture.LABEL_INSTANCE}={self._settings.instance}", posture.LABEL_NODE],
        }
        transport = httpx.AsyncHTTPTransport(uds=str(self._settings.engine_socket))
        async with httpx.AsyncClient(transport=transport, timeout=EVENTS_TIMEOUT) as client:
            parameters = {"filters": json.dumps(wanted)}
            try:
                async with client.stream(
                    "GET", "http://engine/events", params=parameters
                ) as response:
                    async for line in response.aiter_lines():
                        event = json.loads(line)
                        labels = event["Actor"]["Attributes"]
                        yield NodeEvent(
                            student=labels[posture.LABEL_STUDENT],
                            node=labels[posture.LABEL_NODE],
                            running=event["Action"] == "start",
                        )
            except httpx.HTTPError as error:
                raise EngineUnavailable("The class engine went away.") from error

    async def aclose(self) -> None:
        if self._client:
            await anyio.to_thread.run_sync(self._client.close)

    def _node(self, student: str, node: str) -> posture.NodeSpec:
        spec = posture.sandbox_spec(self._settings, student)
        return posture.NodeSpec(node, f"{spec.network}-{node}")

    async def _call(
        self, call: Callable[[docker.DockerClient], T], node: posture.NodeSpec | None = None
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

    def _list_nodes(self, client: docker.DockerClient) -> list[dict[str, Any]]:
        labels = [f"{posture.LABEL_INSTANCE}={self._settings.instance}", posture.LABEL_NODE]
        rows: list[dict[str, Any]] = client.api.containers(all=True, filters={"label": labels})
        return rows

    async def _ensure_network(self, spec: posture.SandboxSpec) -> None:
        # One at a time: two students must not be offered the same free subnet.
        async with self._subnets:
            await self._call(lambda client: self._make_network(client, spec))

    def _make_network(self, client: docker.DockerClient, spec: posture.SandboxSpec) -> None:
        api = client.api
        networks = api.networks()
        if any(network["Name"] == spec.network for network in networks):
            self._connect_registry(client, spec)
            return
        taken = [
            config["Subnet"] for network in networks for config in network["IPAM"]["Config"] or []
        ]
        subnet = next(posture.free_subnets(taken), None)
        if subnet is None:
            raise SandboxUnavailable("Every network address of this machine is in use.")
        api.create_network(**posture.network_arguments(self._settings, spec, subnet))
        self._connect_registry(client, spec)

    def _connect_registry(self, client: docker.DockerClient, spec: posture.SandboxSpec) -> None:
        registry = f"{self._settings.instance}-registry"
        try:
            client.api.connect_container_to_network(registry, spec.network, aliases=["registry"])
        except docker.errors.APIError as error:
            if "already exists in network" not in str(error.explanation):
                raise

    def _ensure_node(
        self, client: docker.DockerClient, spec: posture.SandboxSpec, node: posture.NodeSpec
    ) -> None:
        body = posture.node_body(self._settings, spec, node)
        try:
            client.api.create_container_from_config(body, node.container)
        except docker.errors.ImageNotFound as error:
            raise EngineUnavailable(
                "The class engine has no node image.", "Bring it in with 'slipway engine up'."
            ) from error
        except docker.errors.APIError as error:
            if error.status_code != 409:  # noqa: PLR2004 - it exists already
                raise
        client.api.start(node.container)

    async def _wait_for_engine(self, node: posture.NodeSpec) -> None:
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

    def _remove(self, client: docker.DockerClient, spec: posture.SandboxSpec) -> None:
        """Deleting twice is fine: 404 means done, 409 that somebody else is at it."""
        label = {"label": f"{posture.LABEL_STUDENT}={spec.student}"}
        for row in client.api.containers(all=True, filters=label):
            _forgive(lambda row=row: client.api.remove_container(row["Id"], v=True, force=True))  # type: ignore[misc]
        for network in client.api.networks(filters=label):
            for container in client.api.inspect_network(network["Id"])["Containers"]:
                _forgive(
                    lambda container=container, network=network: (  # type: ignore[misc]
                        client.api.disconnect_container_from_network(
                            container, network["Id"], force=True
                        )
                    )
                )
            _forgive(lambda network=network: client.api.remove_network(network["Id"]))  # type: ignore[misc]


def _forgive(removal: Callable[[], object]) -> None:
    try:
        removal()
    except docker.errors.APIError as error:
        if error.status_code not in (404, 409):
            raise


def _isolation(options: Sequence[str]) -> str:
    for option in options:
        name = option.removeprefix("name=").partition(",")[0]
        if name in ("userns", "rootless"):
            return name
    return ""


def _status(row: Mapping[str, Any]) -> NodeStatus:
    state: NodeState = "ready" if row["State"] == "running" else "stopped"
    networks = row["NetworkSettings"]["Networks"].values()
    ip = next((network["IPAddress"] for network in networks if network["IPAddress"]), "")
    return NodeStatus(row["Labels"][posture.LABEL_NODE], state, ip)
