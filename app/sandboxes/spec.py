"""Pure builders: from settings and owners to names, labels, addresses and API bodies.

A sandbox has an id of its own, in the labels of its network and its nodes: labels can't be changed.
Whose it is, its containers' names say: they can. Giving it to a student is one rename.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, Literal

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
LABEL_SANDBOX = "slipway.sandbox"
LABEL_NODE = "slipway.node"

# free: made, nobody's yet. used: a student has given it back; it only waits to be removed.
Unowned = Literal["free", "used"]


@dataclass(frozen=True, slots=True)
class Owner:
    """What a container's name says: a student, or the state of a sandbox that has none."""

    student: str = ""
    state: Unowned | None = None


def network_name(settings: Settings, sandbox: str) -> str:
    return f"{settings.instance}.{sandbox}"


def students_container(settings: Settings, student: str, node: str) -> str:
    return f"{settings.instance}-{student}-{node}"


def nobodys_container(settings: Settings, state: Unowned, sandbox: str, node: str) -> str:
    return f"{settings.instance}.{state}.{sandbox}.{node}"


def owner_of(settings: Settings, container: str) -> Owner:
    """Reads the name of a node's container (without the slash that the Engine API puts first)."""
    instance = re.escape(settings.instance)
    found = re.fullmatch(
        rf"{instance}(?:-(?P<student>.+)|\.(?P<state>free|used)\.[^.]+)[-.]node[1-3]", container
    )
    if not found:
        return Owner(state="used")
    state: Unowned = "free" if found["state"] == "free" else "used"
    return Owner(student=found["student"]) if found["student"] else Owner(state=state)


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


def network_arguments(settings: Settings, sandbox: str, subnet: str) -> dict[str, Any]:
    """The SDK's ``create_network``."""
    return {
        "name": network_name(settings, sandbox),
        "ipam": {"Driver": "default", "Config": [{"Subnet": subnet}]},
        "labels": {LABEL_INSTANCE: settings.instance, LABEL_SANDBOX: sandbox},
        **posture.network(),
    }


def node_body(settings: Settings, sandbox: str, node: str) -> dict[str, Any]:
    """ContainerCreate, Engine API 1.44."""
    network = network_name(settings, sandbox)
    return {
        "Image": NODE_IMAGE,
        "Hostname": node,
        "Labels": {
            LABEL_INSTANCE: settings.instance,
            LABEL_SANDBOX: sandbox,
            LABEL_NODE: node,
        },
        "HostConfig": {**posture.node(settings), "NetworkMode": network},
        "NetworkingConfig": {"EndpointsConfig": {network: {"Aliases": [node]}}},
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
