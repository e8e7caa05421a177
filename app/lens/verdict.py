"""Tells whether the packet arrived, or where it stopped and why; pure.

Whatever tells more comes first: a rule that counted it, a refusal, a question that nobody answered,
an error that somebody sent. Where nothing tells, that is said.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from app.lens import capture, rules
from app.lens.model import At, Hop, Passage
from app.lens.trail import Walk, inside, lookup_hop, sending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.lens.capture import Sighting
    from app.lens.observed import Observed
    from app.lens.plan import Plan
    from app.lens.rules import Rule

OK = 0
MAX_EVIDENCE = 3
MAX_LISTENS = 6
POLICY_HINT = (
    "Docker's own rules let its networks pass. Were they flushed? Its engine makes them anew when"
    " it starts."
)
BETWEEN = ("cable", "bridge", "node", "tunnel")
LOOPBACKS = ("127.", "[::1]")


def judge(plan: Plan, observed: Observed) -> Passage:
    """The whole way: the name, the hops, and the answer or the place where it stopped."""
    name = lookup_hop(plan)
    hops = [name] if name else []
    walk = Walk(plan, observed, plan.address)
    hops += list(walk.hops())
    if observed.sent.http or (plan.protocol == "icmp" and observed.sent.status == OK):
        hops.append(_answer(plan, observed))
        passage = Passage(arrived=True, verdict=_arrived(plan, observed))
    else:
        stop, hint = _Stop(plan, observed, hops, walk.target).find()
        hops.append(stop)
        passage = Passage(arrived=False, verdict=_stopped(plan, stop), hint=hint)
    commands = dict.fromkeys([sending(plan), *(hop.command for hop in hops if hop.command)])
    return Passage(passage.arrived, passage.verdict, passage.hint, tuple(hops), tuple(commands))


def _answer(plan: Plan, observed: Observed) -> Hop:
    source = plan.source
    label = "node" if source.is_node else "source"
    back = capture.back(observed.at(source.node.name, label).sightings)
    # What the program said: the time for a ping, the first line of HTTP.
    said = observed.sent.http or next((row for row in observed.sent.lines if "time=" in row), "")
    lines = tuple(line for line in (*(row.line for row in back[-1:]), said) if line)
    text = f"{plan.target_name} answers, and the answer comes back to {source.name}."
    return Hop("answer", "Answer", text, source.at, evidence=lines, command=sending(plan))


def _arrived(plan: Plan, observed: Observed) -> str:
    by = f" over {plan.network.name}" if plan.network else ""
    if plan.way == "itself":
        by = " without leaving the network that both use"
    if plan.way == "published":
        by = f" by the published port {plan.address}"
    answer = observed.sent.http or "an echo reply"
    return f"{plan.source.name} reaches {plan.target_name}{by}: {answer}."


def _stopped(plan: Plan, stop: Hop) -> str:
    if plan.way != "blind" or not plan.target:
        return stop.text
    source, target = plan.source, plan.target
    if not (source.container and target.container):
        way = "published ports only, and a ping is for no port"
        if plan.protocol == "tcp":
            way = f"published ports only, and {target.name} publishes no port {plan.address.port}"
        return f"From {source.name} the way to {target.name} is by {way}. {stop.text}"
    both = (source.container, target.container)
    on = "; ".join(f"{row.name} is on {', '.join(row.places)}" for row in both)
    return f"{source.name} and {target.name} share no network ({on}). {stop.text}"


class _Stop:
    """Looks for the reason; ``hops`` are those that were seen, ``target`` the address at last."""

    def __init__(
        self, plan: Plan, observed: Observed, hops: list[Hop], target: capture.Address
    ) -> None:
        self.plan, self.observed, self.hops, self.target = plan, observed, hops, target
        self.places = [(node, observed.at(node, label)) for node, label, _ in plan.places]
        self.forth = [row for _, seen in self.places for row in capture.forth(seen.sightings)]
        self.back = [row for _, seen in self.places for row in capture.back(seen.sightings)]
        last = [hop for hop in hops if hop.what != "name"]
        self.at = last[-1].at if last else plan.source.at

    def find(self) -> tuple[Hop, str]:
        """The hop at which it stopped, and what could be done."""
        for look in (
            self._rule, self._refused, self._no_route, self._nobody_has_it, self._error,
            self._silent,
        ):  # fmt: skip
            if found := look():
                return found
        said = self.observed.sent.lines[-1:]
        last = self.hops[-1] if self.forth and self.hops else None
        where = last.title if last and last.what in BETWEEN else self.plan.source.name
        text = f"It was last seen at {where}; no rule and no packet tells more."
        if not self.forth:
            text = f"{self.plan.source.name} could not send it."
        return self._stop("Lost", text, self.at, said), ""

    def _rule(self) -> tuple[Hop, str] | None:
        for (node, label, _), (_, seen) in zip(self.plan.places, self.places, strict=True):
            for meant in self._meant(capture.forth(seen.sightings)):
                if found := rules.stopped_by(seen.before, seen.after, meant):
                    return self._kept(node, label, *found)
        return None

    def _meant(self, sightings: list[Sighting]) -> Iterator[rules.Meant]:
        """The packet as it was seen there or before, and its answer."""
        protocol = self.plan.protocol
        for row in [*sightings[::-1], *self.forth[-1:]]:
            yield rules.Meant(protocol, row.source, row.target)
            yield rules.Meant(protocol, row.source, self.target)
        if not self.forth:
            yield rules.Meant(protocol, self._source_address(), self.plan.address)
        for row in self.back[:1]:
            yield rules.Meant(protocol, row.source, row.target)

    def _source_address(self) -> capture.Address:
        container = self.plan.source.container
        words = self.observed.sent.route.split()
        told = words[words.index("src") + 1] if "src" in words[:-1] else ""
        mine = container.addresses[0] if container and container.addresses else ""
        return capture.Address(told or mine or self.plan.source.node.ip)

    def _kept(self, node: str, label: str, rule: Rule, packets: int) -> tuple[Hop, str]:
        plan = self.plan
        party = {"source": plan.source, "target": plan.target}.get(label)
        where = f"{party.name}'s own rules" if party else f"A rule of {node}"
        if rule.is_policy:
            where = f"No rule of {party.name if party else node} lets it pass, and the policy"
        verb = "refuse" if rule.verb == "REJECT" else "drop"
        if rule.is_policy or not party:
            verb += "s"
        way = "its answer" if self._only_answer() else "it"
        text = (
            f"{where} {verb} {way}: {rule.text} (table {rule.table}), {packets} more than before."
        )
        command = f"iptables -t {rule.table} -L {quote(rule.chain)} -nv"
        at = party.at if party else At(node, network=self.at.network)
        stop = self._stop(
            "Dropped", text, at, (rule.spoken,), inside(party, command) if party else command
        )
        if rule.is_policy:
            hint = POLICY_HINT if rule.chain == "FORWARD" else ""
        elif rule.is_docker_s:
            hint = self._connect_hint() if plan.way == "blind" else ""
        else:
            undo = rule.text.replace("-A ", "-D ", 1)
            undo = f"iptables -t {rule.table} {undo}"
            hint = inside(party, undo) if party else undo
        return stop, hint

    def _only_answer(self) -> bool:
        """Whether the target got it and said something."""
        return any(row.kind == "reply" for row in self.back)

    def _connect_hint(self) -> str:
        """The command that puts the sender where the target is."""
        source, target = self.plan.source.container, self.plan.target
        there = next(iter(target.container.places), "") if target and target.container else ""
        if not source:
            return "Publish a port of it, with docker run -p."
        if not there or there in ("bridge", "host", "none"):
            return "Put both on one network that you have made, with docker network connect."
        return f"docker network connect {there} {source.name}"

    def _refused(self) -> tuple[Hop, str] | None:
        resets = [row for row in self.back if row.kind == "refusal"]
        if not resets or self._only_answer():
            return None
        plan, port = self.plan, self.forth[-1].target.port if self.forth else self.plan.address.port
        at_node = not plan.target or plan.target.is_node
        node = plan.target.node.name if plan.target else plan.source.node.name
        listens = self.observed.at(node, "node" if at_node else "target").listens
        own = [row for row in listens if row.startswith("127.") and row.endswith(f":{port}")]
        text = f"{plan.target_name} refuses it with a RST: nothing listens there on port {port}."
        reached = ", ".join(_reached(listens))
        hint = f"It listens on {reached or 'no port that others reach'}."
        if own:
            text = (
                f"{plan.target_name} refuses it with a RST: its program listens on {own[0]} only,"
                " which is its own loopback."
            )
            hint = f"Let it listen on 0.0.0.0:{port}."
        command = inside(plan.target or plan.source, "ss -ltn")
        at = plan.target.at if plan.target else self.at
        return self._stop("Refused", text, at, (resets[0].line,), command), hint

    def _no_route(self) -> tuple[Hop, str] | None:
        sent, source = self.observed.sent, self.plan.source
        words = " ".join((sent.route, *sent.lines)).lower()
        if self.forth or "unreachable" not in words:
            return None
        text = f"{source.name} has no route to {self.plan.address.ip}, so nothing was sent."
        inner = source.container and any(
            (network := source.node.networks.get(place.network)) and network.internal
            for place in source.container.places.values()
        )
        hint = "Its network is internal: that is a network without a way out." if inner else ""
        if not inner and self.plan.way == "blind":
            hint = self._connect_hint()
        lines = tuple(line for line in (sent.route, *sent.lines) if "nreachable" in line)
        return self._stop("No route", text, source.at, lines, inside(source, "ip route")), hint

    def _nobody_has_it(self) -> tuple[Hop, str] | None:
        ip = self._next_ip()
        rows = [row for _, seen in self.places for row in seen.sightings]
        asked = [row for row in rows if row.kind == "question" and row.target.ip == ip]
        if not asked or any(row.kind == "owned" and row.source.ip == ip for row in rows):
            return None
        text = (
            f"Nobody there has the address {ip}: the question who has it stays without an answer."
        )
        lines = tuple(dict.fromkeys(row.line for row in asked))[:MAX_EVIDENCE]
        return self._stop("No such neighbour", text, self.at, lines, "ip neigh"), ""

    def _next_ip(self) -> str:
        return self.forth[-1].target.ip if self.forth else self.plan.address.ip

    def _error(self) -> tuple[Hop, str] | None:
        about = {self._next_ip(), self.plan.address.ip}
        errors = [
            row
            for _, seen in self.places
            for row in seen.sightings
            if row.kind == "error" and any(f" {ip} " in row.line for ip in about)
        ]
        if not errors:
            return None
        text = f"{errors[0].source.ip} sends it back: {errors[0].line.partition('ICMP ')[2]}."
        return self._stop("Sent back", text, self.at, (errors[0].line,)), ""

    def _silent(self) -> tuple[Hop, str] | None:
        plan, target = self.plan, self.plan.target
        if not self._arrived_at_target() and not self._only_answer():
            return None
        name, said = plan.target_name, self.observed.sent.lines[-1:]
        at = target.at if target else self.at
        if self._only_answer():
            text = f"{name} takes the connection, but its program says nothing that is HTTP."
        else:
            text = f"{name} gets it and does not answer."
        return self._stop("No answer", text, at, said), ""

    def _arrived_at_target(self) -> bool:
        return any(hop.what == "arrive" for hop in self.hops)

    def _stop(
        self, title: str, text: str, at: At, lines: tuple[str, ...], command: str = ""
    ) -> Hop:
        return Hop(
            "stop", title, text, at, ok=False, evidence=lines[:MAX_EVIDENCE], command=command
        )


def _reached(listens: tuple[str, ...]) -> list[str]:
    """Those that are not on loopback."""
    found = dict.fromkeys(row for row in listens if not row.startswith(LOOPBACKS))
    return list(found)[:MAX_LISTENS]
