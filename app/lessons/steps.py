"""From a ``step`` directive to a Step: what is shown, what is kept back, and the rules for both."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import cast

from app.lessons.directives import KINDS, Call, Note
from app.lessons.model import Mistake, Step, StepKind
from app.lessons.parts import Context, Kept, Opened, Shown, Where, parts
from app.lessons.render import Directive, Fence
from app.lessons.shell import syntax_error

_TELLING_WORDS = 3
"""A hint may name a command as short as ``docker ps``; with this many words it is the answer."""


@dataclass(slots=True)
class _Draft:
    call: Call
    html: str = ""
    fences: dict[str, list[Kept]] = field(default_factory=lambda: defaultdict(list))
    hints: list[tuple[str, Directive]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.call.attributes.get("kind", "run")

    def line_of(self, role: str) -> int:
        return self.fences[role][0].fence.line


def read_step(context: Context, call: Call, directive: Directive) -> Step:
    """Read one step; whatever breaks a rule is noted, and the step is then not to be used."""
    note = context.note
    draft = _gather(context, call, directive)
    check = _one_script(draft, "check", note)
    answer = _one_script(draft, "answer", note)
    _check_kind(draft, check, note)
    lines = _solution(draft, note)
    _check_hints(draft, [text for _, text in lines], note)
    return Step(
        id=call.id,
        kind=cast("StepKind", draft.kind),
        title=call.title,
        html=draft.html,
        check=check,
        solution=tuple(text for _, text in lines),
        solution_nodes=tuple(node for node, _ in lines),
        hints=tuple(hint for hint, _ in draft.hints),
        mistakes=tuple(draft.mistakes),
        line=call.line,
        answer_label=call.attributes.get("answer-label", ""),
        answer=answer,
    )


def _gather(context: Context, call: Call, directive: Directive) -> _Draft:
    draft = _Draft(call)
    for part in parts(context, directive.body, directive.line + 1, "step"):
        match part:
            case Shown(html):
                draft.html += html
            case Kept(_, label):
                draft.fences[label.role].append(part)
            case Opened(inside, piece) if inside.name == "hint":
                draft.hints.append((_hint(context, piece), piece))
            case Opened(inside, piece) if inside.name == "mistake":
                draft.mistakes.append(_mistake(context, piece))
            case Opened():
                _refuse(context, part, "step")
    return draft


def _one_script(draft: _Draft, role: str, note: Note) -> str:
    fences = draft.fences[role]
    for second in fences[1:]:
        note(second.fence.line, f"a second {role} fence in one step; join them with &&")
    if not fences:
        return ""
    _check_syntax(fences[0].fence, note)
    return fences[0].fence.text.strip("\n")


def _check_syntax(fence: Fence, note: Note) -> None:
    if wrong := syntax_error(fence.text):
        line, said = wrong
        inside = min(line, fence.text.count("\n") or 1)
        note(fence.line + inside, f"sh can't read this: {said}")


def _check_kind(draft: _Draft, check: str, note: Note) -> None:
    line = draft.call.line
    if draft.kind not in KINDS:
        note(line, f"unknown kind {draft.kind!r}; use one of {', '.join(KINDS)}")
        return
    if not draft.fences["check"]:
        note(line, f"step {draft.call.id!r} has no check; add a ```sh check fence")
    if draft.kind == "input":
        _check_input(draft, check, note)
        return
    if "answer-label" in draft.call.attributes:
        note(line, "only kind=input has an answer-label; set the kind or drop the label")
    for kept in draft.fences["answer"]:
        note(kept.fence.line, "only kind=input has an answer; set the kind or drop the fence")
    if draft.kind == "challenge":
        for kept in draft.fences["run"]:
            note(kept.fence.line, "a challenge shows no command; make this fence a solution")


def _check_input(draft: _Draft, check: str, note: Note) -> None:
    line = draft.call.line
    if not draft.call.attributes.get("answer-label"):
        note(line, 'an input step needs answer-label="…", the words beside its box')
    if not draft.fences["answer"]:
        note(line, "an input step needs a ```sh answer fence that prints the right answer")
    if check and "ANSWER" not in check:
        note(draft.line_of("check"), "this check never looks at $ANSWER; compare it")


def _solution(draft: _Draft, note: Note) -> list[tuple[str, str]]:
    """The node and the text of every line to type."""
    fences = draft.fences["solution"] or draft.fences["run"]
    if not fences:
        note(
            draft.call.line,
            f"step {draft.call.id!r} has no solution; show a ```sh run fence or add a hidden "
            "```sh solution fence",
        )
    return [
        (kept.label.node, line)
        for kept in fences
        for line in kept.fence.text.strip("\n").split("\n")
    ]


def _check_hints(draft: _Draft, solution: list[str], note: Note) -> None:
    commands = [" ".join(line.split()) for line in solution]
    telling = [command for command in commands if len(command.split()) >= _TELLING_WORDS]
    for _, directive in draft.hints:
        for offset, line in enumerate(directive.body.split("\n"), start=1):
            flat = " ".join(line.split())
            if any(command in flat for command in telling):
                note(
                    directive.line + offset,
                    "this hint gives the command away; say what to look at or think of instead",
                )


def _hint(context: Context, piece: Directive) -> str:
    html, _ = _inner(context, piece, "hint")
    if not html.strip():
        context.note(piece.line, "this hint is empty; write it or take it out")
    return html


def _mistake(context: Context, piece: Directive) -> Mistake:
    html, kept = _inner(context, piece, "mistake")
    if len(kept) != 1:
        context.note(piece.line, "a mistake needs exactly one ```sh when fence that recognises it")
    for fence in kept:
        _check_syntax(fence, context.note)
    if not html.strip():
        context.note(piece.line, "this mistake says nothing; write what to do about it")
    return Mistake("".join(fence.text.strip("\n") for fence in kept[:1]), html)


def _inner(context: Context, piece: Directive, where: Where) -> tuple[str, list[Fence]]:
    """The HTML of a hint or a mistake, and its tests; it holds no further directives."""
    html = ""
    kept: list[Fence] = []
    for part in parts(context, piece.body, piece.line + 1, where):
        match part:
            case Shown(shown):
                html += shown
            case Kept(fence, _):
                kept.append(fence)
            case Opened():
                _refuse(context, part, where)
    return html, kept


def _refuse(context: Context, opened: Opened, where: Where) -> None:
    call = opened.call
    context.note(call.line, f"a {call.name} can't stand inside a {where}; close the {where} first")
