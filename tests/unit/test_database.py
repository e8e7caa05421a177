"""The database: migrations match the tables, and what can't be opened is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

import app.progress.tables  # noqa: F401 - rooms describe their tables to Base
from app.database.base import Base
from app.database.connection import Database
from app.errors import SetupFailed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'slipway.db'}"


def test_the_migrations_lead_to_the_tables_that_the_code_uses(url: str) -> None:
    Database(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////dev/null/slipway.db",
        "nonsense",
        "nodatabase://here",
        "sqlite:///file:/dev/null?mode=ro&uri=true",
    ],
)
def test_a_database_that_cant_be_opened_is_told_with_what_to_do(url: str) -> None:
    with pytest.raises(SetupFailed) as raised:
        Database(url)
    assert "database" in raised.value.message
    assert "SLIPWAY_DATABASE_URL" in raised.value.hint


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "slipway.db"
    path.write_bytes(b"these are not the tables you are looking for" * 100)
    with pytest.raises(SetupFailed):
        Database(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"these are not")
