"""From a ``step`` directive to a Step: what is shown, and what is kept back."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import cast

from app.lessons.directives import Call, read_node
from app.lessons.highlight import command_html
from app.lessons.mistakes import inner, read_mistake, refuse
from app.lessons.model import NODE, Line, Mistake, Prose, Quiz, Script, Step, StepKind
from app.lessons.parts import Context, Kept, Opened, Shown, parts
from app.lessons.quizzes import read_quiz
from app.lessons.render import Directive
from app.lessons.scripts import one_script, scripts, typed

_LINES = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?")


@dataclass(slots=True)
class Draft:
    """What stands in a step, before anybody asks whether that makes sense."""

    call: Call
    node: str
    body: list[Prose | Quiz] = field(default_factory=list)
    fences: dict[str, list[Kept]] = field(default_factory=lambda: defaultdict(list))
    hints: list[tuple[str, Directive]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.call.attributes.get("kind", "run")

    def line_of(self, role: str) -> int:
        return self.fences[role][0].fence.line


def read_step(context: Context, call: Call, directive: Directive) -> tuple[Step, Draft]:
    """Read one step; its rules are for ``step_rules`` to keep."""
    draft = _gather(context, call, directive)
    check = one_script(draft.fences["check"], context.note)
    step = Step(
        id=call.id,
        kind=cast("StepKind", draft.kind),
        title=call.title,
        body=tuple(draft.body),
        check=check.text if check else "",
        node=check.node if check else draft.node,
        solution=typed(draft.fences["solution"] or draft.fences["run"]),
        hints=tuple(hint for hint, _ in draft.hints),
        mistakes=tuple(draft.mistakes),
        line=call.line,
        answer_label=call.attributes.get("answer-label", ""),
        answer=one_script(draft.fences["answer"], context.note),
        setup=scripts(draft.fences["setup"], context.note),
        also=tuple(typed([kept]) for kept in draft.fences["also"]),
        undo=scripts(draft.fences["undo"], context.note),
        unchecked=call.attributes.get("unchecked", ""),
        notes=_notes(context, call),
        runs=tuple(
            Script(kept.fence.text.strip("\n"), kept.label.node) for kept in draft.fences["run"]
        ),
        commands=_html(draft.fences["run"]),
        solution_html=_html(draft.fences["solution"], stop=True),
    )
    return step, draft


def commands(step: Step) -> tuple[Line, ...]:
    """Everything that a student might type to do the step."""
    return tuple(line for way in (step.solution, *step.also) for line in way)


def _gather(context: Context, call: Call, directive: Directive) -> Draft:
    node = read_node(call.attributes.get("node", ""), call.line, context.nodes, context.note)
    draft = Draft(call, node or NODE)
    for part in parts(context, directive.body, directive.line + 1, "step", draft.node):
        match part:
            case Shown(html):
                _show(draft, html)
            case Kept(_, label):
                draft.fences[label.role].append(part)
            case Opened(inside, piece) if inside.name == "hint":
                draft.hints.append((_hint(context, piece), piece))
            case Opened(inside, piece) if inside.name == "mistake":
                draft.mistakes.append(read_mistake(context, inside, piece, draft.node))
            case Opened(inside, piece) if inside.name == "predict":
                if draft.fences["run"]:
                    context.note(
                        inside.line, "a prediction comes first; move it above the commands"
                    )
                draft.body.append(read_quiz(context, inside, piece))
            case Opened():
                refuse(context, part, "step")
    return draft


def _html(fences: list[Kept], *, stop: bool = False) -> tuple[str, ...]:
    return tuple(
        command_html(kept.fence.text.strip("\n"), kept.label.node, stop=stop) for kept in fences
    )


def _show(draft: Draft, html: str) -> None:
    last = draft.body[-1] if draft.body else None
    if isinstance(last, Prose):
        draft.body[-1] = Prose(last.html + html)
    else:
        draft.body.append(Prose(html))


def _hint(context: Context, piece: Directive) -> str:
    html, _ = inner(context, piece, "hint")
    if not html.strip():
        context.note(piece.line, "this hint is empty; write it or take it out")
    return html


def _notes(context: Context, call: Call) -> tuple[int, ...]:
    """The lines that ``8-12,15`` names."""
    found: set[int] = set()
    written = call.attributes.get("notes")
    for part in written.split(",") if written is not None else ():
        if match := _LINES.fullmatch(part.strip()):
            first, last = int(match[1]), int(match[2] or match[1])
            found.update(range(first, last + 1))
            if first <= last:
                continue
        context.note(call.line, f"can't read {part!r} in notes=; write lines as in notes=8-12,15")
    return tuple(sorted(found))
