"""What was seen on the way: packets, rules and interfaces, and what the sender said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.lens import capture, links, scripts
from app.topology.answers import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.lens.capture import Mark, Sighting

MAX_SAID_LINES = 4
MAX_SAID_CHARACTERS = 160
LISTENING_COLUMN = 3
NO_LINKS = links.Links()


@dataclass(frozen=True, slots=True)
class Seen:
    """One namespace of one node. ``listens`` are the addresses and ports of its programs."""

    sightings: tuple[Sighting, ...] = ()
    before: str = ""
    after: str = ""
    links: links.Links = NO_LINKS
    listens: tuple[str, ...] = ()
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What ``ip route``, and then ping or curl, said; ``status`` is that program's own."""

    route: str = ""
    lines: tuple[str, ...] = ()
    status: int = -1

    @property
    def http(self) -> str:
        """The first line of an answer over HTTP."""
        return next((line for line in self.lines if line.startswith("HTTP/")), "")


@dataclass(frozen=True, slots=True)
class Observed:
    """``places`` by node and label."""

    sent: Sent = Sent()
    places: Mapping[tuple[str, str], Seen] = field(default_factory=dict)

    def at(self, node: str, label: str) -> Seen:
        return self.places.get((node, label), Seen())


def read_place(found: Mapping[str, str], label: str, mark: Mark) -> Seen:
    """One label's part of what a watch has told."""

    def part(name: str) -> str:
        return found.get(f"{label} {name}", "")

    rows = (line.split() for line in part("listens").splitlines()[: links.MAX_FDB_LINES])
    return Seen(
        sightings=capture.read(part("packets"), mark),
        before=part("before"),
        after=part("after"),
        links=links.read(part("links"), part("fdb")),
        listens=tuple(
            printable(row[LISTENING_COLUMN], MAX_SAID_CHARACTERS)
            for row in rows
            if len(row) > LISTENING_COLUMN
        ),
        watched="listening on" in part("said"),
    )


def read_sent(said: str) -> Sent:
    found = scripts.sections(said)
    lines = [line for line in found.get("said", "").splitlines() if line.strip()]
    status = found.get("status", "").strip()
    return Sent(
        route=printable(found.get("route", "").strip(), MAX_SAID_CHARACTERS),
        lines=tuple(_clean(line) for line in lines[:MAX_SAID_LINES]),
        status=int(status[:4]) if status[:4].isdecimal() else -1,
    )


def _clean(line: str) -> str:
    return printable(line.strip(), MAX_SAID_CHARACTERS)
