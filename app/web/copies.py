"""Keeps pages as they were rendered, for whoever gets the same one: each answer with its own nonce.

What a page was made of decides whether it is the same: texts and numbers by what they are, a
student's progress by what was done, and everything else by being the very same object. So a value
that is made for one answer never finds another's page.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from app.progress.store import Progress
from app.web.compression import Seam

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_COPIES = 128

Made = tuple[Hashable, ...]


class Copies:
    """``nonce`` stands in rendered pages for that of the answer; nobody outside can guess it."""

    def __init__(self, most: int = MAX_COPIES) -> None:
        self.nonce = secrets.token_hex(16)
        self._most = most
        self._kept: OrderedDict[Made, tuple[Mapping[str, Any], Seam]] = OrderedDict()

    def take(self, name: str, values: Mapping[str, Any], render: Callable[[], str]) -> Seam:
        """The page of these values, rendered only if nobody had it lately."""
        made = (name, *((key, _identity(value)) for key, value in sorted(values.items())))
        if made in self._kept:
            self._kept.move_to_end(made)
            return self._kept[made][1]
        seam = self.fresh(render())
        # The values are kept too: another object could get the place in memory of one that is gone.
        self._kept[made] = (values, seam)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return seam

    def fresh(self, text: str) -> Seam:
        return Seam(text.encode().split(self.nonce.encode()))


def _identity(value: object) -> Hashable:
    match value:
        case None | bool() | int() | str():
            return (type(value).__name__, value)
        case Progress():
            return ("progress", value.done, frozenset(value.answers.items()))
        case dict():
            return ("dict", *((key, _identity(item)) for key, item in sorted(value.items())))
        case _:
            return ("object", id(value))
