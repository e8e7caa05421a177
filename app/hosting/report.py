"""How long work is told to the person who waits: one line per step, never a wall of output."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator


class Reporter:
    """Writes ``title … done (1.2 s)`` lines to a text stream, standard error by default."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def say(self, line: str) -> None:
        self._stream.write(f"  {line}\n")
        self._stream.flush()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        self._stream.write(f"  {title} … ")
        self._stream.flush()
        started = time.monotonic()
        try:
            yield
        except BaseException:
            self._stream.write("failed\n")
            raise
        else:
            self._stream.write(f"done ({time.monotonic() - started:.1f} s)\n")
        finally:
            self._stream.flush()
