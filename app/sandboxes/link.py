"""The way to the class engine: whether it can be used, why not, and when that changes.

Where it does not answer, everybody is told at once instead of waiting one by one; it is asked again
until it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import structlog

from app.errors import EngineUnavailable, SlipwayError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.sandboxes.engine import EngineHealth, EngineInfo, NodeEvent, Sandbox, SandboxEngine
    from app.sandboxes.pace import Pace

# One slow answer is no news: a machine may be busy.
STRIKES = 2
READ_MEANWHILE = "The lessons can be read meanwhile."
OUR_FAULT = "Something went wrong on our side. It has been written to the log."
NO_ANSWER = "The class engine does not answer."
NO_REGISTRY = (
    "The registry of this machine is down, so images can't be pulled. It is being started again."
)

log = structlog.get_logger()


class EngineLink:
    """``on_connect`` gets what the engine has; ``on_health`` is called after every heartbeat."""

    def __init__(
        self,
        engine: SandboxEngine,
        pace: Pace,
        *,
        on_connect: Callable[[Sequence[Sandbox]], None],
        on_event: Callable[[NodeEvent], None],
        on_health: Callable[[], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._pace = pace
        self._on_connect = on_connect
        self._on_event = on_event
        self._on_health = on_health
        self._why_not = "The class engine has not been asked yet."
        self._strikes = 0
        self.info: EngineInfo | None = None
        self.health: EngineHealth | None = None

    @property
    def why_not(self) -> str:
        """Why there is no engine, as a sentence; empty while there is one."""
        return "" if self.info else self._why_not

    @property
    def trouble(self) -> str:
        """What every student should know of the engine; mostly empty."""
        if self.info and self.health and not self.health.registry_serves:
            return NO_REGISTRY
        return self.why_not

    def require(self) -> None:
        if not self.info:
            raise EngineUnavailable(self._why_not, READ_MEANWHILE)

    async def connect(self) -> None:
        """Asks the engine who it is and what it has."""
        try:
            with anyio.fail_after(self._pace.answer_timeout_s):
                info = await self._engine.info()
                health = await self._engine.health()
                found = await self._engine.sandboxes()
        except Exception as error:  # noqa: BLE001 - whatever it is, the site goes on
            await self._lose(error)
            return
        self.info, self.health, self._strikes = info, health, 0
        self._on_connect(found)
        await self._on_health()

    async def watch(self) -> None:
        """Follows the engine's events for as long as there is one."""
        while True:
            if self.info:
                try:
                    async for event in self._engine.events():
                        self._on_event(event)
                except Exception as error:  # noqa: BLE001 - same
                    await self._lose(error)
            await anyio.sleep(self._pace.reconnect_s)

    async def beat(self) -> None:
        """Looks after the engine's health, and finds it again when it has been away."""
        while True:
            await anyio.sleep(self._pace.heartbeat_s if self.info else self._pace.reconnect_s)
            if not self.info:
                await self.connect()
                continue
            try:
                with anyio.fail_after(self._pace.answer_timeout_s):
                    self.health = await self._engine.health()
            except Exception as error:  # noqa: BLE001 - same
                self._strikes += 1
                if self._strikes >= STRIKES or isinstance(error, EngineUnavailable):
                    await self._lose(error)
                continue
            self._strikes = 0
            await self._on_health()

    async def _lose(self, error: Exception) -> None:
        before = self.info, self._why_not
        if isinstance(error, SlipwayError):
            reason = error.message
        elif isinstance(error, TimeoutError):
            reason = NO_ANSWER
        else:
            reason = OUR_FAULT
            log.error("class engine not understood", exc_info=error)
        self.info, self._why_not = None, reason
        if before != (None, reason):
            log.warning("class engine lost", reason=reason)
        await self._on_health()
