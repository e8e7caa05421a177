"""What a class shares of the machine, how much is used, and which of it is exhausted first."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from app.settings import ROOT

KIB, MB = 1024, 1_000_000
STUDENT_NETWORKS = 8176


@dataclass(frozen=True, slots=True)
class Use:
    """How much of something is in use, of how much there is."""

    used: float
    limit: float
    unit: str


def memory_available_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * KIB
    raise LookupError("/proc/meminfo has no MemAvailable")


def uses(networks: int, engine_bytes: int) -> dict[str, Use]:
    """Everything a class shares that can run out; what this kernel does not tell is left out."""
    disk = shutil.disk_usage(ROOT)
    found = {
        "memory": Use(engine_bytes / MB, (engine_bytes + memory_available_bytes()) / MB, "MB"),
        "disk": Use((disk.total - disk.free) / MB, disk.total / MB, "MB"),
        "networks": Use(networks, STUDENT_NETWORKS, ""),
    }
    tasks = Path("/proc/loadavg").read_text().split()[3].partition("/")[2]
    limits = [_number("kernel/pid_max"), _number("kernel/threads-max")]
    found["processes and threads"] = Use(int(tasks), min(n for n in limits if n), "")
    if terminals := _number("kernel/pty/max"):
        found["terminals"] = Use(
            _number("kernel/pty/nr"), terminals - _number("kernel/pty/reserve"), ""
        )
    if files := _number("fs/file-max"):
        found["open files"] = Use(_number("fs/file-nr"), files, "")
    if neighbours := _number("net/ipv4/neigh/default/gc_thresh3"):
        found["neighbours"] = Use(_arp_entries(), neighbours, "")
    return found


def next_bound(nodes: int, before: dict[str, Use], now: dict[str, Use]) -> str:
    """Which thing idle nodes would exhaust first, and at how many of them."""
    room: list[tuple[float, str]] = []
    for name, use in now.items():
        each = (use.used - before[name].used) / nodes
        if each > 0:
            at = nodes + (use.limit - use.used) / each
            told = f"{each:.3g} {use.unit}".strip()
            room.append((at, f"{name} at about {at:,.0f} nodes ({told} each)"))
    return min(room)[1] if room else "none in sight"


def _number(name: str) -> int:
    """The first number of a file below /proc/sys, or 0."""
    try:
        return int((Path("/proc/sys") / name).read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _arp_entries() -> int:
    try:
        rows = Path("/proc/net/stat/arp_cache").read_text().splitlines()
        return int(rows[1].split()[0], 16)
    except (OSError, ValueError, IndexError):
        return 0
