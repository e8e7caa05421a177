"""What root on a node must not be able to do to the machine; each attempt is really made.

The control case makes the same attempt in the class engine's own container, which does have the
privilege, so that an attempt that fails for some other reason is noticed. Values are only ever
written as they are, so a control case changes nothing either.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import docker
import pytest

from tests.support.engine import engine_settings, output_of

if TYPE_CHECKING:
    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
# Kernels differ in what they have; the first two are everywhere.
SETTINGS = [
    path
    for path in (
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/vm/overcommit_memory",
        "/proc/sys/kernel/modprobe",
        "/proc/sys/kernel/sysrq",
    )
    if Path(path).exists()
]
FRESH_PROC = "mkdir -p /tmp/p && mount -t proc p /tmp/p && P=/tmp/p || P=/proc;"
DISK = "rm -f /tmp/disk; mknod /tmp/disk b $(cat /sys/class/block/*/dev | head -n 1 | tr : ' ')"
MOUNTS = ("securityfs", "debugfs", "tracefs", "bpf")
LIMITS = "/sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max"
# Each makes a call that belongs to the machine, with arguments that would change nothing.
FILE = "head -c 4096 /dev/zero >/tmp/file;"
CALLS = {
    "init_module": f"{FILE} busybox insmod /tmp/file",
    "delete_module": "busybox rmmod nosuchmodule",
    "swapon": f"{FILE} busybox swapon /tmp/file",
    "swapoff": f"{FILE} busybox swapoff /tmp/file",
    "adjtimex": "busybox adjtimex",
    "clock_settime": "busybox date -s @$(date +%s)",
    "personality": "busybox linux32 true",
    "syslog": "busybox dmesg",
}
# Those that the class engine's container may make: there, they fail differently or not at all.
CONTROLLED_CALLS = ("swapon", "swapoff", "adjtimex", "personality")
NOT_PERMITTED = "Operation not permitted"


async def succeeds_on_node(engine: DockerEngine, student: str, script: str) -> bool:
    result = await engine.run(
        student, "node1", script, environment={}, timeout_s=15, output_bytes=4000
    )
    assert result.exit_code not in (126, 127), result
    return result.exit_code == 0


def in_class_engine(script: str) -> tuple[int, str]:
    """The exit code and what was printed."""
    host = docker.from_env()
    try:
        container = host.containers.get(f"{engine_settings().instance}-engine")
        code, output = container.exec_run(["timeout", "15", "sh", "-c", script])
        assert isinstance(code, int)
        assert isinstance(output, bytes)
        return code, output.decode()
    finally:
        host.close()


def succeeds_in_class_engine(script: str) -> bool:
    return in_class_engine(script)[0] == 0


@pytest.mark.parametrize("path", SETTINGS)
async def test_settings_of_the_machine_can_t_be_written(
    engine: DockerEngine, student: str, path: str
) -> None:
    write = f'value=$(cat {path}) && echo "$value" >{path}'
    assert not await succeeds_on_node(engine, student, write)
    fresh = path.replace("/proc", "$P", 1)
    attempt = f'{FRESH_PROC} value=$(cat {fresh}) && echo "$value" >{fresh}'
    assert not await succeeds_on_node(engine, student, attempt)
    assert succeeds_in_class_engine(write)


async def test_an_inner_container_with_every_right_can_t_write_them_either(
    engine: DockerEngine, student: str
) -> None:
    write = "v=$(cat /proc/sys/kernel/core_pattern) && echo $v >/proc/sys/kernel/core_pattern"
    run = "docker run --rm --cap-add ALL --security-opt seccomp=unconfined"
    run += (
        f" --security-opt systempaths=unconfined --pid host --network host alpine sh -c '{write}'"
    )
    assert not await succeeds_on_node(engine, student, run)
    run = "docker run --rm --cap-add ALL --pid host --network host alpine true"
    assert await succeeds_on_node(engine, student, run)


async def test_the_magic_keys_of_the_kernel_are_out_of_reach(
    engine: DockerEngine, student: str
) -> None:
    # h only prints a help text, on a kernel that has the keys at all.
    assert not await succeeds_on_node(engine, student, "echo h >/proc/sysrq-trigger")


async def test_the_kernel_s_log_and_memory_can_t_be_read(
    engine: DockerEngine, student: str
) -> None:
    assert not await succeeds_on_node(engine, student, "dmesg")
    assert not await succeeds_on_node(engine, student, "head -c 1 /proc/kcore | grep -q .")


async def test_a_disk_of_the_machine_can_t_be_made_or_opened(
    engine: DockerEngine, student: str
) -> None:
    assert not await succeeds_on_node(engine, student, DISK)
    assert succeeds_in_class_engine(f"{DISK} && rm /tmp/disk")


@pytest.mark.parametrize("kind", MOUNTS)
async def test_file_systems_of_the_kernel_can_t_be_mounted(
    engine: DockerEngine, student: str, kind: str
) -> None:
    mount = f"mkdir -p /tmp/{kind} && mount -t {kind} {kind} /tmp/{kind} && ls /tmp/{kind} | grep ."
    assert not await succeeds_on_node(engine, student, mount)


async def test_no_cgroup_can_be_mounted_to_call_a_program_of_the_machine(
    engine: DockerEngine, student: str
) -> None:
    mount = (
        "mkdir -p /tmp/cg && mount -t cgroup -o memory cgroup /tmp/cg && ls /tmp/cg/release_agent"
    )
    assert not await succeeds_on_node(engine, student, mount)


async def test_the_node_s_own_limits_can_t_be_raised(engine: DockerEngine, student: str) -> None:
    read = f"for f in {LIMITS}; do [ ! -e $f ] || cat $f; done"
    before = await output_of(engine, student, read)
    assert before, "neither version's limit is visible, so nothing would be tried"
    raise_it = f"""
        for f in {LIMITS}; do
          [ -e $f ] || continue
          echo 9999999999 >$f && exit 0
        done
        exit 1
    """
    assert not await succeeds_on_node(engine, student, raise_it)
    assert await output_of(engine, student, read) == before


@pytest.mark.parametrize("call", CALLS)
async def test_calls_that_belong_to_the_machine_are_refused(
    engine: DockerEngine, student: str, call: str
) -> None:
    # What is printed counts: date succeeds either way, and a file that is no module fails too.
    printed = await output_of(engine, student, f"({CALLS[call]}) 2>&1 || true")
    assert NOT_PERMITTED in printed


@pytest.mark.parametrize("call", CONTROLLED_CALLS)
def test_it_is_not_for_want_of_the_call_itself(call: str) -> None:
    _, printed = in_class_engine(f"({CALLS[call]}) 2>&1; rm -f /tmp/file")
    assert NOT_PERMITTED not in printed
    assert "not found" not in printed
    assert "not implemented" not in printed


async def test_nothing_outside_the_node_is_visible(engine: DockerEngine, student: str) -> None:
    processes = await output_of(engine, student, "ps -o args")
    assert "class-engine" not in processes
    assert "docker-registry" not in processes


async def test_the_filter_is_on_and_rights_only_shrink(engine: DockerEngine, student: str) -> None:
    status = await output_of(engine, student, "grep -E 'Seccomp:|NoNewPrivs' /proc/self/status")
    assert status.split() == ["NoNewPrivs:", "1", "Seccomp:", "2"]
