"""Sandboxes made ahead, and how many of them there should be."""

from __future__ import annotations

import secrets
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.settings import Settings

RECENT_S = 60
MOST_FOR_RECENT = 10
MAX_ARRIVALS = 2000


@dataclass(frozen=True, slots=True)
class Expected:
    """A class whose students come within a span of time (Unix seconds)."""

    students: int
    starts: float
    ends: float


class WarmSandboxes:
    """Only keeps the books; the pool makes, gives and removes.

    ``ready`` may be given to a student, oldest first; ``filling`` are in the making. ``clock``
    tells the Unix time, by which classes are announced; who came is remembered by the monotonic
    clock, so that setting the machine's clock makes nobody come again.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._arrivals: deque[float] = deque(maxlen=MAX_ARRIVALS)
        self.ready: deque[str] = deque()
        self.filling: set[str] = set()
        self.expected: Sequence[Expected] = ()
        self.closed = False

    def __len__(self) -> int:
        return len(self.ready) + len(self.filling)

    def __contains__(self, sandbox: str) -> bool:
        return sandbox in self.ready or sandbox in self.filling

    def arrived(self) -> None:
        """A student has asked for a sandbox; who asks now foretells who asks next."""
        self._arrivals.append(time.monotonic())

    def begin(self) -> str:
        """The id of a sandbox that is going to be made."""
        sandbox = secrets.token_hex(6)
        self.filling.add(sandbox)
        return sandbox

    def put(self, sandbox: str) -> None:
        """It can be given away now."""
        self.filling.discard(sandbox)
        self.ready.append(sandbox)

    def take(self) -> str | None:
        return self.ready.popleft() if self.ready else None

    def drop(self, sandbox: str) -> None:
        """It has failed or died; dropping what is not here is fine."""
        self.filling.discard(sandbox)
        if sandbox in self.ready:
            self.ready.remove(sandbox)

    @property
    def target(self) -> int:
        """As many as always, as came in the last minute, or as are still expected."""
        if self.closed:
            return 0
        now = self._clock()
        recent = self._arrived_within(RECENT_S)
        awaited = sum(self._still_expected(group, now) for group in self.expected)
        always = self._settings.warm_sandboxes
        # Without a pool there is nothing to adapt.
        return max(always, min(recent, MOST_FOR_RECENT) if always else 0, awaited)

    def _still_expected(self, group: Expected, now: float) -> int:
        opens = group.starts - self._settings.warm_ahead_s
        if not opens <= now < group.ends:
            return 0
        return max(0, group.students - self._arrived_within(now - opens))

    def _arrived_within(self, seconds: float) -> int:
        since = time.monotonic() - seconds
        return sum(arrival >= since for arrival in self._arrivals)
