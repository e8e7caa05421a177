"""From fences with a role to what is typed into shells, and what is run as a whole."""

from collections.abc import Sequence

from app.lessons.directives import Note
from app.lessons.model import Line, Script
from app.lessons.parts import Kept


def typed(fences: Sequence[Kept]) -> tuple[Line, ...]:
    """Every line of the fences, with the node it is typed on."""
    return tuple(
        Line(line, kept.label.node)
        for kept in fences
        for line in kept.fence.text.strip("\n").split("\n")
    )


def one_script(fences: Sequence[Kept], note: Note) -> Script | None:
    """The only fence of its role."""
    for second in fences[1:]:
        note(
            second.fence.line,
            f"a second {second.label.role} fence in one place; join them with &&",
        )
    return _script(fences[0]) if fences else None


def scripts(fences: Sequence[Kept], note: Note) -> tuple[Script, ...]:
    """The only fence of its role on each node."""
    nodes: set[str] = set()
    for kept in fences:
        if kept.label.node in nodes:
            note(
                kept.fence.line,
                f"a second {kept.label.role} fence for {kept.label.node}; join the two",
            )
        nodes.add(kept.label.node)
    return tuple(map(_script, fences))


def _script(kept: Kept) -> Script:
    return Script(kept.fence.text.strip("\n"), kept.label.node)
