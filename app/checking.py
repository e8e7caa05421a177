"""Judges a step by the state of the student's node: passed, not yet, or "couldn't look"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import NodeUnavailable
from app.limits import PerMinute

if TYPE_CHECKING:
    from app.lessons.model import Step
    from app.sandboxes.engine import SandboxEngine
    from app.settings import Settings

MAX_ANSWER_CHARACTERS = 256
PASSED, FAILED, ENGINE_STOPPED = 0, 1, 42
MISTAKE_MARK = "slipway-mistake:"
MISTAKE_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """``hint`` is HTML of the lesson's own, for a mistake that was recognised."""

    passed: bool
    message: str
    hint: str = ""


class Checker:
    """Runs checks in students' nodes; ``library`` is put in front of every one of them."""

    def __init__(self, engine: SandboxEngine, settings: Settings, library: str) -> None:
        self._engine = engine
        self._settings = settings
        self._library = library
        self._asked = PerMinute(settings.checks_per_minute, "checks")

    async def check(self, student: str, step: Step, answer: str = "") -> Verdict:
        """Raises ``NodeUnavailable`` where the state can't be seen, which is no verdict."""
        self._asked.count(student)
        if not step.check:
            return Verdict(passed=True, message="Done.")
        result = await self._engine.run(
            student,
            step.node,
            script_for(self._library, step),
            environment={"ANSWER": answer.strip()},
            timeout_s=self._settings.check_timeout_s,
            output_bytes=self._settings.check_output_bytes,
        )
        if result.timed_out:
            raise NodeUnavailable(
                f"The check was not done after {self._settings.check_timeout_s:g} s.",
                f"{step.node} may be busy; try again in a moment.",
            )
        if result.exit_code == ENGINE_STOPPED:
            raise NodeUnavailable(
                f"The Docker engine on {step.node} does not answer.",
                "It starts again by itself within seconds; if not, reset the sandbox.",
            )
        if result.exit_code == PASSED:
            return Verdict(passed=True, message="Done.")
        if result.exit_code == FAILED:
            hint = _mistake(step, result.output)
            message = "Not yet." if answer or not step.answer_label else "Type your answer first."
            return Verdict(passed=False, message=message, hint=hint)
        raise NodeUnavailable(
            f"The check could not run on {step.node} (status {result.exit_code}).",
            "Something it needs there is broken or gone; reset the sandbox.",
        )


def script_for(library: str, step: Step) -> str:
    """One script, so that one exec tells the verdict and the mistake that explains it.

    Exit status: PASSED, FAILED (with the recognised mistake's number as the last line), or
    ENGINE_STOPPED. The check's own output is dropped.
    """
    engine = f"docker version >/dev/null 2>&1 || exit {ENGINE_STOPPED}"
    check = f"(\n{step.check}\n) >/dev/null 2>&1 && exit {PASSED}"
    mistakes = [
        f"(\n{mistake.when}\n) >/dev/null 2>&1 && {{ echo {MISTAKE_MARK}{number}; exit {FAILED}; }}"
        for number, mistake in enumerate(step.mistakes)
        if mistake.when
    ]
    return "\n".join([library, engine, check, *mistakes, f"exit {FAILED}"])


def _mistake(step: Step, output: str) -> str:
    last = output.strip().rpartition("\n")[2]
    number = last.removeprefix(MISTAKE_MARK)
    if (
        last.startswith(MISTAKE_MARK)
        and len(number) <= MISTAKE_DIGITS
        and number.isdecimal()
        and int(number) < len(step.mistakes)
    ):
        return step.mistakes[int(number)].html
    return ""
