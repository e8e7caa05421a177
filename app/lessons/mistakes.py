"""From a ``mistake`` directive to a Mistake: how it is recognised, how it is made, what to say."""

import subprocess
from collections import defaultdict

from app.lessons.directives import SAID, Call
from app.lessons.model import Mistake
from app.lessons.parts import Context, Kept, Opened, Shown, Where, parts
from app.lessons.render import Directive
from app.lessons.scripts import one_script, scripts, typed

_BAD_EXPRESSION = 2
_TIMEOUT_S = 5


def read_mistake(context: Context, call: Call, piece: Directive, node: str) -> Mistake:
    """Read one mistake; whatever breaks a rule is noted."""
    note = context.note
    html, fences = inner(context, piece, "mistake", node)
    signs = [*fences["when"], *fences[SAID]]
    if len(signs) != 1:
        note(
            piece.line,
            "a mistake needs exactly one ```sh when fence that recognises it, or one ```text said",
        )
    if not html.strip():
        note(piece.line, "this mistake says nothing; write what to do about it")
    for kept in fences[SAID]:
        _check_expression(context, kept)
    tried = bool(fences["try"] or fences["answer"])
    untried = call.attributes.get("untried", "")
    if not tried and not untried.strip():
        note(
            piece.line,
            "nobody has tried this mistake; add a ```sh try fence with the commands that lead to "
            'it, or say why there is none with untried="…"',
        )
    if tried and "untried" in call.attributes:
        note(piece.line, "this mistake is tried; take untried=… out")
    return Mistake(
        when="".join(kept.fence.text.strip("\n") for kept in fences["when"][:1]),
        html=html,
        said="".join(kept.fence.text.strip("\n") for kept in fences[SAID][:1]),
        attempt=typed(fences["try"]),
        answer=one_script(fences["answer"], note),
        undo=scripts(fences["undo"], note),
        untried=untried,
        line=piece.line,
    )


def inner(
    context: Context, piece: Directive, where: Where, node: str = ""
) -> tuple[str, dict[str, list[Kept]]]:
    """The HTML of a hint or a mistake, and its fences; it holds no further directives."""
    html = ""
    fences: dict[str, list[Kept]] = defaultdict(list)
    for part in parts(context, piece.body, piece.line + 1, where, node):
        match part:
            case Shown(shown):
                html += shown
            case Kept(_, label):
                fences[label.role].append(part)
            case Opened():
                refuse(context, part, where)
    return html, fences


def refuse(context: Context, opened: Opened, where: Where) -> None:
    call = opened.call
    context.note(call.line, f"a {call.name} can't stand inside a {where}; close the {where} first")


def _check_expression(context: Context, kept: Kept) -> None:
    text = kept.fence.text.strip("\n")
    if "\n" in text:
        context.note(kept.fence.line, "write the expression on one line; it is for one line")
        return
    try:
        done = subprocess.run(
            ["grep", "-E", "-e", text],
            input=b"",
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        context.note(kept.fence.line, f"grep could not be asked: {error}")
        return
    if done.returncode == _BAD_EXPRESSION:
        said = done.stderr.decode(errors="replace").strip()
        context.note(kept.fence.line + 1, f"no extended regular expression: {said}")
