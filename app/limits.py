"""Counts what a student asks for, so that nobody asks for more than a person would."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from app.errors import TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE_S = 60
MAX_COUNTED_STUDENTS = 2000


class PerMinute:
    """``what`` names what is counted, in the plural, for the sentence of the refusal.

    Time is the monotonic clock's, so that setting the machine's clock refuses nobody.
    """

    def __init__(self, most: int, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._what = what
        self._clock = clock
        self._asked: dict[str, deque[float]] = {}

    def __len__(self) -> int:
        """Students who are remembered."""
        return len(self._asked)

    def count(self, student: str) -> None:
        """Raises ``TooManyRequests`` once the student has had ``most`` within a minute."""
        now = self._clock()
        if len(self._asked) > MAX_COUNTED_STUDENTS:
            self._asked = {who: when for who, when in self._asked.items() if _recent(when, now)}
        asked = self._asked.setdefault(student, deque())
        while asked and asked[0] < now - MINUTE_S:
            asked.popleft()
        if len(asked) >= self._most:
            raise TooManyRequests(
                f"That was a lot of {self._what}.", "Wait a minute and try again."
            )
        asked.append(now)


def _recent(asked: deque[float], now: float) -> bool:
    return bool(asked) and asked[-1] > now - MINUTE_S
