"""Which lines of the course's notes are taught where, and which nowhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.lessons.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from app.lessons.lint.source import Source
    from app.lessons.model import Lesson

NOTES = "notes.md"
_UNDERLINE = re.compile(r"(=+|-+)\s*")


def uncovered(
    content_dir: Path, shown: str, sources: list[Source], *, complete: bool
) -> Iterator[Finding]:
    """Lines that no step names, once all lessons are there; and steps that name lines in vain."""
    notes = read_notes(content_dir)
    if notes is None:
        return
    lessons = [source.lesson for source in sources if source.lesson]
    taught = {line for lesson in lessons for step in lesson.steps for line in step.notes}
    for source in sources:
        for step in source.lesson.steps if source.lesson else ():
            beyond = [line for line in step.notes if not 1 <= line <= len(notes)]
            if beyond:
                yield source.finding(
                    step.line, f"the notes have {len(notes)} lines; mend {beyond[0]} in notes="
                )
    for line in sorted(set(with_content(notes)) - taught) if complete else ():
        yield Finding(
            f"{shown}/{NOTES}", line, f"no step covers this line; name it in one's notes={line}"
        )


def read_notes(content_dir: Path) -> list[str] | None:
    """The lines of the notes; nothing where a course has none."""
    try:
        return (content_dir / NOTES).read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, UnicodeDecodeError):
        return None


def with_content(notes: Sequence[str]) -> Iterator[int]:
    """The numbers of the lines that are to be taught: neither blank nor a heading."""
    for number, line in enumerate(notes, start=1):
        below = notes[number] if number < len(notes) else ""
        is_heading = line.startswith("#") or _UNDERLINE.fullmatch(line or " ")
        if line.strip() and not is_heading and not (below and _UNDERLINE.fullmatch(below)):
            yield number


def coverage_table(notes: Sequence[str], lessons: Sequence[Lesson]) -> str:
    """Every line of the notes and the steps that teach it, as a page of the docs."""
    wanted = set(with_content(notes))
    where: dict[int, list[str]] = {}
    for lesson in lessons:
        for step in lesson.steps:
            for line in step.notes:
                where.setdefault(line, []).append(f"{lesson.number:02} {lesson.slug}: {step.id}")
    rows = [
        f"| {number} | {_cell(text)} | {'<br>'.join(where.get(number, ['nowhere yet']))} |"
        for number, text in enumerate(notes, start=1)
        if number in wanted
    ]
    covered = len(wanted & where.keys())
    return "\n".join(
        [
            "# Where each line of the notes is taught",
            "",
            "Written by `slipway lessons coverage`; a test holds it current. Blank lines and",
            "headings of `content/notes.md` are left out.",
            "",
            f"{covered} of {len(wanted)} lines are covered.",
            "",
            "| line | the notes say | taught in |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _cell(text: str) -> str:
    return text.strip().lstrip("* ").replace("|", "\\|").replace("<", "\\<")
