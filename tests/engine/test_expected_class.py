"""A class announced to a running site finds its sandboxes made, in the real class engine."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from app.sandboxes.docker_engine import DockerEngine
from app.services import open_services
from app.sweeping import Sweep, sweep
from tests.support.command import slipway
from tests.support.engine import engine_settings
from tests.support.pace import BRISK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from app.services import Services

pytestmark = pytest.mark.anyio
WAIT_S = 120


@asynccontextmanager
async def a_site(database_url: str) -> AsyncIterator[Services]:
    """Without sandboxes in stock but those of announced classes; none are left behind."""
    settings = engine_settings().model_copy(
        update={"database_url": database_url, "warm_sandboxes": 0}
    )
    try:
        async with open_services(settings, DockerEngine(settings), BRISK) as services:
            yield services
    finally:
        engine = DockerEngine(settings)
        await sweep(engine, settings, Sweep(warm=True), lambda *_: None)
        await engine.aclose()


async def test_four_are_announced_and_four_are_ready(tmp_path: Path, engine: DockerEngine) -> None:
    url = f"sqlite:///{tmp_path / 'slipway.db'}"
    async with a_site(url) as services:
        assert services.pool.warm == 0
        starts = (datetime.now(UTC) + timedelta(minutes=3)).isoformat()
        done = slipway("expect", "4", "--at", starts, SLIPWAY_DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        assert "makes their sandboxes now" in done.stdout
        assert "They fit: there is room for" in done.stdout
        with anyio.fail_after(WAIT_S):
            while services.pool.warm < 4:
                await anyio.sleep(0.05)
        free = [sandbox for sandbox in await engine.sandboxes() if sandbox.free]
        assert [sandbox.nodes[0].state for sandbox in free] == ["ready"] * 4
