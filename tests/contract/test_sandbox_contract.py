"""What every engine promises of sandboxes that are made ahead: free, claimed, grown, given back."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

from app.errors import NodeUnavailable
from tests.support.engine import nodes_of, run, until_stopped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.engine import Sandbox, SandboxEngine

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def a_free_sandbox(engine: SandboxEngine) -> AsyncIterator[str]:
    sandbox = secrets.token_hex(6)
    try:
        await engine.make(sandbox, lambda _: None)
        yield sandbox
    finally:
        await engine.discard(sandbox)


async def found(engine: SandboxEngine, sandbox: str) -> Sandbox | None:
    return next((row for row in await engine.sandboxes() if row.id == sandbox), None)


async def test_a_free_sandbox_is_nobodys_and_its_engine_answers(engine: SandboxEngine) -> None:
    async with a_free_sandbox(engine) as sandbox:
        row = await found(engine, sandbox)
        assert row
        assert (row.student, row.free, row.left_over) == ("", True, False)
        await engine.wait_until_ready(sandbox)


async def test_a_claimed_sandbox_is_the_students_and_only_hers(engine: SandboxEngine) -> None:
    ann, bob = secrets.token_hex(8), secrets.token_hex(8)
    async with a_free_sandbox(engine) as sandbox:
        nodes = await engine.claim(sandbox, ann)
        assert [(node.name, node.state) for node in nodes] == [("node1", "ready")]
        assert (await run(engine, ann, "echo mine")).output == "mine\n"
        with pytest.raises(NodeUnavailable):
            await engine.claim(sandbox, bob)
        row = await found(engine, sandbox)
        assert row
        assert row.student == ann


async def test_who_has_a_sandbox_can_t_claim_another(engine: SandboxEngine, student: str) -> None:
    async with a_free_sandbox(engine) as sandbox:
        with pytest.raises(NodeUnavailable):
            await engine.claim(sandbox, student)
        row = await found(engine, sandbox)
        assert row
        assert row.free


async def test_a_claimed_sandbox_can_grow(engine: SandboxEngine) -> None:
    ann = secrets.token_hex(8)
    async with a_free_sandbox(engine) as sandbox:
        await engine.claim(sandbox, ann)
        nodes = await engine.create(ann, 2, lambda _: None)
        assert [node.name for node in nodes] == ["node1", "node2"]
        row = await found(engine, sandbox)
        assert row
        assert row.nodes == tuple(nodes)


async def test_what_is_given_back_is_left_over(engine: SandboxEngine) -> None:
    ann = secrets.token_hex(8)
    async with a_free_sandbox(engine) as sandbox:
        await engine.claim(sandbox, ann)
        await engine.give_back(ann)
        await engine.give_back(ann)
        row = await found(engine, sandbox)
        assert row
        assert row.left_over
        await engine.discard(sandbox)
        await engine.discard(sandbox)
        assert not await found(engine, sandbox)


async def test_discarding_from_two_sides_at_once_is_fine(engine: SandboxEngine) -> None:
    async with a_free_sandbox(engine) as sandbox, anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(engine.discard, sandbox)


async def test_a_free_sandbox_can_be_retired_once(engine: SandboxEngine) -> None:
    async with a_free_sandbox(engine) as sandbox:
        assert await engine.retire(sandbox)
        row = await found(engine, sandbox)
        assert row
        assert row.left_over
        assert not await engine.retire(sandbox)


async def test_a_sandbox_that_somebody_has_can_t_be_retired(engine: SandboxEngine) -> None:
    ann = secrets.token_hex(8)
    async with a_free_sandbox(engine) as sandbox:
        await engine.claim(sandbox, ann)
        assert not await engine.retire(sandbox)
        assert (await run(engine, ann, "echo mine")).output == "mine\n"


async def test_a_renewed_node_is_ready(engine: SandboxEngine, student: str) -> None:
    assert (await engine.renew(student, "node1")).state == "ready"
    assert [node.name for node in await nodes_of(engine, student)] == ["node1"]


async def test_a_node_is_removed_and_the_others_stay(engine: SandboxEngine, student: str) -> None:
    await engine.create(student, 2, lambda _: None)
    await engine.remove_node(student, "node2")
    assert [node.name for node in await nodes_of(engine, student)] == ["node1"]
    await engine.remove_node(student, "node2")


async def test_stopping_twice_is_fine(engine: SandboxEngine, student: str) -> None:
    await engine.stop(student, "node1")
    await until_stopped(engine, student)
    await engine.stop(student, "node1")
    await engine.stop(student, "node3")


async def test_the_machines_health_is_known(engine: SandboxEngine) -> None:
    health = await engine.health()
    assert health.memory_free_bytes > 0
    assert health.disk_free_bytes > 0
    assert health.registry_serves


async def test_work_and_writing_are_counted(engine: SandboxEngine, student: str) -> None:
    assert await engine.processor_seconds(student) >= 0
    assert all(size >= 0 for size in (await engine.disk_bytes()).values())
    assert await engine.processor_seconds("f" * 16) == 0
