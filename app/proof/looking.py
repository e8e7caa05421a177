"""Looks at a step as the page does: again, while a busy machine has not come so far yet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio

from app.checking import Attempt
from app.errors import SlipwayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.checking import Checker, Verdict
    from app.lessons.model import Script, Step
    from app.staging import Stage

LOOK_AGAIN_S = 0.5


class Looking:
    """At one student's steps. ``patience_s`` is for all looks at one state together."""

    def __init__(self, checker: Checker, stage: Stage, student: str, patience_s: float) -> None:
        self._checker = checker
        self._stage = stage
        self._student = student
        self._patience_s = patience_s

    async def answer(self, script: Script | None) -> str:
        """What a lesson's own script finds; nothing where there is none."""
        return await self._stage.run(self._student, script) if script else ""

    async def verdict(self, step: Step, attempt: Attempt) -> Verdict:
        """The first there is. Raises ``SlipwayError`` where nothing can be seen."""
        return await self.until(step, attempt, lambda _: True)

    async def passes(self, step: Step, started: float) -> bool:
        """With the right answer, found out anew for every look: a free port's number may change."""
        deadline = time.monotonic() + self._patience_s
        while True:
            attempt = Attempt(await self.answer(step.answer), started)
            if (await self.verdict(step, attempt)).passed:
                return True
            if time.monotonic() > deadline:
                return False
            await anyio.sleep(LOOK_AGAIN_S)

    async def until(
        self, step: Step, attempt: Attempt, enough: Callable[[Verdict], bool]
    ) -> Verdict:
        """The first that is enough, or the last."""
        deadline = time.monotonic() + self._patience_s
        while True:
            late = time.monotonic() > deadline
            try:
                verdict = await self._checker.check(self._student, step, attempt)
            except SlipwayError:
                if late:
                    raise
            else:
                if late or enough(verdict):
                    return verdict
            await anyio.sleep(LOOK_AGAIN_S)
