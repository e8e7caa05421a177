"""Two real students try to reach each other, the machine and the outside; nothing gets there."""

from __future__ import annotations

import socket
import subprocess
import threading
from contextlib import contextmanager
from ipaddress import ip_interface
from typing import TYPE_CHECKING

import pytest

from tests.support.engine import a_student, class_engine, output_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def engine() -> AsyncIterator[DockerEngine]:
    async with class_engine() as engine:
        yield engine


@pytest.fixture(scope="module")
async def ada(engine: DockerEngine) -> AsyncIterator[str]:
    async with a_student(engine) as student:
        yield student


@pytest.fixture(scope="module")
async def bob(engine: DockerEngine) -> AsyncIterator[str]:
    async with a_student(engine) as student:
        yield student


@contextmanager
def listener_on_every_address() -> Iterator[tuple[int, list[str]]]:
    """A server of the test's own on this machine, and who has called it."""
    callers: list[str] = []
    with socket.create_server(("0.0.0.0", 0)) as server:  # noqa: S104 - that is the point

        def serve() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                callers.append(address[0])
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], callers
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def addresses_of_this_machine() -> set[str]:
    listed = subprocess.run(
        ["ip", "-4", "-o", "addr", "show"], capture_output=True, text=True, check=True
    )
    found = {str(ip_interface(line.split()[3]).ip) for line in listed.stdout.splitlines()}
    return {address for address in found if not address.startswith("127.")}


async def address_of(engine: DockerEngine, student: str) -> str:
    return (await engine.sandboxes())[student][0].ip


async def refused(engine: DockerEngine, student: str, script: str) -> bool:
    """Whether the attempt failed; a tool that is missing would prove nothing."""
    result = await engine.run(
        student, "node1", script, environment={}, timeout_s=15, output_bytes=4000
    )
    assert result.exit_code not in (126, 127), result
    return result.exit_code != 0


async def test_the_attempts_below_succeed_where_they_may(engine: DockerEngine, ada: str) -> None:
    """The control case: the registry is a neighbour, and everything reaches it."""
    registry = await output_of(engine, ada, "getent hosts registry | cut -d' ' -f1")
    assert not await refused(engine, ada, f"ping -c 1 -W 1 {registry}")
    assert not await refused(engine, ada, f"arping -c 1 -w 1 -I eth0 {registry}")
    assert not await refused(engine, ada, f"nc -z -w 1 {registry} 5000")


async def test_students_have_different_networks(engine: DockerEngine, ada: str, bob: str) -> None:
    networks = {
        await output_of(engine, student, "ip -4 route show dev eth0 scope link")
        for student in (ada, bob)
    }
    assert len(networks) == 2


async def test_a_student_reaches_the_own_node_but_not_the_other_ones(
    engine: DockerEngine, ada: str, bob: str
) -> None:
    serve = "nohup sh -c 'while echo secret | nc -l -p 7777; do :; done' >/dev/null 2>&1 &"
    await output_of(engine, bob, serve)
    address = await address_of(engine, bob)
    read = f"nc -w 2 {address} 7777 </dev/null"
    assert await output_of(engine, bob, f"sleep 0.2; {read}") == "secret"
    assert await refused(engine, ada, read)
    assert await refused(engine, ada, f"ping -c 1 -W 1 {address}")
    assert await refused(engine, ada, f"arping -c 1 -w 1 -I eth0 {address}")


async def test_the_registry_is_no_way_to_the_other_student(
    engine: DockerEngine, ada: str, bob: str
) -> None:
    address = await address_of(engine, bob)
    route = f"""
        set -e
        ip route add {address}/32 via $(getent hosts registry | cut -d' ' -f1)
        trap 'ip route del {address}/32' EXIT
        ping -c 1 -W 1 {address}
    """
    assert await refused(engine, ada, route)


async def test_there_is_no_route_out(engine: DockerEngine, ada: str) -> None:
    assert await output_of(engine, ada, "ip route show default") == ""


async def test_a_listener_on_this_machine_is_out_of_reach(engine: DockerEngine, ada: str) -> None:
    own = await output_of(engine, ada, "ip -4 -o addr show dev eth0 | awk '{ print $4 }'")
    gateway = str(next(ip_interface(own).network.hosts()))
    addresses = {gateway, "198.18.0.1", *addresses_of_this_machine()}
    with listener_on_every_address() as (port, callers):
        with socket.create_connection(("127.0.0.1", port)):
            pass
        for address in addresses:
            await output_of(
                engine, ada, f"nc -w 1 {address} {port} </dev/null >/dev/null 2>&1 || true"
            )
        assert callers == ["127.0.0.1"]


async def test_names_of_the_other_student_are_unknown(
    engine: DockerEngine, ada: str, bob: str
) -> None:
    names = [f"slipway-test-{bob}-node1", f"slipway-test-{bob}-node1.slipway-test-{bob}"]
    for name in names:
        assert await refused(engine, ada, f"getent hosts {name}")


async def test_the_registry_takes_nothing_from_a_student(engine: DockerEngine, ada: str) -> None:
    push = (
        "curl -s -o /dev/null -w '%{http_code}' -X POST http://registry:5000/v2/evil/blobs/uploads/"
    )
    assert await output_of(engine, ada, push) == "405"
    delete = "curl -s -o /dev/null -w '%{http_code}' -X DELETE http://registry:5000/v2/library/alpine/manifests/latest"
    assert await output_of(engine, ada, delete) == "405"


async def test_the_node_holds_no_other_docker_socket(engine: DockerEngine, ada: str) -> None:
    found = await output_of(engine, ada, "find / -xdev -name 'docker.sock' 2>/dev/null")
    assert set(found.split()) == {"/run/docker.sock"}
