"""What all tables have in common. Each room describes its own; a change needs a migration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, String
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Column types by annotation; times are stored in UTC."""

    type_annotation_map = {datetime: DateTime(timezone=True), str: String(64)}  # noqa: RUF012
