"""One run through one lesson, on a fresh sandbox: every step is looked at, done, and looked at."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.checking import Attempt
from app.errors import SlipwayError
from app.filling import Filling
from app.lessons.model import Script
from app.proof.looking import Looking
from app.proof.mutations import INVENTORY, mutations, wrong_answers
from app.proof.report import StepProof, Tried
from app.typist import Stuck, Typists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.checking import Checker, Verdict
    from app.lessons.model import Lesson, Mistake, Step
    from app.sandboxes.engine import NodeStatus, SandboxEngine
    from app.staging import Stage

WRONG = "wrong"
FIRST_NODE = "node1"
WHICH_DOCKER = """
docker version -f '{{.Server.Version}}' | tr '\n' ' '
[ -e /proc/net/ip_vs ] && printf 'with IPVS, ' || printf 'without IPVS, '
ip -6 addr show dev eth0 | grep -q 'scope global' && echo 'dual stack' || echo 'IPv4 only'
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is for: its name, whether mistakes are made, which other solution is taken, and
    how much of what each check looks at is damaged, chosen by ``seed``.
    """

    name: str
    mistakes: bool = False
    also: int | None = None
    mutations: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Tools:
    """What all runs share. A command that takes longer than that is stuck; a check that does not
    say what it should is asked again for ``patience_s``.
    """

    engine: SandboxEngine
    checker: Checker
    stage: Stage
    command_timeout_s: float
    patience_s: float


class Run:
    """``proofs`` fill up while it goes on; ``problem`` is one of no step; ``docker`` is which
    engine it was.
    """

    def __init__(
        self, tools: Tools, lesson: Lesson, student: str, nodes: Sequence[NodeStatus]
    ) -> None:
        self._stage = tools.stage
        self._looking = Looking(tools.checker, tools.stage, student, tools.patience_s)
        self._lesson = lesson
        self._student = student
        filling = Filling(tools.engine, student, lambda: nodes)
        self._typists = Typists(tools.engine, student, tools.command_timeout_s, filling)
        self.proofs: list[StepProof] = []
        self.docker = ""
        self.problem = ""
        self._to_damage = 0

    async def follow(self, plan: Plan) -> None:
        """Where the lesson can't even begin, ``problem`` says why."""
        try:
            # Twice, as it may meet any state.
            for _ in range(2):
                await self._stage.set(self._student, self._lesson.setup)
            self.docker = await self._stage.run(self._student, Script(WHICH_DOCKER, FIRST_NODE))
        except SlipwayError as error:
            self.problem = f"{plan.name}: the lesson's setup fails: {error}"
            return
        self._to_damage = plan.mutations
        async with self._typists:
            for step in self._lesson.steps:
                proof = StepProof(self._lesson.slug, step.id, step.line, plan.name)
                self.proofs.append(proof)
                began = time.monotonic()
                try:
                    await self._prove(step, plan, proof)
                except (SlipwayError, Stuck) as error:
                    proof.problems.append(str(error))
                proof.seconds = round(time.monotonic() - began, 2)

    async def _prove(self, step: Step, plan: Plan, proof: StepProof) -> None:
        await self._stage.set(self._student, step.setup)
        started = time.time()
        if plan.mistakes:
            for mistake in step.mistakes:
                await self._make(step, mistake, started, proof)
        # What was damaged and mended may have done what this step is about.
        if step.unchecked or not plan.mutations:
            await self._look_before(step, started, proof)
        await self._solve(step, plan, proof)
        await self._look_after(step, started, proof)
        if self._to_damage and proof.positive == "pass":
            await self._damage(step, plan, started, proof)

    async def _damage(self, step: Step, plan: Plan, started: float, proof: StepProof) -> None:
        """Damages what the check looks at, which it has to notice, and mends it again."""
        inventory = await self._stage.run(self._student, Script(INVENTORY, step.node))
        chance = random.Random(f"{plan.seed} {self._lesson.slug} {step.id}")  # noqa: S311 - to be repeated
        answer = await self._looking.answer(step.answer)
        known = [*mutations(step.check, inventory), *wrong_answers(answer)]
        # What the checks of earlier steps had too few words for is made up for here.
        share = math.ceil(self._to_damage / self._checked_from(step))
        for mutation in chance.sample(known, min(share, len(known))):
            self._to_damage -= 1
            given = mutation.answer
            if given is None:
                given = await self._looking.answer(step.answer)
            await self._change(step, mutation.damage)
            attempt = Attempt(given, started)
            noticed = not (await self._looking.verdict(step, attempt)).passed
            await self._change(step, mutation.mend)
            mended = await self._looking.passes(step, started)
            outcome = "it is noticed" if noticed else "the check is still true"
            proof.mutations.append(Tried(step.line, mutation.what, outcome, noticed))
            if not noticed:
                proof.problems.append(f"the check is still true when {mutation.what}")
            if not mended:
                proof.problems.append(f"the check stays false after {mutation.what} was mended")
                return

    async def _change(self, step: Step, script: str) -> None:
        if script:
            await self._stage.run(self._student, Script(script, step.node))

    def _checked_from(self, step: Step) -> int:
        """How many steps are checked from this one on."""
        steps = self._lesson.steps
        return sum(not it.unchecked for it in steps[steps.index(step) :])

    async def _look_before(self, step: Step, started: float, proof: StepProof) -> None:
        if step.unchecked:
            proof.negative = proof.positive = "unchecked"
            return
        answer = WRONG if step.answer_label else ""
        try:
            verdict = await self._looking.verdict(step, Attempt(answer, started))
        except SlipwayError as error:
            proof.negative = "unable"
            proof.problems.append(f"before the solution the check can't look: {error}")
            return
        proof.negative = "pass" if verdict.passed else "fail"
        if verdict.passed:
            proof.problems.append("the check is true before the solution")

    async def _solve(self, step: Step, plan: Plan, proof: StepProof) -> None:
        lines = step.solution
        if plan.also is not None and plan.also < len(step.also):
            lines = step.also[plan.also]
            proof.also = plan.also + 1
        try:
            await self._typists.type(lines)
        except Stuck:
            proof.solution = "stuck"
            raise
        proof.solution = "ok"

    async def _look_after(self, step: Step, started: float, proof: StepProof) -> None:
        if step.unchecked:
            return
        began = time.monotonic()
        try:
            passed = await self._looking.passes(step, started)
        except SlipwayError as error:
            proof.positive = "unable"
            proof.problems.append(f"after the solution the check can't look: {error}")
            return
        proof.positive = "pass" if passed else "fail"
        proof.waited_s = round(time.monotonic() - began, 2)
        if not passed:
            way = f"the other solution number {proof.also}" if proof.also else "the solution"
            said = self._typists.heard()
            answer = await self._looking.answer(step.answer)
            proof.problems.append(
                f"the check is false after {way}; answer {answer!r}, terminal {said[-300:]!r}"
            )

    async def _make(self, step: Step, mistake: Mistake, started: float, proof: StepProof) -> None:
        """Makes the mistake, looks what the student would be told, and takes it back."""
        if mistake.untried:
            return
        await self._typists.type(mistake.attempt)
        answer = await self._looking.answer(mistake.answer)
        heard = self._typists.heard(step.node)
        verdict = await self._looking.until(
            step, Attempt(answer, started, heard), lambda it: _outcome(step, mistake, it)[1]
        )
        outcome, well = _outcome(step, mistake, verdict)
        proof.mistakes.append(Tried(mistake.line, mistake.said or mistake.when, outcome, well))
        if not well:
            proof.problems.append(f"line {mistake.line}: after this mistake {outcome}")
        await self._stage.set(self._student, mistake.undo or step.undo)


def _outcome(step: Step, mistake: Mistake, verdict: Verdict) -> tuple[str, bool]:
    """What the student would be told, and whether that is this mistake's text."""
    if verdict.passed:
        return "the check is true", False
    if verdict.hint == mistake.html:
        return "it is recognised", True
    if not verdict.hint:
        return "nothing is recognised", False
    other = next((it.line for it in step.mistakes if it.html == verdict.hint), 0)
    return f"that of line {other} is shown instead", False
