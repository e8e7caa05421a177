"""The disk under the database fills: students go on working, and what they did is noted later."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from app.services import LATER
from app.web.identity import COOKIE
from tests.support.engine import output_of
from tests.support.serving import started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
STEP = "/api/lessons/first-service/steps/start-it/check"
SOLUTION = "docker run -d -p 80:80 --name web nginx"
WAIT_S = 90


@contextmanager
def a_small_disk(folder: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert not shutil.disk_usage(folder).free
    return filler


def noted(disk: Path, student: str) -> bool:
    with closing(sqlite3.connect(disk / "slipway.db")) as database:
        found = database.execute("select step from steps_done where student = ?", [student])
        return found.fetchall() == [("start-it",)]


async def test_a_full_disk_stops_nobody_and_what_was_done_is_noted_when_there_is_room(
    engine: DockerEngine, tmp_path: Path
) -> None:
    with (
        a_small_disk(tmp_path) as disk,
        started(database_url=f"sqlite:///{disk}/slipway.db", warm_sandboxes="0") as (address, _),
    ):
        async with httpx.AsyncClient(
            base_url=address, headers={"Origin": address}, timeout=60
        ) as browser:
            (await browser.get("/")).raise_for_status()
            student = browser.cookies[COOKIE].partition(".")[0]
            try:
                (await browser.post("/api/sandbox")).raise_for_status()
                with anyio.fail_after(WAIT_S):
                    while (await browser.get("/api/sandbox")).json()["state"] != "ready":
                        await anyio.sleep(0.05)
                await output_of(engine, student, SOLUTION)
                filler = fill(disk)
                full = (await browser.post(STEP, json={"answer": None})).json()
                assert full["passed"]
                assert full["message"] == LATER
                assert (await browser.get("/lessons/first-service")).status_code == 200
                filler.unlink()
                with anyio.fail_after(WAIT_S):
                    while not noted(disk, student):
                        await anyio.sleep(0.2)
            finally:
                await engine.remove(student)
