"""Opens the database and brings its tables up to date; its failures in our words."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.errors import SetupFailed, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_S = 5


class Database:
    """Blocking, so it is used from worker threads. Whoever opens it closes it."""

    def __init__(self, url: str) -> None:
        try:
            # A server that was restarted has closed what the pool still takes for open.
            self._engine = create_engine(url, pool_pre_ping=True, connect_args=_limits(url))
        except (SQLAlchemyError, ImportError) as error:
            raise _cannot_open(error) from error
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _make_sqlite_patient)
        try:
            self._migrate()
        except SQLAlchemyError as error:
            self._engine.dispose()
            raise _cannot_open(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Raises ``StoreUnavailable`` for whatever the database refuses, but broken constraints."""
        with _in_words(), Session(self._engine) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection to which everything stays as it is now; others go on writing."""
        with _in_words(), self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def changes(self) -> Iterator[Connection]:
        """A connection whose changes happen all or, after an exception, not at all."""
        with _in_words(), self._engine.begin() as connection:
            yield connection

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self._engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        raise StoreUnavailable(
            f"The database does not work at the moment: {getattr(error, 'orig', error)}.",
            "Nothing is lost in your sandbox; try again in a moment.",
        ) from error


def _limits(url: str) -> dict[str, object]:
    """A server that is gone must not keep a page waiting (libpq, connect_timeout)."""
    return {"connect_timeout": BUSY_TIMEOUT_S} if url.startswith("postgresql") else {}


def _cannot_open(error: Exception) -> SetupFailed:
    return SetupFailed(
        f"The database can't be opened: {getattr(error, 'orig', error)}.",
        "Look at SLIPWAY_DATABASE_URL, the folder's permissions and the free disk space.",
    )


def _make_sqlite_patient(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Readers don't wait for the writer, and the writer waits for its turn (SQLite, WAL mode)."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")
    cursor.close()
