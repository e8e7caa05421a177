"""``slipway engine``, ``images`` and ``doctor``: this machine, made ready and looked at."""

from __future__ import annotations

import json
import sys

import typer
from rich.table import Table

from app.cli.console import AsJson, app, out, print_row, read_settings
from app.errors import SetupFailed
from app.hosting import class_engine, doctor, host_engine, images
from app.hosting.report import Reporter

engine_app = typer.Typer(help="The class engine on this machine.", no_args_is_help=True)
images_app = typer.Typer(help="The images of nodes and of the catalog.", no_args_is_help=True)
app.add_typer(engine_app, name="engine")
app.add_typer(images_app, name="images")


@engine_app.command("up")
def engine_up() -> None:
    """Make this machine ready: host engine, images, class engine, registry. Twice is fine."""
    settings, reporter = read_settings(), Reporter()
    with host_engine.ensured(settings, reporter) as host:
        class_engine.up(host, settings, images.ensure(host, settings, reporter), reporter)


@engine_app.command("down")
def engine_down() -> None:
    """Remove every container, network and volume that Slipway made. Twice is fine."""
    settings, reporter = read_settings(), Reporter()
    with host_engine.present() as host:
        if host:
            class_engine.down(host, settings, reporter)
    host_engine.stop_ours(settings, reporter)


@engine_app.command("status")
def engine_status(as_json: AsJson = False) -> None:
    """Tell whether the class engine runs; exit status 1 if it does not."""
    settings = read_settings()
    with host_engine.present() as host:
        found = class_engine.status(host, settings) if host else {}
    print_row(found or {"state": "absent"}, as_json=as_json)
    sys.exit(0 if found.get("state") == "running" else 1)


@images_app.command("build")
def images_build() -> None:
    """Build the images that are missing on the host engine."""
    settings, reporter = read_settings(), Reporter()
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
        table = Table("image", "reference", "way", "MB")
        for row in rows:
            table.add_row(row["name"], row["reference"], row["way"] or "missing", row["megabytes"])
        out.print(table)
    sys.exit(0 if all(row["way"] for row in rows) else 1)


@app.command("doctor")
def doctor_command(as_json: AsJson = False) -> None:
    """Look at this machine and say what is missing and how to mend it; 1 if anything is."""
    rows = doctor.examine(read_settings())
    if as_json:
        out.print_json(json.dumps([row.as_json() for row in rows]))
    else:
        for row in rows:
            out.print(f"{'[green]ok[/]  ' if row.fine else '[red]no[/]  '}{row.what}")
            if row.mend:
                out.print(f"      {row.mend}")
    sys.exit(0 if all(row.fine for row in rows) else 1)
