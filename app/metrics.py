"""What happened since the start, counted for monitoring; names and labels never tell who."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

# A sandbox that was made ahead takes some ten milliseconds, one from nothing a second or two.
WAIT_BUCKETS_S = (0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300)
# A key comes back within a millisecond; beyond a tenth of a second, people notice.
ECHO_BUCKETS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5)


class Metrics:
    """One per running site; ``registry`` has all of them."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=registry)
        self._asked_at: dict[str, float] = {}
        self._unprompted: dict[str, float] = {}
        self.wait = Histogram(
            "slipway_sandbox_wait_seconds",
            "From asking for a sandbox until it is ready.",
            buckets=WAIT_BUCKETS_S,
            registry=registry,
        )
        self.prompt = Histogram(
            "slipway_prompt_wait_seconds",
            "From asking for a sandbox until its first shell has said something: its prompt.",
            buckets=WAIT_BUCKETS_S,
            registry=registry,
        )
        self.echo = Histogram(
            "slipway_terminal_echo_seconds",
            "From a key that comes in until the next output goes out to the same page.",
            buckets=ECHO_BUCKETS_S,
            registry=registry,
        )
        self.failures = Counter(
            "slipway_sandbox_failures", "Sandboxes that did not start.", registry=registry
        )
        self.checks = Counter(
            "slipway_checks", "Steps that were checked.", ["verdict"], registry=registry
        )
        self.errors = Counter(
            "slipway_errors", "Requests and terminals refused.", ["code"], registry=registry
        )
        self.sent = Counter("slipway_terminal_sent_bytes", "Sent to browsers.", registry=registry)
        self.typed = Counter(
            "slipway_terminal_typed_bytes", "Typed by students.", registry=registry
        )
        self.replayed = Counter(
            "slipway_terminal_replayed_bytes", "Kept for pages that came back.", registry=registry
        )
        self.skipped = Counter(
            "slipway_terminal_skipped_bytes",
            "Not shown: interrupted by the student, of a page too slow, or kept no longer (gone).",
            ["why"],
            registry=registry,
        )

    def see(self, student: str, state: str) -> None:
        """A sandbox has changed; the times of those who wait are kept, and of nobody else."""
        now = time.monotonic()
        if state in ("queued", "starting"):
            self._asked_at.setdefault(student, now)
        elif (since := self._asked_at.pop(student, None)) is not None:
            if state == "ready":
                self.wait.observe(now - since)
                self._unprompted[student] = since
            elif state == "failed":
                self.failures.inc()
        if state != "ready":
            self._unprompted.pop(student, None)

    def promptness(self, student: str) -> Promptness:
        """For one connection to a terminal."""
        return Promptness(self, student)

    def spoke(self, student: str) -> None:
        """A shell of the student's has said something."""
        if (since := self._unprompted.pop(student, None)) is not None:
            self.prompt.observe(time.monotonic() - since)


class Promptness:
    """How soon one connection has its prompt, and its keys their echo."""

    def __init__(self, metrics: Metrics, student: str) -> None:
        self._metrics = metrics
        self._student = student
        self._typed_at: float | None = None
        self._silent = True

    def typed(self) -> None:
        if self._typed_at is None:
            self._typed_at = time.monotonic()

    def said(self) -> None:
        if self._typed_at is not None:
            self._metrics.echo.observe(time.monotonic() - self._typed_at)
            self._typed_at = None
        if self._silent:
            self._silent = False
            self._metrics.spoke(self._student)
