"""Nodes that run out of memory, die, or fill the disk: they say why, and others notice nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from app.sandboxes.nodes import STARVED, STOPPED
from app.sandboxes.spec import students_container
from tests.support.engine import engine_settings, output_of
from tests.support.pools import a_pool, is_ready, kill_in_class_engine, students, until

if TYPE_CHECKING:
    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
# A shell that doubles a string until it is ended.
HOG = "sh -c 'a=0123456789abcdef; while :; do a=$a$a; done'"


async def test_a_program_that_takes_all_memory_is_ended_and_the_node_lives(
    engine: DockerEngine,
) -> None:
    async with students(engine, 2) as (ann, bob), a_pool(engine) as pool:
        for student in (ann, bob):
            pool.ensure(student)
            await until(pool, student, is_ready)
        result = await engine.run(
            ann, "node1", HOG, environment={}, timeout_s=60, output_bytes=1000
        )
        assert result.exit_code != 0
        view = await until(pool, ann, lambda view: view.nodes[0].reason == STARVED)
        assert view.nodes[0].state == "ready"
        await output_of(engine, ann, "until docker ps -q; do sleep 0.1; done")
        assert pool.view(bob).nodes[0].reason == ""
        assert await output_of(engine, bob, "docker ps -q") == ""


async def test_a_node_that_is_killed_says_so_and_starts_again(engine: DockerEngine) -> None:
    async with students(engine, 1) as (ann,), a_pool(engine) as pool:
        pool.ensure(ann)
        await until(pool, ann, is_ready)
        await output_of(engine, ann, "echo kept >/root/mine")
        kill_in_class_engine(students_container(engine_settings(), ann, "node1"))
        view = await until(pool, ann, lambda view: view.nodes[0].state == "stopped")
        assert view.nodes[0].reason == STOPPED
        await pool.restart(ann, "node1")
        assert await output_of(engine, ann, "cat /root/mine && docker ps -q") == "kept"


async def test_a_node_that_fills_the_disk_is_stopped_and_told(engine: DockerEngine) -> None:
    async with (
        students(engine, 2) as (ann, bob),
        a_pool(engine, node_disk_mb=300) as pool,
    ):
        for student in (ann, bob):
            pool.ensure(student)
            await until(pool, student, is_ready)
        fill = "dd if=/dev/zero of=/var/lib/docker/fill bs=1M count=200 2>/dev/null; sync"
        more = "dd if=/dev/zero of=/root/fill bs=1M count=200 2>/dev/null; sync"
        for script in (fill, more):
            await engine.run(ann, "node1", script, environment={}, timeout_s=60, output_bytes=100)
        view = await until(pool, ann, lambda view: view.nodes[0].state == "stopped")
        assert "300 MiB" in view.nodes[0].reason
        assert is_ready(pool.view(bob))
        await pool.renew(ann, "node1")
        assert is_ready(pool.view(ann))
        assert await output_of(engine, ann, "ls /root") == ""


async def test_fifty_students_at_once_wait_in_line_and_all_get_one(engine: DockerEngine) -> None:
    async with students(engine, 50) as everybody, a_pool(engine) as pool:
        places = [pool.ensure(student).position for student in everybody]
        waiting = [place for place in places if place]
        assert waiting == list(range(1, len(waiting) + 1))
        assert len(waiting) >= 40
        with anyio.fail_after(300):
            for student in everybody:
                await until(pool, student, is_ready, wait_s=300)
        assert pool.figures().waiting == 0
