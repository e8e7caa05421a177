"""Engines that misbehave in one chosen way, for the pool to live with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from app.errors import NodeUnavailable, SandboxUnavailable
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.engine import RunResult, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.sandboxes.engine import EngineHealth, NodeStatus


class SurprisingEngine(EchoEngine):
    """Raises what no contract mentions, or hangs half way."""

    surprise = ""
    surprised = 0

    async def create(
        self, student: str, nodes: int, on_stage: Callable[[str], None]
    ) -> list[NodeStatus]:
        if self.surprise == "create":
            raise KeyError(student)
        made = await super().create(student, nodes, on_stage)
        if self.surprise == "hang":
            await anyio.sleep_forever()
        return made

    async def make(self, sandbox: str, on_stage: Callable[[str], None]) -> None:
        if self.surprise == "make":
            self.surprised += 1
            raise KeyError(sandbox)
        await super().make(sandbox, on_stage)

    async def remove(self, student: str) -> None:
        if self.surprise == "remove":
            self.surprised += 1
            raise KeyError(student)
        await super().remove(student)


class HangingEngine(EchoEngine):
    """Answers nothing while ``hangs``, as a stopped process does."""

    hangs = False

    async def health(self) -> EngineHealth:
        if self.hangs:
            await anyio.sleep_forever()
        return await super().health()


class UntidyEngine(EchoEngine):
    """Also has a network without nodes, made a day ago if the machine's clock is to be believed."""

    def __init__(self) -> None:
        super().__init__()
        self.bare = "0123456789ab"
        self.listed = 0

    async def sandboxes(self) -> list[Sandbox]:
        self.listed += 1
        found = await super().sandboxes()
        return [*found, Sandbox(self.bare, "", False, (), 24 * 3600)] if self.bare else found

    async def discard(self, sandbox: str) -> None:
        if sandbox == self.bare:
            self.bare = ""
        await super().discard(sandbox)


class GatedEngine(EchoEngine):
    """Makes nothing until ``gate`` is set; fails to while ``broken`` says why."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = anyio.Event()
        self.broken = ""
        self.most_at_once = 0
        self._at_work = 0

    async def create(
        self, student: str, nodes: int, on_stage: Callable[[str], None]
    ) -> list[NodeStatus]:
        await self._pass()
        return await super().create(student, nodes, on_stage)

    async def make(self, sandbox: str, on_stage: Callable[[str], None]) -> None:
        await self._pass()
        await super().make(sandbox, on_stage)

    async def _pass(self) -> None:
        self._at_work += 1
        self.most_at_once = max(self.most_at_once, self._at_work)
        try:
            await self.gate.wait()
            if self.broken:
                raise SandboxUnavailable(self.broken)
        finally:
            self._at_work -= 1


class ObedientEngine(EchoEngine):
    """Nodes that succeed at whatever they are told, and fail at scripts that contain ``fails_at``.

    ``refuses`` is the number of the sandbox that can't be made, from 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fails_at = ""
        self.refuses = 0
        self.made: list[str] = []
        self.ran = 0

    async def create(
        self, student: str, nodes: int, on_stage: Callable[[str], None]
    ) -> list[NodeStatus]:
        self.made.append(student)
        if len(self.made) == self.refuses:
            raise SandboxUnavailable("It would not start.")
        return await super().create(student, nodes, on_stage)

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
        await super().run(
            student,
            node,
            "true",
            environment=environment,
            timeout_s=timeout_s,
            output_bytes=output_bytes,
        )
        self.ran += 1
        if self.fails_at and self.fails_at in script:
            return RunResult(1, "no such luck\n", truncated=False, timed_out=False)
        return RunResult(0, f"{50 * 1024 * 1024}\n", truncated=False, timed_out=False)


class StaleEngine(EchoEngine):
    """Lists sandboxes as they were a moment ago, while ``holds``."""

    def __init__(self) -> None:
        super().__init__()
        self.looking = anyio.Event()
        self.go_on = anyio.Event()
        self.holds = False

    async def sandboxes(self) -> list[Sandbox]:
        found = await super().sandboxes()
        if self.holds:
            self.looking.set()
            await self.go_on.wait()
        return found

    async def wait_until_ready(self, sandbox: str) -> None:
        """By name, as the real one: what has been given away no longer has that name."""
        await super().wait_until_ready(sandbox)
        if not any(row.free and row.id == sandbox for row in await super().sandboxes()):
            raise NodeUnavailable("node1 is not running.")
