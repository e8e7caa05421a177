"""What is known of each student's sandbox, and who is told when it changes."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.sandboxes.view import SandboxView

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.sandboxes.engine import NodeState, NodeStatus
    from app.sandboxes.view import State


class Roll:
    """One entry a student; ``idle_s`` is how long an entry without a sign of life may stay."""

    def __init__(self, idle_s: float, on_change: Callable[[str, SandboxView], None]) -> None:
        self._idle_s = idle_s
        self._on_change = on_change
        self._views: dict[str, SandboxView] = {}
        self._seen: dict[str, float] = {}

    @property
    def running(self) -> int:
        return len(self.students("ready"))

    def students(self, *states: State) -> list[str]:
        return [student for student, view in self._views.items() if view.state in states]

    def state(self, student: str) -> State:
        return self._views[student].state if student in self._views else "none"

    def view(self, student: str) -> SandboxView:
        """The entry, with the time its sandbox has left."""
        view = self._views.get(student, SandboxView())
        if view.state != "ready":
            return view
        left = self._idle_s - (time.monotonic() - self._seen[student])
        ends = datetime.now(UTC) + timedelta(seconds=left)
        return dataclasses.replace(view, ends_at=ends.isoformat(timespec="seconds"))

    def change(self, student: str, view: SandboxView) -> None:
        self._views[student] = view
        if student not in self._seen or view.state in ("failed", "ended"):
            self._seen[student] = time.monotonic()  # so that it can be read for a while
        self._on_change(student, self.view(student))

    def put_node(self, student: str, status: NodeStatus) -> None:
        view = self._views[student]
        nodes = tuple(status if node.name == status.name else node for node in view.nodes)
        self.change(student, dataclasses.replace(view, nodes=nodes))

    def set_node(self, student: str, name: str, state: NodeState) -> None:
        node = self._views[student].node(name)
        if node:
            self.put_node(student, dataclasses.replace(node, state=state))

    def touch(self, student: str) -> None:
        """A sign of life; of strangers nothing is kept."""
        if student in self._views:
            self._seen[student] = time.monotonic()

    def is_idle(self, student: str) -> bool:
        return self._seen[student] < time.monotonic() - self._idle_s

    def forget(self, student: str) -> None:
        del self._views[student], self._seen[student]
