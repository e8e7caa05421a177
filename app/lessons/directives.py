"""The grammar of directives and fences: what may follow three colons or three backticks."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.lessons.own_values import own_in

Note = Callable[[int, str], None]
"""Writes down one finding: the line in the lesson, and a sentence that says how to mend it."""

ID = re.compile(r"[a-z0-9-]{1,40}")
KINDS = ("run", "input", "challenge", "fix")
NODES = ("node1", "node2", "node3")
ROLES = {
    "run": ("step",),
    "check": ("step",),
    "solution": ("step",),
    "also": ("step",),
    "answer": ("step", "mistake"),
    "setup": ("lesson", "step"),
    "undo": ("step", "mistake"),
    "when": ("mistake",),
    "try": ("mistake",),
}
"""What a `sh` fence may be, and what it may stand in."""
TYPED = ("run", "solution", "also", "try")
"""Those that are typed into a shell, line by line; the others are run as a whole."""
SAID = "said"
"""What a `text` fence in a mistake may be."""

_ATTRIBUTES = {
    "step": ("kind", "answer-label", "node", "notes", "unchecked"),
    "quiz": ("recall",),
    "predict": (),
    "hint": (),
    "mistake": ("untried",),
}
_FENCE_ATTRIBUTES = {
    role: ("node", "unknown") if role in ("run", "solution", "also") else ("node",)
    for role in ROLES
    if role != "when"
}
NAMES = tuple(_ATTRIBUTES)
_TITLED = ("step", "quiz", "predict")
_WORD = re.compile(r'(?:(?P<key>[^\s="]+)=)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))(?=\s|$)')


@dataclass(frozen=True, slots=True)
class Call:
    """One directive's opening line, taken apart."""

    name: str
    id: str
    title: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Label:
    """One fence's opening line, taken apart; ``role`` is empty for code that is only shown.

    ``node`` is empty where the fence names none; ``unknown`` are images that are not in the
    catalog, and are not meant to be.
    """

    language: str
    role: str
    node: str = ""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Words:
    bare: list[str]
    quoted: list[str]
    keyed: dict[str, str]


def _words(text: str) -> _Words | None:
    """Words, "quoted words" and key=values; None when a quote or a character is out of place."""
    words = _Words([], [], {})
    rest = text.strip()
    while rest:
        match = _WORD.match(rest)
        if match is None:
            return None
        if (key := match["key"]) is not None:
            words.keyed[key] = match["bare"] if match["quoted"] is None else match["quoted"]
        elif match["quoted"] is not None:
            words.quoted.append(match["quoted"])
        else:
            words.bare.append(match["bare"])
        rest = rest[match.end() :].lstrip()
    return words


def read_call(info: str, line: int, note: Note) -> Call | None:
    """Read what follows the colons; notes whatever is wrong with it."""
    words = _words(info)
    if words is None:
        note(line, "can't read this directive; put titles and values with spaces in double quotes")
        return None
    if not words.bare:
        note(
            line,
            "these colons open nothing; name a directive after them, or, if they should close one, "
            "give the outer directive more colons than the inner",
        )
        return None
    name, *rest = words.bare
    if name not in _ATTRIBUTES:
        note(line, f"unknown directive {name!r}; use one of {listed(_ATTRIBUTES)}")
        return None
    for key in words.keyed:
        if key not in _ATTRIBUTES[name]:
            allowed = listed(_ATTRIBUTES[name]) if _ATTRIBUTES[name] else "none"
            note(line, f"unknown attribute {key!r} of {name}; it takes {allowed}")
    call = Call(name, "".join(rest[:1]), "".join(words.quoted[:1]).strip(), line, words.keyed)
    _check_names(call, extra=len(rest) > 1 or len(words.quoted) > 1, note=note)
    return call


def _check_names(call: Call, *, extra: bool, note: Note) -> None:
    for text in (call.title, *call.attributes.values()):
        check_same_for_all(text, call.line, note)
    if call.name not in _TITLED:
        if call.id or call.title:
            note(call.line, f"{call.name} takes no id and no title; leave the name alone")
        return
    if extra:
        note(call.line, f'too many words; write {call.name} an-id "A title" and then key=value')
    if not ID.fullmatch(call.id):
        note(
            call.line,
            f"bad id {call.id!r}; give the {call.name} one of 1 to 40 characters a-z, 0-9 and -",
        )
    if not call.title:
        note(call.line, f"this {call.name} has no title; write one in double quotes after the id")


def check_same_for_all(text: str, line: int, note: Note) -> None:
    """Titles and the like are shown where no student's values are known."""
    for _, written, _ in own_in(text):
        note(line, f"the own value {written!r} belongs in text or a command; take it out here")


def read_label(info: str, line: int, nodes: int, note: Note) -> Label | None:
    """Read what follows the backticks; notes whatever is wrong with it."""
    words = _words(info)
    if words is None or words.quoted:
        note(line, "can't read this fence; write a language, then perhaps a role and node=…")
        return None
    if not words.bare:
        note(line, "this fence names no language; write text for output, sh for commands")
        return None
    language, *rest = words.bare
    role = "".join(rest[:1])
    if len(rest) > 1 or (role and not _is_role(language, role)):
        wrong = " ".join(rest)
        note(
            line,
            f"unknown fence role {wrong!r}; a sh fence may be one of {listed(ROLES)}, "
            f"a text fence {SAID}",
        )
        return None
    allowed = _FENCE_ATTRIBUTES.get(role, ()) if language == "sh" else ()
    for key in words.keyed:
        if key not in allowed:
            takes = listed(allowed) if allowed else "none"
            note(line, f"unknown attribute {key!r} here; this fence takes {takes}")
    node = read_node(words.keyed.get("node", ""), line, nodes, note) if "node" in allowed else ""
    unknown = tuple(filter(None, words.keyed.get("unknown", "").split(",")))
    return Label(language, role, node, unknown)


def read_node(node: str, line: int, nodes: int, note: Note) -> str:
    """The node's name, or nothing where none is given or there is no such node."""
    if not node or node in NODES[:nodes]:
        return node
    there = listed(NODES[:nodes])
    note(line, f"this lesson has no node {node!r}; use {there}, or raise nodes: at the top")
    return ""


def _is_role(language: str, role: str) -> bool:
    return role in ROLES if language == "sh" else (language, role) == ("text", SAID)


def listed(names: Iterable[str], last: str = ",") -> str:
    """``a, b, c``, or ``a, b or c``."""
    *some, end = names
    joint = ", " if last == "," else f" {last} "
    return joint.join([", ".join(some), end]) if some else end
