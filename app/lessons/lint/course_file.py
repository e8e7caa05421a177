"""``content/course.toml``: the words of the course, and what every lesson ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.lessons.model import Finding
from app.lessons.toml_file import read_toml

if TYPE_CHECKING:
    from pathlib import Path

NAME = "course.toml"
_KEYS = ("closing", "complete", "word")


@dataclass(frozen=True, slots=True)
class Word:
    """The one right spelling, and wrong ones: each is searched for as it stands here, and with a
    capital at its beginning.
    """

    right: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CourseFile:
    """``closing`` is the heading that every lesson with steps ends with; empty: none has to.

    ``complete`` says that all lessons are there, so that the notes can be held against them.
    """

    closing: str = ""
    complete: bool = False
    words: tuple[Word, ...] = ()


def read_course_file(content_dir: Path, shown: str) -> tuple[CourseFile, list[Finding]]:
    """Nothing is asked of a course without the file."""
    path, shown = content_dir / NAME, f"{shown}/{NAME}"
    if not path.exists():
        return CourseFile(), []
    found, problems = read_toml(path, shown)
    if problems:
        return CourseFile(), problems
    problems = [
        Finding(shown, 1, f"unknown key {key!r}; the keys are {', '.join(_KEYS)}")
        for key in found
        if key not in _KEYS
    ]
    words = []
    rows = found.get("word", [])
    for row in rows if isinstance(rows, list) else [rows]:
        if word := _word(row):
            words.append(word)
        else:
            wanted = 'a word has right = "…" and wrong = ["…"]'
            problems.append(Finding(shown, 1, f"can't read {row!r}; {wanted}"))
    closing, complete = found.get("closing", ""), found.get("complete", False)
    return CourseFile(str(closing), bool(complete), tuple(words)), problems


def _word(row: Any) -> Word | None:  # noqa: ANN401 - whatever the file holds
    match row:
        case {"right": str(right), "wrong": [*wrong]} if right and all(
            isinstance(it, str) and it for it in wrong
        ):
            return Word(right, tuple(map(str, wrong)))
    return None
