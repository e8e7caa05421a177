"""The class engine crashes, hangs and loses its registry; students are told, and it recovers."""

from __future__ import annotations

import gc
import os
import signal
from typing import TYPE_CHECKING

import anyio
import pytest

from app.errors import EngineUnavailable
from app.sandboxes.link import NO_ANSWER, NO_REGISTRY
from tests.support.engine import engine_settings, output_of, stopped_registry
from tests.support.pools import (
    a_pool,
    class_engines_process,
    is_ready,
    kill_in_class_engine,
    students,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = [
    pytest.mark.anyio,
    # The SDK's unix adapter forgets to close a socket whose connect() was refused.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket.socket"),
]
PULL = "docker image rm nginx >/dev/null 2>&1; docker pull -q nginx 2>&1"


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """Such sockets are found here at the latest, and not in whatever test comes later."""
    yield
    gc.collect()


async def test_a_class_engine_that_crashes_comes_back_with_every_sandbox(
    engine: DockerEngine,
) -> None:
    async with students(engine, 3) as (ann, bob, cid), a_pool(engine, warm_sandboxes=1) as pool:
        for student, nodes in ((ann, 2), (bob, 1)):
            pool.ensure(student, nodes)
            await until(pool, student, is_ready)
            await output_of(engine, student, f"echo {student} >/root/mine")
        with class_engines_process() as process:
            os.kill(process, signal.SIGKILL)
        await until(pool, ann, lambda view: bool(view.trouble))
        for student, nodes in ((ann, 2), (bob, 1)):
            view = await until(pool, student, lambda view: not view.trouble and is_ready(view))
            assert len(view.nodes) == nodes
            assert await output_of(engine, student, "cat /root/mine") == student
            assert await output_of(engine, student, "docker ps -q") == ""
        pool.ensure(cid)
        await until(pool, cid, is_ready)
        with anyio.fail_after(90):
            while pool.warm < 1:
                await anyio.sleep(0.05)


async def test_a_class_engine_that_hangs_is_told_and_refused_at_once(engine: DockerEngine) -> None:
    async with students(engine, 2) as (ann, bob), a_pool(engine) as pool:
        pool.ensure(ann)
        await until(pool, ann, is_ready)
        with class_engines_process() as process:
            os.kill(process, signal.SIGSTOP)
            try:
                await until(pool, ann, lambda view: view.trouble == NO_ANSWER)
                with pytest.raises(EngineUnavailable):
                    pool.ensure(bob)
                with pytest.raises(EngineUnavailable):
                    pool.require_node(ann, "node1")
            finally:
                os.kill(process, signal.SIGCONT)
        await until(pool, ann, lambda view: not view.trouble)
        assert await output_of(engine, ann, "echo still here") == "still here"
        pool.ensure(bob)
        await until(pool, bob, is_ready)


async def test_a_registry_that_crashes_is_told_and_comes_back(engine: DockerEngine) -> None:
    registry = f"{engine_settings().instance}-registry"
    async with students(engine, 1) as (ann,), a_pool(engine) as pool:
        pool.ensure(ann)
        await until(pool, ann, is_ready)
        told: list[str] = []
        with anyio.fail_after(180):
            # A crash is mended by the class engine within a moment, which may be too short a
            # time to be noticed; crash after crash, it takes longer each time.
            while NO_REGISTRY not in told:
                kill_in_class_engine(registry)
                for _ in range(30):
                    told.append(pool.view(ann).trouble)
                    await anyio.sleep(0.05)
                await until(pool, ann, lambda view: not view.trouble)
        assert "nginx" in await output_of(engine, ann, PULL)


async def test_a_registry_that_was_stopped_is_started_again(engine: DockerEngine) -> None:
    async with students(engine, 2) as (ann, bob), a_pool(engine) as pool:
        for student in (ann, bob):
            pool.ensure(student)
            await until(pool, student, is_ready)
        with stopped_registry():
            await until(pool, ann, lambda view: view.trouble == NO_REGISTRY)
            await engine.remove(bob)  # whose network the registry was on
            refused = await engine.run(
                ann, "node1", PULL, environment={}, timeout_s=60, output_bytes=4000
            )
            assert refused.exit_code != 0
        await until(pool, ann, lambda view: not view.trouble)
        assert "nginx" in await output_of(engine, ann, PULL)
