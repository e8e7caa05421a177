"""The tables of classes; a change here needs a migration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class ExpectedClass(Base):
    """So many students come between two moments. An id is never given twice."""

    __tablename__ = "expected_classes"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012
    id: Mapped[int] = mapped_column(primary_key=True)
    students: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
