"""Walks through a lesson or a directive: what to show, what to keep back, what opens next."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from app.lessons.directives import (
    ROLES,
    TYPED,
    Call,
    Label,
    Note,
    listed,
    read_call,
    read_label,
)
from app.lessons.highlight import LANGUAGES, OUTPUT, OWN, code_html, command_html
from app.lessons.model import NODE
from app.lessons.own_values import made_too_late, own_in, taken_out
from app.lessons.render import Directive, Fence, Page, Text
from app.lessons.shell import syntax_error

COMMANDS = ("run", "solution", "also", "setup", "undo")
"""The roles of fences that are run and meant to succeed."""
SLOT = "\x00"
"""Where commands of the original go into a translation; no lesson can hold that character."""
OWN_WORD = "OWN"
Where = Literal["lesson", "step", "hint", "mistake"]


@dataclass(frozen=True, slots=True)
class Command:
    """One line that is run on a node, with a word for each own value of the student's; ``unknown``
    are images that are meant not to be there.
    """

    line: int
    text: str
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What the readers of one lesson share."""

    page: Page
    nodes: int
    note: Note
    commands: list[Command] = field(default_factory=list)
    translated: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """HTML for the page."""

    html: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A fence with a role; only a ``run`` fence is shown as well."""

    fence: Fence
    label: Label


@dataclass(frozen=True, slots=True)
class Opened:
    """A directive whose opening line makes sense."""

    call: Call
    directive: Directive


Part = Shown | Kept | Opened


def parts(
    context: Context, body: str, first_line: int, where: Where, node: str = NODE
) -> Iterator[Part]:
    """The parts of ``body`` in reading order; what can't be read is noted and left out.

    ``node`` is where the commands of fences go that name none.
    """
    for piece in context.page.pieces(body, first_line):
        if isinstance(piece, Text):
            yield Shown(piece.html)
        elif isinstance(piece, Fence):
            yield from _fence(context, piece, where, node)
        elif call := read_call(piece.info, piece.line, context.note):
            if piece.closed:
                yield Opened(call, piece)
                continue
            context.note(
                piece.line,
                f"this {call.name} is never closed; end it with as many colons as opened it, "
                "and give the directive around it more colons",
            )


def _fence(context: Context, fence: Fence, where: Where, node: str) -> Iterator[Part]:
    note = context.note
    label = read_label(fence.info, fence.line, context.nodes, note)
    if label is None:
        return
    if label.language not in LANGUAGES and label.language != OUTPUT:
        known = ", ".join((OUTPUT, *LANGUAGES))
        note(fence.line, f"unknown language {label.language!r}; use one of {known}")
    elif not label.role:
        if label.language in OWN:
            context.page.check_own(fence.text, fence.line + 1)
        yield Shown(code_html(fence.text, label.language))
    elif where not in (places := ROLES.get(label.role, ("mistake",))):
        note(fence.line, f"a {label.role} fence belongs in a {listed(places, 'or')}; move it there")
    elif context.translated:
        yield from _slot(context, fence, label)
    else:
        yield from _kept(context, fence, replace(label, node=label.node or node))


def _kept(context: Context, fence: Fence, label: Label) -> Iterator[Part]:
    if not fence.text.strip():
        context.note(fence.line, f"this {label.role} fence is empty; fill it or take it out")
        return
    if label.role == "run":
        yield Shown(command_html(fence.text.strip("\n"), label.node))
    if label.role in TYPED:
        context.page.check_own(fence.text, fence.line + 1)
        for offset, message in made_too_late(fence.text):
            context.note(fence.line + 1 + offset, message)
    else:
        _refuse_own(fence, context.note)
    if label.role in ROLES and label.role not in TYPED:
        _check_syntax(fence, context.note)
    if label.role in COMMANDS:
        text, _ = taken_out(fence.text, mark=OWN_WORD)
        for number, line in enumerate(text.split("\n"), start=fence.line + 1):
            context.commands.append(Command(number, line, label.unknown))
    yield Kept(fence, label)


def _slot(context: Context, fence: Fence, label: Label) -> Iterator[Part]:
    """In a translation a fence only says where the original's commands go."""
    if label.role == "run":
        yield Shown(SLOT)
    else:
        context.note(fence.line, f"{label.role} fences come from lesson.md; take this one out")


def _refuse_own(fence: Fence, note: Note) -> None:
    """What is run as a whole has functions that ask the node itself, and no page to fill it."""
    for at, written, _ in own_in(fence.text):
        note(
            fence.line + 1 + fence.text.count("\n", 0, at),
            f"the own value {written!r} is for text and for commands that are typed; ask the node "
            "here, as in $(ip_on web dev) or $(hport web 80)",
        )


def _check_syntax(fence: Fence, note: Note) -> None:
    if wrong := syntax_error(fence.text):
        line, said = wrong
        inside = min(line, fence.text.count("\n") or 1)
        note(fence.line + inside, f"sh can't read this: {said}")
