"""``slipway backup`` and ``restore``: the database and the key of the cookies, in one file."""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import app, out, read_settings
from app.database.connection import Database
from app.database.copying import copy_all
from app.errors import SetupFailed
from app.secret import load_secret

File = Annotated[Path, typer.Argument(help="The backup.")]
DATABASE, SECRET = "slipway.db", "secret"


@app.command("backup")
def backup(file: File) -> None:
    """Write the database and the key of the cookies to FILE; the site may run meanwhile."""
    settings = read_settings()
    load_secret(settings)
    with tempfile.TemporaryDirectory(prefix="slipway-backup-") as scratch:
        copy = Path(scratch) / DATABASE
        with (
            Database(settings.sqlalchemy_url) as source,
            Database(f"sqlite:///{copy}") as target,
        ):
            rows = copy_all(source, target)
        unfinished = file.with_name(file.name + ".part")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            os.fdopen(descriptor, "wb") as stream,
            tarfile.open(fileobj=stream, mode="w:gz") as tar,
        ):
            tar.add(copy, DATABASE)
            tar.add(settings.state_dir / SECRET, SECRET)
        unfinished.replace(file)
    out.print(f"{rows} rows and the key are in {file}.")


@app.command("restore")
def restore(file: File) -> None:
    """Replace the database and the key of the cookies by those in FILE; then restart the site."""
    settings = read_settings()
    with tempfile.TemporaryDirectory(prefix="slipway-restore-") as scratch:
        folder = Path(scratch)
        try:
            with tarfile.open(file) as tar:
                for name in (DATABASE, SECRET):
                    (folder / name).write_bytes(_content(tar, name))
        except (OSError, EOFError, tarfile.TarError, KeyError) as error:
            raise SetupFailed(f"{file} is no backup of Slipway's: {error}.") from error
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        with (
            Database(f"sqlite:///{folder / DATABASE}") as source,
            Database(settings.sqlalchemy_url) as target,
        ):
            rows = copy_all(source, target)
        fresh = settings.state_dir / "secret.new"
        fresh.touch(mode=0o600)
        fresh.write_bytes((folder / SECRET).read_bytes())
        fresh.replace(settings.state_dir / SECRET)
    out.print(f"{rows} rows and the key are back; restart the site, so that it reads the key.")


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    stream = tar.extractfile(name)
    if stream is None:
        raise KeyError(name)
    with stream:
        return stream.read()
