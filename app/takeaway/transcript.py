"""The transcript: what a student did, lesson by lesson, as far as anybody remembers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from app.takeaway.markdown import fenced
from app.terminals.commands import entered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from app.lessons.model import Course, Lesson
    from app.progress.store import Progress
    from app.terminals.recording import Recording

MAX_COMMANDS = 2000
NOWHERE = "Before any lesson"

Kind = Literal["command", "step", "right", "wrong"]


@dataclass(frozen=True, slots=True)
class Event:
    """``text`` is the command, or the title of the step or quiz; a command has a node, and a status
    once it has ended.
    """

    at: datetime
    kind: Kind
    text: str
    lesson: str = ""
    node: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """What was done in one lesson, in order; without a lesson, before any was opened."""

    lesson: Lesson | None
    events: tuple[Event, ...]

    @property
    def title(self) -> str:
        return f"{self.lesson.number}. {self.lesson.title}" if self.lesson else NOWHERE


def transcript(
    course: Course,
    progress: Progress,
    arrivals: Sequence[tuple[float, str]],
    recordings: Iterable[tuple[str, Recording]],
) -> list[Section]:
    """In the order of the course; lessons in which nothing was done are left out.

    Nobody notes which lesson a command is for: it belongs to the step that is done next, or, where
    another lesson is opened first, or nothing more is done, to the lesson that was at hand.
    """
    done = list(_done(course, progress))
    opened = [(_when(at), slug, False) for at, slug in arrivals]
    signs = sorted([*((it.at, it.lesson, it.kind == "step") for it in done), *opened])
    commands = sorted(_commands(recordings), key=lambda it: it.at)[-MAX_COMMANDS:]
    by_lesson: dict[str, list[Event]] = {}
    for event in [*done, *commands]:
        slug = event.lesson or _lesson_at(event.at, signs)
        by_lesson.setdefault(slug, []).append(event)
    return [
        Section(lesson, tuple(sorted(events, key=lambda it: it.at)))
        for lesson in (None, *course.lessons)
        if (events := by_lesson.get(lesson.slug if lesson else ""))
    ]


def _done(course: Course, progress: Progress) -> Iterator[Event]:
    """Steps and quizzes that the course still has."""
    for lesson in course.lessons:
        for step in lesson.steps:
            if at := progress.done_at.get((lesson.slug, step.id)):
                yield Event(at, "step", step.title, lesson.slug)
            for quiz in step.predictions:
                yield from _answer(progress, lesson, quiz.id, quiz.title)
        for quiz in lesson.quizzes:
            yield from _answer(progress, lesson, quiz.id, quiz.title)


def _answer(progress: Progress, lesson: Lesson, quiz: str, title: str) -> Iterator[Event]:
    if answer := progress.answered.get((lesson.slug, quiz)):
        at, right = answer
        yield Event(at, "right" if right else "wrong", title, lesson.slug)


def _commands(recordings: Iterable[tuple[str, Recording]]) -> Iterator[Event]:
    for node, recording in recordings:
        for command in entered(recording):
            yield Event(
                _when(command.at), "command", command.text, node=node, status=command.status
            )


def _lesson_at(at: datetime, signs: Sequence[tuple[datetime, str, bool]]) -> str:
    """``signs`` are in order: when, which lesson, and whether a step of it was done then."""
    following = next((sign for sign in signs if sign[0] >= at), None)
    if following and following[2]:
        return following[1]
    before = [slug for when, slug, _ in signs if when < at]
    return before[-1] if before else ""


def _when(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def as_markdown(sections: Sequence[Section]) -> str:
    parts = ["# Docker networking: what I did", f"Times are UTC. {LIMITS}"]
    if not sections:
        parts.append("Nothing yet.")
    for section in sections:
        parts.append(f"## {section.title}")
        parts += _lines(section.events)
    return "\n\n".join(parts) + "\n"


LIMITS = (
    "Commands are those of terminals that are still open, as far back as these remember; steps "
    "and answers are kept for good, each answer as it was given last."
)
_WORDS = {"step": "Done", "right": "Answered rightly", "wrong": "Answered wrongly"}


def _lines(events: Sequence[Event]) -> Iterator[str]:
    """Commands that follow each other share a fence."""
    code: list[str] = []
    for event in events:
        when = f"{event.at:%Y-%m-%d %H:%M:%S}"
        if event.kind == "command":
            status = f", status {event.status}" if event.status else ""
            code += [f"# {when} {event.node}{status}", event.text]
            continue
        if code:
            yield fenced("\n".join(code))
            code = []
        yield f"{when} **{_WORDS[event.kind]}:** {event.text}"
    if code:
        yield fenced("\n".join(code))
