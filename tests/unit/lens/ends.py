"""Two nodes with networks and containers, as their engines tell of them."""

from __future__ import annotations

from typing import Any

from app.lens.facts import Container, NodeFacts
from app.lens.model import End, Probe, Question
from app.topology import answers

NODE_IP = {"node1": "198.18.1.2", "node2": "198.18.1.3"}


def network(name: str, driver: str = "bridge", *, internal: bool = False) -> answers.NetworkAnswer:
    row = {"Id": f"{name}-id-and-more", "Name": name, "Driver": driver, "Internal": internal}
    return answers.NetworkAnswer.model_validate(row)


def container(name: str, places: dict[str, str] | None = None, **more: Any) -> Container:  # noqa: ANN401
    """``places`` are addresses by the name of a network."""
    ends = {
        on: answers.EndpointAnswer.model_validate(
            {"NetworkID": f"{on}-id-and-more", "IPAddress": ip, "MacAddress": f"mac-of-{name}"}
        )
        for on, ip in (places or {}).items()
    }
    given = {"home": name, "status": "running", "pid": 42, "mode": "dev", "ports": {}, **more}
    return Container(id=name, name=name, places=ends, **given)


def node(name: str, *containers: Container) -> NodeFacts:
    networks = [
        network("bridge"),
        network("dev"),
        network("prod"),
        network("vault", internal=True),
        network("between", "overlay"),
    ]
    return NodeFacts(
        name,
        NODE_IP[name],
        {row.id: row for row in networks},
        {ip: row.id for row in containers for ip in row.addresses},
        {row.id: row for row in containers},
    )


def question(probe: Probe = "ping", port: int = 80, name: str = "") -> Question:
    target = End("name", name=name) if name else End("node", "node1")
    return Question(End("node", "node1"), target, probe, port)
