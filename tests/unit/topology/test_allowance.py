"""A node's engine can't have the app work for it all the time, whatever it says and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import anyio
import anyio.lowlevel
import pytest

from app.topology.allowance import BURST_S, SHARE, Allowance
from app.topology.questions import SLICE_BYTES, Questions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

TURNS = 200


class Clock:
    """Every look at it costs what the test says."""

    def __init__(self, each_s: float = 0) -> None:
        self.now = 0.0
        self.each_s = each_s

    def __call__(self) -> float:
        self.now += self.each_s
        return self.now


def test_a_burst_is_free_and_then_every_second_costs_its_share() -> None:
    time, work = Clock(), Clock()
    allowance = Allowance(time, work)
    with allowance.working():
        work.now += BURST_S
    assert allowance.wait_s == 0
    with allowance.working():
        work.now += 1
    assert allowance.wait_s == pytest.approx(1 / SHARE)
    time.now += 0.5 / SHARE
    assert allowance.wait_s == pytest.approx(0.5 / SHARE)
    time.now += 100 / SHARE
    assert allowance.wait_s == 0


def test_who_did_nothing_for_long_has_saved_no_more_than_a_burst() -> None:
    time, work = Clock(), Clock()
    allowance = Allowance(time, work)
    time.now += 10_000
    assert allowance.wait_s == 0
    with allowance.working():
        work.now += BURST_S + 1
    assert allowance.wait_s == pytest.approx(1 / SHARE)


class Talker:
    """An engine that is none: it talks as fast as it is listened to."""

    def __init__(self, kind: Literal["answer", "event"], data: bytes) -> None:
        self.kind = kind
        self.data = data
        self.said = 0

    async def ask(self, paths: Sequence[str]) -> None:
        """Whatever is asked."""

    async def chunks(self) -> AsyncIterator[tuple[Literal["answer", "event"], bytes]]:
        while True:
            self.said += 1
            yield self.kind, self.data

    def close(self) -> None:
        """It has no end."""


@pytest.mark.anyio
@pytest.mark.parametrize("data", [b"{}\n" * 20_000, b"x" * 60_000])
async def test_an_engine_that_talks_without_end_is_listened_to_no_further(data: bytes) -> None:
    """Each slice takes a tenth of a second here, so a few of them are all there is at first."""
    talker = Talker("event", data)
    heard: list[object] = []
    questions = Questions(talker, heard.append, Allowance(worked=Clock(each_s=0.1)))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(questions.listen)
        for _ in range(TURNS):
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert talker.said == 1
    assert len(heard) <= (BURST_S / 0.1 + 1) * SLICE_BYTES / len(b"{}\n")


@pytest.mark.anyio
async def test_who_talks_without_end_leaves_others_their_turn() -> None:
    """The work itself counts for nothing here: what is left is that it can't hold the loop."""
    talker = Talker("event", b"{}\n")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Questions(talker, lambda _: None, Allowance(worked=Clock())).listen)
        with anyio.fail_after(60):
            while talker.said < TURNS:
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
