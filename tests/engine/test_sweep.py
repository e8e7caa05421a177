"""The command sweep on the real class engine: litter goes, what is somebody's stays."""

from __future__ import annotations

import json
import secrets
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import pytest

from app.hosting.class_engine import connect
from app.sandboxes.spec import NODE_IMAGE, STUDENT_NETWORKS, network_arguments
from app.sweeping import Sweep, Swept, sweep
from tests.support.command import SLIPWAY, slipway
from tests.support.engine import a_student, engine_settings, nodes_of, output_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import docker

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
WAIT_S = 90
OLD_IMAGE = "slipway/node:of-old"
# The last one, so that no sandbox made meanwhile wants it.
SUBNET = str(list(STUDENT_NETWORKS.subnets(new_prefix=28))[-1])


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    with closing(connect(engine_settings())) as client:
        yield client


@asynccontextmanager
async def a_network_without_nodes(
    engine: DockerEngine, client: docker.DockerClient
) -> AsyncIterator[str]:
    sandbox = secrets.token_hex(6)
    client.api.create_network(**network_arguments(engine_settings(), sandbox, SUBNET))
    yield sandbox
    await engine.discard(sandbox)


async def swept(engine: DockerEngine, wanted: Sweep | None = None) -> Swept:
    return await sweep(engine, engine_settings(), wanted or Sweep(), lambda *_: None)


async def ids(engine: DockerEngine) -> set[str]:
    return {sandbox.id for sandbox in await engine.sandboxes()}


def unnamed_volumes(client: docker.DockerClient) -> set[str]:
    return {volume.name for volume in client.volumes.list() if len(volume.name) == 64}


async def test_what_was_given_back_goes_and_a_student_at_work_notices_nothing(
    engine: DockerEngine, student: str
) -> None:
    before = await nodes_of(engine, student)
    async with a_student(engine) as leaver:
        (left,) = [row.id for row in await engine.sandboxes() if row.student == leaver]
        await engine.give_back(leaver)
        dry = json.loads(slipway("sweep", "--dry-run", "--json").stdout)
        assert dry["sandboxes"] == [left]
        assert left in await ids(engine)
        done = slipway("sweep")
        assert (done.returncode, f"sandbox {left}" in done.stdout) == (0, True)
        assert left not in await ids(engine)
    assert await nodes_of(engine, student) == before
    assert await output_of(engine, student, "docker version >/dev/null && echo fine") == "fine"


async def test_when_all_is_tidy_there_is_nothing_to_remove(engine: DockerEngine) -> None:
    await swept(engine)
    done = slipway("sweep")
    assert (done.returncode, done.stdout) == (0, "There is nothing to remove.\n")


async def test_a_network_without_nodes_goes_only_when_it_is_old(
    engine: DockerEngine, client: docker.DockerClient
) -> None:
    async with a_network_without_nodes(engine, client) as sandbox:
        assert sandbox not in (await swept(engine)).sandboxes
        assert sandbox in await ids(engine)
        assert sandbox in (await swept(engine, Sweep(half_made_s=0))).sandboxes
        assert sandbox not in await ids(engine)


async def test_warm_sandboxes_go_only_when_asked_for(engine: DockerEngine) -> None:
    sandbox = secrets.token_hex(6)
    await engine.make(sandbox, lambda _: None)
    assert sandbox not in (await swept(engine)).sandboxes
    assert sandbox in (await swept(engine, Sweep(warm=True))).sandboxes
    assert sandbox not in await ids(engine)


async def test_removed_nodes_leave_no_volume(
    engine: DockerEngine, client: docker.DockerClient
) -> None:
    before = unnamed_volumes(client)
    async with a_student(engine, nodes=2) as student:
        assert len(unnamed_volumes(client) - before) == 2
        await output_of(engine, student, "docker run --rm alpine true")
        await engine.renew(student, "node1")
        assert len(unnamed_volumes(client) - before) == 2
    assert unnamed_volumes(client) <= before


async def test_a_volume_that_lost_its_node_goes_and_one_with_a_name_stays(
    engine: DockerEngine, student: str, client: docker.DockerClient
) -> None:
    used = unnamed_volumes(client)
    lost, named = client.volumes.create(), client.volumes.create("somebodys")
    try:
        assert lost.id in (await swept(engine)).volumes
        assert client.volumes.get("somebodys")
        assert unnamed_volumes(client) == used
    finally:
        named.remove()
    assert await output_of(engine, student, "docker version >/dev/null && echo fine") == "fine"


async def test_an_image_of_an_old_version_goes_and_the_current_one_stays(
    engine: DockerEngine, client: docker.DockerClient
) -> None:
    now = client.images.get(NODE_IMAGE)
    now.tag("slipway/node", "of-old")
    assert OLD_IMAGE in (await swept(engine)).images
    assert client.images.get(NODE_IMAGE).tags == now.tags


async def test_what_a_killed_preflight_left_behind_goes_but_not_before(
    engine: DockerEngine,
) -> None:
    async def strangers() -> set[str]:
        found = await engine.sandboxes()
        return {row.id for row in found if row.student.startswith("preflight-") and row.nodes}

    async with await anyio.open_process([SLIPWAY, "preflight", "--students", "9"]) as process:
        with anyio.fail_after(WAIT_S):
            while not await strangers():
                await anyio.sleep(0.02)
            assert (await swept(engine)).sandboxes == ()
        process.kill()
        await process.wait()
    with anyio.fail_after(WAIT_S):
        while await strangers():
            await swept(engine, Sweep(half_made_s=0))


def test_without_a_class_engine_it_says_what_to_do(tmp_path: str) -> None:
    done = slipway("sweep", SLIPWAY_STATE_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "The class engine does not answer." in done.stderr
    assert "Traceback" not in done.stderr
