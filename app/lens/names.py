"""Reads what dig was told about a name; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.topology.answers import printable

MAX_LINES = 40
MAX_LINE_CHARACTERS = 160
STATUS = re.compile(r"status: ([A-Z]+)")
ANSWER = re.compile(r"\S+\s+\d+\s+IN\s+A\s+(\d+\.\d+\.\d+\.\d+)")
UNANSWERED = ("timed out", "no servers could be reached", "connection refused", "unreachable")


MEANS = {
    "NXDOMAIN": "there is no such name",
    "SERVFAIL": "it does not know, and whom it asked does not answer",
    "NOERROR": "there is no IPv4 address of that name",
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """``status`` is DNS's own word, NOERROR or NXDOMAIN; empty where nobody answered."""

    name: str = ""
    server: str = ""
    status: str = ""
    addresses: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """What a resolver that told no address has said, as the end of a sentence."""
        if not self.status:
            return "does not answer"
        return ": ".join(filter(None, (f"says {self.status}", MEANS.get(self.status))))


def read(name: str, server: str, said: str) -> Lookup:
    rows = (" ".join(line.split()) for line in said.splitlines()[:MAX_LINES])
    lines = [printable(row, MAX_LINE_CHARACTERS) for row in rows]
    status = next((found[1] for line in lines if (found := STATUS.search(line))), "")
    addresses = [found[1] for line in lines if (found := ANSWER.match(line))]
    shown = [
        line
        for line in lines
        if STATUS.search(line) or ANSWER.match(line) or any(word in line for word in UNANSWERED)
    ]
    where = printable(server.strip(), MAX_LINE_CHARACTERS)
    return Lookup(name, where, status, tuple(addresses), tuple(shown))
