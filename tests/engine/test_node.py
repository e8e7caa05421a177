"""A real node: what it is made of, what it may use, and that its engine works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from tests.support.engine import a_student, engine_settings, output_of

if TYPE_CHECKING:
    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
WAIT_S = 60
TOOLS = (
    "bash", "curl", "dig", "docker", "host", "ip", "iptables", "jq", "nslookup", "outside", "ss",
    "tcpdump",
)  # fmt: skip


async def test_the_node_is_alpine(engine: DockerEngine, student: str) -> None:
    release = await output_of(engine, student, ". /etc/os-release; echo $ID $VERSION_ID")
    assert release.startswith("alpine 3.23.")


async def test_its_engine_is_26_or_later(engine: DockerEngine, student: str) -> None:
    version = await output_of(engine, student, "docker version -f '{{.Server.Version}}'")
    assert int(version.partition(".")[0]) >= 26


@pytest.mark.parametrize("tool", TOOLS)
async def test_it_has_the_tools_of_the_course(
    engine: DockerEngine, student: str, tool: str
) -> None:
    assert await output_of(engine, student, f"command -v {tool}")


async def test_the_tools_run(engine: DockerEngine, student: str) -> None:
    versions = "dig -v; tcpdump --version; jq --version; ip -V; iptables -V; bash --version"
    assert await output_of(engine, student, f"set -e; ({versions}) 2>&1 | grep -i version")


async def test_its_root_is_nobody_on_the_machine(engine: DockerEngine, student: str) -> None:
    inside, outside, count = (await output_of(engine, student, "cat /proc/self/uid_map")).split()
    assert inside == "0"
    assert int(outside) >= 100_000
    assert int(count) == 65_536


async def test_catalog_images_run_and_publish(engine: DockerEngine, student: str) -> None:
    script = """
        docker run -d -p 8080:80 --name contract-nginx nginx >/dev/null 2>&1
        until curl -fs http://127.0.0.1:8080/; do sleep 0.1; done
        docker rm -f contract-nginx >/dev/null
    """
    assert "Welcome to nginx" in await output_of(engine, student, script)


async def test_containers_of_users_other_than_root_can_be_entered(
    engine: DockerEngine, student: str
) -> None:
    script = """
        docker run -d --name plain --user 1000 alpine sleep 60 >/dev/null 2>&1
        docker exec plain id -u
        docker rm -f plain >/dev/null
    """
    assert await output_of(engine, student, script) == "1000"


async def test_containers_find_each_other_by_name(engine: DockerEngine, student: str) -> None:
    script = """
        docker network create names >/dev/null
        docker run -d --network names --name es alpine sleep 60 >/dev/null 2>&1
        docker run --rm --network names alpine ping -c 1 es
        docker rm -f es >/dev/null; docker network rm names >/dev/null
    """
    assert "1 packets received" in await output_of(engine, student, script)


async def test_memory_and_processes_are_limited_from_outside(
    engine: DockerEngine, student: str
) -> None:
    settings = engine_settings()
    script = """
        cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max 2>/dev/null ||
          cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max
    """
    limits = (await output_of(engine, student, script)).split()
    assert limits == [str(settings.node_memory_mb * 1024 * 1024), str(settings.node_pids)]


async def test_an_engine_that_is_killed_comes_back_by_itself(engine: DockerEngine) -> None:
    async with a_student(engine) as student:
        before = await output_of(engine, student, "pidof dockerd")
        await output_of(engine, student, "kill -9 $(pidof dockerd)")
        script = "pidof dockerd; curl -fs --unix-socket /run/docker.sock http://d/_ping"
        with anyio.fail_after(WAIT_S):
            while True:
                result = await engine.run(
                    student, "node1", script, environment={}, timeout_s=5, output_bytes=100
                )
                if result.exit_code == 0:
                    break
                await anyio.sleep(0.1)
        assert result.output.split()[0] != before


async def test_ready_waits_for_the_engine_and_says_nothing(engine: DockerEngine) -> None:
    async with a_student(engine) as student:
        script = """
            old=$(pidof dockerd); kill -9 $old
            while kill -0 $old 2>/dev/null; do sleep 0.01; done
            /usr/lib/slipway/ready && docker version >/dev/null
        """
        assert not await output_of(engine, student, script)


async def test_what_the_engine_does_without_is_not_missed(
    engine: DockerEngine, student: str
) -> None:
    """What depends on a plug-in that is switched off, containerd leaves out too, and says so."""
    log = await output_of(engine, student, "cat /var/log/containerd.log")
    assert "failed to load" not in log


async def test_orphans_do_not_disturb_the_engine(engine: DockerEngine, student: str) -> None:
    before = await output_of(engine, student, "pidof dockerd")
    script = """
        orphans=$(for i in 1 2 3 4 5; do sh -c 'sleep 0.1 >/dev/null 2>&1 & echo $!'; done)
        set -- $orphans
        [ $# = 5 ] || exit 2
        for try in $(seq 100); do
          left=
          for orphan; do [ ! -e /proc/$orphan ] || left=$orphan; done
          [ "$left" ] || exit 0
          sleep 0.05
        done
        grep State /proc/$left/status
        exit 1
    """
    await output_of(engine, student, script)
    assert await output_of(engine, student, "pidof dockerd") == before
    assert "Z" not in await output_of(engine, student, "cat /proc/[0-9]*/stat | cut -d' ' -f3")


async def test_closing_a_shell_ends_what_was_started_from_it(
    engine: DockerEngine, student: str
) -> None:
    shell = await engine.open_shell(student, "node1", 24, 80)
    await shell.write(b"sleep 4242 &\r")
    await shell.write(b"nohup sleep 4243 >/dev/null\r")
    with anyio.fail_after(WAIT_S):
        while (await count(engine, student, "sleep 424[23]")) != "2":
            await anyio.sleep(0.05)
    await shell.close()
    with anyio.fail_after(WAIT_S):
        # nohup ignores the hang-up, as it promises; the job in the background does not.
        while (await count(engine, student, "sleep 4242")) != "0":
            await anyio.sleep(0.05)


async def count(engine: DockerEngine, student: str, pattern: str) -> str:
    return await output_of(engine, student, f"ps -o args | grep -c '^{pattern}' || true")


@pytest.mark.parametrize("network", ["bridge", "known"])
async def test_unknown_names_are_denied_and_not_waited_for(
    engine: DockerEngine, student: str, network: str
) -> None:
    """Alpine's C library takes NXDOMAIN for an answer, and waits ten seconds upon SERVFAIL."""
    ask = "nslookup nosuch.example 2>&1 | grep -c NXDOMAIN"
    assert int(await output_of(engine, student, ask)) > 0
    script = f"""
        docker network create {network} >/dev/null 2>&1 || true
        docker run --rm --network {network} alpine sh -c '{ask}' 2>/dev/null
    """
    assert int(await output_of(engine, student, script)) > 0


async def test_two_nodes_find_each_other_by_name_also_from_their_containers(
    engine: DockerEngine,
) -> None:
    async with a_student(engine, nodes=2) as student:
        for here, there in (("node1", "node2"), ("node2", "node1")):
            ping = f"ping -c 1 {there}"
            assert "1 packets received" in await output_of(engine, student, ping, here)
            inner = f"docker run --rm alpine {ping}"
            assert "1 packets received" in await output_of(engine, student, inner, here)


async def test_packets_can_be_captured(engine: DockerEngine, student: str) -> None:
    capture = """
        timeout 50 tcpdump -c 1 -n -i lo icmp >/tmp/capture 2>/tmp/log &
        until grep -q listening /tmp/log; do kill -0 $! || exit 1; done
        ping -c 1 127.0.0.1 >/dev/null; wait $!; cat /tmp/capture
    """
    assert "ICMP echo request" in await output_of(engine, student, capture)
