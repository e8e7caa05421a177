"""The security posture of sandboxes: every right and every limit of a node and its network.

Pure builders, in the words of the Engine API; nothing here acts. The boundary itself is the user
namespace of the class engine, without which no sandbox is started; what stands here makes the
kernel behind it smaller, and keeps one node from eating what all share. ``slipway doctor
--posture`` prints it, reasons included.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.sandboxes import seccomp

if TYPE_CHECKING:
    from app.settings import Settings

# Everything a node may, and why. In a user namespace each counts for what is the node's own only.
# A container that the node's engine starts asks for Docker's default set, and does not start
# where the node lacks one of it; so nothing of that set can be taken away.
CAPABILITIES: dict[str, str] = {
    "AUDIT_WRITE": "of Docker's default set; the audit log itself refuses a user namespace",
    "CHOWN": "images are unpacked with their owners",
    "DAC_OVERRIDE": "root reads and writes what belongs to other users of the node",
    "FOWNER": "images are unpacked with their modes and times",
    "FSETID": "images keep their set-group-id files",
    "KILL": "the engine ends the processes of containers",
    "MKNOD": "of Docker's default set; in a user namespace it makes no device",
    "NET_ADMIN": "bridges, veth pairs, routes and firewall rules are the subject",
    "NET_BIND_SERVICE": "ports below 1024 are published",
    "NET_RAW": "ping, arping and tcpdump",
    "SETFCAP": "images are unpacked with the capabilities of their files",
    "SETGID": "containers run as other groups",
    "SETPCAP": "the engine takes rights away from containers",
    "SETUID": "containers run as other users",
    "SYS_ADMIN": "the engine mounts, and makes namespaces",
    "SYS_CHROOT": "entering a container's mount namespace asks for it",
    "SYS_PTRACE": "docker exec enters containers whose first process is not root",
}
NO_FILES_OF_CRASHES = {"Name": "core", "Soft": 0, "Hard": 0}
LOCKED_BYTES = 8 * 1024 * 1024
CPU_SHARES = 128
OOM_SCORE = 500


def node(settings: Settings) -> dict[str, Any]:
    """A node's HostConfig (ContainerCreate, Engine API 1.44)."""
    memory = settings.node_memory_mb * 1024 * 1024
    files = settings.node_open_files
    return {
        "CapDrop": ["ALL"],
        "CapAdd": list(CAPABILITIES),
        "SecurityOpt": ["no-new-privileges", f"seccomp={json.dumps(seccomp.profile())}"],
        "Privileged": False,
        # The paths of cgroups would tell the names of other containers.
        "CgroupnsMode": "private",
        "IpcMode": "private",
        "Memory": memory,
        "MemorySwap": memory,  # the sum of both: no swap
        "PidsLimit": settings.node_pids,
        "NanoCpus": int(settings.node_cpus * 1e9),
        # Where processors are short, the registry and the class engine (1024 each) go first.
        "CpuShares": CPU_SHARES,
        # Where memory is, a node ends before them, and before whatever else the machine does.
        "OomScoreAdj": OOM_SCORE,
        "Ulimits": [
            {"Name": "nofile", "Soft": files, "Hard": files},
            NO_FILES_OF_CRASHES,
            {"Name": "memlock", "Soft": LOCKED_BYTES, "Hard": LOCKED_BYTES},
            # No limit on processes per user: all nodes are one user of the machine. PidsLimit is.
        ],
        "LogConfig": {"Type": "none"},
        "RestartPolicy": {"Name": "no"},
    }


def network() -> dict[str, Any]:
    """A sandbox's network: no way out, and no address of the host on the bridge."""
    return {
        "driver": "bridge",
        "internal": True,
        "enable_ipv6": False,
        "options": {"com.docker.network.bridge.inhibit_ipv4": "true"},
    }
