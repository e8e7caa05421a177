"""Reads iptables' rules and their counters before and after, to tell which of them acted; pure.

The lines are those of ``iptables-save -c``, each behind the name of its table.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.lens.capture import Address
from app.topology.answers import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_RULES = 2000
MAX_RULE_CHARACTERS = 400
RULE = re.compile(r"(?P<table>\w+) \[(?P<packets>\d+):\d+\] -A (?P<chain>\S+)(?P<rest>.*)")
POLICY = re.compile(r"(?P<table>\w+) :(?P<chain>\S+) (?P<verb>[A-Z]+) \[(?P<packets>\d+):\d+\]")
STOPPING = ("DROP", "REJECT")
TO = "--to-destination"


@dataclass(frozen=True, slots=True)
class Rule:
    """``verb`` is what it does with a packet; ``text`` the rule as one would type it."""

    table: str
    chain: str
    verb: str
    text: str

    @property
    def is_policy(self) -> bool:
        """What happens to what no rule of a chain is about."""
        return self.text.startswith("-P ")

    @property
    def is_docker_s(self) -> bool:
        """Whether Docker made it, to keep networks apart; DOCKER-USER is for its users."""
        if self.table == "raw":
            return self.chain == "PREROUTING" and " ! -i " in self.text
        return self.chain.startswith("DOCKER") and self.chain != "DOCKER-USER"

    @property
    def destination(self) -> Address | None:
        """Where a DNAT leads to."""
        words = _words(self.text)
        at = words.index(TO) + 1 if TO in words[:-1] else 0
        ip, _, port = words[at].partition(":")
        return Address(ip, _number(port)) if at and _number(port) > 0 else None

    @property
    def spoken(self) -> str:
        return f"iptables -t {self.table} {self.text}"


@dataclass(frozen=True, slots=True)
class Meant:
    """The packet that a rule may be about."""

    protocol: str
    source: Address
    target: Address


def acted(before: str, after: str) -> list[tuple[Rule, int]]:
    """The rules and policies whose counters have grown, and by how many packets."""
    known = Counter(dict(_rules(before)))
    grown = [
        (rule, packets - known[rule]) for rule, packets in Counter(dict(_rules(after))).items()
    ]
    return [(rule, packets) for rule, packets in grown if packets > 0]


def stopped_by(before: str, after: str, meant: Meant) -> tuple[Rule, int] | None:
    """The rule that kept the packet, where one did: rather one that names it than a policy."""
    found = [
        (rule, packets)
        for rule, packets in acted(before, after)
        if rule.verb in STOPPING and fits(rule, meant)
    ]
    return min(found, key=lambda row: row[0].is_policy, default=None)


def rewritten_by(before: str, after: str, verbs: tuple[str, ...], meant: Meant) -> Rule | None:
    """The rule that changed its addresses."""
    return next(
        (rule for rule, _ in acted(before, after) if rule.verb in verbs and fits(rule, meant)), None
    )


def fits(rule: Rule, meant: Meant) -> bool:
    """Whether it may be about that packet, by protocol, addresses and port."""
    negated = False
    words = iter(_words(rule.text))
    for word in words:
        if word == "!":
            negated = True
            continue
        if word in ("-p", "-s", "-d", "--dport") and _same(word, next(words, ""), meant) == negated:
            return False
        negated = False
    return True


def _same(option: str, wanted: str, meant: Meant) -> bool:
    if option == "-p":
        return wanted in (meant.protocol, "all")
    if option == "--dport":
        first, _, last = wanted.partition(":")
        low, high = _number(first), _number(last or first)
        return low <= meant.target.port <= high
    ip = meant.source.ip if option == "-s" else meant.target.ip
    try:
        return ipaddress.ip_address(ip) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else -1  # noqa: PLR2004


def _rules(said: str) -> Iterator[tuple[Rule, int]]:
    for line in said.splitlines()[:MAX_RULES]:
        if policy := POLICY.match(line):
            text = f"-P {policy['chain']} {policy['verb']}"
            yield Rule(policy["table"], policy["chain"], policy["verb"], text), _count(policy)
        elif rule := RULE.match(line):
            rest = printable(rule["rest"], MAX_RULE_CHARACTERS)
            text = f"-A {rule['chain']}{rest}"
            yield Rule(rule["table"], rule["chain"], _verb(rest), text), _count(rule)


def _count(found: re.Match[str]) -> int:
    digits = found["packets"]
    return int(digits) if len(digits) < 20 else 0  # noqa: PLR2004 - 64 bits


def _verb(rest: str) -> str:
    words = _words(rest)
    return next((words[at + 1] for at, word in enumerate(words[:-1]) if word in ("-j", "-g")), "")


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a comment with an open quote
        return text.split()
