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
            if not self._open[student]:
                del self._open[student]
            self.note(student, nodes)

    def note(self, student: str, nodes: int) -> None:
        """A page has just asked for so many, or was closed."""
        now = time.monotonic()
        # The latest last, so that strangers who came and went are forgotten without a search.
        mine = self._lately.pop(student, {})
        self._lately[student] = {**mine, nodes: now}
        while self._is_over(oldest := next(iter(self._lately)), now):
            del self._lately[oldest]

    def is_spare(self, student: str, node: str) -> bool:
        """Whether no page of the student's needs that node."""
        return int(node.removeprefix("node")) > self.of(student)

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

    @property
    def remembered(self) -> int:
        """Students of whom anything is known."""
        return len({*self._open, *self._lately})

    def _is_over(self, student: str, now: float) -> bool:
        return max(self._lately[student].values()) + self._spare_s <= now
