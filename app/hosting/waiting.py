"""Waits until something in the world is so, within a bound."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
PAUSE_S = 0.1


def eventually(look: Callable[[], T | None], within_s: float) -> T | None:
    """The first thing that ``look`` finds, or nothing after ``within_s`` seconds of looking."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(PAUSE_S)
    return None
