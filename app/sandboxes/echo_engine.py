"""An engine without Docker: its nodes are made of air and its shells know a handful of words.

It ships so that pages, sockets and the pool can be run and tested on any machine. What it promises
is held to the real engine by one contract suite.
"""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.errors import EngineUnavailable, NodeUnavailable
from app.sandboxes.echo_docker import EchoDocker, EchoNodeApi
from app.sandboxes.echo_shell import EchoProgram, EchoShell, understand
from app.sandboxes.engine import (
    STAGES,
    EngineHealth,
    EngineInfo,
    NodeEvent,
    NodeStatus,
    RunResult,
    Sandbox,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from app.sandboxes.engine import NodeState, ShellHandle

TIMED_OUT = 124
MAX_EVENTS = 1000
GIB = 1024**3


@dataclass
class EchoSandbox:
    """``free`` and no student: it waits for one. Neither: it is left over."""

    student: str = ""
    free: bool = False
    nodes: dict[str, NodeStatus] = field(default_factory=dict)
    dockers: dict[str, EchoDocker] = field(default_factory=dict)


class EchoEngine:
    """``reachable`` may be set to False to see what a class without its engine looks like."""

    def __init__(self, *, reachable: bool = True) -> None:
        self._reachable = reachable
        self._sandboxes: dict[str, EchoSandbox] = {}
        self._listeners: list[asyncio.Queue[NodeEvent | None]] = []
        self.machine = EngineHealth(64 * GIB, 64 * GIB, registry_serves=True)
        self.work_of: dict[str, float] = {}
        self.written: dict[tuple[str, str], int] = {}

    @property
    def reachable(self) -> bool:
        return self._reachable

    @reachable.setter
    def reachable(self, value: bool) -> None:
        self._reachable = value
        for queue in self._listeners:
            queue.put_nowait(None)  # so that who listens to events notices

    @property
    def students(self) -> set[str]:
        return {found.student for found in self._sandboxes.values() if found.student}

    @property
    def count(self) -> int:
        """Sandboxes of any kind."""
        return len(self._sandboxes)

    async def info(self) -> EngineInfo:
        self._require_engine()
        return EngineInfo(version="echo", isolation="nothing runs")

    async def health(self) -> EngineHealth:
        self._require_engine()
        return self.machine

    async def sandboxes(self) -> list[Sandbox]:
        self._require_engine()
        return [
            Sandbox(key, found.student, found.free, tuple(found.nodes.values()), age_s=3600)
            for key, found in self._sandboxes.items()
        ]

    async def make(self, sandbox: str, on_stage: Callable[[str], None]) -> None:
        self._require_engine()
        for stage in STAGES:
            on_stage(stage)
            await asyncio.sleep(0)
        self._sandboxes[sandbox] = EchoSandbox(free=True, nodes={"node1": _node("node1")})

    async def wait_until_ready(self, sandbox: str) -> None:
        self._require_engine()
        found = self._sandboxes.get(sandbox)
        if not found or any(node.state != "ready" for node in found.nodes.values()):
            raise NodeUnavailable("node1 is not running.")

    async def claim(self, sandbox: str, student: str) -> list[NodeStatus]:
        self._require_engine()
        found = self._sandboxes.get(sandbox)
        if not found or not found.free or student in self.students:
            raise NodeUnavailable("node1 is not running.")
        found.student, found.free = student, False
        return list(found.nodes.values())

    async def retire(self, sandbox: str) -> bool:
        self._require_engine()
        found = self._sandboxes.get(sandbox)
        if not found or not found.free:
            return False
        found.free = False
        return True

    async def create(
        self, student: str, nodes: int, on_stage: Callable[[str], None]
    ) -> list[NodeStatus]:
        self._require_engine()
        for stage in STAGES:
            on_stage(stage)
            await asyncio.sleep(0)
        if student not in self.students:
            self._sandboxes[secrets.token_hex(6)] = EchoSandbox(student)
        made = self._nodes(student)
        for number in range(1, nodes + 1):
            name = f"node{number}"
            if name not in made or made[name].state == "stopped":
                made[name] = _node(name)
        return list(made.values())

    async def restart(self, student: str, node: str) -> NodeStatus:
        self._set(student, node, "ready")
        return self._find(student, node)

    async def renew(self, student: str, node: str) -> NodeStatus:
        return await self.restart(student, node)

    async def remove_node(self, student: str, node: str) -> None:
        self._require_engine()
        self._nodes(student).pop(node, None)

    async def stop(self, student: str, node: str) -> None:
        """Also what a student does with ``poweroff``."""
        if node in self._nodes(student):
            self._set(student, node, "stopped")

    async def give_back(self, student: str) -> None:
        self._require_engine()
        for found in self._sandboxes.values():
            if found.student == student:
                found.student = ""

    async def remove(self, student: str) -> None:
        self._require_engine()
        for key, found in list(self._sandboxes.items()):
            if found.student == student:
                await self.discard(key)

    async def discard(self, sandbox: str) -> None:
        self._require_engine()
        self._sandboxes.pop(sandbox, None)

    async def processor_seconds(self, student: str) -> float:
        self._require_engine()
        return time.monotonic() * self.work_of.get(student, 0)

    async def disk_bytes(self) -> dict[tuple[str, str], int]:
        self._require_engine()
        return dict(self.written)

    async def run(
        self,
        student: str,
        node: str,
        script: str,
        *,
        environment: Mapping[str, str],
        timeout_s: float,
        output_bytes: int,
    ) -> RunResult:
        self._find_running(student, node)
        output, code = "", 0
        try:
            async with asyncio.timeout(timeout_s):
                for line in script.strip().splitlines():
                    said, code = await understand(line, environment)
                    output += said
        except TimeoutError:
            return RunResult(TIMED_OUT, output[:output_bytes], truncated=False, timed_out=True)
        return RunResult(code, output[:output_bytes], len(output) > output_bytes, timed_out=False)

    async def start_program(self, student: str, node: str, command: Sequence[str]) -> EchoProgram:
        self._find_running(student, node)
        return EchoProgram(command)

    async def open_shell(self, student: str, node: str, rows: int, cols: int) -> EchoShell:
        self._find_running(student, node)
        return EchoShell(rows, cols)

    def resume_shell(self, handle: ShellHandle) -> EchoShell:
        raise NodeUnavailable(f"There is no shell of number {handle.fd}.")

    async def end_shells(self, student: str, node: str, but: Sequence[ShellHandle]) -> None:
        """There are never others than those that somebody has."""

    async def open_api(self, student: str, node: str) -> EchoNodeApi:
        self._find_running(student, node)
        return EchoNodeApi(self.docker(student, node))

    def docker(self, student: str, node: str = "node1") -> EchoDocker:
        """The engine on a node, to let something happen there."""
        self._find(student, node)
        found = next(row for row in self._sandboxes.values() if row.student == student)
        return found.dockers.setdefault(node, EchoDocker())

    async def events(self) -> AsyncIterator[NodeEvent]:
        queue: asyncio.Queue[NodeEvent | None] = asyncio.Queue(MAX_EVENTS)
        self._listeners.append(queue)
        try:
            while True:
                self._require_engine()
                event = await queue.get()
                if event:
                    yield event
        finally:
            self._listeners.remove(queue)

    async def aclose(self) -> None:
        """Nothing to close."""

    async def go_away(self) -> None:
        self.reachable = False

    def tell(self, event: NodeEvent) -> None:
        """Lets something happen to a node."""
        for queue in self._listeners:
            queue.put_nowait(event)

    def _require_engine(self) -> None:
        if not self._reachable:
            raise EngineUnavailable(
                "The class engine does not answer.", "Start it with 'slipway engine up'."
            )

    def _nodes(self, student: str) -> dict[str, NodeStatus]:
        self._require_engine()
        mine = [found.nodes for found in self._sandboxes.values() if found.student == student]
        return mine[0] if mine else {}

    def _find(self, student: str, node: str) -> NodeStatus:
        found = self._nodes(student).get(node)
        if not found:
            raise NodeUnavailable(f"{node} is not running.")
        return found

    def _find_running(self, student: str, node: str) -> None:
        if self._find(student, node).state != "ready":
            raise NodeUnavailable(f"{node} is not running.")

    def _set(self, student: str, node: str, state: NodeState) -> None:
        status = self._find(student, node)
        self._nodes(student)[node] = dataclasses.replace(status, state=state)
        if state == "stopped":
            self.docker(student, node).stop()
        sandbox = next(key for key, row in self._sandboxes.items() if row.student == student)
        self.tell(NodeEvent(sandbox, student, node, "started" if state == "ready" else "stopped"))


def _node(name: str) -> NodeStatus:
    return NodeStatus(name, "ready", f"198.18.1.{int(name.removeprefix('node')) + 1}")
