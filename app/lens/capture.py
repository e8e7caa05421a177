"""Reads what tcpdump printed: which interface saw which packet; pure.

The lines are those of ``tcpdump -i any -nn -tt``. A student may have put anything in its place, so
whatever does not look like one is no packet.
Source: the output of tcpdump 4.99 with link type LINUX_SLL2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.topology.answers import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LINES = 400
MAX_LINE_CHARACTERS = 240
Way = Literal["in", "out"]
Kind = Literal["request", "reply", "refusal", "error", "data", "question", "owned"]

LINE = re.compile(r"\d+\.\d+ (?P<interface>\S{1,15}) +(?P<way>In|Out|P|B|M) +(?P<rest>.+)")
PACKET = re.compile(r"IP (?P<source>[\d.]+) > (?P<target>[\d.]+): (?P<what>.+)")
TUNNEL = re.compile(r"VXLAN, flags .+, vni (?P<number>\d+)")
ECHO = re.compile(r"ICMP echo (?P<kind>request|reply), .*length (?P<length>\d+)")
FLAGS = re.compile(r"Flags \[(?P<flags>[A-Z.]+)\]")
WHO_HAS = re.compile(r"ARP, Request who-has (?P<target>[\d.]+)\S* tell (?P<source>[\d.]+)")
IS_AT = re.compile(r"ARP, Reply (?P<source>[\d.]+) is-at ")
OPTIONS = re.compile(r"options \[[^\]]*\]")
ECHO_HEADER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """How the packets that were sent are told from all others: by their size or by their port."""

    size: int = 0
    port: int = 0

    @property
    def words(self) -> str:
        return f"{self.size} bytes" if self.size else f"port {self.port}"


@dataclass(frozen=True, slots=True)
class Address:
    """Port 0 is that of protocols without ports."""

    ip: str
    port: int = 0

    def __str__(self) -> str:
        return f"{self.ip}:{self.port}" if self.port else self.ip


@dataclass(frozen=True, slots=True)
class Sighting:
    """A packet, at an interface. ``tunnel`` is the VXLAN number and the outer addresses of one that
    travels inside another; ``forth`` whether it goes to the target or comes from it.
    """

    interface: str
    way: Way
    kind: Kind
    source: Address
    target: Address
    line: str
    forth: bool = True
    tunnel: str = ""
    outer: tuple[str, str] = ("", "")


def read(said: str, mark: Mark) -> tuple[Sighting, ...]:
    """The marked packets, errors about any, and questions for hardware addresses."""
    found: list[Sighting] = []
    lines = iter(said.splitlines()[:MAX_LINES])
    for line in lines:
        seen = LINE.match(line)
        if not seen:
            continue
        rest = seen["rest"]
        packet, shown, tunnel, outer = PACKET.match(rest), line, "", ("", "")
        if packet and (inside := TUNNEL.match(packet["what"])):
            tunnel = inside["number"]
            outer = (_address(packet["source"]).ip, _address(packet["target"]).ip)
            rest = next(lines, "").strip()
            packet, shown = PACKET.match(rest), f"{line} {rest}"
        known = _ip(packet, mark) if packet else _arp(rest)
        if known:
            kind, source, target, forth = known
            way: Way = "out" if seen["way"] == "Out" else "in"
            text = _short(shown)
            found.append(
                Sighting(seen["interface"], way, kind, source, target, text, forth, tunnel, outer)
            )
    return tuple(found)


def forth(sightings: Iterable[Sighting]) -> list[Sighting]:
    """The first packet on its way to the target, once for each interface that it went through."""
    return _once(row for row in sightings if row.forth and row.kind == "request")


def back(sightings: Iterable[Sighting]) -> list[Sighting]:
    """The first that came of it."""
    return _once(row for row in sightings if not row.forth and row.kind in ("reply", "refusal"))


def _once(sightings: Iterable[Sighting]) -> list[Sighting]:
    """What is sent again is no news."""
    first = {(row.interface, row.way, bool(row.tunnel)): row for row in reversed(list(sightings))}
    return list(reversed(first.values()))


def _ip(packet: re.Match[str], mark: Mark) -> tuple[Kind, Address, Address, bool] | None:
    source, target = _address(packet["source"]), _address(packet["target"])
    what = packet["what"]
    if what.startswith("ICMP ") and "unreachable" in what:
        return "error", source, target, False
    if echo := ECHO.match(what):
        if int(echo["length"]) != mark.size + ECHO_HEADER_BYTES:
            return None
        asks = echo["kind"] == "request"
        return "request" if asks else "reply", source, target, asks
    flags = FLAGS.match(what)
    if not flags or not mark.port or mark.port not in (source.port, target.port):
        return None
    return _tcp(flags["flags"]), source, target, source.port == mark.port


def _tcp(flags: str) -> Kind:
    if "R" in flags:
        return "refusal"
    if "S" in flags:
        return "reply" if "." in flags else "request"
    return "data"


def _arp(rest: str) -> tuple[Kind, Address, Address, bool] | None:
    if asked := WHO_HAS.match(rest):
        return "question", Address(asked["source"]), Address(asked["target"]), True
    told = IS_AT.match(rest)
    return told and ("owned", Address(told["source"]), Address(""), False)


def _address(text: str) -> Address:
    """``10.0.0.2.80`` has a port."""
    parts = text.split(".")
    port = parts[4] if len(parts) > 4 else ""  # noqa: PLR2004 - an IPv4 address has four
    return Address(".".join(parts[:4]), int(port) if port.isdecimal() and len(port) < 6 else 0)  # noqa: PLR2004


def _short(line: str) -> str:
    """Without the time, which nobody compares, and TCP's options, which are half of a line."""
    text = OPTIONS.sub("options […]", line.partition(" ")[2])
    return re.sub(r" {2,}", " ", printable(text, MAX_LINE_CHARACTERS))
