"""However connections are cut and doubled: what is in the ring is neither lost nor repeated."""

from __future__ import annotations

import secrets

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from app.terminals.ring import Ring
from app.terminals.session import Session
from app.terminals.viewer import Gap, Output
from tests.support.eventually import soon
from tests.support.shells import ScriptedShell

KEEP = 4096
SIZE = 24, 80


class Browser:
    """Keeps what it has seen, and the places where it was told that something is missing."""

    def __init__(self) -> None:
        self.seen = bytearray()
        self.gaps: list[tuple[int, int]] = []

    async def look(self, session: Session, most: int) -> None:
        """A connection that is cut after so many events, the last of which may be on its way."""
        with session.attach(SIZE, len(self.seen), session.id) as viewer, anyio.move_on_after(0.01):
            viewer.acknowledge(viewer.seq)
            self.skip(session, viewer.seq)
            async for event in viewer.events():
                if isinstance(event, Gap):
                    self.skip(session, event.seq)
                if isinstance(event, Output):
                    assert event.seq == len(self.seen)
                    self.seen += event.data
                    viewer.acknowledge(len(self.seen))
                most -= 1
                if most <= 0:
                    return

    def skip(self, session: Session, seq: int) -> None:
        if seq > len(self.seen):
            assert seq <= session.kept[0], "bytes were left out that are still kept"
            self.gaps.append((len(self.seen), seq))
            self.seen += bytes(seq - len(self.seen))


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=2000), st.integers(0, 4)), max_size=12),
    st.integers(1, 3),
)
def test_a_browser_ends_up_with_every_byte_that_was_kept(
    story: list[tuple[bytes, int]], browsers: int
) -> None:
    async def play() -> None:
        shell = ScriptedShell()
        session = Session(shell, Ring.made(secrets.token_hex(8), KEEP), SIZE)
        tabs = [Browser() for _ in range(browsers)]
        said = b""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(session.run)
            for data, events in story:
                shell.say(data)
                said += data
                async with anyio.create_task_group() as looks:
                    for tab in tabs:
                        looks.start_soon(tab.look, session, events)
            await soon(lambda: session.kept[1] == len(said))
            for tab in tabs:
                await tab.look(session, 1000)
                assert len(tab.seen) == len(said)
                expected = bytearray(said)
                for start, end in tab.gaps:
                    expected[start:end] = bytes(end - start)
                assert tab.seen == expected
            session.hang_up()

    anyio.run(play)
