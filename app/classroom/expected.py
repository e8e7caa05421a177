"""Classes that are announced, so that their sandboxes are made before they come."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio.to_thread
import structlog
from sqlalchemy import delete, select

from app.classroom.tables import ExpectedClass
from app.errors import BadRequest, StoreUnavailable
from app.sandboxes.capacity import sandboxes_that_fit
from app.sandboxes.warm import Expected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.database.connection import Database
    from app.sandboxes.engine import SandboxEngine
    from app.sandboxes.stock import Expectations
    from app.settings import Settings

FORGET_AFTER = timedelta(days=30)
FARTHEST = timedelta(days=400)
CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}")
SPELLINGS = "Say it as 09:30, or as 2030-01-31T09:30+01:00."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Announced:
    """Times are in UTC."""

    id: int
    students: int
    starts_at: datetime
    ends_at: datetime

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "students": self.students,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
        }

    def warm_from(self, settings: Settings) -> datetime:
        """When its sandboxes begin to be made."""
        return self.starts_at - timedelta(seconds=settings.warm_ahead_s)

    def overlaps(self, other: Announced, settings: Settings) -> bool:
        """Whether sandboxes of both are wanted at some moment."""
        return self.warm_from(settings) < other.ends_at and other.warm_from(settings) < self.ends_at


class ExpectedClasses:
    """In a database that somebody else opens and closes; blocking, for worker threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def announce(
        self, students: int, starts_at: datetime, minutes: float, now: datetime | None = None
    ) -> Announced:
        """Also forgets those of long ago."""
        row = ExpectedClass(
            students=students,
            starts_at=starts_at.astimezone(UTC),
            ends_at=starts_at.astimezone(UTC) + timedelta(minutes=minutes),
        )
        with self._database.session() as session, session.begin():
            long_ago = (now or datetime.now(UTC)).astimezone(UTC) - FORGET_AFTER
            session.execute(delete(ExpectedClass).where(ExpectedClass.ends_at < long_ago))
            session.add(row)
            session.flush()
            return _announced(row)

    def upcoming(self, now: datetime) -> list[Announced]:
        """Those of now and of later, in the order in which they begin."""
        with self._database.session() as session:
            wanted = select(ExpectedClass).where(ExpectedClass.ends_at > now.astimezone(UTC))
            rows = session.scalars(wanted.order_by(ExpectedClass.starts_at, ExpectedClass.id))
            return [_announced(row) for row in rows]

    def cancel(self, number: int) -> bool:
        """Whether there was such a class."""
        with self._database.session() as session, session.begin():
            row = session.get(ExpectedClass, number)
            if row:
                session.delete(row)
            return bool(row)


def expectations(classes: ExpectedClasses) -> Expectations:
    """What the pool asks from time to time; nobody is expected while the database is away."""

    async def ask() -> Sequence[Expected]:
        try:
            rows = await anyio.to_thread.run_sync(classes.upcoming, datetime.now(UTC))
        except StoreUnavailable as error:
            log.warning("announced classes could not be read", reason=error.message)
            return []
        return [
            Expected(row.students, row.starts_at.timestamp(), row.ends_at.timestamp())
            for row in rows
        ]

    return ask


async def room_for(engine: SandboxEngine, settings: Settings) -> int:
    """Students whom the machine can take now, beside those who have a sandbox."""
    health, found = await engine.health(), await engine.sandboxes()
    places = settings.max_sandboxes - sum(bool(row.student) for row in found)
    free = sum(row.free for row in found)
    return max(0, min(places, free + sandboxes_that_fit(health, settings)))


def start_of_class(text: str, now: datetime) -> datetime:
    """Reads HH:MM, which is today, or an RFC 3339 time; without an offset the machine's counts.

    Raises ``BadRequest`` for what is neither, for what has passed, and for what is far away.
    """
    spelled = f"{now.astimezone():%Y-%m-%d}T{text}" if CLOCK.fullmatch(text) else text
    if "T" not in spelled.upper():
        raise BadRequest(f"{text} is no time.", SPELLINGS)
    try:
        starts = datetime.fromisoformat(spelled).astimezone()
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"{text} is no time.", SPELLINGS) from error
    if starts <= now:
        later = starts.replace(tzinfo=None) + timedelta(days=(now - starts).days + 1)
        again = later.astimezone().isoformat(timespec="minutes")
        raise BadRequest(f"{text} has passed; say --at {again} if that is the day.")
    if starts - now > FARTHEST:
        raise BadRequest(f"{text} is more than {FARTHEST.days} days away.")
    return starts


def _announced(row: ExpectedClass) -> Announced:
    return Announced(row.id, row.students, _in_utc(row.starts_at), _in_utc(row.ends_at))


def _in_utc(stored: datetime) -> datetime:
    """SQLite forgets the offset of what was stored in UTC."""
    return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)
