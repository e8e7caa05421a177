"""A port for a server that is started later or twice, which no outgoing call gets meanwhile."""

from __future__ import annotations

import random
import socket
from pathlib import Path

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 12_000
TRIES = 200


def free_port() -> int:
    """Below those that the kernel hands out by itself."""
    highest = int(EPHEMERAL.read_text().split()[0])
    for _ in range(TRIES):
        port = random.randrange(LOWEST, highest)  # noqa: S311 - to stay out of each other's way
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise AssertionError("every port is taken")
