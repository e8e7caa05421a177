"""What the rest of Slipway may ask of an engine that runs sandboxes; no Docker and no HTTP in it.

Two things keep this contract: ``DockerEngine``, and ``EchoEngine`` for tests and for looking at
pages without Docker. One test suite runs on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

NodeState = Literal["starting", "ready", "stopped"]
STAGES = ("network", "nodes", "engines")


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """``isolation`` names what keeps students' root apart from the machine's: never empty."""

    version: str
    isolation: str


@dataclass(frozen=True, slots=True)
class NodeStatus:
    name: str
    state: NodeState
    ip: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a program in a node ended. ``exit_code`` is 124 where ``timed_out`` is true."""

    exit_code: int
    output: str
    truncated: bool
    timed_out: bool


@dataclass(frozen=True, slots=True)
class NodeEvent:
    """A node has stopped or started, by whatever cause."""

    student: str
    node: str
    running: bool


class Shell(Protocol):
    """An interactive shell in a node. Whoever opened it closes it."""

    async def read(self) -> bytes:
        """Output, as it comes and never split by us; empty once the shell has ended."""

    async def write(self, data: bytes) -> None:
        """Input; waits while the node is slow to take it."""

    async def resize(self, rows: int, cols: int) -> None: ...

    async def exit_code(self) -> int | None:
        """Nothing while it runs, or when its node is gone."""

    async def close(self) -> None:
        """Hangs up: ends the shell and what was started from it. Twice is fine."""


class SandboxEngine(Protocol):
    """Every call may raise ``EngineUnavailable``; calls that name a node, ``NodeUnavailable``."""

    async def info(self) -> EngineInfo: ...

    async def sandboxes(self) -> Mapping[str, Sequence[NodeStatus]]:
        """All sandboxes that exist, by student."""

    async def create(
        self, student: str, nodes: int, on_stage: Callable[[str], None]
    ) -> Sequence[NodeStatus]:
        """Makes sure that the sandbox exists and its engines answer; ``on_stage`` gets STAGES."""

    async def restart(self, student: str, node: str) -> NodeStatus:
        """Starts a stopped node again and waits for its engine."""

    async def remove(self, student: str) -> None:
        """Removes the sandbox and everything in it; removing nothing is fine."""

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
        """Runs a POSIX sh script in a node, within limits of time and output."""

    async def open_shell(self, student: str, node: str, rows: int, cols: int) -> Shell: ...

    def events(self) -> AsyncIterator[NodeEvent]:
        """Nodes that stop and start since the last ``sandboxes``; raises when the engine goes."""

    async def aclose(self) -> None: ...
