"""What the class engine is asked for: names, labels, addresses, and the posture in every body."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import islice, pairwise

import pytest

from app.sandboxes import posture
from app.sandboxes.spec import (
    STUDENT_NETWORKS,
    Owner,
    free_subnets,
    network_arguments,
    nobodys_container,
    node_body,
    owner_of,
    shell_environment,
    students_container,
)
from app.settings import Settings

STUDENT = "0123456789abcdef"
SETTINGS = Settings(
    instance="slipway", node_memory_mb=512, node_pids=512, node_cpus=1.5, node_open_files=4096
)


def test_a_node_has_the_posture_s_rights_and_limits_and_its_own_network() -> None:
    body = node_body(SETTINGS, "5a4d", "node1")
    assert body["HostConfig"] == {**posture.node(SETTINGS), "NetworkMode": "slipway.5a4d"}
    assert set(body) == {"Image", "Hostname", "Labels", "HostConfig", "NetworkingConfig"}
    assert list(body["NetworkingConfig"]["EndpointsConfig"]) == ["slipway.5a4d"]


def test_a_network_has_the_posture_s_bounds_and_its_own_addresses() -> None:
    arguments = network_arguments(SETTINGS, "5a4d", "198.18.1.0/28")
    assert posture.network().items() <= arguments.items()
    assert arguments["ipam"]["Config"] == [{"Subnet": "198.18.1.0/28"}]


def test_labels_tell_instance_sandbox_and_node() -> None:
    assert node_body(Settings(instance="class-two"), "5a4d", "node2")["Labels"] == {
        "slipway.instance": "class-two",
        "slipway.sandbox": "5a4d",
        "slipway.node": "node2",
    }


def test_names_tell_whose_a_sandbox_is() -> None:
    settings = Settings(instance="class-two")
    name = students_container(settings, STUDENT, "node2")
    assert name == f"class-two-{STUDENT}-node2"
    assert owner_of(settings, name) == Owner(student=STUDENT)
    free = nobodys_container(settings, "free", "5a4d", "node1")
    assert owner_of(settings, free) == Owner(state="free")
    used = nobodys_container(settings, "used", "5a4d", "node3")
    assert owner_of(settings, used) == Owner(state="used")


@pytest.mark.parametrize("name", ["", "x", "class-two-registry", "class-twofree.5a4d.node1"])
def test_a_name_that_says_nothing_is_nobodys(name: str) -> None:
    assert owner_of(Settings(instance="class-two"), name) == Owner(state="used")


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
