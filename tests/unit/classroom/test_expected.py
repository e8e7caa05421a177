"""Announced classes: how their time is read, kept, and passed on to the pool."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.classroom.expected import ExpectedClasses, expectations, room_for, start_of_class
from app.database.connection import Database
from app.errors import BadRequest
from app.sandboxes.capacity import MIB
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.engine import EngineHealth
from app.services import open_services
from app.settings import Settings
from tests.support.eventually import soon
from tests.support.pace import FAST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANN = "a" * 16
# Noon by the machine's own clock, wherever it stands.
NOON = datetime(2026, 5, 6, 12).astimezone()
MINUTE = timedelta(minutes=1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'slipway.db'}"


@pytest.fixture
def classes(url: str) -> Iterator[ExpectedClasses]:
    with Database(url) as database:
        yield ExpectedClasses(database)


def test_a_time_of_day_is_today_by_the_machines_clock() -> None:
    assert start_of_class("13:30", NOON) == NOON + 90 * MINUTE
    assert start_of_class("13:30", NOON.astimezone(UTC)) == NOON + 90 * MINUTE


@pytest.mark.parametrize(
    ("text", "utc_hour"),
    [
        ("2026-05-07T09:00Z", 9),
        ("2026-05-07T09:00+02:00", 7),
        ("2026-05-07t09:00:00.000-05:00", 14),
    ],
)
def test_a_full_time_keeps_its_offset(text: str, utc_hour: int) -> None:
    assert start_of_class(text, NOON) == datetime(2026, 5, 7, utc_hour, tzinfo=UTC)


def test_a_full_time_without_an_offset_is_the_machines() -> None:
    assert start_of_class("2026-05-07T12:00", NOON) == NOON + timedelta(days=1)


@pytest.mark.parametrize("text", ["11:59", "12:00"])
def test_what_has_passed_is_refused_with_what_to_say_instead(text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        start_of_class(text, NOON)
    assert refused.value.message.startswith(f"{text} has passed; say --at 2026-05-07T{text}")
    instead = refused.value.message.partition("--at ")[2].partition(" ")[0]
    assert start_of_class(instead, NOON) > NOON


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9",
        "25:00",
        "12:60",
        "noon",
        "2026-05-07",
        "2026-13-07T09:00Z",
        "٠٩:٣٠",
        "T",
        "0001-01-01T00:00",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        start_of_class(text, NOON)


def test_what_is_years_away_is_refused() -> None:
    with pytest.raises(BadRequest, match="400 days"):
        start_of_class("2030-01-01T09:00Z", NOON)
    with pytest.raises(BadRequest):
        start_of_class("9999-12-31T23:59Z", NOON)


def test_an_announced_class_is_kept_in_utc_and_found_again(url: str) -> None:
    starts = datetime.fromisoformat("2026-05-07T09:00+02:00")
    with Database(url) as database:
        announced = ExpectedClasses(database).announce(30, starts, 20, NOON)
    assert announced.starts_at.utcoffset() == timedelta(0)
    with Database(url) as database:
        assert ExpectedClasses(database).upcoming(NOON) == [announced]
    assert announced.ends_at - announced.starts_at == 20 * MINUTE


def test_classes_come_in_the_order_in_which_they_begin(classes: ExpectedClasses) -> None:
    later = classes.announce(1, NOON + 60 * MINUTE, 20, NOON)
    sooner = classes.announce(2, NOON + 30 * MINUTE, 20, NOON)
    assert classes.upcoming(NOON) == [sooner, later]


def test_a_class_is_upcoming_until_it_ends(classes: ExpectedClasses) -> None:
    announced = classes.announce(30, NOON, 20, NOON)
    assert classes.upcoming(NOON + 19 * MINUTE) == [announced]
    assert classes.upcoming(NOON + 20 * MINUTE) == []


def test_a_class_can_be_taken_back_once_and_its_number_is_not_given_again(
    classes: ExpectedClasses,
) -> None:
    announced = classes.announce(30, NOON, 20, NOON)
    assert classes.cancel(announced.id)
    assert not classes.cancel(announced.id)
    assert classes.upcoming(NOON) == []
    assert classes.announce(30, NOON, 20, NOON).id != announced.id


def test_classes_of_long_ago_are_forgotten(classes: ExpectedClasses) -> None:
    first = classes.announce(30, NOON, 20, NOON)
    month_later = NOON + timedelta(days=31)
    second = classes.announce(30, month_later, 20, month_later)
    assert first not in classes.upcoming(NOON)
    assert second in classes.upcoming(NOON)


def test_classes_overlap_when_sandboxes_of_both_are_wanted(classes: ExpectedClasses) -> None:
    settings = Settings(warm_ahead_s=300)
    first = classes.announce(1, NOON, 20, NOON)
    assert first.overlaps(classes.announce(1, NOON + 24 * MINUTE, 20, NOON), settings)
    assert not first.overlaps(classes.announce(1, NOON + 25 * MINUTE, 20, NOON), settings)


@pytest.mark.anyio
async def test_room_is_what_is_free_and_what_still_fits() -> None:
    engine = EchoEngine()
    engine.machine = EngineHealth(1300 * MIB, 90_000 * MIB, registry_serves=True)
    await engine.make("warm", lambda _: None)
    await engine.create(ANN, 1, lambda _: None)
    settings = Settings(memory_reserve_mb=1000, sandbox_memory_mb=100, max_sandboxes=500)
    assert await room_for(engine, settings) == 4
    assert await room_for(engine, settings.model_copy(update={"max_sandboxes": 3})) == 2


@pytest.mark.anyio
async def test_nobody_is_expected_while_the_database_does_not_work(tmp_path: Path) -> None:
    path = tmp_path / "slipway.db"
    with Database(f"sqlite:///{path}") as database:
        classes = ExpectedClasses(database)
        ask = expectations(classes)
        classes.announce(3, datetime.now(UTC), 20)
        assert [group.students for group in await ask()] == [3]
        with database.session() as session:
            session.connection().exec_driver_sql("drop table expected_classes")
        assert await ask() == []


@pytest.mark.anyio
async def test_a_running_site_learns_of_a_class_and_makes_its_sandboxes(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, warm_sandboxes=1, starts_at_once=8)
    async with open_services(settings, EchoEngine(), FAST) as services:
        await soon(lambda: services.pool.warm == 1)
        with Database(settings.sqlalchemy_url) as database:
            classes = ExpectedClasses(database)
            announced = classes.announce(12, datetime.now(UTC) + MINUTE, 20)
            await soon(lambda: services.pool.warm == 12)
            classes.cancel(announced.id)
        await soon(lambda: services.pool.warm == 1)
