"""The security posture of sandboxes: every right and every limit of a node and its network.

Pure builders, in the words of the Engine API; nothing here acts. The boundary itself is the user
namespace of the class engine, without which no sandbox is started.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.sandboxes import seccomp

if TYPE_CHECKING:
    from app.settings import Settings

# What an inner engine needs on top of Docker's default set. In a user namespace both count for
# the node's own mounts and networks only.
ADDED_CAPABILITIES = ("NET_ADMIN", "SYS_ADMIN")


def node(settings: Settings) -> dict[str, Any]:
    """A node's HostConfig (ContainerCreate, Engine API 1.44)."""
    memory = settings.node_memory_mb * 1024 * 1024
    files = settings.node_open_files
    return {
        "CapAdd": list(ADDED_CAPABILITIES),
        "SecurityOpt": ["no-new-privileges", f"seccomp={json.dumps(seccomp.profile())}"],
        "Privileged": False,
        "Memory": memory,
        "MemorySwap": memory,  # the sum of both: no swap
        "PidsLimit": settings.node_pids,
        "NanoCpus": int(settings.node_cpus * 1e9),
        "Ulimits": [{"Name": "nofile", "Soft": files, "Hard": files}],
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
