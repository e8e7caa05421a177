"""Reads what ``ip`` and ``bridge`` say of interfaces: whose cable each one is; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import Field, TypeAdapter, ValidationError

from app.topology.answers import Answer, Number, Text, printable

MAX_FDB_LINES = 200
MAX_LINE_CHARACTERS = 200


class AddressAnswer(Answer):
    family: Text = ""
    ip: Text = Field("", alias="local")


class LinkAnswer(Answer):
    """``peer`` is the number of a cable's other end, in whichever namespace that is."""

    number: Number = Field(0, alias="ifindex")
    peer: Number = Field(0, alias="link_index")
    name: Text = Field("", alias="ifname")
    bridge: Text = Field("", alias="master")
    mac: Text = Field("", alias="address")
    addresses: list[AddressAnswer] = Field([], alias="addr_info")


LINKS = TypeAdapter(list[LinkAnswer])


@dataclass(frozen=True, slots=True)
class Links:
    """The interfaces of one namespace, and what its bridges know of hardware addresses."""

    rows: tuple[LinkAnswer, ...] = ()
    fdb: tuple[str, ...] = ()

    def named(self, name: str) -> LinkAnswer | None:
        return next((row for row in self.rows if row.name == name), None)

    def cable_to(self, other: Links, name: str) -> str:
        """The interface here at the other end of that one there."""
        end = other.named(name)
        found = [
            row for row in self.rows if end and (row.number, row.peer) == (end.peer, end.number)
        ]
        return found[0].name if found else ""

    def holder(self, ip: str) -> LinkAnswer | None:
        return next(
            (row for row in self.rows if any(ip == address.ip for address in row.addresses)), None
        )

    def learned(self, mac: str, interface: str = "") -> str:
        """The bridge's own line about a hardware address, at that port where one is named."""
        wanted = f"dev {interface} " if interface else " dst "
        return next(
            (row for row in self.fdb if mac and row.startswith(f"{mac} ") and wanted in f"{row} "),
            "",
        )


def read(links: str, fdb: str = "") -> Links:
    """What is no answer of ``ip -j addr`` is none at all."""
    try:
        rows = tuple(LINKS.validate_json(links or "[]"))
    except ValidationError:
        rows = ()
    lines = fdb.splitlines()[:MAX_FDB_LINES]
    clean = (re.sub(r"\s+", " ", printable(line, MAX_LINE_CHARACTERS)).strip() for line in lines)
    return Links(rows, tuple(clean))
