"""How sandboxes are made, listed and removed through the SDK; blocking, for worker threads."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import docker
import docker.errors

from app.errors import EngineUnavailable, NodeUnavailable, SandboxUnavailable
from app.sandboxes import spec as specs
from app.sandboxes.engine import NodeStatus, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.sandboxes.engine import NodeState
    from app.settings import Settings

NOT_FOUND, CONFLICT = 404, 409
AT_IT = ("is not connected to", "is marked for removal", "has active endpoints")
NANOSECONDS = 1e9
SUBNETS_TRIED = 20


class Subnets:
    """Makes networks, each with a subnet of its own; one at a time, so that no two get the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free: Iterator[str] = iter(())

    def make_network(self, client: docker.DockerClient, settings: Settings, sandbox: str) -> None:
        """Whoever else makes networks may take a subnet first, and one just removed stays taken
        for a moment without being listed: then the next one, after another look.
        """
        refused: list[str] = []
        with self._lock:
            while len(refused) < SUBNETS_TRIED:
                subnet = next(self._free, None) or self._look(client, refused)
                if self._made(client, settings, sandbox, subnet):
                    return
                refused.append(subnet)
                self._free = iter(())
        raise SandboxUnavailable("Others take this machine's network addresses too quickly.")

    def _look(self, client: docker.DockerClient, refused: Sequence[str]) -> str:
        networks = client.api.networks()
        configs = [config for row in networks for config in row["IPAM"]["Config"] or []]
        self._free = specs.free_subnets([*refused, *(config["Subnet"] for config in configs)])
        subnet = next(self._free, None)
        if not subnet:
            raise SandboxUnavailable("Every network address of this machine is in use.")
        return subnet

    @staticmethod
    def _made(client: docker.DockerClient, settings: Settings, sandbox: str, subnet: str) -> bool:
        try:
            client.api.create_network(**specs.network_arguments(settings, sandbox, subnet))
        except docker.errors.APIError as error:
            if "overlaps" in str(error.explanation):
                return False
            raise
        return True


def list_sandboxes(client: docker.DockerClient, settings: Settings) -> list[Sandbox]:
    """Every sandbox of this instance; a network without nodes is one that is left over."""
    label = f"{specs.LABEL_INSTANCE}={settings.instance}"
    rows = client.api.containers(
        all=True, filters={"label": [label, specs.LABEL_NODE, specs.LABEL_SANDBOX]}
    )
    by_sandbox: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["Labels"][specs.LABEL_NODE]):
        by_sandbox.setdefault(row["Labels"][specs.LABEL_SANDBOX], []).append(row)
    networks = client.api.networks(filters={"label": [label, specs.LABEL_SANDBOX]})
    born = {row["Labels"][specs.LABEL_SANDBOX]: _age_s(row["Created"]) for row in networks}
    return [
        _sandbox(settings, sandbox, by_sandbox.get(sandbox, []), born.get(sandbox, float("inf")))
        for sandbox in {**born, **by_sandbox}
    ]


def sandbox_of(client: docker.DockerClient, settings: Settings, student: str) -> str | None:
    """The id of the student's sandbox."""
    prefix = specs.students_container(settings, student, "node")
    rows = client.api.containers(all=True, filters={"name": f"^/{prefix}[1-3]$"})
    return next((str(row["Labels"][specs.LABEL_SANDBOX]) for row in rows), None)


def nodes_of(client: docker.DockerClient, settings: Settings, sandbox: str) -> list[NodeStatus]:
    """The nodes of a sandbox, by name."""
    rows = client.api.containers(all=True, filters={"label": _labels(settings, sandbox)})
    return sorted((_status(row) for row in rows), key=lambda node: node.name)


def make_network(
    client: docker.DockerClient, settings: Settings, subnets: Subnets, sandbox: str
) -> None:
    """The sandbox's network with the registry on it."""
    subnets.make_network(client, settings, sandbox)
    network = specs.network_name(settings, sandbox)
    registry = f"{settings.instance}-registry"
    try:
        client.api.connect_container_to_network(registry, network, aliases=["registry"])
    except docker.errors.NotFound as error:
        raise EngineUnavailable(
            "The class engine has no registry.", "Bring it back with 'slipway engine up'."
        ) from error


def ensure_node(
    client: docker.DockerClient, settings: Settings, sandbox: str, node: str, container: str
) -> None:
    """A started node. Its engine takes a moment longer."""
    body = specs.node_body(settings, sandbox, node)
    try:
        client.api.create_container_from_config(body, container)
    except docker.errors.ImageNotFound as error:
        raise EngineUnavailable(
            "The class engine has no node image.", "Bring it in with 'slipway engine up'."
        ) from error
    except docker.errors.APIError as error:
        if error.status_code != CONFLICT:  # it exists already
            raise
    client.api.start(container)


def claim(client: docker.DockerClient, settings: Settings, sandbox: str, student: str) -> None:
    """One rename: only one can win it, and it outlives whoever asked for it."""
    free = specs.nobodys_container(settings, "free", sandbox, "node1")
    client.api.rename(free, specs.students_container(settings, student, "node1"))


def retire(client: docker.DockerClient, settings: Settings, sandbox: str) -> bool:
    """The same rename to nobody: a claim at the same moment wins, or loses, as a whole."""
    free = specs.nobodys_container(settings, "free", sandbox, "node1")
    try:
        client.api.rename(free, specs.nobodys_container(settings, "used", sandbox, "node1"))
    except docker.errors.NotFound:
        return False
    return True


def give_back(client: docker.DockerClient, settings: Settings, student: str) -> None:
    sandbox = sandbox_of(client, settings, student)
    if not sandbox:
        return
    for node in nodes_of(client, settings, sandbox):
        used = specs.nobodys_container(settings, "used", sandbox, node.name)
        with _gone_is_fine():
            client.api.rename(specs.students_container(settings, student, node.name), used)


def discard(client: docker.DockerClient, settings: Settings, sandbox: str) -> None:
    """Everything that carries the sandbox's label; removing nothing is fine."""
    filters = {"label": _labels(settings, sandbox)}
    api = client.api
    for row in api.containers(all=True, filters=filters):
        with _gone_is_fine():
            api.remove_container(row["Id"], v=True, force=True)
    for network in api.networks(filters=filters):
        # A registry that is down is not among the members, and could not start again without it.
        members = [f"{settings.instance}-registry"]
        with _gone_is_fine():
            members += api.inspect_network(network["Id"])["Containers"]
        for container in members:
            with _gone_is_fine():
                api.disconnect_container_from_network(container, network["Id"], force=True)
        with _gone_is_fine():
            api.remove_network(network["Id"])


def remove_node(client: docker.DockerClient, settings: Settings, student: str, node: str) -> str:
    """Takes one node out of the student's sandbox, whose id it returns."""
    sandbox = sandbox_of(client, settings, student)
    if not sandbox:
        raise NodeUnavailable(f"{node} is gone.", "Reset the sandbox.")
    with _gone_is_fine():
        client.api.remove_container(
            specs.students_container(settings, student, node), v=True, force=True
        )
    return sandbox


def stop(client: docker.DockerClient, container: str) -> None:
    with _gone_is_fine():
        client.api.kill(container)


def restart(client: docker.DockerClient, container: str) -> None:
    with _gone_is_fine():
        client.api.restart(container, timeout=1)


def processor_seconds(client: docker.DockerClient, settings: Settings, student: str) -> float:
    """ContainerStats, Engine API 1.44: ``cpu_usage.total_usage`` is in nanoseconds."""
    sandbox = sandbox_of(client, settings, student)
    total = 0.0
    for row in client.api.containers(filters={"label": _labels(settings, sandbox or "")}):
        with _gone_is_fine():
            stats = client.api.stats(row["Id"], stream=False, one_shot=True)
            total += stats["cpu_stats"]["cpu_usage"]["total_usage"] / NANOSECONDS
    return total


def isolation(options: Sequence[str]) -> str:
    """Which of an engine's SecurityOptions keeps its containers' root apart from the machine's."""
    for option in options:
        name = option.removeprefix("name=").partition(",")[0]
        if name in ("userns", "rootless"):
            return name
    return ""


def _labels(settings: Settings, sandbox: str) -> list[str]:
    return [
        f"{specs.LABEL_INSTANCE}={settings.instance}",
        f"{specs.LABEL_SANDBOX}={sandbox}",
    ]


def _sandbox(
    settings: Settings, sandbox: str, rows: Sequence[Mapping[str, Any]], age_s: float
) -> Sandbox:
    owners = [specs.owner_of(settings, row["Names"][0].removeprefix("/")) for row in rows]
    # One node that has been given back is enough: the student has let go of the others too.
    used = not owners or any(owner.state == "used" for owner in owners)
    student = "" if used else next((owner.student for owner in owners if owner.student), "")
    free = not used and not student
    return Sandbox(sandbox, student, free, tuple(_status(row) for row in rows), age_s)


def _status(row: Mapping[str, Any]) -> NodeStatus:
    state: NodeState = "ready" if row["State"] == "running" else "stopped"
    networks = row["NetworkSettings"]["Networks"].values()
    ip = next((network["IPAddress"] for network in networks if network["IPAddress"]), "")
    return NodeStatus(row["Labels"][specs.LABEL_NODE], state, ip)


def _age_s(created: str) -> float:
    """Of an Engine API timestamp, which is RFC 3339 with nanoseconds."""
    return (datetime.now(UTC) - datetime.fromisoformat(created)).total_seconds()


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    """404 means done already, 409 that somebody else is at it; so do some answers of 403 and 500.

    A network that still has somebody on it then stays for the next sweep.
    """
    try:
        yield
    except docker.errors.APIError as error:
        said = str(error.explanation)
        if error.status_code in (NOT_FOUND, CONFLICT) or any(sign in said for sign in AT_IT):
            return
        raise
