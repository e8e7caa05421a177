"""Brings a student to a step: a fresh sandbox, and in it all that the steps before it make."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

import anyio
import structlog

from app.errors import NodeUnavailable, SandboxUnavailable, SlipwayError, TooManyRequests
from app.filling import Filling
from app.typist import Stuck, Typists

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anyio.abc import TaskGroup

    from app.lessons.model import Lesson, Step
    from app.sandboxes.engine import SandboxEngine
    from app.sandboxes.pool import SandboxPool
    from app.staging import Stage

# For a fresh sandbox, and for everything that is typed into it.
READY_TIMEOUT_S = 120
TIMEOUT_S = 600
COMMAND_TIMEOUT_S = 60
LOOK_AGAIN_S = 0.2
# What a step leads to may take a moment more than its commands.
PATIENCE_S = 10
PATIENT_LOOK_S = 1

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CatchUp:
    """How far it is: ``done`` of the ``steps`` before ``step``; ``message`` says why it failed."""

    lesson: str
    step: str
    steps: int
    done: int = 0
    state: Literal["working", "done", "failed"] = "working"
    message: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class CatchUps:
    """One at a time per student; run it with ``async with``. ``tell`` hears of every change.

    ``finish`` looks at a step and notes that it is done; it tells whether that is so.
    """

    def __init__(
        self,
        engine: SandboxEngine,
        pool: SandboxPool,
        stage: Stage,
        tell: Callable[[str, CatchUp], None],
    ) -> None:
        self._engine = engine
        self._pool = pool
        self._stage = stage
        self._tell = tell
        self._busy: set[str] = set()
        self._tasks: TaskGroup = anyio.create_task_group()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)

    def begin(
        self,
        student: str,
        lesson: Lesson,
        step: Step,
        finish: Callable[[Step], Awaitable[bool]],
    ) -> CatchUp:
        """Resets the sandbox at once, and goes on by itself."""
        if student in self._busy:
            raise TooManyRequests("You are being brought to a step.", "Wait until that is done.")
        before = lesson.steps[: lesson.steps.index(step)]
        self._pool.reset(student, lesson.nodes)
        self._busy.add(student)
        began = CatchUp(lesson.slug, step.id, len(before))
        self._tasks.start_soon(self._follow, student, lesson, began, finish)
        return began

    async def _follow(
        self,
        student: str,
        lesson: Lesson,
        now: CatchUp,
        finish: Callable[[Step], Awaitable[bool]],
    ) -> None:
        try:
            with anyio.fail_after(TIMEOUT_S):
                await self._until_ready(student, lesson.nodes)
                await self._stage.set(student, lesson.setup)
                filling = Filling(self._engine, student, lambda: self._pool.view(student).nodes)
                async with Typists(self._engine, student, COMMAND_TIMEOUT_S, filling) as typists:
                    for step in lesson.steps[: now.steps]:
                        self._tell(student, now)
                        await self._do(student, step, typists, finish)
                        now = replace(now, done=now.done + 1)
            now = replace(now, state="done")
        except (SlipwayError, Stuck, TimeoutError) as error:
            now = replace(now, state="failed", message=_why(lesson, now, error))
        except Exception:
            log.exception("catching up failed", student=student, lesson=lesson.slug)
            now = replace(now, state="failed", message=_why(lesson, now, None))
        finally:
            self._busy.discard(student)
        self._tell(student, now)

    async def _do(
        self,
        student: str,
        step: Step,
        typists: Typists,
        finish: Callable[[Step], Awaitable[bool]],
    ) -> None:
        await self._stage.set(student, step.setup)
        await typists.type(step.solution)
        self._pool.touch(student)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            late = time.monotonic() > deadline
            try:
                if await finish(step):
                    return
            except NodeUnavailable:
                if late:
                    raise
            if late:
                raise SandboxUnavailable("Its commands did not lead to what it asks for.")
            await anyio.sleep(PATIENT_LOOK_S)

    async def _until_ready(self, student: str, nodes: int) -> None:
        with anyio.fail_after(READY_TIMEOUT_S):
            while True:
                view = self._pool.view(student)
                ready = [node for node in view.nodes if node.state == "ready"]
                if view.state == "ready" and len(ready) >= nodes:
                    return
                if view.state in ("failed", "ended"):
                    raise SandboxUnavailable(view.reason or "There is no sandbox.")
                await anyio.sleep(LOOK_AGAIN_S)


def _why(lesson: Lesson, now: CatchUp, error: Exception | None) -> str:
    step = lesson.steps[now.done].title
    said = "It took too long." if isinstance(error, TimeoutError) else ""
    if isinstance(error, SlipwayError):
        said = error.message
    elif isinstance(error, Stuck):
        said = "A command did not come back to the prompt."
    return f"It stopped at “{step}”. {said or 'Something went wrong on our side.'}"
