"""Walks through a lesson or a directive: what to show, what to keep back, what opens next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.lessons.directives import ROLES, Call, Label, Note, read_call, read_label
from app.lessons.highlight import LANGUAGES, OUTPUT, code_html, command_html
from app.lessons.render import Directive, Fence, Page, Text

Where = Literal["lesson", "step", "hint", "mistake"]


@dataclass(frozen=True, slots=True)
class Context:
    """What the readers of one lesson share."""

    page: Page
    nodes: int
    note: Note


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


def parts(context: Context, body: str, first_line: int, where: Where) -> Iterator[Part]:
    """The parts of ``body`` in reading order; what can't be read is noted and left out."""
    for piece in context.page.pieces(body, first_line):
        if isinstance(piece, Text):
            yield Shown(piece.html)
        elif isinstance(piece, Fence):
            yield from _fence(context, piece, where)
        elif call := read_call(piece.info, piece.line, context.note):
            if piece.closed:
                yield Opened(call, piece)
                continue
            context.note(
                piece.line,
                f"this {call.name} is never closed; end it with as many colons as opened it, "
                "and give the directive around it more colons",
            )


def _fence(context: Context, fence: Fence, where: Where) -> Iterator[Part]:
    note = context.note
    label = read_label(fence.info, fence.line, context.nodes, note)
    if label is None:
        return
    if label.language not in LANGUAGES and label.language != OUTPUT:
        known = ", ".join((OUTPUT, *LANGUAGES))
        note(fence.line, f"unknown language {label.language!r}; use one of {known}")
    elif not label.role:
        yield Shown(code_html(fence.text, label.language))
    elif ROLES[label.role] != where:
        note(fence.line, f"a {label.role} fence belongs in a {ROLES[label.role]}; move it there")
    elif not fence.text.strip():
        note(fence.line, f"this {label.role} fence is empty; fill it or take it out")
    else:
        if label.role == "run":
            yield Shown(command_html(fence.text.strip("\n"), label.node))
        yield Kept(fence, label)
