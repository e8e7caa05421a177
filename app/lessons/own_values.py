"""Own values: what of a student's own a lesson may name, as in ``{{ container.web.ip }}``.

A word with a dot behind it never begins a Go template, so ``{{ .Name }}`` and ``{{range .X}}`` in
code stay what they are.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.lessons.own_words import ENGLISH, FORMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.lessons.own_words import Words

OPEN, CLOSE = "\u2039", "\u203a"
"""Around what a value will be: not the < and > of a shell."""
MARK = "\ue010"
"""Stands for a value while code is coloured; no lesson holds that character."""

_BRACES = re.compile(r"\{\{([^{}\n]*)\}\}")
_OURS = re.compile(r"[A-Za-z_][\w-]*\..*|(?:node\d*|container|network)\b.*")
_PLACE = re.compile(r'<lab-value data-of="([^"]*)" lang="en">[^<]*</lab-value>')
_NODE = re.compile(r"node[1-3]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_PORT = re.compile(r"[1-9][0-9]{0,4}(?:/(?:tcp|udp))?")
_TCP = "/tcp"
_MAKES = re.compile(r"\b(?:run|create|start|restart|connect|disconnect|rename|rm)\b")

Kind = Literal["address", "id", "port", "subnet"]
_KINDS: dict[str, Kind] = {
    "ip": "address",
    "gateway": "address",
    "id": "id",
    "port": "port",
    "subnet": "subnet",
}
PATTERNS: dict[Kind, re.Pattern[str]] = {
    "address": re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"),
    "subnet": re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2}"),
    "id": re.compile(r"[0-9a-f]{12}"),
    "port": re.compile(r"[1-9][0-9]{0,4}"),
}
"""What a value has to be before it is put anywhere; static/js/own-values.js has the same."""


@dataclass(frozen=True, slots=True)
class OwnValue:
    """``thing`` is node, container or network; ``detail`` a network's name, a port, or nothing."""

    node: str
    thing: Literal["node", "container", "network"]
    name: str
    what: str
    detail: str = ""

    @property
    def kind(self) -> Kind:
        return _KINDS[self.what]

    @property
    def of(self) -> str:
        """In its one spelling, as pages carry it."""
        if self.thing == "node":
            return f"{self.node}.ip"
        end = f".{self.detail}" if self.detail else ""
        return f"{self.node}.{self.thing}.{self.name}.{self.what}{end}"

    @property
    def form(self) -> str:
        """Which of ``FORMS`` it is."""
        if self.thing == "node":
            return FORMS[0]
        more = {"ip": ".NETWORK" if self.detail else "", "port": ".80"}.get(self.what, "")
        return f"{self.thing}.NAME.{self.what}{more}"

    def said(self, words: Words = ENGLISH) -> str:
        """What it will be."""
        where = "" if self.node == "node1" or self.thing == "node" else f" ({self.node})"
        detail = self.detail.removesuffix(_TCP)
        slots = {"node": self.node, "name": self.name, "network": detail, "port": detail}
        return f"{words.of(self.form, slots)}{where}"

    def placeholder(self, words: Words = ENGLISH) -> str:
        return f"{OPEN}{self.said(words)}{CLOSE}"

    def html(self, words: Words = ENGLISH) -> str:
        """Its place in a page, which reads without JavaScript."""
        said = html.escape(self.placeholder(words))
        of = html.escape(self.of)
        return f'<lab-value data-of="{of}" lang="{words.language}">{said}</lab-value>'


def read_own(written: str) -> OwnValue | None:
    """What stands between the braces; None where it is no own value, or an unknown one."""
    node, *rest = parts = written.strip().split(".")
    if not _NODE.fullmatch(node):
        node, rest = "node1", parts
    elif rest == ["ip"]:
        return OwnValue(node, "node", node, "ip")
    match rest:
        case ["container", name, "ip" | "id" as what]:
            found = OwnValue(node, "container", name, what)
        case ["container", name, "ip", network] if _NAME.fullmatch(network):
            found = OwnValue(node, "container", name, "ip", network)
        case ["container", name, "port", port] if _PORT.fullmatch(port):
            detail = port if "/" in port else port + _TCP
            found = OwnValue(node, "container", name, "port", detail)
        case ["network", name, "id" | "subnet" | "gateway" as what]:
            found = OwnValue(node, "network", name, what)
        case _:
            return None
    return found if _NAME.fullmatch(found.name) else None


def own_in(text: str) -> Iterator[tuple[int, str, OwnValue | None]]:
    """Where something of ours begins, what is written there, and what it is if that is known."""
    for braces in _BRACES.finditer(text):
        if _OURS.fullmatch(written := braces[1].strip()):
            yield braces.start(), written, read_own(written)


def own_problems(text: str, nodes: int) -> Iterator[tuple[int, str]]:
    """What is wrong, by the number of the line in ``text``, from 0."""
    for at, written, own in own_in(text):
        line = text.count("\n", 0, at)
        if own is None:
            known = ", ".join(FORMS)
            yield line, f"unknown own value {written!r}; use one of {known}"
        elif int(own.node[-1]) > nodes:
            yield line, f"this lesson has no node {own.node!r}; raise nodes: at the top"


def made_too_late(text: str) -> Iterator[tuple[int, str]]:
    """Values that an earlier line of the same block brings about, or changes: the page fills a
    block in before it runs it.
    """
    before: list[str] = []
    for number, line in enumerate(text.split("\n")):
        for _, written, own in own_in(line):
            name = own and re.compile(rf"(?<![\w.-]){re.escape(own.name)}(?![\w.-])")
            if name and any(name.search(it) for it in before):
                message = f"{written!r} may come about in this very block, which is filled in "
                yield number, message + "before it runs; put this line in a block of its own"
        if _MAKES.search(line):
            before.append(line)


def taken_out(text: str, mark: str = MARK) -> tuple[str, list[OwnValue]]:
    """The text with a mark in place of every own value, and those."""
    found: list[OwnValue] = []

    def take(braces: re.Match[str]) -> str:
        own = read_own(braces[1])
        if own is None:
            return braces[0]
        found.append(own)
        return mark

    return _BRACES.sub(take, text), found


def put_back(marked: str, values: list[OwnValue]) -> str:
    """HTML with the places of values where the marks are."""
    waiting = iter(values)
    return "".join(
        next(waiting).html() if part == MARK else part for part in re.split(f"({MARK})", marked)
    )


def filled(text: str, values: Sequence[str]) -> str:
    """The text with these in the places of its own values."""
    waiting = iter(values)
    return _BRACES.sub(lambda it: next(waiting) if read_own(it[1]) else it[0], text)


def in_words(text: str, words: Words = ENGLISH) -> str:
    """The text with what its own values will be."""

    def say(braces: re.Match[str]) -> str:
        own = read_own(braces[1])
        return own.placeholder(words) if own else braces[0]

    return _BRACES.sub(say, text)


def own_places(text: str) -> int:
    """How many places of own values there are in HTML."""
    return len(_PLACE.findall(text))


def retold(text: str, words: Words) -> str:
    """HTML with the places of own values in other words."""

    def tell(place: re.Match[str]) -> str:
        own = read_own(html.unescape(place[1]))
        return own.html(words) if own else place[0]

    return _PLACE.sub(tell, text)
