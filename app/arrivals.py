"""When students first came to their lessons, as far as this process has seen it."""

from __future__ import annotations

import time
from collections import OrderedDict


class Arrivals:
    """Remembers the last so many pages that were opened."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seconds: OrderedDict[tuple[str, str], float] = OrderedDict()

    def note(self, student: str, slug: str) -> None:
        """The student has opened the lesson's page; a reload is no new beginning."""
        self._seconds.setdefault((student, slug), time.time())
        while len(self._seconds) > self._most:
            self._seconds.popitem(last=False)

    def of(self, student: str) -> list[tuple[float, str]]:
        """When the student came to which lesson, earliest first."""
        rows = ((at, slug) for (who, slug), at in self._seconds.items() if who == student)
        return sorted(rows)

    def since(self, student: str, slug: str) -> float:
        """The second (since 1970) of it, or 0 where nobody knows any more."""
        return self._seconds.get((student, slug), 0)
