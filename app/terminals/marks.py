"""When each byte of a shell's output came, and at which size: rows in a ring's memory.

A mark is made at most every MARK_EVERY_US, and at every change of size. The oldest make way; what
came before the oldest that is left counts as having come with it.
"""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mmap

MAX_MARKS = 8192
MARK_EVERY_US = 20_000
COUNT = struct.Struct("<Q")
# Number of the byte, microseconds of the monotonic clock, rows, columns.
ROW = struct.Struct("<QQHH")
MARKS_BYTES = COUNT.size + MAX_MARKS * ROW.size


@dataclass(frozen=True, slots=True)
class Mark:
    """From byte ``seq`` on; ``at_us`` is the machine's monotonic clock, which restarts outlive."""

    seq: int
    at_us: int
    rows: int
    cols: int


class Marks:
    """Kept in ``memory`` from ``at`` on, MARKS_BYTES long; zeros are no marks."""

    def __init__(self, memory: mmap.mmap, at: int) -> None:
        self._memory = memory
        self._at = at
        self._made = int(COUNT.unpack_from(memory, at)[0])
        self._last_us = self._row(self._made - 1).at_us if self._made else 0

    def note(self, seq: int, size: tuple[int, int], *, always: bool = False) -> None:
        """Output from ``seq`` on comes now."""
        now = time.monotonic_ns() // 1000
        if now - self._last_us < MARK_EVERY_US and self._made and not always:
            return
        ROW.pack_into(self._memory, self._place(self._made), seq, now, *size)
        self._made += 1
        self._last_us = now
        COUNT.pack_into(self._memory, self._at, self._made)

    def all(self) -> list[Mark]:
        """Oldest first."""
        return [self._row(number) for number in range(max(0, self._made - MAX_MARKS), self._made)]

    def _row(self, number: int) -> Mark:
        return Mark(*ROW.unpack_from(self._memory, self._place(number)))

    def _place(self, number: int) -> int:
        return self._at + COUNT.size + number % MAX_MARKS * ROW.size
