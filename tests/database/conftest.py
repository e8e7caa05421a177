"""Every test here runs on SQLite and on PostgreSQL, each time with an empty database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.postgres import Postgres


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with postgres.running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'slipway.db'}"
    found: Postgres = request.getfixturevalue("server")
    return found.new_url()
