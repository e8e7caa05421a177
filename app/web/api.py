"""The JSON API of the pages: sandbox, checks, quizzes, events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse

from app.checking import MAX_ANSWER_CHARACTERS
from app.web.deps import LanguagesDep, SameOrigin, ServicesDep, StudentDep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PING_S = 15

router = APIRouter()


class CheckRequest(BaseModel):
    answer: str | None = Field(None, max_length=MAX_ANSWER_CHARACTERS)


class QuizRequest(BaseModel):
    option: int = Field(ge=0, le=100)


@router.get("/api/sandbox")
async def get_sandbox(student: StudentDep, services: ServicesDep) -> dict[str, Any]:
    return services.pool.view(student).as_json()


@router.post("/api/sandbox", dependencies=[SameOrigin])
async def ensure_sandbox(
    student: StudentDep, services: ServicesDep, lesson: str = ""
) -> dict[str, Any]:
    """As large as the lesson needs it. Asked again, it is a sign of life."""
    return services.pool.ensure(student, services.nodes_for(lesson)).as_json()


@router.delete("/api/sandbox", dependencies=[SameOrigin])
async def reset_sandbox(
    student: StudentDep, services: ServicesDep, lesson: str = ""
) -> dict[str, Any]:
    return services.pool.reset(student, services.nodes_for(lesson)).as_json()


@router.delete("/api/sandbox/nodes/{node}", dependencies=[SameOrigin])
async def reset_node(node: str, student: StudentDep, services: ServicesDep) -> dict[str, Any]:
    return (await services.pool.renew(student, node)).as_json()


@router.post("/api/sandbox/nodes/{node}/restart", dependencies=[SameOrigin])
async def restart_node(node: str, student: StudentDep, services: ServicesDep) -> dict[str, Any]:
    return (await services.pool.restart(student, node)).as_json()


@router.delete("/api/terminals/{node}/{name}", dependencies=[SameOrigin], status_code=204)
async def end_terminal(node: str, name: str, student: StudentDep, services: ServicesDep) -> None:
    """Its shell is hung up, with what runs in it; ended twice is fine."""
    services.terminals.end(student, node, name)


@router.post("/api/lessons/{slug}/steps/{step}/check", dependencies=[SameOrigin])
async def check_step(
    slug: str,
    step: str,
    *,
    body: CheckRequest,
    student: StudentDep,
    services: ServicesDep,
    languages: LanguagesDep,
) -> dict[str, Any]:
    verdict = await services.check(student, slug, step, body.answer or "", languages)
    return {
        "passed": verdict.passed,
        "message": verdict.message,
        "hint": verdict.hint or None,
        "wanted": verdict.seen.wanted,
        "saw": verdict.seen.saw,
    }


@router.post("/api/lessons/{slug}/setup", dependencies=[SameOrigin])
async def prepare_lesson(slug: str, student: StudentDep, services: ServicesDep) -> dict[str, bool]:
    """Makes the state in which the lesson begins."""
    await services.prepare(student, slug)
    return {"prepared": True}


@router.post("/api/lessons/{slug}/steps/{step}/setup", dependencies=[SameOrigin])
async def prepare_step(
    slug: str, step: str, student: StudentDep, services: ServicesDep
) -> dict[str, bool]:
    """Makes the state in which the step begins."""
    await services.prepare(student, slug, step)
    return {"prepared": True}


@router.post(
    "/api/lessons/{slug}/steps/{step}/catch-up", dependencies=[SameOrigin], status_code=202
)
async def catch_up(
    slug: str, step: str, student: StudentDep, services: ServicesDep
) -> dict[str, Any]:
    """A fresh sandbox, in which the steps before are done; how far it is comes as an event."""
    return services.catch_up(student, slug, step).as_json()


@router.post("/api/lessons/{slug}/quizzes/{quiz}", dependencies=[SameOrigin])
async def answer_quiz(
    slug: str,
    quiz: str,
    *,
    body: QuizRequest,
    student: StudentDep,
    services: ServicesDep,
    languages: LanguagesDep,
) -> dict[str, Any]:
    option = await services.answer(student, slug, quiz, body.option, languages)
    return {"right": option.right, "explanation": option.explanation}


@router.get("/api/topology")
async def topology(student: StudentDep, services: ServicesDep) -> dict[str, Any]:
    """The picture of the caller's networks, once every node has been asked."""
    return (await services.topology(student)).as_json()


@router.get("/api/events")
async def events(
    student: StudentDep, services: ServicesDep, lesson: str = ""
) -> EventSourceResponse:
    """Server-sent events: first the sandbox and its picture as they are, then what changes."""

    async def stream() -> AsyncIterator[dict[str, str]]:
        with services.listen(student, lesson) as listener:
            yield _event("sandbox", services.pool.view(student).as_json())
            yield _event("topology", services.pictures.topology(student).as_json())
            while news := await listener.next():
                yield _event(news.kind, news.data)

    return EventSourceResponse(stream(), ping=PING_S)


def _event(kind: str, data: dict[str, Any]) -> dict[str, str]:
    return {"event": kind, "data": json.dumps(data)}
