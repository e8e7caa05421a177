"""Links to lessons and to their parts: whether they are there, and where on a page."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from app.lessons.rewriting import rewritten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.lessons.directives import Note
    from app.lessons.model import Lesson

Anchors = Mapping[str, Mapping[str, str]]
"""By lesson: the ids that authors gave to its parts, and those that pages give them."""

MOST_GUESSES = 3
_LINK = re.compile(r"(?:[a-z0-9-]{1,40})?(?:#[a-z0-9-]{1,40})?")
_PART = r"([a-z0-9-]{1,40})?#([a-z0-9-]{1,40})"
_IN_HTML = re.compile(rf'(<a href="(?:/lessons/)?){_PART}(?=")')
_IN_MARKDOWN = re.compile(rf"(\]\(){_PART}(?=\))")


def is_lesson_link(href: str) -> bool:
    """Whether it has the form of one: ``ports``, ``ports#two-doors`` or ``#two-doors``."""
    return bool(href and _LINK.fullmatch(href))


def lesson_path(href: str, slug: str) -> str:
    """Where a lesson's link leads to: another lesson, or a part of this one."""
    return f"/lessons/{slug if href.startswith('#') else ''}{href}"


def check_links(links: Iterable[tuple[int, str]], slug: str, anchors: Anchors, note: Note) -> None:
    """Note those that lead nowhere, and what may have been meant."""
    for line, href in links:
        other, _, part = href.partition("#")
        target = other or slug
        if target not in anchors:
            note(line, f"no lesson {target!r}; {_instead(target, anchors, 'the lessons')}")
        elif part and part not in (there := anchors[target]):
            as_pages_say = [own for own, anchor in there.items() if anchor == part]
            cure = (
                f"write {as_pages_say[0]!r}" if as_pages_say else _instead(part, there, "its parts")
            )
            note(line, f"no step or quiz {part!r} in lesson {target!r}; {cure}")


def _instead(wrong: str, known: Collection[str], what: str) -> str:
    if close := get_close_matches(wrong, known, n=MOST_GUESSES):
        return f"did you mean {' or '.join(map(repr, close))}? Mend this link"
    return f"mend this link; {what} are {', '.join(known)}" if known else "take this link out"


def led(lesson: Lesson, anchors: Anchors) -> Lesson:
    """The lesson with the ids of pages in its links; what leads nowhere stays as it is."""

    def lead(link: re.Match[str]) -> str:
        before, other, part = link.groups()
        anchor = anchors.get(other or lesson.slug, {}).get(part, part)
        return f"{before}{other or ''}#{anchor}"

    closing = lesson.closing
    lesson = rewritten(lesson, lambda html: _IN_HTML.sub(lead, html))
    markdown = _IN_MARKDOWN.sub(lead, closing.markdown)
    return replace(lesson, closing=replace(lesson.closing, markdown=markdown))
