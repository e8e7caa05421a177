"""Every student's sandbox: made when asked for, in turn, watched while it lives, ended when idle.

The class engine is the truth; this holds what it can't know (who waits, why something failed) and
is filled from it again after a restart.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import TYPE_CHECKING, Self
from weakref import WeakValueDictionary

import anyio
import structlog

from app.errors import (
    EngineUnavailable,
    NodeUnavailable,
    NotFound,
    SandboxUnavailable,
    SlipwayError,
)
from app.sandboxes.engine import STAGES, EngineInfo, NodeEvent
from app.sandboxes.roll import Roll
from app.sandboxes.view import SandboxView

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio.abc import TaskGroup

    from app.sandboxes.engine import SandboxEngine
    from app.settings import Settings

RECONNECT_S = 2
IDLE_SWEEP_S = 15
CLEAN_UP_S = 20
MAX_QUEUE = 1000
READ_MEANWHILE = "The lessons can be read meanwhile."
OUR_FAULT = "Something went wrong on our side. It has been written to the log."

log = structlog.get_logger()


class SandboxPool:
    """Run it with ``async with``; it stops its work, and leaves the sandboxes, when left."""

    def __init__(
        self,
        engine: SandboxEngine,
        settings: Settings,
        on_change: Callable[[str, SandboxView], None],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._on_change = on_change
        self._roll = Roll(settings.sandbox_idle_s, on_change)
        self._queue: list[str] = []
        self._starting: set[str] = set()
        self._slots = anyio.CapacityLimiter(settings.starts_at_once)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: TaskGroup = anyio.create_task_group()
        self._info: EngineInfo | None = None
        self._why_not = "The class engine has not been asked yet."

    async def __aenter__(self) -> Self:
        await self._connect()
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._watch)
        self._tasks.start_soon(self._end_idle)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)

    @property
    def info(self) -> EngineInfo | None:
        """The class engine, or nothing while it can't be used."""
        return self._info

    @property
    def why_not(self) -> str:
        """Why there is no engine, as a sentence; empty while there is one."""
        return "" if self._info else self._why_not

    @property
    def running(self) -> int:
        return self._roll.running

    def view(self, student: str) -> SandboxView:
        view = self._roll.view(student)
        if student in self._queue:
            return dataclasses.replace(view, position=self._queue.index(student) + 1)
        return view

    def touch(self, student: str) -> None:
        """A sign of life: the student typed, clicked or opened a page."""
        self._roll.touch(student)

    def ensure(self, student: str) -> SandboxView:
        """Puts the student in line for a sandbox unless there is one already."""
        self.touch(student)
        if self._roll.state(student) in ("queued", "starting", "ready"):
            return self.view(student)
        if not self._info:
            raise EngineUnavailable(self._why_not, READ_MEANWHILE)
        if len(self._queue) >= MAX_QUEUE:
            raise SandboxUnavailable("Too many students are waiting.", "Try again in a minute.")
        self._roll.change(student, SandboxView("queued"))
        self._queue.append(student)
        self._start_next()
        return self.view(student)

    def reset(self, student: str) -> SandboxView:
        """Has the student's sandbox replaced by a fresh one, which takes over its place."""
        self.touch(student)
        if self._roll.state(student) != "ready":
            return self.ensure(student)
        if not self._info:
            raise EngineUnavailable(self._why_not, READ_MEANWHILE)
        self._begin(student, fresh=True)
        return self.view(student)

    async def restart(self, student: str, node: str) -> SandboxView:
        """Starts one stopped node again."""
        self.touch(student)
        async with self._lock(student):
            if not self.view(student).node(node):
                raise NotFound(f"Your sandbox has no {node}.")
            self._roll.set_node(student, node, "starting")
            try:
                status = await self._engine.restart(student, node)
            except BaseException:
                self._roll.set_node(student, node, "stopped")
                raise
            self._roll.put_node(student, status)
        return self.view(student)

    def require_node(self, student: str, node: str) -> None:
        """Raises unless this student's node is there and running. Counts as a sign of life."""
        self.touch(student)
        view = self.view(student)
        if view.state != "ready":
            message = "You have no sandbox."
            if view.state != "none":
                message = "Your sandbox is not ready yet."
            hint = "Open a lesson and wait until its terminal is ready."
            raise SandboxUnavailable(message, hint)
        found = view.node(node)
        if not found:
            raise NotFound(f"Your sandbox has no {node}.")
        if found.state != "ready":
            raise NodeUnavailable(f"{node} is not running.", "Restart it, or reset the sandbox.")

    def _start_next(self) -> None:
        while (
            self._queue
            and len(self._starting) < self._settings.starts_at_once
            and self.running + len(self._starting) < self._settings.max_sandboxes
        ):
            self._begin(self._queue.pop(0), fresh=False)
        for student in self._queue:
            self._on_change(student, self.view(student))

    def _begin(self, student: str, *, fresh: bool) -> None:
        self._starting.add(student)
        self._roll.change(student, SandboxView("starting", stage=STAGES[0]))
        self._tasks.start_soon(self._start, student, fresh)

    async def _start(self, student: str, fresh: bool) -> None:
        """Makes the sandbox; ``fresh`` removes what is there first. A failure leaves nothing."""
        started = time.monotonic()
        try:
            async with self._slots, self._lock(student):
                with anyio.fail_after(self._settings.start_timeout_s):
                    if fresh:
                        await self._engine.remove(student)
                    nodes = await self._engine.create(
                        student,
                        1,
                        lambda stage: self._roll.change(
                            student, SandboxView("starting", stage=stage)
                        ),
                    )
        except Exception as error:  # noqa: BLE001 - one student's surprise must not end the pool
            await self._clean_up(student)
            self._fail(student, error)
        else:
            self._roll.change(student, SandboxView("ready", nodes=tuple(nodes)))
            self.touch(student)
            seconds = round(time.monotonic() - started, 3)
            log.info("sandbox ready", student=student, seconds=seconds)
        finally:
            self._starting.discard(student)
            self._start_next()

    def _fail(self, student: str, error: Exception) -> None:
        if isinstance(error, SlipwayError):
            reason = error.message
        elif isinstance(error, TimeoutError):
            reason = f"It was not ready after {self._settings.start_timeout_s:g} s."
        else:
            reason = OUR_FAULT
            log.error("sandbox failed", student=student, exc_info=error)
        log.warning("sandbox failed to start", student=student, reason=reason)
        self._roll.change(student, SandboxView("failed", reason=reason))

    async def _clean_up(self, student: str) -> bool:
        """Removes what there may be of a sandbox, and tells whether that worked."""
        try:
            with anyio.fail_after(CLEAN_UP_S):
                async with self._lock(student):
                    await self._engine.remove(student)
        except Exception as error:  # noqa: BLE001 - same
            log.warning("sandbox could not be removed", student=student, reason=str(error))
            return False
        return True

    async def _connect(self) -> None:
        """Asks the engine who it is and adopts the sandboxes that it has."""
        try:
            info = await self._engine.info()
            found = await self._engine.sandboxes()
        except Exception as error:
            ours = isinstance(error, SlipwayError)
            if not ours:
                log.exception("class engine not understood")
            self._info, self._why_not = None, str(error) if ours else OUR_FAULT
            return
        for student, nodes in found.items():
            if self._roll.state(student) in ("none", "ready", "ended"):
                self._roll.change(student, SandboxView("ready", nodes=tuple(nodes)))
        for student in self._roll.students("ready"):
            if student not in found:
                self._roll.change(student, SandboxView("ended", reason="The sandbox is gone."))
        self._info = info

    async def _watch(self) -> None:
        """Follows the engine's events; where it goes away, says so and comes back when it does."""
        while True:
            if self._info:
                try:
                    async for event in self._engine.events():
                        self._notice(event)
                except SlipwayError as error:
                    log.warning("class engine lost", reason=error.message)
                except Exception:
                    log.exception("events of the class engine could not be read")
            await anyio.sleep(RECONNECT_S)
            await self._connect()
            self._start_next()

    def _notice(self, event: NodeEvent) -> None:
        view = self._roll.view(event.student)
        node = view.node(event.node) if view.state == "ready" else None
        # A node that is being restarted reports its own death; the restart says how it went.
        if node and node.state != "starting":
            self._roll.set_node(event.student, event.node, "ready" if event.running else "stopped")

    async def _end_idle(self) -> None:
        while True:
            await anyio.sleep(min(IDLE_SWEEP_S, self._settings.sandbox_idle_s / 2))
            for student in filter(self._roll.is_idle, self._roll.students("ready")):
                await self._end(student)
            for student in filter(self._roll.is_idle, self._roll.students("failed", "ended")):
                if await self._clean_up(student) and self._roll.is_idle(student):
                    self._roll.forget(student)
            self._start_next()

    async def _end(self, student: str) -> None:
        """Tells the student first, so that who comes back meanwhile waits for a new one."""
        before = self._roll.view(student)
        if not self._roll.is_idle(student) or before.state != "ready":
            return
        minutes = round(self._settings.sandbox_idle_s / 60)
        reason = f"Nothing happened in it for {minutes} minutes."
        self._roll.change(student, SandboxView("ended", reason=reason))
        removed = await self._clean_up(student)
        if not removed and self._roll.state(student) == "ended":
            self._roll.change(student, before)  # the next sweep tries again

    def _lock(self, student: str) -> asyncio.Lock:
        return self._locks.setdefault(student, asyncio.Lock())
