"""Students who wait for a sandbox, and how each of them gets one: from the stock, or newly made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio
import structlog

from app.errors import SandboxUnavailable
from app.sandboxes.capacity import sandboxes_that_fit, shortage
from app.sandboxes.engine import STAGES
from app.sandboxes.nodes import reason_of
from app.sandboxes.view import SandboxView

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Sequence

    from anyio.abc import TaskGroup

    from app.sandboxes.engine import NodeStatus, SandboxEngine
    from app.sandboxes.link import EngineLink
    from app.sandboxes.roll import Roll
    from app.sandboxes.stock import Stock
    from app.settings import Settings

MAX_QUEUE = 1000

log = structlog.get_logger()


class Line:
    """``on_ready`` is told of a student who has got one; ``clean_up`` removes what failed."""

    def __init__(
        self,
        engine: SandboxEngine,
        settings: Settings,
        roll: Roll,
        link: EngineLink,
        stock: Stock,
        *,
        tasks: TaskGroup,
        slots: anyio.CapacityLimiter,
        lock: Callable[[str], asyncio.Lock],
        on_ready: Callable[[str], None],
        clean_up: Callable[[str], Awaitable[bool]],
        why_closed: Callable[[], str],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._roll = roll
        self._link = link
        self._stock = stock
        self._tasks = tasks
        self._slots = slots
        self._lock = lock
        self._on_ready = on_ready
        self._clean_up = clean_up
        self._why_closed = why_closed
        self._queue: list[str] = []
        self._starting: set[str] = set()
        # Begun since the machine was last looked at, so not yet in what it has left.
        self._begun = 0

    def __len__(self) -> int:
        return len(self._queue)

    def position(self, student: str) -> int | None:
        """Counted from 1; nothing for who does not wait."""
        return self._queue.index(student) + 1 if student in self._queue else None

    @property
    def capacity(self) -> int:
        return min(self._settings.max_sandboxes, self._total + self._room)

    def why_full(self) -> str:
        """Why no more can be begun, as a sentence; empty while there is room."""
        if self._room:
            return ""
        health = self._link.health
        return (shortage(health, self._settings) if health else "") or (
            "All places of this machine are taken."
        )

    def join(self, student: str) -> None:
        if len(self._queue) >= MAX_QUEUE:
            raise SandboxUnavailable("Too many students are waiting.", "Try again in a minute.")
        self._stock.arrived()
        self._roll.change(student, SandboxView("queued"))
        self._queue.append(student)
        self.move()

    def replace(self, student: str) -> None:
        """Gives a student a fresh sandbox for the one that is there, without waiting."""
        self._begin(student, self._stock.take(), fresh=True)

    def looked(self) -> None:
        """The machine has just been looked at anew."""
        self._begun = 0

    def move(self) -> None:
        """Those in line first, from the stock where there is some; then the stock is filled up."""
        if not self._link.info:
            return
        if not self._why_closed():
            self._give()
        for student in self._queue:
            self._roll.tell(student)

    def _give(self) -> None:
        while self._queue and (sandbox := self._stock.take()):
            self._begin(self._queue.pop(0), sandbox, fresh=False)
        while self._may_make() and self._queue:
            self._begin(self._queue.pop(0), None, fresh=False)
        while self._may_make() and self._stock.lacking:
            self._begun += 1
            self._tasks.start_soon(self._stock.make, self._stock.begin(), self.move)

    @property
    def _total(self) -> int:
        return self._roll.running + len(self._starting) + len(self._stock)

    @property
    def _room(self) -> int:
        """How many more may be begun now."""
        health = self._link.health
        fit = sandboxes_that_fit(health, self._settings) - self._begun if health else 0
        return max(0, min(fit, self._settings.max_sandboxes - self._total))

    def _may_make(self) -> bool:
        making = len(self._starting) + len(self._stock.filling)
        return self._room > 0 and making < self._settings.makers

    def _begin(self, student: str, sandbox: str | None, *, fresh: bool) -> None:
        self._starting.add(student)
        self._begun += not sandbox
        self._roll.change(student, SandboxView("starting", stage=STAGES[0]))
        self._tasks.start_soon(self._start, student, sandbox, fresh)

    async def _start(self, student: str, sandbox: str | None, fresh: bool) -> None:
        """Gives or makes the sandbox; ``fresh`` takes the old one away. Failing leaves nothing."""
        started = time.monotonic()
        try:
            async with self._lock(student):
                if fresh:
                    await self._engine.give_back(student)
                    self._stock.tidy_soon()
                nodes = await self._claimed(sandbox, student) or await self._made(student)
        except Exception as error:  # noqa: BLE001 - one student's surprise must not end the pool
            await self._clean_up(student)
            self._fail(student, error)
        else:
            self._roll.change(student, SandboxView("ready", nodes=tuple(nodes)))
            self._on_ready(student)
            seconds = round(time.monotonic() - started, 3)
            log.info("sandbox ready", student=student, seconds=seconds, warm=bool(sandbox))
        finally:
            self._starting.discard(student)
            self.move()

    async def _claimed(self, sandbox: str | None, student: str) -> Sequence[NodeStatus]:
        """Nothing where there is none to claim, or it has died while it waited."""
        if not sandbox:
            return ()
        try:
            with anyio.fail_after(self._settings.start_timeout_s):
                nodes = await self._engine.claim(sandbox, student)
        except SandboxUnavailable as error:
            log.warning("warm sandbox was lost", sandbox=sandbox, reason=error.message)
            self._stock.tidy_soon()
            return ()
        finally:
            self._stock.gave(sandbox)
        return nodes if all(node.state == "ready" for node in nodes) else ()

    async def _made(self, student: str) -> Sequence[NodeStatus]:
        def stage(name: str) -> None:
            self._roll.change(student, SandboxView("starting", stage=name))

        async with self._slots:
            with anyio.fail_after(self._settings.start_timeout_s):
                return await self._engine.create(student, 1, stage)

    def _fail(self, student: str, error: Exception) -> None:
        reason = reason_of(error, self._settings)
        log.warning("sandbox failed to start", student=student, reason=reason)
        self._roll.change(student, SandboxView("failed", reason=reason))
