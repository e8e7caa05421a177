"""The pool's warm sandboxes: made ahead, given at once, found again, replaced when they die."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from app.errors import NodeUnavailable
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.engine import NodeEvent
from app.sandboxes.pool import SandboxPool
from app.sandboxes.warm import Expected
from app.settings import Settings
from tests.support.engines import GatedEngine, StaleEngine, SurprisingEngine
from tests.support.eventually import soon
from tests.support.pace import FAST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.anyio
ANN, BOB = "a" * 16, "b" * 16


@asynccontextmanager
async def a_pool(
    engine: EchoEngine,
    expected: tuple[Expected, ...] = (),
    **settings: Any,  # noqa: ANN401 - whatever Settings takes
) -> AsyncIterator[SandboxPool]:
    async def expectations() -> tuple[Expected, ...]:
        return expected

    chosen = Settings(**{"warm_sandboxes": 2, **settings})
    async with SandboxPool(engine, chosen, lambda _who, _view: None, expectations, FAST) as pool:
        yield pool


async def free_in(engine: EchoEngine) -> set[str]:
    return {sandbox.id for sandbox in await engine.sandboxes() if sandbox.free}


async def test_the_stock_is_filled_and_filled_again() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await soon(lambda: pool.warm == 2)
        before = await free_in(engine)
        pool.ensure(ANN)
        await soon(lambda: pool.view(ANN).state == "ready")
        await soon(lambda: pool.warm == 2)
        assert len(before - await free_in(engine)) == 1


class SharedEngine(EchoEngine):
    """Another app gives its sandboxes away before they are quite made."""

    async def make(self, sandbox: str, on_stage: Callable[[str], None]) -> None:
        await super().make(sandbox, on_stage)
        if BOB not in self.students:
            await self.claim(sandbox, BOB)
            raise NodeUnavailable("node1 is not running.")


async def test_what_another_app_has_given_away_in_the_making_stays_with_its_student() -> None:
    engine = SharedEngine()
    async with a_pool(engine) as pool:
        await soon(lambda: BOB in engine.students)
        await soon(lambda: pool.figures().warm_making == 0)
        assert BOB in engine.students
        assert [row.student for row in await engine.sandboxes() if row.student] == [BOB]


async def test_a_warm_sandbox_is_given_although_nothing_can_be_made() -> None:
    engine = GatedEngine()
    engine.gate.set()
    async with a_pool(engine) as pool:
        await soon(lambda: pool.warm == 2)
        engine.gate = anyio.Event()
        pool.ensure(ANN)
        await soon(lambda: pool.view(ANN).state == "ready")
        engine.gate.set()


async def test_students_go_before_the_stock() -> None:
    engine = GatedEngine()
    async with a_pool(engine, starts_at_once=1) as pool:
        await soon(lambda: engine.most_at_once == 1)  # the first one for the stock
        pool.ensure(ANN)
        pool.ensure(BOB)
        engine.gate.set()
        await soon(lambda: pool.view(BOB).state == "ready")
        assert pool.view(ANN).state == "ready"


async def test_a_restarted_app_finds_the_stock_again() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await soon(lambda: pool.warm == 2)
        before = await free_in(engine)
    async with a_pool(engine) as pool:
        await soon(lambda: pool.warm == 2)
        assert await free_in(engine) == before


async def test_what_is_left_over_is_removed() -> None:
    engine = EchoEngine()
    await engine.create(ANN, 1, lambda _stage: None)
    await engine.give_back(ANN)
    async with a_pool(engine, warm_sandboxes=0):
        await soon(lambda: not engine.count)


async def test_one_that_dies_while_it_waits_is_replaced() -> None:
    engine = EchoEngine()
    async with a_pool(engine) as pool:
        await soon(lambda: pool.warm == 2)
        (victim, _) = await free_in(engine)
        await engine.discard(victim)
        engine.tell(NodeEvent(victim, "", "node1", "stopped"))
        await soon(lambda: pool.warm == 2 and engine.count == 2)
        assert victim not in await free_in(engine)


async def test_one_that_died_unnoticed_costs_the_student_a_moment_and_no_more() -> None:
    engine = EchoEngine()
    async with a_pool(engine, warm_sandboxes=1) as pool:
        await soon(lambda: pool.warm == 1)
        for victim in await free_in(engine):
            await engine.discard(victim)
        pool.ensure(ANN)
        await soon(lambda: pool.view(ANN).state == "ready")


async def test_a_stock_that_can_t_be_made_does_not_spin() -> None:
    engine = SurprisingEngine()
    engine.surprise = "make"
    async with a_pool(engine, warm_sandboxes=1) as pool:
        await soon(lambda: engine.surprised)
        pool.ensure(ANN)
        await soon(lambda: pool.view(ANN).state == "ready")
        assert engine.surprised <= 2


async def test_an_announced_class_finds_its_sandboxes_ready() -> None:
    now = time.time()
    group = Expected(12, now + 60, now + 600)
    async with a_pool(EchoEngine(), (group,), warm_sandboxes=1) as pool:
        await soon(lambda: pool.warm == 12)


async def test_a_full_machine_makes_no_stock_but_gives_what_there_is() -> None:
    async with a_pool(EchoEngine(), max_sandboxes=2) as pool:
        await soon(lambda: pool.warm == 2)
        for student in (ANN, BOB):
            pool.ensure(student)
            await soon(lambda student=student: pool.view(student).state == "ready")  # type: ignore[misc]
        assert pool.warm == 0


async def test_a_reset_takes_a_warm_sandbox_and_the_old_one_goes() -> None:
    engine = EchoEngine()
    async with a_pool(engine, warm_sandboxes=1) as pool:
        await soon(lambda: pool.warm == 1)
        pool.ensure(ANN)
        await soon(lambda: pool.view(ANN).state == "ready")
        await soon(lambda: pool.warm == 1)
        (fresh,) = await free_in(engine)
        pool.reset(ANN)
        await soon(lambda: pool.view(ANN).state == "ready")
        mine = [row.id for row in await engine.sandboxes() if row.student == ANN]
        assert mine == [fresh]
        await soon(lambda: engine.count == 2)  # hers, and a new warm one


async def test_one_given_away_while_the_stock_is_tidied_stays_with_its_student() -> None:
    engine = StaleEngine()
    async with a_pool(engine, warm_sandboxes=1) as pool:
        await soon(lambda: pool.warm == 1)
        engine.holds = True
        await engine.looking.wait()
        pool.ensure(ANN)
        await soon(lambda: pool.view(ANN).state == "ready")
        engine.holds = False
        engine.go_on.set()
        await anyio.wait_all_tasks_blocked()
        await soon(lambda: pool.warm == 1)
        assert ANN in engine.students
