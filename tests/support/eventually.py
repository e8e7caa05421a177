"""Waits for a condition, never for a duration."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable

# Far longer than anything takes: a machine may be busy with something else.
WAIT_S = 60
PAUSE_S = 0.005

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None]) -> Found:
    """What ``look`` returns once that is true."""
    deadline = time.monotonic() + WAIT_S
    while not (found := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(PAUSE_S)
    return found


async def soon(look: Callable[[], Found | None]) -> Found:
    """The same, for a test that shares its event loop with what it waits for."""
    with anyio.fail_after(WAIT_S):
        while not (found := look()):
            await anyio.sleep(PAUSE_S)
    return found
