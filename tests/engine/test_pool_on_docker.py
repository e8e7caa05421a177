"""The pool on a real class engine: what it makes, it finds again, and it notices what dies."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import anyio
import pytest

from app.sandboxes.pool import SandboxPool
from tests.support.engine import engine_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from app.sandboxes.docker_engine import DockerEngine
    from app.sandboxes.view import SandboxView

pytestmark = pytest.mark.anyio
WAIT_S = 90


@pytest.fixture
async def student(engine: DockerEngine) -> AsyncIterator[str]:
    student = secrets.token_hex(8)
    yield student
    await engine.remove(student)


def a_pool(engine: DockerEngine) -> SandboxPool:
    return SandboxPool(engine, engine_settings(), lambda _student, _view: None)


async def until(
    pool: SandboxPool, student: str, wanted: Callable[[SandboxView], bool]
) -> SandboxView:
    with anyio.fail_after(WAIT_S):
        while not wanted(view := pool.view(student)):
            assert view.state != "failed", view.reason
            await anyio.sleep(0.02)
    return view


async def test_a_sandbox_becomes_ready(engine: DockerEngine, student: str) -> None:
    async with a_pool(engine) as pool:
        assert pool.ensure(student).state in ("queued", "starting")
        view = await until(pool, student, lambda view: view.state == "ready")
        assert [node.name for node in view.nodes] == ["node1"]


async def test_a_new_pool_finds_the_sandboxes_of_the_old_one(
    engine: DockerEngine, student: str
) -> None:
    async with a_pool(engine) as pool:
        pool.ensure(student)
        before = await until(pool, student, lambda view: view.state == "ready")
    async with a_pool(engine) as pool:
        assert pool.view(student).nodes == before.nodes


async def test_a_node_that_stops_is_noticed_and_starts_again(
    engine: DockerEngine, student: str
) -> None:
    async with a_pool(engine) as pool:
        pool.ensure(student)
        await until(pool, student, lambda view: view.state == "ready")
        await engine.run(
            student, "node1", "kill -TERM 1", environment={}, timeout_s=5, output_bytes=100
        )
        await until(pool, student, lambda view: view.nodes[0].state == "stopped")
        await pool.restart(student, "node1")
        assert pool.view(student).nodes[0].state == "ready"


async def test_a_reset_gives_a_fresh_node(engine: DockerEngine, student: str) -> None:
    async with a_pool(engine) as pool:
        pool.ensure(student)
        await until(pool, student, lambda view: view.state == "ready")
        touch = "touch /root/mine && docker network create mine"
        await engine.run(student, "node1", touch, environment={}, timeout_s=5, output_bytes=100)
        assert pool.reset(student).state == "starting"
        await until(pool, student, lambda view: view.state == "ready")
        look = "ls /root/mine || docker network inspect mine"
        left = await engine.run(
            student, "node1", look, environment={}, timeout_s=5, output_bytes=100
        )
        assert left.exit_code != 0
