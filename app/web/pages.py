"""The pages: course and lessons. The first one a browser opens makes it a student."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from app.errors import NotFound
from app.lessons.search import MAX_QUERY_CHARACTERS
from app.progress.store import Progress
from app.terminals.hub import FIRST_NAME, FIRST_NODE
from app.terminals.protocol import SUBPROTOCOL
from app.web.deps import IdentityDep, LanguagesDep, ServicesDep, get_services
from app.web.identity import COOKIE, MAX_AGE_S
from app.web.templates import page

if TYPE_CHECKING:
    from app.services import Services

VARY = "Accept-Encoding, Cookie"
PICTURES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def course(request: Request, services: ServicesDep, identity: IdentityDep) -> Response:
    student, is_new = _student(request, identity)
    context = {
        "progress": await _progress(services, student, is_new=is_new),
        "drain": services.pool.drain,
    }
    answer = page(request, "index.html", context, kept=True, vary=VARY)
    return _with_cookie(answer, request, identity, student, is_new=is_new)


@router.api_route("/lessons/{slug}", methods=["GET", "HEAD"])
async def lesson(
    slug: str,
    request: Request,
    services: ServicesDep,
    identity: IdentityDep,
    languages: LanguagesDep,
) -> Response:
    found = services.lesson(slug, languages)
    student, is_new = _student(request, identity)
    services.arrivals.note(student, slug)
    previous, following = services.course.neighbours(services.lesson(slug))
    context = {
        "lesson": found,
        "previous": previous,
        "next": following,
        "progress": await _progress(services, student, is_new=is_new),
        "first_terminal": f"/ws/terminals/{FIRST_NODE}/{FIRST_NAME}",
        "terminal_protocol": SUBPROTOCOL,
    }
    answer = page(request, "lesson.html", context, kept=True, vary=f"Accept-Language, {VARY}")
    return _with_cookie(answer, request, identity, student, is_new=is_new)


@router.api_route("/search", methods=["GET", "HEAD"])
async def search(request: Request, services: ServicesDep, q: str = "") -> Response:
    """Works without JavaScript and without a student."""
    query = " ".join(q.split())[:MAX_QUERY_CHARACTERS]
    context = {"query": query, "found": services.search.find(query)}
    return page(request, "search.html", context)


@router.get("/lessons/{slug}/{picture}")
async def lesson_picture(slug: str, picture: str, services: ServicesDep) -> Response:
    """A drawing that lies beside a lesson's text."""
    found = services.lesson(slug)
    path = services.settings.content_dir / f"{found.number:02d}-{slug}" / Path(picture).name
    if path.suffix not in PICTURES or not path.is_file():
        raise NotFound("This lesson has no such picture.")
    return FileResponse(path, media_type=PICTURES[path.suffix])


def _student(request: Request, identity: IdentityDep) -> tuple[str, bool]:
    """The caller, and whether we have just met; a bad cookie is a new student."""
    student = identity.read(request.cookies.get(COOKIE))
    return (student, False) if student else (identity.new_student(), True)


async def _progress(services: Services, student: str, *, is_new: bool) -> Progress:
    """Nothing has been noted of somebody who did not exist."""
    return Progress() if is_new else await services.progress(student)


def _with_cookie(
    response: Response, request: Request, identity: IdentityDep, student: str, *, is_new: bool
) -> Response:
    if is_new:
        response.set_cookie(
            COOKIE,
            identity.sign(student),
            max_age=MAX_AGE_S,
            httponly=True,
            samesite="lax",
            secure=_is_encrypted(request),
        )
    return response


def _is_encrypted(request: Request) -> bool:
    """As far as browsers see it."""
    public_url = get_services(request).settings.public_url
    return "https" in (request.url.scheme, public_url.partition(":")[0])
