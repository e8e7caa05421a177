"""What the node's tools print is read, and what looks like nothing of theirs is not there."""

from __future__ import annotations

import pytest

from app.lens import capture, links, names, observed, rules, scripts
from app.lens.capture import Address, Mark, Sighting
from app.lens.rules import Meant

PING = Mark(size=156)
HTTP = Mark(port=24_242)
ECHOES = """\
1700000000.100000 veth1f2e P   IP 172.18.0.3 > 172.18.0.2: ICMP echo request, id 7, seq 0, length 164
1700000000.100010 veth9a8b Out IP 172.18.0.3 > 172.18.0.2: ICMP echo request, id 7, seq 0, length 164
1700000000.100020 veth9a8b P   IP 172.18.0.2 > 172.18.0.3: ICMP echo reply, id 7, seq 0, length 164
1700000000.100030 veth9a8b P   IP 172.18.0.2 > 172.18.0.3: ICMP echo reply, id 8, seq 0, length 64
"""  # noqa: E501 - as they are printed
SYN = (
    "1.5 eth0  Out IP 172.18.0.3.24242 > 172.18.0.2.80: Flags [S], seq 1, win 64240,"
    " options [mss 1460,sackOK], length 0\n"
)
TUNNEL = """\
1.5 eth0  Out IP 198.18.1.2.45000 > 198.18.1.3.4789: VXLAN, flags [I] (0x08), vni 4097
IP 10.0.1.2 > 10.0.1.4: ICMP echo request, id 7, seq 0, length 164
"""


def read(said: str, mark: Mark = HTTP) -> tuple[Sighting, ...]:
    return capture.read(said, mark)


def test_only_what_bears_the_mark_is_seen() -> None:
    found = read(ECHOES, PING)
    assert [(row.interface, row.way, row.kind) for row in found] == [
        ("veth1f2e", "in", "request"),
        ("veth9a8b", "out", "request"),
        ("veth9a8b", "in", "reply"),
    ]
    assert [row.interface for row in capture.forth(found)] == ["veth1f2e", "veth9a8b"]
    assert capture.back(found)[0].source == Address("172.18.0.2")
    assert found[0].line.startswith("veth1f2e P IP 172.18.0.3 >")


def test_a_connection_is_read_by_its_flags() -> None:
    (syn,) = read(SYN)
    assert (syn.kind, syn.forth, str(syn.target)) == ("request", True, "172.18.0.2:80")
    reset = "1.6 eth0 In  IP 172.18.0.2.80 > 172.18.0.3.24242: Flags [R.], seq 0, length 0"
    accepted = reset.replace("[R.]", "[S.]")
    assert [row.kind for row in read(f"{reset}\n{accepted}")] == ["refusal", "reply"]
    assert read(SYN.replace("24242", "24243")) == ()
    assert len(capture.forth(read(SYN + SYN))) == 1, "what is sent again is no news"


def test_a_packet_in_a_tunnel_has_two_pairs_of_addresses() -> None:
    (found,) = read(TUNNEL, PING)
    assert (found.tunnel, found.outer) == ("4097", ("198.18.1.2", "198.18.1.3"))
    assert (found.source.ip, found.target.ip) == ("10.0.1.2", "10.0.1.4")
    assert "VXLAN" in found.line
    assert "echo request" in found.line


def test_failures_are_seen_whoever_they_are_about() -> None:
    asked = "1.5 veth1 B   ARP, Request who-has 172.18.0.9 tell 172.18.0.3, length 28"
    error = "1.6 eth0  In  IP 172.18.0.1 > 172.18.0.3: ICMP host 172.18.0.9 unreachable, length 92"
    found = read(f"{asked}\n{error}")
    assert [(row.kind, row.target.ip) for row in found] == [
        ("question", "172.18.0.9"),
        ("error", "172.18.0.3"),
    ]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "tcpdump: eth0: You don't have permission",
        "<img src=x onerror=alert(1)>",
        "1.5 eth0 Out IP 1.2.3.4.999999999 > 5.6.7.8.80: Flags [S]",
        "1.5 eth0 Out IP ............ > .: Flags [S]",
        "1.5 eth0 Out IP 198.18.1.2.45000 > 198.18.1.3.4789: VXLAN, flags [I] (0x08), vni 4097",
        "\x00\x1b[2J" * 1000,
    ],
)
def test_what_is_no_packet_is_not_there(said: str) -> None:
    assert read(said) == ()


def test_controls_and_length_of_a_line_are_bounded() -> None:
    (found,) = read(SYN.rstrip() + "\x1b]0;title\x07" + "x" * 5000)
    assert "\x1b" not in found.line
    assert len(found.line) <= capture.MAX_LINE_CHARACTERS


BEFORE = """\
filter :FORWARD DROP [0:0]
filter [0:0] -A FORWARD -j DOCKER-USER
filter [1:60] -A DOCKER-USER -s 10.0.0.0/8 -j DROP
filter [5:300] -A DOCKER-USER -p tcp -m tcp --dport 80 -j DROP
nat [0:0] -A DOCKER ! -i br-1 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80
"""
AFTER = BEFORE.replace("[0:0]", "[2:120]").replace("[5:300]", "[7:420]").replace("[1:60]", "[9:9]")
WEB = Meant("tcp", Address("172.18.0.3", 24_242), Address("172.18.0.2", 80))


def test_the_rule_that_counted_the_packet_is_the_one_that_names_it() -> None:
    found = rules.stopped_by(BEFORE, AFTER, WEB)
    assert found
    assert found[0].spoken == "iptables -t filter -A DOCKER-USER -p tcp -m tcp --dport 80 -j DROP"
    assert found[1] == 2
    other = rules.stopped_by(BEFORE, AFTER, Meant("icmp", Address("10.1.1.1"), Address("1.1.1.1")))
    assert other
    assert "-s 10.0.0.0/8" in other[0].text
    policy = rules.stopped_by(BEFORE, AFTER, Meant("icmp", Address("1.1.1.1"), Address("2.2.2.2")))
    assert policy
    assert policy[0].text == "-P FORWARD DROP"


def test_a_rule_that_did_not_count_did_nothing() -> None:
    assert rules.stopped_by(BEFORE, BEFORE, WEB) is None
    assert rules.rewritten_by(BEFORE, BEFORE, ("DNAT",), WEB) is None


def test_the_rule_that_rewrote_it_is_known_by_the_port_before() -> None:
    before = Meant("tcp", WEB.source, Address("198.18.1.2", 8080))
    found = rules.rewritten_by(BEFORE, AFTER, ("DNAT", "REDIRECT"), before)
    assert found
    assert (found.table, found.chain, found.verb) == ("nat", "DOCKER", "DNAT")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("-A X ! -s 172.18.0.0/16 -j DROP", False),
        ("-A X ! -s 172.19.0.0/16 -j DROP", True),
        ("-A X -d 172.18.0.2/32 ! -i br-1 -j DROP", True),
        ("-A X -p udp -j DROP", False),
        ("-A X -p tcp -m tcp --dport 79:81 -j DROP", True),
        ("-A X -p tcp -m tcp ! --dport 80 -j DROP", False),
        ("-A X -d nonsense -j DROP", False),
        ('-A X -m comment --comment "an open quote -j DROP', True),
    ],
)
def test_a_rule_fits_a_packet_by_what_it_names(text: str, *, fits: bool) -> None:
    assert rules.fits(rules.Rule("filter", "X", "DROP", text), WEB) is fits


def test_nonsense_is_no_rule() -> None:
    for said in ("", "hello", "filter [99999999999999999999999:1] -A X -j DROP", "[0:0]\n" * 9999):
        assert rules.stopped_by("", said, WEB) is None


HERE = """[{"ifindex": 7, "link_index": 6, "ifname": "veth1", "master": "br-1", "addr_info": []},
 {"ifindex": 3, "ifname": "br-1", "addr_info": [{"family": "inet", "local": "172.18.0.1"}]}]"""
THERE = """[{"ifindex": 6, "link_index": 7, "ifname": "eth0",
  "addr_info": [{"family": "inet", "local": "172.18.0.2"}]}]"""
FDB = "02:42:ac:12:00:02 dev veth1 master br-1 \n02:42:0a:00:01:04 dev vxlan0 dst 198.18.1.3 self"


def test_a_cable_is_known_by_the_numbers_of_its_ends() -> None:
    here, there = links.read(HERE, FDB), links.read(THERE)
    assert here.cable_to(there, "eth0") == "veth1"
    assert here.cable_to(there, "eth1") == ""
    assert here.learned("02:42:ac:12:00:02", "veth1").endswith("master br-1")
    assert here.learned("02:42:ac:12:00:02", "veth2") == ""


@pytest.mark.parametrize("said", ["", "null", "{}", "[1]", '[{"ifindex": -1}]', "[" * 100_000])
def test_what_is_no_answer_of_ip_has_no_links(said: str) -> None:
    assert links.read(said).rows == ()


def test_what_a_resolver_says_is_its_status_and_its_addresses() -> None:
    said = """;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1
;; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 0
web.\t\t600\tIN\tA\t172.18.0.2
web.\t\t600\tIN\tA\t172.19.0.2
"""
    found = names.read("web", "127.0.0.11\n", said)
    assert (found.server, found.status) == ("127.0.0.11", "NOERROR")
    assert found.addresses == ("172.18.0.2", "172.19.0.2")
    assert found.lines[1] == "web. 600 IN A 172.18.0.2"
    silent = names.read("web", "", ";; communications error to 10.9.9.9#53: timed out")
    assert (silent.status, silent.addresses, len(silent.lines)) == ("", (), 1)


def test_sections_are_told_apart_and_the_first_of_a_name_counts() -> None:
    said = "noise\n= node packets\n1\n2\n\n= node links\n[]\n= node packets\nforged"
    assert scripts.sections(said) == {"node packets": "1\n2", "node links": "[]"}


def test_what_was_sent_is_told_with_its_end() -> None:
    sent = observed.read_sent("= route\na dev b\n= said\nHTTP/1.1 200 OK\n\n= status\n0\n")
    assert (sent.route, sent.http, sent.status) == ("a dev b", "HTTP/1.1 200 OK", 0)
    assert observed.read_sent("").status == -1


def test_no_word_of_a_student_s_is_part_of_a_script() -> None:
    evil = "$(reboot)"
    command = scripts.watch_command(evil, [("node", evil)])
    assert evil not in command[2]
    assert command[4:] == [evil, f"node={evil}"]
