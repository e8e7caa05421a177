"""What happened since the start, counted for monitoring; names and labels never tell who."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Histogram

# A sandbox that was made ahead takes some ten milliseconds, one from nothing a second or two.
WAIT_BUCKETS_S = (0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300)


class Metrics:
    """One per running site; ``registry`` has all of them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._asked_at: dict[str, float] = {}
        self.wait = Histogram(
            "slipway_sandbox_wait_seconds",
            "From asking for a sandbox until it is ready.",
            buckets=WAIT_BUCKETS_S,
            registry=self.registry,
        )
        self.checks = Counter(
            "slipway_checks", "Steps that were checked.", ["verdict"], registry=self.registry
        )
        self.errors = Counter(
            "slipway_errors", "Requests and terminals refused.", ["code"], registry=self.registry
        )
        self.sent = Counter(
            "slipway_terminal_sent_bytes", "Sent to browsers.", registry=self.registry
        )
        self.typed = Counter(
            "slipway_terminal_typed_bytes", "Typed by students.", registry=self.registry
        )

    def see(self, student: str, state: str) -> None:
        """A sandbox has changed; the times of those who wait are kept, and of nobody else."""
        if state in ("queued", "starting"):
            self._asked_at.setdefault(student, time.monotonic())
        elif (since := self._asked_at.pop(student, None)) is not None and state == "ready":
            self.wait.observe(time.monotonic() - since)
