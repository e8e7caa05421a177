"""What a node sees of the machine: no process, no file, no socket, no user of it."""

from __future__ import annotations

import secrets
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import pytest

from tests.support.engine import engine_settings
from tests.support.places import EVERY_RIGHT, output_in, succeeds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.places import ClassEngineContainer, InnerContainer, Node, Place

pytestmark = pytest.mark.anyio
FIRST_MAPPED_ID = 100_000
KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
# Every number that a process of the machine has, and some more; kill is built into the shell.
# Who takes a signal and yet is not listed would be somebody else's.
EVERY_PID = """
    pid=0 found=0
    while [ $((pid += 1)) -le {last} ]; do
      kill -0 $pid 2>/dev/null || continue
      found=$((found + 1))
      [ -e /proc/$pid ] || ! kill -0 $pid 2>/dev/null || echo hidden $pid
    done
    echo $found
"""
UNIX_SOCKETS = "cut -d' ' -f8 /proc/net/unix | grep -E 'docker|containerd|slipway' | sort -u"


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of this machine, outside every container."""
    process = subprocess.Popen(["sleep", f"98{secrets.randbelow(10**6):06}"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[str]:
    """The name of a file that lies on this machine and beside the class engine's socket."""
    name = f"marker-{secrets.token_hex(8)}"
    beside = engine_settings().engine_dir / name
    (tmp_path / name).touch()
    beside.touch()
    yield name
    beside.unlink()


def last_pid_of_this_machine() -> int:
    return max(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def state_of(process: subprocess.Popen[bytes]) -> str:
    """S sleeps, T is stopped or traced."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


def own_namespace(kind: str) -> str:
    return str(Path(f"/proc/self/ns/{kind}").readlink())


@pytest.mark.row(17)
async def test_root_on_a_node_is_an_ordinary_user_of_the_machine(place: Place) -> None:
    maps = await output_in(place, "cat /proc/self/uid_map /proc/self/gid_map /proc/1/uid_map")
    for line in maps.splitlines():
        inside, outside, count = map(int, line.split())
        assert inside == 0
        assert outside >= FIRST_MAPPED_ID
        assert count <= 65_536


@pytest.mark.row(17)
async def test_no_other_user_namespace_can_be_made(
    place: Place, control: ClassEngineContainer
) -> None:
    """Its root would have every capability again, though only inside it."""
    assert not await succeeds(place, "unshare -U true")
    assert await succeeds(control, "unshare -U true")


@pytest.mark.row(17)
async def test_what_a_node_s_root_makes_belongs_to_an_ordinary_user(
    place: Place, node: Node, control: ClassEngineContainer
) -> None:
    name = f"mine-{secrets.token_hex(4)}"
    folder = "/tmp" if place is node else "/node/tmp"  # noqa: S108 - in a node
    await output_in(place, f"echo id >{folder}/{name} && chmod 4755 {folder}/{name}")
    look = f"find /var/lib/docker -name {name} -exec stat -c %u {{}} ';'"
    owners = set((await output_in(control, look)).split())
    assert owners
    assert all(int(owner) >= FIRST_MAPPED_ID for owner in owners)


@pytest.mark.row(18)
async def test_no_process_outside_the_node_is_seen(
    place: Place, control: ClassEngineContainer, victim: subprocess.Popen[bytes]
) -> None:
    found = await output_in(place, EVERY_PID.format(last=last_pid_of_this_machine() + 1000))
    assert found.isdecimal()
    assert int(found) > 1
    seen = await output_in(place, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert "/usr/lib/slipway/node" in seen  # the node's own first process
    for stranger in ("class-engine", "docker-registry", "userns-remap", victim.args[1]):  # type: ignore[index]
        assert str(stranger) not in seen
    assert victim.poll() is None
    assert "docker-registry" in await output_in(control, "cat /proc/[0-9]*/cmdline")


@pytest.mark.row(18)
async def test_no_process_outside_the_node_can_be_traced_or_entered(
    place: Place, node: Node, victim: subprocess.Popen[bytes]
) -> None:
    enter = f"nsenter -t {victim.pid} -m -u -n -i -p true"
    if not await succeeds(node, f"[ -e /proc/{victim.pid} ]"):
        assert not await succeeds(place, enter)
        assert not await succeeds(place, f"kill -STOP {victim.pid}")
        assert not await succeeds(place, f"cat /proc/{victim.pid}/environ")
    assert victim.poll() is None
    assert state_of(victim) == "S"
    # The furthest that can be entered is the node's own first process.
    entered = await output_in(place, "nsenter -t 1 -m -u -n -i -p readlink /proc/self/ns/mnt")
    assert entered == await output_in(node, "readlink /proc/1/ns/mnt")
    assert entered != own_namespace("mnt")


@pytest.mark.row(18)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_node_has_namespaces_of_its_own(
    place: Place, control: ClassEngineContainer, kind: str
) -> None:
    look = f"for ns in /proc/[0-9]*/ns/{kind}; do readlink $ns; done | sort -u"
    on_the_node = set((await output_in(place, look)).split())
    assert on_the_node
    assert all(name.startswith(f"{kind}:[") for name in on_the_node)
    outside = {
        own_namespace(kind),
        await output_in(control, f"readlink /proc/1/ns/{kind}"),
    }
    assert not on_the_node & outside


@pytest.mark.row(18)
async def test_the_names_of_cgroups_tell_nothing_of_other_containers(node: Node) -> None:
    assert "docker" not in await output_in(node, "cut -d: -f3 /proc/1/cgroup")


@pytest.mark.row(19)
async def test_a_privileged_container_with_the_host_s_files_is_refused(node: Node) -> None:
    run = "docker run --rm -v /:/h --pid=host --net=host --privileged alpine true"
    assert not await succeeds(node, run)


@pytest.mark.row(19)
async def test_a_container_with_every_other_right_sees_the_node_and_no_more(
    node: Node, container: InnerContainer, marked: str
) -> None:
    assert "-v /:/node" in EVERY_RIGHT
    await output_in(node, "echo mine >/root/of-the-node")
    assert await output_in(container, "cat /node/root/of-the-node") == "mine"
    same = ("cat /proc/1/cmdline", "cat /sys/class/net/*/address", "hostname", "ls /proc/1/root/")
    for look in same:
        assert await output_in(container, look) == await output_in(node, look)
    assert await output_in(container, f"find / -name {marked} 2>/dev/null || true") == ""


@pytest.mark.row(20)
async def test_no_file_of_the_machine_is_on_the_node(
    place: Place, control: ClassEngineContainer, marked: str
) -> None:
    find = f"find / -name {marked} ! -path '/proc/*' 2>/dev/null || true"
    assert await output_in(place, find) == ""
    assert f"/run/slipway/{marked}" in await output_in(control, find)


@pytest.mark.row(20)
async def test_no_docker_socket_is_there_but_the_node_s_own(place: Place, node: Node) -> None:
    find = "find / -name '*.sock' -type s ! -path '/proc/*' 2>/dev/null || true"
    found = {path.removeprefix("/node") for path in (await output_in(place, find)).split()}
    docker_s = {path for path in found if "docker" in path and "/plugins/" not in path}
    own = "/run/docker.sock"
    assert own in docker_s or place is not node
    assert all(path == own or path.startswith("/run/docker/") for path in docker_s), found
    listed = await output_in(place, f"{UNIX_SOCKETS} || true")
    assert "/run/slipway" not in listed
    assert "/var/lib/slipway" not in listed


@pytest.mark.row(20)
async def test_the_node_s_own_socket_leads_to_the_node_s_own_engine(node: Node) -> None:
    listed = await output_in(node, "docker ps -a --format '{{.Names}}'; docker info -f '{{.Name}}'")
    with closing(
        docker.DockerClient(base_url=f"unix://{engine_settings().engine_socket}")
    ) as engine:
        for container in engine.containers.list(all=True):
            assert str(container.name) not in listed
    assert "node1" in listed
