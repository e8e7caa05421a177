"""Somebody sets the machine's clock: nobody loses a sandbox, and nothing is made twice."""

from __future__ import annotations

import dataclasses
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from app.sandboxes.pool import SandboxPool
from app.sandboxes.warm import Expected, WarmSandboxes
from app.settings import Settings
from tests.support.engines import UntidyEngine
from tests.support.eventually import soon
from tests.support.pace import FAST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.echo_engine import EchoEngine

pytestmark = pytest.mark.anyio
ANN, BOB = "a" * 16, "b" * 16
DAY_S = 24 * 3600
JUMPS_S = (DAY_S, -DAY_S, 400 * DAY_S)
ROUNDS = 5


class WallClock:
    """The time, and by how much somebody has set it."""

    def __init__(self) -> None:
        self.set_by_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.set_by_s


@asynccontextmanager
async def a_pool(
    engine: EchoEngine, clock: WallClock, expected: tuple[Expected, ...] = ()
) -> AsyncIterator[SandboxPool]:
    async def expectations() -> tuple[Expected, ...]:
        return expected

    settings = Settings(warm_sandboxes=2)

    def nobody_listens(*_: object) -> None: ...

    async with SandboxPool(
        engine, settings, nobody_listens, expectations, FAST, clock=clock
    ) as pool:
        yield pool


async def some_rounds(engine: UntidyEngine) -> None:
    """Until the pool has looked at everything a few times."""
    before = engine.listed
    await soon(lambda: engine.listed >= before + ROUNDS)


@pytest.mark.parametrize("jump_s", JUMPS_S)
async def test_nobodys_sandbox_ends_and_the_stock_stays_as_it_is(jump_s: float) -> None:
    engine, clock = UntidyEngine(), WallClock()
    async with a_pool(engine, clock) as pool:
        for student in (ANN, BOB):
            pool.ensure(student)
        await soon(lambda: [pool.view(who).state for who in (ANN, BOB)] == ["ready"] * 2)
        await soon(lambda: pool.warm == 2)
        before = {sandbox.id for sandbox in await engine.sandboxes()}
        clock.set_by_s = jump_s
        await some_rounds(engine)
        assert {sandbox.id for sandbox in await engine.sandboxes()} == before
        assert [pool.view(who).state for who in (ANN, BOB)] == ["ready"] * 2
        assert not pool.view(ANN).ending


@pytest.mark.parametrize("jump_s", JUMPS_S)
def test_who_has_come_in_the_last_minute_still_has(jump_s: float) -> None:
    clock = WallClock()
    warm = WarmSandboxes(Settings(warm_sandboxes=1), clock)
    for _ in range(5):
        warm.arrived()
    clock.set_by_s = jump_s
    assert warm.target == 5


def test_a_class_that_has_come_is_not_expected_again_once_the_clock_is_right_again() -> None:
    clock = WallClock()
    warm = WarmSandboxes(Settings(warm_sandboxes=0), clock)
    warm.expected = [Expected(3, time.time() - 10, time.time() + 600)]
    clock.set_by_s = -DAY_S
    for _ in range(3):
        warm.arrived()
    assert warm.target == 0
    clock.set_by_s = 0
    assert warm.target == 0


async def test_an_announced_class_that_a_wrong_clock_moved_away_is_made_when_it_is_right() -> None:
    engine, clock = UntidyEngine(), WallClock()
    clock.set_by_s = -DAY_S
    group = Expected(4, time.time() + 60, time.time() + 600)
    async with a_pool(engine, clock, (group,)) as pool:
        await soon(lambda: pool.warm == 2)
        clock.set_by_s = 0
        await soon(lambda: pool.warm == 4)


async def test_a_network_in_the_making_is_not_taken_for_one_that_was_forgotten() -> None:
    engine = UntidyEngine()
    async with a_pool(engine, WallClock()):
        await some_rounds(engine)
        assert engine.bare


async def test_a_network_that_nobody_puts_nodes_on_goes_in_the_end() -> None:
    engine = UntidyEngine()
    pace = dataclasses.replace(FAST, half_made_s=0.01)
    async with SandboxPool(engine, Settings(), lambda *_: None, None, pace):
        await soon(lambda: not engine.bare)
