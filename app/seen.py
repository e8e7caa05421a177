"""Says what a check wanted and what it saw, by what its questions have told while it ran.

A check is most often a chain: ``running web && [ -n "$(hport web 80)" ]``. It is run link by link,
so that the one that failed is known; and every question of content/checks.sh tells three things on
descriptor 3: how its subject would be if it has to be so, how if it must not be so, and how it is.
Whatever can't be told for certain is not told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.lessons.model import Step

AT, SAW = "slipway-at", "slipway-saw"
MAX_LINES = 20
MAX_FACTS = 3
# At the end of a script that has failed, with what its questions told in $slipway_seen.
TOLD = f"printf '%s\\n' \"$slipway_seen\" | tail -n {MAX_LINES}"

_TOKEN = re.compile(r"'[^']*'|\\.|\$\(|\|\||&&\s*|>&|.", re.DOTALL)
_QUOTED = re.compile(r"\\.|\$\(|.", re.DOTALL)
_OPENS = {'"': '"', "(": ")", "$(": ")"}
_UNCLOSED = ""
# Everything that makes more of a text than a chain of commands.
_NO_CHAIN = frozenset([_UNCLOSED, "||", *";\n&`#{})'"])
_WORDS = frozenset({"if", "for", "while", "until", "case"})
_CALL = re.compile(r"(?P<no>! )?[a-z_]+(?: [\w.:/-]+)*")
_EMPTY = re.compile(r'\[ -z "\$\((.+)\)" \]|\[ "\$\((.+)\)" = "" \]')
_FULL = re.compile(r'\[ -n "\$\((.+)\)" \]')
_EQUAL = re.compile(r'\[ "\$\(.+\)" = "?([\w.:/-]+)"? \]')
_PATIENT = re.compile(r"eventually \d+ '(.*)'", re.DOTALL)
# What somebody who has to find a fault would notice first.
_SYMPTOM = re.compile(r"\b(?:code|dns)\b")


class Told(NamedTuple):
    """What one question tells of its subject."""

    so: str
    not_so: str
    fact: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Plain text; either may be empty."""

    wanted: str = ""
    saw: str = ""


NOTHING = Seen()


def links(check: str) -> tuple[str, ...]:
    """The commands between a check's ``&&``; none where it is more than such a chain."""
    text = check.strip()
    found, start = [], 0
    for sign, at, bare in _tokens(text):
        if bare and sign in _NO_CHAIN:
            return ()
        if bare and sign.startswith("&&"):
            found.append(text[start:at])
            start = at + len(sign)
    chain = tuple(link.strip() for link in [*found, text[start:]])
    return chain if all(link and link.split()[0] not in _WORDS for link in chain) else ()


def _tokens(text: str) -> Iterator[tuple[str, int, bool]]:
    """What sh reads as one, where it stands, and whether nothing is around it; at last an end,
    which is bare only if all was closed.
    """
    within: list[str] = []
    at = 0
    while at < len(text):
        inside = within[-1] if within else ""
        found = (_QUOTED if inside == '"' else _TOKEN).match(text, at)
        sign = found[0] if found else text[at]
        yield sign, at, not within
        if sign == inside:
            within.pop()
        elif sign == "$(" or (sign in _OPENS and inside != '"'):
            within.append(_OPENS[sign])
        at += len(sign)
    if within:
        yield _UNCLOSED, at, True


def overheard(check: str) -> str:
    """Runs the check as its text would, in a shell of its own; ``$slipway_seen`` has what it told.

    Its exit status is that of the check.
    """
    chain = links(check)
    body = " &&\n".join(f"slipway_at {number} && {link}" for number, link in enumerate(chain))
    return "\n".join(
        (
            f"slipway_at() {{ printf '{AT}\\t%s\\n' \"$1\" >&3; }}",
            f"slipway_check() (\n{body or check}\n)",
            "slipway_seen=$(slipway_check 3>&1 >/dev/null 2>&1)",
        )
    )


def seen(step: Step, output: str) -> Seen:
    """What the link that failed wanted and saw, unless that would be the answer itself."""
    facts: list[Told] = []
    failed = -1
    for line in output.splitlines():
        match line.split("\t"):
            case [mark, number] if mark == AT and number.isdecimal():
                failed, facts = int(number), []
            case [mark, *told] if mark == SAW and len(told) == len(Told._fields):
                fact = Told(*told)
                facts = [*(other for other in facts if other != fact), fact]
    chain = links(step.check)
    if not 0 <= failed < len(chain) or not facts:
        return NOTHING
    link = chain[failed]
    if "ANSWER" in link or (step.kind == "fix" and not _SYMPTOM.search(link)):
        return NOTHING
    saw = "; ".join(told.fact for told in facts[-MAX_FACTS:])
    return Seen(_wanted(link, facts[-1]), saw)


def _wanted(link: str, told: Told) -> str:
    """How it would have to be for this link to hold; empty if that is not plain to see."""
    patient = _PATIENT.fullmatch(link)
    link = patient[1] if patient else link
    if call := _CALL.fullmatch(link):
        return told.not_so if call["no"] else told.so
    if (full := _FULL.fullmatch(link)) and _CALL.fullmatch(full[1]):
        return told.so
    if (empty := _EMPTY.fullmatch(link)) and _CALL.fullmatch(empty[1] or empty[2]):
        return told.not_so
    equal = _EQUAL.fullmatch(link)
    return equal[1] if equal else ""
