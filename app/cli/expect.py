"""``slipway expect``: announces a class, so that its sandboxes are there before it comes."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import anyio
import typer
from rich.table import Table

from app.cli.console import AsJson, app, out, read_settings
from app.errors import BadRequest, EngineUnavailable, NotFound
from app.sandboxes.docker_engine import DockerEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.classroom.expected import ExpectedClasses
    from app.settings import Settings

MAX_MINUTES = 24 * 60
USAGE = (
    "Say 'slipway expect 30 --at 09:00', 'slipway expect --list' or 'slipway expect --cancel 1'."
)

Students = Annotated[int | None, typer.Argument(min=1, help="How many come.")]
At = Annotated[
    str, typer.Option(help="When: HH:MM today, by this machine's clock, or an RFC 3339 time.")
]
Minutes = Annotated[
    int, typer.Option(min=1, max=MAX_MINUTES, help="For how long after it some may still come.")
]
ListThem = Annotated[bool, typer.Option("--list", help="Show the classes that are announced.")]
Cancel = Annotated[int | None, typer.Option(metavar="ID", help="Take one back.")]


@app.command()
def expect(
    students: Students = None,
    at: At = "",
    minutes: Minutes = 20,
    list_them: ListThem = False,
    cancel: Cancel = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Announce a class: its sandboxes are made ahead by the site, so that nobody waits.

    They are made from SLIPWAY_WARM_AHEAD_S before it on. A site that runs learns of it within
    15 seconds.
    """
    settings = read_settings()
    wishes = [students is not None or bool(at), list_them, cancel is not None]
    if sum(wishes) != 1:
        raise BadRequest("One of three things is meant.", USAGE)
    if cancel is not None:
        _cancel(settings, cancel, as_json=as_json)
    elif list_them:
        _list(settings, as_json=as_json)
    elif students is None or not at:
        raise BadRequest("A class has a number of students and a time.", USAGE)
    else:
        _announce(settings, students, at, minutes, as_json=as_json)


def _announce(settings: Settings, students: int, at: str, minutes: int, *, as_json: bool) -> None:
    from app.classroom.expected import start_of_class  # noqa: PLC0415 - see _classes

    now = datetime.now(UTC)
    starts = start_of_class(at, now)
    if students > settings.max_sandboxes:
        raise BadRequest(
            f"{students} students are more than this site takes ({settings.max_sandboxes}).",
            "Raise SLIPWAY_MAX_SANDBOXES, for the site too.",
        )
    with _classes(settings) as classes:
        announced = classes.announce(students, starts, minutes)
        others = [row for row in classes.upcoming(now) if row.id != announced.id]
    also = sum(row.students for row in others if row.overlaps(announced, settings))
    room = anyio.run(_room, settings)
    warm_from = announced.warm_from(settings)
    if as_json:
        more = {"warm_from": warm_from.isoformat(), "also_expected": also, "room": room}
        out.print_json(json.dumps({**announced.as_json(), **more}))
        return
    out.print(
        f"Class {announced.id}: {_number(students)} from {_local(announced.starts_at)} on, "
        f"{_distance(announced.starts_at, now)}, until {_local(announced.ends_at)}.",
        soft_wrap=True,
    )
    when = f"from {_local(warm_from)} on, {_distance(warm_from, now)}" if warm_from > now else "now"
    out.print(f"The site makes their sandboxes {when}.", soft_wrap=True)
    out.print(_what_fits(students, also, room), soft_wrap=True)


def _list(settings: Settings, *, as_json: bool) -> None:
    now = datetime.now(UTC)
    with _classes(settings) as classes:
        rows = classes.upcoming(now)
    if as_json:
        out.print_json(json.dumps([row.as_json() for row in rows]))
        return
    if not rows:
        out.print("No class is announced.")
        return
    table = Table("id", "students", "from", "until", "that is")
    for row in rows:
        when = _distance(row.starts_at, now) if row.starts_at > now else "now"
        table.add_row(
            str(row.id), str(row.students), _local(row.starts_at), _local(row.ends_at), when
        )
    out.print(table)


def _cancel(settings: Settings, number: int, *, as_json: bool) -> None:
    with _classes(settings) as classes:
        if not classes.cancel(number):
            raise NotFound(
                f"No class {number} is announced.", "'slipway expect --list' shows those that are."
            )
    if as_json:
        out.print_json(json.dumps({"cancelled": number}))
    else:
        out.print(f"Class {number} is taken back. Sandboxes made for it go one after the other.")


@contextmanager
def _classes(settings: Settings) -> Iterator[ExpectedClasses]:
    # The other verbs need no database, whose libraries take half a second to load.
    from app.classroom.expected import ExpectedClasses  # noqa: PLC0415
    from app.database.connection import Database  # noqa: PLC0415

    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with Database(settings.sqlalchemy_url) as database:
        yield ExpectedClasses(database)


async def _room(settings: Settings) -> int | None:
    """Nothing where there is no class engine to ask."""
    from app.classroom.expected import room_for  # noqa: PLC0415 - see _classes

    engine = DockerEngine(settings)
    try:
        return await room_for(engine, settings)
    except EngineUnavailable:
        return None
    finally:
        await engine.aclose()


def _what_fits(students: int, also: int, room: int | None) -> str:
    if room is None:
        return "Whether they fit can't be told: the class engine does not run."
    together = f" With other classes {students + also} are expected then." if also else ""
    if students + also <= room:
        return f"They fit: there is room for {room} now.{together}"
    return (
        f"[yellow]Not all of them fit: there is room for {room} now; the others will wait in "
        f"line.[/]{together} 'slipway preflight --students {students}' looks closer."
    )


def _number(students: int) -> str:
    return "1 student" if students == 1 else f"{students} students"


def _local(moment: datetime) -> str:
    return moment.astimezone().isoformat(sep=" ", timespec="minutes")


def _distance(moment: datetime, now: datetime) -> str:
    minutes = round((moment - now).total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    if hours:
        return f"in {hours} h {rest} min"
    return f"in {minutes} min"
