"""How sandboxes are made, listed and removed through the SDK; blocking, for worker threads."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import docker
import docker.errors

from app.errors import EngineUnavailable, SandboxUnavailable
from app.sandboxes import spec as specs
from app.sandboxes.engine import NodeStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.sandboxes.engine import NodeState
    from app.settings import Settings

NOT_FOUND, CONFLICT = 404, 409


def list_nodes(client: docker.DockerClient, settings: Settings) -> list[tuple[str, NodeStatus]]:
    """Every node of this instance with its student, by name."""
    labels = [f"{specs.LABEL_INSTANCE}={settings.instance}", specs.LABEL_NODE]
    rows = client.api.containers(all=True, filters={"label": labels})
    rows.sort(key=lambda row: row["Labels"][specs.LABEL_NODE])
    return [(row["Labels"][specs.LABEL_STUDENT], _status(row)) for row in rows]


def ensure_network(
    client: docker.DockerClient, settings: Settings, spec: specs.SandboxSpec
) -> None:
    """The student's network with the registry on it. One call at a time: it picks a free subnet."""
    networks = client.api.networks()
    if not any(network["Name"] == spec.network for network in networks):
        configs = [config for network in networks for config in network["IPAM"]["Config"] or []]
        subnet = next(specs.free_subnets(config["Subnet"] for config in configs), None)
        if subnet is None:
            raise SandboxUnavailable("Every network address of this machine is in use.")
        client.api.create_network(**specs.network_arguments(settings, spec, subnet))
    registry = f"{settings.instance}-registry"
    try:
        client.api.connect_container_to_network(registry, spec.network, aliases=["registry"])
    except docker.errors.APIError as error:
        if "already exists in network" not in str(error.explanation):
            raise


def ensure_node(
    client: docker.DockerClient,
    settings: Settings,
    spec: specs.SandboxSpec,
    node: specs.NodeSpec,
) -> None:
    """A started node. Its engine takes a moment longer."""
    body = specs.node_body(settings, spec, node)
    try:
        client.api.create_container_from_config(body, node.container)
    except docker.errors.ImageNotFound as error:
        raise EngineUnavailable(
            "The class engine has no node image.", "Bring it in with 'slipway engine up'."
        ) from error
    except docker.errors.APIError as error:
        if error.status_code != CONFLICT:  # it exists already
            raise
    client.api.start(node.container)


def remove(client: docker.DockerClient, spec: specs.SandboxSpec) -> None:
    """Everything that carries the student's label; removing nothing is fine."""
    label = {"label": f"{specs.LABEL_STUDENT}={spec.student}"}
    api = client.api
    for row in api.containers(all=True, filters=label):
        with _gone_is_fine():
            api.remove_container(row["Id"], v=True, force=True)
    for network in api.networks(filters=label):
        members: list[str] = []
        with _gone_is_fine():
            members = list(api.inspect_network(network["Id"])["Containers"])
        for container in members:
            with _gone_is_fine():
                api.disconnect_container_from_network(container, network["Id"], force=True)
        with _gone_is_fine():
            api.remove_network(network["Id"])


def isolation(options: Sequence[str]) -> str:
    """Which of an engine's SecurityOptions keeps its containers' root apart from the machine's."""
    for option in options:
        name = option.removeprefix("name=").partition(",")[0]
        if name in ("userns", "rootless"):
            return name
    return ""


def _status(row: Mapping[str, Any]) -> NodeStatus:
    state: NodeState = "ready" if row["State"] == "running" else "stopped"
    networks = row["NetworkSettings"]["Networks"].values()
    ip = next((network["IPAddress"] for network in networks if network["IPAddress"]), "")
    return NodeStatus(row["Labels"][specs.LABEL_NODE], state, ip)


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    """404 means done already, 409 that somebody else is at it."""
    try:
        yield
    except docker.errors.APIError as error:
        if error.status_code not in (NOT_FOUND, CONFLICT):
            raise
