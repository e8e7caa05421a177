"""Copies everything in one database into another, as it was at one moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, delete, func, insert, select, text

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from app.database.connection import Database

ROWS_AT_ONCE = 1000
VERSION = "alembic_version"


def copy_all(source: Database, target: Database) -> int:
    """Replaces what is in ``target``, whole or not at all; returns the number of rows.

    Both have the tables of this version, because opening a database brings them up to date.
    """
    with source.snapshot() as there, target.changes() as here:
        tables = [table for table in _tables(there) if table.name != VERSION]
        for table in reversed(tables):
            here.execute(delete(table))
        copied = 0
        for table in tables:
            for rows in there.execute(select(table)).mappings().partitions(ROWS_AT_ONCE):
                here.execute(insert(table), [_in_utc(dict(row)) for row in rows])
                copied += len(rows)
            _count_on(here, table)
        return copied


def _tables(connection: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(connection)
    return found.sorted_tables


def _in_utc(row: dict[str, Any]) -> dict[str, Any]:
    """SQLite forgets the offset of what was stored in UTC."""
    return {
        name: value.replace(tzinfo=UTC)
        if isinstance(value, datetime) and value.tzinfo is None
        else value
        for name, value in row.items()
    }


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL's counters know nothing of numbers that were given from outside."""
    if connection.dialect.name != "postgresql" or "id" not in table.c:
        return
    last = connection.scalar(select(func.max(table.c.id)))
    if last is not None:
        words = "select setval(pg_get_serial_sequence(:table, 'id'), :last)"
        connection.execute(text(words), {"table": table.name, "last": last})
