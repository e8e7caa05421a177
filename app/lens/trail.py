"""Turns sightings into hops: by which interfaces the packet came, and under which addresses."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

from app.lens import capture, rules
from app.lens.model import At, Hop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.lens.capture import Address, Sighting
    from app.lens.links import Links
    from app.lens.model import What
    from app.lens.observed import Observed, Seen
    from app.lens.plan import Label, Party, Plan
    from app.lens.rules import Rule

TUNNEL_COMMAND = "tcpdump -nn -i eth0 udp port 4789"
LAN = "lan0"
TARGET_VERBS, SENDER_VERBS = ("DNAT", "REDIRECT"), ("MASQUERADE", "SNAT")
DEFAULT_BRIDGE = "bridge"


def inside(party: Party, command: str) -> str:
    """A command that runs in the party's network, whatever its image has in it."""
    if party.is_outside:
        return f"outside {command}"
    if not party.container or party.is_node:
        return command
    name = quote(party.container.name)
    return f"nsenter -n -t $(docker inspect -f '{{{{.State.Pid}}}}' {name}) {command}"


def sending(plan: Plan) -> str:
    """The command that sends the same once more."""
    if plan.protocol == "icmp":
        return inside(plan.source, f"ping -c 1 {plan.address}")
    return inside(plan.source, f"curl -i http://{plan.address}/")


def lookup_hop(plan: Plan) -> Hop | None:
    """What the name led to, or why there was nobody to ask."""
    lookup, source = plan.lookup, plan.source
    if not lookup:
        return _nameless(plan)
    command = inside(source, f"dig {quote(f'@{lookup.server}')} {quote(lookup.name)}")
    if lookup.addresses:
        text = (
            f"{source.name} asks {lookup.server} for {lookup.name}: {', '.join(lookup.addresses)}."
        )
        return Hop("name", "Name", text, source.at, evidence=lookup.lines, command=command)
    asked = lookup.server or "its resolver"
    text = f"{source.name} asks {asked} for {lookup.name}, which {lookup.says}."
    if plan.way == "blind" or not plan.target:
        return Hop(
            "name",
            "Name",
            text,
            source.at,
            ok=False,
            evidence=lookup.lines,
            command=command,
        )
    text += f" So it goes by the address, {plan.address.ip}."
    return Hop("name", "Name", text, source.at, evidence=lookup.lines, command=command)


def _nameless(plan: Plan) -> Hop | None:
    source, target = plan.source.container, plan.target and plan.target.container
    if not (source and target) or set(source.places) != {DEFAULT_BRIDGE} or plan.way == "itself":
        return None
    text = (
        f"{source.name} is on the default bridge, where containers have no names,"
        f" so it goes by the address, {plan.address.ip}."
    )
    return Hop("name", "No names", text, plan.source.at)


@dataclass
class Walk:
    """Follows the sightings; ``target`` and ``source`` are the packet's addresses so far."""

    plan: Plan
    observed: Observed
    target: Address
    source: Address | None = None
    cable: str = ""
    bridged: str = ""

    def hops(self) -> Iterator[Hop]:
        for node, label, _ in self.plan.places:
            seen = self.observed.at(node, label)
            for sighting in capture.forth(seen.sightings):
                yield from self._rewritten(node, seen, sighting)
                yield from self._hop(node, label, seen, sighting)
            if label == "node" and self.source:
                yield from self._rewritten_unseen(node, seen)

    def _rewritten_unseen(self, node: str, seen: Seen) -> Iterator[Hop]:
        """What was dropped behind a DNAT is not seen again, but the rule has counted it."""
        meant = rules.Meant(self.plan.protocol, self.source or self.target, self.target)
        rule = rules.rewritten_by(seen.before, seen.after, TARGET_VERBS, meant)
        if rule and rule.destination:
            yield self._nat(node, rule, (self.target, rule.destination), "target", "")
            self.target = rule.destination

    def _rewritten(self, node: str, seen: Seen, sighting: Sighting) -> Iterator[Hop]:
        """What the addresses have become since the last sighting, and the rule that did it."""
        for old, new, verbs, word in (
            (self.target, sighting.target, TARGET_VERBS, "target"),
            (self.source, sighting.source, SENDER_VERBS, "sender"),
        ):
            if old is None or old == new:
                continue
            meant = rules.Meant(self.plan.protocol, self.source or sighting.source, self.target)
            rule = rules.rewritten_by(seen.before, seen.after, verbs, meant)
            yield self._nat(node, rule, (old, new), word, sighting.line)
        self.target, self.source = sighting.target, sighting.source

    def _nat(
        self, node: str, rule: Rule | None, change: tuple[Address, Address], word: str, line: str
    ) -> Hop:
        by = f" by its rule {rule.verb}" if rule else ""
        text = f"{node} writes another {word} on it{by}: {change[0]} becomes {change[1]}."
        command = f"iptables -t nat -L {quote(rule.chain) if rule else 'DOCKER'} -nv"
        lines = (rule.spoken if rule else line,)
        return Hop("nat", "NAT", text, At(node), evidence=lines, command=command)

    def _hop(self, node: str, label: Label, seen: Seen, sighting: Sighting) -> Iterator[Hop]:
        if label == "source" or (label == "target" and sighting.way == "in"):
            yield from self._at_an_end(label, sighting)
        elif sighting.tunnel:
            yield self._tunnel(node, sighting)
        elif label in ("node", "overlay"):
            yield from self._in_between(node, label, seen, sighting)

    def _at_an_end(self, label: Label, sighting: Sighting) -> Iterator[Hop]:
        source, target = self.plan.source, self.plan.target
        packet = "an echo request" if self.plan.protocol == "icmp" else "a SYN, the first packet"
        if label == "source" and sighting.way == "out":
            self.cable = sighting.interface
            text = (
                f"{source.name} sends {packet}, out of its {sighting.interface} to {self.target}."
            )
            yield self._new("send", "Sent", text, source.at, sighting)
        elif target and self.plan.way == "itself":
            text = f"{source.name} sends {packet} to {self.target}, which is its own loopback."
            yield self._new("send", "Sent", text, source.at, sighting)
            text = f"{target.name} uses the same network: the packet stays on {sighting.interface}."
            yield self._new("arrive", "Arrived", text, target.at, sighting)
        elif target and label == "target":
            text = f"It arrives in {target.name} on {sighting.interface}."
            yield self._new("arrive", "Arrived", text, target.at, sighting)

    def _tunnel(self, node: str, sighting: Sighting) -> Hop:
        mine, other = sighting.outer
        network = self.plan.network
        at = At(node, network=network.id if network else "")
        if sighting.way == "out":
            text = (
                f"{node} puts the whole frame into a UDP packet of its own, from {mine} to {other}"
                f" port 4789: VXLAN number {sighting.tunnel}."
            )
            return self._new("tunnel", "Into the tunnel", text, at, sighting, TUNNEL_COMMAND)
        text = f"{node} takes it from {sighting.interface} and out of its wrapping."
        return self._new("tunnel", "Out of the tunnel", text, at, sighting, TUNNEL_COMMAND)

    def _in_between(self, node: str, label: Label, seen: Seen, sighting: Sighting) -> Iterator[Hop]:
        source, target = self.plan.source, self.plan.target
        name, at = sighting.interface, self._network_at(node, label, seen, sighting.interface)
        link = seen.links.named(name)
        bridge = link.bridge if link else ""
        source_links = self.observed.at(source.node.name, "source").links
        show = f"ip -d link show {quote(name)}"
        if name == self._cable(seen, source_links, source):
            plugged = f", which is plugged into {bridge}" if bridge else ""
            text = f"The other end of {source.name}'s {self.cable or 'eth0'} is {name}{plugged}."
            yield self._new("cable", name, text, at, sighting, show)
        elif target and sighting.way == "out" and name == self._targets_cable(seen, target):
            if self.bridged != bridge:
                yield from self._bridged(seen, bridge, at, name)
            text = f"{name} is the other end of {target.name}'s cable."
            yield self._new("cable", name, text, at, sighting, show)
        elif name == "lo":
            text = f"{node} sends it to itself, over lo."
            yield self._new("node", "lo", text, At(node), sighting, "ip addr show lo")
        elif bridge or not at.network:
            verb = "comes in by" if sighting.way == "in" else "goes out by"
            text = f"It {verb} {node}'s {name}" + (f", a port of {bridge}." if bridge else ".")
            yield self._new("node", name, text, at, sighting, show)
        elif label == "node" and sighting.way == "in":
            text = f"{name} hands it to {node}, which looks for a route to {sighting.target.ip}."
            yield self._new("node", f"{node} routes", text, at, sighting, "ip route")
        elif label == "node":
            self.bridged = name
            text = f"{node} sends it out by {name}, the bridge of that network."
            yield self._new("bridge", name, text, at, sighting, show)

    def _bridged(self, seen: Seen, bridge: str, at: At, port: str) -> Iterator[Hop]:
        """A bridge says nothing when it forwards, but it has learned who is where."""
        target = self.plan.target
        macs = (
            [p.mac for p in target.container.places.values()] if target and target.container else []
        )
        line = next((row for mac in macs if (row := seen.links.learned(mac, port))), "")
        if bridge and line:
            name = target.name if target else ""
            text = f"{bridge} has learned that {name}'s hardware address is behind its port {port}."
            command = f"bridge fdb show br {quote(bridge)}"
            yield Hop("bridge", bridge, text, at, evidence=(line,), command=command)

    def _network_at(self, node: str, label: Label, seen: Seen, interface: str) -> At:
        plan = self.plan
        if label == "overlay" and plan.network:
            return At(node, network=plan.network.id)
        link = seen.links.named(interface)
        facts = plan.source.node
        if plan.target and plan.target.node.name == node:
            facts = plan.target.node
        network = facts.network_of_bridge((link.bridge if link else "") or interface)
        return At(node, network=network.id if network else "")

    def _cable(self, seen: Seen, source_links: Links, source: Party) -> str:
        if source.is_outside:
            return LAN
        return seen.links.cable_to(source_links, self.cable or "eth0")

    def _targets_cable(self, seen: Seen, target: Party) -> str:
        if target.is_outside:
            return LAN
        there = self.observed.at(target.node.name, "target").links
        return next(
            (
                cable
                for row in there.rows
                if row.peer
                and (cable := seen.links.cable_to(there, row.name))
                and any(self.target.ip == address.ip for address in row.addresses)
            ),
            "",
        )

    def _new(  # noqa: PLR0917 - the parts of a hop, in its order
        self, what: What, title: str, text: str, at: At, sighting: Sighting, command: str = ""
    ) -> Hop:
        command = command or inside(
            self.plan.source if what == "send" else self.plan.target or self.plan.source,
            "tcpdump -nn -i any " + ("icmp" if self.plan.protocol == "icmp" else "tcp"),
        )
        return Hop(what, title, text, at, evidence=(sighting.line,), command=command)
