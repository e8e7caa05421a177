"""The cheat sheet: what each lesson says is worth keeping, the commands it shows, what is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.lessons.own_values import in_words
from app.lessons.own_words import ENGLISH
from app.takeaway.markdown import at_home, fenced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.lessons.model import Lesson, Script, Step
    from app.lessons.own_words import Words
    from app.progress.store import Progress


@dataclass(frozen=True, slots=True)
class Met:
    """A step, and the commands in it that no step before has shown: as text, and as HTML."""

    step: Step
    done: bool
    commands: tuple[tuple[Script, str], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One lesson's."""

    lesson: Lesson
    met: tuple[Met, ...]
    done: int


def sheet(lesson: Lesson, progress: Progress) -> Sheet:
    return Sheet(lesson, tuple(_met(lesson, progress)), progress.done_count(lesson))


def _met(lesson: Lesson, progress: Progress) -> Iterator[Met]:
    """Challenges show no commands, so nothing is given away."""
    seen: set[Script] = set()
    for step in lesson.steps:
        commands = []
        for run, html in zip(step.runs, step.commands, strict=True):
            if run not in seen:
                seen.add(run)
                commands.append((run, html))
        if commands:
            yield Met(step, progress.is_done(lesson.slug, step.id), tuple(commands))


def as_markdown(sheets: Sequence[Sheet], site: str) -> str:
    """``site`` is its address, for links back."""
    return "\n".join(["# Docker networking: cheat sheet", *(_lesson(it, site) for it in sheets)])


def _lesson(sheet: Sheet, site: str) -> str:
    lesson = sheet.lesson
    words = lesson.words or ENGLISH
    parts = [
        f"\n## {lesson.number}. [{lesson.title}]({site}/lessons/{lesson.slug})",
        lesson.summary,
    ]
    if lesson.steps:
        parts.append(f"{sheet.done} of {len(lesson.steps)} steps done.")
    if lesson.closing.markdown:
        kept = at_home(lesson.closing.markdown, lesson.slug, site, words)
        parts += ["### What to keep", kept]
    if sheet.met:
        parts.append("### Commands")
    for met in sheet.met:
        mark = "x" if met.done else " "
        parts.append(f"- [{mark}] {met.step.title}")
        parts.append(fenced("\n".join(_lines(met, words, several=lesson.nodes > 1))))
    return "\n\n".join(parts) + "\n"


def _lines(met: Met, words: Words, *, several: bool) -> Iterator[str]:
    """With the node, where there are several, as often as it changes."""
    node = ""
    for run, _ in met.commands:
        if several and run.node != node:
            node = run.node
            yield f"# {node}"
        yield in_words(run.text, words)
