"""The security posture of a sandbox, and the addresses that students' networks get."""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from itertools import islice, pairwise

import pytest

from app.sandboxes.seccomp import profile
from app.sandboxes.spec import (
    STUDENT_NETWORKS,
    free_subnets,
    network_arguments,
    node_body,
    sandbox_spec,
    shell_environment,
)
from app.settings import Settings

STUDENT = "0123456789abcdef"
SETTINGS = Settings(node_memory_mb=512, node_pids=512, node_cpus=1.5, node_open_files=4096)


def test_a_node_has_two_capabilities_hard_limits_and_no_way_to_the_machine() -> None:
    spec = sandbox_spec(SETTINGS, STUDENT)
    body = node_body(SETTINGS, spec, spec.nodes[0])
    assert body["HostConfig"] == {
        "Privileged": False,
        "CapAdd": ["NET_ADMIN", "SYS_ADMIN"],
        "SecurityOpt": ["no-new-privileges", f"seccomp={json.dumps(profile())}"],
        "Memory": 512 * 1024 * 1024,
        "MemorySwap": 512 * 1024 * 1024,
        "PidsLimit": 512,
        "NanoCpus": 1_500_000_000,
        "Ulimits": [{"Name": "nofile", "Soft": 4096, "Hard": 4096}],
        "LogConfig": {"Type": "none"},
        "RestartPolicy": {"Name": "no"},
        "NetworkMode": spec.network,
    }
    assert set(body) == {"Image", "Hostname", "Labels", "HostConfig", "NetworkingConfig"}
    assert list(body["NetworkingConfig"]["EndpointsConfig"]) == [spec.network]


def test_a_sandboxs_network_has_no_way_out() -> None:
    spec = sandbox_spec(SETTINGS, STUDENT)
    arguments = network_arguments(SETTINGS, spec, "198.18.1.0/28")
    assert arguments["internal"] is True
    assert arguments["driver"] == "bridge"
    assert arguments["enable_ipv6"] is False
    assert arguments["options"] == {"com.docker.network.bridge.inhibit_ipv4": "true"}
    assert arguments["ipam"]["Config"] == [{"Subnet": "198.18.1.0/28"}]


def test_names_and_labels_tell_instance_student_and_node() -> None:
    settings = Settings(instance="class-two")
    spec = sandbox_spec(settings, STUDENT, nodes=2)
    assert spec.network == f"class-two-{STUDENT}"
    assert [node.container for node in spec.nodes] == [
        f"class-two-{STUDENT}-node1",
        f"class-two-{STUDENT}-node2",
    ]
    assert node_body(settings, spec, spec.nodes[1])["Labels"] == {
        "slipway.instance": "class-two",
        "slipway.student": STUDENT,
        "slipway.node": "node2",
    }


def test_a_shell_can_be_found_again_by_its_marker() -> None:
    assert shell_environment("mark")["SLIPWAY_SHELL"] == "mark"


def test_the_registrys_range_is_never_handed_out() -> None:
    assert next(free_subnets([])) == "198.18.1.0/28"


@pytest.mark.parametrize(
    "taken", ["198.18.1.0/28", "198.18.1.0/30", "198.18.1.4/30", "198.18.1.0/24", "198.18.0.0/16"]
)
def test_a_free_subnet_overlaps_nothing_that_is_taken(taken: str) -> None:
    for subnet in islice(free_subnets([taken]), 50):
        assert not IPv4Network(subnet).overlaps(IPv4Network(taken))


def test_networks_elsewhere_take_nothing() -> None:
    assert next(free_subnets(["172.17.0.0/16", "fd00::/64"])) == "198.18.1.0/28"


def test_when_everything_is_taken_there_is_none() -> None:
    assert list(free_subnets([str(STUDENT_NETWORKS)])) == []


def test_a_thousand_students_get_a_thousand_subnets() -> None:
    taken: list[str] = []
    for _ in range(10):
        taken += islice(free_subnets(taken), 100)
    networks = sorted(IPv4Network(subnet) for subnet in taken)
    assert len(set(networks)) == 1000
    assert all(network.subnet_of(STUDENT_NETWORKS) for network in networks)
    assert not [a for a, b in pairwise(networks) if a.overlaps(b)]
