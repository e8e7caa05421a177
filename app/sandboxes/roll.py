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
    """One entry a student; one without a sign of life for ``idle_s`` is idle.

    Time is the monotonic clock's, so that setting the machine's clock ends nobody's sandbox.
    """

    def __init__(self, idle_s: float, warning_s: float, on_change: Callable[[str], None]) -> None:
        self._idle_s = idle_s
        self._warning_s = min(warning_s, idle_s / 2)
        self._on_change = on_change
        self._views: dict[str, SandboxView] = {}
        self._seen: dict[str, float] = {}
        self._warned: set[str] = set()
        self._trouble = ""

    @property
    def running(self) -> int:
        return len(self.students("ready"))

    def students(self, *states: State) -> list[str]:
        return [student for student, view in self._views.items() if view.state in states]

    def state(self, student: str) -> State:
        return self._views[student].state if student in self._views else "none"

    def view(self, student: str) -> SandboxView:
        """The entry, with the time its sandbox has left."""
        view = dataclasses.replace(self._views.get(student, SandboxView()), trouble=self._trouble)
        if view.state != "ready":
            return view
        ends = datetime.now(UTC) + timedelta(seconds=self.left_s(student))
        return dataclasses.replace(
            view,
            ends_at=ends.isoformat(timespec="seconds"),
            ending=self.left_s(student) <= self._warning_s,
        )

    def change(self, student: str, view: SandboxView) -> None:
        self._views[student] = view
        if student not in self._seen or view.state in ("failed", "ended"):
            self._seen[student] = time.monotonic()  # so that it can be read for a while
        self.tell(student)

    def tell(self, student: str) -> None:
        self._on_change(student)

    def tell_all(self) -> None:
        for student in list(self._views):
            self.tell(student)

    def put_node(self, student: str, status: NodeStatus) -> None:
        """One node as it is now, be it new or known."""
        view = self._views[student]
        others = [node for node in view.nodes if node.name != status.name]
        nodes = tuple(sorted([*others, status], key=lambda node: node.name))
        self.change(student, dataclasses.replace(view, nodes=nodes))

    def drop_node(self, student: str, name: str) -> None:
        view = self._views[student]
        nodes = tuple(node for node in view.nodes if node.name != name)
        self.change(student, dataclasses.replace(view, nodes=nodes))

    def set_node(self, student: str, name: str, state: NodeState, reason: str = "") -> None:
        node = self._views[student].node(name)
        if node:
            self.put_node(student, dataclasses.replace(node, state=state, reason=reason))

    def trouble(self, sentence: str) -> None:
        """Tells every student of what concerns all of them, or that it is over (empty)."""
        if sentence == self._trouble:
            return
        self._trouble = sentence
        self.tell_all()

    def touch(self, student: str) -> None:
        """A sign of life; of strangers nothing is kept."""
        if student not in self._views:
            return
        self._seen[student] = time.monotonic()
        if student in self._warned:
            self._warned.discard(student)
            self.tell(student)

    def warn(self, student: str) -> None:
        """Tells the student once that the sandbox will end, if it is about to."""
        if student not in self._warned and self.left_s(student) <= self._warning_s:
            self._warned.add(student)
            self.tell(student)

    def left_s(self, student: str) -> float:
        """Seconds until the student counts as idle; negative afterwards."""
        return self._seen[student] + self._idle_s - time.monotonic()

    def nearly_idle(self, student: str, ahead_s: float) -> bool:
        """Whether the warning is less than ``ahead_s`` away, or has been given."""
        return self.left_s(student) <= self._warning_s + ahead_s

    def is_idle(self, student: str) -> bool:
        return self.left_s(student) < 0

    def forget(self, student: str) -> None:
        del self._views[student], self._seen[student]
        self._warned.discard(student)
