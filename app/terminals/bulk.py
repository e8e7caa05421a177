"""Tells a program that says much from one that answers keys: the first is let gather.

What gathers in the kernel is moved in larger pieces by every process on the way, which costs less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# A program that says this much in that time says more.
BULK_BYTES = 8192
WINDOW_S = 0.01
PAUSE_S = 0.002
# One that has gone on like that is a flood, of which a screen shows sixty looks a second.
FLOOD_BYTES = 131_072
FLOOD_PAUSE_S = 0.016
# Nothing for this long ends it.
LULL_S = 0.1
# Some 3 MB/s: a program goes on while nobody looks, but a flood costs little and stays longer.
UNWATCHED_PAUSE_S = 0.02
# A read that brings so much needs no gathering.
FULL_BYTES = 32_768


class Bulk:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since = clock()
        self._bytes = 0
        self._flood = 0

    def pause_s(self, count: int, *, watched: bool = True) -> float:
        """How long to wait before the next read, after one of ``count`` bytes."""
        now = self._clock()
        if now - self._since > WINDOW_S:
            if self._bytes <= BULK_BYTES or now - self._since > LULL_S:
                self._flood = 0
            self._since, self._bytes = now, 0
        self._bytes += count
        self._flood += count
        if self._bytes <= BULK_BYTES:
            return 0
        if not watched:
            return UNWATCHED_PAUSE_S
        if count >= FULL_BYTES:
            return 0
        return PAUSE_S if self._flood < FLOOD_BYTES else FLOOD_PAUSE_S
