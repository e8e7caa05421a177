"""The picture equals what the engines say of themselves, whatever a student does to them."""

from __future__ import annotations

import json
import random
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from app.topology.pictures import Pictures
from tests.support.engine import a_student, nodes_of, output_of, run
from tests.support.eventually import soon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine
    from app.topology.model import NodePicture, Topology

pytestmark = pytest.mark.anyio
WAIT_S = 60
SEED = 6
OPERATIONS = 200
AT_ONCE = 20
# What a container needs of the node's processor is started by as few as possible.
SLEEP = "alpine sleep 1000"


@pytest.fixture(scope="module")
async def pair(engine: DockerEngine) -> AsyncIterator[str]:
    async with a_student(engine, nodes=2) as student:
        for node in ("node1", "node2"):
            await output_of(engine, student, "docker pull -q alpine", node)
        yield student


@asynccontextmanager
async def following(engine: DockerEngine, student: str) -> AsyncIterator[list[Topology]]:
    """What a page is told, the first complete picture first."""
    told: list[Topology] = []
    async with Pictures(engine, lambda _, topology: told.append(topology)) as pictures:
        nodes = await nodes_of(engine, student)
        with pictures.follow(student, nodes):
            assert (await pictures.look(student, nodes)).is_read
            yield told


def node_of(told: list[Topology], name: str = "node1") -> NodePicture:
    return next(node for node in told[-1].nodes if node.name == name)


def as_inspected(node: NodePicture) -> dict[str, dict[str, Any]]:
    """The picture's part of ``docker network inspect``, by the network's name."""
    return {
        network.name: {
            "id": network.id,
            "driver": network.driver,
            "internal": network.internal,
            "subnets": list(network.subnets),
            "containers": {
                container.name: (endpoint.ipv4, endpoint.mac)
                for container in node.containers
                for endpoint in container.endpoints
                if endpoint.network_id == network.id and container.state == "running"
            },
        }
        for network in node.networks
    }


async def inspected(engine: DockerEngine, student: str, node: str) -> dict[str, dict[str, Any]]:
    said = await output_of(engine, student, "docker network inspect $(docker network ls -q)", node)
    return {
        row["Name"]: {
            "id": row["Id"],
            "driver": row["Driver"],
            "internal": row["Internal"],
            "subnets": [pool["Subnet"] for pool in row["IPAM"]["Config"] or []],
            "containers": {
                found["Name"]: (found["IPv4Address"].partition("/")[0], found["MacAddress"])
                for found in row["Containers"].values()
            },
        }
        for row in json.loads(said)
    }


async def equals(engine: DockerEngine, student: str, told: list[Topology], node: str) -> None:
    """Once the last news have come."""
    wanted = await inspected(engine, student, node)
    with anyio.move_on_after(WAIT_S):
        while as_inspected(node_of(told, node)) != wanted:
            await anyio.sleep(0.02)
    assert as_inspected(node_of(told, node)) == wanted


async def test_25_containers_on_8_networks_over_2_nodes_are_as_docker_says(
    engine: DockerEngine, pair: str
) -> None:
    def script(containers: range) -> list[str]:
        lines = [
            f"docker network create --subnet 10.{20 + number}.0.0/24 "
            f"{'--internal ' if number == 3 else ''}net{number}"
            for number in range(4)
        ]
        for number in containers:
            lines.append(f"docker create --name box{number} --network net{number % 4} {SLEEP}")
            if number % 3 == 0:
                other = f"net{(number + 1) % 4}"
                lines.append(f"docker network connect --alias b{number} {other} box{number}")
            lines.append(f"docker start box{number}")
        return lines

    async with following(engine, pair) as told:
        try:
            for node, containers in (("node1", range(13)), ("node2", range(13, 25))):
                lines = script(containers)
                for at in range(0, len(lines), AT_ONCE):
                    some = "\n".join(lines[at : at + AT_ONCE])
                    await run_on(engine, pair, f"{{\n{some}\n}} >/dev/null", node)
                await equals(engine, pair, told, node)
            assert sum(len(node.containers) for node in told[-1].nodes) == 25
            box0 = next(row for row in node_of(told).containers if row.name == "box0")
            assert [(end.network, end.aliases) for end in box0.endpoints] == [
                ("net0", ()),
                ("net1", ("b0",)),
            ]
        finally:
            for node in ("node1", "node2"):
                await clean_up(engine, pair, node)


async def clean_up(engine: DockerEngine, student: str, node: str) -> None:
    await run_on(engine, student, "docker rm -f $(docker ps -aq) >/dev/null", node)
    await run_on(engine, student, "docker network prune -f >/dev/null", node)


async def run_on(engine: DockerEngine, student: str, script: str, node: str) -> None:
    await engine.run(student, node, script, environment={}, timeout_s=60, output_bytes=1000)


def random_operations(seed: int) -> list[str]:
    """Some of them make no sense, which Docker refuses: that changes nothing either."""
    dice = random.Random(seed)  # noqa: S311 - a reproducible walk, nothing secret
    boxes = [f"box{number}" for number in range(6)]
    networks = [f"net{number}" for number in range(5)]
    found = []
    for _ in range(OPERATIONS):
        box, network = dice.choice(boxes), dice.choice(networks)
        found.append(
            dice.choice(
                [
                    f"docker network create {network}",
                    f"docker network create --internal {network}",
                    f"docker network rm {network}",
                    f"docker run -d --name {box} --network {network} {SLEEP}",
                    f"docker create --name {box} {SLEEP}",
                    f"docker network connect --alias a{dice.randrange(9)} {network} {box}",
                    f"docker network connect {network} {box}",
                    f"docker network disconnect {network} {box}",
                    f"docker rm -f {box}",
                    f"docker rename {box} {dice.choice(boxes)}",
                    f"docker stop -t 0 {box}",
                    f"docker start {box}",
                ]
            )
        )
    return found


async def test_after_200_random_operations_picture_and_engine_are_equal(
    engine: DockerEngine, pair: str
) -> None:
    operations = random_operations(SEED)
    async with following(engine, pair) as told:
        try:
            for at in range(0, OPERATIONS, AT_ONCE):
                some = "\n".join(operations[at : at + AT_ONCE])
                await run_on(engine, pair, f"{{\n{some}\n}} >/dev/null 2>&1", "node1")
                await equals(engine, pair, told, "node1")
            listed = await output_of(engine, pair, "docker ps -a --format '{{.Names}} {{.State}}'")
            drawn = [f"{row.name} {row.state}" for row in node_of(told).containers]
            assert sorted(drawn) == sorted(listed.split("\n"))
        finally:
            await clean_up(engine, pair, "node1")


async def test_a_change_is_told_within_300_ms(engine: DockerEngine, pair: str) -> None:
    async with following(engine, pair) as told:
        api = await engine.open_api(pair, "node1")
        heard: dict[str, float] = {}

        async def listen() -> None:
            async for kind, data in api.chunks():
                if kind == "event" and b'"create"' in data:
                    heard[f"quick{len(heard)}"] = time.monotonic()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            delays = []
            # A busy machine may be late with most, but not with all of them.
            for number in range(9):
                name = f"quick{number}"
                await output_of(engine, pair, f"docker network create {name}")
                await soon(lambda name=name: name in heard or None)  # type: ignore[misc]
                await soon(
                    lambda name=name: (
                        any(  # type: ignore[misc]
                            row.name == name for row in node_of(told).networks
                        )
                        or None
                    )
                )
                delays.append(time.monotonic() - heard[name])
            tasks.cancel_scope.cancel()
        api.close()
        await clean_up(engine, pair, "node1")
    assert min(delays) < 0.3, delays


async def test_an_engine_that_is_killed_is_drawn_as_stopped_and_comes_back(
    engine: DockerEngine, pair: str
) -> None:
    async with following(engine, pair) as told:
        await output_of(engine, pair, "pkill -KILL dockerd")
        await soon(lambda: any(t.nodes[0].state == "stopped" for t in told) or None)
        assert "node1 is stopped" in next(
            t.nodes[0].reason for t in told if t.nodes[0].state == "stopped"
        )
        await soon(lambda: node_of(told).state == "ready" or None)
        assert {row.name for row in node_of(told).networks} >= {"bridge", "host", "none"}


async def test_many_containers_with_huge_labels_are_counted_and_not_drawn(
    engine: DockerEngine, pair: str
) -> None:
    label = "head -c 100000 /dev/zero | tr '\\0' x"
    make = f"label=$({label}); for n in $(seq 70); do docker create -l a=$label alpine; done"
    async with following(engine, pair) as told:
        try:
            await run_on(engine, pair, f"{{ {make}; }} >/dev/null", "node1")
            counted = int(await output_of(engine, pair, "docker ps -aq | wc -l"))
            assert counted > 60
            await soon(
                lambda: (
                    (node_of(told).more.containers + len(node_of(told).containers) == counted)
                    or None
                )
            )
        finally:
            await clean_up(engine, pair, "node1")


async def test_one_reader_reads_a_node_and_ends_with_the_last_page(
    engine: DockerEngine, pair: str
) -> None:
    nodes = await nodes_of(engine, pair)
    async with Pictures(engine, lambda *_: None, linger_s=0) as pictures:
        with pictures.follow(pair, nodes), pictures.follow(pair, nodes):
            await pictures.look(pair, nodes)
            assert pictures.reading == 2
            assert await output_of(engine, pair, "pgrep curl | wc -l") == "1"
        await soon(lambda: not pictures.reading or None)
        with anyio.fail_after(WAIT_S):
            while (await run(engine, pair, "pgrep curl")).exit_code == 0:
                await anyio.sleep(0.05)


async def test_services_and_their_tasks_are_drawn_on_both_nodes(engine: DockerEngine) -> None:
    async with a_student(engine, nodes=2) as student:
        await output_of(engine, student, "docker swarm init --advertise-addr eth0 >/dev/null")
        token = await output_of(engine, student, "docker swarm join-token -q worker")
        join = f"docker swarm join --token {token} node1:2377"
        await output_of(engine, student, join, "node2")
        async with following(engine, student) as told:
            script = (
                "docker network create -d overlay --attachable between >/dev/null && "
                "docker service create -d --quiet --name web --network between "
                f"--endpoint-mode dnsrr --mode global {SLEEP} >/dev/null"
            )
            await output_of(engine, student, script)

            def tasks() -> set[tuple[str, str]] | None:
                services = told[-1].as_json()["services"]
                return services and {(t["node"], t["state"]) for t in services[0]["tasks"]}

            with anyio.fail_after(60):
                while tasks() != {("node1", "running"), ("node2", "running")}:
                    await anyio.sleep(0.05)
            (service,) = told[-1].as_json()["services"]
            assert (service["name"], service["networks"]) == ("web", ("between",))
            for node in told[-1].nodes:
                (overlay,) = [row for row in node.networks if row.name == "between"]
                assert (overlay.driver, overlay.scope) == ("overlay", "swarm")
                assert [row.service for row in node.containers] == ["web"]
