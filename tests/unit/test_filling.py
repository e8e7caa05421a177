"""Lines that are typed for a student have the student's own values in them, or are not typed."""

from __future__ import annotations

import json

import anyio
import pytest
from pydantic import TypeAdapter

from app.errors import SandboxUnavailable
from app.filling import Filling, value_of
from app.lessons.own_values import read_own
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.engine import NodeStatus
from app.settings import ROOT
from app.topology.model import NodePicture, Topology

ANN = "ann"
TWINS = json.loads((ROOT / "tests" / "support" / "own_values.json").read_text())
NODES = TypeAdapter(list[NodeStatus]).validate_python(TWINS["nodes"])
PICTURES = TypeAdapter(tuple[NodePicture, ...]).validate_python(TWINS["pictures"])


@pytest.mark.parametrize(("of", "wanted"), TWINS["values"].items())
def test_a_value_is_what_the_picture_says_if_it_is_what_it_should_be(of: str, wanted: str) -> None:
    own = read_own(of)
    assert own
    assert own.of == of
    assert value_of(own, NODES, Topology(1, PICTURES)) == wanted


async def filling(engine: EchoEngine, patience_s: float = 30) -> Filling:
    nodes = await engine.create(ANN, 1, lambda _: None)
    return Filling(engine, ANN, lambda: nodes, patience_s=patience_s)


@pytest.mark.anyio
async def test_a_line_waits_for_what_the_line_before_it_makes() -> None:
    engine = EchoEngine()
    ann = await filling(engine)
    assert await ann.fill("docker ps --format '{{ .ID }}'") == "docker ps --format '{{ .ID }}'"
    async with anyio.create_task_group() as tasks:
        lines: list[str] = []

        async def fill() -> None:
            lines.append(await ann.fill("ping {{ container.web.ip }} {{node1.ip}}"))

        tasks.start_soon(fill)
        await anyio.wait_all_tasks_blocked()
        assert lines == []
        engine.docker(ANN).add_container("web")
    node = (await engine.sandboxes())[0].nodes[0]
    assert lines == [f"ping 172.17.0.2 {node.ip}"]


@pytest.mark.anyio
async def test_a_line_whose_value_nobody_knows_is_not_typed() -> None:
    ann = await filling(EchoEngine(), patience_s=0.2)
    with pytest.raises(SandboxUnavailable, match="Nobody knows web's address"):
        await ann.fill("ping {{ node1.ip }} {{ container.web.ip }}")
