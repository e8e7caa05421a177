"""Settings, keys, log and memory of the machine's kernel: a node must not write or read them.

A value that is written differs from the one that is there, so that a hole shows; the test puts the
old one back before it fails. The control writes the value that is there already.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.places import output_in, succeeds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.places import ClassEngineContainer, Place

pytestmark = pytest.mark.anyio
ATTEMPTS = {
    "kernel/core_pattern": "attempt",
    "kernel/modprobe": "/bin/false",
    "kernel/hotplug": "/bin/false",
    "kernel/sysrq": "1",
    "kernel/pty/max": "1",
    "kernel/keys/maxkeys": "1",
    "kernel/dmesg_restrict": "0",
    "kernel/kptr_restrict": "0",
    "kernel/threads-max": "1000",
    "fs/inotify/max_user_instances": "1",
    "fs/file-max": "1000",
    "user/max_net_namespaces": "1",
    "user/max_inotify_instances": "1",
    "vm/overcommit_memory": "2",
    "vm/drop_caches": "1",
    "net/netfilter/nf_conntrack_max": "1",
}
# Kernels differ in what they have; the first and overcommit_memory are everywhere.
SYS = Path("/proc/sys")
SETTINGS = [name for name in ATTEMPTS if (SYS / name).exists()]
# What only takes, or what Docker's own engines count with while the test runs.
NOT_READ_BACK = ("vm/drop_caches",)
# Only the machine's root may write these, or its first network namespace: no control case.
NEED_MORE = ("vm/drop_caches", "user/max_net_namespaces", "user/max_inotify_instances",
             "net/netfilter/nf_conntrack_max")  # fmt: skip
# A mount namespace of its own, in which all that Docker put over /proc is gone.
FRESH_PROC = """
    for mount in $(grep ' /proc/' /proc/mounts | cut -d' ' -f2); do umount $mount; done
    mkdir -p /mnt && mount -t proc fresh /mnt || exit 127
"""
READS = {
    "the kernel's log": "dmesg",
    "the log's device": "mknod /tmp/kmsg c 1 11; timeout 2 head -c 1 /tmp/kmsg | grep -q .",
    "the log's file": "timeout 2 head -c 1 $P/kmsg | grep -q .",
    "the memory of the machine": "head -c 1 $P/kcore | grep -q .",
    "the memory's device": "mknod /tmp/mem c 1 1; head -c 1 /tmp/mem | grep -q .",
    "the addresses of the kernel": "cut -d' ' -f1 $P/kallsyms | grep -qv '^0*$'",
    "the keys of others": "grep -q . $P/keys",
    "the timers of the machine": "grep -q . $P/timer_list",
}


def values() -> dict[str, str]:
    return {name: (SYS / name).read_text() for name in SETTINGS if name not in NOT_READ_BACK}


@contextmanager
def all_stay_as_they_are() -> Iterator[None]:
    before = values()
    yield
    after = values()
    for name, value in before.items():
        if after[name] != value:
            (SYS / name).write_text(value)
    assert after == before


def write_all(root: str) -> str:
    """Prints the names of those that it could write."""
    return "\n".join(
        f"(echo '{ATTEMPTS[name]}' >{root}/{name}) 2>/dev/null && echo {name}" for name in SETTINGS
    )


@pytest.mark.row(1, 3, 4)
async def test_no_setting_of_the_machine_can_be_written(place: Place) -> None:
    with all_stay_as_they_are():
        assert await output_in(place, f"{write_all('/proc/sys')}; true") == ""
        fresh = f"{FRESH_PROC} {write_all('/mnt/sys')}; true"
        assert await output_in(place, f'unshare -m sh -c "{escaped(fresh)}"') == ""


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in NEED_MORE])
async def test_where_the_privilege_is_it_can_be_written(
    control: ClassEngineContainer, name: str
) -> None:
    path = f"/proc/sys/{name}"
    assert await succeeds(control, f'value=$(cat {path}) && echo "$value" >{path}')


@pytest.mark.row(2)
async def test_the_magic_keys_of_the_kernel_are_out_of_reach(place: Place) -> None:
    # h only prints a help text, on a kernel that has the keys at all.
    assert not await succeeds(place, "echo h >/proc/sysrq-trigger")
    write = f"{FRESH_PROC} echo h >/mnt/sysrq-trigger"
    assert not await succeeds(place, f'unshare -m sh -c "{escaped(write)}"')


@pytest.mark.row(5)
@pytest.mark.parametrize("what", READS)
async def test_what_the_kernel_knows_of_the_machine_can_t_be_read(place: Place, what: str) -> None:
    assert not await succeeds(place, f"P=/proc; {READS[what]}")
    read = f"{FRESH_PROC} P=/mnt; {READS[what]}"
    assert not await succeeds(place, f'unshare -m sh -c "{escaped(read)}"')


async def test_a_fresh_proc_can_be_mounted_and_nothing_lies_over_it(place: Place) -> None:
    """So the attempts above are made; the user namespace alone is what refuses them."""
    look = f"{FRESH_PROC} ! grep ' /mnt/' /proc/mounts && grep -q . /mnt/1/status"
    assert await succeeds(place, f'unshare -m sh -c "{escaped(look)}"')


def escaped(script: str) -> str:
    return script.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
