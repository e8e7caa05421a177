"""A drain: nothing is given out, everybody is told, and in the end nobody has a sandbox."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.drain import Drain
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.pool import SandboxPool
from app.settings import Settings
from tests.support.eventually import soon
from tests.support.pace import FAST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.view import SandboxView

pytestmark = pytest.mark.anyio
ANN, BOB = "a" * 16, "b" * 16


class Announced:
    """What an operator has begun, and all that students were told."""

    def __init__(self) -> None:
        self.drain: Drain | None = None
        self.unreadable = False
        self.asked = 0
        self.told: list[tuple[str, SandboxView]] = []

    async def ask(self) -> Drain | None:
        self.asked += 1
        if self.unreadable:
            raise OSError("the disk does not answer")
        return self.drain

    def begin(self, seconds: float, reason: str = "New machines come.") -> None:
        self.drain = Drain(datetime.now(UTC) + timedelta(seconds=seconds), reason)

    def hear(self, student: str, view: SandboxView) -> None:
        self.told.append((student, view))


@asynccontextmanager
async def a_pool(
    announced: Announced,
    engine: EchoEngine | None = None,
    **settings: Any,  # noqa: ANN401 - whatever Settings takes
) -> AsyncIterator[SandboxPool]:
    chosen = Settings(**{"warm_sandboxes": 0, **settings})
    async with SandboxPool(
        engine or EchoEngine(), chosen, announced.hear, pace=FAST, drains=announced.ask
    ) as pool:
        yield pool


async def given(pool: SandboxPool, student: str) -> None:
    pool.ensure(student)
    await soon(lambda: pool.view(student).state == "ready")


async def test_who_has_a_sandbox_keeps_it_and_is_told_when_it_ends() -> None:
    announced = Announced()
    async with a_pool(announced) as pool:
        await given(pool, ANN)
        announced.begin(3600)
        await soon(lambda: announced.told[-1][1].drain)
        student, view = announced.told[-1]
        assert (student, view.state) == (ANN, "ready")
        assert view.drain
        assert view.drain.reason == "New machines come."
        assert (view.drain.soon, view.drain.over) == (False, False)
        assert announced.drain
        assert datetime.fromisoformat(view.drain.ends_at) <= announced.drain.ends_at


async def test_newcomers_wait_and_read_why_until_it_is_taken_back() -> None:
    announced = Announced()
    async with a_pool(announced) as pool:
        announced.begin(3600)
        await soon(lambda: pool.drain)
        view = pool.ensure(BOB)
        assert (view.state, view.position) == ("queued", 1)
        assert view.reason == "No sandboxes are given out at the moment. New machines come."
        announced.drain = None
        await soon(lambda: pool.view(BOB).state == "ready")
        assert pool.view(BOB).drain is None
        assert announced.told[-1][1].drain is None


async def test_one_begun_before_the_site_holds_from_its_first_moment() -> None:
    """And a sandbox that it finds is its student's until the time has come."""
    announced, engine = Announced(), EchoEngine()
    async with a_pool(announced, engine) as pool:
        await given(pool, ANN)
    announced.begin(3600)
    async with a_pool(announced, engine) as pool:
        assert pool.view(ANN).state == "ready"
        assert pool.ensure(BOB).state == "queued"


async def test_a_drain_that_cant_be_read_for_a_while_holds() -> None:
    announced = Announced()
    async with a_pool(announced) as pool:
        announced.begin(3600)
        await soon(lambda: pool.drain)
        announced.unreadable = True
        announced.asked = 0
        await soon(lambda: announced.asked > 2)
        assert pool.ensure(BOB).state == "queued"


async def test_the_stock_is_emptied_and_filled_again_afterwards() -> None:
    announced, engine = Announced(), EchoEngine()
    async with a_pool(announced, engine, warm_sandboxes=3) as pool:
        await soon(lambda: pool.warm == 3)
        announced.begin(3600)
        await soon(lambda: pool.drain and pool.warm == 0)
        assert await engine.sandboxes() == []
        announced.drain = None
        await soon(lambda: pool.warm == 3)


async def test_at_its_time_everything_ends_with_its_reason() -> None:
    announced, engine = Announced(), EchoEngine()
    async with a_pool(announced, engine) as pool:
        await given(pool, ANN)
        await given(pool, BOB)
        announced.begin(0)
        await soon(lambda: pool.view(ANN).state == pool.view(BOB).state == "ended")
        await soon(lambda: not engine.count)
        assert pool.view(ANN).reason == "New machines come."
        assert pool.drain
        assert pool.drain.over
        # Who clicks "Start again" waits.
        assert pool.ensure(ANN).state == "queued"


async def test_it_is_over_once_the_last_sandbox_is_gone() -> None:
    announced = Announced()
    async with a_pool(announced, sandbox_idle_s=0.3) as pool:
        await given(pool, ANN)
        announced.begin(3600)
        await soon(lambda: pool.drain and not pool.drain.over)
        await soon(lambda: pool.drain and pool.drain.over)
        assert pool.view(ANN).state == "ended"


async def test_the_last_minutes_are_told_once() -> None:
    announced = Announced()
    async with a_pool(announced, idle_warning_s=3600) as pool:
        await given(pool, ANN)
        announced.begin(600)
        await soon(lambda: announced.told[-1][1].drain)
        count = len(announced.told)
        assert pool.drain
        assert pool.drain.soon
        announced.begin(7200)
        await soon(lambda: pool.drain and not pool.drain.soon)
        await soon(lambda: len(announced.told) == count + 1)


async def test_a_reset_is_still_possible_while_there_is_time() -> None:
    announced = Announced()
    async with a_pool(announced) as pool:
        await given(pool, ANN)
        announced.begin(3600)
        await soon(lambda: pool.drain)
        pool.reset(ANN)
        assert pool.view(ANN).state == "starting"
        await soon(lambda: pool.view(ANN).state == "ready")
