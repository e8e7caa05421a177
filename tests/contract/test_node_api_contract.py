"""What every engine promises of a node's own Docker API: answers in order, events beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from app.errors import NodeUnavailable
from app.sandboxes.echo_engine import EchoEngine
from app.topology.questions import ApiEnded, Questions
from tests.support.engine import output_of, run, until_stopped
from tests.support.eventually import soon

if TYPE_CHECKING:
    from app.sandboxes.engine import SandboxEngine

pytestmark = pytest.mark.anyio
MIB = 1 << 20


async def make_network(engine: SandboxEngine, student: str, name: str) -> None:
    if isinstance(engine, EchoEngine):
        engine.docker(student).add_network(name)
    else:
        await output_of(engine, student, f"docker network create {name}")


async def test_questions_are_answered_in_order(engine: SandboxEngine, student: str) -> None:
    api = await engine.open_api(student, "node1")
    questions = Questions(api, lambda _: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(questions.listen)
        assert (await questions.get("/version", MIB))["Version"]
        names = {row["Name"] for row in await questions.get("/networks", MIB)}
        assert names >= {"bridge", "host", "none"}
        assert await questions.get("/no/such/thing", MIB) is None
        assert await questions.get("/services", MIB) is None
        assert await questions.get("/containers/json?all=1", MIB) == []
        tasks.cancel_scope.cancel()
    api.close()
    api.close()


async def make_container(engine: SandboxEngine, student: str, name: str) -> str:
    if isinstance(engine, EchoEngine):
        return engine.docker(student).add_container(name)
    make = f"docker pull -q alpine >/dev/null; docker run -d --name {name} alpine sleep 600"
    return await output_of(engine, student, make)


async def test_one_container_is_told_with_its_state_and_its_place(
    engine: SandboxEngine, student: str
) -> None:
    box = await make_container(engine, student, "box")
    api = await engine.open_api(student, "node1")
    questions = Questions(api, lambda _: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(questions.listen)
        row = await questions.get(f"/containers/{box}/json", MIB)
        tasks.cancel_scope.cancel()
    api.close()
    assert (row["Id"], row["Name"], row["State"]["Status"]) == (box, "/box", "running")
    assert row["State"]["Pid"] > 0
    assert row["NetworkSettings"]["Networks"]["bridge"]["IPAddress"].startswith("172.17.")


async def test_changes_are_told_as_events(engine: SandboxEngine, student: str) -> None:
    told: list[dict[str, Any]] = []
    api = await engine.open_api(student, "node1")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Questions(api, told.append).listen)
        await make_network(engine, student, "dev")
        await soon(lambda: [event for event in told if event["Type"] == "network"])
        tasks.cancel_scope.cancel()
    api.close()


async def test_it_ends_when_its_node_does(engine: SandboxEngine, student: str) -> None:
    api = await engine.open_api(student, "node1")
    questions = Questions(api, lambda _: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(questions.listen)
        assert await questions.get("/version", MIB)
        await engine.stop(student, "node1")
    with pytest.raises(ApiEnded):
        await questions.get("/version", MIB)
    api.close()
    await until_stopped(engine, student)
    with pytest.raises(NodeUnavailable):
        await engine.open_api(student, "node1")


async def test_closed_it_leaves_nothing_running(engine: SandboxEngine, student: str) -> None:
    api = await engine.open_api(student, "node1")
    questions = Questions(api, lambda _: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(questions.listen)
        assert await questions.get("/version", MIB)
        tasks.cancel_scope.cancel()
    api.close()
    if isinstance(engine, EchoEngine):
        assert not engine.docker(student).apis
        return
    with anyio.fail_after(60):
        while (await run(engine, student, "pgrep curl")).exit_code == 0:
            await anyio.sleep(0.05)
