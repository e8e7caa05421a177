"""The packet lens on real nodes: what it tells of a way is what a packet did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import pytest

from app.errors import NotFound, TooManyRequests
from app.lens.lens import Lens
from app.lens.model import End, Passage, Question
from tests.support.engine import a_student, nodes_of, output_of, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.lens.model import Probe
    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
SLEEP = "alpine sleep 1000"
MAKE = f"""
docker network create dev
docker network create prod
docker network create --internal vault
docker run -d --name web --network dev -p 8080:80 nginx
docker run -d --name client --network dev {SLEEP}
docker run -d --name stranger --network prod {SLEEP}
docker run -d --name hidden --network vault {SLEEP}
docker run -d --name loner --network none {SLEEP}
docker run -d --name guest --network container:web {SLEEP}
docker create --name resting --network dev {SLEEP}
"""


class Looker:
    """One student's lens, and the ids of her containers by name."""

    def __init__(self, engine: DockerEngine, student: str) -> None:
        self.engine, self.student = engine, student
        self.lens = Lens(engine)

    async def end(self, name: str, node: str = "node1") -> End:
        if name in ("node1", "node2"):
            return End("node", name)
        if name == "outside":
            return End("outside", node)
        if name.startswith("name "):
            return End("name", name=name.removeprefix("name "))
        inspect = f"docker inspect -f '{{{{.Id}}}}' {name}"
        return End("container", node, await output_of(self.engine, self.student, inspect, node))

    async def look(
        self, source: str, target: str, probe: Probe = "ping", port: int = 80, there: str = "node1"
    ) -> Passage:
        question = Question(await self.end(source), await self.end(target, there), probe, port)
        # A new lens for each, so that nobody has to wait for the minute to be over.
        self.lens = Lens(self.engine)
        return await self.lens.look(
            self.student, await nodes_of(self.engine, self.student), question
        )


def whats(passage: Passage) -> list[str]:
    return [hop.what for hop in passage.hops]


@pytest.fixture(scope="module")
async def pair(engine: DockerEngine) -> AsyncIterator[Looker]:
    async with a_student(engine, nodes=2) as student:
        await output_of(engine, student, "docker pull -q alpine && docker pull -q nginx")
        for line in MAKE.strip().splitlines():
            await output_of(engine, student, f"{line} >/dev/null")
        yield Looker(engine, student)


async def test_on_one_network_the_name_is_found_and_the_bridge_forwards(pair: Looker) -> None:
    passage = await pair.look("client", "web", "http")
    assert passage.arrived, passage
    assert whats(passage) == ["name", "send", "cable", "bridge", "cable", "arrive", "answer"]
    assert passage.verdict == "client reaches web over dev: HTTP/1.1 200 OK."
    name, send, cable, bridge, *_ = passage.hops
    assert any("172." in line for line in name.evidence)
    assert "Flags [S]" in send.evidence[0]
    assert cable.title.startswith("veth")
    assert bridge.title.startswith("br-")


async def test_a_ping_shows_the_same_way(pair: Looker) -> None:
    passage = await pair.look("client", "web")
    assert passage.arrived, passage
    assert whats(passage) == ["name", "send", "cable", "bridge", "cable", "arrive", "answer"]
    assert "time=" in passage.hops[-1].evidence[-1]


async def test_on_different_networks_docker_s_own_rule_drops_it(pair: Looker) -> None:
    passage = await pair.look("stranger", "web", "http")
    assert not passage.arrived
    assert "stranger is on prod" in passage.verdict
    assert "web is on dev" in passage.verdict
    assert passage.hops[0].what == "name"
    assert not passage.hops[0].ok
    stop = passage.hops[-1]
    assert stop.title == "Dropped", passage
    assert stop.evidence[0].startswith("iptables -t ")
    assert passage.hint == "docker network connect dev stranger"


async def test_a_name_that_nobody_has_ends_at_the_resolver(pair: Looker) -> None:
    passage = await pair.look("client", "name wbe", "http")
    assert not passage.arrived
    assert whats(passage) == ["name"]
    assert "NXDOMAIN" in passage.verdict
    assert "127.0.0.11" in passage.verdict
    assert any("NXDOMAIN" in line for line in passage.hops[0].evidence)


async def test_a_name_leads_to_who_has_it(pair: Looker) -> None:
    passage = await pair.look("client", "name web", "http")
    assert passage.arrived, passage
    assert whats(passage)[0] == "name"
    assert whats(passage)[-2:] == ["arrive", "answer"]


async def test_a_port_that_nobody_listens_on_is_refused_with_a_reset(pair: Looker) -> None:
    passage = await pair.look("client", "web", "http", 81)
    assert not passage.arrived
    assert passage.verdict == "web refuses it with a RST: nothing listens there on port 81."
    assert "0.0.0.0:80" in passage.hint
    assert "Flags [R" in passage.hops[-1].evidence[0]


async def test_a_published_port_is_reached_by_dnat(pair: Looker) -> None:
    passage = await pair.look("outside", "web", "http")
    assert passage.arrived, passage
    nat = next(hop for hop in passage.hops if hop.what == "nat")
    assert "DNAT" in nat.text
    assert ":8080 becomes 172." in nat.text
    assert "--to-destination" in nat.evidence[0]
    assert whats(passage)[-2:] == ["arrive", "answer"]


async def test_a_rule_that_drops_it_is_named_with_how_to_undo_it(pair: Looker) -> None:
    rule = "DOCKER-USER -p tcp -m tcp --dport 80 -j DROP"
    await output_of(pair.engine, pair.student, f"iptables -I {rule}")
    try:
        passage = await pair.look("outside", "web", "http")
        assert not passage.arrived
        assert passage.hops[-1].title == "Dropped", passage
        assert passage.hops[-1].evidence == (f"iptables -t filter -A {rule}",)
        await output_of(pair.engine, pair.student, passage.hint)
        assert (await pair.look("outside", "web", "http")).arrived
    finally:
        await run(pair.engine, pair.student, f"iptables -D {rule}")


async def test_nothing_leaves_a_network_without_a_way_out(pair: Looker) -> None:
    inner = await pair.look("hidden", "node2")
    assert (inner.arrived, inner.hops[-1].title) == (False, "No route"), inner
    assert "internal" in inner.hint
    alone = await pair.look("loner", "web")
    assert (alone.arrived, alone.hops[-1].title) == (False, "No network")
    resting = await pair.look("client", "resting")
    assert (resting.arrived, resting.hops[-1].title) == (False, "Not running")
    assert resting.hint == "docker start resting"


async def test_who_shares_a_network_namespace_talks_over_lo(pair: Looker) -> None:
    passage = await pair.look("guest", "web", "http")
    assert passage.arrived, passage
    assert whats(passage) == ["send", "arrive", "answer"]
    assert " lo " in passage.hops[1].evidence[0] or passage.hops[1].evidence[0].startswith("lo ")


async def test_the_way_to_another_machine_is_masqueraded(pair: Looker) -> None:
    passage = await pair.look("client", "node2", there="node2")
    assert passage.arrived, passage
    nat = next(hop for hop in passage.hops if hop.what == "nat")
    assert "MASQUERADE" in nat.text


async def test_a_program_that_stands_still_takes_the_connection(pair: Looker) -> None:
    stop = "pkill -{} nginx"
    await output_of(pair.engine, pair.student, stop.format("STOP"))
    try:
        passage = await pair.look("client", "web", "http")
    finally:
        await output_of(pair.engine, pair.student, stop.format("CONT"))
    assert (passage.arrived, passage.hops[-1].title) == (False, "No answer"), passage
    assert "takes the connection" in passage.verdict


async def test_it_looks_once_at_a_time_and_leaves_nothing_behind(pair: Looker) -> None:
    lens, nodes = Lens(pair.engine), await nodes_of(pair.engine, pair.student)
    question = Question(await pair.end("client"), await pair.end("web"), "ping")
    before = await output_of(pair.engine, pair.student, "ls /tmp | wc -l")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lens.look, pair.student, nodes, question)
        await anyio.lowlevel.checkpoint()
        with pytest.raises(TooManyRequests):
            await lens.look(pair.student, nodes, question)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()  # as when the browser has gone
    with anyio.fail_after(20):
        while (await run(pair.engine, pair.student, "pgrep tcpdump")).exit_code == 0:
            await anyio.sleep(0.05)
    with anyio.fail_after(20):
        while await output_of(pair.engine, pair.student, "ls /tmp | wc -l") != before:
            await anyio.sleep(0.05)


async def test_an_end_that_is_gone_is_not_found(pair: Looker) -> None:
    nodes = await nodes_of(pair.engine, pair.student)
    gone = Question(End("container", "node1", "c" * 64), End("node", "node1"), "ping")
    with pytest.raises(NotFound):
        await pair.lens.look(pair.student, nodes, gone)


async def test_over_an_overlay_it_travels_inside_another_packet(pair: Looker) -> None:
    """Last in its module: it makes a Swarm of the two nodes."""
    engine, student = pair.engine, pair.student
    await output_of(engine, student, "docker swarm init --advertise-addr eth0 >/dev/null")
    token = await output_of(engine, student, "docker swarm join-token -q worker")
    await output_of(engine, student, f"docker swarm join --token {token} node1:2377", "node2")
    create = "docker network create -d overlay --attachable between >/dev/null"
    await output_of(engine, student, create)
    start = f"docker run -d --name {{}} --network between {SLEEP} >/dev/null"
    await output_of(engine, student, start.format("here"))
    await output_of(engine, student, f"docker pull -q alpine; {start.format('there')}", "node2")
    passage = await pair.look("here", "there", there="node2")
    assert passage.arrived, passage
    tunnels = [hop for hop in passage.hops if hop.what == "tunnel"]
    assert [hop.at.node for hop in tunnels] == ["node1", "node2"], passage
    assert "VXLAN" in tunnels[0].evidence[0]
    assert whats(passage)[-2:] == ["arrive", "answer"]
