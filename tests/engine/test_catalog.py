"""The catalog on a real node: every image is pulled under its name, and is what it says it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from app.hosting import catalog
from tests.support.command import slipway
from tests.support.engine import a_student, engine_settings, output_of
from tests.support.places import ClassEngineContainer, output_in
from tests.support.scripts import UNTIL

if TYPE_CHECKING:
    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
MOST_MB = 300
ENTRIES = {entry.image.removesuffix(":latest"): entry for entry in catalog.read()}
# What a container of each image runs, and a word of the answer that only the right program says.
PROOFS = {
    "alpine": ("cat /etc/os-release", "Alpine Linux"),
    "nginx": ("nginx -v", "nginx version"),
    "redis": ("redis-server --version", "Redis server"),
    "haproxy": ("haproxy -v", "HAProxy version"),
    "centos": ("curl --version", "libcurl"),
    "jpetazzo/trainingwheels": ("python3 --version", "Python 3"),
    "elasticsearch:2": ("nginx -v", "nginx version"),
    "toolbox": ("ip -V", "iproute2"),
    "wire-plugin": ("head -n 2 /plugin", "network driver for Docker"),
}
TOOLS = {
    "ip": "ip -br addr show lo",
    "ss": "ss -ltn",
    "bridge": "bridge -V",
    "tcpdump": "tcpdump --version",
    "dig": "dig -v",
    "nc": "nc -l -p 7 -w 1 & until nc -z 127.0.0.1 7; do :; done",
    "curl": "curl --version",
    "conntrack": "conntrack -L",
}


@pytest.mark.parametrize("image", ENTRIES)
async def test_a_cold_node_pulls_it_from_the_registry_and_runs_it(
    engine: DockerEngine, image: str
) -> None:
    async with a_student(engine) as student:
        command, proof = PROOFS[image]
        said = await output_of(engine, student, f"docker run --rm {image} {command} 2>&1")
        assert f"Downloaded newer image for {ENTRIES[image].image}" in said
        assert proof in said


@pytest.mark.parametrize("image", ENTRIES)
async def test_a_stand_in_says_so_in_its_label(
    engine: DockerEngine, student: str, image: str
) -> None:
    label = '{{index .Config.Labels "slipway.stand-in"}}'
    script = f"docker pull -q {image} >/dev/null; docker inspect -f '{label}' {image}"
    assert await output_of(engine, student, script) == ENTRIES[image].stand_in


async def test_all_of_it_is_small_in_the_registry() -> None:
    volume = f"{engine_settings().instance}-registry"
    look = f"du -sm /var/lib/docker/*/volumes/{volume} | cut -f1"
    assert 10 < int(await output_in(ClassEngineContainer(), look)) < MOST_MB


def test_the_command_lists_each_image_with_its_source_and_what_it_is() -> None:
    done = slipway("images", "list", "--json")
    assert done.returncode == 0
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    for entry in ENTRIES.values():
        row = rows["alpine" if entry.folder == "base" else f"catalog/{entry.image}"]
        assert row["source"] == entry.source(row["way"])
        assert row["stand_in"] == entry.stand_in
        assert row["state"] == "present"
        assert int(row["megabytes"]) > 0


@pytest.mark.parametrize(
    ("image", "ports"),
    [
        ("nginx", ["80/tcp"]),
        ("redis", ["6379/tcp"]),
        ("jpetazzo/trainingwheels", ["5000/tcp"]),
        ("elasticsearch:2", ["9200/tcp", "9300/tcp"]),
    ],
)
async def test_its_exposed_ports_are_published_when_asked_for_all(
    engine: DockerEngine, clean: str, image: str, ports: list[str]
) -> None:
    script = f"docker run -d -P --name it {image} >/dev/null 2>&1; docker port it"
    published = await output_of(engine, clean, script)
    assert sorted({line.split()[0] for line in published.splitlines()}) == ports


@pytest.mark.parametrize("image", ["nginx", "redis", "jpetazzo/trainingwheels", "elasticsearch:2"])
async def test_it_stops_on_the_signal_and_is_not_killed(
    engine: DockerEngine, clean: str, image: str
) -> None:
    script = f"""
        docker run -d -P --name it {image} >/dev/null 2>&1
        port=$(docker port it | head -n 1 | sed 's/.*://')
        until nc -z 127.0.0.1 $port; do sleep 0.05; done
        docker stop it >/dev/null; docker inspect -f '{{{{.State.ExitCode}}}}' it
    """
    assert await output_of(engine, clean, script) == "0"


@pytest.mark.parametrize(
    ("image", "port"), [("jpetazzo/trainingwheels", 5000), ("elasticsearch:2", 9200)]
)
async def test_it_answers_head_says_404_and_writes_a_log(
    engine: DockerEngine, clean: str, image: str, port: int
) -> None:
    script = f"""{UNTIL}
        docker run -d -p 8000:{port} --name it {image} >/dev/null 2>&1
        until_says HTTP/1.1 curl -s --head 127.0.0.1:8000 >/dev/null
        curl -s -o /dev/null -w '%{{http_code}}\\n' 127.0.0.1:8000/favicon.ico
        curl -s -o /dev/null -w '%{{http_code}}\\n' -d x 127.0.0.1:8000/
        docker logs it 2>/dev/null
    """
    said = await output_of(engine, clean, script)
    assert said.splitlines()[:2] == ["404", "405"]
    assert "stand-in" in said
    assert "HEAD / " in said
    assert "GET /favicon.ico 404" in said


@pytest.mark.parametrize(
    ("image", "port"), [("jpetazzo/trainingwheels", 5000), ("elasticsearch:2", 9200)]
)
async def test_it_answers_many_at_once(
    engine: DockerEngine, clean: str, image: str, port: int
) -> None:
    script = f"""{UNTIL}
        docker network create dev >/dev/null
        docker run -d --net dev --name redis redis >/dev/null 2>&1
        docker run -d --net dev -p 8000:{port} {image} >/dev/null 2>&1
        until_says '200 OK' curl -s --head 127.0.0.1:8000 >/dev/null
        curl -s --no-progress-meter --parallel --parallel-immediate --parallel-max 50 \\
            -o /dev/null -w '%{{http_code}}\\n' '127.0.0.1:8000/?[1-300]' | sort | uniq -c
    """
    said = await output_of(engine, clean, script)
    assert said.split()[-2:] in (["300", "200"], ["299", "404"])


async def test_two_elasticsearches_have_two_names(engine: DockerEngine, clean: str) -> None:
    script = f"""{UNTIL}
        for port in 9201 9202; do
            docker run -d -p $port:9200 elasticsearch:2 >/dev/null 2>&1
            until_says '"name"' curl -s 127.0.0.1:$port | tr -d '\\n'
            echo
        done
        docker ps -q
    """
    *answers, newest, oldest = (await output_of(engine, clean, script)).splitlines()
    names = [json.loads(answer)["name"] for answer in answers]
    assert names == [f"node-{oldest}", f"node-{newest}"]


async def test_centos_has_curl(engine: DockerEngine, clean: str) -> None:
    script = """
        docker network create dev >/dev/null
        docker run -d --net dev --name es elasticsearch:2 >/dev/null 2>&1
        docker run --rm --net dev centos curl -s --retry 20 --retry-connrefused es:9200 2>/dev/null
    """
    assert '"name" : "node-' in await output_of(engine, clean, script)


async def test_alpine_has_what_a_container_needs_and_nothing_of_a_machine_that_boots(
    engine: DockerEngine, clean: str
) -> None:
    script = """
        docker run --rm alpine sh -c '
            for file in $(busybox --list-full); do [ -e /$file ] || echo missing $file; done
            apk info' 2>/dev/null
    """
    said = (await output_of(engine, clean, script)).split()
    assert {"apk-tools", "busybox", "curl"} <= set(said)
    assert not {"missing", "linux-virt", "openrc"} & set(said)


@pytest.mark.parametrize("tool", TOOLS)
async def test_the_toolbox_has_each_tool_of_the_course(
    engine: DockerEngine, clean: str, tool: str
) -> None:
    script = f"docker run --rm --cap-add NET_ADMIN toolbox sh -c '{TOOLS[tool]}'"
    await output_of(engine, clean, script)


async def test_the_toolbox_looks_into_another_containers_network(
    engine: DockerEngine, clean: str
) -> None:
    script = """
        docker run -d --name web nginx >/dev/null 2>&1
        docker run --rm --network container:web toolbox sh -c '
            until curl -fs 127.0.0.1 >/dev/null; do sleep 0.05; done
            (until [ -e /tmp/done ]; do curl -fs 127.0.0.1 >/dev/null; done) &
            tcpdump -n -i lo -c 1 port 80 2>/dev/null; touch /tmp/done
            ss -ltn'
    """
    said = await output_of(engine, clean, script)
    assert ".80: Flags" in said or "127.0.0.1.80" in said
    assert "0.0.0.0:80" in said
