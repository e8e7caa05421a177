"""However connections are cut, delayed, doubled, overtaken: nothing is lost, nothing is repeated.

That holds for all output that is still in the ring, and for every key. The browser here is what
static/js/tty-connection.js is; the network is the test's, which says when what arrives.
"""

from __future__ import annotations

import secrets
from collections import deque
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.terminals.ring import Ring
from app.terminals.session import Session
from app.terminals.viewer import Gap, Output, Typed
from tests.support.eventually import soon
from tests.support.shells import ScriptedShell

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from app.terminals.viewer import Event, Viewer

KEEP = 4096
SIZE = 24, 80
# Sent by the server before the first of them has arrived.
ON_ITS_WAY = 3
ALL = 10_000
TURNS = 20


class Link:
    """One connection: what is on its way, each way in order. Cut, none of it arrives."""

    def __init__(self, wanted: int, shell: str, writer: str) -> None:
        self.hello = wanted, shell, writer
        self.up: deque[bytes | int] = deque()
        self.down: deque[tuple[int, int] | Event] = deque()
        self.viewer: Viewer | None = None
        self.over = anyio.Event()
        self.room = anyio.Semaphore(ON_ITS_WAY)

    def arrive(self, session: Session, tasks: TaskGroup) -> None:
        """The server hears its hello, perhaps after that of a later one."""
        if not self.viewer and not self.over.is_set():
            tasks.start_soon(self._serve, session)

    def carry(self, session: Session, most: int) -> None:
        """Keys and acknowledgements arrive, also late and of a browser that has given it up."""
        if not self.viewer or self.over.is_set():
            return
        for _ in range(min(most, len(self.up))):
            said = self.up.popleft()
            if isinstance(said, bytes):
                session.type(self.viewer, said)
            else:
                self.viewer.acknowledge(said)

    async def _serve(self, session: Session) -> None:
        wanted, shell, writer = self.hello
        with session.attach(SIZE, wanted, shell, writer) as viewer:
            self.viewer = viewer
            assert viewer.seq <= max(wanted, session.kept[0]), "what is kept was left out"
            self.down.append((viewer.seq, viewer.typed))
            async with anyio.create_task_group() as tasks:

                async def end(when: anyio.Event) -> None:
                    await when.wait()
                    tasks.cancel_scope.cancel()

                tasks.start_soon(end, self.over)
                tasks.start_soon(end, viewer.replaced)  # type: ignore[arg-type]
                async for event in viewer.events():
                    if isinstance(event, Gap):
                        assert event.seq <= session.kept[0], "what is kept was left out"
                    self.down.append(event)
                    await self.room.acquire()
        self.over.set()


class Browser:
    """One page. It hears its newest connection only."""

    def __init__(self, shell: str) -> None:
        self.shell = shell
        self.writer = secrets.token_hex(4)
        self.seen = bytearray()
        self.gaps: list[tuple[int, int]] = []
        self.keys = b""
        self.links: list[Link] = []
        self._waiting = b""
        self._arrived = 0
        self._is_open = False

    def connect(self) -> None:
        self._is_open = False
        self.links.append(Link(len(self.seen), self.shell, self.writer))

    def type(self, keys: bytes) -> None:
        if self._is_open:
            self.keys += keys
            self._waiting += keys
            self.links[-1].up.append(keys)

    def deliver(self, link: Link, most: int) -> None:
        for _ in range(min(most, len(link.down))):
            event = link.down.popleft()
            link.room.release()
            if link is self.links[-1]:
                self._hear(link, event)

    def _hear(self, link: Link, event: tuple[int, int] | Event) -> None:
        if isinstance(event, tuple):
            self._is_open = True
            self._skip_to(event[0])
            self._has(event[1])
            if self._waiting:
                link.up.append(self._waiting)
        elif isinstance(event, Gap):
            self._skip_to(event.seq)
        elif isinstance(event, Typed):
            self._has(event.count)
        elif isinstance(event, Output):
            assert event.seq <= len(self.seen), "bytes were left out without a word"
            self.seen += event.data[len(self.seen) - event.seq :]
            link.up.append(len(self.seen))

    def _skip_to(self, seq: int) -> None:
        if seq > len(self.seen):
            self.gaps.append((len(self.seen), seq))
            self.seen += bytes(seq - len(self.seen))

    def _has(self, count: int) -> None:
        if count > self._arrived:
            self._waiting = self._waiting[count - self._arrived :]
            self._arrived = count


# Counted from the newest connection, which may be overtaken by older ones.
WHICH = st.sampled_from([0, 0, 0, 1, 2])
STORY = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from([1, 100, 2000, KEEP + 1])),
        st.tuples(st.just("type"), st.sampled_from([1, 2, 7])),
        st.tuples(st.sampled_from(["connect", "connect late"]), st.just(0)),
        st.tuples(st.sampled_from(["arrive", "deliver", "deliver", "carry", "cut"]), WHICH),
    ),
    min_size=4,
    max_size=40,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORY, st.integers(1, 2))
def test_no_byte_that_is_kept_and_no_key_is_lost_or_repeated(
    story: list[tuple[str, int]], browsers: int
) -> None:
    anyio.run(tell, story, browsers)


async def tell(story: list[tuple[str, int]], browsers: int) -> None:
    async with anyio.create_task_group() as tasks:
        stage = Stage(browsers, tasks)
        await stage.open()
        for number, (act, what) in enumerate(story):
            stage.happen(stage.pages[number % browsers], act, what)
            await settle()
        await soon(lambda: stage.session.kept[1] == len(stage.said))
        for page in stage.pages:
            await stage.come_back(page)
            await soon(lambda page=page: stage.has_heard_all(page))  # type: ignore[misc]
            expected = bytearray(stage.said)
            for start, end in page.gaps:
                expected[start:end] = bytes(end - start)
            assert page.seen == expected
        keys = [page.keys for page in stage.pages]
        await soon(lambda: len(stage.shell.typed) >= sum(map(len, keys)))
        # Two who type at once may come in any order.
        assert sorted(stage.shell.typed) == sorted(b"".join(keys))
        assert browsers > 1 or stage.shell.typed == keys[0]
        stage.close()


async def settle() -> None:
    """Until everything has had its turns that needs no time to pass."""
    for _ in range(TURNS):
        await anyio.lowlevel.checkpoint()


class Stage:
    """One shell, the pages that look at it, and the network between them."""

    def __init__(self, browsers: int, tasks: TaskGroup) -> None:
        self.tasks = tasks
        self.shell = ScriptedShell()
        self.session = Session(self.shell, Ring.made(secrets.token_hex(8), KEEP), SIZE)
        self.pages = [Browser(self.session.id) for _ in range(browsers)]
        self.said = b""

    async def open(self) -> None:
        """Every page's first connection works; what comes later is the story's."""
        self.tasks.start_soon(self.session.run)
        for page in self.pages:
            self.happen(page, "connect", 0)
        await settle()
        for page in self.pages:
            page.deliver(page.links[-1], ALL)

    def happen(self, page: Browser, act: str, what: int) -> None:
        if act in ("connect", "connect late"):
            page.connect()
        link = page.links[-1 - min(what, len(page.links) - 1)]
        match act:
            case "say":
                more = numbered(len(self.said), what)
                self.shell.say(more)
                self.said += more
            case "type":
                page.type(numbered(len(page.keys), what))
            case "connect" | "arrive":
                link.arrive(self.session, self.tasks)
            case "deliver":
                page.deliver(link, 2)
            case "carry":
                link.carry(self.session, 2)
            case "cut":
                link.over.set()

    async def come_back(self, page: Browser) -> None:
        """What is left of older connections arrives too: before, and after the last one's hello."""
        older = list(page.links)
        for link in older[:-1]:
            link.carry(self.session, ALL)
        self.happen(page, "connect", 0)
        await settle()
        for link in older:
            link.carry(self.session, ALL)

    def has_heard_all(self, page: Browser) -> bool:
        page.deliver(page.links[-1], ALL)
        page.links[-1].carry(self.session, ALL)
        return len(page.seen) == len(self.said)

    def close(self) -> None:
        self.session.hang_up()
        for page in self.pages:
            for link in page.links:
                link.over.set()


def numbered(start: int, count: int) -> bytes:
    """Bytes that tell their place, so that none can be taken for another nearby."""
    return bytes(number % 251 for number in range(start, start + count))
