"""How often the pool looks at things, and how long it waits for an answer."""

from __future__ import annotations

from dataclasses import dataclass

# A network without nodes may be one that somebody is just going to put nodes on.
HALF_MADE_S = 60


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. Tests go faster."""

    heartbeat_s: float = 5
    reconnect_s: float = 2
    answer_timeout_s: float = 5
    sweep_s: float = 15
    stock_s: float = 15
    disk_count_s: float = 10
    # So that the next sandbox is not made with the processors that open this student's page.
    breath_s: float = 1.5
    half_made_s: float = HALF_MADE_S
