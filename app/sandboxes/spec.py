"""Pure builders: from settings and a student to what the Engine API is asked for.

The security posture of sandboxes is this file; nothing here acts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from app.sandboxes import seccomp

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

# What an inner engine needs on top of Docker's default set. In a user namespace both count for
# the node's own mounts and networks only.
ADDED_CAPABILITIES = ("NET_ADMIN", "SYS_ADMIN")


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
    """The SDK's ``create_network``: no way out, and no address of the host on the bridge."""
    return {
        "name": spec.network,
        "driver": "bridge",
        "internal": True,
        "enable_ipv6": False,
        "ipam": {"Driver": "default", "Config": [{"Subnet": subnet}]},
        "options": {"com.docker.network.bridge.inhibit_ipv4": "true"},
        "labels": {LABEL_INSTANCE: settings.instance, LABEL_STUDENT: spec.student},
    }


def node_body(settings: Settings, spec: SandboxSpec, node: NodeSpec) -> dict[str, Any]:
    """ContainerCreate, Engine API 1.44."""
    memory = settings.node_memory_mb * 1024 * 1024
    files = settings.node_open_files
    return {
        "Image": NODE_IMAGE,
        "Hostname": node.name,
        "Labels": {
            LABEL_INSTANCE: settings.instance,
            LABEL_STUDENT: spec.student,
            LABEL_NODE: node.name,
        },
        "HostConfig": {
            "CapAdd": list(ADDED_CAPABILITIES),
            "SecurityOpt": ["no-new-privileges", f"seccomp={json.dumps(seccomp.profile())}"],
            "Privileged": False,
            "Memory": memory,
            "MemorySwap": memory,  # the sum of both: no swap
            "PidsLimit": settings.node_pids,
            "NanoCpus": int(settings.node_cpus * 1e9),
            "Ulimits": [{"Name": "nofile", "Soft": files, "Hard": files}],
            "LogConfig": {"Type": "none"},
            "RestartPolicy": {"Name": "no"},
            "NetworkMode": spec.network,
        },
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
