"""The pool: who waits, who starts, what failed, what is adopted, and what ends."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest

from app.errors import EngineUnavailable, NodeUnavailable, NotFound, SandboxUnavailable
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.pool import SandboxPool
from app.settings import Settings
from tests.support.engines import GatedEngine, SurprisingEngine
from tests.support.eventually import soon
from tests.support.pace import FAST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from app.sandboxes.view import SandboxView

pytestmark = pytest.mark.anyio
ANN, BOB, CID, DAN = (letter * 16 for letter in "abcd")


@asynccontextmanager
async def a_pool(
    engine: EchoEngine,
    on_change: Callable[[str, SandboxView], None] = lambda _student, _view: None,
    **settings: Any,  # noqa: ANN401 - whatever Settings takes
) -> AsyncIterator[SandboxPool]:
    chosen = {"warm_sandboxes": 0, **settings}
    async with SandboxPool(engine, Settings(**chosen), on_change, pace=FAST) as pool:
        yield pool


async def ready(pool: SandboxPool, *students: str) -> None:
    for student in students:
        pool.ensure(student)
        await soon(lambda student=student: pool.view(student).state == "ready")  # type: ignore[misc]


async def test_those_who_wait_have_a_place_in_the_queue() -> None:
    async with a_pool(GatedEngine(), starts_at_once=1) as pool:
        states = [pool.ensure(student) for student in (ANN, BOB, CID)]
        assert [view.state for view in states] == ["starting", "queued", "queued"]
        assert [view.position for view in states] == [None, 1, 2]


async def test_the_queue_moves_up_and_says_so() -> None:
    engine, seen = GatedEngine(), []
    note: Callable[[str, SandboxView], None] = lambda who, view: seen.append(  # noqa: E731
        (who, view.position)
    )
    async with a_pool(engine, note, starts_at_once=1) as pool:
        for student in (ANN, BOB, CID):
            pool.ensure(student)
        engine.gate.set()
        await soon(lambda: pool.view(CID).state == "ready")
    positions = [position for who, position in seen if who == CID and position]
    assert positions[0] == 2
    assert positions[-1] == 1


async def test_no_more_start_at_once_than_the_setting_says() -> None:
    engine = GatedEngine()
    async with a_pool(engine, starts_at_once=2) as pool:
        for student in (ANN, BOB, CID, DAN):
            pool.ensure(student)
        await anyio.wait_all_tasks_blocked()
        engine.gate.set()
        await soon(lambda: pool.figures().by_state["ready"] == 4)
    assert engine.most_at_once == 2


async def test_asking_again_does_not_lose_the_place() -> None:
    async with a_pool(GatedEngine(), starts_at_once=1) as pool:
        for student in (ANN, BOB, CID, BOB):
            pool.ensure(student)
        assert (pool.view(BOB).position, pool.view(CID).position) == (1, 2)


async def test_a_full_machine_makes_the_next_wait_until_one_ends() -> None:
    async with a_pool(EchoEngine(), max_sandboxes=1, sandbox_idle_s=0.2) as pool:
        await ready(pool, ANN)
        assert pool.ensure(BOB).state == "queued"
        await soon(lambda: pool.view(BOB).state == "ready")
        assert pool.view(ANN).state == "ended"


async def test_a_start_that_fails_says_why_and_can_be_tried_again() -> None:
    engine = GatedEngine()
    engine.gate.set()
    engine.broken = "The disk is full."
    async with a_pool(engine) as pool:
        pool.ensure(ANN)
        await soon(lambda: pool.view(ANN).state == "failed")
        assert pool.view(ANN).reason == "The disk is full."
        engine.broken = ""
        await ready(pool, ANN)
        assert pool.view(ANN).reason == ""


async def test_a_start_that_takes_too_long_has_failed() -> None:
    async with a_pool(GatedEngine(), start_timeout_s=0.05) as pool:
        pool.ensure(ANN)
        await soon(lambda: pool.view(ANN).state == "failed")
        assert "0.05 s" in pool.view(ANN).reason


async def test_a_failed_start_makes_room_for_the_next() -> None:
    engine = GatedEngine()
    async with a_pool(engine, starts_at_once=1, start_timeout_s=0.05) as pool:
        pool.ensure(ANN)
        pool.ensure(BOB)
        await soon(lambda: pool.view(BOB).state == "failed")


async def test_without_an_engine_nothing_is_made_and_the_reason_is_told() -> None:
    async with a_pool(EchoEngine(reachable=False)) as pool:
        assert pool.info is None
        assert pool.why_not
        for ask in (pool.ensure, pool.reset):
            with pytest.raises(EngineUnavailable) as raised:
                ask(ANN)
            assert raised.value.message == pool.why_not


async def test_an_engine_that_goes_away_and_comes_back_is_noticed() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await ready(pool, ANN)
        engine.reachable = False
        await soon(lambda: pool.why_not)
        assert pool.view(ANN).state == "ready"
        await engine_loses(engine, ANN)
        engine.reachable = True
        await soon(lambda: pool.info)
        assert pool.why_not == ""
        assert pool.view(ANN).state == "ended"
        await ready(pool, BOB)


async def engine_loses(engine: EchoEngine, student: str) -> None:
    engine.reachable = True
    await engine.remove(student)
    engine.reachable = False


async def test_an_engine_that_is_late_is_found() -> None:
    engine = EchoEngine(reachable=False)
    async with a_pool(engine) as pool:
        engine.reachable = True
        await soon(lambda: pool.info)
        await ready(pool, ANN)


async def test_a_restarted_app_adopts_what_it_finds() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await ready(pool, ANN, BOB)
        await engine.stop(BOB, "node1")
    async with a_pool(engine) as pool:
        assert [node.state for node in pool.view(ANN).nodes] == ["ready"]
        assert pool.view(ANN).state == "ready"
        assert pool.figures().by_state["ready"] == 2


async def test_adopted_sandboxes_count_against_the_capacity() -> None:
    engine = EchoEngine()
    await engine.create(ANN, 1, lambda _stage: None)
    async with a_pool(engine, max_sandboxes=1) as pool:
        assert pool.ensure(BOB).state == "queued"


async def test_an_idle_sandbox_is_removed_and_says_so() -> None:
    engine = EchoEngine()
    async with a_pool(engine, sandbox_idle_s=0.1) as pool:
        await ready(pool, ANN)
        await soon(lambda: pool.view(ANN).state == "ended")
        assert pool.view(ANN).reason
        await soon(lambda: not engine.students)


async def test_leaving_the_pool_leaves_the_sandboxes() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await ready(pool, ANN)
    assert engine.students == {ANN}


async def test_a_reset_replaces_the_sandbox() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await ready(pool, ANN)
        await engine.stop(ANN, "node1")
        await soon(lambda: pool.view(ANN).nodes[0].state == "stopped")
        assert pool.reset(ANN).state == "starting"
        await soon(lambda: pool.view(ANN).state == "ready")
        assert pool.view(ANN).nodes[0].state == "ready"


async def test_a_node_is_required_to_be_there_and_to_run() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        with pytest.raises(SandboxUnavailable):
            pool.require_node(ANN, "node1")
        await ready(pool, ANN)
        pool.require_node(ANN, "node1")
        with pytest.raises(NotFound):
            pool.require_node(ANN, "node2")
        await engine.stop(ANN, "node1")
        await soon(lambda: pool.view(ANN).nodes[0].state == "stopped")
        with pytest.raises(NodeUnavailable):
            pool.require_node(ANN, "node1")


async def test_a_restart_that_fails_leaves_the_node_stopped() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await ready(pool, ANN)
        await engine.stop(ANN, "node1")
        engine.reachable = False
        with pytest.raises(EngineUnavailable):
            await pool.restart(ANN, "node1")
        assert pool.view(ANN).nodes[0].state == "stopped"


async def test_a_surprise_in_the_engine_ends_one_start_and_not_the_pool() -> None:
    engine = SurprisingEngine()
    async with a_pool(engine) as pool:
        engine.surprise = "create"
        pool.ensure(ANN)
        await soon(lambda: pool.view(ANN).state == "failed")
        engine.surprise = ""
        await ready(pool, BOB)


async def test_a_surprise_while_an_idle_sandbox_is_removed_is_survived() -> None:
    engine = SurprisingEngine()
    async with a_pool(engine, sandbox_idle_s=0.1) as pool:
        await ready(pool, ANN)
        engine.surprise = "remove"
        await soon(lambda: engine.surprised > 1)
        engine.surprise = ""
        await soon(lambda: not engine.students)
        await ready(pool, BOB)


async def test_a_start_that_fails_leaves_nothing_in_the_engine() -> None:
    engine = SurprisingEngine()
    async with a_pool(engine, start_timeout_s=0.05) as pool:
        engine.surprise = "hang"
        pool.ensure(ANN)
        await soon(lambda: pool.view(ANN).state == "failed")
        assert engine.students == set()


async def test_a_reset_without_a_sandbox_is_no_way_past_the_line() -> None:
    async with a_pool(EchoEngine(), max_sandboxes=1) as pool:
        await ready(pool, ANN)
        pool.ensure(BOB)
        assert pool.reset(CID).position == 2


async def test_a_reset_keeps_its_place_on_a_full_machine() -> None:
    async with a_pool(EchoEngine(), max_sandboxes=1) as pool:
        await ready(pool, ANN)
        pool.ensure(BOB)
        pool.reset(ANN)
        await soon(lambda: pool.view(ANN).state == "ready")
        assert pool.view(BOB).state == "queued"
