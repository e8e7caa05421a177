"""From what was seen to what is told: the hops of a way, and where it stopped for which reason."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from app.lens import capture, links, plan
from app.lens.capture import Mark
from app.lens.names import Lookup
from app.lens.observed import Observed, Seen, read_sent
from app.lens.verdict import judge
from tests.unit.lens.ends import container, node, question

if TYPE_CHECKING:
    from app.lens.facts import Container
    from app.lens.model import Passage
    from app.lens.plan import Party, Plan

PORT = 24_242
CLIENT = container("client", {"dev": "172.18.0.3"})
WEB = container("web", {"dev": "172.18.0.2"}, ports={"80/tcp": 8080}, pid=43)
STRANGER = container("stranger", {"prod": "172.19.0.2"})
FOUND = Lookup("web", "127.0.0.11", "NOERROR", ("172.18.0.2",), ("web. 600 IN A 172.18.0.2",))
BRIDGE = "br-dev-id-and-m"
SENT_OK = "= said\nHTTP/1.1 200 OK\n= status\n0"
NO_ANSWER = "= said\ncurl: (28) Connection timed out\n= status\n28"
SYN = "IP 172.18.0.3.24242 > 172.18.0.2.80: Flags [S], seq 1, length 0"
ACCEPTED = "IP 172.18.0.2.80 > 172.18.0.3.24242: Flags [S.], seq 1, ack 2, length 0"
RESET = "IP 172.18.0.2.80 > 172.18.0.3.24242: Flags [R.], seq 0, ack 2, length 0"


def cables(own: int, ip: str) -> links.Links:
    row = {"ifindex": own, "link_index": own + 1, "ifname": "eth0", "addr_info": [{"local": ip}]}
    return links.read(json.dumps([row]))


IN_NODE = links.read(
    json.dumps(
        [
            {"ifindex": 11, "link_index": 10, "ifname": "vethc", "master": BRIDGE},
            {"ifindex": 21, "link_index": 20, "ifname": "vethw", "master": BRIDGE},
            {"ifindex": 3, "ifname": BRIDGE},
        ]
    ),
    f"mac-of-web dev vethw master {BRIDGE}",
)


def seen(*lines: str, where: links.Links, **more: str | tuple[str, ...]) -> Seen:
    said = "\n".join(f"1.{number} {line}" for number, line in enumerate(lines))
    given: dict[str, object] = {"before": "", "after": "", **more}
    return Seen(capture.read(said, Mark(port=PORT)), links=where, watched=True, **given)  # type: ignore[arg-type]


def at_client(*lines: str, **more: str) -> Seen:
    return seen(*lines, where=cables(10, "172.18.0.3"), **more)


def at_web(*lines: str, listens: tuple[str, ...] = ("0.0.0.0:80",), **more: str) -> Seen:
    return seen(*lines, where=cables(20, "172.18.0.2"), listens=listens, **more)


def in_node(*lines: str, **more: str) -> Seen:
    return seen(*lines, where=IN_NODE, **more)


def observed(sent: str, source: Seen, between: Seen, target: Seen) -> Observed:
    labels = {"source": source, "node": between, "target": target}
    return Observed(read_sent(sent), {("node1", label): found for label, found in labels.items()})


def on(row: Container) -> Party:
    return plan.party(row, node("node1", row))


def way(source: Container = CLIENT, target: Container = WEB, *, port: int = 80) -> Plan:
    lookup = FOUND if source is CLIENT else Lookup("web", "127.0.0.11", "NXDOMAIN")
    found = plan.make(question("http", port), on(source), on(target), lookup)
    assert found
    return found


def whats(passage: Passage) -> list[str]:
    return [hop.what for hop in passage.hops]


ACROSS = (f"vethc P   {SYN}", f"vethw Out {SYN}")
ARRIVED = (f"eth0 In  {SYN}", f"eth0 Out {ACCEPTED}")


def test_the_good_way_is_told_hop_by_hop() -> None:
    source = at_client(f"eth0 Out {SYN}", f"eth0 In  {ACCEPTED}")
    passage = judge(way(), observed(SENT_OK, source, in_node(*ACROSS), at_web(*ARRIVED)))
    assert passage.arrived
    assert passage.verdict == "client reaches web over dev: HTTP/1.1 200 OK."
    assert whats(passage) == ["name", "send", "cable", "bridge", "cable", "arrive", "answer"]
    assert [hop.title for hop in passage.hops[2:5]] == ["vethc", BRIDGE, "vethw"]
    assert {hop.at.network for hop in passage.hops[2:5]} == {"dev-id-and-more"}
    assert passage.hops[3].evidence == (f"mac-of-web dev vethw master {BRIDGE}",)
    assert all(hop.ok and hop.evidence for hop in passage.hops)
    assert passage.commands[0].endswith("curl -i http://172.18.0.2:80/")


def test_a_refusal_names_what_is_listened_on() -> None:
    source = at_client(f"eth0 Out {SYN}", f"eth0 In  {RESET}")
    web = at_web(f"eth0 In  {SYN}", f"eth0 Out {RESET}", listens=("0.0.0.0:8080",))
    passage = judge(way(), observed("= status\n7", source, in_node(*ACROSS), web))
    assert passage.verdict == "web refuses it with a RST: nothing listens there on port 80."
    assert passage.hint == "It listens on 0.0.0.0:8080."
    own = at_web(f"eth0 In  {SYN}", f"eth0 Out {RESET}", listens=("127.0.0.1:80",))
    passage = judge(way(), observed("= status\n7", source, in_node(*ACROSS), own))
    assert "127.0.0.1:80 only" in passage.verdict
    assert "0.0.0.0:80" in passage.hint


def test_the_rule_that_counted_it_is_where_it_stopped() -> None:
    rule = "-A DOCKER-USER -p tcp -m tcp --dport 80 -j DROP"
    counted = {"before": f"filter [0:0] {rule}", "after": f"filter [3:180] {rule}"}
    between = in_node(f"vethc P   {SYN}", **counted)
    passage = judge(way(), observed(NO_ANSWER, at_client(f"eth0 Out {SYN}"), between, at_web()))
    assert whats(passage) == ["name", "send", "cable", "stop"]
    stop = passage.hops[-1]
    assert (stop.title, stop.evidence) == ("Dropped", (f"iptables -t filter {rule}",))
    assert stop.at.network == "dev-id-and-more"
    assert passage.hint == ("iptables -t filter -D DOCKER-USER -p tcp -m tcp --dport 80 -j DROP")


def test_what_no_rule_lets_pass_is_dropped_by_the_policy() -> None:
    counted = {"before": "filter :FORWARD DROP [0:0]", "after": "filter :FORWARD DROP [2:120]"}
    between = in_node(f"vethc P   {SYN}", **counted)
    passage = judge(way(), observed(NO_ANSWER, at_client(f"eth0 Out {SYN}"), between, at_web()))
    assert passage.verdict.startswith("No rule of node1 lets it pass, and the policy drops it")
    assert "flushed" in passage.hint


def test_a_rule_in_the_target_s_own_namespace_is_the_target_s() -> None:
    rule = "-A INPUT -p tcp -m tcp --dport 80 -j DROP"
    web = at_web(f"eth0 In  {SYN}", before=f"filter [0:0] {rule}", after=f"filter [1:60] {rule}")
    source = at_client(f"eth0 Out {SYN}")
    passage = judge(way(), observed(NO_ANSWER, source, in_node(*ACROSS), web))
    assert passage.verdict.startswith("web's own rules drop it")
    assert "nsenter" in passage.hops[-1].command


def test_without_a_shared_network_docker_s_rule_is_no_mistake_to_undo() -> None:
    syn = SYN.replace("172.18.0.3", "172.19.0.2")
    rule = "-A PREROUTING -d 172.18.0.2/32 ! -i br-dev -j DROP"
    counted = {"before": f"raw [0:0] {rule}", "after": f"raw [2:120] {rule}"}
    source = at_client(f"eth0 Out {syn}")
    passage = judge(way(STRANGER), observed(NO_ANSWER, source, in_node(**counted), at_web()))
    assert "stranger is on prod; web is on dev" in passage.verdict
    assert passage.hops[0].ok is False
    assert "NXDOMAIN" in passage.hops[0].text
    assert passage.hint == "docker network connect dev stranger"


def test_no_route_is_told_with_the_reason() -> None:
    inner = container("inner", {"vault": "172.20.0.2"})
    said = "= route\nRTNETLINK answers: Network unreachable\n= said\nx\n= status\n7"
    passage = judge(way(inner), observed(said, at_client(), in_node(), at_web()))
    assert passage.hops[-1].title == "No route"
    assert "internal" in passage.hint


def test_an_address_that_nobody_has_is_asked_for_in_vain() -> None:
    asked = "eth0 Out ARP, Request who-has 172.18.0.2 tell 172.18.0.3, length 28"
    passage = judge(way(), observed(NO_ANSWER, at_client(asked), in_node(), at_web()))
    assert passage.hops[-1].title == "No such neighbour"
    assert "172.18.0.2" in passage.verdict


def test_a_program_that_stands_still_is_not_the_network_s_fault() -> None:
    source = at_client(f"eth0 Out {SYN}", f"eth0 In  {ACCEPTED}")
    seen_all = observed(NO_ANSWER, source, in_node(*ACROSS), at_web(*ARRIVED))
    passage = judge(way(), seen_all)
    assert "its program says nothing" in passage.verdict


def test_where_nothing_tells_it_is_said_where_it_was_last() -> None:
    source, between = at_client(f"eth0 Out {SYN}"), in_node(f"vethc P   {SYN}")
    passage = judge(way(), observed(NO_ANSWER, source, between, at_web()))
    assert passage.verdict == "It was last seen at vethc; no rule and no packet tells more."
    passage = judge(way(), Observed())
    assert passage.verdict == "client could not send it."


def test_on_the_default_bridge_there_are_no_names_to_ask_for() -> None:
    one, other = (
        container(name, {"bridge": f"172.17.0.{at}"}) for at, name in ((2, "a"), (3, "b"))
    )
    found = plan.make(question("http"), on(one), on(other), None)
    assert found
    passage = judge(found, Observed())
    assert passage.hops[0].title == "No names"
    assert "default bridge" in passage.hops[0].text


def test_a_published_port_is_rewritten_on_the_way() -> None:
    outside = plan.party(None, node("node1", WEB), is_outside=True)
    found = plan.make(question("http"), outside, on(WEB), None)
    assert found
    before = "IP 203.0.113.2.24242 > 198.18.1.2.8080: Flags [S], seq 1, length 0"
    after = "IP 203.0.113.2.24242 > 172.18.0.2.80: Flags [S], seq 1, length 0"
    rule = "-A DOCKER ! -i br-1 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80"
    counted = {"before": f"nat [0:0] {rule}", "after": f"nat [1:60] {rule}"}
    between = in_node(
        f"lan0 In  {before}", f"{BRIDGE} Out {after}", f"vethw Out {after}", **counted
    )
    passage = judge(
        found,
        observed(SENT_OK, at_client(f"eth0 Out {before}"), between, at_web(f"eth0 In  {after}")),
    )
    assert whats(passage) == [*("send", "cable", "nat", "bridge", "cable", "arrive", "answer")]
    nat = passage.hops[2]
    assert nat.evidence == (f"iptables -t nat {rule}",)
    assert "198.18.1.2:8080 becomes 172.18.0.2:80" in nat.text


def test_no_word_of_a_student_s_is_bare_in_a_command() -> None:
    evil = container("a;reboot", {"dev": "172.18.0.3"})
    rule = "-A $(reboot) -p tcp -j DROP"
    counted = {"before": f"filter [0:0] {rule}", "after": f"filter [1:60] {rule}"}
    between = in_node(f";reboot P   {SYN}", **counted)
    syn = at_client(f"eth0 Out {SYN}")
    found = way(evil)
    lookup = Lookup("web", "@;reboot", "NXDOMAIN")
    passage = judge(replace(found, lookup=lookup), observed(NO_ANSWER, syn, between, at_web()))
    reboots = [row for row in passage.commands if "reboot" in row]
    assert len(reboots) >= 4
    for row in reboots:
        assert "reboot" not in re.sub(r"'[^']*'", "", row.replace("'{{.State.Pid}}'", "")), row
