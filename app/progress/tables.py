"""The tables of the database; a change here needs a migration beside it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Column types by annotation; times are stored in UTC."""

    type_annotation_map = {datetime: DateTime(timezone=True), str: String(64)}  # noqa: RUF012


class StepDone(Base):
    """A step a student has finished; the first time counts."""

    __tablename__ = "steps_done"
    student: Mapped[str] = mapped_column(primary_key=True)
    lesson: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class QuizAnswer(Base):
    """What a student chose last in a quiz."""

    __tablename__ = "quiz_answers"
    student: Mapped[str] = mapped_column(primary_key=True)
    lesson: Mapped[str] = mapped_column(primary_key=True)
    quiz: Mapped[str] = mapped_column(primary_key=True)
    option: Mapped[int]
    right: Mapped[bool]
    at: Mapped[datetime]
