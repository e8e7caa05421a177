"""Markdown that we write: code that can't end its own fence, and links that lead to the site."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.lessons.links import lesson_path
from app.lessons.own_values import in_words
from app.lessons.own_words import ENGLISH

if TYPE_CHECKING:
    from app.lessons.own_words import Words

_RUNS = re.compile(r"`{3,}")
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def fenced(code: str, language: str = "sh") -> str:
    """A fence that is longer than any in the code."""
    longest = max((len(run) for run in _RUNS.findall(code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def at_home(text: str, slug: str, site: str, words: Words = ENGLISH) -> str:
    """A lesson's Markdown for somewhere else: whole addresses, and words for own values."""

    def lead(link: re.Match[str]) -> str:
        image, said, href = link.groups()
        if href.startswith(("https://", "http://")):
            return link[0]
        path = f"/lessons/{slug}/{href}" if image else lesson_path(href, slug)
        return f"{image}[{said}]({site}{path})"

    return _LINK.sub(lead, in_words(text, words))
