"""Words that are spelled otherwise than in the rest of the course, and the heading at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.lessons.lint.course_file import CourseFile, Word
    from app.lessons.lint.source import Source
    from app.lessons.model import Finding

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_NOT_PROSE = re.compile(r"`[^`]*`|\]\([^)]*\)|https?://\S+")


def word_problems(source: Source, course_file: CourseFile) -> Iterator[Finding]:
    patterns = [(word, _pattern(word)) for word in course_file.words]
    last_heading = ""
    for number, line in prose_lines(source.text):
        if line.startswith("## "):
            last_heading = line.removeprefix("## ").strip()
        for word, pattern in patterns:
            if pattern and (found := pattern.search(line)):
                yield source.finding(number, f"write {word.right!r} for {found[0]!r}")
    lesson = source.lesson
    if lesson and lesson.steps and course_file.closing not in ("", last_heading):
        end = max(source.text.rstrip().count("\n") + 1, 1)
        yield source.finding(
            end, f"end the lesson with '## {course_file.closing}' and what is worth keeping"
        )


def prose_lines(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines outside of fences, without code in backticks and addresses."""
    fence = ""
    for number, line in enumerate(text.split("\n"), start=1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        elif mark:
            fence = mark[1]
        else:
            yield number, _NOT_PROSE.sub(" ", line)


def _pattern(word: Word) -> re.Pattern[str] | None:
    spellings = {it for wrong in word.wrong for it in (wrong, wrong[:1].upper() + wrong[1:])}
    right = {word.right, word.right[:1].upper() + word.right[1:]}
    wrong = sorted(spellings - right, key=len, reverse=True)
    if not wrong:
        return None
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, wrong))})(?![\w-])")
