"""News for pages: what has happened, carried to those of the student whom it concerns."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.catch_up import CatchUp
    from app.sandboxes.view import SandboxView
    from app.topology.model import Topology

MAX_WAITING_NEWS = 100
MAX_LISTENERS_PER_STUDENT = 16


@dataclass(frozen=True, slots=True)
class News:
    """Something pages want to know: ``sandbox``, ``step``, ``content``, ``topology`` or
    ``catch-up``, and its JSON. Of news that are ``whole``, only the last of their kind matters.
    """

    kind: str
    data: dict[str, Any]
    whole: bool = False


class Listener:
    """One page's news, oldest first; a page that does not listen loses the oldest."""

    def __init__(self) -> None:
        self._news: deque[News] = deque(maxlen=MAX_WAITING_NEWS)
        self._arrived = anyio.Event()
        self._dismissed = False

    def tell(self, news: News) -> None:
        if news.whole:
            older = [waiting for waiting in self._news if waiting.kind == news.kind]
            for waiting in older:
                self._news.remove(waiting)
        self._news.append(news)
        self._arrived.set()

    def dismiss(self) -> None:
        """Ends the listening; the page connects anew if it still wants to know."""
        self._dismissed = True
        self._arrived.set()

    async def next(self) -> News | None:
        """The oldest news, waiting for some; nothing once it has been dismissed."""
        while not self._news and not self._dismissed:
            self._arrived = anyio.Event()
            await self._arrived.wait()
        return None if self._dismissed else self._news.popleft()


class NewsDesk:
    """Carries news to the pages of the student they concern, and to nobody else."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}

    def tell(self, student: str, news: News) -> None:
        for listener in self._listeners.get(student, ()):
            listener.tell(news)

    def tell_everybody(self, news: News) -> None:
        for student in list(self._listeners):
            self.tell(student, news)

    def tell_sandbox(self, student: str, view: SandboxView) -> None:
        self.tell(student, News("sandbox", view.as_json()))

    def tell_topology(self, student: str, topology: Topology) -> None:
        if student in self._listeners:
            self.tell(student, News("topology", topology.as_json(), whole=True))

    def tell_catch_up(self, student: str, catch_up: CatchUp) -> None:
        self.tell(student, News("catch-up", catch_up.as_json(), whole=True))

    @contextmanager
    def listen(self, student: str) -> Iterator[Listener]:
        """The oldest of too many pages is dismissed."""
        listener = Listener()
        mine = self._listeners.setdefault(student, [])
        mine.append(listener)
        for oldest in mine[:-MAX_LISTENERS_PER_STUDENT]:
            oldest.dismiss()
        try:
            yield listener
        finally:
            mine.remove(listener)
            if not mine:
                del self._listeners[student]
