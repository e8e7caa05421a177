"""Tells a program that says much from one that answers keys: the first is let gather."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# A program that says this much in that time says more.
BULK_BYTES = 8192
WINDOW_S = 0.01
PAUSE_S = 0.002
# Some 3 MB/s: a program goes on while nobody looks, but a flood costs little and stays longer.
UNWATCHED_PAUSE_S = 0.02
# A read that brings so much needs no gathering.
FULL_BYTES = 32_768


class Bulk:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since = clock()
        self._bytes = 0

    def pause_s(self, count: int, *, watched: bool = True) -> float:
        """How long to wait before the next read, after one of ``count`` bytes."""
        now = self._clock()
        if now - self._since > WINDOW_S:
            self._since, self._bytes = now, 0
        self._bytes += count
        if self._bytes <= BULK_BYTES:
            return 0
        if not watched:
            return UNWATCHED_PAUSE_S
        return PAUSE_S if count < FULL_BYTES else 0
