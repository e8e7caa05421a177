"""Puts a student's own values into typed lines, from the picture that pages have too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from app.errors import SandboxUnavailable
from app.lessons.own_values import PATTERNS, filled, own_in
from app.topology.pictures import Pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.lessons.own_values import OwnValue
    from app.sandboxes.engine import NodeStatus, SandboxEngine
    from app.topology.model import Container, NodePicture, Topology

# What the line before has made is there when its prompt is back; a service's container is not.
PATIENCE_S = 10
LOOK_AGAIN_S = 0.1
SHORT_ID = 12


class Filling:
    """For one student, whose nodes ``nodes`` tells. They are read only where a line needs it."""

    def __init__(
        self,
        engine: SandboxEngine,
        student: str,
        nodes: Callable[[], Sequence[NodeStatus]],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._engine = engine
        self._student = student
        self._nodes = nodes
        self._patience_s = patience_s

    async def fill(self, line: str) -> str:
        """Raises ``SandboxUnavailable`` where a value stays unknown."""
        wanted = [own for _, _, own in own_in(line) if own]
        if not wanted:
            return line
        found = [""] * len(wanted)
        async with Pictures(self._engine, lambda _student, _topology: None) as pictures:
            with anyio.move_on_after(self._patience_s):
                while True:
                    found = await self._look(wanted, pictures)
                    if all(found):
                        break
                    await anyio.sleep(LOOK_AGAIN_S)
        for own, value in zip(wanted, found, strict=True):
            if not value:
                raise SandboxUnavailable(f"Nobody knows {own.said()}, which {line!r} needs.")
        return filled(line, found)

    async def _look(self, wanted: Sequence[OwnValue], pictures: Pictures) -> list[str]:
        nodes = self._nodes()
        topology = await pictures.look(self._student, nodes)
        return [value_of(own, nodes, topology) for own in wanted]


def value_of(own: OwnValue, nodes: Sequence[NodeStatus], topology: Topology) -> str:
    """Nothing where it is not known, or not what it should be: it was chosen by the student."""
    ready = {node.name: node for node in nodes if node.state == "ready"}
    picture = next((it for it in topology.nodes if it.name == own.node), None)
    if own.node not in ready:
        return ""
    if own.thing == "node":
        found = [ready[own.node].ip]
    elif picture is None or picture.state != "ready":
        return ""
    else:
        found = _in_network(own, picture) if own.thing == "network" else _in_container(own, picture)
    return next((value for value in found if PATTERNS[own.kind].fullmatch(value)), "")


def _in_network(own: OwnValue, picture: NodePicture) -> list[str]:
    network = next((it for it in picture.networks if it.name == own.name), None)
    if network is None:
        return []
    ids = [network.id[:SHORT_ID]]
    return {"id": ids, "subnet": [*network.subnets], "gateway": [*network.gateways]}[own.what]


def _in_container(own: OwnValue, picture: NodePicture) -> list[str]:
    container = next((it for it in picture.containers if it.name == own.name), None)
    if container is None:
        return []
    if own.what == "id":
        return [container.id[:SHORT_ID]]
    if own.what == "port":
        return [str(port) for port in _host_ports(container, own.detail)]
    return [end.ipv4 for end in container.endpoints if own.detail in ("", end.network)]


def _host_ports(container: Container, wanted: str) -> list[int]:
    return sorted(
        port.host_port
        for port in container.ports
        if port.host_port and f"{port.container_port}/{port.protocol}" == wanted
    )
