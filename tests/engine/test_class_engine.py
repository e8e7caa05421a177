"""The class engine over a long class: what many nodes leave behind must not add up."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import anyio.to_thread
import docker
import pytest

from tests.support.engine import a_student, engine_settings, network_of, output_of
from tests.support.eventually import eventually

if TYPE_CHECKING:
    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
ZOMBIES = "cat /proc/[0-9]*/stat 2>/dev/null | grep -c ') Z ' || true"


async def test_ended_processes_are_reaped_when_their_node_is_gone(engine: DockerEngine) -> None:
    """Each zombie holds a process id of the machine."""
    async with a_student(engine) as student:
        assert await output_of(engine, student, "docker ps -q") == ""
    assert await anyio.to_thread.run_sync(lambda: eventually(nothing_is_unreaped))


async def test_looking_at_the_registry_leaves_nothing_behind(engine: DockerEngine) -> None:
    for _ in range(3):
        assert (await engine.health()).registry_serves
    assert await anyio.to_thread.run_sync(lambda: eventually(nothing_is_unreaped))


async def test_a_bridge_remembers_few_hardware_addresses_and_not_for_long(
    engine: DockerEngine,
) -> None:
    """A student can make up as many as the network carries, and nobody is charged for them."""
    async with a_student(engine) as student:
        assert await anyio.to_thread.run_sync(lambda: eventually(lambda: is_bounded(student)))


def is_bounded(student: str) -> bool:
    settings = engine_settings()
    with closing(docker.DockerClient(base_url=f"unix://{settings.engine_socket}")) as engine:
        network = str(engine.networks.get(network_of(student)).id)
    with closing(docker.from_env()) as host:
        container = host.containers.get(f"{settings.instance}-engine")
        shown = container.exec_run(["ip", "-d", "link", "show", f"br-{network[:12]}"]).output
    return b"ageing_time 3000" in shown and b"fdb_max_learned 256" in shown


def nothing_is_unreaped() -> bool:
    with closing(docker.from_env()) as host:
        container = host.containers.get(f"{engine_settings().instance}-engine")
        return bool(container.exec_run(["sh", "-c", ZOMBIES]).output == b"0\n")
