"""One table from our errors to HTTP statuses and WebSocket close codes, and how they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from app import errors
from app.terminals.protocol import CLOSE_CODES
from app.web.deps import get_services
from app.web.headers import secure
from app.web.templates import page

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

# The first class that fits counts, so the narrower one stands first.
TABLE: tuple[tuple[type[errors.SlipwayError], int, str], ...] = (
    (errors.NodeUnavailable, 409, "SANDBOX_NOT_READY"),
    (errors.SandboxUnavailable, 409, "SANDBOX_NOT_READY"),
    (errors.EngineUnavailable, 503, "ENGINE_UNAVAILABLE"),
    (errors.PortSilent, 502, "ENGINE_UNAVAILABLE"),
    (errors.StoreUnavailable, 503, "ENGINE_UNAVAILABLE"),
    (errors.TerminalRefused, 429, "TOO_MANY_TERMINALS"),
    (errors.TooManyRequests, 429, "TOO_MANY_TERMINALS"),
    (errors.NotFound, 404, "NO_SUCH_NODE"),
    (errors.BadRequest, 400, "MALFORMED_FRAME"),
    (errors.NotAllowed, 403, "NO_STUDENT"),
)
TITLES = {
    404: "There is nothing here",
    502: "Nobody answers",
    403: "Not from here",
    503: "Not right now",
}


def http_status(error: errors.SlipwayError) -> int:
    return next((status for kind, status, _ in TABLE if isinstance(error, kind)), 500)


def close_code(error: errors.SlipwayError) -> int:
    name = next((name for kind, _, name in TABLE if isinstance(error, kind)), "ENGINE_UNAVAILABLE")
    return CLOSE_CODES[name]


def install(app: FastAPI) -> None:
    """Pages get a page, the API gets JSON; neither gets a traceback."""

    @app.exception_handler(errors.SlipwayError)
    async def ours(request: Request, error: errors.SlipwayError) -> Response:
        get_services(request).metrics.errors.labels(error.code).inc()
        return respond(request, http_status(error), error.code, error.message, error.hint)

    @app.exception_handler(404)
    async def not_found(request: Request, _: Exception) -> Response:
        hint = "The course page has all lessons."
        return respond(request, 404, "not_found", "This page does not exist.", hint)

    @app.exception_handler(405)
    async def not_that_way(request: Request, _: Exception) -> Response:
        message = f"{request.method} is not possible here."
        return respond(request, 405, "method_not_allowed", message, "")

    @app.exception_handler(RequestValidationError)
    @app.exception_handler(400)  # a body that is not even text
    async def malformed(request: Request, _: Exception) -> Response:
        message = "The request is not what this address expects."
        return respond(request, 422, "bad_request", message, "See docs/design.md for its shape.")

    @app.exception_handler(500)
    async def unexpected(request: Request, _: Exception) -> Response:
        message = "Something went wrong on our side. It has been written to the log."
        response = respond(request, 500, "internal", message, "Try again.")
        # This handler stands outside the middleware that gives every other answer its headers.
        secure(response.headers, request.state.nonce)
        return response


def respond(request: Request, status: int, code: str, message: str, hint: str) -> Response:
    if request.url.path.startswith("/api/"):
        body = {"error": {"code": code, "message": message, "hint": hint}}
        return JSONResponse(body, status)
    title = TITLES.get(status, "That did not work")
    context = {"status": status, "title": title, "message": message, "hint": hint}
    return page(request, "error.html", context, status=status)
