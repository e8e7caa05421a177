"""Compresses answers, and puts a compressed text together out of parts that were compressed before.

RFC 1951 lets a stream of blocks end at a byte (a sync flush) and go on with bytes as they are (a
stored block). So of a page that is kept, only the few letters that each answer has for itself have
to be added; the checksum of RFC 1952 is the one thing that is computed anew.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import Headers

# A member of a gzip file with nothing said of it: no name, no time, an unknown system.
HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
LEVEL = 9
MAX_STORED_BYTES = 65_535


def takes_gzip(headers: Headers) -> bool:
    """Whether a browser has said so (RFC 9110, 12.5.3)."""
    for entry in headers.get("accept-encoding", "").split(","):
        name, _, parameters = entry.strip().lower().partition(";")
        if name.strip() == "gzip":
            quality = parameters.replace(" ", "").removeprefix("q=")
            return quality.strip("0.") != "" or not quality
    return False


def gzipped(text: bytes) -> bytes:
    """The whole of a text that stays as it is."""
    return Seam([text]).gzip(b"")


class Seam:
    """A text in parts, between which each answer puts the same few bytes of its own."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._parts = tuple(parts)
        last = len(parts) - 1
        self._blocks = [_blocks(part, last=at == last) for at, part in enumerate(parts)]

    def plain(self, between: bytes) -> bytes:
        return between.join(self._parts)

    def gzip(self, between: bytes) -> bytes:
        text = self.plain(between)
        check = struct.pack("<LL", zlib.crc32(text), len(text) & 0xFFFF_FFFF)
        return HEAD + _stored(between).join(self._blocks) + check


def _blocks(part: bytes, *, last: bool) -> bytes:
    """Raw deflate without a window behind it, so that any bytes may stand before."""
    squeezing = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    end = zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH
    return squeezing.compress(part) + squeezing.flush(end)


def _stored(letters: bytes) -> bytes:
    if len(letters) > MAX_STORED_BYTES:
        raise ValueError("a stored block holds 65,535 bytes")
    length = len(letters)
    return struct.pack("<BHH", 0, length, length ^ 0xFFFF) + letters
