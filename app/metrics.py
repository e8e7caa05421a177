"""What happened since the start, counted for monitoring; names and labels never tell who."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

# A sandbox that was made ahead takes some ten milliseconds, one from nothing a second or two.
WAIT_BUCKETS_S = (0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300)


class Metrics:
    """One per running site; ``registry`` has all of them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
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
