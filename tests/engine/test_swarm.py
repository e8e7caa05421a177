"""Two nodes are a Swarm: an overlay network over VXLAN between them, and a service on both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.engine import a_student, output_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
NODES = ("node1", "node2")
# Names are those of tasks: a service's virtual address needs IPVS, which not every kernel has.
SERVICE = """
    docker network create -d overlay --attachable between >/dev/null &&
      docker service create -d --quiet --name web --network between --endpoint-mode dnsrr \
        --mode global nginx >/dev/null
"""
BOTH_RUN = """
    for try in $(seq 500); do
      running=$(docker service ps web --filter desired-state=running \
        --format '{{.Node}} {{.CurrentState}}' | grep -c Running)
      [ "$running" != 2 ] || exit 0
      sleep 0.1
    done
    docker service ps --no-trunc web; exit 1
"""
REACH_EACH_TASK = """
    docker run --rm --network between alpine sh -c '
      addresses=$(nslookup tasks.web | sed -n "/^Name/,\\$ s/Address: //p" | sort -u)
      for address in $addresses; do
        ping -c 1 -W 2 $address >/dev/null && wget -qO- -T 3 $address | grep -q nginx || exit 1
        echo $address
      done' 2>/dev/null
"""


@pytest.fixture(scope="module")
async def swarm(engine: DockerEngine) -> AsyncIterator[str]:
    async with a_student(engine, nodes=2) as student:
        await output_of(engine, student, "docker swarm init --advertise-addr eth0 >/dev/null")
        token = await output_of(engine, student, "docker swarm join-token -q worker")
        join = f"docker swarm join --token {token} node1:2377"
        await output_of(engine, student, join, "node2")
        await output_of(engine, student, SERVICE)
        await output_of(engine, student, BOTH_RUN)
        yield student


async def test_both_nodes_are_ready(engine: DockerEngine, swarm: str) -> None:
    listed = await output_of(
        engine, swarm, "docker node ls --format '{{.Hostname}} {{.Status}}' | sort"
    )
    assert listed.split("\n") == ["node1 Ready", "node2 Ready"]


async def test_each_node_runs_a_task(engine: DockerEngine, swarm: str) -> None:
    for node in NODES:
        assert await output_of(engine, swarm, "docker ps -q --filter name=web | wc -l", node) == "1"


@pytest.mark.parametrize("node", NODES)
async def test_containers_reach_the_tasks_on_both_nodes_by_name(
    engine: DockerEngine, swarm: str, node: str
) -> None:
    reached = (await output_of(engine, swarm, REACH_EACH_TASK, node)).split()
    assert len(reached) == 2


async def test_containers_on_two_nodes_find_each_other_by_name(
    engine: DockerEngine, swarm: str
) -> None:
    run = "docker run -d --name there --network between alpine sleep 60 2>/dev/null"
    await output_of(engine, swarm, run, "node2")
    ping = "docker run --rm --network between alpine ping -c 1 -W 5 there 2>/dev/null"
    assert "1 packets received" in await output_of(engine, swarm, ping, "node1")


async def test_what_passes_between_the_nodes_is_vxlan(engine: DockerEngine, swarm: str) -> None:
    capture = """
        timeout 50 tcpdump -Z root -c 1 -n -i eth0 udp port 4789 >/tmp/capture 2>/tmp/log &
        until grep -q listening /tmp/log; do kill -0 $! || exit 1; done
        docker run --rm --network between alpine ping -c 3 there >/dev/null 2>&1
        wait; cat /tmp/capture
    """
    assert "VXLAN" in await output_of(engine, swarm, capture, "node1")
