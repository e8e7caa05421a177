"""The hub finds a student's shell by name, keeps the limits, and ends what nobody looks at."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from app.errors import BadRequest, NodeUnavailable, TerminalRefused
from app.settings import Settings
from app.terminals.hub import TerminalHub
from tests.support.eventually import soon
from tests.support.shells import ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio
ANN, BOB = "a" * 16, "b" * 16


@asynccontextmanager
async def a_hub(
    engine: ScriptedEngine,
    **settings: Any,  # noqa: ANN401 - whatever Settings takes
) -> AsyncIterator[TerminalHub]:
    async with TerminalHub(engine, Settings(**settings)) as hub:
        yield hub


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


async def test_the_same_name_is_the_same_session(engine: ScriptedEngine) -> None:
    async with a_hub(engine) as hub:
        first = await hub.open(ANN, "node1", "main", 24, 80)
        assert await hub.open(ANN, "node1", "main", 24, 80) is first
    assert len(engine.shells) == 1


async def test_two_tabs_that_open_at_once_share_one_shell(engine: ScriptedEngine) -> None:
    async with a_hub(engine) as hub, anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(hub.open, ANN, "node1", "main", 24, 80)
    assert len(engine.shells) == 1


async def test_names_nodes_and_students_keep_shells_apart(engine: ScriptedEngine) -> None:
    async with a_hub(engine) as hub:
        for student, node, name in (
            (ANN, "node1", "main"),
            (ANN, "node1", "two"),
            (ANN, "node2", "main"),
            (BOB, "node1", "main"),
        ):
            await hub.open(student, node, name, 24, 80)
    assert len(engine.shells) == 4


@pytest.mark.parametrize("name", ["", "A", "a" * 33, "a b", "../x", "é", "a\n"])
async def test_a_bad_name_opens_nothing(engine: ScriptedEngine, name: str) -> None:
    async with a_hub(engine) as hub:
        with pytest.raises(BadRequest):
            await hub.open(ANN, "node1", name, 24, 80)
    assert engine.shells == []


@pytest.mark.parametrize("node", ["node0", "node4", "node11", "", "host"])
async def test_a_bad_node_opens_nothing(engine: ScriptedEngine, node: str) -> None:
    async with a_hub(engine) as hub:
        with pytest.raises(BadRequest):
            await hub.open(ANN, node, "main", 24, 80)
    assert engine.shells == []


async def test_the_limit_counts_one_students_shells_only(engine: ScriptedEngine) -> None:
    async with a_hub(engine, terminals_per_student=2) as hub:
        for name in ("one", "two"):
            await hub.open(ANN, "node1", name, 24, 80)
        with pytest.raises(TerminalRefused, match="2 terminals"):
            await hub.open(ANN, "node1", "three", 24, 80)
        await hub.open(BOB, "node1", "one", 24, 80)


async def test_an_ended_shell_makes_room(engine: ScriptedEngine) -> None:
    async with a_hub(engine, terminals_per_student=1) as hub:
        session = await hub.open(ANN, "node1", "one", 24, 80)
        engine.shells[0].end()
        await soon(lambda: session.ended)
        await hub.open(ANN, "node1", "two", 24, 80)


async def test_an_ended_shell_is_replaced_under_its_name(engine: ScriptedEngine) -> None:
    async with a_hub(engine) as hub:
        first = await hub.open(ANN, "node1", "main", 24, 80)
        engine.shells[0].end()
        await soon(lambda: first.ended)
        second = await hub.open(ANN, "node1", "main", 24, 80)
        assert second is not first
        assert not second.ended


async def test_too_many_tabs_on_one_shell_are_refused(engine: ScriptedEngine) -> None:
    async with a_hub(engine, sockets_per_terminal=1) as hub:
        session = await hub.open(ANN, "node1", "main", 24, 80)
        with session.attach(0), pytest.raises(TerminalRefused):
            await hub.open(ANN, "node1", "main", 24, 80)
        await hub.open(ANN, "node1", "main", 24, 80)


async def test_a_forgotten_shell_is_ended_and_one_with_a_viewer_is_not(
    engine: ScriptedEngine,
) -> None:
    async with a_hub(engine, terminal_idle_s=0.05) as hub:
        kept = await hub.open(ANN, "node1", "kept", 24, 80)
        with kept.attach(0):
            forgotten = await hub.open(ANN, "node1", "forgotten", 24, 80)
            await soon(lambda: forgotten.ended)
            assert not kept.ended
        await soon(lambda: kept.ended)
    assert [shell.closed for shell in engine.shells] == [1, 1]


async def test_leaving_the_hub_closes_every_shell_once(engine: ScriptedEngine) -> None:
    async with a_hub(engine) as hub:
        await hub.open(ANN, "node1", "main", 24, 80)
        await hub.open(BOB, "node1", "main", 24, 80)
        await anyio.lowlevel.checkpoint()
    assert [shell.closed for shell in engine.shells] == [1, 1]


async def test_an_engine_that_opens_no_shell_leaves_nothing_behind(engine: ScriptedEngine) -> None:
    async with a_hub(engine, terminals_per_student=1) as hub:
        engine.refuses = True
        with pytest.raises(NodeUnavailable):
            await hub.open(ANN, "node1", "main", 24, 80)
        engine.refuses = False
        await hub.open(ANN, "node1", "main", 24, 80)


@pytest.mark.parametrize("error", [NodeUnavailable("Gone."), ConnectionResetError()])
async def test_a_shell_that_breaks_leaves_the_others_alone(
    engine: ScriptedEngine, error: Exception
) -> None:
    async with a_hub(engine) as hub:
        broken = await hub.open(ANN, "node1", "main", 24, 80)
        other = await hub.open(BOB, "node1", "main", 24, 80)
        engine.shells[0].broken = error
        broken.type(b"x")
        await soon(lambda: broken.ended)
        other.type(b"hello")
        await soon(lambda: engine.shells[1].typed == b"hello")
        assert await hub.open(ANN, "node1", "main", 24, 80) is not broken
