"""Pages to take away, on paper or as Markdown: the cheat sheet, and what the student did."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.takeaway import cheat_sheet, transcript
from app.web.deps import IdentityDep, LanguagesDep, ServicesDep
from app.web.identity import COOKIE
from app.web.templates import page

Format = Literal["html", "markdown"]

router = APIRouter(include_in_schema=False)


@router.api_route("/cheat-sheet", methods=["GET", "HEAD"])
@router.api_route("/cheat-sheet/{slug}", methods=["GET", "HEAD"])
async def get_cheat_sheet(
    request: Request,
    *,
    services: ServicesDep,
    identity: IdentityDep,
    languages: LanguagesDep,
    slug: str = "",
    format: Format = "html",  # noqa: A002 - the word in the address
) -> Response:
    """Of one lesson, or of all; for a stranger nothing is done yet."""
    student = identity.read(request.cookies.get(COOKIE)) or ""
    sheets = await services.cheat_sheets(student, slug, languages)
    if format == "markdown":
        site = services.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
        return _download(cheat_sheet.as_markdown(sheets, site), "cheat-sheet", slug)
    context = {"sheets": sheets, "slug": slug, "path": request.url.path}
    return _private(page(request, "cheat_sheet.html", context))


@router.api_route("/transcript", methods=["GET", "HEAD"])
@router.api_route("/transcript/{slug}", methods=["GET", "HEAD"])
async def get_transcript(
    request: Request,
    *,
    services: ServicesDep,
    identity: IdentityDep,
    slug: str = "",
    format: Format = "html",  # noqa: A002 - the word in the address
) -> Response:
    """The caller's own; a stranger has done nothing."""
    student = identity.read(request.cookies.get(COOKIE)) or ""
    sections = await services.transcript(student, slug)
    if format == "markdown":
        return _download(transcript.as_markdown(sections), "transcript", slug)
    context = {"sections": sections, "slug": slug, "path": request.url.path}
    return _private(page(request, "transcript.html", {**context, "limits": transcript.LIMITS}))


def _download(text: str, what: str, slug: str) -> Response:
    # The slug is that of a lesson, so nothing in it needs quoting.
    name = f"slipway-{what}-{slug}.md" if slug else f"slipway-{what}.md"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return _private(Response(text, media_type="text/markdown", headers=disposition))


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
