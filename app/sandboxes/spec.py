"""Pure builders: from settings and a student to names, labels, addresses and API bodies."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from app.sandboxes import posture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.settings import Settings

# RFC 2544's range: inner engines take 172.16/12 and 192.168/16, Swarm 10/8, the lessons 10.66/16.
# The first /24 is the registry's and the class engine's own.
STUDENT_NETWORKS = IPv4Network("198.18.0.0/15")
SUBNET_PREFIX = 28
RESERVED_SUBNETS = 16

# What 'slipway engine up' calls the node image of its own version in the class engine.
NODE_IMAGE = "slipway/node:current"
LABEL_INSTANCE = "slipway.instance"
LABEL_STUDENT = "slipway.student"
LABEL_NODE = "slipway.node"


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node of a sandbox, as the class engine shall run it."""

    name: str
    container: str


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """One student's network and nodes, by the names they have in the class engine."""

    student: str
    network: str
    nodes: tuple[NodeSpec, ...]


def sandbox_spec(settings: Settings, student: str, nodes: int = 1) -> SandboxSpec:
    prefix = f"{settings.instance}-{student}"
    names = [f"node{number}" for number in range(1, nodes + 1)]
    return SandboxSpec(
        student=student,
        network=prefix,
        nodes=tuple(NodeSpec(name, f"{prefix}-{name}") for name in names),
    )


def free_subnets(taken: Iterable[str]) -> Iterator[str]:
    """Subnets for students' networks that overlap none of ``taken`` (CIDR), lowest first."""
    used = {_at_least_a_subnet(IPv4Network(subnet)) for subnet in taken if ":" not in subnet}
    sizes = {network.prefixlen for network in used}
    for number, subnet in enumerate(STUDENT_NETWORKS.subnets(new_prefix=SUBNET_PREFIX)):
        overlaps = any(subnet.supernet(new_prefix=size) in used for size in sizes)
        if number >= RESERVED_SUBNETS and not overlaps:
            yield str(subnet)


def _at_least_a_subnet(network: IPv4Network) -> IPv4Network:
    return network.supernet(new_prefix=min(network.prefixlen, SUBNET_PREFIX))


def network_arguments(settings: Settings, spec: SandboxSpec, subnet: str) -> dict[str, Any]:
    """The SDK's ``create_network``."""
    return {
        "name": spec.network,
        "ipam": {"Driver": "default", "Config": [{"Subnet": subnet}]},
        "labels": {LABEL_INSTANCE: settings.instance, LABEL_STUDENT: spec.student},
        **posture.network(),
    }


def node_body(settings: Settings, spec: SandboxSpec, node: NodeSpec) -> dict[str, Any]:
    """ContainerCreate, Engine API 1.44."""
    return {
        "Image": NODE_IMAGE,
        "Hostname": node.name,
        "Labels": {
            LABEL_INSTANCE: settings.instance,
            LABEL_STUDENT: spec.student,
            LABEL_NODE: node.name,
        },
        "HostConfig": {**posture.node(settings), "NetworkMode": spec.network},
        "NetworkingConfig": {"EndpointsConfig": {spec.network: {"Aliases": [node.name]}}},
    }


def shell_environment(marker: str) -> dict[str, str]:
    """``marker`` finds the processes of one shell again, when it is time to end them."""
    return {
        "HOME": "/root",
        "USER": "root",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "SLIPWAY_SHELL": marker,
    }
