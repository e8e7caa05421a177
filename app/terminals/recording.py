"""What a shell has said, to be taken home: with its timing as asciicast v2, or as plain text.

Input is never part of it. Source: asciinema's "asciicast v2" file format.
"""

from __future__ import annotations

import codecs
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.terminals.marks import Mark
from app.terminals.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Iterator

SECOND_US = 1_000_000
# So much is rendered before somebody else has a turn.
PIECE_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Recording:
    """``data`` begins with byte ``start``; ``marks`` tell when and at which size it came."""

    data: bytes
    start: int
    marks: list[Mark]
    size: tuple[int, int]

    def cast(self) -> Iterator[bytes]:
        """Lines of JSON. What is not UTF-8 becomes U+FFFD, as Python's "replace" does it.

        A character that is cut by a mark comes whole, with the later one.
        """
        marks = self.known_marks()
        first = marks[0]
        began_s = seconds_of(first)
        header = {
            "version": 2,
            "width": first.cols,
            "height": first.rows,
            "timestamp": int(began_s),
            "env": {"TERM": "xterm-256color"},
        }
        yield _line(header)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        size = first.rows, first.cols
        ends = [*(mark.seq for mark in marks[1:]), self.start + len(self.data)]
        for mark, end in zip(marks, ends, strict=True):
            seconds = round((mark.at_us - first.at_us) / SECOND_US, 6)
            if (mark.rows, mark.cols) != size:
                size = mark.rows, mark.cols
                yield _line([seconds, "r", f"{mark.cols}x{mark.rows}"])
            last = end == self.start + len(self.data)
            piece = self.data[mark.seq - self.start : end - self.start]
            if text := decoder.decode(piece, final=last):
                yield _line([seconds, "o", text])

    def text(self) -> Iterator[bytes]:
        """What a reader would have seen scroll by, in UTF-8."""
        rows, cols = self.size
        screen = Plain(rows, cols)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for at in range(0, len(self.data), PIECE_BYTES):
            screen.feed(decoder.decode(self.data[at : at + PIECE_BYTES]))
            yield screen.settled().encode()
        screen.feed(decoder.decode(b"", final=True))
        yield screen.rest().encode()

    def known_marks(self) -> list[Mark]:
        """Of the bytes that are kept: one for the first of them, and those after it."""
        end = self.start + len(self.data)
        marks = [mark for mark in self.marks if mark.seq <= end]
        if not marks:
            return [Mark(self.start, time.monotonic_ns() // 1000, *self.size)]
        before = [mark for mark in marks if mark.seq <= self.start]
        first = before[-1] if before else marks[0]
        opening = Mark(self.start, first.at_us, first.rows, first.cols)
        return [opening, *(mark for mark in marks if mark.seq > self.start)]


def seconds_of(mark: Mark) -> float:
    """The mark's time, since 1970."""
    return time.time() - (time.monotonic_ns() // 1000 - mark.at_us) / SECOND_US


def _line(row: object) -> bytes:
    return json.dumps(row).encode() + b"\n"
