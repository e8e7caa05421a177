"""From the engine's answers to the picture: what is kept, in which order, and how much at most."""

from __future__ import annotations

import pydantic
import pytest

from app.topology import answers, drawing

CONTAINER = {
    "Id": "c" * 64,
    "Names": ["/web", "/proxy/backend"],
    "Image": "nginx",
    "Created": 5,
    "State": "running",
    "HostConfig": {"NetworkMode": "vault"},
    "Ports": [
        {"IP": "", "PrivatePort": 443, "Type": "tcp"},
        {"IP": "127.0.0.1", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"},
    ],
    "Labels": None,
    "NetworkSettings": {
        "Networks": {
            "dev": {"NetworkID": "d", "IPAddress": "172.18.0.2", "Aliases": None},
            "vault": {"NetworkID": "v", "Aliases": ["c" * 12, "shop", "shop"]},
        }
    },
}


def one(row: dict[str, object]) -> answers.ContainerAnswer:
    return answers.CONTAINERS.validate_python([row])[0]


def test_a_container_is_at_home_where_it_was_made_for() -> None:
    (found,) = drawing.containers([one(CONTAINER)], {})
    assert found.name == "web"
    assert [end.network for end in found.endpoints] == ["vault", "dev"]
    assert found.endpoints[0].aliases == ("shop",)
    assert [(port.host_port, port.container_port) for port in found.ports] == [(8080, 80), (0, 443)]


def test_a_container_may_share_the_network_of_another() -> None:
    row = {**CONTAINER, "HostConfig": {"NetworkMode": "container:" + "b" * 64}}
    (found,) = drawing.containers([one(row)], {})
    assert found.shares == "b" * 64


def test_the_networks_that_were_there_first_come_first() -> None:
    rows = [
        {"Id": "1", "Name": "younger", "Created": "2030-01-02T00:00:00Z", "IPAM": None},
        {"Id": "2", "Name": "none", "Created": "2030-01-01T00:00:00Z"},
        {"Id": "3", "Name": "older", "Created": "2030-01-01T00:00:00Z"},
        {"Id": "4", "Name": "bridge", "Created": "2030-01-03T00:00:00Z"},
    ]
    found = drawing.networks(answers.NETWORKS.validate_python(rows))
    assert [row.name for row in found] == ["bridge", "none", "older", "younger"]


def test_a_gateway_is_told_without_its_mask() -> None:
    pool = {"Subnet": "10.0.0.0/24", "Gateway": "10.0.0.1/24"}
    rows = [{"Id": "1", "Name": "dev", "IPAM": {"Config": [pool, {}]}}]
    (found,) = drawing.networks(answers.NETWORKS.validate_python(rows))
    assert (found.subnets, found.gateways) == (("10.0.0.0/24",), ("10.0.0.1",))


def test_only_so_much_is_drawn() -> None:
    rows = [one({**CONTAINER, "Id": str(number)}) for number in range(500)]
    assert len(drawing.containers(rows, {})) == drawing.MAX_CONTAINERS
    many: dict[str, object] = {f"n{number}": {} for number in range(100)}
    row = one({**CONTAINER, "NetworkSettings": {"Networks": many}, "Ports": CONTAINER["Ports"]})
    (found,) = drawing.containers([row], {})
    assert len(found.endpoints) == answers.MAX_ENDPOINTS


@pytest.mark.parametrize(
    ("said", "drawn"),
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("a\x1b[2Jb\nc", "a\ufffd[2Jb\ufffdc"),
        ("left\u202eright", "left\ufffdright"),
        ("x" * 1_000_000, "x" * answers.MAX_TEXT_CHARACTERS),
    ],
)
def test_names_are_short_text_in_which_nothing_acts(said: str, drawn: str) -> None:
    (found,) = drawing.containers([one({**CONTAINER, "Names": [said], "Image": said})], {})
    assert (found.name, found.image) == (drawn, drawn)


@pytest.mark.parametrize(
    "said", [17, "no list", [3], [{}], [{"Id": 1}], [{"Id": "1", "Ports": [{"PublicPort": -1}]}]]
)
def test_what_no_engine_says_is_refused(said: object) -> None:
    with pytest.raises(pydantic.ValidationError):
        answers.CONTAINERS.validate_python(said)


def test_a_service_has_its_running_tasks_by_slot() -> None:
    service = {
        "ID": "s",
        "Spec": {
            "Name": "web",
            "Mode": {"Replicated": {"Replicas": 2}},
            "TaskTemplate": {
                "ContainerSpec": {"Image": "nginx:latest@sha256:abc"},
                "Networks": [{"Target": "o"}],
            },
        },
        "Endpoint": {"Ports": [{"PublishedPort": 8080, "TargetPort": 80, "Protocol": "tcp"}]},
    }
    tasks = [
        {"ID": f"t{slot}", "ServiceID": "s", "Slot": slot, "NodeID": f"n{slot}"} for slot in (2, 1)
    ]
    members = [{"ID": f"n{at}", "Description": {"Hostname": f"node{at}"}} for at in (1, 2)]
    (found,) = drawing.services(
        answers.SERVICES.validate_python([service]),
        answers.TASKS.validate_python(tasks),
        answers.MEMBERS.validate_python(members),
        {"o": "between"},
    )
    assert (found.name, found.image, found.mode, found.replicas) == (
        *("web", "nginx:latest", "replicated", 2),
    )
    assert found.networks == ("between",)
    assert [task.node for task in found.tasks] == ["node1", "node2"]
