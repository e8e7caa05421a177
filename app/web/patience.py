"""How long the site waits for a browser's end of a terminal; shorter in tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """``hello_s`` for the first frame, ``send_s`` to take a frame in, ``refuse_s`` a refusal."""

    hello_s: float = 10
    send_s: float = 15
    refuse_s: float = 2
