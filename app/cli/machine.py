"""``slipway engine``, ``images`` and ``doctor``: this machine, made ready and looked at."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from app import drain
from app.cli.console import AsJson, app, out, print_row, read_settings
from app.errors import SetupFailed
from app.hosting import (
    bundle,
    class_engine,
    compose_environment,
    doctor,
    host_engine,
    images,
    site_images,
)
from app.hosting.report import Reporter
from app.rights import rights
from app.settings import ROOT
from app.terminals.holding import stop_holder

Posture = Annotated[
    bool, typer.Option("--posture", help="Print every right and limit of nodes instead.")
]

Compose = Annotated[
    bool, typer.Option("--compose", help="Also those of docker-compose.yml, and its .env.")
]
NodeSuite = Annotated[
    str,
    typer.Option(
        help="Give nodes the Docker engine of another Debian release (trixie: 26.1), to prove "
        "lessons on it."
    ),
]
BundleFolder = Annotated[Path, typer.Argument(help="The folder with the images.")]
Stay = Annotated[bool, typer.Option("--stay", help="Look again from time to time, until stopped.")]

engine_app = typer.Typer(help="The class engine on this machine.", no_args_is_help=True)
images_app = typer.Typer(help="The images of nodes and of the catalog.", no_args_is_help=True)
app.add_typer(engine_app, name="engine")
app.add_typer(images_app, name="images")


@engine_app.command("up")
def engine_up(node_suite: NodeSuite = "") -> None:
    """Make this machine ready: host engine, images, class engine, registry. Twice is fine."""
    settings, reporter = read_settings(), Reporter()
    with host_engine.ensured(settings, reporter) as host:
        made = images.ensure(host, settings, reporter)
        node = images.ensure_node_of(host, made, node_suite, reporter) if node_suite else ""
        class_engine.up(host, settings, made, reporter, node)
    if drain.current(settings):
        reporter.say("a drain is on; 'slipway drain --cancel' has sandboxes given out again")


@engine_app.command("down")
def engine_down() -> None:
    """Remove every container, network and volume that Slipway made. Twice is fine."""
    settings, reporter = read_settings(), Reporter()
    with host_engine.present() as host:
        if host:
            class_engine.down(host, settings, reporter)
    stop_holder(settings.holder_socket)
    host_engine.stop_ours(settings, reporter)


@engine_app.command("status")
def engine_status(as_json: AsJson = False) -> None:
    """Tell whether the class engine runs; exit status 1 if it does not."""
    settings = read_settings()
    with host_engine.present() as host:
        found = class_engine.status(host, settings) if host else {}
    print_row(found or {"state": "absent"}, as_json=as_json)
    sys.exit(0 if found.get("state") == "running" else 1)


@engine_app.command("fill")
def engine_fill(bundle_folder: BundleFolder, stay: Stay = False) -> None:
    """Bring a bundle of images into a class engine that somebody else started. Twice is fine."""
    settings, reporter = read_settings(), Reporter()
    if stay:
        bundle.stay_filled(settings, bundle_folder, Path("/tmp/filled"), reporter)  # noqa: S108 - in a container of its own
    bundle.fill(settings, bundle_folder, reporter)


@images_app.command("build")
def images_build(compose: Compose = False) -> None:
    """Build the images that are missing on the host engine."""
    settings, reporter = read_settings(), Reporter()
    with host_engine.ensured(settings, reporter) as host:
        made = images.ensure(host, settings, reporter)
        if compose:
            site_images.ensure(host, made, reporter)
            compose_environment.ensure(settings, ROOT / ".env", reporter)


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


@app.command("doctor")
def doctor_command(posture: Posture = False, as_json: AsJson = False) -> None:
    """Look at this machine and say what is missing and how to mend it; 1 if anything is."""
    if posture:
        _print_rights(rights(read_settings()), as_json=as_json)
        return
    rows = doctor.examine(read_settings())
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
