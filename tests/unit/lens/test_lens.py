"""How a look goes: facts, a name, a watch in each node, one packet; and what ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import pytest

from app.errors import NodeUnavailable, TooManyRequests
from app.lens import lens as lens_module
from app.lens import scripts
from app.lens.lens import Lens
from app.lens.model import End, Passage, Question
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.engine import RunResult
from tests.support.engine import nodes_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

pytestmark = pytest.mark.anyio
STUDENT = "a" * 16
TOLD = b"= node packets\n\n= node said\nlistening on any\n"
SENT = "= route\n172.17.0.2 dev docker0 src 172.17.0.1\n= said\nno answer\n= status\n1\n"


class Watch:
    """Says ``first``, then ``told`` once it is written to; ``endless`` is again and again."""

    def __init__(self, first: bytes, told: bytes, *, endless: bool = False) -> None:
        self.first, self.told, self.endless = first, told, endless
        self.closed = 0
        self.asked = anyio.Event()

    async def read(self, most: int) -> bytes:
        if self.first:
            said, self.first = self.first[:most], self.first[most:]
            return said
        await self.asked.wait()
        said, rest = self.told[:most], self.told[most:]
        self.told = said + rest if self.endless else rest
        return said

    async def write(self, data: bytes) -> None:
        assert data == b"\n"
        self.asked.set()

    def close(self) -> None:
        self.closed += 1


class WatchingEngine(EchoEngine):
    """An echo engine whose nodes answer the lens' scripts with what a test has written."""

    def __init__(self) -> None:
        super().__init__()
        self.watches: list[Watch] = []
        self.first, self.told, self.endless = scripts.READY, TOLD, False
        self.ran: list[tuple[str, Mapping[str, str]]] = []

    async def start_program(  # type: ignore[override]
        self, student: str, node: str, command: Sequence[str]
    ) -> Watch:
        assert (student, node, command[0]) == (STUDENT, "node1", "sh")
        self.watches.append(Watch(self.first, self.told, endless=self.endless))
        return self.watches[-1]

    async def run(
        self,
        student: str,  # noqa: ARG002
        node: str,  # noqa: ARG002
        script: str,
        *,
        environment: Mapping[str, str],
        timeout_s: float,  # noqa: ARG002
        output_bytes: int,  # noqa: ARG002
    ) -> RunResult:
        self.ran.append((script, environment))
        return RunResult(0, SENT if script == scripts.SEND else "", False, False)


@pytest.fixture
async def engine() -> AsyncIterator[WatchingEngine]:
    engine = WatchingEngine()
    await engine.create(STUDENT, 1, lambda _: None)
    yield engine
    await engine.aclose()


async def look(engine: WatchingEngine, lens: Lens | None = None) -> Passage:
    docker = engine.docker(STUDENT)
    web = next(iter(docker.containers), "") or docker.add_container("web")
    question = Question(End("node", "node1"), End("container", "node1", web), "ping")
    lens = lens or Lens(engine, ready_s=0.05)
    return await lens.look(STUDENT, await nodes_of(engine, STUDENT), question)


async def test_it_watches_before_it_sends_and_closes_every_watch(engine: WatchingEngine) -> None:
    passage = await look(engine)
    assert passage.arrived is False
    assert passage.verdict == "node1 could not send it."
    (watch,) = engine.watches
    assert (watch.asked.is_set(), watch.closed) == (True, 1)
    ((script, environment),) = engine.ran
    assert script == scripts.SEND
    assert environment["ADDRESS"] == "172.17.0.2"


async def test_a_watch_that_is_never_ready_is_waited_for_so_long(engine: WatchingEngine) -> None:
    engine.first = b""
    with pytest.raises(NodeUnavailable, match="can't be watched"):
        await look(engine)
    assert [watch.closed for watch in engine.watches] == [1]
    assert engine.ran == [], "nothing is sent that nobody watches"


async def test_a_watch_that_ends_before_it_is_ready_is_an_error(engine: WatchingEngine) -> None:
    engine.first, engine.told = b"sh: mktemp: not found\n", b""
    with pytest.raises(NodeUnavailable):
        await look(engine)


async def test_a_node_that_talks_without_end_is_heard_so_far(engine: WatchingEngine) -> None:
    engine.endless, engine.told = True, b"= node packets\n" + b"x" * 100_000
    passage = await look(engine)
    assert passage.arrived is False
    assert engine.watches[0].closed == 1


async def test_one_at_a_time_for_a_student_and_so_many_a_minute(engine: WatchingEngine) -> None:
    lens = Lens(engine, ready_s=10)
    engine.first = b""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(look, engine, lens)
        while not engine.watches:
            await anyio.lowlevel.checkpoint()
        with pytest.raises(TooManyRequests, match="One packet at a time"):
            await look(engine, lens)
        tasks.cancel_scope.cancel()
    assert engine.watches[0].closed == 1, "who has gone is not watched for"
    engine.first = scripts.READY
    for _ in range(lens_module.LOOKS_PER_MINUTE - 1):
        await look(engine, lens)
    with pytest.raises(TooManyRequests, match="looks through the lens"):
        await look(engine, lens)


async def test_an_engine_that_is_none_can_t_be_asked(engine: WatchingEngine) -> None:
    docker = engine.docker(STUDENT)
    web = docker.add_container("web")
    docker.containers[web]["NetworkSettings"] = "nonsense"
    with pytest.raises(NodeUnavailable, match="does not answer"):
        await look(engine)
