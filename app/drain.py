"""A drain: from now on no sandboxes are given out, and at a moment those that are left end.

Kept in a file of the state folder: it outlives the site, can be begun while the database is away,
and is in no backup, with which it would come back one day.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from app.settings import Settings

FILE = "drain.json"
REASON = "The machines of this class are being replaced."
MAX_REASON_CHARACTERS = 200
MAX_FILE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Drain:
    """``reason`` is a sentence for students."""

    ends_at: datetime
    reason: str = REASON

    def as_json(self) -> dict[str, str]:
        return {"ends_at": self.ends_at.isoformat(), "reason": self.reason}


def begin(settings: Settings, drain: Drain) -> None:
    """In the place of one that there may be. All of it is written, or nothing."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    path = file_of(settings)
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(drain.as_json()) + "\n")
    fresh.replace(path)


def end(settings: Settings) -> bool:
    """Whether there was one. Twice is fine."""
    try:
        file_of(settings).unlink()
    except FileNotFoundError:
        return False
    return True


def current(settings: Settings) -> Drain | None:
    """The one that was begun, its time over or not. What is damaged is none.

    Raises ``OSError`` where there is one that can't be read.
    """
    try:
        with file_of(settings).open("rb") as file:
            found = json.loads(file.read(MAX_FILE_BYTES))
        ends_at = datetime.fromisoformat(found["ends_at"]).astimezone(UTC)
        return Drain(ends_at, str(found["reason"])[:MAX_REASON_CHARACTERS])
    except (FileNotFoundError, ValueError, KeyError, TypeError, OverflowError):
        return None


def file_of(settings: Settings) -> Path:
    return settings.state_dir / FILE
