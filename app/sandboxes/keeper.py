"""Ends sandboxes that nobody uses, with a warning; stops nodes that fill the disk.

Idle means: no keystroke, no click, and no program of the student's at work. An open page is no use.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio
import structlog

from app.errors import SlipwayError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.sandboxes.engine import EngineHealth, SandboxEngine
    from app.sandboxes.pace import Pace
    from app.sandboxes.roll import Roll
    from app.settings import Settings

# An idle engine uses a few thousandths of a processor; a program at work, far more.
BUSY_SHARE = 0.02
# Counting what nodes have written is work for the engine, so it needs a cause.
COUNT_AFTER_BYTES = 256 * 1024 * 1024
STOP_TIMEOUT_S = 15
MIB = 1024 * 1024

log = structlog.get_logger()


class Keeper:
    """``end`` removes an idle student's sandbox."""

    def __init__(
        self,
        engine: SandboxEngine,
        settings: Settings,
        roll: Roll,
        pace: Pace,
        end: Callable[[str], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._roll = roll
        self._pace = pace
        self._end = end
        self._used: dict[str, tuple[float, float]] = {}
        self._disk_free_bytes: int | None = None
        self._counted_at = float("-inf")

    @property
    def pause_s(self) -> float:
        return min(self._pace.sweep_s, self._settings.sandbox_idle_s / 4)

    async def sweep(self) -> None:
        """Warns who is nearly idle, and ends the sandbox of who has been idle for long enough."""
        ready = self._roll.students("ready")
        nearly = {who for who in ready if self._roll.nearly_idle(who, 2 * self.pause_s)}
        self._used = {who: used for who, used in self._used.items() if who in nearly}
        for student in nearly:
            await self._look_at_work(student)
            if self._roll.is_idle(student):
                await self._end(student)
            elif self._roll.state(student) == "ready":
                self._roll.warn(student)

    async def watch_disk(self, health: EngineHealth) -> None:
        """Once enough has been written anywhere, finds who has written too much."""
        free = health.disk_free_bytes
        if self._disk_free_bytes is None or free > self._disk_free_bytes:
            self._disk_free_bytes = free
        written = self._disk_free_bytes - free
        if (
            written < COUNT_AFTER_BYTES
            or time.monotonic() < self._counted_at + self._pace.disk_count_s
        ):
            return
        self._counted_at = time.monotonic()
        self._disk_free_bytes = free
        try:
            sizes = await self._engine.disk_bytes()
        except SlipwayError as error:
            log.warning("disk could not be counted", reason=error.message)
            return
        limit = self._settings.node_disk_mb * MIB
        for (student, node), size in sizes.items():
            if size > limit and self._roll.state(student) == "ready":
                await self._stop(student, node, size)

    async def _look_at_work(self, student: str) -> None:
        try:
            seconds = await self._engine.processor_seconds(student)
        except SlipwayError:
            return
        now = time.monotonic()
        before, then = self._used.get(student, (seconds, now))
        self._used[student] = seconds, now
        if now > then and (seconds - before) / (now - then) > BUSY_SHARE:
            self._roll.touch(student)

    async def _stop(self, student: str, node: str, size: int) -> None:
        limit_mb = self._settings.node_disk_mb
        log.warning("node stopped for its disk", student=student, node=node, megabytes=size // MIB)
        try:
            with anyio.fail_after(STOP_TIMEOUT_S):
                await self._engine.stop(student, node)
        except (SlipwayError, TimeoutError) as error:
            log.warning("node could not be stopped", student=student, reason=str(error))
            return
        reason = (
            f"It had written {size // MIB} MiB; a node may use {limit_mb} MiB of disk. "
            "Restart it and make room at once, or reset it."
        )
        self._roll.set_node(student, node, "stopped", reason)
