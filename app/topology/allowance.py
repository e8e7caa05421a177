"""So much of the app's processor goes into reading one node, whatever its engine says.

The engine is the student's: it may answer with megabytes in pieces of a byte, or tell of thousands
of events a second. Whoever makes more work than a picture needs is read later, and nobody else is.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHARE = 0.05
# A page that opens looks at everything at once.
BURST_S = 0.25


class Allowance:
    """``clock`` tells the time, and ``worked`` the processor's that this thread has used."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = time.thread_time,
    ) -> None:
        self._clock = clock
        self._worked = worked
        self._left_s = BURST_S
        self._counted_at = clock()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Around work that is done for the node; nothing may be awaited in it."""
        began = self._worked()
        try:
            yield
        finally:
            self._left_s -= self._worked() - began

    @property
    def wait_s(self) -> float:
        """How long nothing more should be done for it."""
        now = self._clock()
        self._left_s = min(self._left_s + (now - self._counted_at) * SHARE, BURST_S)
        self._counted_at = now
        return max(-self._left_s / SHARE, 0)

    async def settle(self) -> None:
        """Lets others have a turn, and waits where too much has been done."""
        await asyncio.sleep(self.wait_s)
