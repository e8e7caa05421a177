"""What every sandbox engine promises, asked of the echo engine and of the real one alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from app.errors import NodeUnavailable
from app.sandboxes.echo_engine import EchoEngine
from app.sandboxes.engine import STAGES, NodeEvent, RunResult, SandboxEngine
from tests.support.engine import a_student, nodes_of, read_some, run, until_stopped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.sandboxes.engine import Shell

pytestmark = pytest.mark.anyio
WAIT_S = 60


@pytest.fixture
def stop_node(engine: SandboxEngine, student: str) -> Callable[[], Awaitable[None]]:
    """What a student does to a node with ``kill 1``, told to each engine in its own way."""

    async def stop() -> None:
        if isinstance(engine, EchoEngine):
            await engine.stop(student, "node1")
        else:
            await run(engine, student, "kill -TERM 1")

    return stop


async def read_until(shell: Shell, wanted: bytes) -> bytes:
    seen = b""
    with anyio.fail_after(WAIT_S):
        while wanted not in seen:
            data = await read_some(shell)
            assert data, f"the shell ended after {seen!r}"
            seen += data
    return seen


async def test_an_engine_says_what_isolates_students(engine: SandboxEngine) -> None:
    info = await engine.info()
    assert info.version
    assert info.isolation


async def test_creating_tells_its_stages_in_order(engine: SandboxEngine) -> None:
    told: list[str] = []
    async with a_student(engine) as student:
        await engine.create(student, 1, told.append)
    assert tuple(told) == STAGES


async def test_a_created_node_is_ready_and_has_an_address(
    engine: SandboxEngine, student: str
) -> None:
    (node,) = await nodes_of(engine, student)
    assert (node.name, node.state) == ("node1", "ready")
    assert node.ip.startswith("198.18.")


async def test_creating_twice_gives_the_same_sandbox(engine: SandboxEngine, student: str) -> None:
    before = await nodes_of(engine, student)
    assert list(await engine.create(student, 1, lambda _: None)) == list(before)


async def test_removing_twice_is_fine(engine: SandboxEngine, student: str) -> None:
    await engine.remove(student)
    await engine.remove(student)
    assert not await nodes_of(engine, student)


async def test_a_script_gives_output_and_status(engine: SandboxEngine, student: str) -> None:
    assert await run(engine, student, "echo hello") == RunResult(
        0, "hello\n", truncated=False, timed_out=False
    )
    assert (await run(engine, student, "exit 3")).exit_code == 3


async def test_a_script_sees_its_environment(engine: SandboxEngine, student: str) -> None:
    assert (await run(engine, student, "echo $ANSWER", ANSWER="42")).output == "42\n"


async def test_a_script_is_stopped_at_its_time_limit(engine: SandboxEngine, student: str) -> None:
    result = await run(engine, student, "echo begun\nsleep 60", timeout_s=0.5)
    assert result.timed_out
    assert result.exit_code == 124
    assert result.output == "begun\n"


async def test_output_beyond_the_limit_is_dropped(engine: SandboxEngine, student: str) -> None:
    result = await run(engine, student, "echo 0123456789", output_bytes=4)
    assert result.output == "0123"
    assert result.truncated


async def test_a_script_on_a_node_that_is_not_there_is_an_error(
    engine: SandboxEngine, student: str
) -> None:
    await engine.remove(student)
    with pytest.raises(NodeUnavailable):
        await run(engine, student, "true")


async def test_a_shell_shows_a_prompt_and_runs_what_is_typed(
    engine: SandboxEngine, student: str
) -> None:
    shell = await engine.open_shell(student, "node1", 24, 80)
    assert b"student@node1" in await read_until(shell, b"$ ")
    await shell.write(b"echo one''two\r")
    await read_until(shell, b"onetwo\r\n")
    await shell.close()


async def test_a_shell_knows_its_size(engine: SandboxEngine, student: str) -> None:
    shell = await engine.open_shell(student, "node1", 24, 80)
    await read_until(shell, b"$ ")
    await shell.resize(40, 132)
    await shell.write(b"stty size\r")
    await read_until(shell, b"40 132\r\n")
    await shell.close()


async def test_a_shell_that_exits_tells_its_status(engine: SandboxEngine, student: str) -> None:
    shell = await engine.open_shell(student, "node1", 24, 80)
    assert await shell.exit_code() is None
    await read_until(shell, b"$ ")
    await shell.write(b"exit 7\r")
    with anyio.fail_after(WAIT_S):
        while await read_some(shell):
            pass
    assert await shell.exit_code() == 7
    await shell.close()
    await shell.close()
    assert await read_some(shell) == b""


async def test_a_shell_on_a_stopped_node_is_an_error(
    engine: SandboxEngine, student: str, stop_node: Callable[[], Awaitable[None]]
) -> None:
    await stop_node()
    await until_stopped(engine, student)
    with pytest.raises(NodeUnavailable):
        await engine.open_shell(student, "node1", 24, 80)


async def test_a_stopped_node_starts_again(
    engine: SandboxEngine, student: str, stop_node: Callable[[], Awaitable[None]]
) -> None:
    await stop_node()
    await until_stopped(engine, student)
    assert (await engine.restart(student, "node1")).state == "ready"
    assert (await run(engine, student, "echo back")).output == "back\n"


async def test_stops_and_starts_are_told_as_events(
    engine: SandboxEngine, student: str, stop_node: Callable[[], Awaitable[None]]
) -> None:
    told: list[NodeEvent] = []
    async with anyio.create_task_group() as tasks:

        async def listen() -> None:
            async for event in engine.events():
                if event.student == student:
                    told.append(event)

        tasks.start_soon(listen)
        with anyio.fail_after(WAIT_S):
            # An event stream says nothing when it begins, so things are made to happen until it
            # is seen to have begun.
            while not told:
                await stop_node()
                await until_stopped(engine, student)
                await engine.restart(student, "node1")
                await anyio.sleep(0.05)
            while len(told) < 2:
                await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    assert {event.what for event in told} == {"stopped", "started"}
    assert {event.node for event in told} == {"node1"}


async def test_a_program_is_spoken_to_byte_by_byte(engine: SandboxEngine, student: str) -> None:
    program = await engine.start_program(student, "node1", ["cat"])
    said = bytes(range(256)) * 1024
    heard = b""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(program.write, said)
        with anyio.fail_after(WAIT_S):
            while len(heard) < len(said):
                heard += await program.read(1000)
    assert heard == said
    program.close()
    program.close()


async def test_no_program_starts_where_there_is_no_node(engine: SandboxEngine) -> None:
    with pytest.raises(NodeUnavailable):
        await engine.start_program("0" * 16, "node1", ["cat"])
