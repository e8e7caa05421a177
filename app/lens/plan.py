"""Decides by what address one end is reached from the other, and where to watch; pure.

A plan is made of what the engines said. It may also be that there is nothing to send: then the
passage says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Literal

from app.lens.capture import Address
from app.lens.model import At, Hop, Passage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.lens.capture import Mark
    from app.lens.facts import Container, NodeFacts
    from app.lens.model import Question
    from app.lens.names import Lookup
    from app.topology.answers import NetworkAnswer

# Of the network namespace; Docker names that of an overlay by the beginning of its id.
NODES_OWN = "/proc/self/ns/net"
OUTSIDE = "/run/netns/outside"
OVERLAY_ID_CHARACTERS = 10
OUTSIDE_ADDRESS = "203.0.113.2"
LOOPBACK = "127.0.0.1"
# Their names are known to nobody's resolver.
NAMELESS = ("bridge", "default", "host", "none")
Label = Literal["source", "overlay", "node", "target"]
Way = Literal["direct", "itself", "published", "blind"]


@dataclass(frozen=True, slots=True)
class Party:
    """An end that was found. ``namespace`` is the path of its network namespace in its node."""

    node: NodeFacts
    name: str
    namespace: str
    container: Container | None = None
    is_outside: bool = False

    @property
    def at(self) -> At:
        return At(self.node.name, self.container.id if self.container else "")

    @property
    def is_node(self) -> bool:
        """Whether it uses the node's own network."""
        return self.namespace == NODES_OWN


@dataclass(frozen=True, slots=True)
class Plan:
    """``network`` is the one that both are on, where there is one; ``way`` how the target can be
    reached, ``blind`` meaning that nothing says it can.
    """

    question: Question
    source: Party
    target: Party | None
    address: Address
    way: Way
    lookup: Lookup | None = None
    network: NetworkAnswer | None = None

    @property
    def protocol(self) -> str:
        return "icmp" if self.question.probe == "ping" else "tcp"

    @property
    def target_name(self) -> str:
        return self.target.name if self.target else self.question.target.name

    @property
    def places(self) -> tuple[tuple[str, Label, str], ...]:
        """Node, label and namespace of all places to watch, in the order of the way."""
        source, target = self.source, self.target
        found: list[tuple[str, Label, str]] = []
        if not source.is_node:
            found.append((source.node.name, "source", source.namespace))
        overlay = ""
        if self.network and self.network.driver == "overlay":
            overlay = f"/run/docker/netns/1-{self.network.id[:OVERLAY_ID_CHARACTERS]}"
            found.append((source.node.name, "overlay", overlay))
        found.append((source.node.name, "node", NODES_OWN))
        if target and target.node.name != source.node.name:
            found.append((target.node.name, "node", NODES_OWN))
            if overlay:
                found.append((target.node.name, "overlay", overlay))
        if target and not target.is_node and self.way != "itself":
            found.append((target.node.name, "target", target.namespace))
        return tuple(found)


def party(question_end: Container | None, node: NodeFacts, *, is_outside: bool = False) -> Party:
    if is_outside:
        return Party(node, "outside", OUTSIDE, is_outside=True)
    container = question_end
    if not container:
        return Party(node, node.name, NODES_OWN)
    own = NODES_OWN if container.mode == "host" else f"/proc/{container.pid}/ns/net"
    return Party(node, container.name, own, container)


def name_to_look_up(question: Question, source: Party, target: Party | None) -> str:
    """Containers find each other by name; on the default bridge there is nobody to ask."""
    if question.target.kind == "name":
        return question.target.name
    if not (target and target.container and source.container) or target.name == source.name:
        return ""
    if target.container.home == source.container.home:
        return ""
    return target.name if _has_names(source.container) else ""


def _has_names(container: Container) -> bool:
    return any(name not in NAMELESS for name in container.places)


def unsendable(source: Party, target: Party | None) -> Passage | None:
    """Where nothing can be sent, or nobody could get it: why."""
    for one, is_source in ((source, True), (target, False)):
        if not (one and one.container) or one.container.status == "running":
            continue
        text = f"{one.name} is not running ({one.container.status or 'unknown'})."
        text += " Nothing can be sent from it." if is_source else " A container that is not running"
        text += "" if is_source else " has no network: its address may be somebody else's already."
        stop = Hop("stop", "Not running", text, one.at, ok=False)
        return Passage(arrived=False, verdict=text, hint=f"docker start {one.name}", hops=(stop,))
    for one in (source, target):
        if not (one and one.container and one.container.mode == "none"):
            continue
        text = f"{one.name} is on no network: it was started with --network none."
        stop = Hop("stop", "No network", text, one.at, ok=False)
        hint = "A container of network none has only itself, on lo. Start it on another network."
        return Passage(arrived=False, verdict=text, hint=hint, hops=(stop,))
    return None


def make(
    question: Question, source: Party, target: Party | None, lookup: Lookup | None
) -> Plan | None:
    """Nothing where there is no address to send to."""
    told = lookup.addresses[0] if lookup and lookup.addresses else ""
    port = question.port if question.probe == "http" else 0
    if not target:
        if not told:
            return None
        return Plan(question, source, None, Address(told, port), "direct", lookup)
    address, way, network = _reach(question, source, target, told)
    if not address or not _is_ipv4(address.ip):
        return None
    return Plan(question, source, target, address, way, lookup, network)


def _reach(
    question: Question, source: Party, target: Party, told: str
) -> tuple[Address | None, Way, NetworkAnswer | None]:
    port = question.port if question.probe == "http" else 0
    container = target.container
    same_node = source.node.name == target.node.name
    if same_node and _together(source, target):
        return Address(LOOPBACK, port), "itself", None
    if target.is_outside:
        return Address(OUTSIDE_ADDRESS, port), "direct", None
    if not container or target.is_node:
        return Address(target.node.ip, port), "direct", None
    shared = _shared(source, target)
    if told in container.addresses:
        network = next((row for row in shared.values() if row), None)
        named = shared.get(told, network)
        return Address(told, port), "direct" if named else "blind", named
    if shared:
        ip, network = next(iter(shared.items()))
        return Address(ip, port), "direct", network
    if source.is_node and same_node and container.addresses:
        network = _first_bridge(target)
        return Address(container.addresses[0], port), "direct" if network else "blind", network
    outside = container.ports.get(f"{port}/tcp")
    if outside and (source.is_outside or not same_node):
        return Address(target.node.ip, outside), "published", None
    if container.addresses:
        return Address(container.addresses[0], port), "blind", None
    return None, "blind", None


def _is_ipv4(text: str) -> bool:
    """An engine that is none may give any text for an address."""
    try:
        return bool(IPv4Address(text))
    except ValueError:
        return False


def _together(source: Party, target: Party) -> bool:
    """Whether both use one network namespace."""
    if source.is_node and target.is_node:
        return True
    mine, other = source.container, target.container
    return bool(mine and other and mine.home == other.home)


def _shared(source: Party, target: Party) -> Mapping[str, NetworkAnswer]:
    """The networks that both are on, by the target's address on each."""
    if not (source.container and target.container):
        return {}
    mine = {place.network for place in source.container.places.values()}
    return {
        place.ipv4: target.node.networks[place.network]
        for place in target.container.places.values()
        if place.ipv4 and place.network in mine and place.network in target.node.networks
    }


def _first_bridge(target: Party) -> NetworkAnswer | None:
    places = target.container.places.values() if target.container else ()
    found = (target.node.networks.get(place.network) for place in places)
    return next((row for row in found if row and row.driver == "bridge"), None)


def filter_for(plan: Plan, mark: Mark) -> str:
    """What tcpdump shall keep: the marked packets, inside a tunnel too, and what tells of failure.

    Inside VXLAN an Ethernet frame begins 16 bytes after the UDP header's beginning (RFC 7348).
    """
    failures = f"(icmp and icmp[0] = 3) or (arp and host {plan.address.ip})"
    if mark.size:
        total = mark.size + 28
        own = f"(icmp and ip[2:2] = {total})"
        inside = f"udp[39] = 1 and udp[32:2] = {total}"
    else:
        own = f"(tcp and port {mark.port})"
        inside = f"udp[39] = 6 and (udp[50:2] = {mark.port} or udp[52:2] = {mark.port})"
    return f"{own} or {failures} or (udp and port 4789 and {inside})"
