"""The class engine over a long class: what many nodes leave behind must not add up."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import anyio.to_thread
import docker
import pytest

from tests.support.engine import a_student, engine_settings, output_of
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


def nothing_is_unreaped() -> bool:
    with closing(docker.from_env()) as host:
        container = host.containers.get(f"{engine_settings().instance}-engine")
        return bool(container.exec_run(["sh", "-c", ZOMBIES]).output == b"0\n")
