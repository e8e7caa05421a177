"""What a step must have and may not have, by its kind."""

import re

from app.lessons.directives import KINDS, Note
from app.lessons.model import Step
from app.lessons.steps import Draft, commands

_TELLING_WORDS = 3
"""A hint may name a command as short as ``docker ps``; with this many words it is the answer."""
_CODE = re.compile(r"`+([^`]+)`+")
_ECHO = re.compile(r"""echo ["']?(?=.*[A-Za-z])([^"'$`\s]{3,})["']?""")
_OLDER_NAMES = {"--net": "--network", "--net-alias": "--network-alias"}


def check_step(step: Step, draft: Draft, note: Note) -> None:
    """Notes every rule that the step breaks."""
    if draft.kind not in KINDS:
        note(step.line, f"unknown kind {draft.kind!r}; use one of {', '.join(KINDS)}")
    _check_check(step, draft, note)
    _check_answer(step, draft, note)
    _check_solution(step, draft, note)
    _check_hints(step, draft, note)
    if step.kind == "fix" and not step.setup:
        note(step.line, "a fix step needs a ```sh setup fence that breaks something")
    if step.kind == "challenge":
        for kept in draft.fences["run"]:
            note(kept.fence.line, "a challenge shows no command; make this fence a solution")


def _check_check(step: Step, draft: Draft, note: Note) -> None:
    if draft.fences["check"]:
        if "unchecked" in draft.call.attributes:
            note(step.line, "this step has a check; take unchecked=… out")
    elif "unchecked" not in draft.call.attributes:
        note(
            step.line,
            f"step {step.id!r} has no check; add a ```sh check fence, or say why nobody can look "
            'with unchecked="…"',
        )
    elif not step.unchecked.strip():
        note(step.line, 'unchecked needs a reason; write unchecked="why nobody can look"')
    elif step.mistakes:
        note(step.line, "mistakes are looked for when a check fails; add a check or drop them")


def _check_answer(step: Step, draft: Draft, note: Note) -> None:
    if step.kind == "input":
        if not step.answer_label:
            note(step.line, 'an input step needs answer-label="…", the words beside its box')
        if not step.answer:
            note(step.line, "an input step needs a ```sh answer fence that prints the right answer")
        if step.unchecked:
            note(step.line, "an input step needs a check of its answer; take unchecked=… out")
        if step.check and "ANSWER" not in step.check:
            note(draft.line_of("check"), "this check never looks at $ANSWER; compare it")
        return
    if "answer-label" in draft.call.attributes:
        note(step.line, "only kind=input has an answer-label; set the kind or drop the label")
    for kept in draft.fences["answer"]:
        note(kept.fence.line, "only kind=input has an answer; set the kind or drop the fence")
    for mistake in step.mistakes:
        if mistake.answer:
            note(mistake.line, "only kind=input has answers, wrong ones too; write a ```sh try")


def _check_solution(step: Step, draft: Draft, note: Note) -> None:
    if step.kind == "fix" and draft.fences["run"] and not draft.fences["solution"]:
        note(
            draft.line_of("run"),
            "what a fix step shows only looks at the fault; add a hidden ```sh solution fence",
        )
    elif not step.solution and not step.unchecked and not (step.kind == "input" and step.answer):
        note(
            step.line,
            f"step {step.id!r} has no solution; show a ```sh run fence or add a hidden "
            "```sh solution fence",
        )


def _check_hints(step: Step, draft: Draft, note: Note) -> None:
    lines = [" ".join(line.text.split()) for line in commands(step)]
    telling = [line for line in lines if len(line.split()) >= _TELLING_WORDS]
    in_any_order = {_unordered(line) for line in telling}
    for _, directive in draft.hints:
        flat = " ".join(directive.body.split())
        told = next((it for it in telling if it in flat), "") or next(
            (it for it in _CODE.findall(flat) if _unordered(it) in in_any_order), ""
        )
        if told:
            note(
                directive.line + _line_with(told, directive.body),
                "this hint gives the command away; say what to look at or think of instead",
            )
        if found := _said_answer(step, flat):
            note(
                directive.line + _line_with(found, directive.body),
                f"this hint gives the answer {found!r} away; say where it can be read instead",
            )


def _said_answer(step: Step, hint: str) -> str:
    """The answer, where the lesson knows it beforehand and the hint says it."""
    known = _ECHO.fullmatch(step.answer.text) if step.answer else None
    if known is None:
        return ""
    found = re.search(rf"(?<![\w-]){re.escape(known[1])}(?![\w-])", hint, re.IGNORECASE)
    return found[0] if found else ""


def _unordered(command: str) -> tuple[str, ...]:
    """The same for commands whose options stand otherwise, or have their older names."""
    words = command.replace("=", " ").split()
    return tuple(sorted(_OLDER_NAMES.get(word, word) for word in words))


def _line_with(told: str, body: str) -> int:
    """The line, from 1, on which it begins."""
    before = len(" ".join(body.split()).partition(told)[0].rstrip("`").split())
    for number, line in enumerate(body.split("\n"), start=1):
        before -= len(line.split())
        if before < 0:
            return number
    return 1
