"""What a terminal has said, as a file to download."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.web.deps import ServicesDep, StudentDep

TYPES = {"cast": "application/x-asciicast", "text": "text/plain; charset=utf-8"}
ENDINGS = {"cast": "cast", "text": "txt"}

router = APIRouter()


@router.get("/api/terminals/{node}/{name}/recording")
async def recording(
    node: str,
    name: str,
    student: StudentDep,
    services: ServicesDep,
    format: Literal["cast", "text"] = "cast",  # noqa: A002 - the word in the address
) -> StreamingResponse:
    """Made piece by piece in a thread, while it is sent."""
    found = services.terminals.recording(student, node, name)
    # Both names have been checked, so nothing in them needs quoting.
    file = f"slipway-{node}-{name}.{ENDINGS[format]}"
    return StreamingResponse(
        found.cast() if format == "cast" else found.text(),
        media_type=TYPES[format],
        headers={
            "Content-Disposition": f'attachment; filename="{file}"',
            "Cache-Control": "no-store",
        },
    )
