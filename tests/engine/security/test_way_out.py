"""A node tries to reach the machine and the outside: with Docker's firewall rules and without.

The student gives the node routes and the class engine's hardware address, so that packets do leave;
what counts is that none arrives, and that nothing is answered to whomever they name as sender.
"""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker
import pytest

from tests.support.engine import a_student, engine_settings, network_of
from tests.support.listeners import (
    THIS_MACHINE,
    addresses_of_this_machine,
    call_from_this_machine,
    listener_on_every_address,
)
from tests.support.places import (
    FLUSH_RULES,
    ClassEngineContainer,
    Node,
    WithTheNodeSTools,
    output_in,
    registry_of,
    strong_container,
    succeeds,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine
    from tests.support.places import Place

pytestmark = [pytest.mark.anyio, pytest.mark.row(24)]
PORTS = (22, 80, 2375, 2376, 2377, 5000, 8000)
# The class engine's only address, towards the registry; students' networks have no gateway.
CLASS_ENGINE = "198.18.0.1"
# docker0's address may be one that this machine has as well.
MAKE_WAY = """
    ip addr flush dev docker0; ip route replace default dev eth0
    echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6; ip -6 route replace default dev eth0
"""
OPEN_PORTS = """
    for port in {ports}; do nc -z -w 1 {address} $port 2>/dev/null && echo $port & done; wait
"""
SENT = "cat /sys/class/net/eth0/statistics/tx_packets"
CALL = """
    ip neigh replace {address} lladdr {bridge} nud permanent dev eth0 || exit 1
    timeout 2 nc -w 1 {target} {port} </dev/null >/dev/null 2>&1 &
    echo here | timeout 2 nc -u -w 1 {target} {port} >/dev/null 2>&1 &
"""
ANSWERS = "awk '/^Icmp: [0-9]/ { print $23, $25 } /^Tcp: [0-9]/ { print $15 }' /proc/net/snmp"
TRIES = 5
NAME = f"{secrets.token_hex(4)}.example"
STAND_IN = "dnsmasq --conf-file=/dev/null --no-hosts --no-resolv --listen-address=127.0.0.1"
RESOLVER = f"""
    [ -e /tmp/resolv.conf ] || cp /etc/resolv.conf /tmp/resolv.conf
    echo nameserver 127.0.0.1 >/etc/resolv.conf
    {STAND_IN} --bind-interfaces --address=/#/203.0.113.7 --log-queries \
      --log-facility=/tmp/queries --pid-file=/tmp/resolver.pid
"""
NO_RESOLVER = """
    kill $(cat /tmp/resolver.pid); cat /tmp/resolv.conf >/etc/resolv.conf
    rm -f /tmp/queries /tmp/resolv.conf
"""


@dataclass(frozen=True, slots=True)
class Eve:
    student: str
    node: Node
    container: WithTheNodeSTools
    bridge: str


@pytest.fixture(scope="module", params=["with rules", "without rules"])
async def eve(request: pytest.FixtureRequest, engine: DockerEngine) -> AsyncIterator[Eve]:
    async with a_student(engine) as student:
        node = Node(engine, student)
        async with strong_container(node) as container:
            if request.param == "without rules":
                await output_in(node, FLUSH_RULES)
            await output_in(node, MAKE_WAY)
            bridge = await hardware_address_of_bridge(student)
            yield Eve(student, node, WithTheNodeSTools(container), bridge)


@pytest.fixture(params=["node", "container"])
def place(request: pytest.FixtureRequest, eve: Eve) -> Place:
    return eve.node if request.param == "node" else eve.container


async def hardware_address_of_bridge(student: str) -> str:
    """Of the class engine's end of a student's network: what is sent there, the engine receives."""
    settings = engine_settings()
    with closing(docker.DockerClient(base_url=f"unix://{settings.engine_socket}")) as engine:
        network = engine.networks.get(network_of(student))
    assert network.id
    look = f"cat /sys/class/net/br-{network.id[:12]}/address"
    return await output_in(ClassEngineContainer(), look)


@pytest.mark.row(22)
async def test_there_is_no_route_out(node: Node) -> None:
    assert await output_in(node, "ip route show default; ip -6 route show default") == ""


@pytest.mark.row(21, 22)
async def test_a_listener_on_this_machine_is_out_of_reach(place: Place, eve: Eve) -> None:
    with listener_on_every_address() as (port, callers):
        await call_from_this_machine(port, callers)
        targets = {CLASS_ENGINE, *addresses_of_this_machine()}
        tries = "\n".join(
            CALL.format(
                address=address,
                target=f"{address}%eth0" if address.startswith("fe80") else address,
                bridge=eve.bridge,
                port=port,
            )
            for address in targets
        )
        # On a busy machine a try may be given up before its packet has left.
        for _ in range(TRIES):
            sent = await output_in(place, f"{SENT}\n{tries}\nwait; {SENT}")
            before, after = map(int, sent.split())
            if after - before >= 2 * len(targets):
                break
        else:
            raise AssertionError("the attempts were never really made")
        await call_from_this_machine(port, callers)
        assert callers == [THIS_MACHINE] * 4


@pytest.mark.row(21)
async def test_no_port_of_the_class_engine_is_open(place: Place, eve: Eve) -> None:
    ports = " ".join(map(str, PORTS))
    neighbour = f"ip neigh replace {CLASS_ENGINE} lladdr {eve.bridge} nud permanent dev eth0 && "
    look = neighbour + f"{{ {OPEN_PORTS.format(ports=ports, address=CLASS_ENGINE)} }}"
    assert await output_in(place, look) == ""
    look = OPEN_PORTS.format(ports=ports, address=await registry_of(place))
    assert await output_in(place, look) == "5000"


@pytest.mark.row(21)
@pytest.mark.usefixtures("eve")
async def test_the_class_engine_listens_on_nothing_but_its_socket(
    control: ClassEngineContainer,
) -> None:
    assert await output_in(control, "ss -Htuln") == ""
    addresses = await output_in(control, "ip -4 -o addr show scope global | awk '{ print $4 }'")
    assert addresses == f"{CLASS_ENGINE}/28", "a student's network has a gateway"
    assert await output_in(control, "ss -Hxln | grep -c slipway/docker.sock") == "1"


@pytest.mark.row(21, 22)
async def test_the_class_engine_answers_nobody_whom_a_packet_names_as_sender(
    place: Place, eve: Eve, control: ClassEngineContainer
) -> None:
    """Else a node could have packets of its own sent wherever the class engine has a way to."""
    before = await output_in(control, ANSWERS)
    for sender in ("198.18.0.2", "172.17.0.1"):
        attempt = f"""
            ip addr add {sender}/32 dev eth0
            ip neigh replace {CLASS_ENGINE} lladdr {eve.bridge} nud permanent dev eth0 || exit 1
            before=$({SENT})
            for try in 1 2 3 4 5; do
              ping -c 1 -W 1 -I {sender} {CLASS_ENGINE} >/dev/null &
              timeout 2 nc -s {sender} {CLASS_ENGINE} 1 </dev/null &
              echo here | timeout 2 nc -u -s {sender} {CLASS_ENGINE} 1 &
              wait
              sent=$(($({SENT}) - before))
              [ $sent -lt 3 ] || break
            done
            ip addr del {sender}/32 dev eth0
            [ $sent -ge 3 ]
        """
        await output_in(place, attempt)
    assert await output_in(control, ANSWERS) == before
    await control.run("nc -w 1 198.18.0.1 1")  # refused, and the refusal is counted
    assert await output_in(control, ANSWERS) != before


@pytest.mark.row(22)
async def test_nobody_answers_by_ipv6(place: Place) -> None:
    ask = "ping -6 -c 2 -W 1 ff02::1%eth0 2>&1 | sed -n 's/.*from \\(.*\\): .*/\\1/p' | sort -u"
    own = await output_in(place, "ip -6 -o addr show dev eth0 scope link | awk '{ print $4 }'")
    assert own
    assert set((await output_in(place, ask)).split()) <= {own.partition("/")[0]}


@pytest.mark.row(22)
async def test_an_outside_name_fails_at_once_and_is_asked_of_nobody(
    engine: DockerEngine, control: ClassEngineContainer
) -> None:
    """A resolver of the test's own is the class engine's, and would know every name."""
    await output_in(control, RESOLVER)
    try:
        async with a_student(engine) as student:
            node = Node(engine, student)
            for ask in (
                f"nslookup {NAME}",
                f"nslookup {NAME} 127.0.0.11",
                f"timeout 3 docker run --rm alpine nslookup {NAME}",
                f"docker network create n && docker run --rm --network n alpine nslookup {NAME}",
            ):
                assert not await succeeds(node, ask)
            spent = [
                await output_in(node, f"time -p nslookup {NAME} 2>&1 || true") for _ in range(TRIES)
            ]
            # The best: the machine may do something else meanwhile.
            assert min(float(said.partition("real")[2].split()[0]) for said in spent) < 2
        assert await output_in(control, f"grep -c {NAME} /tmp/queries || true") == "0"
        assert "203.0.113.7" in await output_in(control, f"nslookup {NAME} || true")
        assert int(await output_in(control, f"grep -c {NAME} /tmp/queries")) > 0
    finally:
        await output_in(control, NO_RESOLVER)
