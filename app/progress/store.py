"""Keeps what students have done; blocking, so it is called from worker threads."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.errors import SetupFailed, StoreUnavailable
from app.progress.tables import QuizAnswer, StepDone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_S = 5


class HasId(Protocol):
    @property
    def id(self) -> str: ...


class HasSteps(Protocol):
    """What counting needs to know of a lesson."""

    @property
    def slug(self) -> str: ...
    @property
    def steps(self) -> Sequence[HasId]: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """One student's progress through all lessons, as it was when read."""

    done: frozenset[tuple[str, str]] = frozenset()
    answers: dict[tuple[str, str], int] = field(default_factory=dict)

    def is_done(self, lesson: str, step: str) -> bool:
        return (lesson, step) in self.done

    def chosen(self, lesson: str, quiz: str) -> int | None:
        return self.answers.get((lesson, quiz))

    def done_count(self, lesson: HasSteps) -> int:
        """Finished steps among those that the lesson has now."""
        return sum(self.is_done(lesson.slug, step.id) for step in lesson.steps)


class ProgressStore:
    """Opens the database and brings its tables up to date; whoever makes it closes it."""

    def __init__(self, url: str) -> None:
        try:
            self._engine = create_engine(url)
        except (SQLAlchemyError, ImportError) as error:
            raise _cannot_open(error) from error
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _make_sqlite_patient)
        try:
            self._migrate()
        except SQLAlchemyError as error:
            self._engine.dispose()
            raise _cannot_open(error) from error

    def read(self, student: str) -> Progress:
        with self._session() as session:
            steps = session.scalars(select(StepDone).filter_by(student=student))
            done = frozenset((row.lesson, row.step) for row in steps)
            quizzes = session.scalars(select(QuizAnswer).filter_by(student=student))
            answers = {(row.lesson, row.quiz): row.option for row in quizzes}
        return Progress(done, answers)

    def finish_step(self, student: str, lesson: str, step: str) -> None:
        """Twice is fine; the first time stays."""
        row = StepDone(student=student, lesson=lesson, step=step, at=datetime.now(UTC))
        # Two pages may see the same step done at the same moment.
        with suppress(IntegrityError), self._session() as session, session.begin():
            session.add(row)

    def answer_quiz(
        self, student: str, lesson: str, quiz: str, *, option: int, right: bool
    ) -> None:
        row = QuizAnswer(
            student=student,
            lesson=lesson,
            quiz=quiz,
            option=option,
            right=right,
            at=datetime.now(UTC),
        )
        try:
            self._merge(row)
        except IntegrityError:  # another tab was first, a moment ago; now there is a row to change
            self._merge(row)

    def _merge(self, row: QuizAnswer) -> None:
        with self._session() as session, session.begin():
            session.merge(row)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """Raises ``StoreUnavailable`` for whatever the database refuses, but broken constraints."""
        try:
            with Session(self._engine) as session:
                yield session
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise StoreUnavailable(
                f"The database does not work at the moment: {getattr(error, 'orig', error)}.",
                "Nothing is lost in your sandbox; try again in a moment.",
            ) from error

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self._engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


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
