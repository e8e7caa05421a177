"""From a ``quiz`` or ``predict`` directive to a Quiz: a question, and options with reasons."""

from app.lessons.directives import Call
from app.lessons.model import Option, Quiz
from app.lessons.parts import Context
from app.lessons.render import Choice, Directive

_FEWEST_OPTIONS = 2


def read_quiz(context: Context, call: Call, directive: Directive) -> Quiz:
    """Read one quiz; whatever breaks a rule is noted, and the quiz is then not to be used."""
    note = context.note
    question, choices = context.page.choices(directive.body, directive.line + 1)
    for choice in choices:
        _check_choice(context, choice)
    if len(choices) < _FEWEST_OPTIONS:
        note(
            call.line,
            f"{call.name} {call.id!r} needs at least {_FEWEST_OPTIONS} options; end it with a list "
            "of - [ ] and - [x] items",
        )
    elif sum(choice.right is True for choice in choices) != 1:
        note(
            call.line,
            f"{call.name} {call.id!r} needs exactly one right option; mark it with - [x]",
        )
    options = tuple(
        Option(choice.html, choice.right is True, choice.explanation) for choice in choices
    )
    recall = call.attributes.get("recall", "")
    return Quiz(call.id, call.title, question, options, call.line, recall)


def _check_choice(context: Context, choice: Choice) -> None:
    if choice.right is None:
        context.note(choice.line, "this option has no mark; begin it with [ ] or, if right, [x]")
    elif not choice.html:
        context.note(choice.line, "this option is empty; write it after the mark")
    if not choice.explanation:
        context.note(
            choice.line, "this option is not explained; say why below it, in a > block quote"
        )
