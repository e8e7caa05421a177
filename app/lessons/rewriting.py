"""A change to all HTML of a lesson, made once everything is known that its pages need."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.lessons.model import Prose, Quiz

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.lessons.model import Block, Lesson, Step

    Change = Callable[[str], str]


def rewritten(lesson: Lesson, change: Change) -> Lesson:
    """The lesson with every piece of HTML as ``change`` makes it."""
    return replace(
        lesson,
        blocks=tuple(_block(block, change) for block in lesson.blocks),
        closing=replace(lesson.closing, html=change(lesson.closing.html)),
    )


def _block(block: Block, change: Change) -> Block:
    if isinstance(block, Prose | Quiz):
        return _part(block, change)
    return _step(block, change)


def _part(part: Prose | Quiz, change: Change) -> Prose | Quiz:
    if isinstance(part, Prose):
        return Prose(change(part.html))
    options = tuple(
        replace(it, html=change(it.html), explanation=change(it.explanation)) for it in part.options
    )
    return replace(part, html=change(part.html), options=options)


def _step(step: Step, change: Change) -> Step:
    return replace(
        step,
        body=tuple(_part(part, change) for part in step.body),
        hints=tuple(map(change, step.hints)),
        mistakes=tuple(replace(it, html=change(it.html)) for it in step.mistakes),
        commands=tuple(map(change, step.commands)),
        solution_html=tuple(map(change, step.solution_html)),
    )
