"""``slipway serve``: the site, until Ctrl-C."""

from __future__ import annotations

import os
import resource
import socket
import sys
from contextlib import closing, suppress
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer
import uvicorn

from app import instructor, logs
from app.cli.console import app, out, read_settings
from app.cli.machine import engine_up
from app.errors import BadRequest, SetupFailed
from app.settings import describe

if TYPE_CHECKING:
    from app.settings import Settings

BACKLOG = 1024
OPEN_FILES = 65_536

HELP_SHAPE: dict[str, Any] = {"width": 76, "initial_indent": "  ", "subsequent_indent": "  "}


def _settings_help() -> str:
    rows = [
        f"{name} (default: {default or 'empty'})\n{fill(text, **HELP_SHAPE)}"
        for name, default, text in describe()
    ]
    return "Serve the course.\n\nSettings, from the environment:\n\n\b\n" + "\n".join(rows)


Prepare = Annotated[
    bool, typer.Option("--prepare", help="First make this machine ready, as 'engine up' does.")
]


Reload = Annotated[
    bool, typer.Option("--reload", help="For authors: show lessons anew as soon as they change.")
]


@app.command(help=_settings_help())
def serve(prepare: Prepare = False, *, reload: Reload = False) -> None:
    settings = read_settings()
    logs.configure(settings)
    if settings.listens_beyond and not instructor.exists(settings):
        raise BadRequest(
            f"{settings.host} can be reached from other machines, and there is no password.",
            "Run 'slipway password', which makes one and shows it once, or set "
            "SLIPWAY_INSTRUCTOR_PASSWORD.",
        )
    with closing(_listen(settings)) as listener:
        from app.main import create_app  # noqa: PLC0415 - the other verbs need no web framework
        from app.services import check_setup  # noqa: PLC0415 - same
        from app.web.server import configuration  # noqa: PLC0415 - same

        _take_descriptors()
        check_setup(settings)
        if prepare:
            engine_up()
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        out.print(f"Slipway serves on http://{shown}:{port}")
        out.print("for every browser that can reach this address; each is a student of its own.")
        out.print("Stop it with Ctrl-C; 'make down' also removes the class engine.")
        site = create_app(settings, rereads=reload)
        server = uvicorn.Server(configuration(site, settings))
        # uvicorn raises Ctrl-C once more when it has stopped; asked to stop, it has not failed.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)


def _take_descriptors() -> None:
    """Every connection and every shell needs some, far more than a program gets by default.

    Not more than that: some programs walk through all that they might have.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _listen(settings: Settings) -> socket.socket:
    """Takes the port before anything else is done, so that a taken one is said at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise SetupFailed(
            f"The address {settings.host}:{settings.port} can't be used: {reason}.",
            "Stop what listens there, or choose another with PORT=8001 make up "
            "(SLIPWAY_PORT, SLIPWAY_HOST).",
        ) from error
    listener.listen(BACKLOG)
    return listener
