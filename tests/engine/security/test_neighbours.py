"""One student tries to reach another: with Docker's firewall rules and without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.engine import a_student, nodes_of
from tests.support.places import (
    FLUSH_RULES,
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
    from tests.support.places import InnerContainer, Place

pytestmark = [pytest.mark.anyio, pytest.mark.row(23, 24)]
SERVE = "nohup sh -c 'while echo secret | nc -l -p 7777; do :; done' >/dev/null 2>&1 &"
WAIT_FOR_LISTENER = """
    for try in $(seq 800); do
      ! ss -ltn | grep -q ':7777 ' || break
      sleep 0.05
    done
    ss -ltn | grep -q ':7777 ' || exit 1
"""
WATCH = """
    rm -f /tmp/seen /tmp/watching
    nohup timeout 300 tcpdump -Z root -nl -i eth0 >/tmp/seen 2>/tmp/watching </dev/null &
    for try in $(seq 800); do
      ! grep -qs 'listening on' /tmp/watching || exit 0
      sleep 0.05
    done
    exit 1
"""
# The watcher's own echo shows that the watch sees, and that it saw all that came before.
SEE_THE_END = """
    before=$(grep -c 'echo reply' /tmp/seen)
    ping -c 1 -W 2 {registry} >/dev/null || exit 1
    for try in $(seq 800); do
      [ $(grep -c 'echo reply' /tmp/seen) = $before ] || break
      sleep 0.05
    done
    pkill -x tcpdump; cat /tmp/seen
"""


@pytest.fixture(scope="module")
async def bob(engine: DockerEngine) -> AsyncIterator[Node]:
    async with a_student(engine) as student:
        bob = Node(engine, student)
        await output_in(bob, SERVE)
        yield bob


@pytest.fixture(scope="module", params=["with rules", "without rules"])
async def ada(
    request: pytest.FixtureRequest, engine: DockerEngine
) -> AsyncIterator[tuple[Node, InnerContainer]]:
    async with a_student(engine) as student:
        node = Node(engine, student)
        async with strong_container(node) as container:
            if request.param == "without rules":
                await output_in(node, FLUSH_RULES)
            yield node, container


@pytest.fixture(params=["node", "container"])
def place(request: pytest.FixtureRequest, ada: tuple[Node, InnerContainer]) -> Place:
    node, container = ada
    return node if request.param == "node" else WithTheNodeSTools(container)


async def address_of(node: Node) -> str:
    return (await nodes_of(node.engine, node.student))[0].ip


async def seen_by(bob: Node) -> str:
    return await output_in(bob, SEE_THE_END.format(registry=await registry_of(bob)))


async def test_the_attempts_below_succeed_where_they_may(place: Place) -> None:
    """The control case: the registry is a neighbour, and everything reaches it."""
    registry = await registry_of(place)
    assert await succeeds(place, f"ping -c 1 -W 1 {registry}")
    assert await succeeds(place, f"arping -c 1 -w 1 -I eth0 {registry}")
    assert await succeeds(place, f"nc -z -w 1 {registry} 5000")


async def test_a_student_reaches_the_own_node_but_not_the_other_ones(
    place: Place, bob: Node
) -> None:
    address = await address_of(bob)
    read = f"nc -w 1 {address} 7777 </dev/null"
    assert await output_in(bob, f"{WAIT_FOR_LISTENER}{read}") == "secret"
    await output_in(bob, WAIT_FOR_LISTENER)
    attempts = (read, f"ping -c 1 -W 1 {address}", f"arping -c 1 -w 1 -I eth0 {address}")
    at_once = " ".join(f"{{ {attempt} && echo reached; }} >>/tmp/reached &" for attempt in attempts)
    await output_in(place, f"rm -f /tmp/reached; {at_once} wait")
    assert "reached" not in await output_in(place, "cat /tmp/reached")
    assert await output_in(bob, f"{WAIT_FOR_LISTENER}{read}") == "secret"


async def test_the_registry_is_no_way_to_the_other_student(
    place: Place, ada: tuple[Node, InnerContainer], bob: Node
) -> None:
    """Bob has no way back to Ada, so what counts is what arrives at Bob, not what is answered."""
    address = await address_of(bob)
    route = f"""
        ip route add {address}/32 via {await registry_of(place)} || exit 1
        ping -c 2 -W 1 {address}
        ip route del {address}/32
    """
    await output_in(bob, WATCH)
    attempt = await output_in(place, route)
    assert "2 packets transmitted, 0 packets received" in attempt
    seen = await seen_by(bob)
    assert await address_of(ada[0]) not in seen
    assert seen.count("echo request") == 1


async def test_the_registry_answers_nobody_whom_a_packet_names_as_sender(
    place: Place, bob: Node
) -> None:
    """Ada calls the registry in Bob's name: what it said to that would go to Bob."""
    address, registry = await address_of(bob), await registry_of(place)
    call = f"""
        ip addr add {address}/32 dev eth0 || exit 1
        before=$(cat /sys/class/net/eth0/statistics/tx_packets)
        for try in 1 2 3 4 5; do
          ping -c 2 -W 1 -I {address} {registry} >/dev/null &
          timeout 2 nc -s {address} {registry} 5000 </dev/null &
          wait
          sent=$(($(cat /sys/class/net/eth0/statistics/tx_packets) - before))
          [ $sent -lt 3 ] || break
        done
        ip addr del {address}/32 dev eth0
        [ $sent -ge 3 ]
    """
    await output_in(bob, WATCH)
    await output_in(place, call)
    seen = await seen_by(bob)
    assert not re.search(rf"{re.escape(registry)}(?!\d)", seen)
    assert seen.count("echo reply") == 1
    assert "Flags [S.]" not in seen


async def test_names_of_the_other_student_are_unknown(place: Place, bob: Node) -> None:
    for name in (f"{bob.student}-node1", bob.student):
        assert not await succeeds(place, f"getent hosts {name}")


async def test_students_have_different_networks(
    ada: tuple[Node, InnerContainer], bob: Node
) -> None:
    look = "ip -4 route show dev eth0 scope link"
    assert await output_in(ada[0], look) != await output_in(bob, look)
