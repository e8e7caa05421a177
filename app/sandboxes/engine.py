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
class EngineHealth:
    """What the machine below has left, and whether the catalog is being served."""

    memory_free_bytes: int
    disk_free_bytes: int
    registry_serves: bool


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """``reason`` says why it is not ready, or what has just happened to it; mostly empty."""

    name: str
    state: NodeState
    ip: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox as the engine has it.

    ``student`` is empty while it is nobody's: then it is either ``free``, which the pool may give
    to somebody, or left over. ``age_s`` is that of its network.
    """

    id: str
    student: str
    free: bool
    nodes: tuple[NodeStatus, ...]
    age_s: float

    @property
    def left_over(self) -> bool:
        return not self.student and not self.free


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a program in a node ended. ``exit_code`` is 124 where ``timed_out`` is true."""

    exit_code: int
    output: str
    truncated: bool
    timed_out: bool


@dataclass(frozen=True, slots=True)
class NodeEvent:
    """A node has started, stopped, or lost a program for want of memory (``starved``)."""

    sandbox: str
    student: str
    node: str
    what: Literal["started", "stopped", "starved"]


@dataclass(frozen=True, slots=True)
class ShellHandle:
    """What another process needs to go on with a shell: its stream, and how to find it."""

    fd: int
    about: Mapping[str, str]


class Shell(Protocol):
    """An interactive shell in a node. Whoever opened it closes it."""

    async def read_into(self, room: memoryview, came: Callable[[int], None] | None = None) -> int:
        """Puts output into ``room`` as it comes and returns its length; 0 once it has ended.

        ``came`` is told that length at once: nothing is lost when who waits here is cancelled.
        """

    def write_now(self, data: bytes) -> int:
        """Input, as much as is taken without waiting; how much that was, which may be nothing."""

    async def write(self, data: bytes) -> None:
        """Input; waits while the node is slow to take it."""

    async def resize(self, rows: int, cols: int) -> None: ...

    async def exit_code(self) -> int | None:
        """Nothing while it runs, or when its node is gone."""

    async def close(self) -> None:
        """Hangs up: ends the shell and what was started from it. Twice is fine."""

    def leave(self) -> None:
        """Lets go of the shell, which goes on for whoever holds its handle."""

    def handle(self) -> ShellHandle | None:
        """For a process that may go on with it; nothing where that is not possible."""


class Program(Protocol):
    """A program in a node, by its standard input and output. Whoever started it closes it."""

    async def read(self, most: int) -> bytes:
        """Output as it comes, at most so many bytes; empty once it has ended."""

    async def write(self, data: bytes) -> None:
        """Input; waits while the program is slow to take it. Raises ``NodeUnavailable``."""

    def close(self) -> None:
        """Ends its input and its output, upon which it has to end itself. Twice is fine."""


class NodeApi(Protocol):
    """A node's own Docker API, for questions only, and its events beside it. Whoever opened it
    closes it.
    """

    async def ask(self, paths: Sequence[str]) -> None:
        """GETs each of these; the answers come in their order, as HTTP/1.1 has them."""

    def chunks(self) -> AsyncIterator[tuple[Literal["answer", "event"], bytes]]:
        """What the node's engine says, as it comes: answers, and a line of JSON for each event.
        Ends when that engine does.
        """

    def close(self) -> None:
        """Leaves nothing running in the node. Twice is fine."""


class SandboxEngine(Protocol):
    """Every call may raise ``EngineUnavailable``; calls that name a node, ``NodeUnavailable``."""

    async def info(self) -> EngineInfo: ...

    async def health(self) -> EngineHealth:
        """Cheap enough to be asked every few seconds."""

    async def sandboxes(self) -> Sequence[Sandbox]:
        """All sandboxes that exist, those that are left over and half made included."""

    async def make(self, sandbox: str, on_stage: Callable[[str], None]) -> None:
        """A free sandbox of that new id, with one node whose engine answers."""

    async def wait_until_ready(self, sandbox: str) -> None:
        """Returns once the engine of a free sandbox answers; raises ``NodeUnavailable``."""

    async def claim(self, sandbox: str, student: str) -> Sequence[NodeStatus]:
        """Makes a free sandbox the student's, in one step that can't be done twice."""

    async def retire(self, sandbox: str) -> bool:
        """Makes a free sandbox left over, and tells whether it still was free: who has it
        meanwhile keeps it.
        """

    async def create(
        self, student: str, nodes: int, on_stage: Callable[[str], None]
    ) -> Sequence[NodeStatus]:
        """Makes sure that the student has a sandbox of at least so many nodes whose engines
        answer, and starts those that were stopped; ``on_stage`` gets STAGES.
        """

    async def restart(self, student: str, node: str) -> NodeStatus:
        """Starts a stopped node again and waits for its engine."""

    async def renew(self, student: str, node: str) -> NodeStatus:
        """Replaces one node by a fresh one on the same network."""

    async def remove_node(self, student: str, node: str) -> None:
        """Removes one node, with everything in it; removing what is gone is fine."""

    async def stop(self, student: str, node: str) -> None:
        """Stops a node at once; stopping what is stopped or gone is fine."""

    async def give_back(self, student: str) -> None:
        """The student no longer has a sandbox; what it was is left over. Nothing is fine."""

    async def remove(self, student: str) -> None:
        """Removes the student's sandbox and everything in it; removing nothing is fine."""

    async def discard(self, sandbox: str) -> None:
        """The same by the sandbox's id."""

    async def processor_seconds(self, student: str) -> float:
        """What the student's nodes have used so far; less after a node has been replaced."""

    async def disk_bytes(self) -> Mapping[tuple[str, str], int]:
        """What each (student, node) has written; takes seconds where there is much to count."""

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

    async def start_program(self, student: str, node: str, command: Sequence[str]) -> Program:
        """A command without a shell around it; what it says on standard error is dropped."""

    async def open_shell(self, student: str, node: str, rows: int, cols: int) -> Shell: ...

    def resume_shell(self, handle: ShellHandle) -> Shell:
        """The shell that another process opened; takes over the handle's descriptor."""

    async def end_shells(self, student: str, node: str, but: Sequence[ShellHandle]) -> None:
        """Ends shells on a node that nobody has any more."""

    async def open_api(self, student: str, node: str) -> NodeApi:
        """Events are those from this second on. It ends at once while the node's engine is down."""

    def events(self) -> AsyncIterator[NodeEvent]:
        """What happens to nodes since the last ``sandboxes``; raises when the engine goes."""

    async def aclose(self) -> None: ...
