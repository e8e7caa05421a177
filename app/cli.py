"""The command ``slipway``. Exit status: 0 fine, 1 a finding or a failure, 2 used wrongly."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from contextlib import closing, suppress
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import pydantic
import typer
import uvicorn
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import __version__, logs
from app.errors import SetupFailed, SlipwayError
from app.hosting import class_engine, doctor, host_engine, images
from app.hosting.report import Reporter
from app.lessons.load import find_problems
from app.rights import rights
from app.settings import Settings, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    help="Slipway: an interactive course on Docker networking.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
engine_app = typer.Typer(help="The class engine on this machine.", no_args_is_help=True)
images_app = typer.Typer(help="The images of nodes and of the catalog.", no_args_is_help=True)
lessons_app = typer.Typer(help="The lessons.", no_args_is_help=True)
app.add_typer(engine_app, name="engine")
app.add_typer(images_app, name="images")
app.add_typer(lessons_app, name="lessons")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Posture = Annotated[
    bool, typer.Option("--posture", help="Print every right and limit of nodes instead.")
]
BACKLOG = 1024
MAX_SOCKET_BYTES = 131_072
STOP_TIMEOUT_S = 3

HELP_SHAPE: dict[str, Any] = {"width": 76, "initial_indent": "  ", "subsequent_indent": "  "}

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def _settings_help() -> str:
    rows = [
        f"{name} (default: {default or 'empty'})\n{fill(text, **HELP_SHAPE)}"
        for name, default, text in describe()
    ]
    return "Serve the course.\n\nSettings, from the environment:\n\n\b\n" + "\n".join(rows)


Prepare = Annotated[
    bool, typer.Option("--prepare", help="First make this machine ready, as 'engine up' does.")
]


@app.command(help=_settings_help())
def serve(prepare: Prepare = False) -> None:
    settings = _settings()
    logs.configure(settings)
    with closing(_listen(settings)) as listener:
        from app.main import create_app  # noqa: PLC0415 - the other verbs need no web framework
        from app.services import check_setup  # noqa: PLC0415 - same

        check_setup(settings)
        if prepare:
            engine_up()
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        out.print(f"Slipway serves on http://{shown}:{port}")
        out.print("for every browser that can reach this address; each is a student of its own.")
        out.print("Stop it with Ctrl-C; 'make down' also removes the class engine.")
        config = uvicorn.Config(
            create_app(settings),
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=MAX_SOCKET_BYTES,
            ws_per_message_deflate=False,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_TIMEOUT_S,
        )
        server = uvicorn.Server(config)
        # uvicorn raises Ctrl-C once more when it has stopped; asked to stop, it has not failed.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)


@engine_app.command("up")
def engine_up() -> None:
    """Make this machine ready: host engine, images, class engine, registry. Twice is fine."""
    settings, reporter = _settings(), Reporter()
    with host_engine.ensured(settings, reporter) as host:
        class_engine.up(host, settings, images.ensure(host, settings, reporter), reporter)


@engine_app.command("down")
def engine_down() -> None:
    """Remove every container, network and volume that Slipway made. Twice is fine."""
    settings, reporter = _settings(), Reporter()
    with host_engine.present() as host:
        if host:
            class_engine.down(host, settings, reporter)
    host_engine.stop_ours(settings, reporter)


@engine_app.command("status")
def engine_status(as_json: AsJson = False) -> None:
    """Tell whether the class engine runs; exit status 1 if it does not."""
    settings = _settings()
    with host_engine.present() as host:
        found = class_engine.status(host, settings) if host else {}
    _print(found or {"state": "absent"}, as_json=as_json)
    sys.exit(0 if found.get("state") == "running" else 1)


@images_app.command("build")
def images_build() -> None:
    """Build the images that are missing on the host engine."""
    settings, reporter = _settings(), Reporter()
    with host_engine.ensured(settings, reporter) as host:
        images.ensure(host, settings, reporter)


@images_app.command("list")
def images_list(as_json: AsJson = False) -> None:
    """List the images this version needs, and whether they are there; 1 if one is missing."""
    with host_engine.present() as host:
        if not host:
            raise SetupFailed("No Docker engine answers.", "Start it with 'slipway engine up'.")
        rows = images.inventory(host)
    if as_json:
        out.print_json(json.dumps(rows))
    else:
        table = Table("image", "from", "way", "is", "MB", "state")
        for row in rows:
            kind = f"stand-in: {row['stand_in']}" if row["stand_in"] else "real"
            table.add_row(
                row["name"], row["source"], row["way"], kind, row["megabytes"], row["state"]
            )
        out.print(table)
    sys.exit(0 if all(row["way"] for row in rows) else 1)


@lessons_app.command("check")
def lessons_check(as_json: AsJson = False) -> None:
    """Report everything that is wrong with the lessons, as file:line; 1 if there is anything."""
    findings = find_problems(_settings().content_dir)
    if as_json:
        rows = [{"path": f.path, "line": f.line, "message": f.message} for f in findings]
        out.print_json(json.dumps(rows))
    else:
        for finding in findings:
            sys.stdout.write(f"{finding}\n")
        err.print(f"{len(findings)} findings" if findings else "The lessons are fine.")
    sys.exit(1 if findings else 0)


@app.command("doctor")
def doctor_command(posture: Posture = False, as_json: AsJson = False) -> None:
    """Look at this machine and say what is missing and how to mend it; 1 if anything is."""
    if posture:
        _print_rights(rights(_settings()), as_json=as_json)
        return
    rows = doctor.examine(_settings())
    if as_json:
        out.print_json(json.dumps([row.as_json() for row in rows]))
    else:
        for row in rows:
            mark = "[green]ok[/]" if row.fine else "[red]no[/]"
            out.print(f"{mark}  {escape(row.what)}", soft_wrap=True)
            if row.mend:
                out.print(f"      {escape(row.mend)}", soft_wrap=True)
    sys.exit(0 if all(row.fine for row in rows) else 1)


def _print_rights(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps(found))
        return
    node, engine = found["node"], found["class_engine"]
    may = Table("a node may", "because", title="Capabilities, in a user namespace of its own")
    for name, reason in node["capabilities"].items():
        may.add_row(name, reason)
    may_not = Table("a node may not call", "because", "", title="System calls")
    for row in node["refused_calls"]:
        may_not.add_row(" ".join(row["calls"]), row["reason"], row["when"])
    out.print(may, may_not)
    for title, settings in (
        ("A node's limits and surroundings", node["settings"]),
        ("A sandbox's network", found["network"]),
        ("The class engine's container", {
            "capabilities": " ".join(engine["capabilities"]),
            "security options": " ".join(engine["security_options"]),
            **engine["settings"],
        }),
    ):  # fmt: skip
        table = Table("what", "value", title=title)
        for name, value in settings.items():
            table.add_row(name, escape(value if isinstance(value, str) else json.dumps(value)))
        out.print(table)


@app.command("version")
def version() -> None:
    """Print the version."""
    out.print(__version__)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Errors of ours become a sentence and an exit status; a traceback is a bug."""
    try:
        app(args=arguments)
    except SlipwayError as error:
        err.print(f"[bold red]slipway:[/] {escape(error.message)}", markup=True, soft_wrap=True)
        if error.hint:
            err.print(error.hint, markup=False, soft_wrap=True)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        where = f" ({error.filename})" if error.filename else ""
        err.print(f"slipway: {error.strerror}{where}.", markup=False, soft_wrap=True)
    sys.exit(1)


def _settings() -> Settings:
    try:
        return Settings()
    except pydantic.ValidationError as error:
        for problem in error.errors():
            name = f"SLIPWAY_{str(problem['loc'][0]).upper()}"
            err.print(f"slipway: {name}: {problem['msg']}", markup=False, soft_wrap=True)
        sys.exit(2)


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


def _print(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps(row))
        return
    for name, value in row.items():
        out.print(f"{name}: {value}", soft_wrap=True)
