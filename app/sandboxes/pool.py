"""Every student's sandbox: given when asked for, in turn, watched while it lives, ended when idle.

The class engine is the truth; this holds what it can't know (who waits, why something failed) and
is filled from it again after a restart.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from functools import partial
from typing import TYPE_CHECKING, Self
from weakref import WeakValueDictionary

import anyio

from app.errors import NodeUnavailable, SandboxUnavailable
from app.limits import PerMinute
from app.sandboxes.closing import Closing
from app.sandboxes.ending import Ending
from app.sandboxes.figures import Figures, figures_of
from app.sandboxes.keeper import Keeper
from app.sandboxes.line import Line
from app.sandboxes.link import EngineLink
from app.sandboxes.needs import Needs
from app.sandboxes.nodes import NodeCare
from app.sandboxes.pace import Pace
from app.sandboxes.roll import Roll
from app.sandboxes.stock import Stock
from app.sandboxes.view import SandboxView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from anyio.abc import TaskGroup

    from app.sandboxes.closing import Drains
    from app.sandboxes.engine import EngineInfo, NodeEvent, Sandbox, SandboxEngine
    from app.sandboxes.stock import Expectations
    from app.sandboxes.view import DrainNotice
    from app.settings import Settings

MOST_NODES = 3


class SandboxPool:
    """Run it with ``async with``; it stops its work, and leaves the sandboxes, when left."""

    def __init__(
        self,
        engine: SandboxEngine,
        settings: Settings,
        on_change: Callable[[str, SandboxView], None],
        expectations: Expectations | None = None,
        pace: Pace | None = None,
        *,
        drains: Drains | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        pace = pace or Pace()
        self._engine = engine
        self._settings = settings
        self._on_change = on_change
        self._roll = Roll(settings.sandbox_idle_s, settings.idle_warning_s, self._tell)
        self._slots = anyio.CapacityLimiter(settings.makers)
        self._stock = Stock(engine, settings, pace, self._slots, expectations, clock=clock)
        self._ending = Ending(engine, self._roll, self._lock)
        self._keeper = Keeper(engine, settings, self._roll, pace, self._end)
        self._link = EngineLink(
            engine,
            pace,
            on_connect=self._adopt,
            on_event=self._notice,
            on_health=self._look_at_health,
        )
        self._resets = PerMinute(settings.resets_per_minute, "resets")
        self._restarts = PerMinute(settings.resets_per_minute, "restarts")
        self._wanted: dict[str, int] = {}
        self._needs = Needs(settings.spare_node_s, MOST_NODES)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: TaskGroup = anyio.create_task_group()
        self._line = Line(
            engine,
            settings,
            self._roll,
            self._link,
            self._stock,
            tasks=self._tasks,
            slots=self._slots,
            lock=self._lock,
            on_ready=self._ready,
            clean_up=self._ending.clean_up,
            why_closed=lambda: self._closing.why,
        )
        self._closing = Closing(
            self._roll,
            self._stock,
            pace,
            drains,
            warning_s=settings.idle_warning_s,
            slots=self._slots,
            end=self._ending.end,
            on_change=self._line.move,
        )
        self._nodes = NodeCare(
            engine,
            settings,
            self._roll,
            tasks=self._tasks,
            slots=self._slots,
            lock=self._lock,
            why_full=self._line.why_full,
        )

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        await self._closing.look()
        await self._link.connect()
        self._tasks.start_soon(self._closing.keep)
        self._tasks.start_soon(self._link.watch)
        self._tasks.start_soon(self._link.beat)
        self._tasks.start_soon(self._keep)
        self._tasks.start_soon(self._stock.keep, self._line.move)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)

    @property
    def info(self) -> EngineInfo | None:
        """The class engine, or nothing while it can't be used."""
        return self._link.info

    @property
    def why_not(self) -> str:
        """Why there is no engine, as a sentence; empty while there is one."""
        return self._link.why_not

    @property
    def trouble(self) -> str:
        """What every student is told of the engine; mostly empty."""
        return self._link.trouble

    @property
    def drain(self) -> DrainNotice | None:
        return self._closing.notice

    def figures(self) -> Figures:
        return figures_of(self._roll, self._line, self._stock, self._link.health)

    @property
    def warm(self) -> int:
        """Sandboxes that wait for a student."""
        return len(self._stock.ready)

    @property
    def capacity(self) -> int:
        """Sandboxes that this machine can run at once, as far as can be told now."""
        return self._line.capacity

    def view(self, student: str) -> SandboxView:
        view = dataclasses.replace(self._roll.view(student), drain=self._closing.notice)
        if position := self._line.position(student):
            reason = self._closing.why or self._line.why_full()
            return dataclasses.replace(view, position=position, reason=reason)
        return view

    def touch(self, student: str) -> None:
        """A sign of life: the student typed, clicked or opened a page."""
        self._roll.touch(student)

    def ensure(self, student: str, nodes: int = 1) -> SandboxView:
        """Puts the student in line for a sandbox of so many nodes unless there is one already."""
        self.touch(student)
        self._needs.note(student, nodes)
        self._wanted[student] = max(nodes, self._wanted.get(student, 1))
        state = self._roll.state(student)
        if state == "ready":
            self._nodes.grow(student, self._wanted[student])
        if state in ("queued", "starting", "ready"):
            return self.view(student)
        self._link.require()
        self._line.join(student)
        return self.view(student)

    def page(self, student: str, nodes: int) -> AbstractContextManager[None]:
        """For as long as a page is open whose lesson needs so many nodes."""
        return self._needs.page(student, nodes)

    def reset(self, student: str, nodes: int = 1) -> SandboxView:
        """Has the student's sandbox replaced by a fresh one, which takes over its place."""
        self.touch(student)
        if self._roll.state(student) != "ready":
            return self.ensure(student, nodes)
        self._link.require()
        self._resets.count(student)
        self._wanted[student] = nodes
        self._line.replace(student)
        return self.view(student)

    async def restart(self, student: str, node: str) -> SandboxView:
        """Starts one stopped node again."""
        self.touch(student)
        self._nodes.find(student, node)
        self._restarts.count(student)
        await self._nodes.restart(student, node)
        return self.view(student)

    async def renew(self, student: str, node: str) -> SandboxView:
        """Has one node replaced by a fresh one; the others stay as they are."""
        self.touch(student)
        self._nodes.find(student, node)
        self._resets.count(student)
        await self._nodes.renew(student, node)
        return self.view(student)

    def require_node(self, student: str, node: str) -> None:
        """Raises unless this student's node is there and running."""
        self._link.require()
        state = self._roll.state(student)
        if state != "ready":
            message = "You have no sandbox."
            if state != "none":
                message = "Your sandbox is not ready yet."
            hint = "Open a lesson and wait until its terminal is ready."
            raise SandboxUnavailable(message, hint)
        found = self._nodes.find(student, node)
        if found.state != "ready":
            raise NodeUnavailable(f"{node} is not running.", "Restart it, or reset the sandbox.")

    def _tell(self, student: str) -> None:
        self._on_change(student, self.view(student))

    def _ready(self, student: str) -> None:
        self.touch(student)
        self._nodes.grow(student, self._wanted.get(student, 1))

    def _adopt(self, found: Sequence[Sandbox]) -> None:
        """Takes over what the engine has; nodes that went down with it are started again."""
        theirs = {sandbox.student: sandbox for sandbox in found if sandbox.student}
        for student, sandbox in theirs.items():
            # One that is being removed at this moment is nobody's any more.
            if self._roll.state(student) == "ended" and self._lock(student).locked():
                continue
            if self._roll.state(student) in ("none", "ready", "ended"):
                self._roll.change(student, SandboxView("ready", nodes=sandbox.nodes))
                self._nodes.revive(student)
        for student in self._roll.students("ready"):
            if student not in theirs:
                self._roll.change(student, SandboxView("ended", reason="The sandbox is gone."))
        self._stock.adopt(found)

    def _notice(self, event: NodeEvent) -> None:
        if event.student:
            self._nodes.notice(event)
        elif event.what == "stopped":
            self._stock.drop(event.sandbox)

    async def _look_at_health(self) -> None:
        self._line.looked()
        self._roll.trouble(self._link.trouble)
        if self._link.info and self._link.health:
            await self._keeper.watch_disk(self._link.health)
            self._line.move()

    async def _keep(self) -> None:
        while True:
            await anyio.sleep(self._keeper.pause_s)
            await self._keeper.sweep()
            for student in filter(self._roll.is_idle, self._roll.students("failed", "ended")):
                if await self._ending.clean_up(student) and self._roll.is_idle(student):
                    self._roll.forget(student)
                    self._wanted.pop(student, None)
                    self._needs.forget(student)
            for student in self._roll.students("ready"):
                await self._spare(student)
            self._line.move()

    async def _spare(self, student: str) -> None:
        """Removes the nodes that no lesson needs any more, unless one comes to need them."""
        for node in reversed(self._roll.view(student).nodes):
            is_spare = partial(self._needs.is_spare, student, node.name)
            if is_spare():
                self._wanted[student] = self._needs.of(student)
                await self._nodes.drop(student, node, is_spare)

    async def _end(self, student: str) -> None:
        if not self._roll.is_idle(student):
            return
        self._wanted.pop(student, None)
        minutes = round(self._settings.sandbox_idle_s / 60)
        await self._ending.end(student, f"Nothing happened in it for {minutes} minutes.")

    def _lock(self, student: str) -> asyncio.Lock:
        return self._locks.setdefault(student, asyncio.Lock())
