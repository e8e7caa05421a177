"""Turns a template and its values into a response."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app import __version__
from app.web.static_files import static

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import Response

    from app.services import Services

FOLDER = Path(__file__).resolve().parent.parent.parent / "templates"
templates = Jinja2Templates(
    env=Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
)


def page(request: Request, name: str, context: dict[str, Any], *, status: int = 200) -> Response:
    """Every page gets its nonce, its files, the course, and whether there are terminals."""
    services = cast("Services", request.app.state.services)
    why_not = services.pool.why_not
    shared = {
        "nonce": request.state.nonce,
        "version": __version__,
        "static": static.look(),
        "course": services.course,
        "terminals": {"available": not why_not, "reason": why_not},
    }
    return templates.TemplateResponse(request, name, {**shared, **context}, status_code=status)
