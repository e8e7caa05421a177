"""Who is followed, for how long, and what is told, on nodes made of air."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

from app.sandboxes.echo_engine import EchoEngine
from app.topology import drawing
from app.topology.pictures import Pictures
from tests.support.engine import nodes_of
from tests.support.eventually import soon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.echo_docker import EchoDocker
    from app.topology.model import NodePicture, Topology

pytestmark = pytest.mark.anyio
ANN = "ann"


class Looking:
    """Ann's page: what it was told, on an engine where she has a sandbox."""

    def __init__(self, engine: EchoEngine, pictures: Pictures, told: list[Topology]) -> None:
        self.engine = engine
        self.pictures = pictures
        self.told = told

    @property
    def docker(self) -> EchoDocker:
        return self.engine.docker(ANN)

    @property
    def node(self) -> NodePicture:
        return self.told[-1].nodes[0]

    async def until(self, names: set[str]) -> None:
        await soon(lambda: {row.name for row in self.node.containers} == names)


@asynccontextmanager
async def looking() -> AsyncIterator[Looking]:
    engine = EchoEngine()
    await engine.create(ANN, 1, lambda _: None)
    told: list[Topology] = []
    async with Pictures(engine, lambda _, topology: told.append(topology), linger_s=0) as pictures:
        nodes = await nodes_of(engine, ANN)
        with pictures.follow(ANN, nodes):
            await pictures.look(ANN, nodes)
            yield Looking(engine, pictures, told)


async def test_one_reader_is_shared_and_ends_with_the_last_page() -> None:
    engine = EchoEngine()
    await engine.create(ANN, 1, lambda _: None)
    async with Pictures(engine, lambda *_: None, linger_s=0) as pictures:
        nodes = await nodes_of(engine, ANN)
        with pictures.follow(ANN, nodes):
            with pictures.follow(ANN, nodes):
                await pictures.look(ANN, nodes)
                assert len(engine.docker(ANN).apis) == 1
            assert pictures.reading == 1
        await soon(lambda: not engine.docker(ANN).apis)
        assert pictures.reading == 0


async def test_a_page_that_leaves_and_comes_back_finds_the_picture() -> None:
    engine = EchoEngine()
    await engine.create(ANN, 1, lambda _: None)
    async with Pictures(engine, lambda *_: None) as pictures:
        nodes = await nodes_of(engine, ANN)
        with pictures.follow(ANN, nodes):
            await pictures.look(ANN, nodes)
        with pictures.follow(ANN, nodes):
            assert pictures.topology(ANN).nodes[0].state == "ready"
            assert len(engine.docker(ANN).apis) == 1


async def test_a_burst_of_changes_is_told_in_a_few_pictures() -> None:
    async with looking() as ann:
        before = len(ann.told)
        names = {f"box{number}" for number in range(30)}
        for name in sorted(names):
            ann.docker.add_container(name)
        await ann.until(names)
        assert len(ann.told) - before <= 3


async def test_nothing_is_told_while_nothing_changes() -> None:
    async with looking() as ann:
        ann.docker.add_container("web")
        await ann.until({"web"})
        before = len(ann.told)
        for _ in range(5):
            ann.docker.tell("container", "exec_start", "0" * 64)
        ann.docker.add_container("db")
        await ann.until({"web", "db"})
        assert len(ann.told) == before + 1


async def test_a_stopped_engine_is_told_and_read_again_once_it_is_back() -> None:
    async with looking() as ann:
        ann.docker.add_container("web")
        await ann.until({"web"})
        ann.docker.stop()
        await soon(lambda: any(topology.nodes[0].state == "stopped" for topology in ann.told))
        await soon(lambda: ann.node.state == "ready")
        assert [row.name for row in ann.node.containers] == ["web"]


async def test_more_than_can_be_drawn_is_counted() -> None:
    async with looking() as ann:
        for number in range(drawing.MAX_CONTAINERS + 300):
            ann.docker.add_container(f"box{number}")
        with anyio.fail_after(60):
            while ann.node.more.containers != 300:
                await anyio.sleep(0.01)
        assert len(ann.node.containers) == drawing.MAX_CONTAINERS


async def test_an_answer_that_is_too_large_leaves_the_rest_of_the_picture() -> None:
    async with looking() as ann:
        ann.docker.add_network("dev")
        container = ann.docker.add_container("huge")
        ann.docker.containers[container]["Labels"] = {"x": "x" * (3 << 20)}
        ann.docker.tell("container", "update", container)
        await soon(lambda: ann.node.more.containers == 1)
        assert "dev" in {row.name for row in ann.node.networks}


async def test_a_node_that_went_away_is_read_no_more() -> None:
    async with looking() as ann:
        await ann.engine.stop(ANN, "node1")
        ann.pictures.see(ANN, await nodes_of(ann.engine, ANN))
        assert (ann.node.state, ann.node.reason) == ("stopped", "node1 is stopped.")
        assert ann.pictures.reading == 0
