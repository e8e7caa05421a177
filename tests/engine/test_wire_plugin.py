"""The network plugin that students read, on a real node: a driver that connects containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.engine import a_student, output_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
MOST_LINES = 30
INSTALL = """
    docker run -d --name wire --network host --cap-add NET_ADMIN wire-plugin >/dev/null 2>&1
    mkdir -p /etc/docker/plugins
    echo tcp://127.0.0.1:7777 >/etc/docker/plugins/wire.spec
    docker network create --driver wire wired >/dev/null
"""
SWITCHES = "ip -o link show type bridge | grep -c ': wire-'"
CABLES = "ip -o link show type veth | grep -c 'master wire-'"


@pytest.fixture
async def installed(engine: DockerEngine) -> AsyncIterator[str]:
    """A student with the plugin and a network of it.

    An engine that knew the plugin once never asks it again who it is, and waits long for it when it
    is gone; so nobody else gets this node.
    """
    async with a_student(engine) as student:
        await output_of(engine, student, INSTALL)
        yield student


async def test_it_is_as_short_as_the_lesson_says(engine: DockerEngine, clean: str) -> None:
    lines = await output_of(engine, clean, "docker run --rm wire-plugin cat /plugin 2>/dev/null")
    assert len(lines.splitlines()) <= MOST_LINES


async def test_containers_on_its_network_find_and_reach_each_other(
    engine: DockerEngine, installed: str
) -> None:
    script = """
        docker run -d --name there --net wired nginx >/dev/null 2>&1
        docker run --rm --net wired alpine wget -qO- -T 3 http://there 2>/dev/null
    """
    assert "nginx" in await output_of(engine, installed, script)


async def test_it_leaves_no_cable_and_no_switch_behind(
    engine: DockerEngine, installed: str
) -> None:
    script = f"""
        docker run -d --name there --net wired alpine sleep 600 >/dev/null 2>&1
        {SWITCHES}; {CABLES}
        docker rm -f there >/dev/null; {SWITCHES}; {CABLES}
        docker network rm wired >/dev/null; {SWITCHES}; true
    """
    assert (await output_of(engine, installed, script)).split() == ["1", "1", "1", "0", "0"]


async def test_its_log_shows_what_the_engine_asked_for(
    engine: DockerEngine, installed: str
) -> None:
    log = "docker network rm wired >/dev/null; docker logs wire 2>&1"
    said = await output_of(engine, installed, log)
    asked = [line.split()[0] for line in said.splitlines()]
    assert asked == [
        "/Plugin.Activate",
        "/NetworkDriver.GetCapabilities",
        "/NetworkDriver.CreateNetwork",
        "/NetworkDriver.DeleteNetwork",
    ]
