"""A node's limits can't be raised and hold, and whoever runs into them disturbs nobody else.

Every load is bounded by the node's own limits, by a number, and by the removal of its sandbox.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import anyio
import docker
import pytest

from app.sandboxes.spec import students_container
from tests.support.engine import a_student, engine_settings, nodes_of, output_of, read_some
from tests.support.places import output_in, succeeds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.sandboxes.docker_engine import DockerEngine
    from app.sandboxes.docker_shell import DockerShell
    from tests.support.places import Node, Place

pytestmark = pytest.mark.anyio
# Of both versions of cgroups.
LIMITS = [
    f"/sys/fs/cgroup/{name}"
    for name in (
        "memory/memory.limit_in_bytes", "memory/memory.memsw.limit_in_bytes", "pids/pids.max",
        "cpu/cpu.cfs_quota_us", "memory.max", "pids.max", "cpu.max",
    )
]  # fmt: skip
READ_LIMITS = f"for f in {' '.join(LIMITS)}; do [ ! -e $f ] || cat $f; done"
RAISE_LIMITS = f"""
    for f in {" ".join(LIMITS)}; do
      [ -e $f ] || continue
      mount -o remount,rw,bind $(dirname $f) 2>/dev/null
      for value in 9999999999 max -1; do echo $value >$f && exit 0; done
    done
    exit 1
"""
LEAVE_THE_CGROUP = """
    for procs in $(find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs); do
      cgroup=$(dirname $procs)
      mkdir $cgroup/mine && exit 0
      [ -e $cgroup/../cgroup.procs ] && echo $$ >$cgroup/../cgroup.procs && exit 0
    done
    exit 1
"""
# dd fills a buffer of that many bytes.
HOG = "dd if=/dev/zero of=/dev/null bs={megabytes}M count=1"
# Until a fork fails. Afterwards everything is done by what is built into the shell.
FORK_ON = """
    rm -f /tmp/pids
    (while :; do sleep 30 & echo $! >>/tmp/pids; done) 2>/tmp/failed
    count=0
    while read -r pid; do kill $pid; count=$((count + 1)); done </tmp/pids
    echo $count; read -r why </tmp/failed; echo "$why"
"""
# A node that is held up by another one answers never; a busy machine answers late.
SLOWEST_ANSWER_S = 30.0
LOOKS = 5


class Attack(NamedTuple):
    """What is typed, in how many terminals, and the share of a limit that tells it has begun."""

    typed: bytes
    terminals: int
    limit: str


# They go on until the sandbox is removed: whoever looks late finds them at it too.
MEMORY_HOGS = f"while :; do {HOG.format(megabytes=480)}; done\r".encode()
ATTACKS = {
    "a fork bomb": Attack(b"f() { f | f & }; f\r", 1, "processes"),
    "a memory hog": Attack(MEMORY_HOGS, 1, "memory"),
    "yes in eight terminals": Attack(b"yes\r", 8, "nothing"),
    "a disk filler": Attack(
        b"dd if=/dev/zero of=/root/fill bs=1M count=300; rm /root/fill\r", 1, "nothing"
    ),
}


@pytest.fixture(scope="module")
async def bystander(engine: DockerEngine) -> AsyncIterator[str]:
    async with a_student(engine) as student:
        yield student


@pytest.mark.row(15)
async def test_the_node_s_own_limits_can_t_be_raised(place: Place, node: Node) -> None:
    before = await output_in(node, READ_LIMITS)
    assert before, "neither version's limit is visible, so nothing would be tried"
    assert not await succeeds(place, RAISE_LIMITS)
    assert not await succeeds(place, LEAVE_THE_CGROUP)
    assert not await succeeds(place, "ulimit -n 1000000")
    assert await output_in(node, READ_LIMITS) == before


@pytest.mark.row(15)
async def test_the_memory_limit_holds(place: Place, node: Node) -> None:
    engine_s = await output_in(node, "pidof dockerd")
    assert await succeeds(place, HOG.format(megabytes=64))
    killed = await place.run(
        f"{HOG.format(megabytes=engine_settings().node_memory_mb + 100)}; exit $?"
    )
    assert killed.code != 0
    assert await output_in(node, "pidof dockerd") == engine_s


@pytest.mark.row(15)
async def test_the_limit_of_processes_holds(place: Place, node: Node) -> None:
    limit = engine_settings().node_pids
    started, why = (await output_in(place, FORK_ON)).splitlines()[-2:]
    assert limit / 2 < int(started) < limit
    assert "fork" in why
    assert await succeeds(node, "docker ps")


@pytest.mark.row(25)
@pytest.mark.parametrize("name", ATTACKS)
async def test_one_student_s_load_leaves_another_s_node_answering(
    engine: DockerEngine, bystander: str, name: str
) -> None:
    attack = ATTACKS[name]
    async with a_student(engine) as eve:
        shells = [await engine.open_shell(eve, "node1", 24, 80) for _ in range(attack.terminals)]
        async with anyio.create_task_group() as reading:
            for shell in shells:
                reading.start_soon(read_on, shell)
                await shell.write(attack.typed)
            with anyio.fail_after(60):
                while attack.limit != "nothing" and share_of_limit(eve, attack.limit) < 0.6:
                    await anyio.sleep(0.05)
            slowest = 0.0
            for _ in range(LOOKS):
                started = time.monotonic()
                await output_of(engine, bystander, "docker ps")
                slowest = max(slowest, time.monotonic() - started)
            assert await a_shell_answers(engine, bystander)
            reading.cancel_scope.cancel()
        await engine.remove(eve)
        for shell in shells:
            await shell.close()
        assert slowest < SLOWEST_ANSWER_S
        assert not await nodes_of(engine, eve)


async def read_on(shell: DockerShell) -> None:
    while await read_some(shell):
        pass


async def a_shell_answers(engine: DockerEngine, student: str) -> bool:
    shell = await engine.open_shell(student, "node1", 24, 80)
    await shell.write(b"echo he''re\r")
    seen = b""
    with anyio.fail_after(SLOWEST_ANSWER_S):
        while b"here" not in seen:
            seen += await read_some(shell)
    await shell.close()
    return True


def share_of_limit(student: str, limit: str) -> float:
    """As the class engine counts it; the node itself may be past answering."""
    settings = engine_settings()
    with closing(docker.DockerClient(base_url=f"unix://{settings.engine_socket}")) as engine:
        container = engine.containers.get(students_container(settings, student, "node1"))
        counted = engine.api.stats(str(container.id), stream=False, one_shot=True)
    if limit == "processes":
        return float(counted["pids_stats"]["current"]) / settings.node_pids
    return float(counted["memory_stats"]["usage"]) / (settings.node_memory_mb * 1024 * 1024)
