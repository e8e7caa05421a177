"""How many nodes a student's open pages need, so that those of a lesson that was left can go."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Needs:
    """A page that closes goes on needing its nodes for ``spare_s``: it may be reloaded, or come
    back to after a look elsewhere. So does every page that may have been open before this began.
    """

    def __init__(self, spare_s: float, most: int) -> None:
        self._spare_s = spare_s
        self._most = most
        self._began = time.monotonic()
        self._open: dict[str, list[int]] = {}
        self._lately: dict[str, dict[int, float]] = {}

    @contextmanager
    def page(self, student: str, nodes: int) -> Iterator[None]:
        """For as long as a page that needs so many is open."""
        self._open.setdefault(student, []).append(nodes)
        try:
            yield
        finally:
            self._open[student].remove(nodes)
            self.note(student, nodes)

    def note(self, student: str, nodes: int) -> None:
        """A page has just asked for so many, or was closed."""
        self._lately.setdefault(student, {})[nodes] = time.monotonic()

    def of(self, student: str) -> int:
        """Of who has no page open nothing is known, so all of them are needed."""
        now = time.monotonic()
        if not self._open.get(student) or now < self._began + self._spare_s:
            return self._most
        lately = [
            nodes
            for nodes, noted in self._lately.get(student, {}).items()
            if now < noted + self._spare_s
        ]
        return max(*self._open[student], *lately, 1)

    def forget(self, student: str) -> None:
        """Of somebody whose sandbox is gone."""
        self._lately.pop(student, None)
        if not self._open.get(student):
            self._open.pop(student, None)
