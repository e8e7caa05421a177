"""Single nodes of sandboxes that are ready: added for a lesson, restarted, replaced, noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import structlog

from app.errors import NotFound, SandboxUnavailable, SlipwayError
from app.sandboxes.engine import NodeStatus
from app.sandboxes.link import OUR_FAULT

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Sequence

    from anyio.abc import TaskGroup

    from app.sandboxes.engine import NodeEvent, SandboxEngine
    from app.sandboxes.roll import Roll
    from app.settings import Settings

STARVED = "It ran out of memory, so a program in it was ended."
STOPPED = "It was shut down from within."
# For how long something that has happened to a running node is told.
TELL_S = 60

log = structlog.get_logger()


def reason_of(error: Exception, settings: Settings) -> str:
    """For the student; what nobody foresaw goes to the log."""
    if isinstance(error, SlipwayError):
        return error.message
    if isinstance(error, TimeoutError):
        return f"It was not ready after {settings.start_timeout_s:g} s."
    log.error("surprise in the class engine", exc_info=error)
    return OUR_FAULT


class NodeCare:
    """``lock`` is the student's; ``why_full`` says why nothing more fits, or nothing."""

    def __init__(
        self,
        engine: SandboxEngine,
        settings: Settings,
        roll: Roll,
        *,
        tasks: TaskGroup,
        slots: anyio.CapacityLimiter,
        lock: Callable[[str], asyncio.Lock],
        why_full: Callable[[], str],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._roll = roll
        self._tasks = tasks
        self._slots = slots
        self._lock = lock
        self._why_full = why_full

    def find(self, student: str, node: str) -> NodeStatus:
        found = self._roll.view(student).node(node)
        if not found:
            raise NotFound(f"Your sandbox has no {node}.")
        return found

    def grow(self, student: str, nodes: int) -> None:
        """Adds the nodes that the sandbox does not have, one lesson's need at a time."""
        view = self._roll.view(student)
        names = [f"node{number}" for number in range(1, nodes + 1)]
        missing = [name for name in names if not (node := view.node(name)) or _never_made(node)]
        if not missing:
            return
        for name in missing:
            self._roll.put_node(student, NodeStatus(name, "starting", ""))
        self._tasks.start_soon(self._add, student, nodes, missing)

    async def drop(self, student: str, node: NodeStatus, is_spare: Callable[[], bool]) -> None:
        """Removes a node that is no longer needed, if that is still so once it can be done."""
        async with self._lock(student):
            if not is_spare() or self._roll.view(student).node(node.name) != node:
                return
            # Told first: its end is no news then, and nobody asks anything of it meanwhile.
            self._roll.drop_node(student, node.name)
            try:
                await self._engine.remove_node(student, node.name)
            except Exception as error:  # noqa: BLE001 - same; the next look tries again
                log.warning("spare node stays", student=student, reason=str(error))
                self._roll.put_node(student, node)

    async def restart(self, student: str, node: str) -> None:
        if _never_made(self.find(student, node)):
            self.grow(student, int(node.removeprefix("node")))
        else:
            await self._again(student, node, self._engine.restart)

    async def renew(self, student: str, node: str) -> None:
        await self._again(student, node, self._engine.renew)

    def revive(self, student: str) -> None:
        """Starts all that is stopped, because the class engine itself was away."""
        for node in self._roll.view(student).nodes:
            if node.state == "stopped":
                self._roll.set_node(student, node.name, "starting")
                self._tasks.start_soon(self._revive, student, node.name)

    def notice(self, event: NodeEvent) -> None:
        view = self._roll.view(event.student)
        node = view.node(event.node) if view.state == "ready" else None
        # A node that is being restarted reports its own death; the restart says how it went.
        if not node or node.state == "starting":
            return
        if event.what == "starved":
            self._roll.set_node(event.student, event.node, node.state, STARVED)
            if node.reason != STARVED:
                self._tasks.start_soon(self._stop_telling, event.student, event.node)
        elif event.what == "started":
            self._roll.set_node(event.student, event.node, "ready")
        elif node.state != "stopped":
            self._roll.set_node(event.student, event.node, "stopped", node.reason or STOPPED)

    async def _add(self, student: str, nodes: int, missing: Sequence[str]) -> None:
        made: Sequence[NodeStatus] = ()
        why = self._why_full()
        if not why:
            try:
                async with self._lock(student), self._slots:
                    with anyio.fail_after(self._settings.start_timeout_s):
                        made = await self._engine.create(student, nodes, lambda _: None)
            except Exception as error:  # noqa: BLE001 - one's surprise must not end the pool
                why = reason_of(error, self._settings)
        made = made or [NodeStatus(name, "stopped", "", why) for name in missing]
        if self._roll.state(student) == "ready":
            for node in made:
                if node.name in missing:
                    self._roll.put_node(student, node)

    async def _again(
        self, student: str, node: str, call: Callable[[str, str], Awaitable[NodeStatus]]
    ) -> None:
        async with self._lock(student):
            before = self.find(student, node)
            self._roll.set_node(student, node, "starting")
            try:
                with anyio.fail_after(self._settings.start_timeout_s):
                    status = await call(student, node)
            except BaseException as error:
                reason = reason_of(error, self._settings) if isinstance(error, Exception) else ""
                self._roll.set_node(student, node, "stopped", reason or before.reason)
                if isinstance(error, TimeoutError):
                    raise SandboxUnavailable(reason, "Reset the sandbox.") from error
                raise
            self._roll.put_node(student, status)

    async def _revive(self, student: str, node: str) -> None:
        try:
            async with self._slots:
                await self._again(student, node, self._engine.restart)
        except Exception as error:  # noqa: BLE001 - same; the page shows why, and a button
            log.warning("node did not come back", student=student, node=node, reason=str(error))

    async def _stop_telling(self, student: str, name: str) -> None:
        await anyio.sleep(TELL_S)
        node = self._roll.view(student).node(name)
        if node and node.state == "ready" and node.reason:
            self._roll.set_node(student, name, "ready")


def _never_made(node: NodeStatus) -> bool:
    return node.state == "stopped" and not node.ip
