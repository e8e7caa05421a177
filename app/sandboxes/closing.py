"""What a drain is for the pool: nothing is given out, everybody is told, at last all is ended."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio
import structlog

from app.sandboxes.view import DrainNotice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.drain import Drain
    from app.sandboxes.pace import Pace
    from app.sandboxes.roll import Roll
    from app.sandboxes.stock import Stock

    # Asks whether a drain has been begun.
    Drains = Callable[[], Awaitable[Drain | None]]

CLOSED = "No sandboxes are given out at the moment."

log = structlog.get_logger()


class Closing:
    """``end`` ends one student's sandbox, ``on_change`` is called when the pool closes or opens.

    Its time is read from the machine's clock once, when it is heard of, and goes by the monotonic
    one from then on: who sets the clock ends nobody's sandbox.
    """

    def __init__(
        self,
        roll: Roll,
        stock: Stock,
        pace: Pace,
        drains: Drains | None,
        *,
        warning_s: float,
        slots: anyio.CapacityLimiter,
        end: Callable[[str, str], Awaitable[None]],
        on_change: Callable[[], None],
    ) -> None:
        self._roll = roll
        self._stock = stock
        self._pace = pace
        self._drains = drains
        self._warning_s = warning_s
        self._slots = slots
        self._end = end
        self._on_change = on_change
        self._drain: Drain | None = None
        self._deadline = float("inf")
        self._told: DrainNotice | None = None

    @property
    def why(self) -> str:
        """Why nobody gets a sandbox, as sentences; empty while the pool is open."""
        return f"{CLOSED} {self._drain.reason}" if self._drain else ""

    @property
    def notice(self) -> DrainNotice | None:
        """What students are told."""
        if not self._drain:
            return None
        left_s = self._deadline - time.monotonic()
        return DrainNotice(
            ends_at=self._drain.ends_at.isoformat(timespec="seconds"),
            reason=self._drain.reason,
            soon=left_s <= self._warning_s,
            over=left_s <= 0 or not self._roll.students("ready", "starting"),
        )

    async def keep(self) -> None:
        while True:
            await anyio.sleep(self._pace.heartbeat_s)
            await self.look()

    async def look(self) -> None:
        """Learns of a drain, or that it has been taken back; ends what is left when it is time."""
        if not self._drains:
            return
        try:
            found = await self._drains()
        except OSError as error:
            log.warning("drain could not be read", reason=str(error))
            return
        if found != self._drain:
            self._drain = found
            left_s = (found.ends_at - datetime.now(UTC)).total_seconds() if found else 0
            self._deadline = time.monotonic() + left_s
            log.info("drain", begun=bool(found), seconds=round(left_s))
            self._stock.close(closed=bool(found))
            self._on_change()
        if self.notice != self._told:
            self._told = self.notice
            self._roll.tell_all()
        if found and time.monotonic() >= self._deadline:
            await self._end_all(found.reason)

    async def _end_all(self, reason: str) -> None:
        async with anyio.create_task_group() as tasks:
            for student in self._roll.students("ready"):
                tasks.start_soon(self._end_one, student, reason)

    async def _end_one(self, student: str, reason: str) -> None:
        async with self._slots:
            await self._end(student, reason)
