"""The last bytes of a shell's output, numbered from 0, in memory that can outlive the app.

The memory has a file descriptor (memfd_create(2)): whoever is given it sees the same bytes. The
kernel writes output straight into it, so a process that is killed has lost nothing it had read.
"""

from __future__ import annotations

import mmap
import os
import struct
from typing import TYPE_CHECKING

from app.terminals.marks import MARKS_BYTES, Mark, Marks

if TYPE_CHECKING:
    from collections.abc import Collection

CHUNK_BYTES = 65_536
MAX_WRITERS = 16
MAGIC = b"slipway2"
# Magic, the shell's id, the numbers of the oldest byte and of the next one.
HEAD = struct.Struct("<8s32sQQ")
# Rows and columns.
SIZE = struct.Struct("<HH")
# Who typed (a browser tab's id), and how many bytes of it the shell has been given.
WRITER = struct.Struct("<32sQ")
HEADER_BYTES = mmap.PAGESIZE


class Ring:
    """``keep_bytes`` are kept at least; ``shell`` names whose they are."""

    def __init__(self, fd: int, keep_bytes: int) -> None:
        """Takes over ``fd``, whose memory has been laid out by ``made``."""
        self.fd = fd
        self._keep = keep_bytes
        self._size = keep_bytes + CHUNK_BYTES
        self._map = mmap.mmap(fd, HEADER_BYTES + self._size + MARKS_BYTES)
        self._view = memoryview(self._map)
        magic, shell, self.start, self.end = HEAD.unpack_from(self._map)
        if magic != MAGIC:
            raise ValueError("this memory holds no ring")
        self.shell: str = shell.rstrip(b"\0").decode()
        self._typed = self._writers()
        self._marks = Marks(self._map, HEADER_BYTES + self._size)

    @classmethod
    def made(cls, shell: str, keep_bytes: int) -> Ring:
        fd = os.memfd_create("slipway-ring")
        os.ftruncate(fd, HEADER_BYTES + keep_bytes + CHUNK_BYTES + MARKS_BYTES)
        os.pwrite(fd, HEAD.pack(MAGIC, shell.encode(), 0, 0), 0)
        return cls(fd, keep_bytes)

    @classmethod
    def found(cls, fd: int) -> Ring:
        """The ring that another process has made. Raises ``ValueError`` where there is none."""
        return cls(fd, os.fstat(fd).st_size - HEADER_BYTES - CHUNK_BYTES - MARKS_BYTES)

    def room(self) -> memoryview:
        """Where the next output goes, at most CHUNK_BYTES; the oldest bytes make way."""
        at = self.end % self._size
        length = min(CHUNK_BYTES, self._size - at)
        return self._view[HEADER_BYTES + at : HEADER_BYTES + at + length]

    def wrote(self, count: int) -> None:
        """So many bytes have been put into what ``room`` gave."""
        self._marks.note(self.end, self.size)
        self.end += count
        self.start = max(self.start, self.end - self._keep)
        HEAD.pack_into(self._map, 0, MAGIC, self.shell.encode(), self.start, self.end)

    def read(self, seq: int, most: int) -> bytes:
        """At most so many bytes from ``seq`` on, which must not be older than ``start``."""
        at = seq % self._size
        length = min(most, self.end - seq, self._size - at)
        return bytes(self._view[HEADER_BYTES + at : HEADER_BYTES + at + length])

    def everything(self) -> bytes:
        """All that is kept."""
        first = self.read(self.start, self._size)
        return first + self.read(self.start + len(first), self._size)

    @property
    def size(self) -> tuple[int, int]:
        """The shell's rows and columns, as noted last."""
        rows, cols = SIZE.unpack_from(self._map, HEAD.size)
        return rows, cols

    def note_size(self, rows: int, cols: int) -> None:
        SIZE.pack_into(self._map, HEAD.size, rows, cols)
        self._marks.note(self.end, (rows, cols), always=True)

    def marks(self) -> list[Mark]:
        """When the bytes came, oldest first."""
        return self._marks.all()

    def typed(self, writer: str) -> int:
        """How many bytes of this writer's the shell has been given."""
        return self._typed.get(writer, 0)

    def note_typed(self, writer: str, count: int, keep: Collection[str] = ()) -> None:
        """Of too many writers the one that came first is forgotten, if it is none of ``keep``."""
        if writer not in self._typed and len(self._typed) == MAX_WRITERS:
            oldest = next(iter(self._typed))
            del self._typed[next((name for name in self._typed if name not in keep), oldest)]
            for slot, row in enumerate(self._typed.items()):
                self._put_writer(slot, *row)
        self._typed[writer] = count
        self._put_writer(list(self._typed).index(writer), writer, count)

    def _put_writer(self, slot: int, writer: str, count: int) -> None:
        WRITER.pack_into(self._map, self._slot(slot), writer.encode(), count)

    def _writers(self) -> dict[str, int]:
        rows = (WRITER.unpack_from(self._map, self._slot(slot)) for slot in range(MAX_WRITERS))
        return {name.rstrip(b"\0").decode(): count for name, count in rows if any(name)}

    def close(self) -> None:
        """Twice is fine."""
        if self._map.closed:
            return
        self._view.release()
        self._map.close()
        os.close(self.fd)

    @staticmethod
    def _slot(number: int) -> int:
        return HEAD.size + SIZE.size + number * WRITER.size
