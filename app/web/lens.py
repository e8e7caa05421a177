"""The packet lens: from where to where, and what to send."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.errors import BadRequest
from app.lens.model import End, Question
from app.web.deps import SameOrigin, ServicesDep, StudentDep

NODE = r"^[a-z0-9-]{1,32}$"
CONTAINER = r"^[0-9a-f]{12,64}$"
NAME = r"^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9_])?$"

router = APIRouter()


class EndRequest(BaseModel):
    """``container`` is its id; ``name`` is looked up by the sender."""

    kind: Literal["container", "node", "outside", "name"]
    node: str | None = Field(None, pattern=NODE)
    container: str | None = Field(None, pattern=CONTAINER)
    name: str | None = Field(None, pattern=NAME)

    def end(self) -> End:
        needed = {"container": self.container, "name": self.name}.get(self.kind, "none")
        if not needed or not (self.node or self.kind == "name"):
            raise BadRequest(f"A {self.kind} needs more to be found by.", "See docs/design.md.")
        return End(
            self.kind,
            self.node or "",
            (self.container or "") if self.kind == "container" else "",
            (self.name or "") if self.kind == "name" else "",
        )


class LensRequest(BaseModel):
    source: EndRequest
    target: EndRequest
    probe: Literal["ping", "http"] = "ping"
    port: int = Field(80, ge=1, le=65_535)


@router.post("/api/topology/lens", dependencies=[SameOrigin])
async def look(body: LensRequest, student: StudentDep, services: ServicesDep) -> dict[str, Any]:
    """Sends one packet, and answers once it has come back or got lost."""
    if body.source.kind == "name":
        raise BadRequest("A name can't send anything.", "Choose a container, a node, or outside.")
    question = Question(body.source.end(), body.target.end(), body.probe, body.port)
    return (await services.lens(student, question)).as_json()
