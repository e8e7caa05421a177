"""A node's rights and limits and its network's bounds, each where it can be read."""

from __future__ import annotations

import json

from app.sandboxes import posture
from app.sandboxes.seccomp import profile
from app.settings import Settings

SETTINGS = Settings(node_memory_mb=512, node_pids=512, node_cpus=1.5, node_open_files=4096)
# Docker's default set (moby, oci/caps/defaults.go), which containers of the node's engine ask for.
DEFAULT = {
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
    "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}  # fmt: skip


def test_a_node_has_hard_limits_and_no_way_to_the_machine() -> None:
    assert posture.node(SETTINGS) == {
        "Privileged": False,
        "CapDrop": ["ALL"],
        "CapAdd": sorted(DEFAULT | {"NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE"}),
        "SecurityOpt": ["no-new-privileges", f"seccomp={json.dumps(profile())}"],
        "CgroupnsMode": "private",
        "IpcMode": "private",
        "Memory": 512 * 1024 * 1024,
        "MemorySwap": 512 * 1024 * 1024,
        "PidsLimit": 512,
        "NanoCpus": 1_500_000_000,
        "CpuShares": 128,
        "OomScoreAdj": 500,
        "Ulimits": [
            {"Name": "nofile", "Soft": 4096, "Hard": 4096},
            {"Name": "core", "Soft": 0, "Hard": 0},
            {"Name": "memlock", "Soft": 8 * 1024 * 1024, "Hard": 8 * 1024 * 1024},
        ],
        "LogConfig": {"Type": "none"},
        "RestartPolicy": {"Name": "no"},
    }


def test_nothing_but_what_is_named_is_in_a_node() -> None:
    """No bind mount, no device, no namespace of another: a posture has no such keys."""
    keys = set(posture.node(SETTINGS))
    assert not keys & {"Binds", "Mounts", "Devices", "PidMode", "UsernsMode", "VolumesFrom"}


def test_processes_are_limited_by_node_and_not_by_user() -> None:
    """All nodes are one user of the machine; a limit per user would be one for the class."""
    assert "nproc" not in {limit["Name"] for limit in posture.node(SETTINGS)["Ulimits"]}


def test_every_capability_has_its_reason() -> None:
    assert all(posture.CAPABILITIES.values())


def test_a_sandbox_s_network_has_no_way_out() -> None:
    assert posture.network() == {
        "driver": "bridge",
        "internal": True,
        "enable_ipv6": False,
        "options": {"com.docker.network.bridge.inhibit_ipv4": "true"},
    }
