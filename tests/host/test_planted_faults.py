"""Faults planted in this machine for real, in namespaces that end with them: the doctor finds each.

``slipway doctor`` runs as a person runs it, in a mount namespace in which the kernel's files, its
cgroups or a disk have been spoilt; and, as a control, where nothing has been.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.command import SLIPWAY, TIMEOUT_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Rows = dict[str, dict[str, str | bool]]
    Doctor = Callable[..., Rows]

# Mounts a file or folder of the test's in the place of one of the kernel's.
TOOLS = """
plant() { cat >"$PLANTED/${1##*/}"; mount --bind "$PLANTED/${1##*/}" "$1"; }
"""
KERNEL = """
echo 2 | plant /proc/sys/vm/panic_on_oom
echo 2 | plant /proc/sys/vm/overcommit_memory
echo ann:165536:65536 | plant /etc/subuid
sed 's/^\\(MemAvailable:\\).*/\\1 900000 kB/' /proc/meminfo | plant /proc/meminfo
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  echo cpu pids | plant /sys/fs/cgroup/cgroup.controllers
else
  sed '/^memory/s/1$/0/' /proc/cgroups | plant /proc/cgroups
fi
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
  ! mountpoint -q "$hierarchy" || mount -o remount,ro,bind "$hierarchy"
done
"""
OLD_UBUNTU = """
mkdir "$PLANTED/kernel"
echo 5.4.0-99-generic >"$PLANTED/kernel/osrelease"
echo 4096 >"$PLANTED/kernel/pid_max"
echo 1 >"$PLANTED/kernel/apparmor_restrict_unprivileged_userns"
mount --bind "$PLANTED/kernel" /proc/sys/kernel
"""
FULL = """
mount -t tmpfs -o mode=700,size=1m,nr_inodes=8 none "$SLIPWAY_STATE_DIR"
head -c 2m /dev/zero >"$SLIPWAY_STATE_DIR/zeros" 2>/dev/null || true
"""
READ_ONLY = """
mount -t tmpfs -o ro none "$SLIPWAY_STATE_DIR"
"""
NO_NAMESPACES = """
exec unshare --user --map-root-user sh -euc '
  echo 0 >/proc/sys/user/max_user_namespaces
  ! unshare --user true 2>/dev/null
  exec "$@"' - "$@"
"""
# May read whatever root may, so that it finds the program, and write nothing.
NOBODY = """
exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+dac_read_search \
  --ambient-caps=+dac_read_search "$@"
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "var"
    folder.mkdir()
    return folder


@pytest.fixture
def doctor(tmp_path: Path, state: Path) -> Doctor:
    """Runs it behind some lines of shell, and returns the worst that it says of each thing."""
    planted = tmp_path / "planted"
    planted.mkdir()

    def run(lines: str = "", **environment: str) -> Rows:
        program = f'set -eu\n{TOOLS}{lines}\nexec "$@"'
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", program, "-", SLIPWAY, "doctor", "--json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
            env={
                **os.environ,
                "DOCKER_HOST": "unix:///nowhere/docker.sock",
                "SLIPWAY_PORT": "0",
                "SLIPWAY_STATE_DIR": str(state),
                "PLANTED": str(planted),
                **environment,
            },
        )
        assert done.stdout, done.stderr
        rows = json.loads(done.stdout)
        assert done.returncode == (0 if all(row["fine"] for row in rows) else 1)
        return {row["about"]: row for row in sorted(rows, key=lambda row: not row["fine"])}

    return run


def expect(rows: Rows, wanted: dict[str, tuple[str, str]]) -> None:
    """Each is found wrong, with these words and this cure; nothing else but Docker's absence."""
    for about, (what, cure) in wanted.items():
        assert not rows[about]["fine"], rows[about]
        assert what in str(rows[about]["what"])
        assert cure in str(rows[about]["mend"])
    wrong = {about for about, row in rows.items() if not row["fine"]}
    assert wrong <= {*wanted, "host-engine"}


def test_nothing_is_planted_and_nothing_is_found(doctor: Doctor) -> None:
    """The control: but for Docker, which it is not led to."""
    rows = doctor()
    expect(rows, {"host-engine": ("no host engine answers", "install and start Docker Engine")})


def test_a_spoilt_kernel(doctor: Doctor) -> None:
    rows = doctor(KERNEL)
    expect(
        rows,
        {
            "out-of-memory": ("panic_on_oom is 2", "sysctl -w vm.panic_on_oom=0"),
            "overcommit": ("overcommit_memory is 2", "sysctl -w vm.overcommit_memory=0"),
            "cgroups": ("read-only", "mount -o remount,rw,bind /sys/fs/cgroup"),
            "cgroup-controllers": ("memory is missing", "cgroup_enable=memory"),
            "memory": ("not enough for one sandbox", "SLIPWAY_MEMORY_RESERVE_MB"),
        },
    )
    assert "ann" in str(rows["subordinate-ids"]["what"])
    assert "usermod --del-subuids 165536-231071" in str(rows["subordinate-ids"]["mend"])


def test_an_old_kernel_with_ubuntus_restriction(doctor: Doctor) -> None:
    rows = doctor(OLD_UBUNTU)
    expect(rows, {"kernel": ("Linux 5.4", "Linux 5.11 or later")})
    assert "apparmor_restrict_unprivileged_userns is 1" in str(rows["apparmor"]["what"])


def test_no_user_namespaces_are_allowed(doctor: Doctor) -> None:
    rows = doctor(NO_NAMESPACES)
    cure = "sysctl -w user.max_user_namespaces="
    expect(rows, {"user-namespaces": ("max_user_namespaces is 0", cure)})


def test_a_full_disk_that_takes_no_more_files_either(doctor: Doctor) -> None:
    expect(
        doctor(FULL),
        {
            "disk": ("0 MiB of disk are free", "make room"),
            "inodes": ("more files fit in", "many small files"),
        },
    )


def test_a_disk_that_has_become_read_only(doctor: Doctor) -> None:
    assert "remount,rw" in str((rows := doctor(READ_ONLY))["state-folder"]["mend"])
    assert "read-only file system" in str(rows["state-folder"]["what"])


def test_a_state_folder_that_others_get_at_on_a_clock_behind_it(
    doctor: Doctor, state: Path
) -> None:
    folder = state / ("x" * 80)
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "secret").write_bytes(b"x" * 32)
    (folder / "secret").chmod(0o644)
    (folder / "slipway.db").touch()
    os.utime(folder / "slipway.db", (4e9, 4e9))
    expect(
        doctor(SLIPWAY_STATE_DIR=str(folder)),
        {
            "state-folder": ("everybody on this machine may write", "chmod o-w"),
            "secret": ("others on this machine may read", "chmod 600"),
            "socket-path": ("too long for a socket", "SLIPWAY_STATE_DIR"),
            "clock": ("the database was written at 2096", "timedatectl set-ntp true"),
        },
    )


def test_a_port_that_another_program_has_beyond_this_machine(doctor: Doctor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        rows = doctor(SLIPWAY_PORT=port, SLIPWAY_HOST="0.0.0.0")  # noqa: S104 - it is taken
    expect(
        rows,
        {
            "address": ("another program listens on", f"ss -ltnp 'sport = :{port}'"),
            "password": ("there is no password", "slipway password"),
        },
    )


def test_somebody_who_may_use_neither_docker_nor_the_folder(doctor: Doctor, tmp_path: Path) -> None:
    address = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        address.chmod(0o660)
        rows = doctor(NOBODY, DOCKER_HOST=f"unix://{address}", SLIPWAY_PORT="1")
    expect(
        rows,
        {
            "host-engine": ("You may not use Docker's socket", "group 'docker'"),
            "state-folder": ("can't be written by user 65534", "Run this as root"),
            "address": ("may not listen on 127.0.0.1:1", "a port of 1024 or more"),
        },
    )
