"""The machine's disks, cgroups and kernel file systems: a node can neither make nor mount them."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.machine_code import MACHINE, At, Call, install
from tests.support.places import output_in, succeeds

if TYPE_CHECKING:
    from tests.support.places import ClassEngineContainer, Place

pytestmark = pytest.mark.anyio
DEVICE = "rm -f /tmp/disk; mknod /tmp/disk b $(cat /sys/class/block/*/dev | head -n 1 | tr : ' ')"
DISK_SYSTEMS = ("ext4", "xfs", "btrfs", "squashfs", "erofs", "vfat", "iso9660", "fuseblk")
# Every disk the kernel tells of, by each kind of file system, by device and by name.
MOUNT_DISKS = f"""
    mkdir -p /tmp/disk-here
    for disk in $(ls /sys/class/block) root; do
      for kind in {" ".join(DISK_SYSTEMS)}; do
        number=$(cat /sys/class/block/$disk/dev 2>/dev/null)
        for source in /dev/$disk $disk /tmp/disk LABEL=$disk $number; do
          mount -o ro -t $kind $source /tmp/disk-here 2>/dev/null && echo $kind $source
        done
      done
    done; true
"""
KERNEL_SYSTEMS = [
    kind
    for kind in ("securityfs", "debugfs", "tracefs", "bpf", "pstore", "devtmpfs")
    if f"\t{kind}\n" in Path("/proc/filesystems").read_text()
]
MOUNT_KERNEL_SYSTEM = """
    mkdir -p /tmp/{kind} && mount -t {kind} {kind} /tmp/{kind} &&
      ls /tmp/{kind} | grep -q . && umount /tmp/{kind}
"""
# cgroup v1's hierarchies, where the host has them: a hierarchy's root has the file release_agent.
HIERARCHIES = sorted(Path("/sys/fs/cgroup").glob("*/release_agent"))
MOUNT_CGROUP = """
    mkdir -p /tmp/cg && mount -t cgroup -o {options} attempt /tmp/cg || exit 1
    ls /tmp/cg/release_agent && cat /tmp/cg/release_agent >/tmp/agent &&
      cat /tmp/agent >/tmp/cg/release_agent
    code=$?; umount /tmp/cg; exit $code
"""
# unshare a cgroup namespace, then mount: the way of CVE-2022-0492, which older kernels allow.
CALLS_OF_2022 = (
    Call(272, [0x02000000 | 0x00020000]),
    Call(165, [At(0), At(8), At(16), 0, At(24)]),
    Call(257, [-100, At(32), 1]),
)
DATA_OF_2022 = b"attempt\0/tmp/cg\0cgroup\0\0memory\0\0/tmp/cg/release_agent\0"


@pytest.mark.row(12)
async def test_a_disk_of_the_machine_can_t_be_made(place: Place) -> None:
    assert not await succeeds(place, DEVICE)


async def test_where_the_privilege_is_it_can_be_made(control: ClassEngineContainer) -> None:
    assert await succeeds(control, f"{DEVICE} && rm /tmp/disk")


@pytest.mark.row(12)
async def test_a_node_has_only_devices_that_hold_nothing(place: Place) -> None:
    look = "find /dev -xdev \\( -type b -o -type c \\) ! -path '/dev/pts/*'"
    found = set((await output_in(place, look)).split())
    assert found <= {f"/dev/{name}" for name in ("console", "full", "null", "random", "tty",
                                                 "urandom", "zero")}  # fmt: skip


@pytest.mark.row(13)
async def test_no_disk_of_the_machine_can_be_mounted_by_any_name(place: Place) -> None:
    assert await output_in(place, "ls /sys/class/block")  # or nothing would be tried
    assert await output_in(place, MOUNT_DISKS) == ""
    assert await output_in(place, "grep /tmp/disk-here /proc/mounts || true") == ""


@pytest.mark.row(13)
async def test_no_file_can_be_mounted_as_a_disk(place: Place) -> None:
    """A file system made by a student is code of the kernel's that was never meant for them."""
    loop = """
        dd if=/dev/zero of=/tmp/image bs=1k count=512 2>/dev/null && mkdosfs /tmp/image >/dev/null
        mkdir -p /tmp/here; mknod /tmp/loop b 7 0; mknod /dev/loop0 b 7 0
        losetup /tmp/loop /tmp/image || mount -o loop -t vfat /tmp/image /tmp/here
    """
    assert not await succeeds(place, loop)


@pytest.mark.row(14)
@pytest.mark.parametrize("options", [*(path.parent.name for path in HIERARCHIES), "none,name=mine"])
async def test_no_cgroup_can_be_mounted_to_call_a_program_of_the_machine(
    place: Place, options: str
) -> None:
    before = [path.read_text() for path in HIERARCHIES]
    assert not await succeeds(place, MOUNT_CGROUP.format(options=options))
    assert [path.read_text() for path in HIERARCHIES] == before


@pytest.mark.row(14)
@pytest.mark.parametrize("way", ["a cgroup namespace"] if platform.machine() == MACHINE else [])
async def test_nor_from_a_cgroup_namespace_of_its_own(place: Place, way: str) -> None:
    assert way
    program = install(CALLS_OF_2022, "/tmp/cve", DATA_OF_2022)  # noqa: S108 - in a node
    assert await succeeds(place, f"mkdir -p /tmp/cg; {program}")
    assert not await succeeds(place, "timeout 5 /tmp/cve")


@pytest.mark.parametrize("path", HIERARCHIES[:1])
async def test_where_the_privilege_is_a_cgroup_can_be_mounted(
    control: ClassEngineContainer, path: Path
) -> None:
    assert await succeeds(control, MOUNT_CGROUP.format(options=path.parent.name))


@pytest.mark.row(16)
@pytest.mark.parametrize("kind", KERNEL_SYSTEMS)
async def test_file_systems_of_the_kernel_can_t_be_mounted(place: Place, kind: str) -> None:
    assert not await succeeds(place, MOUNT_KERNEL_SYSTEM.format(kind=kind))


@pytest.mark.row(16)
async def test_programs_for_strange_files_are_registered_for_the_node_alone(
    place: Place, control: ClassEngineContainer
) -> None:
    """Later kernels give every user namespace a binfmt_misc of its own; earlier ones refuse."""
    there = "mkdir -p /tmp/fmt && mount -t binfmt_misc fmt /tmp/fmt"
    await place.run(f"{there}; echo ':attempt:E::attempt::/bin/true:' >/tmp/fmt/register")
    listed = await output_in(control, f"{there}; ls /tmp/fmt; umount /tmp/fmt")
    assert "register" in listed
    assert "attempt" not in listed


@pytest.mark.parametrize("kind", [k for k in KERNEL_SYSTEMS if k in ("debugfs", "tracefs", "bpf")])
async def test_where_the_privilege_is_they_can_be_mounted(
    control: ClassEngineContainer, kind: str
) -> None:
    mount = f"mkdir -p /tmp/{kind} && mount -t {kind} {kind} /tmp/{kind} && umount /tmp/{kind}"
    assert await succeeds(control, mount)
