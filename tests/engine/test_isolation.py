"""Two real students try to reach each other, the machine and the outside; nothing gets there."""

from __future__ import annotations

import select
import socket
import subprocess
import threading
from contextlib import contextmanager
from ipaddress import ip_interface
from typing import TYPE_CHECKING

import anyio
import docker
import pytest

from tests.support.engine import a_student, engine_settings, network_of, nodes_of, output_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
THIS_MACHINE = "127.0.0.1"
WAIT_FOR_LISTENER = """
    for try in $(seq 100); do
      ! ss -ltn | grep -q ':7777 ' || break
      sleep 0.05
    done
    ss -ltn | grep -q ':7777 ' || exit 1
"""


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
    """A server of the test's own on this machine, and who has called it.

    It takes datagrams too: these need no way back, so one alone would show a hole.
    """
    callers: list[str] = []
    over = threading.Event()
    with (
        socket.create_server(("0.0.0.0", 0)) as server,  # noqa: S104 - that is the point
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        port: int = server.getsockname()[1]
        datagrams.bind(("0.0.0.0", port))  # noqa: S104 - same

        def serve() -> None:
            while not over.is_set():
                ready, _, _ = select.select([server, datagrams], [], [], 0.05)
                if server in ready:
                    connection, address = server.accept()
                    connection.close()
                    callers.append(address[0])
                if datagrams in ready:
                    callers.append(datagrams.recvfrom(100)[1][0])

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield port, callers
        finally:
            over.set()
            thread.join()


async def call_from_this_machine(port: int, callers: list[str]) -> None:
    """Both ways, until the listener has noticed; whatever came earlier is noticed by then too."""
    wanted = callers.count(THIS_MACHINE) + 2
    with socket.create_connection((THIS_MACHINE, port)):
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(b"here", (THIS_MACHINE, port))
    with anyio.fail_after(5):
        while callers.count(THIS_MACHINE) < wanted:
            await anyio.sleep(0.02)


def hardware_address_of_bridge(student: str) -> str:
    """Of the class engine's end of a student's network: what is sent there, the engine receives."""
    settings = engine_settings()
    inner = docker.DockerClient(base_url=f"unix://{settings.engine_socket}", timeout=15)
    host = docker.from_env()
    try:
        network = inner.networks.get(network_of(student))
        assert network.id
        file = f"/sys/class/net/br-{network.id[:12]}/address"
        container = host.containers.get(f"{settings.instance}-engine")
        code, output = container.exec_run(["cat", file])
        assert code == 0, output
        assert isinstance(output, bytes)
        return output.decode().strip()
    finally:
        host.close()
        inner.close()


def addresses_of_this_machine() -> set[str]:
    listed = subprocess.run(
        ["ip", "-4", "-o", "addr", "show"], capture_output=True, text=True, check=True
    )
    found = {str(ip_interface(line.split()[3]).ip) for line in listed.stdout.splitlines()}
    return {address for address in found if not address.startswith("127.")}


async def address_of(engine: DockerEngine, student: str) -> str:
    return (await nodes_of(engine, student))[0].ip


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
    assert await output_of(engine, bob, f"{WAIT_FOR_LISTENER}{read}") == "secret"
    await output_of(engine, bob, WAIT_FOR_LISTENER)
    assert await refused(engine, ada, read)
    assert await refused(engine, ada, f"ping -c 1 -W 1 {address}")
    assert await refused(engine, ada, f"arping -c 1 -w 1 -I eth0 {address}")
    assert await output_of(engine, bob, f"{WAIT_FOR_LISTENER}{read}") == "secret"


async def test_the_registry_is_no_way_to_the_other_student(
    engine: DockerEngine, ada: str, bob: str
) -> None:
    """Bob has no way back to Ada, so what counts is what arrives at Bob, not what is answered."""
    address = await address_of(engine, bob)
    watch = """
        nohup timeout 60 tcpdump -Z root -nl -i eth0 icmp >/tmp/seen 2>/tmp/watching </dev/null &
        for try in $(seq 100); do
          ! grep -qs 'listening on' /tmp/watching || exit 0
          sleep 0.05
        done
        exit 1
    """
    # Bob's own ping shows that the watch sees; a second one, that it saw all that came before.
    ping_and_see = """
        before=$(grep -c 'echo reply' /tmp/seen)
        ping -c 1 -W 2 registry >/dev/null || exit 1
        for try in $(seq 100); do
          [ $(grep -c 'echo reply' /tmp/seen) = $before ] || exit 0
          sleep 0.05
        done
        exit 1
    """
    route = f"""
        registry=$(getent hosts registry | cut -d' ' -f1)
        ip route add {address}/32 via $registry || exit 1
        trap 'ip route del {address}/32' EXIT
        ping -c 3 -W 1 {address} || true
    """
    await output_of(engine, bob, watch)
    await output_of(engine, bob, ping_and_see)
    attempt = await output_of(engine, ada, route)
    assert "3 packets transmitted, 0 packets received" in attempt
    await output_of(engine, bob, ping_and_see)
    seen = await output_of(engine, bob, "pkill -x tcpdump; cat /tmp/seen")
    requests = [line for line in seen.splitlines() if "echo request" in line]
    assert len(requests) == 2, seen
    assert all(f" {address} > " in line for line in requests), seen
    assert await address_of(engine, ada) not in seen


async def test_there_is_no_route_out(engine: DockerEngine, ada: str) -> None:
    assert await output_of(engine, ada, "ip route show default") == ""


async def test_a_listener_on_this_machine_is_out_of_reach(engine: DockerEngine) -> None:
    """The student gives the node a route and the engine's hardware address, so frames do leave."""
    # A student of the test's own: docker0 has an address that this machine may have as well.
    async with a_student(engine) as eve:
        bridge = hardware_address_of_bridge(eve)
        own = await output_of(engine, eve, "ip -4 -o addr show dev eth0 | awk '{ print $4 }'")
        gateway = str(next(ip_interface(own).network.hosts()))
        make_way = "ip addr flush dev docker0 && ip route replace default dev eth0"
        await output_of(engine, eve, make_way)
        with listener_on_every_address() as (port, callers):
            await call_from_this_machine(port, callers)
            for address in {gateway, "198.18.0.1", *addresses_of_this_machine()}:
                attempt = f"""
                    sent() {{ cat /sys/class/net/eth0/statistics/tx_packets; }}
                    ip neigh replace {address} lladdr {bridge} nud permanent dev eth0 || exit 1
                    before=$(sent)
                    timeout 5 nc -w 1 {address} {port} </dev/null >/dev/null 2>&1
                    echo here | timeout 5 nc -u -w 1 {address} {port} >/dev/null 2>&1
                    [ $(sent) -ge $((before + 2)) ]
                """
                await output_of(engine, eve, attempt)
            await call_from_this_machine(port, callers)
            assert callers == [THIS_MACHINE] * 4


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
