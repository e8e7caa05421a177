"""The hub finds a student's shell by name, keeps the limits, and ends what nobody looks at."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from app.errors import BadRequest, NodeUnavailable, TerminalRefused, TooManyRequests
from app.settings import Settings
from app.terminals.hub import TerminalHub
from app.terminals.protocol import Hello
from tests.support.eventually import soon
from tests.support.shells import ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.terminals.session import Session

pytestmark = pytest.mark.anyio
ANN, BOB = "a" * 16, "b" * 16
HELLO = Hello(last_seq=0, rows=24, cols=80)


@asynccontextmanager
async def a_hub(
    engine: ScriptedEngine,
    **settings: Any,  # noqa: ANN401 - whatever Settings takes
) -> AsyncIterator[TerminalHub]:
    async with TerminalHub(engine, Settings(**settings)) as hub:
        yield hub


async def opened(hub: TerminalHub, student: str, node: str, name: str) -> Session:
    """The session of a browser that came, and left at once."""
    async with hub.attached(student, node, name, HELLO) as (session, _):
        return session


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


async def test_the_same_name_is_the_same_session(engine: ScriptedEngine) -> None:
    async with a_hub(engine) as hub:
        first = await opened(hub, ANN, "node1", "main")
        assert await opened(hub, ANN, "node1", "main") is first
    assert len(engine.shells) == 1


async def test_two_tabs_that_open_at_once_share_one_shell(engine: ScriptedEngine) -> None:
    async with a_hub(engine) as hub, anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(opened, hub, ANN, "node1", "main")
    assert len(engine.shells) == 1


async def test_names_nodes_and_students_keep_shells_apart(engine: ScriptedEngine) -> None:
    async with a_hub(engine) as hub:
        for student, node, name in (
            (ANN, "node1", "main"),
            (ANN, "node1", "two"),
            (ANN, "node2", "main"),
            (BOB, "node1", "main"),
        ):
            await opened(hub, student, node, name)
    assert len(engine.shells) == 4


@pytest.mark.parametrize("name", ["", "A", "a" * 33, "a b", "../x", "é", "a\n"])
async def test_a_bad_name_opens_nothing(engine: ScriptedEngine, name: str) -> None:
    async with a_hub(engine) as hub:
        with pytest.raises(BadRequest):
            await opened(hub, ANN, "node1", name)
    assert engine.shells == []


@pytest.mark.parametrize("node", ["node0", "node4", "node11", "", "host"])
async def test_a_bad_node_opens_nothing(engine: ScriptedEngine, node: str) -> None:
    async with a_hub(engine) as hub:
        with pytest.raises(BadRequest):
            await opened(hub, ANN, node, "main")
    assert engine.shells == []


async def test_the_limit_counts_one_students_shells_only(engine: ScriptedEngine) -> None:
    async with a_hub(engine, terminals_per_student=2) as hub:
        for name in ("one", "two"):
            await opened(hub, ANN, "node1", name)
        with pytest.raises(TerminalRefused, match="2 terminals"):
            await opened(hub, ANN, "node1", "three")
        await opened(hub, BOB, "node1", "one")


async def test_an_ended_shell_makes_room(engine: ScriptedEngine) -> None:
    async with a_hub(engine, terminals_per_student=1) as hub:
        session = await opened(hub, ANN, "node1", "one")
        engine.shells[0].end()
        await soon(lambda: session.ended)
        await opened(hub, ANN, "node1", "two")


async def test_an_ended_shell_is_replaced_under_its_name(engine: ScriptedEngine) -> None:
    async with a_hub(engine) as hub:
        first = await opened(hub, ANN, "node1", "main")
        engine.shells[0].end()
        await soon(lambda: first.ended)
        second = await opened(hub, ANN, "node1", "main")
        assert second is not first
        assert not second.ended


async def test_too_many_tabs_on_one_shell_are_refused(engine: ScriptedEngine) -> None:
    async with a_hub(engine, sockets_per_terminal=1) as hub:
        async with hub.attached(ANN, "node1", "main", HELLO):
            with pytest.raises(TerminalRefused):
                await opened(hub, ANN, "node1", "main")
        await opened(hub, ANN, "node1", "main")


async def test_a_forgotten_shell_is_ended_and_one_with_a_viewer_is_not(
    engine: ScriptedEngine,
) -> None:
    async with a_hub(engine, terminal_idle_s=0.05) as hub:
        kept = await opened(hub, ANN, "node1", "kept")
        with kept.attach((24, 80)):
            forgotten = await opened(hub, ANN, "node1", "forgotten")
            await soon(lambda: forgotten.ended)
            assert not kept.ended
        await soon(lambda: kept.ended)
    assert [shell.closed for shell in engine.shells] == [1, 1]


async def test_leaving_the_hub_closes_every_shell_once(engine: ScriptedEngine) -> None:
    async with a_hub(engine) as hub:
        await opened(hub, ANN, "node1", "main")
        await opened(hub, BOB, "node1", "main")
        await anyio.lowlevel.checkpoint()
    assert [shell.closed for shell in engine.shells] == [1, 1]


async def test_an_engine_that_opens_no_shell_leaves_nothing_behind(engine: ScriptedEngine) -> None:
    async with a_hub(engine, terminals_per_student=1) as hub:
        engine.refuses = True
        with pytest.raises(NodeUnavailable):
            await opened(hub, ANN, "node1", "main")
        engine.refuses = False
        await opened(hub, ANN, "node1", "main")


@pytest.mark.parametrize("error", [NodeUnavailable("Gone."), ConnectionResetError()])
async def test_a_shell_that_breaks_leaves_the_others_alone(
    engine: ScriptedEngine, error: Exception
) -> None:
    async with a_hub(engine) as hub:
        broken = await opened(hub, ANN, "node1", "main")
        other = await opened(hub, BOB, "node1", "main")
        engine.shells[0].broken = error
        with broken.attach((24, 80)) as viewer:
            broken.type(viewer, b"x")
            await soon(lambda: broken.ended)
        with other.attach((24, 80)) as viewer:
            other.type(viewer, b"hello")
            await soon(lambda: engine.shells[1].typed == b"hello")
        assert await opened(hub, ANN, "node1", "main") is not broken


async def test_tabs_that_come_at_the_same_moment_are_counted_too(engine: ScriptedEngine) -> None:
    refused: list[TerminalRefused] = []

    async with a_hub(engine, sockets_per_terminal=2) as hub, anyio.create_task_group() as tasks:

        async def come() -> None:
            try:
                async with hub.attached(ANN, "node1", "main", HELLO):
                    await anyio.sleep_forever()
            except TerminalRefused as error:
                refused.append(error)

        for _ in range(10):
            tasks.start_soon(come)
        await soon(lambda: len(refused) == 8)
        tasks.cancel_scope.cancel()


async def test_connections_of_one_student_are_counted_before_they_say_hello(
    engine: ScriptedEngine,
) -> None:
    async with a_hub(engine, terminals_per_student=1, sockets_per_terminal=2) as hub:
        with hub.socket_of(ANN), hub.socket_of(ANN):
            with pytest.raises(TerminalRefused, match="2 connections"), hub.socket_of(ANN):
                pass
            with hub.socket_of(BOB):
                pass
        with hub.socket_of(ANN):
            pass


async def test_an_expected_page_finds_its_shell_and_no_second_one(engine: ScriptedEngine) -> None:
    async with a_hub(engine) as hub:
        hub.expect(ANN)
        await soon(lambda: hub.shells == 1)
        session = await opened(hub, ANN, "node1", "main")
        hub.expect(ANN)
        assert await opened(hub, ANN, "node1", "main") is session
    assert len(engine.shells) == 1


async def test_a_page_that_comes_while_its_shell_is_opened_waits_for_that_one(
    engine: ScriptedEngine,
) -> None:
    async with a_hub(engine) as hub:
        hub.expect(ANN)
        await opened(hub, ANN, "node1", "main")
        await opened(hub, ANN, "node1", "main")
    assert len(engine.shells) == 1


async def test_where_no_shell_can_be_opened_ahead_the_page_hears_why(
    engine: ScriptedEngine,
) -> None:
    engine.refuses = True
    async with a_hub(engine) as hub:
        hub.expect(ANN)
        with pytest.raises(NodeUnavailable):
            await opened(hub, ANN, "node1", "main")
        assert hub.shells == 0


async def test_who_opens_and_closes_too_quickly_waits(engine: ScriptedEngine) -> None:
    async with a_hub(engine, terminals_per_minute=3) as hub:
        for number in range(3):
            await opened(hub, ANN, "node1", f"{number}")
            hub.end(ANN, "node1", f"{number}")
        with pytest.raises(TooManyRequests, match="new terminals"):
            await opened(hub, ANN, "node1", "4")
        await opened(hub, BOB, "node1", "1")


async def test_shells_whose_sandbox_goes_are_ended_and_their_names_are_free_at_once(
    engine: ScriptedEngine,
) -> None:
    async with a_hub(engine) as hub:
        first = await opened(hub, ANN, "node1", "main")
        second = await opened(hub, ANN, "node2", "main")
        bobs = await opened(hub, BOB, "node1", "main")
        hub.end(ANN, "node1")
        assert await opened(hub, ANN, "node1", "main") is not first
        assert await opened(hub, ANN, "node2", "main") is second
        hub.end(ANN)
        hub.end(ANN)
        assert await opened(hub, BOB, "node1", "main") is bobs
        await soon(lambda: [shell.closed for shell in engine.shells] == [1, 1, 0, 1])


async def test_a_closed_terminal_ends_its_own_shell_and_frees_its_name_at_once(
    engine: ScriptedEngine,
) -> None:
    async with a_hub(engine) as hub:
        closed = await opened(hub, ANN, "node1", "2")
        others = [
            await opened(hub, *key)
            for key in ((ANN, "node1", "3"), (ANN, "node2", "2"), (BOB, "node1", "2"))
        ]
        hub.end(ANN, "node1", "2")
        hub.end(ANN, "node1", "2")
        assert await opened(hub, ANN, "node1", "2") is not closed
        await soon(lambda: closed.ended)
        assert not any(other.ended for other in others)
