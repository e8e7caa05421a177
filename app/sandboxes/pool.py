"""Every student's sandbox: made when asked for, in turn, watched while it lives, ended when idle.

The class engine is the truth; this holds what it can't know (who waits, why something failed) and
is filled from it again after a restart.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from datetime import UTC, datetime, timedelta
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
from app.sandboxes.engine import STAGES, EngineInfo, NodeEvent, NodeStatus
from app.sandboxes.view import SandboxView

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio.abc import TaskGroup

    from app.sandboxes.engine import SandboxEngine
    from app.settings import Settings

RECONNECT_S = 2
IDLE_SWEEP_S = 15
MAX_QUEUE = 1000

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
        self._views: dict[str, SandboxView] = {}
        self._seen: dict[str, float] = {}
        self._queue: list[str] = []
        self._starting: set[str] = set()
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
        return sum(view.state == "ready" for view in self._views.values())

    def view(self, student: str) -> SandboxView:
        view = self._views.get(student, SandboxView())
        if view.state == "queued":
            return dataclasses.replace(view, position=self._queue.index(student) + 1)
        if view.state == "ready":
            left = self._settings.sandbox_idle_s - (time.monotonic() - self._seen[student])
            ends = datetime.now(UTC) + timedelta(seconds=left)
            return dataclasses.replace(view, ends_at=ends.isoformat(timespec="seconds"))
        return view

    def ensure(self, student: str) -> SandboxView:
        """Puts the student in line for a sandbox unless there is one already."""
        self.touch(student)
        if self.view(student).state in ("queued", "starting", "ready"):
            return self.view(student)
        if not self._info:
            raise EngineUnavailable(self._why_not, "The lessons can be read meanwhile.")
        if len(self._queue) >= MAX_QUEUE:
            raise SandboxUnavailable("Too many students are waiting.", "Try again in a minute.")
        self._enqueue(student, len(self._queue))
        return self.view(student)

    def reset(self, student: str) -> SandboxView:
        """Has the student's sandbox removed, and then a fresh one put in line."""
        self.touch(student)
        if not self._info:
            raise EngineUnavailable(self._why_not, "The lessons can be read meanwhile.")
        if self.view(student).state not in ("queued", "starting"):
            self._change(student, SandboxView("starting", stage=STAGES[0]))
            self._tasks.start_soon(self._replace, student)
        return self.view(student)

    async def restart(self, student: str, node: str) -> SandboxView:
        """Starts one stopped node again."""
        self.touch(student)
        async with self._lock(student):
            if not self.view(student).node(node):
                raise NotFound(f"Your sandbox has no {node}.")
            self._set_node(student, node, "starting")
            try:
                status = await self._engine.restart(student, node)
            except SlipwayError:
                self._set_node(student, node, "stopped")
                raise
            self._put_node(student, status)
        return self.view(student)

    def require_node(self, student: str, node: str) -> None:
        """Raises unless this student's node is there and running. Counts as a sign of life."""
        self.touch(student)
        view = self.view(student)
        if view.state != "ready":
            raise SandboxUnavailable(
                "Your sandbox is not ready yet."
                if view.state != "none"
                else "You have no sandbox.",
                "Open a lesson and wait until its terminal is ready.",
            )
        found = view.node(node)
        if not found:
            raise NotFound(f"Your sandbox has no {node}.")
        if found.state != "ready":
            raise NodeUnavailable(f"{node} is not running.", "Restart it, or reset the sandbox.")

    def touch(self, student: str) -> None:
        """A sign of life: the student typed, clicked or opened a page."""
        self._seen[student] = time.monotonic()

    def _enqueue(self, student: str, place: int) -> None:
        self._queue.insert(place, student)
        self._change(student, SandboxView("queued"))
        self._start_next()

    def _give_up(self, student: str, error: Exception) -> None:
        """One student's surprise must not end the pool of all."""
        log.error("sandbox failed", student=student, exc_info=error)
        reason = "Something went wrong on our side. It has been written to the log."
        self._change(student, SandboxView("failed", reason=reason))

    def _start_next(self) -> None:
        while (
            self._queue
            and len(self._starting) < self._settings.starts_at_once
            and self.running + len(self._starting) < self._settings.max_sandboxes
        ):
            student = self._queue.pop(0)
            self._starting.add(student)
            self._change(student, SandboxView("starting", stage=STAGES[0]))
            self._tasks.start_soon(self._start, student)
        for student in self._queue:
            self._on_change(student, self.view(student))

    async def _start(self, student: str) -> None:
        started = time.monotonic()
        try:
            async with self._lock(student):
                with anyio.fail_after(self._settings.start_timeout_s):
                    nodes = await self._engine.create(
                        student,
                        1,
                        lambda stage: self._change(student, SandboxView("starting", stage=stage)),
                    )
        except (SlipwayError, TimeoutError) as error:
            reason = (
                error.message
                if isinstance(error, SlipwayError)
                else f"It was not ready after {self._settings.start_timeout_s:g} s."
            )
            log.warning("sandbox failed to start", student=student, reason=reason)
            self._change(student, SandboxView("failed", reason=reason))
        except Exception as error:  # noqa: BLE001 - it is logged there, with its traceback
            self._give_up(student, error)
        else:
            self.touch(student)
            self._change(student, SandboxView("ready", nodes=tuple(nodes)))
            seconds = round(time.monotonic() - started, 3)
            log.info("sandbox ready", student=student, seconds=seconds)
        finally:
            self._starting.discard(student)
            self._start_next()

    async def _replace(self, student: str) -> None:
        try:
            async with self._lock(student):
                await self._engine.remove(student)
        except SlipwayError as error:
            self._change(student, SandboxView("failed", reason=error.message))
        except Exception as error:  # noqa: BLE001 - it is logged there, with its traceback
            self._give_up(student, error)
        else:
            # The place that has just become free is this student's.
            self._enqueue(student, 0)

    async def _connect(self) -> None:
        """Asks the engine who it is and adopts the sandboxes that it has."""
        try:
            info = await self._engine.info()
            found = await self._engine.sandboxes()
        except SlipwayError as error:
            self._info = None
            self._why_not = error.message
            return
        for student, nodes in found.items():
            if self.view(student).state not in ("queued", "starting"):
                self._seen.setdefault(student, time.monotonic())
                self._change(student, SandboxView("ready", nodes=tuple(nodes)))
        for student, view in list(self._views.items()):
            if view.state == "ready" and student not in found:
                self._change(student, SandboxView("ended", reason="The sandbox is gone."))
        self._info = info
        self._start_next()

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

    def _notice(self, event: NodeEvent) -> None:
        view = self._views.get(event.student)
        node = view.node(event.node) if view and view.state == "ready" else None
        # A node that is being restarted reports its own death; the restart says how it went.
        if node and node.state != "starting":
            self._set_node(event.student, event.node, "ready" if event.running else "stopped")

    async def _end_idle(self) -> None:
        while True:
            await anyio.sleep(min(IDLE_SWEEP_S, self._settings.sandbox_idle_s / 2))
            before = time.monotonic() - self._settings.sandbox_idle_s
            for student, view in list(self._views.items()):
                if view.state == "ready" and self._seen[student] < before:
                    await self._end(student)
                elif view.state in ("none", "failed", "ended") and self._seen[student] < before:
                    del self._views[student], self._seen[student]
            self._start_next()

    async def _end(self, student: str) -> None:
        minutes = round(self._settings.sandbox_idle_s / 60)
        async with self._lock(student):
            with contextlib.suppress(SlipwayError):  # the next sweep tries again
                await self._engine.remove(student)
                reason = f"Nothing happened in it for {minutes} minutes."
                self._change(student, SandboxView("ended", reason=reason))

    def _set_node(self, student: str, name: str, state: str) -> None:
        node = self._views[student].node(name)
        if node:
            self._put_node(student, dataclasses.replace(node, state=state))  # type: ignore[arg-type]

    def _put_node(self, student: str, status: NodeStatus) -> None:
        view = self._views[student]
        nodes = tuple(status if node.name == status.name else node for node in view.nodes)
        self._change(student, dataclasses.replace(view, nodes=nodes))

    def _change(self, student: str, view: SandboxView) -> None:
        self._views[student] = view
        self._on_change(student, self.view(student))

    def _lock(self, student: str) -> asyncio.Lock:
        return self._locks.setdefault(student, asyncio.Lock())
