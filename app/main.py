"""Puts the site together: services, routes, files, headers."""

from __future__ import annotations

import mimetypes
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from app import __version__
from app.sandboxes.docker_engine import DockerEngine
from app.services import open_services
from app.settings import Settings
from app.web import api, errors, lens, monitoring, pages, recordings, takeaway, terminal_socket
from app.web.copies import Copies
from app.web.headers import SecurityHeaders
from app.web.identity import Identity
from app.web.patience import Patience
from app.web.preview import PreviewGate
from app.web.request_ids import RequestIds
from app.web.static_files import VersionedFiles, static

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.engine import SandboxEngine

mimetypes.add_type("text/javascript", ".mjs")


def create_app(
    settings: Settings | None = None,
    engine: SandboxEngine | None = None,
    patience: Patience | None = None,
    *,
    rereads: bool = False,
) -> FastAPI:
    """The ASGI application; ``engine`` stands in for the class engine in tests.

    With ``rereads``, lessons are read again when they change.
    """
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine_used = engine or DockerEngine(settings)
        async with open_services(settings, engine_used, rereads=rereads) as services:
            app.state.services = services
            app.state.identity = Identity(services.secret)
            yield

    app = FastAPI(title="Slipway", version=__version__, lifespan=lifespan, openapi_url=None)
    app.state.patience = patience or Patience()
    app.state.copies = Copies()
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestIds)
    errors.install(app)
    app.include_router(pages.router)
    app.include_router(api.router)
    app.include_router(lens.router)
    app.include_router(recordings.router)
    app.include_router(takeaway.router)
    app.include_router(monitoring.router)
    app.include_router(terminal_socket.router)
    app.mount("/preview", PreviewGate(app))
    app.mount("/static", VersionedFiles(static), name="static")
    return app
