"""The database: migrations match the tables, and what can't be opened is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

import app.classroom.tables
import app.progress.tables  # noqa: F401 - rooms describe their tables to Base
from app.classroom.expected import ExpectedClasses
from app.database.base import Base
from app.database.connection import MIGRATIONS, Database
from app.errors import SetupFailed
from app.progress.store import ProgressStore

if TYPE_CHECKING:
    from pathlib import Path


def test_the_migrations_lead_to_the_tables_that_the_code_uses(url: str) -> None:
    Database(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_a_database_of_the_first_version_is_taken_over_with_what_is_in_it(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        done = "insert into steps_done values ('ann', 'ports', 'one', '2026-01-01 10:00:00')"
        connection.execute(text(done))
    engine.dispose()
    with Database(url) as database:
        assert ProgressStore(database).read("ann").is_done("ports", "one")
        assert ExpectedClasses(database).upcoming(datetime.now(UTC)) == []


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
