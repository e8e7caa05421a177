"""Writes lessons into a fresh content folder and reads them back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.lessons.load import find_problems, load_course
from app.lessons.model import Finding, Lesson

FRONT = "---\ntitle: First\nsummary: A first lesson.\nminutes: 10\nnodes: 2\n---\n"


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty content folder, seen from the folder above it."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "content"
    folder.mkdir()
    return folder


@pytest.fixture
def write(content: Path) -> Callable[..., Path]:
    """Put one lesson into the content folder; text without front matter gets one."""

    def write(text: str | bytes, folder: str = "01-first") -> Path:
        path = content / folder / "lesson.md"
        path.parent.mkdir(exist_ok=True)
        if isinstance(text, str) and not text.startswith("---"):
            text = FRONT + text
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return content

    return write


@pytest.fixture
def read(write: Callable[..., Path]) -> Callable[[str], Lesson]:
    """The lesson a text becomes; the text must be right."""
    return lambda text: load_course(write(text)).lessons[0]


@pytest.fixture
def problems(write: Callable[..., Path]) -> Callable[[str | bytes], list[Finding]]:
    """The findings of a course that is this one lesson."""
    return lambda text: find_problems(write(text))
