"""How sandboxes end: the student is told first, then they are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import structlog

from app.sandboxes.view import SandboxView

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from app.sandboxes.engine import SandboxEngine
    from app.sandboxes.roll import Roll

CLEAN_UP_S = 20

log = structlog.get_logger()


class Ending:
    def __init__(
        self, engine: SandboxEngine, roll: Roll, lock: Callable[[str], asyncio.Lock]
    ) -> None:
        self._engine = engine
        self._roll = roll
        self._lock = lock

    async def end(self, student: str, reason: str) -> None:
        """So that who comes back meanwhile waits for a new one, it is told before it is done."""
        before = self._roll.view(student)
        if before.state != "ready":
            return
        self._roll.change(student, SandboxView("ended", reason=reason))
        removed = await self.clean_up(student)
        if not removed and self._roll.state(student) == "ended":
            self._roll.change(student, before)  # it will be tried again

    async def clean_up(self, student: str) -> bool:
        """Removes what there may be of a sandbox, and tells whether that worked."""
        try:
            with anyio.fail_after(CLEAN_UP_S):
                async with self._lock(student):
                    await self._engine.remove(student)
        except Exception as error:  # noqa: BLE001 - one student's surprise must not end the pool
            log.warning("sandbox could not be removed", student=student, reason=str(error))
            return False
        return True
