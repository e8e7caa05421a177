"""The pictures of all students who have a page open: one reader for each of their nodes."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import anyio

from app.topology.model import NodePicture, Topology
from app.topology.reader import NodeReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from anyio.abc import TaskGroup

    from app.sandboxes.engine import NodeStatus, SandboxEngine

# A page that is loaded again leaves for a moment only.
LINGER_S = 5
LOOK_S = 5
NOTHING = Topology(0)


@dataclass
class Followed:
    """One student's: how many pages look, who reads each node, and what was told last."""

    pages: int = 0
    nodes: tuple[NodeStatus, ...] = ()
    readers: dict[str, tuple[NodeReader, anyio.CancelScope]] = field(default_factory=dict)
    topology: Topology = NOTHING
    changed: anyio.Event = field(default_factory=anyio.Event)
    leaving: bool = False


class Pictures:
    """Run it with ``async with``. ``tell`` gets a student's picture whenever it has changed.

    A node is read ``breath_s`` after it has become ready, and for ``linger_s`` after the last page.
    """

    def __init__(
        self,
        engine: SandboxEngine,
        tell: Callable[[str, Topology], None],
        *,
        linger_s: float = LINGER_S,
        breath_s: float = 0,
    ) -> None:
        self._engine = engine
        self._tell = tell
        self._linger_s = linger_s
        self._breath_s = breath_s
        self._followed: dict[str, Followed] = {}
        self._closed = False
        self._tasks: TaskGroup = anyio.create_task_group()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._closed = True
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)

    @property
    def reading(self) -> int:
        """How many nodes are being read."""
        return sum(len(followed.readers) for followed in self._followed.values())

    @contextmanager
    def follow(self, student: str, nodes: Sequence[NodeStatus]) -> Iterator[None]:
        """While a page looks, the student's nodes are read."""
        followed = self._followed.setdefault(student, Followed())
        followed.pages += 1
        self.see(student, nodes)
        try:
            yield
        finally:
            followed.pages -= 1
            if not (followed.pages or followed.leaving or self._closed):
                followed.leaving = True
                self._tasks.start_soon(self._leave, student, followed)

    def see(self, student: str, nodes: Sequence[NodeStatus]) -> None:
        """The student's nodes as they are now: those that are ready are read."""
        followed = self._followed.get(student)
        if not followed:
            return
        followed.nodes = tuple(nodes)
        ready = {node.name for node in nodes if node.state == "ready"}
        for name in followed.readers.keys() - ready:
            followed.readers.pop(name)[1].cancel()
        for name in ready - followed.readers.keys():
            reader = NodeReader(
                self._engine, student, name, lambda node: self._changed(student, node)
            )
            followed.readers[name] = (reader, anyio.CancelScope())
            self._tasks.start_soon(self._read, *followed.readers[name])
        self._draw(student, followed)

    def topology(self, student: str) -> Topology:
        """As far as it has been read."""
        return self._followed[student].topology if student in self._followed else NOTHING

    async def look(self, student: str, nodes: Sequence[NodeStatus]) -> Topology:
        """Once every node has been asked, which takes a moment where no page has looked yet."""
        with self.follow(student, nodes), anyio.move_on_after(LOOK_S):
            while not self.topology(student).is_read:
                await self._followed[student].changed.wait()
        return self.topology(student)

    async def _read(self, reader: NodeReader, scope: anyio.CancelScope) -> None:
        with scope:
            await anyio.sleep(self._breath_s)
            await reader.run()

    async def _leave(self, student: str, followed: Followed) -> None:
        await anyio.sleep(self._linger_s)
        followed.leaving = False
        if followed.pages:
            return
        del self._followed[student]
        for _, scope in followed.readers.values():
            scope.cancel()

    def _changed(self, student: str, node: str) -> None:
        followed = self._followed.get(student)
        if not followed:
            return
        # A Swarm's manager hears nothing of what its tasks do on other nodes.
        for name, (reader, _) in followed.readers.items():
            if name != node and reader.picture.services:
                reader.poke()
        self._draw(student, followed)

    def _draw(self, student: str, followed: Followed) -> None:
        nodes = tuple(self._node(followed, status) for status in followed.nodes)
        before = followed.topology
        if nodes == before.nodes and before.version:
            return
        # Of the clock, so that it grows over restarts too.
        version = max(before.version + 1, time.time_ns() // 1_000_000)
        followed.topology = Topology(version, nodes)
        followed.changed.set()
        followed.changed = anyio.Event()
        self._tell(student, followed.topology)

    def _node(self, followed: Followed, status: NodeStatus) -> NodePicture:
        if status.name in followed.readers:
            return followed.readers[status.name][0].picture
        if status.state == "starting":
            return NodePicture(status.name)
        return NodePicture(status.name, "stopped", f"{status.name} is stopped.")
