"""Judges a step by the state of the student's node: passed, not yet, or "couldn't look"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from app.errors import NodeUnavailable
from app.limits import PerMinute
from app.seen import NOTHING, TOLD, Seen, overheard, seen

if TYPE_CHECKING:
    from app.lessons.model import Step
    from app.sandboxes.engine import RunResult, SandboxEngine
    from app.settings import Settings

MAX_ANSWER_CHARACTERS = 256
PASSED, FAILED, ENGINE_STOPPED = 0, 1, 42
MISTAKE_MARK = "slipway-mistake:"
# Without it somebody else than the check has ended with that status: an sh that is none, say.
LOOKED = "slipway-looked"
MISTAKE_DIGITS = 3
SAID_TIMEOUT_S = 2
# Programs and contexts that a student has put before those of the node are not asked.
OWN_TOOLS = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "DOCKER_HOST": "unix:///var/run/docker.sock",
    "DOCKER_CONFIG": "/usr/lib/slipway/nothing",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``hint`` is HTML of the lesson's own, for a mistake that was recognised; ``seen`` is what
    kept the step from being done.
    """

    passed: bool
    message: str
    hint: str = ""
    seen: Seen = NOTHING


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a check may know beside the node: the answer that was typed, the second (since 1970) at
    which the student came to the step, and the lines that the last command printed.
    """

    answer: str = ""
    started: float = 0
    heard: str = ""


class Checker:
    """Runs checks in students' nodes; ``library`` is put in front of every one of them."""

    def __init__(self, engine: SandboxEngine, settings: Settings, library: str) -> None:
        self._engine = engine
        self._settings = settings
        self.library = library
        self._asked = PerMinute(settings.checks_per_minute, "checks")

    async def check(self, student: str, step: Step, attempt: Attempt | None = None) -> Verdict:
        """Raises ``NodeUnavailable`` where the state can't be seen, which is no verdict."""
        self._asked.count(student)
        attempt = attempt or Attempt()
        if not step.check:
            return Verdict(passed=True, message="Done.")
        result = await self._engine.run(
            student,
            step.node,
            script_for(self.library, step),
            environment={
                **OWN_TOOLS,
                "ANSWER": attempt.answer.strip(),
                "STEP_STARTED": f"{attempt.started:.3f}",
            },
            timeout_s=self._settings.check_timeout_s,
            output_bytes=self._settings.check_output_bytes,
        )
        self._require_verdict(step.node, result)
        if result.exit_code == PASSED:
            return Verdict(passed=True, message="Done.")
        hint = await _mistake(step, result.output, attempt.heard)
        answered = attempt.answer or not step.answer_label
        return Verdict(
            passed=False,
            message="Not yet." if answered else "Type your answer first.",
            hint=hint,
            seen=seen(step, result.output),
        )

    def _require_verdict(self, node: str, result: RunResult) -> None:
        """Whatever kept us from looking is not the student's "not yet"."""
        if result.timed_out:
            raise NodeUnavailable(
                f"The check was not done after {self._settings.check_timeout_s:g} s.",
                f"{node} may be busy; try again in a moment.",
            )
        if result.truncated:
            raise NodeUnavailable(
                f"The check on {node} said more than it may.", "Tell whoever wrote the lesson."
            )
        if result.exit_code == ENGINE_STOPPED:
            raise NodeUnavailable(
                f"The Docker engine on {node} is stopped, or does not answer.",
                "It starts again by itself within seconds; if not, reset the sandbox.",
            )
        looked = LOOKED in result.output.splitlines()
        if result.exit_code not in (PASSED, FAILED) or not looked:
            raise NodeUnavailable(
                f"The check could not run on {node} (status {result.exit_code}).",
                "Something it needs there is broken or gone; reset the sandbox.",
            )


def script_for(library: str, step: Step) -> str:
    """One script, so that one exec tells the verdict and the mistake that explains it.

    Exit status: PASSED, FAILED (with the recognised mistake's number as the last line), both after
    a line that says LOOKED, or ENGINE_STOPPED. The check's own output is dropped; what its
    questions told stands before.
    """
    engine = f"engine_answers || exit {ENGINE_STOPPED}"
    check = f"{overheard(step.check)} && {{ echo {LOOKED}; exit {PASSED}; }}"
    mistakes = [
        f"(\n{mistake.when}\n) >/dev/null 2>&1 && {{ echo {MISTAKE_MARK}{number}; exit {FAILED}; }}"
        for number, mistake in enumerate(step.mistakes)
        if mistake.when
    ]
    looked = f"echo {LOOKED}"
    return "\n".join([library, engine, check, TOLD, looked, *mistakes, f"exit {FAILED}"])


async def _mistake(step: Step, output: str, heard: str) -> str:
    """The text of the first mistake that the node's state or the terminal tells of."""
    seen = _seen(step, output)
    for number, mistake in enumerate(step.mistakes):
        if number == seen or (mistake.said and await _said(mistake.said, heard)):
            return mistake.html
    return ""


async def _said(expression: str, heard: str) -> bool:
    """Asked of grep: in a process of its own, no expression and no line can hold us up."""
    with anyio.move_on_after(SAID_TIMEOUT_S):
        command = ["grep", "-E", "-q", "-e", expression]
        done = await anyio.run_process(command, input=heard.encode(), check=False)
        return done.returncode == 0
    return False


def _seen(step: Step, output: str) -> int | None:
    last = output.strip().rpartition("\n")[2]
    number = last.removeprefix(MISTAKE_MARK)
    if (
        last.startswith(MISTAKE_MARK)
        and len(number) <= MISTAKE_DIGITS
        and number.isdecimal()
        and int(number) < len(step.mistakes)
    ):
        return int(number)
    return None
