"""Finds words in all lessons: SQLite's full-text index (FTS5), made in memory from the course."""

from __future__ import annotations

import re
import sqlite3
import threading
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from app.lessons.model import Quiz, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.lessons.model import Block, Course, Lesson

MAX_QUERY_CHARACTERS = 100
MAX_WORDS = 8
MAX_RESULTS = 20
EXCERPT_TOKENS = 24
# Private-use characters: no lesson has them, so what they enclose can be told from the text.
OPEN, CLOSE = "\ue000", "\ue001"
BLOCKS = frozenset({"p", "li", "pre", "h2", "h3", "h4", "td", "th", "blockquote", "div", "br"})
# bm25's weight of a match in the lesson's title, in the part's title, and in the text.
RANK = "bm25(parts, 0, 0, 6, 4, 1)"


@dataclass(frozen=True, slots=True)
class Found:
    """One part of a lesson; ``excerpt`` is text in pieces, each with whether it matches."""

    slug: str
    anchor: str
    lesson: str
    title: str
    excerpt: tuple[tuple[str, bool], ...]


class Search:
    """``find`` may be called from any thread."""

    def __init__(self, course: Course) -> None:
        self._lock = threading.Lock()
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        self._index.execute(
            "create virtual table parts using fts5("
            "slug unindexed, anchor unindexed, lesson, title, text, tokenize='porter unicode61')"
        )
        rows = [row for lesson in course.lessons for row in _parts(lesson)]
        self._index.executemany("insert into parts values (?, ?, ?, ?, ?)", rows)

    def find(self, query: str) -> list[Found]:
        """The best parts first; a word that is being typed matches what it begins."""
        words = re.findall(r"\w+", query[:MAX_QUERY_CHARACTERS])[:MAX_WORDS]
        if not words:
            return []
        wanted = " ".join(f'"{word}"*' for word in words)
        snippet = f"snippet(parts, 4, '{OPEN}', '{CLOSE}', '…', {EXCERPT_TOKENS})"
        with self._lock:
            rows = self._index.execute(
                f"select slug, anchor, lesson, title, {snippet} from parts "  # noqa: S608 - ours
                f"where parts match ? order by {RANK} limit {MAX_RESULTS}",
                (wanted,),
            ).fetchall()
        return [
            Found(slug, anchor, lesson, title, _pieces(excerpt))
            for slug, anchor, lesson, title, excerpt in rows
        ]

    def close(self) -> None:
        self._index.close()


def _parts(lesson: Lesson) -> Iterator[tuple[str, str, str, str, str]]:
    """Prose belongs to the step or quiz before it: nobody wants to find one place twice."""
    texts = {"": (lesson.title, [lesson.summary])}
    anchor = ""
    for block in lesson.blocks:
        if isinstance(block, Step | Quiz):
            anchor = block.anchor
            texts[anchor] = (block.title, [])
        texts[anchor][1].append(_text(block))
    for anchor, (title, parts) in texts.items():
        yield lesson.slug, anchor, lesson.title, title, " ".join(parts)


def _text(block: Block) -> str:
    """What a reader sees without opening anything: no hints, no answers."""
    parts = [block.html]
    if isinstance(block, Quiz):
        parts += [option.html for option in block.options]
    reader = _Reader()
    for html in parts:
        reader.feed(html)
        reader.words.append(" ")
    reader.close()
    return " ".join("".join(reader.words).split())


def _pieces(snippet: str) -> tuple[tuple[str, bool], ...]:
    pieces = re.split(f"([{OPEN}{CLOSE}])", snippet)
    marked, found = False, []
    for piece in pieces:
        if piece in (OPEN, CLOSE):
            marked = piece == OPEN
        elif piece:
            found.append((piece, marked))
    return tuple(found)


class _Reader(HTMLParser):
    """Collects the text of our own HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        if tag in BLOCKS:
            self.words.append(" ")
