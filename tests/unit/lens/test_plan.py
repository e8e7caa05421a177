"""By what address an end is reached, and where to watch; or why there is nothing to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.lens import plan
from app.lens.capture import Mark
from app.lens.names import Lookup
from tests.unit.lens.ends import container, node, question

if TYPE_CHECKING:
    from app.lens.facts import Container
    from app.lens.plan import Party, Plan

CLIENT = container("client", {"dev": "172.18.0.3"})
WEB = container("web", {"dev": "172.18.0.2"}, ports={"80/tcp": 8080}, pid=43)
STRANGER = container("stranger", {"prod": "172.19.0.2"})
HERE = container("here", {"between": "10.0.1.2"})
THERE = container("there", {"between": "10.0.1.4"}, ports={"80/tcp": 8080})


def on(name: str, row: Container | None = None) -> Party:
    return plan.party(row, node(name, *([row] if row else [])))


def made(source: Party, target: Party, lookup: Lookup | None = None, probe: str = "http") -> Plan:
    found = plan.make(question("ping" if probe == "ping" else "http"), source, target, lookup)
    assert found
    return found


def places(found: Plan) -> list[str]:
    return [f"{where} {label}" for where, label, _ in found.places]


def test_on_a_shared_network_it_goes_by_the_address_there() -> None:
    found = made(on("node1", CLIENT), on("node1", WEB))
    assert (str(found.address), found.way) == ("172.18.0.2:80", "direct")
    assert found.network
    assert found.network.name == "dev"
    assert places(found) == ["node1 source", "node1 node", "node1 target"]


def test_what_the_resolver_says_goes_before_what_we_know() -> None:
    both = container("both", {"dev": "172.18.0.9", "prod": "172.19.0.9"})
    also = container("also", {"dev": "172.18.0.8", "prod": "172.19.0.8"})
    lookup = Lookup("also", "127.0.0.11", "NOERROR", ("172.19.0.8",))
    found = made(on("node1", both), on("node1", also), lookup)
    assert found.address.ip == "172.19.0.8"
    assert found.network
    assert found.network.name == "prod"


def test_without_a_shared_network_it_is_tried_all_the_same() -> None:
    found = made(on("node1", STRANGER), on("node1", WEB))
    assert (str(found.address), found.way, found.network) == ("172.18.0.2:80", "blind", None)


def test_from_elsewhere_a_published_port_is_the_way_in() -> None:
    outside = plan.party(None, node("node1"), is_outside=True)
    for source in (outside, on("node2", STRANGER)):
        found = made(source, on("node1", WEB))
        assert (str(found.address), found.way) == ("198.18.1.2:8080", "published")
    assert made(on("node2", STRANGER), on("node1", WEB), probe="ping").way == "blind"


def test_an_overlay_is_watched_on_both_nodes_inside_and_outside() -> None:
    found = made(on("node1", HERE), on("node2", THERE), probe="ping")
    assert str(found.address) == "10.0.1.4"
    assert places(found) == [
        *("node1 source", "node1 overlay", "node1 node"),
        *("node2 node", "node2 overlay", "node2 target"),
    ]
    assert found.places[1][2] == "/run/docker/netns/1-between-id"


def test_who_shares_a_namespace_is_reached_on_loopback() -> None:
    guest = container("guest", {"dev": "172.18.0.2"}, home="web")
    found = made(on("node1", guest), on("node1", WEB))
    assert (str(found.address), found.way) == ("127.0.0.1:80", "itself")
    assert places(found) == ["node1 source", "node1 node"]


def test_a_container_on_the_host_s_network_is_the_node() -> None:
    host = container("host", mode="host")
    found = made(on("node1", CLIENT), on("node1", host))
    assert str(found.address) == "198.18.1.2:80"
    assert places(found) == ["node1 source", "node1 node"]


def test_names_are_asked_for_where_somebody_knows_them() -> None:
    default = container("default", {"bridge": "172.17.0.2"}, mode="bridge")
    asks = plan.name_to_look_up
    assert asks(question(), on("node1", CLIENT), on("node1", WEB)) == "web"
    assert asks(question(), on("node1", STRANGER), on("node1", WEB)) == "web"
    assert asks(question(), on("node1", default), on("node1", WEB)) == ""
    assert asks(question(), on("node1"), on("node1", WEB)) == ""
    assert asks(question(name="wbe"), on("node1"), None) == "wbe"


def test_a_name_that_leads_nowhere_makes_no_plan() -> None:
    lookup = Lookup("wbe", "127.0.0.11", "NXDOMAIN")
    assert plan.make(question(name="wbe"), on("node1", CLIENT), None, lookup) is None


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (container("resting", status="exited"), "resting is not running (exited)."),
        (container("loner", {"none": ""}, mode="none"), "loner is on no network"),
    ],
)
def test_what_can_t_send_or_get_anything_is_said_before(row: Container, says: str) -> None:
    for source, target in ((row, CLIENT), (CLIENT, row)):
        refused = plan.unsendable(on("node1", source), on("node1", target))
        assert refused
        assert says in refused.verdict
        assert [hop.at.container for hop in refused.hops] == [row.id]
    assert plan.unsendable(on("node1", CLIENT), on("node1", WEB)) is None


@pytest.mark.parametrize("text", ["-f", "1.2.3", "$(reboot)", "::1", "172.18.0.2/16"])
def test_an_address_that_is_none_is_not_sent_to(text: str) -> None:
    evil = container("evil", {"dev": text})
    assert plan.make(question(), on("node1", CLIENT), on("node1", evil), None) is None


def test_the_filter_keeps_what_bears_the_mark_inside_a_tunnel_too() -> None:
    found = made(on("node1", CLIENT), on("node1", WEB))
    ping = plan.filter_for(found, Mark(size=100))
    assert "ip[2:2] = 128" in ping
    assert "udp[32:2] = 128" in ping
    assert "arp and host 172.18.0.2" in ping
    assert "tcp and port 24242" in plan.filter_for(found, Mark(port=24_242))
