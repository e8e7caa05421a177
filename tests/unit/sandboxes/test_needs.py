"""Nodes of a lesson that was left go, and not before it has been left for good."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import pytest

from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.needs import Needs
from app.sandboxes.nodes import NodeCare
from app.sandboxes.roll import Roll
from app.sandboxes.view import SandboxView
from app.settings import Settings
from tests.support.eventually import soon
from tests.unit.sandboxes.test_pool_life import ANN, BOB, a_pool, ready

if TYPE_CHECKING:
    from app.sandboxes.pool import SandboxPool

MOST = 3


def names(pool: SandboxPool) -> list[str]:
    return [node.name for node in pool.view(ANN).nodes]


@pytest.mark.anyio
async def test_spare_nodes_go_once_only_smaller_lessons_are_open() -> None:
    engine = EchoEngine()
    async with a_pool(engine, spare_node_s=0.1) as pool:
        with pool.page(ANN, 3):
            await ready(pool, ANN, nodes=3)
        with pool.page(ANN, 1):
            await soon(lambda: names(pool) == ["node1"])
            assert [len(it.nodes) for it in await engine.sandboxes()] == [1]
            # And they come again with the lesson.
            with pool.page(ANN, 2):
                await ready(pool, ANN, nodes=2)


def test_what_a_page_needs_stays_needed_for_a_while_after_it(clock: list[float]) -> None:
    needs = Needs(spare_s=10, most=MOST)
    clock[0] += 11
    with needs.page(ANN, 1):
        with needs.page(ANN, 3):
            assert needs.of(ANN) == 3
        clock[0] += 9
        assert needs.of(ANN) == 3
        clock[0] += 2
        assert needs.of(ANN) == 1
        needs.note(ANN, 2)
        assert needs.of(ANN) == 2


def test_nothing_is_spare_before_every_page_had_time_to_come_back(clock: list[float]) -> None:
    needs = Needs(spare_s=10, most=MOST)
    with needs.page(ANN, 1):
        assert needs.of(ANN) == MOST
        clock[0] += 11
        assert needs.of(ANN) == 1


def test_nothing_is_spare_of_who_has_no_page_open(clock: list[float]) -> None:
    needs = Needs(spare_s=10, most=MOST)
    clock[0] += 11
    with needs.page(BOB, 1):
        assert needs.of(ANN) == MOST
    clock[0] += 11
    assert needs.of(BOB) == MOST
    needs.forget(BOB)
    assert needs.of(BOB) == MOST


def test_strangers_who_came_and_went_are_forgotten(clock: list[float]) -> None:
    needs = Needs(spare_s=10, most=MOST)
    for number in range(1000):
        clock[0] += 1
        with needs.page(f"{number:016x}", 1):
            pass
    assert needs.remembered <= 10


@pytest.mark.anyio
@pytest.mark.parametrize(("still_spare", "left"), [(True, ["node1"]), (False, ["node1", "node2"])])
async def test_a_node_that_is_needed_again_before_its_turn_comes_stays(
    still_spare: bool, left: list[str]
) -> None:
    """Something else is done to the sandbox first; the lesson may be opened again meanwhile."""
    engine, settings, busy = EchoEngine(), Settings(), asyncio.Lock()
    roll = Roll(60, 10, lambda _student: None)
    roll.change(ANN, SandboxView("ready", nodes=tuple(await engine.create(ANN, 2, lambda _: None))))
    spare = [True]
    async with anyio.create_task_group() as tasks:
        care = NodeCare(
            engine, settings, roll,
            tasks=tasks, slots=anyio.CapacityLimiter(1), lock=lambda _: busy, why_full=lambda: "",
        )  # fmt: skip
        async with busy:
            tasks.start_soon(care.drop, ANN, roll.view(ANN).nodes[1], lambda: spare[0])
            await anyio.lowlevel.checkpoint()
            spare[0] = still_spare
    assert [node.name for node in roll.view(ANN).nodes] == left
    (sandbox,) = await engine.sandboxes()
    assert [node.name for node in sandbox.nodes] == left


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("app.sandboxes.needs.time.monotonic", lambda: now[0])
    return now
