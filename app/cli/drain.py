"""``slipway drain``: announces that all sandboxes end, so that the class engine can be replaced."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import anyio
import typer

from app import drain as drains
from app.cli.console import AsJson, app, err, out, read_settings
from app.errors import BadRequest, EngineUnavailable, NotFound, SetupFailed
from app.sandboxes.docker_engine import DockerEngine

if TYPE_CHECKING:
    from app.settings import Settings

MAX_MINUTES = 24 * 60
LOOK_S = 2
# The site looks every few seconds, and removes many sandboxes one after the other.
GRACE_S = 180
USAGE = (
    "Say 'slipway drain --minutes 30', 'slipway drain --at 17:00', 'slipway drain --status' or "
    "'slipway drain --cancel'."
)

At = Annotated[
    str, typer.Option(help="When: HH:MM today, by this machine's clock, or an RFC 3339 time.")
]
Minutes = Annotated[
    int | None, typer.Option(min=0, max=MAX_MINUTES, help="The same, counted from now.")
]
Reason = Annotated[str, typer.Option(help="A sentence for students, why.")]
Wait = Annotated[bool, typer.Option("--wait", help="Return once nobody has a sandbox any more.")]
Status = Annotated[bool, typer.Option("--status", help="Show the drain, and who still works.")]
Cancel = Annotated[
    bool, typer.Option("--cancel", help="Take it back, or end it: sandboxes are given out again.")
]


@app.command()
def drain(
    at: At = "",
    minutes: Minutes = None,
    reason: Reason = drains.REASON,
    *,
    wait: Wait = False,
    status: Status = False,
    cancel: Cancel = False,
    as_json: AsJson = False,
) -> None:
    """Empty the class engine: no sandboxes are given out from now on, and all end at a time.

    Every page says so and counts down. A site that runs learns of it within 5 seconds, and it
    holds until it is cancelled, whether the site is restarted or not.
    """
    settings = read_settings()
    if sum([bool(at), minutes is not None, status, cancel]) != 1:
        raise BadRequest("One of four things is meant.", USAGE)
    if cancel:
        _cancel(settings, as_json=as_json)
        return
    if not status:
        drains.begin(settings, drains.Drain(_end(at, minutes), _sentence(reason)))
    found = drains.current(settings)
    if found and wait:
        _wait(settings, found)
    _tell(found, anyio.run(_students, settings), as_json=as_json)


def _end(at: str, minutes: int | None) -> datetime:
    now = datetime.now(UTC)
    if minutes is not None:
        return now + timedelta(minutes=minutes)
    from app.classroom.expected import start_of_class  # noqa: PLC0415 - loads a database's libraries

    moment = start_of_class(at, now)
    if moment - now > timedelta(minutes=MAX_MINUTES):
        raise BadRequest(
            f"{at} is more than {MAX_MINUTES // 60} hours away.",
            "Nobody would get a sandbox until then.",
        )
    return moment


def _sentence(reason: str) -> str:
    words = " ".join(reason.split())
    if not words.isprintable() or not 1 <= len(words) <= drains.MAX_REASON_CHARACTERS:
        raise BadRequest(
            f"The reason has to have 1 to {drains.MAX_REASON_CHARACTERS} characters of text."
        )
    return words


def _cancel(settings: Settings, *, as_json: bool) -> None:
    if not drains.end(settings):
        raise NotFound("No drain is on.", "Sandboxes are given out.")
    if as_json:
        out.print_json(json.dumps({"state": "none"}))
    else:
        out.print("Sandboxes are given out again; who waits gets one within 5 seconds.")


def _wait(settings: Settings, found: drains.Drain) -> None:
    """Returns when nobody has a sandbox, or the drain was taken back; tells how far it is."""
    left_s = (found.ends_at - datetime.now(UTC)).total_seconds()
    deadline = time.monotonic() + max(0, left_s) + GRACE_S
    told: int | None = -1
    while drains.current(settings) and (students := anyio.run(_students, settings)) != 0:
        if students != told:
            err.print(_who_works(students), soft_wrap=True)
            told = students
        if time.monotonic() > deadline:
            raise SetupFailed(
                "Its time is over, and some still have a sandbox, or the class engine is away.",
                "Does the site run? It is the site that ends them. Look at /healthz and its log.",
            )
        time.sleep(LOOK_S)


async def _students(settings: Settings) -> int | None:
    """How many have a sandbox; nothing where there is no class engine to ask."""
    if not settings.engine_socket.exists():
        return None
    engine = DockerEngine(settings)
    try:
        return len({row.student for row in await engine.sandboxes() if row.student})
    except EngineUnavailable:
        return None
    finally:
        await engine.aclose()


def _tell(found: drains.Drain | None, students: int | None, *, as_json: bool) -> None:
    over = found and (students == 0 or found.ends_at <= datetime.now(UTC))
    state = "over" if over else "draining" if found else "none"
    if as_json:
        row: dict[str, Any] = {"state": state, "students": students}
        out.print_json(json.dumps({**(found.as_json() if found else {}), **row}))
        return
    if not found:
        out.print("No drain is on; sandboxes are given out.")
        return
    ends = found.ends_at.astimezone().isoformat(sep=" ", timespec="minutes")
    out.print(f"No sandboxes are given out, and those that there are end at {ends}.")
    out.print(f"Students read: {found.reason}", markup=False, soft_wrap=True)
    out.print(_who_works(students), soft_wrap=True)


def _who_works(students: int | None) -> str:
    if students is None:
        return "Who has one can't be told: the class engine does not run."
    if students == 0:
        return (
            "Nobody has one: the class engine can be replaced. Then say 'slipway drain --cancel'."
        )
    return "1 student has one." if students == 1 else f"{students} students have one."
