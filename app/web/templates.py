"""Turns a template and its values into a response."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app import __version__
from app.web.compression import takes_gzip
from app.web.static_files import static

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import Response

    from app.services import Services
    from app.web.copies import Copies

FOLDER = Path(__file__).resolve().parent.parent.parent / "templates"
environment = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    request: Request,
    name: str,
    context: dict[str, Any],
    *,
    status: int = 200,
    kept: bool = False,
    vary: str = "Accept-Encoding",
) -> Response:
    """Every page gets its nonce, its files, the course, and whether there are terminals.

    With ``kept``, whoever gets the same page gets the same copy of it.
    """
    services = cast("Services", request.app.state.services)
    copies = cast("Copies", request.app.state.copies)
    why_not = services.pool.why_not
    values = {
        "version": __version__,
        "static": static.look(),
        "course": services.course,
        "terminals": {"available": not why_not, "reason": why_not},
        **context,
    }

    def render() -> str:
        return environment.get_template(name).render(nonce=copies.nonce, **values)

    seam = copies.take(name, values, render) if kept else copies.fresh(render())
    nonce = str(request.state.nonce).encode()
    headers = {"Vary": vary}
    if takes_gzip(request.headers):
        headers["Content-Encoding"] = "gzip"
        return HTMLResponse(seam.gzip(nonce), status, headers)
    return HTMLResponse(seam.plain(nonce), status, headers)
