"""A PostgreSQL of the tests' own: Debian's, in a folder of its own, on a socket of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "postgres"
CONFIG = (
    "-c listen_addresses='' -c fsync=off -c max_connections=50 -c shared_buffers=16MB "
    "-c unix_socket_directories={folder}"
)


def programs() -> Path:
    """Where Debian keeps those of its newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    assert found, "install PostgreSQL: scripts/tools postgres"
    return found[-1]


class Postgres:
    """Refuses to run as root, so it runs as the package's own user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self) -> None:
        self._control("start", "-w", "-l", f"{self.folder}/log", "-o", self._config)

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def new_url(self) -> str:
        """Of a new and empty database."""
        name = f"d{secrets.token_hex(6)}"
        _as_user("psql", "-h", self.folder, "-d", "postgres", "-c", f"create database {name}")
        return f"postgresql+psycopg://{USER}@/{name}?host={self.folder}"

    @property
    def _config(self) -> str:
        return CONFIG.format(folder=self.folder)

    def _control(self, *words: str) -> None:
        _as_user("pg_ctl", "-D", self.folder / "data", *words)


@contextmanager
def running() -> Iterator[Postgres]:
    # Not pytest's folder: nobody but root may enter that one.
    folder = Path(tempfile.mkdtemp(prefix="slipway-pg-"))
    shutil.chown(folder, USER)
    server = Postgres(folder)
    try:
        _as_user("initdb", "-D", folder / "data", "--auth=trust", "--no-sync")
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _as_user(program: str, *words: str | Path) -> None:
    command = [str(programs() / program), *map(str, words)]
    if os.geteuid() == 0:
        command = ["runuser", "-u", USER, "--", *command]
    subprocess.run(
        command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
