"""What the picture shows: nodes, their networks and containers, and the Swarm's services.

Everything but the names of nodes was chosen by the student: it is clipped, and only ever text.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

NodeState = Literal["reading", "ready", "stopped"]


@dataclass(frozen=True, slots=True)
class Port:
    """A published port; ``host_port`` is 0 where a port is only exposed."""

    host_ip: str
    host_port: int
    container_port: int
    protocol: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A container's place on a network; without addresses while the container is not running."""

    network: str
    network_id: str
    interface: str
    ipv4: str
    ipv6: str
    mac: str
    gateway: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Container:
    """``shares`` is the id of the container whose network it uses, ``service`` its Swarm service's
    name; both are mostly empty.
    """

    id: str
    name: str
    image: str
    state: str
    shares: str
    service: str
    endpoints: tuple[Endpoint, ...]
    ports: tuple[Port, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """A network as one node knows it; an overlay has the same id on several."""

    id: str
    name: str
    driver: str
    scope: str
    subnets: tuple[str, ...]
    gateways: tuple[str, ...]
    internal: bool
    attachable: bool
    ingress: bool


@dataclass(frozen=True, slots=True)
class Task:
    id: str
    slot: int
    node: str
    state: str
    desired: str
    container: str
    message: str


@dataclass(frozen=True, slots=True)
class Service:
    """``mode`` is replicated or global; ``replicas`` 0 for a global one."""

    id: str
    name: str
    image: str
    mode: str
    replicas: int
    networks: tuple[str, ...]
    ports: tuple[Port, ...]
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class More:
    """How many there are beyond those in the picture."""

    networks: int = 0
    containers: int = 0


@dataclass(frozen=True, slots=True)
class NodePicture:
    """One node; ``reason`` says why its engine can't be asked."""

    name: str
    state: NodeState = "reading"
    reason: str = ""
    engine: str = ""
    networks: tuple[Network, ...] = ()
    containers: tuple[Container, ...] = ()
    services: tuple[Service, ...] = ()
    more: More = More()


@dataclass(frozen=True, slots=True)
class Topology:
    """All of a student's nodes at one moment; of two, the one with the larger version is newer."""

    version: int
    nodes: tuple[NodePicture, ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether every node has been asked."""
        return all(node.state != "reading" for node in self.nodes)

    def as_json(self) -> dict[str, Any]:
        """Managers of one Swarm all know its services: they are told once."""
        services = {service.id: service for node in self.nodes for service in node.services}
        nodes = [asdict(node) for node in self.nodes]
        for node in nodes:
            del node["services"]
        return {
            "version": self.version,
            "nodes": nodes,
            "services": [asdict(service) for service in services.values()],
        }
