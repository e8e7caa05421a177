"""The computer outside: a neighbour on a node's LAN, to ask what other computers can reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.engine import output_of

if TYPE_CHECKING:
    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
STATUS = "curl -s -m 2 -o /dev/null -w '%{http_code}' http://node1:8080/ || true"
SERVER = """
    docker run -d -p {mapping} --name web nginx >/dev/null 2>&1
    until curl -fs -o /dev/null http://127.0.0.1:8080/; do sleep 0.1; done
"""


@pytest.mark.parametrize(("mapping", "status"), [("8080:80", "200"), ("127.0.0.1:8080:80", "000")])
async def test_it_reaches_what_is_published_to_all_and_nothing_else(
    engine: DockerEngine, clean: str, mapping: str, status: str
) -> None:
    script = f"{SERVER.format(mapping=mapping)} outside {STATUS}"
    assert await output_of(engine, clean, script) == status


async def test_the_server_sees_its_address_and_not_the_hosts(
    engine: DockerEngine, clean: str
) -> None:
    script = f"{SERVER.format(mapping='8080:80')} outside {STATUS} >&2; docker logs web"
    assert "203.0.113.2 - - " in await output_of(engine, clean, script)


async def test_localhost_is_its_own(engine: DockerEngine, clean: str) -> None:
    script = f"{SERVER.format(mapping='8080:80')} outside curl -s -m 2 localhost:8080 || echo no"
    assert await output_of(engine, clean, script) == "no"


async def test_it_has_no_way_further_out(engine: DockerEngine, student: str) -> None:
    routes = await output_of(engine, student, "outside ip route")
    here = await output_of(engine, student, "awk '$2 == \"node1\" { print $1 }' /etc/hosts")
    assert routes.split()[0] == here
    assert routes.count("\n") == 0


async def test_docker_has_nothing_to_notice(engine: DockerEngine, student: str) -> None:
    script = """
        outside true
        ip -4 -o addr show dev lan0
        docker network ls -q | wc -l
        docker swarm init >/dev/null && docker swarm leave -f >/dev/null
    """
    assert await output_of(engine, student, script) == "3"


async def test_it_is_made_once_and_again_after_it_broke(engine: DockerEngine, student: str) -> None:
    script = """
        for n in 1 2 3 4; do outside true & done; wait
        ip -o link show dev lan0 | wc -l
        ip link delete lan0
        outside ping -c 1 node1
    """
    said = await output_of(engine, student, script)
    assert said.startswith("1\n")
    assert "1 packets received" in said


async def test_it_is_there_after_the_node_was_started_again(
    engine: DockerEngine, student: str
) -> None:
    await output_of(engine, student, "outside true")
    await engine.restart(student, "node1")
    said = await output_of(engine, student, "outside ping -c 1 node1")
    assert "1 packets received" in said


async def test_its_commands_exit_status_is_kept(engine: DockerEngine, student: str) -> None:
    assert await output_of(engine, student, "outside sh -c 'exit 3' || echo $?") == "3"
