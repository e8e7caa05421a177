"""The tables of progress; a change here needs a migration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


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
