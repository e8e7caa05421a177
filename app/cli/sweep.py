"""``slipway sweep``: what nobody owns goes out."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from app import sweeping
from app.cli import attended
from app.cli.console import AsJson, app, err, out, read_settings
from app.sandboxes.docker_engine import DockerEngine

if TYPE_CHECKING:
    from app.sweeping import Swept

Warm = Annotated[
    bool,
    typer.Option("--warm", help="Also those that wait for a student; for when no site runs."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be removed.")]


@app.command()
def sweep(warm: Warm = False, as_json: AsJson = False, dry_run: DryRun = False) -> None:
    """Remove what nobody owns: left-over sandboxes, volumes, old images; 1 if something stays.

    Students' sandboxes are not touched, and the site may run. Twice is fine.
    """
    settings = read_settings()
    with attended.progress() as tell:
        engine = DockerEngine(settings)

        async def work() -> Swept:
            try:
                wanted = sweeping.Sweep(warm=warm, dry_run=dry_run)
                return await sweeping.sweep(engine, settings, wanted, tell)
            finally:
                await engine.aclose()

        swept = attended.run(work)
    if swept is None:
        err.print("Stopped; run it again to remove the rest.")
        sys.exit(attended.INTERRUPTED)
    if as_json:
        out.print_json(json.dumps(swept.as_json()))
    else:
        _show(swept, "Would remove" if dry_run else "Removed")
    sys.exit(1 if swept.failed else 0)


def _show(swept: Swept, verb: str) -> None:
    rows = {
        "sandbox": swept.sandboxes,
        "volume": swept.volumes,
        "image": swept.images,
    }
    for what, names in rows.items():
        for name in names:
            out.print(f"{verb} {what} {name}", soft_wrap=True)
    for name in swept.failed:
        out.print(f"Sandbox {name} could not be removed; run it again.", soft_wrap=True)
    if not any(rows.values()) and not swept.failed:
        out.print("There is nothing to remove.")
