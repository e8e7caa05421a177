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

from tests.support.engine import a_student, class_engine, engine_settings, output_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def engine() -> AsyncIterator[DockerEngine]:
    async with class_engine() as engine:
        yield engine


@pytest.fixture(scope="module")
async def student(engine: DockerEngine) -> AsyncIterator[str]:
    async with a_student(engine) as student:
        yield student


async def succeeds_on_node(engine: DockerEngine, student: str, script: str) -> bool:
    result = await engine.run(
        student, "node1", script, environment={}, timeout_s=15, output_bytes=4000
    )
    assert result.exit_code not in (126, 127), result
    return result.exit_code == 0


def succeeds_in_class_engine(script: str) -> bool:
    host = docker.from_env()
    try:
        container = host.containers.get(f"{engine_settings().instance}-engine")
        return bool(container.exec_run(["sh", "-c", script]).exit_code == 0)
    finally:
        host.close()


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
    files = "/sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max"
    raise_it = f"for f in {files}; do [ -e $f ] && echo 9999999999 >$f; done"
    assert not await succeeds_on_node(engine, student, f"{raise_it}; exit $?")


async def test_nothing_outside_the_node_is_visible(engine: DockerEngine, student: str) -> None:
    processes = await output_of(engine, student, "ps -o args")
    assert "class-engine" not in processes
    assert "docker-registry" not in processes


async def test_the_filter_is_on_and_rights_only_shrink(engine: DockerEngine, student: str) -> None:
    status = await output_of(engine, student, "grep -E 'Seccomp:|NoNewPrivs' /proc/self/status")
    assert status.split() == ["NoNewPrivs:", "1", "Seccomp:", "2"]
