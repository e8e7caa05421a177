"""Proves lessons side by side: every run has a sandbox of its own, which is removed at its end."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from app.checking import Checker
from app.errors import SlipwayError
from app.preflight.trial import PREFIX
from app.proof.report import LessonProof
from app.proof.run import Plan, Run, Tools
from app.staging import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.lessons.model import Lesson
    from app.proof.report import StepProof
    from app.sandboxes.engine import SandboxEngine
    from app.settings import Settings

    Tell = Callable[[str, int, int], None]

COMMAND_TIMEOUT_S = 60
REMOVE_TIMEOUT_S = 60
# Of a check that is not yet what it should be.
PATIENCE_S = 10
# A script that is cut off leaves a state of which nothing can be said.
SETUP_TIMEOUT_S = 120
# In a lesson, shared out among its steps: two more than are promised, as the checks of the last
# steps may have too few words.
MUTATIONS = 12
PROVING = "proving"
# A proof may look as often as it likes, on a machine that is busier than any class.
CHECKS_PER_MINUTE = 1_000_000


def plans(lesson: Lesson, seed: int | None = None) -> list[Plan]:
    """Twice with the solution, the second time with all mistakes; once more for each other way.

    With a seed the state is damaged too, in the last of these, or in a run of its own.
    """
    others = max((len(step.also) for step in lesson.steps), default=0)
    also = [Plan(f"other solution {number + 1}", also=number) for number in range(others)]
    if seed is not None:
        last = also.pop() if also else Plan("damaged")
        also.append(replace(last, mutations=MUTATIONS, seed=seed))
    return [Plan("first"), Plan("second", mistakes=True), *also]


class CourseProof:
    """Runs once. However it ends, its sandboxes are removed; ``left`` names what could not be."""

    def __init__(
        self,
        engine: SandboxEngine,
        settings: Settings,
        library: str,
        paths: dict[str, str],
        *,
        command_timeout_s: float = COMMAND_TIMEOUT_S,
        patience_s: float = PATIENCE_S,
        seed: int | None = None,
    ) -> None:
        patient = settings.model_copy(
            update={"checks_per_minute": CHECKS_PER_MINUTE, "setup_timeout_s": SETUP_TIMEOUT_S}
        )
        checker, stage = Checker(engine, patient, library), Stage(engine, patient, library)
        self._engine = engine
        self._tools = Tools(engine, checker, stage, command_timeout_s, patience_s)
        self._paths = paths
        self._seed = seed
        self.left: list[str] = []

    async def prove(self, lessons: Sequence[Lesson], jobs: int, tell: Tell) -> list[LessonProof]:
        """Raises ``EngineUnavailable`` where there is no class engine to prove anything on."""
        await self._engine.info()
        proofs = [LessonProof(it.slug, self._paths.get(it.slug, it.slug)) for it in lessons]
        work = [
            (lesson, plan, proof)
            for lesson, proof in zip(lessons, proofs, strict=True)
            for plan in plans(lesson, self._seed)
        ]
        # The longest first: at the end nobody waits for one that has only just begun.
        work.sort(key=lambda row: -row[0].nodes * len(row[0].steps))
        limiter = anyio.CapacityLimiter(jobs)
        done = 0
        tell(PROVING, done, len(work))

        async def one(lesson: Lesson, plan: Plan, proof: LessonProof) -> None:
            nonlocal done
            async with limiter:
                began = time.monotonic()
                proof.steps += await self._run(lesson, plan, proof)
                proof.seconds = round(proof.seconds + time.monotonic() - began, 2)
            done += 1
            tell(PROVING, done, len(work))

        async with anyio.create_task_group() as tasks:
            for row in work:
                tasks.start_soon(one, *row)
        order = [plan.name for lesson in lessons for plan in plans(lesson, self._seed)]
        for proof in proofs:
            proof.steps.sort(key=lambda step: (order.index(step.run), step.line))
        return proofs

    async def _run(self, lesson: Lesson, plan: Plan, proof: LessonProof) -> list[StepProof]:
        student = PREFIX + secrets.token_hex(6)
        run = None
        try:
            # To leave a start half done would leave work behind that nobody waits for.
            with anyio.CancelScope(shield=True):
                nodes = await self._engine.create(student, lesson.nodes, lambda _: None)
            run = Run(self._tools, lesson, student, nodes)
            await run.follow(plan)
        except SlipwayError as error:
            proof.problems.append(f"{plan.name}: there is no sandbox: {error}")
        finally:
            with anyio.CancelScope(shield=True):
                await self._remove(student)
        if not run:
            return []
        proof.docker = run.docker
        if run.problem:
            proof.problems.append(run.problem)
        return run.proofs

    async def _remove(self, student: str) -> None:
        try:
            with anyio.fail_after(REMOVE_TIMEOUT_S):
                await self._engine.remove(student)
        except (SlipwayError, TimeoutError):
            self.left.append(student)
