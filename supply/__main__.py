"""`python -m supply`: the list of parts, their licences, and what is known against them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import docker.errors
import typer

from app.cli.console import err, out
from app.errors import SlipwayError
from app.hosting import origins
from app.settings import ROOT
from supply import audit, images, local, notices, recorded, sbom

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
Target = Annotated[Path, typer.Argument(help="Where it is written.")]


@app.command("sbom")
def write_sbom(target: Target = ROOT / "var" / "sbom.cdx.json") -> None:
    """Write all parts as CycloneDX 1.6, read from the images on this machine and the checkout."""
    parts = [*local.python(), *local.browser(), *images.read()]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(sbom.document(parts))
    said = f"{target}: {len(parts)} parts, valid by the schema of CycloneDX 1.6"
    out.print(said, soft_wrap=True)


@app.command("third-party")
def write_notices() -> None:
    """Record what is in the images on this machine, and write THIRD_PARTY.md."""
    origins.KNOWN.write_text(recorded.text(images.read()))
    notices.PAGE.write_text(notices.page([*local.python(), *local.browser(), *recorded.read()]))


@app.command("audit")
def ask() -> None:
    """Ask who may know of flaws: 1 where there are some, 3 where somebody could not be asked."""
    raise typer.Exit(audit.report(audit.ask_all(recorded.read())))


def main() -> None:
    """Errors of ours become a sentence."""
    try:
        app()
    except SlipwayError as error:
        err.print(f"supply: {error.message} {error.hint}", markup=False, soft_wrap=True)
        raise SystemExit(1) from error
    except docker.errors.DockerException as error:
        err.print(f"supply: No Docker engine answers. {error}", markup=False, soft_wrap=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
