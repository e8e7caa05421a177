"""What can be taught but is not good yet: order, images, drawings, words, the notes' coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.lessons.lint.course_file import read_course_file
from app.lessons.lint.coverage import uncovered
from app.lessons.lint.drawings import drawing_problems
from app.lessons.lint.images import image_problems
from app.lessons.lint.order import order_problems
from app.lessons.lint.words import word_problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.lessons.lint.source import Source
    from app.lessons.model import Finding


def lint(content_dir: Path, shown: str, sources: list[Source]) -> Iterator[Finding]:
    """``shown`` is the folder as findings name it."""
    course_file, findings = read_course_file(content_dir, shown)
    yield from findings
    yield from order_problems(sources, complete=course_file.complete)
    for source in sources:
        yield from image_problems(source)
        yield from drawing_problems(source)
        yield from word_problems(source, course_file)
    yield from uncovered(content_dir, shown, sources, complete=course_file.complete)
