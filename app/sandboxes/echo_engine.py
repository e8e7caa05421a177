"""An engine without Docker: its nodes are made of air and its shells know a handful of words.

It ships so that pages, sockets and the pool can be run and tested on any machine. What it promises
is held to the real engine by one contract suite.
"""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING

from app.errors import EngineUnavailable, NodeUnavailable
from app.sandboxes.engine import STAGES, EngineInfo, NodeEvent, NodeStatus, RunResult

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

PROMPT = b"student@node1:~$ "
NOT_FOUND = 127
MISUSED = 2
TIMED_OUT = 124
MAX_EVENTS = 1000


class EchoEngine:
    """``reachable`` may be set to False to see what a class without its engine looks like."""

    def __init__(self, *, reachable: bool = True) -> None:
        self._reachable = reachable
        self._nodes: dict[str, dict[str, NodeStatus]] = {}
        self._listeners: list[asyncio.Queue[NodeEvent | None]] = []

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
        return set(self._nodes)

    async def info(self) -> EngineInfo:
        self._require_engine()
        return EngineInfo(version="echo", isolation="nothing runs")

    async def sandboxes(self) -> dict[str, list[NodeStatus]]:
        self._require_engine()
        return {student: list(nodes.values()) for student, nodes in self._nodes.items()}

    async def create(
        self, student: str, nodes: int, on_stage: Callable[[str], None]
    ) -> list[NodeStatus]:
        self._require_engine()
        for stage in STAGES:
            on_stage(stage)
            await asyncio.sleep(0)
        made = self._nodes.setdefault(student, {})
        for number in range(1, nodes + 1):
            made[f"node{number}"] = NodeStatus(f"node{number}", "ready", f"198.18.1.{number + 1}")
        return list(made.values())

    async def restart(self, student: str, node: str) -> NodeStatus:
        status = self._find(student, node)
        self._nodes[student][node] = NodeStatus(status.name, "ready", status.ip)
        self._tell(NodeEvent(student, node, running=True))
        return self._nodes[student][node]

    def stop(self, student: str, node: str) -> None:
        """What a student does with ``poweroff``."""
        status = self._find(student, node)
        self._nodes[student][node] = NodeStatus(status.name, "stopped", status.ip)
        self._tell(NodeEvent(student, node, running=False))

    async def remove(self, student: str) -> None:
        self._require_engine()
        self._nodes.pop(student, None)

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
                    said, code = await _understand(line, environment)
                    output += said
        except TimeoutError:
            return RunResult(TIMED_OUT, output[:output_bytes], truncated=False, timed_out=True)
        return RunResult(code, output[:output_bytes], len(output) > output_bytes, timed_out=False)

    async def open_shell(self, student: str, node: str, rows: int, cols: int) -> EchoShell:
        self._find_running(student, node)
        return EchoShell(rows, cols)

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
        self._nodes.clear()

    def _tell(self, event: NodeEvent) -> None:
        for queue in self._listeners:
            queue.put_nowait(event)

    def _require_engine(self) -> None:
        if not self.reachable:
            raise EngineUnavailable("The class engine does not answer.")

    def _find(self, student: str, node: str) -> NodeStatus:
        self._require_engine()
        try:
            return self._nodes[student][node]
        except KeyError:
            raise NodeUnavailable(f"{node} is not running.") from None

    def _find_running(self, student: str, node: str) -> None:
        if self._find(student, node).state != "ready":
            raise NodeUnavailable(f"{node} is not running.")


class EchoShell:
    """Echoes what is typed; at Enter, understands ``echo``, ``stty size``, ``sleep``, ``exit``."""

    def __init__(self, rows: int, cols: int) -> None:
        self._output: asyncio.Queue[bytes] = asyncio.Queue()
        self._size = f"{rows} {cols}"
        self._line = b""
        self._code: int | None = None
        self._output.put_nowait(PROMPT)

    async def read(self) -> bytes:
        if self._code is not None and self._output.empty():
            return b""
        return await self._output.get()

    async def write(self, data: bytes) -> None:
        for byte in data:
            character = bytes([byte])
            if character in (b"\r", b"\n"):
                await self._enter()
            else:
                self._line += character
                self._output.put_nowait(character)

    async def resize(self, rows: int, cols: int) -> None:
        self._size = f"{rows} {cols}"

    async def exit_code(self) -> int | None:
        return self._code

    async def close(self) -> None:
        self._end(self._code or 0)

    async def _enter(self) -> None:
        line, self._line = self._line.decode(errors="replace"), b""
        self._output.put_nowait(b"\r\n")
        words = line.split()
        if words[:1] == ["exit"]:
            self._end(int(words[1]) if words[1:] and words[1].isdecimal() else 0)
            return
        said = f"{self._size}\n" if words == ["stty", "size"] else (await _understand(line, {}))[0]
        self._output.put_nowait(said.replace("\n", "\r\n").encode() + PROMPT)

    def _end(self, code: int) -> None:
        self._code = code
        self._output.put_nowait(b"")


async def _understand(line: str, environment: Mapping[str, str]) -> tuple[str, int]:
    """Output and exit status of ``echo``, ``true``, ``false``, ``exit`` and ``sleep``."""
    for name, value in environment.items():
        line = line.replace(f"${name}", value)
    try:
        match shlex.split(line):
            case ["false"]:
                return "", 1
            case ["echo", *words]:
                return " ".join(words) + "\n", 0
            case ["exit", code]:
                return "", int(code)
            case ["sleep", seconds]:
                await asyncio.sleep(float(seconds))
            case [word, *_] if word != "true":
                return f"{word}: not found\n", NOT_FOUND
    except ValueError as error:  # an open quote, or a number that is none
        return f"sh: {error}\n", MISUSED
    return "", 0
