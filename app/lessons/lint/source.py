"""One lesson as the lint sees it: what was read of it, and the file it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.lessons.model import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from app.lessons.lesson import Reading
    from app.lessons.model import Lesson


@dataclass(frozen=True, slots=True)
class Source:
    """``shown`` is the file's path, as findings name it."""

    folder: Path
    slug: str
    shown: str
    text: str
    reading: Reading

    @property
    def lesson(self) -> Lesson | None:
        return self.reading.lesson

    def finding(self, line: int, message: str) -> Finding:
        return Finding(self.shown, line, message)
