"""Runs a lesson's own scripts in a student's node, unseen: starting states, and things to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.checking import ENGINE_STOPPED, OWN_TOOLS
from app.errors import NodeUnavailable, TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.lessons.model import Script
    from app.sandboxes.engine import SandboxEngine
    from app.settings import Settings

OUTPUT_BYTES = 32_768


class Stage:
    """``library`` is put in front of every script, as it is in front of every check."""

    def __init__(self, engine: SandboxEngine, settings: Settings, library: str) -> None:
        self._engine = engine
        self._timeout_s = settings.setup_timeout_s
        self.library = library
        self._busy: set[str] = set()

    async def set(self, student: str, scripts: Sequence[Script]) -> None:
        """One after the other. Raises ``NodeUnavailable`` where one of them does not succeed."""
        if student in self._busy:
            raise TooManyRequests("Your nodes are being prepared.", "Wait until that is done.")
        self._busy.add(student)
        try:
            for script in scripts:
                await self.run(student, script)
        finally:
            self._busy.discard(student)

    async def run(self, student: str, script: Script) -> str:
        """What it printed."""
        result = await self._engine.run(
            student,
            script.node,
            f"{self.library}\nengine_answers || exit {ENGINE_STOPPED}\n{script.text}",
            environment=OWN_TOOLS,
            timeout_s=self._timeout_s,
            output_bytes=OUTPUT_BYTES,
        )
        if result.timed_out:
            raise NodeUnavailable(
                f"{script.node} was not prepared within {self._timeout_s:g} s.",
                "It may be busy. Press the button again in a moment.",
            )
        if result.exit_code == ENGINE_STOPPED:
            raise NodeUnavailable(
                f"The Docker engine on {script.node} is stopped, or does not answer.",
                "It starts again by itself within seconds; if not, reset the sandbox.",
            )
        if result.exit_code:
            said = result.output.strip().rpartition("\n")[2] or f"status {result.exit_code}"
            raise NodeUnavailable(
                f"{script.node} could not be prepared: {said}",
                "Press the button again; if that does not help, reset the sandbox.",
            )
        return result.output.rstrip("\n")
