"""Keeps what students have done; blocking, so it is called from worker threads."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.progress.tables import QuizAnswer, StepDone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.database.connection import Database


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
    """One student's progress through all lessons, as it was when read.

    ``done_at`` tells when a step was first done, ``answered`` when a quiz was last answered, and
    whether that was right; neither knows of what still waits to be written.
    """

    done: frozenset[tuple[str, str]] = frozenset()
    answers: dict[tuple[str, str], int] = field(default_factory=dict)
    done_at: dict[tuple[str, str], datetime] = field(default_factory=dict)
    answered: dict[tuple[str, str], tuple[datetime, bool]] = field(default_factory=dict)

    def is_done(self, lesson: str, step: str) -> bool:
        return (lesson, step) in self.done

    def chosen(self, lesson: str, quiz: str) -> int | None:
        return self.answers.get((lesson, quiz))

    def done_count(self, lesson: HasSteps) -> int:
        """Finished steps among those that the lesson has now."""
        return sum(self.is_done(lesson.slug, step.id) for step in lesson.steps)


class ProgressStore:
    """In a database that somebody else opens and closes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, student: str) -> Progress:
        with self._database.session() as session:
            steps = session.scalars(select(StepDone).filter_by(student=student))
            done_at = {(row.lesson, row.step): _utc(row.at) for row in steps}
            quizzes = session.scalars(select(QuizAnswer).filter_by(student=student)).all()
            answers = {(row.lesson, row.quiz): row.option for row in quizzes}
            answered = {(row.lesson, row.quiz): (_utc(row.at), row.right) for row in quizzes}
        return Progress(frozenset(done_at), answers, done_at, answered)

    def finish_step(self, student: str, lesson: str, step: str) -> None:
        """Twice is fine; the first time stays."""
        row = StepDone(student=student, lesson=lesson, step=step, at=datetime.now(UTC))
        # Two pages may see the same step done at the same moment.
        with suppress(IntegrityError), self._database.session() as session, session.begin():
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
        with self._database.session() as session, session.begin():
            session.merge(row)


def _utc(at: datetime) -> datetime:
    """SQLite gives back no time zone; it was given UTC."""
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
