"""What own values are called until they are there, in English and in other languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.lessons.model import ORIGINAL, Finding, printable
from app.lessons.toml_file import read_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_ENGLISH = {
    "node1.ip": "{node}'s address",
    "container.NAME.id": "{name}'s id",
    "container.NAME.ip": "{name}'s address",
    "container.NAME.ip.NETWORK": "{name}'s address on {network}",
    "container.NAME.port.80": "host port of {name}:{port}",
    "network.NAME.id": "{name}'s id",
    "network.NAME.subnet": "{name}'s subnet",
    "network.NAME.gateway": "{name}'s gateway",
}
FORMS = tuple(_ENGLISH)
"""What an author may write between the braces."""
KEY = "own-values"
MAX_CHARACTERS = 80

_FILE = re.compile(r"course\.([a-z]{2})\.toml")
_SLOT = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """One phrase for each of ``FORMS``, with slots such as ``{name}``."""

    language: str
    phrases: tuple[str, ...]

    def of(self, form: str, slots: Mapping[str, str]) -> str:
        return _SLOT.sub(lambda slot: slots[slot[1]], self.phrases[FORMS.index(form)])


ENGLISH = Words(ORIGINAL, tuple(_ENGLISH.values()))


def read_words(content_dir: Path, shown: str, findings: list[Finding]) -> dict[str, Words]:
    """By language, what stands in files beside ``course.toml``; one with a fault is left out."""
    known = {}
    for path in sorted(content_dir.glob("course.*.toml")):
        here = f"{shown}/{printable(path.name)}"
        name = _FILE.fullmatch(path.name)
        if not name or name[1] == ORIGINAL:
            wanted = "a course's words have a language of two letters, as in course.fr.toml"
            findings.append(Finding(here, 1, wanted))
            continue
        found, problems = read_toml(path, here)
        if not problems:
            problems = [Finding(here, 1, message) for message in _problems(found)]
        findings.extend(problems)
        if not problems:
            known[name[1]] = Words(name[1], tuple(found[KEY][form] for form in FORMS))
    return known


def _problems(found: Mapping[str, object]) -> Iterator[str]:
    for key in found:
        if key != KEY:
            yield f"unknown key {key!r}; the only one is {KEY}"
    rows = found.get(KEY)
    if not isinstance(rows, dict):
        yield f"no [{KEY}] here; add it, with a phrase for each of {', '.join(FORMS)}"
        return
    for form in rows:
        if form not in _ENGLISH:
            yield f"unknown own value {form!r} in [{KEY}]; use {', '.join(FORMS)}"
    for form, english in _ENGLISH.items():
        wanted = sorted(_SLOT.findall(english))
        phrase = rows.get(form)
        if phrase is None:
            yield f"no phrase for {form!r} in [{KEY}]; add it"
        elif not isinstance(phrase, str) or not 0 < len(phrase) <= MAX_CHARACTERS:
            yield f"the phrase for {form!r} must be 1 to {MAX_CHARACTERS} characters of text"
        elif sorted(_SLOT.findall(phrase)) != wanted or not phrase.isprintable():
            slots = " and ".join(f"{{{slot}}}" for slot in wanted)
            yield f"the phrase for {form!r} needs {slots}, once; it says {phrase!r}"
