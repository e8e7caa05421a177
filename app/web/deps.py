"""What handlers ask for: the services, the student, and proof that our own page is asking."""

from __future__ import annotations

import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from app.errors import NotAllowed
from app.services import Services
from app.web.identity import COOKIE, Identity
from app.web.patience import Patience

if TYPE_CHECKING:
    from app.settings import Settings


MAX_LANGUAGES_CHARS = 400


def get_services(connection: HTTPConnection) -> Services:
    return cast("Services", connection.app.state.services)


def get_patience(connection: HTTPConnection) -> Patience:
    return cast("Patience", connection.app.state.patience)


def get_identity(connection: HTTPConnection) -> Identity:
    return cast("Identity", connection.app.state.identity)


def get_student(connection: HTTPConnection) -> str:
    """The caller; strangers are sent to a page, where the cookie is set."""
    student = get_identity(connection).read(connection.cookies.get(COOKIE))
    if not student:
        raise NotAllowed("You have no session here.", "Open the course page and try again.")
    return student


def get_languages(request: Request) -> list[str]:
    """Those that the caller reads, the dearest first: ``?lang=``, then Accept-Language."""
    ranked: list[tuple[float, str]] = []
    for entry in request.headers.get("accept-language", "")[:MAX_LANGUAGES_CHARS].split(","):
        name, _, quality = entry.strip().lower().partition(";q=")
        with suppress(ValueError):
            ranked.append((-float(quality or 1), name.partition("-")[0]))
    asked = request.query_params.get("lang", "").lower()[:2]
    return [asked, *(name for _, name in sorted(ranked, key=lambda row: row[0]))]


def require_same_origin(request: Request) -> None:
    """Refuses changes that another site's page asks for in the student's name."""
    if not same_origin(request, get_services(request).settings):
        raise NotAllowed(
            "This request does not come from a page of this site.",
            "Set SLIPWAY_PUBLIC_URL to the address that browsers use, or SLIPWAY_ALLOWED_HOSTS.",
        )


def same_origin(connection: HTTPConnection, settings: Settings) -> bool:
    """Whether Origin (RFC 6454) is present and exactly ours."""
    origin = connection.headers.get("origin", "")
    if settings.public_url:
        return origin == settings.public_url.rstrip("/")
    host = connection.headers.get("host", "")
    if not is_our_host(host, settings):
        return False
    scheme = "https" if connection.url.scheme in ("https", "wss") else "http"
    return origin == f"{scheme}://{host}"


def is_our_host(host: str, settings: Settings) -> bool:
    """Whether a Host header names this machine.

    A name of somebody else's that leads here would make their page ours (DNS rebinding); an
    address can't be pointed elsewhere.
    """
    names = {"localhost", socket.gethostname().lower(), *settings.allowed_hosts.lower().split()}
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name in names or bool(ip_address(name))
    except ValueError:
        return False


ServicesDep = Annotated[Services, Depends(get_services)]
IdentityDep = Annotated[Identity, Depends(get_identity)]
LanguagesDep = Annotated[list[str], Depends(get_languages)]
StudentDep = Annotated[str, Depends(get_student)]
SameOrigin = Depends(require_same_origin)
