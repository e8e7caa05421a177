"""The life of a sandbox in the pool: nodes added, warnings, work, full disks, a lost engine."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.errors import EngineUnavailable, TooManyRequests
from app.sandboxes import keeper, link
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.engine import EngineHealth, NodeEvent
from app.sandboxes.pool import SandboxPool
from app.settings import Settings
from tests.support.engines import HangingEngine
from tests.support.eventually import soon
from tests.support.pace import FAST, HASTY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from app.sandboxes.pace import Pace
    from app.sandboxes.view import SandboxView

pytestmark = pytest.mark.anyio
ANN, BOB = "a" * 16, "b" * 16
GIB = 1024**3


@asynccontextmanager
async def a_pool(
    engine: EchoEngine,
    on_change: Callable[[str, SandboxView], None] = lambda _student, _view: None,
    pace: Pace = FAST,
    **settings: Any,  # noqa: ANN401 - whatever Settings takes
) -> AsyncIterator[SandboxPool]:
    chosen = {"warm_sandboxes": 0, **settings}
    async with SandboxPool(engine, Settings(**chosen), on_change, pace=pace) as pool:
        yield pool


async def ready(pool: SandboxPool, student: str, nodes: int = 1) -> None:
    pool.ensure(student, nodes)
    await soon(
        lambda: len(states(pool, student)) == nodes and set(states(pool, student)) == {"ready"}
    )


def states(pool: SandboxPool, student: str) -> list[str]:
    return [node.state for node in pool.view(student).nodes]


async def test_a_lesson_with_two_nodes_brings_a_second_one() -> None:
    async with a_pool(EchoEngine()) as pool:
        await ready(pool, ANN)
        first = pool.view(ANN).nodes[0]
        await ready(pool, ANN, nodes=2)
        assert [node.name for node in pool.view(ANN).nodes] == ["node1", "node2"]
        assert pool.view(ANN).nodes[0] == first


async def test_the_first_node_can_be_used_while_the_second_comes() -> None:
    seen: list[list[str]] = []
    async with a_pool(
        EchoEngine(), lambda _, view: seen.append([n.state for n in view.nodes])
    ) as pool:
        await ready(pool, ANN, nodes=2)
    assert ["ready", "starting"] in seen


async def test_a_lesson_with_one_node_takes_none_away() -> None:
    async with a_pool(EchoEngine()) as pool:
        await ready(pool, ANN, nodes=3)
        pool.ensure(ANN, 1)
        assert len(pool.view(ANN).nodes) == 3


async def test_a_reset_gives_the_nodes_of_the_lesson_it_was_asked_on() -> None:
    async with a_pool(EchoEngine()) as pool:
        await ready(pool, ANN, nodes=3)
        pool.reset(ANN, 2)
        await soon(lambda: states(pool, ANN) == ["ready", "ready"])


async def test_a_second_node_that_does_not_fit_says_why_and_can_be_tried_again() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await ready(pool, ANN)
        engine.machine = EngineHealth(0, 64 * GIB, registry_serves=True)
        await soon(lambda: pool.capacity == 1)
        pool.ensure(ANN, 2)
        await soon(lambda: states(pool, ANN) == ["ready", "stopped"])
        assert "memory" in pool.view(ANN).nodes[1].reason
        engine.machine = EngineHealth(64 * GIB, 64 * GIB, registry_serves=True)
        await soon(lambda: pool.capacity > 1)
        await pool.restart(ANN, "node2")
        await soon(lambda: states(pool, ANN) == ["ready", "ready"])


async def test_one_node_can_be_replaced() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await ready(pool, ANN, nodes=2)
        await engine.stop(ANN, "node2")
        await soon(lambda: states(pool, ANN) == ["ready", "stopped"])
        await pool.renew(ANN, "node2")
        assert states(pool, ANN) == ["ready", "ready"]


async def test_resets_have_a_limit() -> None:
    async with a_pool(EchoEngine(), resets_per_minute=2) as pool:
        await ready(pool, ANN)
        for _ in range(2):
            pool.reset(ANN)
            await soon(lambda: pool.view(ANN).state == "ready")
        with pytest.raises(TooManyRequests):
            pool.reset(ANN)
        with pytest.raises(TooManyRequests):
            await pool.renew(ANN, "node1")


async def test_restarts_have_a_limit_of_their_own() -> None:
    async with a_pool(EchoEngine(), resets_per_minute=2) as pool:
        await ready(pool, ANN)
        for _ in range(2):
            await pool.restart(ANN, "node1")
        with pytest.raises(TooManyRequests, match="restarts"):
            await pool.restart(ANN, "node1")
        await pool.renew(ANN, "node1")


async def test_nodes_that_went_down_with_the_engine_come_back_with_it() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await ready(pool, ANN, nodes=2)
        await engine.stop(ANN, "node1")
        await engine.stop(ANN, "node2")
        await engine.go_away()
        await soon(lambda: pool.why_not)
        engine.reachable = True
        await soon(lambda: states(pool, ANN) == ["ready", "ready"])


async def test_a_restarted_app_starts_what_it_finds_stopped() -> None:
    engine = EchoEngine()
    await engine.create(ANN, 1, lambda _stage: None)
    await engine.stop(ANN, "node1")
    async with a_pool(engine) as pool:
        await soon(lambda: states(pool, ANN) == ["ready"])


async def test_a_node_that_stops_says_why() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await ready(pool, ANN)
        await engine.stop(ANN, "node1")
        await soon(lambda: states(pool, ANN) == ["stopped"])
        assert pool.view(ANN).nodes[0].reason == "It was shut down from within."


async def test_a_node_without_memory_says_so_and_stays() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await ready(pool, ANN)
        (sandbox,) = await engine.sandboxes()
        engine.tell(NodeEvent(sandbox.id, ANN, "node1", "starved"))
        await soon(lambda: "memory" in pool.view(ANN).nodes[0].reason)
        assert states(pool, ANN) == ["ready"]


async def test_who_is_nearly_idle_is_warned_once_and_one_touch_extends() -> None:
    seen: list[bool] = []
    async with a_pool(
        EchoEngine(),
        lambda _, view: seen.append(view.ending),
        sandbox_idle_s=4,
        idle_warning_s=3.9,
    ) as pool:
        await ready(pool, ANN)
        assert not pool.view(ANN).ending
        seen.clear()
        await soon(lambda: seen == [True])
        pool.touch(ANN)
        assert seen == [True, False]


async def test_a_program_at_work_is_a_sign_of_life() -> None:
    engine = EchoEngine()
    async with a_pool(engine, sandbox_idle_s=2, idle_warning_s=0.9) as pool:
        await ready(pool, ANN)
        await ready(pool, BOB)
        engine.work_of[ANN] = 1.0  # one processor, all of it
        await soon(lambda: pool.view(BOB).state == "ended")
        assert pool.view(ANN).state == "ready"


async def test_the_student_who_fills_the_disk_is_stopped_and_told() -> None:
    engine = EchoEngine()
    async with a_pool(engine, node_disk_mb=100) as pool:
        await ready(pool, ANN)
        await ready(pool, BOB)
        engine.written = {(ANN, "node1"): 101 * keeper.MIB, (BOB, "node1"): 99 * keeper.MIB}
        engine.machine = replace(engine.machine, disk_free_bytes=63 * GIB)
        await soon(lambda: states(pool, ANN) == ["stopped"])
        assert "101 MiB" in pool.view(ANN).nodes[0].reason
        assert states(pool, BOB) == ["ready"]


async def test_an_engine_that_hangs_is_told_at_once_and_found_again() -> None:
    engine = HangingEngine()
    async with a_pool(engine, pace=HASTY) as pool:
        await ready(pool, ANN)
        engine.hangs = True
        await soon(lambda: pool.why_not)
        assert pool.view(ANN).trouble == link.NO_ANSWER
        with pytest.raises(EngineUnavailable):
            pool.ensure(BOB)
        with pytest.raises(EngineUnavailable):
            pool.require_node(ANN, "node1")
        engine.hangs = False
        await soon(lambda: pool.info)
        assert pool.view(ANN).trouble == ""
        await ready(pool, BOB)


async def test_a_registry_that_is_down_is_told_to_everybody() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await ready(pool, ANN)
        engine.machine = replace(engine.machine, registry_serves=False)
        await soon(lambda: pool.view(ANN).trouble == link.NO_REGISTRY)
        engine.machine = replace(engine.machine, registry_serves=True)
        await soon(lambda: not pool.view(ANN).trouble)


async def test_a_machine_without_room_makes_students_wait_and_says_why() -> None:
    engine = EchoEngine()
    engine.machine = EngineHealth(0, 64 * GIB, registry_serves=True)
    async with a_pool(engine) as pool:
        view = pool.ensure(ANN)
        assert (view.state, view.position) == ("queued", 1)
        assert "memory" in view.reason
        engine.machine = EngineHealth(64 * GIB, 64 * GIB, registry_serves=True)
        await soon(lambda: pool.view(ANN).state == "ready")
